//! A stream of bytes, packed or not → its lines, each of bounded length.

use std::io::{self, BufRead, BufReader};

use flate2::bufread::MultiGzDecoder;

use crate::settings::Refusal;

/// Longest line of which anything is read; of a longer one the rest is passed over.
pub const LINE_MAX: usize = 64 << 10;
/// Bytes of what was unpacked that are held at a time.
const BUFFER: usize = 128 << 10;

/// How a file may be packed, by its first bytes.
const PACKED: [(&[u8], &str); 4] =
    [(b"\x28\xb5\x2f\xfd", "zstd"), (b"BZh", "bzip2"), (b"\xfd7zXZ\0", "xz"), (b"PK\x03\x04", "zip")];

/// The lines of a log.
pub struct Lines<R: BufRead> {
    input: Input<R>,
    line: Vec<u8>,
    /// Lines that were given out.
    pub count: u64,
}

enum Input<R: BufRead> {
    Plain(R),
    Gzip(Box<BufReader<MultiGzDecoder<R>>>),
}

impl<R: BufRead> Lines<R> {
    /// The lines of `input`, which may be packed by gzip.
    pub fn new(mut input: R) -> Result<Self, Refusal> {
        let begin = input.fill_buf().map_err(unread)?;
        if let Some((_, how)) = PACKED.iter().find(|(magic, _)| begin.starts_with(magic)) {
            let refusal = Refusal::new(format!("packed by {how}; expected a plain log, or one that is packed by gzip"));
            return Err(refusal.hinted("unpack it, and name `-` to read from standard input"));
        }
        let input = if begin.starts_with(b"\x1f\x8b") {
            Input::Gzip(Box::new(BufReader::with_capacity(BUFFER, MultiGzDecoder::new(input))))
        } else {
            Input::Plain(input)
        };
        Ok(Self { input, line: Vec::new(), count: 0 })
    }

    /// The next line without its end, and whether all of it; none after the last.
    pub fn next(&mut self) -> Result<Option<(&[u8], bool)>, Refusal> {
        self.line.clear();
        let whole = match &mut self.input {
            Input::Plain(input) => read(input, &mut self.line),
            Input::Gzip(input) => read(input, &mut self.line),
        };
        let Some(whole) = whole.map_err(unread)? else { return Ok(None) };
        self.count += 1;
        let line = self.line.strip_suffix(b"\r").unwrap_or(&self.line);
        Ok(Some((line, whole)))
    }
}

fn unread(error: io::Error) -> Refusal {
    Refusal::new(format!("cannot be read: {error}"))
}

/// Reads up to the end of a line; whether all of it is in `line`, none at the end of `input`.
fn read(input: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<Option<bool>> {
    let (mut some, mut whole) = (false, true);
    loop {
        let begin = match input.fill_buf() {
            Ok(begin) => begin,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if begin.is_empty() {
            return Ok(some.then_some(whole));
        }
        some = true;
        let end = memchr::memchr(b'\n', begin);
        let part = &begin[..end.unwrap_or(begin.len())];
        let room = LINE_MAX - line.len();
        whole &= part.len() <= room;
        line.extend_from_slice(&part[..part.len().min(room)]);
        let used = part.len() + usize::from(end.is_some());
        input.consume(used);
        if end.is_some() {
            return Ok(Some(whole));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn all(input: &[u8]) -> Result<Vec<(Vec<u8>, bool)>, String> {
        // Few bytes at a time, as they come from a pipe.
        let mut lines = Lines::new(BufReader::with_capacity(7, input)).map_err(|refusal| refusal.to_string())?;
        let mut found = Vec::new();
        while let Some((line, whole)) = lines.next().map_err(|refusal| refusal.to_string())? {
            found.push((line.to_vec(), whole));
        }
        Ok(found)
    }

    #[test]
    fn plain_and_packed_lines_are_the_same() {
        let text = b"one\r\ntwo\n\nthe last without an end";
        let packed = |part: &[u8]| {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
            encoder.write_all(part).unwrap();
            encoder.finish().unwrap()
        };
        // Rotated logs are often joined: a file of several parts.
        let parts = [packed(&text[..6]), packed(&text[6..])].concat();
        assert_eq!(all(text).unwrap(), all(&parts).unwrap());
        let lines: Vec<_> = all(text).unwrap().into_iter().map(|(line, _)| line).collect();
        assert_eq!(lines, [&b"one"[..], b"two", b"", b"the last without an end"]);
        let cut = all(&parts[..parts.len() - 4]).unwrap_err();
        assert!(cut.starts_with("cannot be read: "), "{cut}");
        assert!(all(b"\x28\xb5\x2f\xfd...").unwrap_err().starts_with("packed by zstd; expected"));
        assert_eq!(all(b"").unwrap(), []);
    }

    #[test]
    fn a_line_has_an_end_whatever_its_length() {
        let text = [vec![b'x'; 3 * LINE_MAX], b"\nnext\n".to_vec()].concat();
        let found = all(&text).unwrap();
        assert_eq!(
            (found[0].0.len(), found[0].1, found[1].0.as_slice(), found[1].1),
            (LINE_MAX, false, &b"next"[..], true)
        );
    }
}
