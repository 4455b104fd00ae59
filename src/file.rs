//! A file that somebody gave us → its bytes or its text, never more of it than a stated limit, or what is wrong with it; and
//! bytes → a file that somebody named.
//! Knows nothing of what files say.
//!
//! Only plain files are read. A folder, a pipe or a device in the place of one is refused before it is opened: a pipe that
//! nobody writes to would never end, and a device may have no end. A text is UTF-8; a byte order mark before it is left out.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::FileTypeExt;
use std::path::Path;

use crate::settings::{Problem, Refusal, size_text};

/// Most bytes of a file that people write: a scenario, a set, a topology, a compose file, an app.
pub const TEXT_MAX: u64 = 256 << 10;

/// The bytes of the file `path`, which has at most `most` of them.
pub fn bytes(path: &Path, most: u64) -> Result<Vec<u8>, Refusal> {
    let mut file = open(path, most)?;
    let mut bytes = Vec::new();
    // It may have grown since, or be one whose length the kernel does not know.
    file.by_ref().take(most.saturating_add(1)).read_to_end(&mut bytes).map_err(|error| unread(&error))?;
    if bytes.len() as u64 > most { Err(too_large(most, "more")) } else { Ok(bytes) }
}

/// The text of the file `path`, which has at most `most` bytes.
pub fn text(path: &Path, most: u64) -> Result<String, Problem> {
    text_of(bytes(path, most).map_err(|refusal| refusal.at(0, ""))?)
}

/// A plain file of at most `most` bytes, open for reading.
pub fn open(path: &Path, most: u64) -> Result<File, Refusal> {
    let found = fs::metadata(path).map_err(|error| unread(&error))?;
    let kind = found.file_type();
    if !kind.is_file() {
        let what = match kind {
            kind if kind.is_dir() => "a folder",
            kind if kind.is_fifo() => "a pipe",
            kind if kind.is_socket() => "a socket",
            _ => "a device",
        };
        return Err(Refusal::new(format!("expected a file, got {what}")));
    }
    if found.len() > most {
        return Err(too_large(most, &size_text(found.len())));
    }
    File::open(path).map_err(|error| unread(&error))
}

/// Writes `bytes` into the file `path`, over what is there.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    fs::write(path, bytes).map_err(|error| io::Error::new(error.kind(), format!("write {}: {error}", path.display())))
}

/// `bytes` as text.
pub fn text_of(bytes: Vec<u8>) -> Result<String, Problem> {
    let line = |end: usize| bytes.iter().take(end).filter(|byte| **byte == b'\n').count() + 1;
    let hint = "save it as UTF-8";
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(Refusal::new("expected UTF-8, got UTF-16").hinted(hint).at(1, ""));
    }
    if let Some(place) = bytes.iter().position(|byte| *byte == 0) {
        return Err(Refusal::new("expected text, got a NUL byte").hinted(hint).at(line(place), ""));
    }
    let text = match std::str::from_utf8(&bytes) {
        Ok(text) => text,
        Err(error) => {
            let place = error.valid_up_to();
            let byte = bytes.get(place).copied().unwrap_or_default();
            let refusal = Refusal::new(format!("expected UTF-8, got the byte {byte:#04x}"));
            return Err(refusal.hinted(hint).at(line(place), ""));
        }
    };
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text).to_owned())
}

fn too_large(most: u64, got: &str) -> Refusal {
    Refusal::new(format!("expected at most {}, got {got}", size_text(most)))
}

fn unread(error: &io::Error) -> Refusal {
    Refusal::new(format!("cannot be read: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_text_is_said_with_its_line() {
        let said = |bytes: &[u8]| match text_of(bytes.to_vec()) {
            Ok(text) => text,
            Err(problem) => format!("{}: {}", problem.line, problem.refusal),
        };
        assert_eq!(said(b"\xef\xbb\xbfa = 1\r\n"), "a = 1\r\n");
        assert_eq!(said(b"\xff\xfea\0"), "1: expected UTF-8, got UTF-16 (hint: save it as UTF-8)");
        assert_eq!(said(b"a\nb\0"), "2: expected text, got a NUL byte (hint: save it as UTF-8)");
        assert_eq!(said(b"a\n\ncaf\xe9\n"), "3: expected UTF-8, got the byte 0xe9 (hint: save it as UTF-8)");
    }

    #[test]
    fn no_more_is_read_than_may_be() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(&path, b"12345").unwrap();
        assert_eq!(bytes(&path, 5).unwrap(), b"12345");
        let said = |path: &Path, most| bytes(path, most).unwrap_err().to_string();
        assert_eq!(said(&path, 4), "expected at most 4 B, got 5 B");
        assert_eq!(said(folder.path(), 4), "expected a file, got a folder");
        assert_eq!(said(Path::new("/dev/zero"), 4), "expected a file, got a device");
        assert_eq!(said(&folder.path().join("b"), 4), "cannot be read: No such file or directory (os error 2)");
        // Its length is 0 for the kernel.
        assert_eq!(said(Path::new("/proc/self/maps"), 4), "expected at most 4 B, got more");
    }
}
