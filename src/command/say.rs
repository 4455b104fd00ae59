//! Printing that nobody need read: a terminal or a pipe that is gone must not end a run whose cluster still stands, and a pipe
//! changes no exit code. What could not be written to a file or a disk is told at the end. Whatever is printed passes here, and only shows: what a terminal would act on is taken out.

use std::fmt::Display;
use std::io::{self, ErrorKind, Write};
use std::sync::OnceLock;

use super::screen;
use crate::foreign::{clipped, plain};

/// Longest message, in characters; a report is none.
const MESSAGE_MAX: usize = 16_000;

/// Why something did not get to standard output though somebody may want to read it: a disk is full.
static LOST: OnceLock<String> = OnceLock::new();

/// To standard output, plain.
pub fn out(text: impl Display) {
    coloured(plain(&text.to_string()).as_bytes());
}

/// To standard output, as it is: for a report, which brings its own colours and has taken out what is not its own.
pub fn coloured(bytes: &[u8]) {
    let _aside = screen::aside();
    let mut out = io::stdout().lock();
    let written = out.write_all(bytes).and_then(|()| out.flush());
    if let Some(error) = written.err().filter(|error| error.kind() != ErrorKind::BrokenPipe) {
        let _ = LOST.set(error.to_string());
    }
}

/// Why not all of what was printed is where it was to be printed, if it is not.
pub fn lost() -> Option<&'static str> {
    LOST.get().map(String::as_str)
}

/// To standard error, plain. What is longer than any message of ours repeats what somebody else said.
pub fn err(text: impl Display) {
    let text = text.to_string();
    let end = if text.chars().nth(MESSAGE_MAX).is_some() { "\n" } else { "" };
    let _aside = screen::aside();
    let _ = write!(std::io::stderr(), "{}{end}", message(&text));
}

/// What others said, as a display may show it.
pub fn message(text: &str) -> String {
    plain(&clipped(text, MESSAGE_MAX)).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_plain_and_has_an_end() {
        let text = format!("web1 said: \x1b]0;title\x07\u{202e}{}", "x".repeat(100_000));
        let said = message(&text);
        assert!(said.starts_with("web1 said: �]0;title��xxx") && said.chars().count() == MESSAGE_MAX + 1);
    }
}
