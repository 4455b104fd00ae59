//! Names, each kept once: a history repeats the few that there are with every observation.

use std::collections::HashSet;
use std::sync::Arc;

/// The name of a student, a node or a service, or a token.
pub type Name = Arc<str>;

/// All names of a history.
#[derive(Debug, Default)]
pub struct Names(HashSet<Name>);

impl Names {
    /// The one copy of `text`.
    pub fn one(&mut self, text: &str) -> Name {
        if let Some(name) = self.0.get(text) {
            return Name::clone(name);
        }
        let name = Name::from(text);
        self.0.insert(Name::clone(&name));
        name
    }

    /// The one copy of each text, by number.
    pub fn written(&mut self, texts: &[(u32, String)]) -> Box<[(u32, Name)]> {
        texts.iter().map(|(number, text)| (*number, self.one(text))).collect()
    }
}
