//! A stream of bytes, packed or not → its lines, each of bounded length.

use std::io::{self, BufRead, BufReader};

use flate2::bufread::MultiGzDecoder;

use crate::settings::Refusal;

/// Longest line of which anything is read; of a longer one the rest is passed over.
pub const LINE_MAX: usize = 64 << 10;
/// Most bytes of one log, unpacked: what is packed may unpack to a thousand times as much.
pub const BYTES_MAX: u64 = 256 << 30;
/// Bytes of what was unpacked that are held at a time.
const BUFFER: usize = 128 << 10;

/// How a file may be packed, by its first bytes.
const PACKED: [(&[u8], &str); 4] =
    [(b"\x28\xb5\x2f\xfd", "zstd"), (b"BZh", "bzip2"), (b"\xfd7zXZ\0", "xz"), (b"PK\x03\x04", "zip")];

/// The lines of a log.
pub struct Lines<R: BufRead> {
    input: Input<R>,
    line: Vec<u8>,
    bytes: u64,
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
        Ok(Self { input, line: Vec::new(), bytes: 0 })
    }

    /// The next line without its end; none after the last.
    pub fn next(&mut self) -> Result<Option<&[u8]>, Refusal> {
        self.line.clear();
        let left = BYTES_MAX - self.bytes;
        let bytes = match &mut self.input {
            Input::Plain(input) => read(input, &mut self.line, left),
            Input::Gzip(input) => read(input, &mut self.line, left),
        };
        let bytes = bytes.map_err(unread)?;
        if bytes == 0 {
            return Ok(None);
        }
        if bytes > left {
            return Err(Refusal::new(format!("expected at most {} GiB of one log, unpacked", BYTES_MAX >> 30)));
        }
        self.bytes += bytes;
        Ok(Some(self.line.strip_suffix(b"\r").unwrap_or(&self.line)))
    }
}

fn unread(error: io::Error) -> Refusal {
    Refusal::new(format!("cannot be read: {error}"))
}

/// Reads up to the end of a line, or a little more than `most` bytes; how many it read, of which `line` has the first. None are left
/// where none were read.
fn read(input: &mut impl BufRead, line: &mut Vec<u8>, most: u64) -> io::Result<u64> {
    let mut bytes = 0;
    loop {
        let begin = match input.fill_buf() {
            Ok(begin) => begin,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let end = memchr::memchr(b'\n', begin);
        let part = &begin[..end.unwrap_or(begin.len())];
        line.extend_from_slice(&part[..part.len().min(LINE_MAX - line.len())]);
        let used = part.len() + usize::from(end.is_some());
        input.consume(used);
        bytes += used as u64;
        if used == 0 || end.is_some() || bytes > most {
            return Ok(bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn all(input: &[u8]) -> Result<Vec<Vec<u8>>, String> {
        // Few bytes at a time, as they come from a pipe.
        let mut lines = Lines::new(BufReader::with_capacity(7, input)).map_err(|refusal| refusal.to_string())?;
        let mut found = Vec::new();
        while let Some(line) = lines.next().map_err(|refusal| refusal.to_string())? {
            found.push(line.to_vec());
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
        assert_eq!(all(text).unwrap(), [&b"one"[..], b"two", b"", b"the last without an end"]);
        let cut = all(&parts[..parts.len() - 4]).unwrap_err();
        assert!(cut.starts_with("cannot be read: "), "{cut}");
        assert!(all(b"\x28\xb5\x2f\xfd...").unwrap_err().starts_with("packed by zstd; expected"));
        assert!(all(b"").unwrap().is_empty());
    }

    #[test]
    fn a_line_has_an_end_whatever_its_length() {
        let text = [vec![b'x'; 3 * LINE_MAX], b"\nnext\n".to_vec()].concat();
        let found = all(&text).unwrap();
        assert_eq!((found[0].len(), found[1].as_slice()), (LINE_MAX, &b"next"[..]));
    }

    #[test]
    fn what_does_not_end_is_read_no_further_than_the_limit() {
        let mut line = Vec::new();
        let bytes = read(&mut BufReader::with_capacity(1000, io::repeat(b'x')), &mut line, 4_000_000).unwrap();
        assert_eq!((bytes, line.len()), (4_001_000, LINE_MAX));
    }
}
