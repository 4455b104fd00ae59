//! A stored history as a stream: one line at a time, so that its length costs no memory.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};

use super::Observation;
use crate::file;

/// Most bytes of a history: that of 5 million observations is half of it.
pub const HISTORY_MAX: u64 = 2 << 30;
/// Most bytes of a line of it.
pub const LINE_MAX: u64 = 4 << 20;
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
        let file = file::open(path, HISTORY_MAX).map_err(|refusal| anyhow!("{}: {refusal}", path.display()))?;
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
        let read = self.file.by_ref().take(LINE_MAX).read_until(b'\n', &mut self.line);
        if read.with_context(|| self.path.display().to_string())? == 0 {
            return Ok(None);
        }
        self.number += 1;
        if self.line.len() as u64 == LINE_MAX {
            bail!("{}:{}: longer than {LINE_MAX} bytes; expected an observation", self.path.display(), self.number);
        }
        // Without its end, so that what is missing is not looked for in the next one.
        let end = self.line.len() - usize::from(self.line.ends_with(b"\n"));
        match serde_json::from_slice(&self.line[..end]) {
            Ok(observation) => Ok(Some(observation)),
            // Only the last line can be without its end.
            Err(_) if !self.line.ends_with(b"\n") => {
                self.cut = Some(self.number);
                Ok(None)
            }
            Err(error) => {
                let column = format!(" at line {} column {}", error.line(), error.column());
                // Of JSON that is right and says the wrong thing it does not know where.
                let place = if error.is_data() { String::new() } else { format!(", column {}", error.column()) };
                let why = error.to_string().replace(&column, &place);
                bail!("{}:{}: not an observation: {why}", self.path.display(), self.number)
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
