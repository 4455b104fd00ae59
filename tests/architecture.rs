//! The map of the rooms, checked: which room may name which, which crates stay in which room, and what no file may
//! have. Reads the source text, without its tests.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test that fails here says where")]

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// Each top-level module of src/, and the rooms that it may name. What a room must not know is what is not here.
const ROOMS: &[(&str, &[&str])] = &[
    // Words and plain data.
    ("clock", &[]),
    ("digest", &[]),
    ("exit", &[]),
    ("foreign", &[]),
    ("quantity", &[]),
    ("settings", &["foreign"]), // of `foreign` only which letters turn a text round: see `ONLY`
    ("setup", &[]),
    ("file", &["settings"]), // of `settings` only what a problem is: see `ONLY`
    ("history", &["clock", "file", "foreign", "topology"]),
    // From files to a plan: pure, and nothing here knows that Docker exists.
    ("topology", &["settings"]),
    ("predict", &["settings", "topology"]), // of `topology` only the languages: see `ONLY`
    ("fault", &["cluster", "predict", "settings"]), // of `cluster` only its steps and its evidence: see `ONLY`
    ("profile", &["history", "settings"]),  // of `history` only what a step is: see `ONLY`
    ("import", &["history", "profile", "settings"]),
    ("scenario", &["fault", "history", "profile", "settings"]), // of `history` only what a step is: see `ONLY`
    ("library", &["digest", "file", "profile", "scenario", "settings", "topology"]),
    ("plan", &["fault", "history", "profile", "scenario", "settings", "topology"]),
    // What touches the world, each without knowing of faults and scenarios.
    ("webwork", &["foreign", "history"]),
    ("cluster", &["clock", "digest", "foreign", "history", "library", "plan", "settings", "topology", "webwork"]),
    ("load", &["clock", "foreign", "history", "plan", "webwork"]),
    ("probe", &["clock", "history", "webwork"]),
    ("watch", &["clock", "cluster", "history", "topology"]),
    ("lease", &["fault", "file"]),
    // What is shown of a run while it goes on, pure.
    ("live", &["clock", "history", "plan", "quantity", "topology"]),
    (
        "run",
        &[
            "clock", "cluster", "fault", "foreign", "history", "import", "lease", "library", "load", "plan", "predict",
            "probe", "scenario", "settings", "topology", "watch", "webwork",
        ],
    ),
    ("doctor", &["cluster", "fault", "plan", "quantity", "scenario", "settings", "topology"]),
    ("reaper", &["clock", "cluster", "foreign", "history", "lease", "run"]),
    // The ruler held against a known length: a small run of its own.
    (
        "calibrate",
        &[
            "clock", "history", "load", "measure", "plan", "probe", "quantity", "scenario", "settings", "topology",
            "webwork",
        ],
    ),
    // From a history to a report: nothing here knows anything live.
    ("measure", &["clock", "fault", "history", "plan", "predict", "settings", "topology", "webwork"]),
    ("check", &["fault", "history", "measure", "plan", "predict", "quantity", "scenario"]),
    ("compare", &["fault", "measure", "plan", "settings"]),
    ("matrix", &["fault", "measure", "plan", "settings", "topology"]),
    ("regression", &["check", "history", "measure", "plan", "predict", "scenario", "settings", "setup"]),
    (
        "capacity",
        &["check", "foreign", "history", "measure", "plan", "quantity", "scenario", "settings", "setup", "topology"],
    ),
    (
        "report",
        &[
            "capacity",
            "check",
            "compare",
            "fault",
            "foreign",
            "history",
            "matrix",
            "measure",
            "plan",
            "predict",
            "profile",
            "quantity",
            "regression",
            "scenario",
            "settings",
            "setup",
        ],
    ),
    // Two apps asked the same.
    ("conformance", &["clock", "cluster", "history", "measure", "plan", "quantity", "run", "webwork"]),
    ("store", &["clock", "digest", "file", "foreign", "history", "plan", "settings", "setup", "topology"]),
    // The program.
    (
        "command",
        &[
            "calibrate",
            "capacity",
            "check",
            "cli",
            "clock",
            "cluster",
            "compare",
            "conformance",
            "digest",
            "doctor",
            "exit",
            "fault",
            "file",
            "foreign",
            "history",
            "import",
            "lease",
            "library",
            "live",
            "load",
            "matrix",
            "measure",
            "plan",
            "profile",
            "quantity",
            "reaper",
            "regression",
            "report",
            "run",
            "scenario",
            "settings",
            "setup",
            "store",
            "topology",
        ],
    ),
    ("cli", &["command", "exit", "lease", "library", "settings"]), // of `settings` only what names an image: see `ONLY`
];

