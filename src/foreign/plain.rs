//! What a terminal acts on, and what makes a text read as another, taken out of a text; and a text cut at a length.

use std::borrow::Cow;
use std::fmt::Write;

use serde::Serialize;

/// Stands where a character was taken out.
const TAKEN_OUT: char = '\u{fffd}';
/// Stands where a text was cut.
const CUT: char = '…';

/// Whether a character only shows: no control character (ESC, DEL and those above 127 among them) but the ends of lines and
/// tabulators, and nothing that changes the direction of what follows.
fn shows(c: char) -> bool {
    matches!(c, '\n' | '\t') || !(c.is_control() || turns_round(c))
}

/// Whether a character changes the direction of what follows.
pub fn turns_round(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The text with a mark in the place of every character that does more than show.
pub fn plain(text: &str) -> Cow<'_, str> {
    // Nearly all texts, and much faster.
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\n' | b'\t')) || text.chars().all(shows) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(|c| if shows(c) { c } else { TAKEN_OUT }).collect())
}

/// The text cut after `most` characters.
pub fn clipped(text: &str, most: usize) -> Cow<'_, str> {
    match text.char_indices().nth(most) {
        Some((end, _)) => Cow::Owned(format!("{}{CUT}", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

/// The text as one plain line of at most `most` characters.
pub fn line(text: &str, most: usize) -> Cow<'_, str> {
    if text.len() <= most && text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return Cow::Borrowed(text);
    }
    let one_line: String = clipped(text.trim_end(), most).split(['\n', '\r', '\t']).collect::<Vec<_>>().join(" ");
    Cow::Owned(plain(&one_line).into_owned())
}

/// JSON that reads the same and shows on a terminal as it is: what a writer of JSON leaves as it is, but a terminal does not,
/// becomes an escape.
pub fn json(bytes: Vec<u8>) -> Vec<u8> {
    if bytes.iter().all(|byte| matches!(byte, b' '..=b'~' | b'\n' | b'\t')) {
        return bytes;
    }
    let text = String::from_utf8_lossy(&bytes);
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if shows(c) {
            out.push(c);
        } else {
            // Writing to a text cannot fail.
            let _ = write!(out, "\\u{:04x}", u32::from(c));
        }
    }
    out.into_bytes()
}

/// A value as such JSON, indented.
pub fn pretty<T: Serialize + ?Sized>(value: &T) -> serde_json::Result<Vec<u8>> {
    serde_json::to_vec_pretty(value).map(json)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Escape sequences of one byte and of two, a title of a window, a bell, a carriage return, overrides of the direction.
    const HOSTILE: &str = "a\x1b[2Jb\u{9b}31mc\x1b]0;title\x07d\re\x7ff\u{202e}g\u{2066}h\0i";

    #[test]
    fn nothing_is_left_that_a_terminal_acts_on() {
        let text = plain(HOSTILE);
        assert_eq!(text, "a�[2Jb�31mc�]0;title�d�e�f�g�h�i");
        assert!(text.chars().all(shows));
        for fine in ["", "two\nlines\tand a tab", "✓ größer … “x”", "日本語"] {
            assert!(matches!(plain(fine), Cow::Borrowed(text) if text == fine), "{fine}");
        }
    }

    #[test]
    fn a_line_is_one_and_not_longer() {
        assert_eq!(line("one\r\ntwo\n", 20), "one  two");
        assert_eq!(line(&"ö".repeat(30), 20), format!("{}…", "ö".repeat(20)));
        assert_eq!(line("\x1b[1mbold", 20), "�[1mbold");
        assert_eq!(clipped("äöü", 2), "äö…");
        assert_eq!(clipped("äöü", 3), "äöü");
    }

    #[test]
    fn json_reads_the_same() {
        let bytes = serde_json::to_vec_pretty(&serde_json::json!({ "text": HOSTILE, "wörter": "ü" })).unwrap();
        let escaped = json(bytes.clone());
        assert!(String::from_utf8(escaped.clone()).unwrap().chars().all(shows));
        let read = |bytes: &[u8]| serde_json::from_slice::<serde_json::Value>(bytes).unwrap();
        assert_eq!(read(&escaped), read(&bytes));
        assert_eq!(json(b"{\n\t\"a\": 1}".to_vec()), b"{\n\t\"a\": 1}");
    }
}
