//! Calls as strace prints them → what one request touched: files opened, looked at, and written.

use std::collections::{BTreeMap, BTreeSet};

/// Calls that only look at a name.
const LOOKS: [&str; 8] = ["stat", "lstat", "newfstatat", "statx", "access", "faccessat", "faccessat2", "readlink"];

/// What one request touched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Touched {
    /// Files opened, successfully.
    pub opened: usize,
    /// Those of them below the shared folder.
    pub opened_shared: usize,
    /// Looks at a name, successful or not.
    pub looked: usize,
    /// Names of files opened for writing, in alphabetical order, with how often.
    pub written: BTreeMap<String, usize>,
}

impl Touched {
    /// Counts `lines`; `shared` is the folder of the shared volume as the server names it.
    pub fn read(lines: &[String], shared: &str) -> Self {
        let mut touched = Self::default();
        for call in whole(lines) {
            touched.count(&call, shared);
        }
        touched
    }

    fn count(&mut self, call: &str, shared: &str) {
        let Some((name, rest)) = call.split_once('(') else { return };
        let done = rest.rsplit_once(" = ").is_some_and(|(_, result)| !result.starts_with('-'));
        let path = rest.split('"').nth(1).unwrap_or_default();
        match name {
            "open" | "openat" if done => {
                self.opened += 1;
                self.opened_shared += usize::from(path.starts_with(shared));
                if rest.contains("O_WRONLY") || rest.contains("O_RDWR") {
                    let file = path.rsplit('/').next().unwrap_or(path);
                    *self.written.entry(file.to_owned()).or_default() += 1;
                }
            }
            _ if LOOKS.contains(&name) => self.looked += 1,
            _ => {}
        }
    }

    /// The files written, in words.
    pub fn written_text(&self) -> String {
        let words: BTreeSet<_> = self.written.iter().map(|(file, times)| format!("{file} {times}")).collect();
        if words.is_empty() { "none".to_owned() } else { Vec::from_iter(words).join(", ") }
    }
}

/// Whole calls without their process; a call that another one interrupted in print is put together again.
fn whole(lines: &[String]) -> Vec<String> {
    let mut begun: BTreeMap<&str, &str> = BTreeMap::new();
    let mut calls = Vec::new();
    for line in lines {
        // Each line begins with its process; what strace says of itself does not, and is no call.
        let Some((process, call)) = line.split_once(' ').map(|(process, call)| (process, call.trim())) else {
            continue;
        };
        if let Some(start) = call.strip_suffix("<unfinished ...>") {
            begun.insert(process, start);
        } else if let Some((_, end)) = call.strip_prefix("<... ").and_then(|rest| rest.split_once("resumed>")) {
            calls.extend(begun.remove(process).map(|start| format!("{start}{end}")));
        } else {
            calls.push(call.to_owned());
        }
    }
    calls
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_counted_by_what_they_do() {
        let text = r#"tracing 3
strace: Process 12 attached
12    stat("/opt/webwork/courses/quiz/course.conf", {st_mode=S_IFREG|0644, st_size=9, ...}) = 0
12    openat(AT_FDCWD, "/opt/webwork/courses/quiz/course.conf", O_RDONLY|O_CLOEXEC) = 7
12    openat(AT_FDCWD, "/nowhere", O_RDONLY) = -1 ENOENT (No such file or directory)
13    openat(AT_FDCWD, "/opt/webwork/pg/macros/PG.pl", O_RDONLY <unfinished ...>
12    clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|SIGCHLD, child_tidptr=0x7f) = 99
13    <... openat resumed>)      = 9
12    openat(AT_FDCWD, "/opt/webwork/courses/quiz/logs/answer.log", O_WRONLY|O_CREAT|O_APPEND|O_CLOEXEC, 0666) = 8
12    openat(AT_FDCWD, "/opt/webwork/courses/quiz/logs/answer.log", O_WRONLY|O_CREAT|O_APPEND|O_CLOEXEC, 0666) = 8
12    newfstatat(AT_FDCWD, "/x", 0x7ffd, 0) = -1 ENOENT (No such file or directory)
13    +++ exited with 0 +++"#;
        let lines: Vec<_> = text.lines().map(str::to_owned).collect();
        let touched = Touched::read(&lines, "/opt/webwork/courses");
        assert_eq!((touched.opened, touched.opened_shared, touched.looked), (4, 3, 2));
        assert_eq!(touched.written_text(), "answer.log 2");
    }
}