/// Where a room may name another, but only some of what is in it: room, other room, what it may name.
const ONLY: &[(&str, &str, &[&str])] = &[
    ("fault", "cluster", &["Evidence", "Limit", "Processes", "Step", "Trouble", "Victim", "Way"]),
    ("conformance", "run", &["audit"]),
    ("cli", "settings", &["check_image"]),
    ("calibrate", "plan", &["COURSE", "Plan", "SET", "Target", "Window", "login", "students"]),
    ("calibrate", "scenario", &["Class", "Expectations", "Stop"]),
    ("capacity", "check", &["expected"]),
    ("compare", "fault", &["kind"]),
    ("doctor", "cluster", &["Need", "Step", "docker"]),
    ("doctor", "fault", &["KINDS", "Kind"]),
    ("doctor", "plan", &["Plan"]),
    ("doctor", "scenario", &["LENGTH_MAX", "Stop"]),
    ("fault", "predict", &["Failure"]),
    ("settings", "foreign", &["turns_round"]),
    ("file", "settings", &["Problem", "Refusal", "size_text"]),
    ("history", "topology", &["Language"]),
    ("lease", "fault", &["Strike"]),
    ("load", "plan", &["Action", "REACTION", "Student"]),
    ("measure", "fault", &["kind"]),
    ("measure", "webwork", &["token"]),
    ("predict", "topology", &["Language"]),
    ("import", "history", &["Step"]),
    ("profile", "history", &["Step"]),
    ("scenario", "history", &["Step"]),
    ("scenario", "profile", &["Recorded"]),
    ("reaper", "run", &["healing"]),
    ("regression", "check", &["Judgement"]),
    ("regression", "history", &["ProbeKind"]),
    ("regression", "predict", &["Prediction"]),
    ("regression", "scenario", &["Class"]),
    ("run", "import", &["test_page"]),
    ("run", "predict", &["masked"]),
    ("run", "scenario", &["Stop"]),
    ("watch", "cluster", &["docker"]),
];

/// Crates, and parts of std, that stay in their rooms.
const OUTSIDE: &[(&str, &[&str])] = &[
    ("axum", &["calibrate"]),
    ("base64", &["measure"]),
    ("bollard", &["cluster", "run", "watch"]),
    ("clap", &["cli"]),
    ("clap_complete", &["cli"]),
    ("clap_mangen", &["cli"]),
    ("comfy_table", &["conformance", "doctor", "report"]),
    ("console", &["command"]),
    ("flate2", &["cluster", "import"]),
    ("goose", &["load"]),
    ("hdrhistogram", &["measure", "report"]),
    ("include_dir", &["library"]),
    ("maud", &["report"]),
    ("memchr", &["import", "webwork"]),
    ("mysql_async", &["run", "watch"]),
    ("rand", &["calibrate", "cluster", "command", "plan"]),
    ("reqwest", &["calibrate", "cluster", "conformance", "load", "probe", "webwork"]),
    ("rustix", &["clock", "cluster", "lease", "probe", "store", "webwork"]),
    ("roxmltree", &["predict"]),
    ("saphyr", &["topology"]),
    ("saphyr_parser", &["topology"]),
    ("tar", &["cluster"]),
    ("totp_rs", &["webwork"]),
    ("toml_edit", &["conformance", "settings"]),
    (
        "tokio",
        &[
            "calibrate",
            "cli",
            "clock",
            "cluster",
            "command",
            "conformance",
            "history",
            "lease",
            "load",
            "main",
            "probe",
            "reaper",
            "run",
            "watch",
        ],
    ),
    ("std::fs", &["cluster", "file", "history", "lease", "library", "run", "store"]),
    ("std::net", &["cluster", "import", "webwork"]), // of which `import` asks only whether a text is an address
    ("std::process", &["cli", "cluster", "load", "main"]),
    ("std::thread", &["load", "probe"]),
    ("SystemTime", &["clock", "command", "lease", "reaper", "store"]),
];

/// Longest file, without its tests.
const LINES_MAX: usize = 400;
/// Longest `main.rs`.
const MAIN_LINES_MAX: usize = 60;
/// Names that say nothing.
const EMPTY_NAMES: &[&str] = &["common", "helper", "helpers", "manager", "misc", "util", "utils"];

/// A file of src/, without comments at line starts, and without its tests.
struct Source {
    /// As in `src/run/windows.rs`.
    path: String,
    room: String,
    /// How many modules deep inside its room.
    depth: usize,
    /// Lines up to the tests; comment lines are empty.
    lines: Vec<String>,
    header: String,
}

