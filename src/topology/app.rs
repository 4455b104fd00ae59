//! A folder's `app.toml` → [`App`]: what runs in the services of role `web` of whatever topology, where its image comes
//! from, what it needs, how its course is made. The folder itself is mounted into these services.
//!
//! A new app is a folder under `compose/apps/` and no Rust: an `app.toml`, and in `bin/` an `entrypoint` and a `seed`.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::read::{braced, cpu, grouped, memory, named, setting, size, valid};
use super::{Role, Topology};
use crate::settings::{Document, Kind, Problem, Problems, Refusal, Section, Spec, Values};

/// The setting that says what of the app lies on the shared volume.
pub const LAYOUT: &str = "layout";
/// The role whose services run the app.
pub const WEB: &str = "web";
/// Most processor time of a page.
const CPU_MAX: Duration = Duration::from_secs(60);
/// What a command that seeds a course may name in braces.
const SEED: &[&str] =
    &["course", "set", "homework", "students", "problems", "per_page", "attempts", "versions", "minutes"];

/// What answers students.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct App {
    /// The folder's name.
    pub name: String,
    /// What reports call it.
    pub title: String,
    /// Whether it only stands in for WeBWorK.
    pub stand_in: bool,
    /// Where its image comes from.
    pub image: Image,
    /// The command that makes the course, run in one service, with `{course}`, `{set}`, `{homework}`, `{students}`, `{problems}`,
    /// `{per_page}`, `{attempts}`, `{versions}`, `{minutes}`.
    pub seed: Vec<String>,
    /// The command that puts the seeded course of `{course}` into the folder `.kept` of the shared volume, where `seed` finds it
    /// the next time; none: it is seeded each time.
    pub keep: Vec<String>,
    /// The command that takes away what students have left in the test `{set}` of `{course}`: versions, answers, sessions and log
    /// lines; empty for an app that cannot.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reset: Vec<String>,
    /// Expression for the command lines of the server's processes, for faults that aim at them.
    pub server: String,
    /// Share of the machine's processors that a service that runs it may use, where the topology says none.
    pub cpu_share: f64,
    /// Memory limit of a service that runs it, in bytes, where the topology sets none.
    pub memory_bytes: u64,
    /// What of it may lie on the shared volume; the first is the usual one.
    pub layouts: Vec<Layout>,
    /// Processor time of a page of a test, without its problems, and of each of its problems, where they were measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page_cpu: Option<(Duration, Duration)>,
    /// What can be set of it.
    pub settings: Vec<Spec>,
    /// Log files to copy out of each service that runs it, with `{course}`.
    pub collect: Vec<String>,
    /// The log in which it says what each page took; empty for an app that has none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub timing_log: String,
}

/// Where an app's image comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "from")]
pub enum Image {
    /// A folder of `compose/images`, built when it is missing.
    Built {
        /// The folder's name.
        part: String,
    },
    /// The user's own: it must be there.
    Named {
        /// What the engine knows it by.
        name: String,
        /// The command that says its version.
        version: Vec<String>,
        /// Expression for the answer, with a group `version`.
        expect: String,
        /// The oldest version that is understood.
        least: String,
        /// What to do where there is none.
        missing: String,
    },
}

impl Image {
    /// What the engine knows it by, where it is the user's own.
    pub fn named(&self) -> Option<&str> {
        match self {
            Self::Built { .. } => None,
            Self::Named { name, .. } => Some(name),
        }
    }
}

impl Default for Image {
    fn default() -> Self {
        Self::Built { part: String::new() }
    }
}

/// What of an app lies on the shared volume.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layout {
    /// The value of the setting `layout`.
    pub name: String,
    /// Size of the volume, in bytes, where the topology sets none.
    pub size_bytes: u64,
    /// A few words on what is shared.
    pub help: String,
}

impl App {
    /// Whether its seeding makes a homework set.
    pub fn has_homework(&self) -> bool {
        self.seed.iter().any(|word| word.contains("{homework}"))
    }

