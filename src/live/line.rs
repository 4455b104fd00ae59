//! A line of the view: words, each with what it means. No meaning is in the colour alone.

/// Columns of the name of what a line shows.
pub const LABEL: usize = 10;

/// What a part of a line means, and so how it may be coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// As the terminal has it.
    Plain,
    /// Says what something is.
    Label,
    /// Catches the eye.
    Strong,
    /// As it should be.
    Good,
    /// As it should not be.
    Bad,
}

impl Tone {
    /// The sequence that begins it; empty where nothing changes.
    fn begins(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Label => "\x1b[2m",
            Self::Strong => "\x1b[1m",
            Self::Good => "\x1b[32m",
            Self::Bad => "\x1b[1;31m",
        }
    }
}

/// One line, part by part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line(Vec<(Tone, String)>);

impl Line {
    /// A line that begins with this name of what it shows.
    pub fn labelled(label: &str) -> Self {
        Self::default().with(Tone::Label, format!("{label:<width$}", width = LABEL))
    }

    /// With one more part.
    pub fn with(mut self, tone: Tone, text: impl Into<String>) -> Self {
        self.0.push((tone, text.into()));
        self
    }

    /// The line as text; with `colour`, with the sequences of its tones. `show` makes a part fit to be shown.
    pub fn text(&self, colour: bool, show: impl Fn(&str) -> String) -> String {
        let parts = self.0.iter().map(|(tone, text)| match tone.begins() {
            begins if colour && !begins.is_empty() => format!("{begins}{}\x1b[0m", show(text)),
            _ => show(text),
        });
        parts.collect()
    }
}
