//! Scenarios and topologies: those built into the program, overridden file by file by a folder of the user's own
//! (`--library DIR` or `WWCHAOS_LIBRARY`, with `scenarios/` and `compose/` in it as in this repository).

mod folder;
mod load;
mod set;
mod topology;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, Result, bail};
use include_dir::{Dir, include_dir};
use sha2::{Digest, Sha256};

pub use load::recorded;
pub use set::{Line, Set};

use crate::digest;
use crate::file;
use crate::profile::Profile;
use crate::scenario::Scenario;
use crate::settings::{Problems, Refusal};
use crate::topology::{App, Composed, Image, Topology};
use topology::DESCRIPTION;

static SCENARIOS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/scenarios");
static COMPOSE: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/compose");

/// How its services run.
const SERVICES: &str = "docker-compose.yml";
/// How the services of an app start, in its folder.
const ENTRYPOINT: &str = "bin/entrypoint";
/// What a variant changes of that.
const CHANGES: &str = "docker-compose.override.yml";
/// Where profiles are, below scenarios/.
const PROFILES: &str = "profiles";

/// Where scenarios and topologies come from.
#[derive(Clone, Debug, Default)]
pub struct Library {
    folder: Option<PathBuf>,
}

impl Library {
    /// The built-in files, overridden by those of `folder`.
    pub fn new(folder: Option<PathBuf>) -> Result<Self> {
        if let Some(folder) = &folder {
            let wrong = |what: &str| {
                let message = format!("library folder {}: {what}", folder.display());
                Refusal::new(message).hinted("--library DIR or WWCHAOS_LIBRARY names it")
            };
            if !folder.is_dir() {
                bail!(wrong("no such folder"));
            }
            if !["scenarios", "compose"].iter().any(|part| folder.join(part).is_dir()) {
                bail!(wrong("expected scenarios/ or compose/ in it"));
            }
            // From here on all of it can be read.
            for part in ["scenarios", "compose"] {
                folder::files(&folder.join(part))?;
            }
        }
        Ok(Self { folder })
    }

    /// The scenario called `name`, or the one in the file `name` when it ends in `.toml`.
    pub fn scenario(&self, name: &str) -> Result<Scenario> {
        if let Some((stem, text)) = file_named(name, "toml", "scenario file")? {
            return Ok(self.with_profile(Scenario::read(&stem, name, &text)?)?);
        }
        let file = format!("{name}.toml");
        let strange = || {
            let refusal = unknown("scenario or set", name, &[self.scenarios(), self.sets()].concat());
            let hint = || format!("`{name}` is a topology; a scenario runs on it by `--topology {name}`");
            if self.topologies().iter().any(|known| known == name) { refusal.hinted(hint()) } else { refusal }
        };
        let (path, text) = self.text("scenarios", &SCENARIOS, &file)?.ok_or_else(strange)?;
        Ok(self.with_profile(Scenario::read(name, &path, &text)?)?)
    }

    /// The profile called `name`, as its user knows the file, and what it says.
    pub fn profile(&self, name: &str) -> Result<(String, Profile)> {
        let file = format!("{PROFILES}/{name}.toml");
        let known = || unknown("profile", name, &self.profiles());
        let (path, text) = self.text("scenarios", &SCENARIOS, &file)?.ok_or_else(known)?;
        let profile = Profile::read(&path, &text)?;
        Ok((path, profile))
    }

    /// Names of all profiles.
    pub fn profiles(&self) -> Vec<String> {
        self.names("scenarios", &SCENARIOS, |path| strip(path.strip_prefix(PROFILES)?.strip_prefix('/')?, ".toml"))
    }

    /// The app called `name`.
    pub fn app(&self, name: &str) -> Result<App> {
        let file = format!("apps/{name}/app.toml");
        let (path, text) = self.text("compose", &COMPOSE, &file)?.ok_or_else(|| unknown("app", name, &self.apps()))?;
        let app = App::read(name, &path, &text)?;
        let images = self.images();
        if let Image::Built { part } = &app.image
            && !images.contains(part)
        {
            bail!(Problems { file: path, list: vec![unknown("image", part, &images).at(0, "image.build")] });
        }
        let files = self.files(&format!("apps/{name}"));
        if !files.contains_key(&format!("apps/{name}/{ENTRYPOINT}")) {
            let message = format!("no file {ENTRYPOINT} beside it: expected the first process of the app's services");
            bail!(Problems::one(path, Refusal::new(message)));
        }
        Ok(app)
    }

