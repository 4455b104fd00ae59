//! A stored history as a stream: one line at a time, so that its length costs no memory.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use anyhow::{Context, Error, Result};

use super::Observation;

/// Bytes that are read at once.
const BUFFER: usize = 1 << 18;

/// The observations of a stored history, in order. A last line without its end that is no observation was cut off and is
/// left out; any other is an error that names file and line.
#[derive(Debug)]
pub struct Reader {
    path: PathBuf,
    file: BufReader<File>,
    line: Vec<u8>,
    number: usize,
    cut: Option<usize>,
}

impl Reader {
    /// The history in the file `path`.
    pub fn open(path: &Path) -> Result<Self> {
        let file = File::open(path).with_context(|| format!("open {}", path.display()))?;
        let file = BufReader::with_capacity(BUFFER, file);
        Ok(Self { path: path.to_owned(), file, line: Vec::new(), number: 0, cut: None })
    }

    /// Number of the line that was read last, from 1.
    pub fn line(&self) -> usize {
        self.number
    }

    /// Number of the last line when it was cut off, as after a crash; known when all is read.
    pub fn cut_line(&self) -> Option<usize> {
        self.cut
    }

    /// The next observation; none at the end.
    fn read(&mut self) -> Result<Option<Observation>> {
        self.line.clear();
        if self.file.read_until(b'\n', &mut self.line)? == 0 {
            return Ok(None);
        }
        self.number += 1;
        match serde_json::from_slice(&self.line) {
            Ok(observation) => Ok(Some(observation)),
            // Only the last line can be without its end.
            Err(_) if !self.line.ends_with(b"\n") => {
                self.cut = Some(self.number);
                Ok(None)
            }
            Err(error) => {
                let what = format!("{}:{}: not an observation", self.path.display(), self.number);
                Err(Error::new(error).context(what))
            }
        }
    }
}

impl Iterator for Reader {
    type Item = Result<Observation>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read().transpose()
    }
}
