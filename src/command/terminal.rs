//! What a terminal can, and what its user wants of it: the one rule for colours, and the one for lines that change.

use std::env::var_os;
use std::ffi::OsStr;
use std::io::{IsTerminal, stderr, stdout};

/// Fewest and most columns that a report is made for.
const COLUMNS: (u16, u16) = (80, 140);

/// Whether standard output gets colours.
pub fn colours_out() -> bool {
    colours(stdout().is_terminal(), |name| var_os(name))
}

/// Whether standard error gets colours.
pub fn colours_err() -> bool {
    colours(stderr().is_terminal(), |name| var_os(name))
}

/// Whether standard error can have lines that change.
pub fn changes_err() -> bool {
    changes(stderr().is_terminal(), |name| var_os(name))
}

/// The columns of a report on standard output: those of the terminal within what it is made for, or as in a file.
pub fn columns_out(usual: u16) -> u16 {
    let terminal = console::Term::stdout().size_checked().filter(|_| stdout().is_terminal());
    terminal.map_or(usual, |(_, columns)| columns.clamp(COLUMNS.0, COLUMNS.1))
}

/// None with `NO_COLOR` (<https://no-color.org>), whatever else is set; always with `CLICOLOR_FORCE`; else on a terminal
/// that is not `dumb`. A variable that is empty counts as unset, and so does `CLICOLOR_FORCE=0`.
fn colours<T: AsRef<OsStr>>(terminal: bool, variable: impl Fn(&str) -> Option<T>) -> bool {
    let set = |name: &str| variable(name).is_some_and(|value| !value.as_ref().is_empty());
    let forced = set("CLICOLOR_FORCE") && variable("CLICOLOR_FORCE").is_some_and(|value| value.as_ref() != "0");
    !set("NO_COLOR") && (forced || changes(terminal, variable))
}

/// A terminal that does not say what it is cannot move its cursor, and neither can a `dumb` one.
fn changes<T: AsRef<OsStr>>(terminal: bool, variable: impl Fn(&str) -> Option<T>) -> bool {
    let named = variable("TERM").is_some_and(|value| !value.as_ref().is_empty() && value.as_ref() != "dumb");
    terminal && named
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_follow_the_user_then_the_terminal() {
        let check = |terminal, set: &[(&str, &'static str)], expected| {
            let variable = |name: &str| set.iter().find(|(other, _)| *other == name).map(|(_, value)| *value);
            assert_eq!(colours(terminal, variable), expected, "{terminal} {set:?}");
        };
        check(true, &[("TERM", "xterm")], true);
        check(true, &[("TERM", "dumb")], false);
        check(true, &[], false);
        check(false, &[("TERM", "xterm")], false);
        check(true, &[("TERM", "xterm"), ("NO_COLOR", "1")], false);
        check(true, &[("TERM", "xterm"), ("NO_COLOR", "0")], false);
        check(true, &[("TERM", "xterm"), ("NO_COLOR", "")], true);
        check(false, &[("CLICOLOR_FORCE", "1")], true);
        check(false, &[("CLICOLOR_FORCE", "0")], false);
        check(false, &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], false);
    }

    #[test]
    fn lines_change_on_a_terminal_that_can() {
        let check = |terminal, term, expected| assert_eq!(changes(terminal, |_| term), expected, "{terminal} {term:?}");
        check(true, Some("xterm-256color"), true);
        check(true, Some("dumb"), false);
        check(true, Some(""), false);
        check(true, None, false);
        check(false, Some("xterm"), false);
    }
}
