//! What is wrong with a file: each problem with line, field, what was expected, and a hint.

use std::fmt::{self, Write};

use crate::foreign::turns_round;

/// Longest name, written in a file, that a message repeats.
const NAME_MAX: usize = 60;
/// Longest field, message and hint: each is one line that can be read.
const FIELD_MAX: usize = 120;
const MESSAGE_MAX: usize = 1200;
/// Most names that a message lists.
const KNOWN_MAX: usize = 60;
/// Most problems of a file that are told.
const PROBLEMS_MAX: usize = 20;

/// Why a value is refused, wherever it was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Refusal {
    /// What is wrong, what was expected and what was got.
    pub message: String,
    /// What to write instead, where one can say.
    pub hint: Option<String>,
}

/// One thing wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Line in the file, from 1; 0 when the problem is not of one line.
    pub line: usize,
    /// The field as a dotted path, for example `window[2].for`.
    pub field: String,
    /// What is wrong with it.
    pub refusal: Refusal,
}

/// All that is wrong with one file.
#[derive(Debug, thiserror::Error)]
pub struct Problems {
    /// The file's name as the user knows it.
    pub file: String,
    /// The problems, in the order of the file.
    pub list: Vec<Problem>,
}

impl Refusal {
    /// A refusal without a hint.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None }
    }

    /// The same with a hint.
    #[must_use]
    pub fn hinted(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// A name that is none of those known.
    pub fn unknown(what: &str, name: &str, known: &[&str]) -> Self {
        let more = if known.len() > KNOWN_MAX { ", ..." } else { "" };
        let all = if known.is_empty() { "none".to_owned() } else { known[..known.len().min(KNOWN_MAX)].join(", ") };
        let message = format!("unknown {what} `{}`; known: {all}{more}", shown(name, NAME_MAX));
        Self { message, hint: suggestion(name, known) }
    }

    /// The problem that it is in a file.
    pub fn at(self, line: usize, field: &str) -> Problem {
        Problem { line, field: field.to_owned(), refusal: self }
    }
}

impl Problems {
    /// One problem of a whole file.
    pub fn one(file: impl Into<String>, refusal: Refusal) -> Self {
        Self { file: file.into(), list: vec![refusal.at(0, "")] }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&shown(&self.message, MESSAGE_MAX))?;
        self.hint.iter().try_for_each(|hint| write!(f, " (hint: {})", shown(hint, MESSAGE_MAX)))
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, Problem { line, field, refusal }) in self.list.iter().take(PROBLEMS_MAX).enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            match line {
                0 => write!(f, "{}: ", self.file)?,
                line => write!(f, "{}:{line}: ", self.file)?,
            }
            if !field.is_empty() {
                write!(f, "{}: ", shown(field, FIELD_MAX))?;
            }
            write!(f, "{refusal}")?;
        }
        match self.list.len().saturating_sub(PROBLEMS_MAX) {
            0 => Ok(()),
            more => write!(f, "\n{}: {more} more problems", self.file),
        }
    }
}

/// `text` on one line of at most `most` letters: what a terminal would obey instead of showing it is written out.
pub fn shown(text: &str, most: usize) -> String {
    let mut shown = String::new();
    for (count, letter) in text.chars().enumerate() {
        if count == most {
            shown.push('…');
            break;
        }
        if letter.is_control() || turns_round(letter) {
            // Writing to a text cannot fail.
            let _ = write!(shown, "{}", letter.escape_default());
        } else {
            shown.push(letter);
        }
    }
    shown
}

/// The hint that another name was meant, when one is near enough.
pub fn suggestion(written: &str, known: &[&str]) -> Option<String> {
    nearest(written, known).map(|name| format!("did you mean `{name}`?"))
}

/// The known name nearest to what was written, when it is near enough to be a slip.
pub(super) fn nearest<'a>(written: &str, known: &[&'a str]) -> Option<&'a str> {
    // Comparing costs the product of the lengths.
    if written.len() > 4 * NAME_MAX {
        return None;
    }
    let scored = known.iter().map(|name| (strsim::damerau_levenshtein(written, name), *name));
    let (distance, name) = scored.min()?;
    let prefix = written.len() >= 3 && name.starts_with(written);
    // A name of which nothing is left is no slip of it.
    let near = distance <= 2.max(written.len() / 3) && distance < written.len().max(name.len());
    (near || prefix).then_some(name)
}
