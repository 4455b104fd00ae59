//! Printing that nobody need read: a terminal or a pipe that is gone must not end a run whose cluster still stands, nor
//! change its exit code.

use std::fmt::Display;
use std::io::Write;

/// To standard output, as it is.
pub fn out(text: impl Display) {
    let _ = write!(std::io::stdout(), "{text}");
}

/// To standard error, as it is.
pub fn err(text: impl Display) {
    let _ = write!(std::io::stderr(), "{text}");
}