    /// Reads `text`, the content of `file`, as the app `name`.
    pub fn read(name: &str, file: &str, text: &str) -> Result<Self, Problems> {
        let document = Document::parse(file, text)?;
        let root = document.root();
        let settings = root.named_sections("setting").into_iter().map(setting).collect();
        let mut app = Self {
            name: name.to_owned(),
            title: root.required_text("title"),
            stand_in: root.flag("stand_in").unwrap_or(false),
            image: image(&root),
            seed: root.required("seed", "a command", root.texts("seed")),
            keep: root.texts("keep").unwrap_or_default(),
            reset: root.texts("reset").unwrap_or_default(),
            server: root.required_text("server"),
            cpu_share: root.required("cpu", "a share of the machine such as \"20%\"", cpu(&root)),
            memory_bytes: root.required("memory", "a size such as \"256MiB\"", memory(&root)),
            layouts: root.named_sections("layout").into_iter().map(layout).collect(),
            page_cpu: page_cpu(&root),
            settings,
            collect: root.texts("collect").unwrap_or_default(),
            timing_log: root.text("timing_log").unwrap_or_default(),
        };
        valid(&root, "server", &app.server);
        root.finish();
        app.seed.iter().for_each(|word| braced(&document, "seed", word, SEED));
        app.keep.iter().for_each(|word| braced(&document, "keep", word, &["course"]));
        app.reset.iter().for_each(|word| braced(&document, "reset", word, &["course", "set"]));
        if app.settings.iter().any(|spec| spec.name == LAYOUT) {
            let refusal = Refusal::new("the tables [layout.<name>] make this setting");
            document.problem(&format!("setting.{LAYOUT}"), refusal);
        }
        named(&document, &["setting", "layout"]);
        app.collect.iter().for_each(|file| braced(&document, "collect", file, &["course"]));
        let timing = std::iter::once(("timing_log", &app.timing_log)).filter(|(_, file)| !file.is_empty());
        let files = app.collect.iter().map(|file| ("collect", file)).chain(timing);
        for (field, file) in files.filter(|(_, file)| !file.starts_with('/')) {
            document.problem(field, Refusal::new(format!("expected a path from `/` on, got `{file}`")));
        }
        if app.layouts.is_empty() && document.sound("layout") {
            document.problem("layout", Refusal::new("missing; expected at least one table such as [layout.courses]"));
        }
        app.settings.extend(app.layout_setting());
        document.verdict(app)
    }

    /// Its settings as the environment of its services, one a line; durations as a number of milliseconds.
    pub fn environment(&self, settings: &Values) -> String {
        let value = |spec: &Spec| match spec.kind {
            Kind::Duration => settings.duration(&spec.name).as_millis().to_string(),
            _ => settings.plain(spec),
        };
        let line = |spec: &Spec| format!("APP_{}={}\n", spec.name.to_uppercase(), value(spec));
        self.settings.iter().map(line).collect()
    }

    /// The layout called `name`, or the usual one.
    pub fn layout(&self, name: &str) -> Option<&Layout> {
        self.layouts.iter().find(|layout| layout.name == name).or(self.layouts.first())
    }

    fn layout_setting(&self) -> Option<Spec> {
        let names = self.layouts.iter().map(|layout| layout.name.as_str()).collect::<Vec<_>>();
        let each = |layout: &Layout| format!("{} = {}", layout.name, layout.help);
        let help = self.layouts.iter().map(each).collect::<Vec<_>>().join("; ");
        let first = names.first()?;
        Some(Spec::new(LAYOUT, Kind::choice(&names), first, &format!("what lies on the shared volume: {help}")))
    }
}

impl Role {
    /// Takes what the topology leaves open.
    fn fill(&mut self, cpu_share: f64, memory_bytes: u64) {
        if self.cpu_share == 0.0 {
            self.cpu_share = cpu_share;
        }
        if self.memory_bytes == 0 {
            self.memory_bytes = memory_bytes;
        }
    }
}

