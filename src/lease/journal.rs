//! The undo journal: what was injected and is not known to be healed, by whom it may be healed after its writer.

use std::fs::File;
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::fault::Strike;

/// What is to be healed when the fault is over, whoever does it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Debt {
    /// Place of the window in the plan.
    pub window: usize,
    /// The window, for a message.
    pub title: String,
    /// Its faults, each on its target.
    pub strikes: Vec<Strike>,
}

/// A line of the undo journal.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Owed(Debt),
    Healed(usize),
}

/// The undo journal of a run.
#[derive(Clone, Debug, Default)]
pub struct Journal {
    file: Option<Arc<Mutex<File>>>,
}

impl Journal {
    /// One that is written to `file`.
    pub(super) fn to(file: File) -> Self {
        Self { file: Some(Arc::new(Mutex::new(file))) }
    }

    /// A journal that nobody reads: of a cluster that ends with this process.
    pub fn nowhere() -> Self {
        Self::default()
    }

    /// Before a fault is injected: what heals it. On disk when this returns.
    pub fn owe(&self, debt: Debt) -> Result<()> {
        self.write(&Line::Owed(debt))
    }

    /// The fault of `window` was seen gone.
    pub fn healed(&self, window: usize) -> Result<()> {
        self.write(&Line::Healed(window))
    }

    fn write(&self, line: &Line) -> Result<()> {
        let Some(file) = &self.file else { return Ok(()) };
        // The line before may have been cut off, by a full disk or with its writer.
        let mut text = vec![b'\n'];
        serde_json::to_writer(&mut text, line)?;
        text.push(b'\n');
        let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(&text).and_then(|()| file.sync_data()).context("write the undo journal")
    }
}

/// What a journal says is still to be healed.
#[derive(Debug, Default, PartialEq)]
pub struct Owed {
    /// What can be healed.
    pub debts: Vec<Debt>,
    /// Whole lines that this version cannot read, by number and why: of what another version injected, say.
    pub unreadable: Vec<String>,
}

impl Owed {
    /// Whether nothing is to be healed.
    pub fn is_nothing(&self) -> bool {
        self.debts.is_empty() && self.unreadable.is_empty()
    }

    /// Each of it in a few words.
    pub fn said(&self) -> Vec<String> {
        let debts = self.debts.iter().map(|debt| format!("{} could not be healed", debt.title));
        let unreadable = self.unreadable.iter().map(|why| format!("what is to be healed cannot be read: {why}"));
        debts.chain(unreadable).collect()
    }
}

/// What is owed by a journal.
pub fn unsettled(journal: &[u8]) -> Owed {
    let mut debts: Vec<Debt> = Vec::new();
    let mut unreadable = Vec::new();
    for (number, line) in (1..).zip(journal.split(|byte| *byte == b'\n')) {
        // A line that was cut off was never acted upon: a fault is injected after its line is on disk.
        let Ok(whole) = serde_json::from_slice::<serde_json::Value>(line) else { continue };
        let window = whole["owed"]["window"].as_u64();
        match serde_json::from_value(whole) {
            Ok(Line::Owed(debt)) => debts.push(debt),
            Ok(Line::Healed(healed)) => {
                debts.retain(|debt| debt.window != healed);
                unreadable.retain(|(window, _)| *window != u64::try_from(healed).ok());
            }
            Err(error) => unreadable.push((window, format!("line {number} of the undo journal: {error}"))),
        }
    }
    Owed { debts, unreadable: unreadable.into_iter().map(|(_, why)| why).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_debt_is_read_again_as_it_was_written() {
        use proptest::prelude::*;
        let drawn = (any::<usize>(), ".{0,20}", ".{0,20}", 0..crate::fault::KINDS.len());
        proptest!(ProptestConfig { failure_persistence: None, ..Default::default() }, |((window, title, target, kind) in drawn)| {
            let kind = &crate::fault::KINDS[kind];
            let values = crate::settings::Values::defaults(&(kind.settings)());
            let strike = Strike { injection: (kind.injection)(&values, &target), target };
            let debt = Debt { window, title, strikes: vec![strike] };
            let mut journal = serde_json::to_vec(&Line::Owed(debt.clone())).unwrap();
            prop_assert_eq!(unsettled(&journal).debts, [debt]);
            journal.push(b'\n');
            journal.extend(serde_json::to_vec(&Line::Healed(window)).unwrap());
            prop_assert!(unsettled(&journal).is_nothing());
        });
    }

    #[test]
    fn a_whole_line_that_is_not_understood_is_owed_until_it_is_healed() {
        let mut journal = b"{\"owed\": {\"window\": 3, \"title\": \"meteor\"}}\n{\"owed\": {\"win".to_vec();
        let owed = unsettled(&journal);
        assert_eq!((owed.debts.len(), owed.unreadable.len()), (0, 1));
        assert!(owed.unreadable[0].starts_with("line 1 of the undo journal: missing field"), "{owed:?}");
        journal.extend(b"\n{\"healed\":3}\n");
        assert!(unsettled(&journal).is_nothing());
    }
}