    /// The topology `topology` with the app `app` in it.
    pub fn cluster(&self, topology: &str, app: &str) -> Result<Topology> {
        Ok(self.topology(topology)?.running(self.app(app)?)?)
    }

    /// The compose files of `topology`, which fit it, each with its text and laid over the one before: its own, or that of
    /// the topology that it extends with what it changes of it, which may be nothing. No other file is given to Compose.
    pub fn compose_files(&self, topology: &Topology) -> Result<Vec<(String, String)>, Problems> {
        self.checked_files(topology).map(|(files, _)| files)
    }

    /// The same, and what they say that the topology does not.
    fn checked_files(&self, topology: &Topology) -> Result<(Vec<(String, String)>, Composed), Problems> {
        let name = &topology.name;
        let base = topology.extends.as_ref().unwrap_or(name);
        if let Some((file, _)) = self.compose(base, CHANGES)? {
            let refusal = Refusal::new(format!("`{base}` extends nothing; expected its services in {SERVICES} alone"));
            let hint = format!("a topology of another name with `extends = \"{base}\"` may change them");
            return Err(Problems::one(file, refusal.hinted(hint)));
        }
        if base != name
            && let Some((file, _)) = self.compose(name, SERVICES)?
        {
            let why = format!("would replace that of `{base}`; expected what differs from it in {CHANGES}");
            return Err(Problems::one(file, Refusal::new(why)));
        }
        let Some(first) = self.compose(base, SERVICES)? else {
            let description = self.compose(base, DESCRIPTION)?.map_or_else(|| DESCRIPTION.to_owned(), |(path, _)| path);
            let refusal = Refusal::new("missing; expected how the services of topology.toml run");
            return Err(Problems::one(description.replace(DESCRIPTION, SERVICES), refusal));
        };
        let changes = if base == name { None } else { self.compose(name, CHANGES)? };
        let files: Vec<_> = std::iter::once(first).chain(changes).collect();
        let composed = topology.check_compose(&files)?;
        Ok((files, composed))
    }

    /// A file of the topology `name`.
    fn compose(&self, name: &str, file: &str) -> Result<Option<(String, String)>, Problems> {
        if name.contains('/') {
            return Ok(None);
        }
        self.text("compose", &COMPOSE, &format!("{name}/{file}"))
    }

    /// The set of scenarios called `name`, or the one in the file `name` when it ends in `.set`; none when it is no set's name.
    /// One scenario a line.
    pub fn set(&self, name: &str) -> Result<Option<Set>> {
        let read = |name: &str, file: &str, text: &str| Set::read(name, file, text, (&self.scenarios(), &self.sets()));
        if let Some((stem, text)) = file_named(name, "set", "file of a set")? {
            return Ok(Some(read(&stem, name, &text)?));
        }
        let found = self.text("scenarios", &SCENARIOS, &format!("{name}.set"))?;
        Ok(found.map(|(file, text)| read(name, &file, &text)).transpose()?)
    }

    /// Names of all scenarios.
    pub fn scenarios(&self) -> Vec<String> {
        self.names("scenarios", &SCENARIOS, |path| strip(path, ".toml"))
    }

    /// Names of all sets of scenarios.
    pub fn sets(&self) -> Vec<String> {
        self.names("scenarios", &SCENARIOS, |path| strip(path, ".set"))
    }

    /// Names of all topologies.
    pub fn topologies(&self) -> Vec<String> {
        self.names("compose", &COMPOSE, |path| strip(path, "/topology.toml"))
    }

    /// Names of all apps.
    pub fn apps(&self) -> Vec<String> {
        self.names("compose", &COMPOSE, |path| strip(path.strip_prefix("apps/")?, "/app.toml"))
    }

    /// Names of all images.
    fn images(&self) -> Vec<String> {
        self.names("compose", &COMPOSE, |path| strip(path.strip_prefix("images/")?, "/Dockerfile"))
    }

