//! A folder of the user's own → the files below it, or why they cannot be taken. Links are followed, but not in a circle.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::file;
use crate::settings::{Problems, Refusal};

/// Most files and folders in a library.
const ENTRIES_MAX: usize = 10_000;
/// How deep its folders may stand in each other.
const DEPTH_MAX: usize = 16;
/// The largest file in it; files go into images whole.
pub(super) const FILE_MAX: u64 = 64 << 20;

/// The files below `folder`, in order; none when there is no such folder. Everything there is a plain file that can be read,
/// or a folder of such.
pub(super) fn files(folder: &Path) -> Result<Vec<PathBuf>, Problems> {
    let mut found = Found { files: Vec::new(), within: Vec::new(), entries: 0 };
    if folder.is_dir() {
        found.walk(folder)?;
    }
    found.files.sort();
    Ok(found.files)
}

struct Found {
    files: Vec<PathBuf>,
    /// Device and number of each folder that the present one is in.
    within: Vec<(u64, u64)>,
    entries: usize,
}

impl Found {
    fn walk(&mut self, folder: &Path) -> Result<(), Problems> {
        let wrong = |refusal| Err(Problems::one(folder.display().to_string(), refusal));
        let unread = |error: std::io::Error| {
            Problems::one(folder.display().to_string(), Refusal::new(format!("cannot be read: {error}")))
        };
        let own = fs::metadata(folder).map_err(unread)?;
        if self.within.contains(&(own.dev(), own.ino())) {
            return wrong(Refusal::new("a link to a folder that it is in; expected no circle"));
        }
        if self.within.len() == DEPTH_MAX {
            return wrong(Refusal::new(format!("expected at most {DEPTH_MAX} folders in each other")));
        }
        self.within.push((own.dev(), own.ino()));
        for entry in fs::read_dir(folder).map_err(unread)? {
            let path = entry.map_err(unread)?.path();
            self.entries += 1;
            if self.entries > ENTRIES_MAX {
                return wrong(Refusal::new(format!("expected at most {ENTRIES_MAX} files and folders in a library")));
            }
            if path.is_dir() {
                self.walk(&path)?;
            } else if path.exists() || !path.is_symlink() {
                // A link to nothing is nothing: editors lock a file that way.
                file::open(&path, FILE_MAX).map_err(|refusal| Problems::one(path.display().to_string(), refusal))?;
                self.files.push(path);
            }
        }
        self.within.pop();
        Ok(())
    }
}
