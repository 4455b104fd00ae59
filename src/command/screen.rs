//! The lines at the end of a terminal that change while what was printed before them stays.
//!
//! Nothing of the terminal is changed for it: no raw mode, no hidden cursor, no other screen. Ctrl-C does what it does, and
//! however wwchaos ends, nothing has to be put back. ratatui's inline view is not used because it asks the terminal where
//! its cursor is, and reads the answer from what the user types; indicatif not, because it fills every line up to the edge,
//! so that each breaks in two when the terminal becomes less wide.

use std::io::{Write, stderr};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

use console::{Term, measure_text_width, truncate_str};

/// Size of a terminal that does not say it: rows, columns.
const USUAL: (u16, u16) = (24, 80);

/// The one terminal that a program has.
static SCREEN: Mutex<Screen> = Mutex::new(Screen { shown: Vec::new() });

/// What stands at the end of the terminal.
#[derive(Debug, Default)]
pub struct Screen {
    /// The lines that change, as they stand there now.
    shown: Vec<String>,
}

/// Prints `notes` above the lines that change, and shows these lines from now on. `made` gets the terminal's columns and
/// gives both; it is asked when nobody else draws.
pub fn draw(made: impl FnOnce(usize) -> (Vec<String>, Vec<String>)) {
    let mut screen = screen();
    let size = size();
    let (notes, lines) = made(size.1.into());
    put(&screen.drawn(size, &notes, &lines));
}

/// Takes the lines that change away, and gives the right to print until it is dropped: they come back at the next drawing.
pub fn aside() -> MutexGuard<'static, Screen> {
    let mut screen = screen();
    put(&screen.drawn(size(), &[], &[]));
    screen
}

/// The same for the words of a panic, which may come from here.
pub fn aside_for_a_panic() {
    let screen = match SCREEN.try_lock() {
        Ok(screen) => Some(screen),
        Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    };
    if let Some(mut screen) = screen {
        put(&screen.drawn(size(), &[], &[]));
    }
}

fn screen() -> MutexGuard<'static, Screen> {
    SCREEN.lock().unwrap_or_else(PoisonError::into_inner)
}

fn size() -> (u16, u16) {
    Term::stderr().size_checked().filter(|(rows, columns)| *rows > 0 && *columns > 0).unwrap_or(USUAL)
}

/// A terminal that is gone ends no run.
fn put(text: &str) {
    if !text.is_empty() {
        let _ = stderr().lock().write_all(text.as_bytes());
    }
}

impl Screen {
    /// What to write so that `notes` stand above `lines` on a terminal of this size; nothing when nothing changes.
    fn drawn(&mut self, (rows, columns): (u16, u16), notes: &[String], lines: &[String]) -> String {
        // The cursor stands below the last line, and none may leave the terminal at its top.
        let fits = usize::from(rows).saturating_sub(1);
        let lines: Vec<_> =
            lines.iter().take(fits).map(|line| truncate_str(line, columns.into(), "…").into_owned()).collect();
        if notes.is_empty() && lines == self.shown {
            return String::new();
        }
        // A terminal that has become less wide has broken the lines that are too long for it.
        let rows = |line: &String| measure_text_width(line).div_ceil(columns.into()).max(1);
        let above = match self.shown.iter().map(rows).sum() {
            0 => String::new(),
            rows => format!("\x1b[{rows}A\r"),
        };
        // Line by line, so that nothing is blank in between.
        let again = notes.iter().chain(&lines).map(|line| format!("\x1b[K{line}\n"));
        let text = again.fold(above, |text, line| text + &line);
        self.shown = lines;
        text + "\x1b[J"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(lines: &[&str]) -> Vec<String> {
        lines.iter().map(|line| (*line).to_owned()).collect()
    }

    /// What a terminal of six rows shows after this was written to it.
    fn seen(terminal: &vt100::Parser) -> Vec<String> {
        terminal.screen().rows(0, 20).map(|row| row.trim_end().to_owned()).filter(|row| !row.is_empty()).collect()
    }

    fn write(terminal: &mut vt100::Parser, text: &str) {
        // As the terminal's driver does.
        terminal.process(text.replace('\n', "\r\n").as_bytes());
    }

    #[test]
    fn notes_stay_and_lines_change() {
        let [rows, columns] = [6, 20].map(|size| std::num::NonZero::new(size).unwrap());
        let (mut terminal, mut screen) = (vt100::Parser::new(rows, columns, 100), Screen::default());
        write(&mut terminal, "$ wwchaos run\n");
        write(&mut terminal, &screen.drawn((6, 20), &[], &texts(&["one", "two"])));
        assert_eq!(seen(&terminal), ["$ wwchaos run", "one", "two"]);
        write(&mut terminal, &screen.drawn((6, 20), &texts(&["a note"]), &texts(&["1", "2", "3"])));
        assert_eq!(seen(&terminal), ["$ wwchaos run", "a note", "1", "2", "3"]);
        write(&mut terminal, &screen.drawn((6, 20), &texts(&["another", "third", "last"]), &texts(&["x"])));
        assert_eq!(seen(&terminal), ["a note", "another", "third", "last", "x"]);
        write(&mut terminal, &screen.drawn((6, 20), &[], &[]));
        assert_eq!(seen(&terminal), ["a note", "another", "third", "last"]);
        assert!(!terminal.screen().hide_cursor() && !terminal.screen().alternate_screen());
        terminal.screen_mut().set_scrollback(1);
        assert_eq!(seen(&terminal)[0], "$ wwchaos run", "what was there before is scrolled and not lost");
    }

    #[test]
    fn what_does_not_change_costs_nothing() {
        let mut screen = Screen::default();
        assert_eq!(screen.drawn((6, 20), &[], &texts(&["one"])), "\x1b[Kone\n\x1b[J");
        assert_eq!(screen.drawn((6, 20), &[], &texts(&["one"])), "");
        assert_eq!(screen.drawn((6, 20), &[], &[]), "\x1b[1A\r\x1b[J");
        assert_eq!(screen.drawn((6, 20), &[], &[]), "");
    }

    #[test]
    fn lines_are_cut_to_the_terminal() {
        let mut screen = Screen::default();
        let lines = texts(&["\x1b[1mabcdefgh\x1b[0m", "2", "3", "4", "5"]);
        assert_eq!(screen.drawn((3, 6), &[], &lines), "\x1b[K\x1b[1mabcde…\x1b[0m\n\x1b[K2\n\x1b[J");
        assert_eq!(screen.drawn((1, 6), &[], &lines), "\x1b[2A\r\x1b[J", "no room");
    }

    #[test]
    fn a_terminal_that_becomes_less_wide_has_broken_the_lines() {
        let mut screen = Screen::default();
        screen.drawn((24, 80), &[], &texts(&[&"x".repeat(80), &"y".repeat(30), ""]));
        assert_eq!(screen.drawn((24, 40), &[], &texts(&["new"])), "\x1b[4A\r\x1b[Knew\n\x1b[J");
    }
}