    /// Writes `compose/<part>` below `target`, scripts executable; returns the folder written.
    pub fn unpack(&self, part: &str, target: &Path) -> Result<PathBuf> {
        let root = target.join(part);
        write(part, &root, self.files(part))?;
        Ok(root)
    }

    /// Writes the files of `app` below `target`; returns their folder, as a path that the engine understands.
    pub fn unpack_app(&self, app: &App, target: &Path) -> Result<PathBuf> {
        let folder = self.unpack(&format!("apps/{}", app.name), target)?;
        folder.canonicalize().with_context(|| folder.display().to_string())
    }

    /// Writes the files of `topology` into a folder of its name below `target`, over those of the topology that it
    /// extends; returns the compose files in it, in order. These are the ones that were checked, whatever is beside them.
    pub fn unpack_topology(&self, topology: &Topology, target: &Path) -> Result<Vec<PathBuf>> {
        let checked = self.compose_files(topology)?;
        let root = target.join(&topology.name);
        for part in topology.extends.iter().chain([&topology.name]) {
            let mut files = self.files(part);
            for file in [SERVICES, CHANGES] {
                files.remove(&format!("{part}/{file}"));
            }
            write(part, &root, files)?;
        }
        let named = [SERVICES, CHANGES].into_iter().zip(checked);
        let written = named.map(|(name, (_, text))| {
            let file = root.join(name);
            fs::create_dir_all(&root)?;
            fs::write(&file, text).with_context(|| format!("write {}", file.display()))?;
            Ok(file)
        });
        written.collect()
    }

    /// A short hash over names and contents of `compose/<part>`.
    pub fn hash(&self, part: &str) -> String {
        let mut hasher = Sha256::new();
        for (path, bytes) in self.files(part) {
            hasher.update(path.as_bytes());
            hasher.update([0]);
            hasher.update(Sha256::digest(&bytes));
        }
        digest::hex(hasher, 6)
    }

    /// All files of `compose/<part>` by path below compose/, in order.
    fn files(&self, part: &str) -> BTreeMap<String, Vec<u8>> {
        let mut files = BTreeMap::new();
        let prefix = format!("{part}/");
        walk(&COMPOSE, &mut |path, bytes| {
            if path.starts_with(&prefix) {
                files.insert(path.to_owned(), bytes.to_vec());
            }
        });
        if let Some(folder) = &self.folder {
            let base = folder.join("compose");
            for path in below(&base.join(part)) {
                let name = path.strip_prefix(&base).unwrap_or(&path).to_string_lossy().into_owned();
                if let Ok(bytes) = file::bytes(&path, folder::FILE_MAX) {
                    files.insert(name, bytes);
                }
            }
        }
        files
    }

    /// A file as its user knows it, and its text. One of the user's own that cannot be read is never passed over.
    fn text(&self, kind: &str, built_in: &Dir<'_>, file: &str) -> Result<Option<(String, String)>, Problems> {
        // A name that leads elsewhere is no name.
        if !Path::new(file).components().all(|part| matches!(part, Component::Normal(_))) {
            return Ok(None);
        }
        let own = self.folder.as_ref().map(|folder| folder.join(kind).join(file));
        if let Some(own) = own.filter(|own| own.symlink_metadata().is_ok()) {
            return Ok(Some((own.display().to_string(), read(&own)?)));
        }
        let text = built_in.get_file(file).and_then(|file| file.contents_utf8());
        Ok(text.map(|text| (format!("{kind}/{file}"), text.to_owned())))
    }

    fn names(&self, kind: &str, built_in: &Dir<'_>, name: impl Fn(&str) -> Option<String>) -> Vec<String> {
        let mut names = BTreeSet::new();
        walk(built_in, &mut |path, _| names.extend(name(path)));
        if let Some(folder) = &self.folder {
            let base = folder.join(kind);
            let own = below(&base).into_iter();
            names.extend(own.filter_map(|path| name(&path.strip_prefix(&base).ok()?.to_string_lossy())));
        }
        names.into_iter().collect()
    }
}

