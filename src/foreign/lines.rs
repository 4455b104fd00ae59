//! Bytes as they come → lines, each up to a length: what a line has beyond it is left out.

/// Lines of at most so many bytes.
pub struct Lines {
    most: usize,
    /// The beginning of a line whose end has not come.
    rest: Vec<u8>,
}

impl Lines {
    /// Lines of at most `most` bytes.
    pub fn new(most: usize) -> Self {
        Self { most, rest: Vec::new() }
    }

    /// Hands every line that ends in `bytes` to `line`; how many bytes were left out.
    pub fn add(&mut self, bytes: &[u8], mut line: impl FnMut(&str)) -> usize {
        let mut left_out = 0;
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            let room = self.most.saturating_sub(self.rest.len());
            self.rest.extend_from_slice(&part[..part.len().min(room)]);
            left_out += part.len().saturating_sub(room);
            if part.ends_with(b"\n") {
                self.end(&mut line);
            }
        }
        left_out
    }

    /// Hands what has no end to `line`; nothing where there is none.
    pub fn finish(&mut self, mut line: impl FnMut(&str)) {
        if !self.rest.is_empty() {
            self.end(&mut line);
        }
    }

    fn end(&mut self, line: &mut impl FnMut(&str)) {
        line(String::from_utf8_lossy(&self.rest).trim_end());
        self.rest.clear();
    }
}