impl Topology {
    /// This topology with `app` in the services of role `web`: what the topology leaves open is the app's.
    pub fn running(mut self, app: App) -> Result<Self, Problems> {
        if let Some(twice) = app.settings.iter().find(|spec| self.settings.iter().any(|own| own.name == spec.name)) {
            let refusal = Refusal::new(format!("topology `{}` has a setting of this name", self.name));
            let problem = refusal.hinted("a setting has one owner").at(0, &format!("setting.{}", twice.name));
            return Err(Problems { file: format!("compose/apps/{}/app.toml", app.name), list: vec![problem] });
        }
        let wrong = self.take_settings(&app);
        if !wrong.is_empty() {
            return Err(Problems { file: format!("compose/{}/topology.toml", self.name), list: wrong });
        }
        if let Some(web) = self.roles.get_mut(WEB) {
            web.fill(app.cpu_share, app.memory_bytes);
            web.server.get_or_insert_with(|| app.server.clone());
        }
        self.take_resources();
        self.collect.entry(WEB.to_owned()).or_default().extend(app.collect.iter().cloned());
        if let Image::Built { part } = &app.image {
            self.images.push(part.clone());
        }
        self.app = app;
        Ok(self)
    }

    /// Gives the services of a role that stands in for another one what that one's have, where the topology leaves it open.
    fn take_resources(&mut self) {
        let of = |role: &Role| (role.cpu_share, role.memory_bytes);
        let resources: BTreeMap<_, _> = self.roles.iter().map(|(name, role)| (name.clone(), of(role))).collect();
        for role in self.roles.values_mut() {
            let replaced = role.stands_in_for.as_ref().and_then(|name| resources.get(name));
            if let Some((cpu_share, memory_bytes)) = replaced {
                role.fill(*cpu_share, *memory_bytes);
            }
        }
    }

    /// Adds the settings of `app`, each with the usual value that this topology gives it; what is wrong with those.
    fn take_settings(&mut self, app: &App) -> Vec<Problem> {
        let known: Vec<_> = app.settings.iter().map(|spec| spec.name.as_str()).collect();
        let unknown = self.usual.keys().filter(|name| !known.contains(&name.as_str()));
        let mut wrong: Vec<_> =
            unknown.map(|name| Refusal::unknown("setting", name, &known).at(0, &format!("usual.{name}"))).collect();
        for spec in &app.settings {
            let mut spec = spec.clone();
            if let Some(value) = self.usual.get(&spec.name) {
                match spec.check(value) {
                    Ok(()) => spec.default.clone_from(value),
                    Err(refusal) => wrong.push(refusal.at(0, &format!("usual.{}", spec.name))),
                }
            }
            self.settings.push(spec);
        }
        wrong
    }
}

/// `page_cpu` and `problem_cpu`, of which neither says anything without the other.
fn page_cpu(root: &Section<'_>) -> Option<(Duration, Duration)> {
    const FIELDS: [&str; 2] = ["page_cpu", "problem_cpu"];
    let [page, problem] = FIELDS.map(|field| root.duration(field, Duration::ZERO..=CPU_MAX));
    let missing = FIELDS.into_iter().find(|field| !root.has(field));
    if let (true, Some(missing)) = (FIELDS.iter().any(|field| root.has(field)), missing) {
        root.refuse(missing, Refusal::new("missing; expected both page_cpu and problem_cpu, or neither"));
    }
    Some((page?, problem?))
}

fn image(root: &Section<'_>) -> Image {
    let Some(section) = root.section("image") else {
        return root.required("image", "a table with `build` or `name`", None);
    };
    if section.has("build") {
        let image = Image::Built { part: section.required_text("build") };
        section.finish();
        return image;
    }
    let image = Image::Named {
        name: section.required_text("name"),
        version: section.required("version", "a command", section.texts("version")),
        expect: section.required_text("expect"),
        least: section.required_text("least"),
        missing: section.required_text("missing"),
    };
    if let Image::Named { expect, least, .. } = &image {
        grouped(&section, "expect", expect, ("version", r"(?<version>[0-9.]+)"));
        if section.sound("least") && !least.split('.').all(|part| part.parse::<u32>().is_ok()) {
            section.refuse("least", Refusal::new(format!("expected a version such as \"2.19\", got `{least}`")));
        }
    }
    section.finish();
    image
}

fn layout((name, section): (String, Section<'_>)) -> Layout {
    let size_bytes = section.required("size", "a size such as \"48MiB\"", size(&section));
    let layout = Layout { name, size_bytes, help: section.required_text("help") };
    section.finish();
    layout
}