/// Writes `files` of `compose/<part>` below the folder `root`, readable for everybody whatever the user's mask says: containers
/// that they are mounted into read them as other users.
fn write(part: &str, root: &Path, files: BTreeMap<String, Vec<u8>>) -> Result<()> {
    for (path, bytes) in files {
        let file = root.join(Path::new(&path).strip_prefix(part)?);
        let folder = file.parent().unwrap_or(root);
        fs::create_dir_all(folder)?;
        for folder in folder.ancestors().take_while(|folder| folder.starts_with(root)) {
            permit(folder, 0o755)?;
        }
        fs::write(&file, &bytes).with_context(|| format!("write {}", file.display()))?;
        permit(&file, if bytes.starts_with(b"#!") { 0o755 } else { 0o644 })?;
    }
    Ok(())
}

fn strip(path: &str, ending: &str) -> Option<String> {
    path.strip_suffix(ending).filter(|name| !name.contains('/')).map(str::to_owned)
}

fn unknown(what: &str, name: &str, known: &[String]) -> Refusal {
    Refusal::unknown(what, name, &known.iter().map(String::as_str).collect::<Vec<_>>())
}

fn walk(folder: &Dir<'_>, visit: &mut impl FnMut(&str, &[u8])) {
    for file in folder.files() {
        visit(&file.path().to_string_lossy(), file.contents());
    }
    for inner in folder.dirs() {
        walk(inner, visit);
    }
}

/// The files below `folder`; [`Library::new`] has seen that all of them can be read.
fn below(folder: &Path) -> Vec<PathBuf> {
    folder::files(folder).unwrap_or_default()
}

/// Stem and text of the file `name`, which is called `what` in messages; none where `name` does not end in `ending`.
fn file_named(name: &str, ending: &str, what: &str) -> Result<Option<(String, String)>> {
    let path = Path::new(name);
    if path.extension().is_none_or(|found| found != ending) {
        return Ok(None);
    }
    fs::symlink_metadata(path).with_context(|| format!("{what} {name}"))?;
    let text = read(path)?;
    Ok(Some((path.file_stem().unwrap_or_default().to_string_lossy().into_owned(), text)))
}

/// The text of a file that a user has written.
fn read(path: &Path) -> Result<String, Problems> {
    let file = path.display().to_string();
    file::text(path, file::TEXT_MAX).map_err(|problem| Problems { file, list: vec![problem] })
}

fn permit(path: &Path, mode: u32) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).with_context(|| format!("chmod {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_of_the_users_own_overrides_file_by_file() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("scenarios")).unwrap();
        let text = "title = \"mine\"\ntopology = \"two-node\"\n";
        fs::write(folder.path().join("scenarios/mine.toml"), text).unwrap();
        let library = Library::new(Some(folder.path().to_owned())).unwrap();
        assert_eq!(library.scenario("mine").unwrap().title, "mine");
        assert!(library.scenarios().contains(&"mine".to_owned()));
        assert!(library.topologies().contains(&"two-node".to_owned()));
    }

    #[test]
    fn what_is_laid_over_the_app_must_be_there() {
        let folder = tempfile::tempdir().unwrap();
        let own = folder.path().join("compose/own");
        fs::create_dir_all(&own).unwrap();
        let text = "extends = \"two-node\"\ntitle = \"own\"\nover_app = \"hleper\"\n";
        fs::write(own.join("topology.toml"), text).unwrap();
        let said = Library::new(Some(folder.path().to_owned())).unwrap().topology("own").unwrap_err().to_string();
        assert!(said.contains("over_app") && said.contains("did you mean `helper`?"), "{said}");
    }

    #[test]
    fn an_unknown_name_lists_the_known_ones() {
        let said = Library::default().topology("tow-node").unwrap_err().to_string();
        assert!(said.starts_with("unknown topology `tow-node`; known: "), "{said}");
        assert!(said.ends_with("(hint: did you mean `two-node`?)"), "{said}");
    }

    #[test]
    fn a_changed_file_changes_the_hash() {
        let library = Library::default();
        assert_eq!(library.hash("images/standin"), library.hash("images/standin"));
        assert_ne!(library.hash("images/standin"), library.hash("images/lb"));
    }
}
