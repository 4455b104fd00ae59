//! The program itself, called from a folder that is not the repository.

use std::path::{Path, PathBuf};
use std::time::Duration;

use assert_cmd::Command;
use tempfile::TempDir;
use wwchaos::fault;
use wwchaos::library::Library;

/// An engine that is not there.
pub const NO_ENGINE: &str = "unix:///nonexistent.sock";

/// How a call ended.
pub struct Said {
    pub code: u8,
    pub out: String,
    pub err: String,
}

/// A folder to call the program from.
pub struct Desk {
    folder: TempDir,
    engine: String,
    variables: Vec<(String, String)>,
}

impl Desk {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), engine: NO_ENGINE.to_owned(), variables: Vec::new() }
    }

    /// Lets the program talk to this engine.
    pub fn with_engine(engine: String) -> Self {
        Self { engine, ..Self::new() }
    }

    /// Lets the program find this variable in its environment.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file below the folder.
    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    /// Calls the program with these words.
    pub fn call(&self, words: &[&str]) -> Said {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wwchaos"));
        command.current_dir(self.path()).args(words).env("DOCKER_HOST", &self.engine);
        for name in ["WWCHAOS_LIBRARY", "WWCHAOS_REPORTS", "WWCHAOS_WEBWORK_IMAGE", "COLUMNS"] {
            command.env_remove(name);
        }
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        // Whatever it is given, it ends; one that was killed has no code.
        let output = command.timeout(Duration::from_secs(120)).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Said {
            code: u8::try_from(output.status.code().unwrap()).unwrap(),
            out: text(output.stdout),
            err: text(output.stderr),
        }
    }

    /// Calls the program, which must end well; what it printed.
    pub fn must(&self, words: &[&str]) -> String {
        let said = self.call(words);
        assert_eq!((said.code, said.err.as_str()), (0, ""), "wwchaos {}", words.join(" "));
        said.out
    }
}

/// A path in the repository.
pub fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The text of a file of the repository.
pub fn text(path: &str) -> String {
    std::fs::read_to_string(repository(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Names in a folder of the repository that end so, without the ending, in order.
pub fn names(folder: &str, ending: &str) -> Vec<String> {
    let entries = std::fs::read_dir(repository(folder)).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<_> =
        entries.filter_map(|name| name.to_str().unwrap().strip_suffix(ending).map(str::to_owned)).collect();
    names.sort();
    assert!(!names.is_empty(), "{folder} has no *{ending}");
    names
}

/// What was said, with one word in the place of all that there is of a kind: who adds one changes no message.
pub fn unlisted(said: &str) -> String {
    let library = Library::default();
    let images = std::fs::read_dir(repository("compose/images")).unwrap().map(|entry| entry.unwrap().path());
    let images = images.filter(|path| path.join("Dockerfile").exists());
    let images = images.map(|path| path.file_name().unwrap().to_str().unwrap().to_owned()).collect();
    // A scenario may be called as its fault is.
    let all = [
        (library.scenarios(), "<all scenarios>"),
        (fault::names().into_iter().map(str::to_owned).collect(), "<all faults>"),
        (library.topologies(), "<all topologies>"),
        (library.apps(), "<all apps>"),
        (images, "<all images>"),
    ];
    let told = said.split_inclusive('\n').map(|line| {
        let Some((before, after)) = line.split_once("; known: ") else { return line.to_owned() };
        let end = after.find(" (hint").unwrap_or_else(|| after.trim_end().len());
        let listed: Vec<_> = after[..end].split(", ").collect();
        let has = |names: &&(Vec<String>, &str)| names.0.iter().all(|name| listed.contains(&name.as_str()));
        let Some((names, word)) = all.iter().find(has) else { return line.to_owned() };
        let others = listed.iter().filter(|listed| !names.iter().any(|name| name == *listed));
        let known = std::iter::once(word).chain(others).copied().collect::<Vec<_>>().join(", ");
        format!("{before}; known: {known}{}", &after[end..])
    });
    told.collect()
}