#[test]
fn rooms_name_only_the_rooms_that_they_may() {
    let mut wrong = String::new();
    for source in sources().iter().filter(|source| !matches!(source.room.as_str(), "lib" | "main")) {
        let (_, may) = ROOMS.iter().find(|(room, _)| *room == source.room).unwrap_or_else(|| panic!("{}", source.path));
        for (line, path) in source.crate_paths() {
            let mut parts = path.split("::").map(str::trim);
            let (other, item) = (parts.next().unwrap_or_default(), parts.next());
            let place = format!("{}:{line}", source.path);
            if other != source.room && !may.contains(&other) {
                writeln!(wrong, "{place}: `{}` may not name `{other}`", source.room).unwrap();
            }
            let only = ONLY.iter().find(|(room, of, _)| *room == source.room && *of == other);
            if let (Some((_, _, items)), Some(item)) = (only, item)
                && !items.contains(&item)
            {
                writeln!(wrong, "{place}: `{}` may not name `{item}` of `{other}`", source.room).unwrap();
            }
        }
        for (line, chain) in source.upward() {
            if chain > source.depth {
                writeln!(wrong, "{}:{line}: `super::` leads out of the room; write `crate::`", source.path).unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}(the table is in tests/architecture.rs)");
}

#[test]
fn the_table_names_every_room_and_no_other() {
    let found: BTreeSet<_> = sources().into_iter().map(|source| source.room).collect();
    let rooms = ROOMS.iter().map(|(room, _)| (*room).to_owned());
    assert_eq!(rooms.chain(["lib", "main"].map(str::to_owned)).collect::<BTreeSet<_>>(), found);
    let used: BTreeSet<_> =
        sources().iter().flat_map(|source| source.rooms_named().map(|other| (source.room.clone(), other))).collect();
    for (room, may) in ROOMS {
        assert!(may.is_sorted(), "{room}: in order of the alphabet");
        for other in *may {
            let pair = ((*room).to_owned(), (*other).to_owned());
            assert!(used.contains(&pair), "`{room}` may name `{other}` and does not: take it from the table");
        }
    }
}

#[test]
fn crates_stay_in_their_rooms() {
    let mut wrong = String::new();
    for source in sources() {
        for (index, line) in source.lines.iter().enumerate() {
            for (name, rooms) in OUTSIDE {
                if names(line, name) && !rooms.contains(&source.room.as_str()) {
                    writeln!(wrong, "{}:{}: `{}` may not name `{name}`", source.path, index + 1, source.room).unwrap();
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}(the table is in tests/architecture.rs)");
}

#[test]
fn nothing_is_unwrapped_outside_tests() {
    let mut wrong = String::new();
    for source in sources() {
        for (index, line) in source.lines.iter().enumerate() {
            if [".unwrap()", ".expect(\"", "panic!(", "todo!(", "dbg!("].iter().any(|word| line.contains(word)) {
                writeln!(wrong, "{}:{}: {}", source.path, index + 1, line.trim()).unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn files_are_short_named_for_something_and_say_what_they_are() {
    let mut wrong = String::new();
    for source in sources() {
        let path = &source.path;
        let most = if path == "src/main.rs" { MAIN_LINES_MAX } else { LINES_MAX };
        if source.lines.len() > most {
            writeln!(wrong, "{path}:{}: longer than {most} lines without its tests", source.lines.len()).unwrap();
        }
        if !source.header.starts_with("//! ") {
            writeln!(wrong, "{path}:1: no `//!` that says what it turns into what").unwrap();
        }
        let mut words = path.trim_end_matches(".rs").split('/');
        if let Some(name) = words.find(|word| EMPTY_NAMES.contains(word)) {
            writeln!(wrong, "{path}: `{name}` says nothing about what is in it").unwrap();
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn the_map_that_is_read_names_every_room() {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("ARCHITECTURE.md")).unwrap();
    let cells: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("| ")?.split(" | ").next()).collect();
    for (room, _) in ROOMS {
        let named = |cell: &&str| cell.contains(&format!("`{room}`")) || cell.contains(&format!("`{room}/`"));
        assert!(cells.iter().any(named), "ARCHITECTURE.md has no row for `{room}`");
    }
}

/// The check itself finds what it is there to find.
#[test]
fn paths_are_read_from_every_form_of_use() {
    let text = "use crate::clock::Stamp;\nuse crate::{command, exit as code,\n    run::{self, windows}};\n\
                // crate::comment\nfn f() { crate::plan::COURSE; super::super::x(); }\n#[cfg(test)]\nmod tests {\n\
                use crate::store;\n}\n";
    let source = Source::new("src/a/b.rs", text);
    let paths: Vec<_> = source.crate_paths().collect();
    let expected = [(1, "clock::Stamp"), (2, "command"), (2, "exit"), (2, "run::self"), (2, "run::windows")];
    let expected = expected.into_iter().chain([(5, "plan::COURSE")]);
    assert_eq!(paths, expected.map(|(line, path)| (line, path.to_owned())).collect::<Vec<_>>());
    assert_eq!(source.upward(), [(5, 2)]);
    assert!(names("use tokio::time;", "tokio") && !names("use tokio_util::sync;", "tokio"));
}

impl Source {
    fn new(path: &str, text: &str) -> Self {
        let inner = path.trim_start_matches("src/").trim_end_matches(".rs").trim_end_matches("/mod");
        let mut parts = inner.split('/');
        let room = parts.next().unwrap_or_default().to_owned();
        let lines: Vec<_> = text.lines().collect();
        let tests = lines.windows(2).position(|two| two[0] == "#[cfg(test)]" && two[1].starts_with("mod tests {"));
        let code = lines[..tests.unwrap_or(lines.len())].iter();
        let strip = |line: &&str| if line.trim_start().starts_with("//") { String::new() } else { (*line).to_owned() };
        Self {
            path: path.to_owned(),
            room,
            depth: parts.count(),
            lines: code.map(strip).collect(),
            header: lines.first().map_or_else(String::new, |line| (*line).to_owned()),
        }
    }

    /// Every path behind `crate::`, up to its second name, with the line of `crate::`.
    fn crate_paths(&self) -> impl Iterator<Item = (usize, String)> {
        let text = self.lines.join("\n");
        let places: Vec<_> = text.match_indices("crate::").map(|(place, _)| place).collect();
        places.into_iter().flat_map(move |place| {
            let line = text[..place].matches('\n').count() + 1;
            tree(&text[place + "crate::".len()..]).into_iter().map(move |path| (line, path))
        })
    }

    fn rooms_named(&self) -> impl Iterator<Item = String> {
        self.crate_paths().map(|(_, path)| path.split("::").next().unwrap_or_default().to_owned())
    }

    /// Chains of `super::`, with their line and length.
    fn upward(&self) -> Vec<(usize, usize)> {
        let chain = |line: &String| {
            let start = line.find("super::")?;
            Some((0..).take_while(|index| line[start..].starts_with(&"super::".repeat(index + 1))).count())
        };
        let numbered = self.lines.iter().enumerate();
        numbered.filter_map(|(index, line)| chain(line).map(|length| (index + 1, length))).collect()
    }
}

/// The paths of a use tree, each up to its second name: `a::{b, c::d}` gives `a::b` and `a::c`.
fn tree(text: &str) -> Vec<String> {
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    if let Some(group) = text.strip_prefix('{') {
        return members(group).iter().flat_map(|member| tree(member)).collect();
    }
    match rest.strip_prefix("::") {
        Some(below) => tree(below)
            .into_iter()
            .map(|path| format!("{name}::{}", path.split("::").next().unwrap_or_default()))
            .collect(),
        None => vec![name.to_owned()],
    }
}

/// The members of a group, given what follows its `{`.
fn members(text: &str) -> Vec<&str> {
    let (mut depth, mut from, mut found) = (0, 0, Vec::new());
    for (place, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                found.push(text[from..place].trim());
                from = place + 1;
                if c == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    found.retain(|member| !member.is_empty());
    found
}

/// Whether `line` names the crate, module or type `name` as a whole word.
fn names(line: &str, name: &str) -> bool {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(name).any(|(place, _)| {
        let (before, after) = (&line[..place], &line[place + name.len()..]);
        let used = after.starts_with("::") || after.starts_with(';') || after.starts_with("!");
        used && !before.ends_with(word) && !before.ends_with('"') && !before.ends_with('`')
    })
}

/// Every file of src/ that is part of the program.
fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = below(&root.join("src"));
    let texts: Vec<_> = files.iter().map(|path| (path, fs::read_to_string(path).unwrap())).collect();
    let tests: Vec<PathBuf> = texts.iter().flat_map(|(path, text)| test_modules(path, text)).collect();
    let part = |path: &Path| !tests.iter().any(|module| path.starts_with(module) || path.with_extension("") == *module);
    let name = |path: &Path| path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
    texts.iter().filter(|(path, _)| part(path)).map(|(path, text)| Source::new(&name(path), text)).collect()
}

/// Modules that `path` declares for tests only, as paths without ending.
fn test_modules(path: &Path, text: &str) -> Vec<PathBuf> {
    let stem = path.file_stem().unwrap();
    let folder =
        if stem == "mod" || stem == "lib" { path.parent().unwrap().to_owned() } else { path.with_extension("") };
    let lines: Vec<_> = text.lines().collect();
    let pairs = lines.windows(2).filter(|two| two[0] == "#[cfg(test)]");
    pairs
        .filter_map(|two| {
            let name = two[1].strip_suffix(';')?.split_whitespace().last()?;
            Some(folder.join(name))
        })
        .collect()
}

fn below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            found.extend(below(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}
