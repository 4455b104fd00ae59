//! A folder's `topology.toml` → [`Topology`]: roles, addresses, readiness, detectors, settings, what to audit
//! and what to collect. The compose file beside it says how the services run; this file says what they are. Both are
//! read before anything starts: names within the one and between the two must fit.
//!
//! A topology may extend another one: it says what differs, in `topology.toml` and in `docker-compose.override.yml`.
//!
//! What the services of role `web` run is an [`App`], a folder of its own; every topology can run every app.
//!
//! This room knows neither faults nor load. A new topology is a folder under `compose/` and no Rust.

mod app;
mod compose;
mod detector;
mod lent;
mod read;
mod references;
mod timing;
mod yaml;

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::settings::{Document, Problems, Spec};
pub use app::{App, Image, LAYOUT, Layout, WEB};
pub use compose::{Composed, variables};
pub use detector::{Detector, Language, Source};
pub use lent::lent;
use read::{addresses, audit, collect, condition, database, detector, entry, role, setting, texts, volume};
pub use timing::Timing;

const SECOND: Duration = Duration::from_secs(1);

/// A cluster as data.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Topology {
    /// The folder's name.
    pub name: String,
    /// The topology that it is a variant of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extends: Option<String>,
    /// One line on what the cluster is made of.
    pub title: String,
    /// What in it stands in for something else, a sentence each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stand_ins: Vec<String>,
    /// Why no class can be taken on it, where that is so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no_class: Option<String>,
    /// Whether a service mounts by FUSE, as its compose files say.
    #[serde(default)]
    pub fuse: bool,
    /// Names of the folders of compose/images that it needs.
    pub images: Vec<String>,
    /// The folder of compose/images that is laid over the image of the app, for what its nodes need beside it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub over_app: Option<String>,
    /// The volume that the nodes of role `web` share, where that has to be said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared: Option<String>,
    /// Where students come in.
    pub entry: Entry,
    /// What each group of services does.
    pub roles: BTreeMap<String, Role>,
    /// Volumes of limited size, made before the services start.
    pub volumes: BTreeMap<String, Volume>,
    /// Last octet of every address in the run's subnet, by service or name.
    pub addresses: BTreeMap<String, u8>,
    /// The database as clients reach it.
    pub database: Database,
    /// Who decides that a node is down.
    pub detectors: Vec<Detector>,
    /// What the services of a role can be brought into, and out of again, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub conditions: BTreeMap<String, Condition>,
    /// What can be timed on the idle cluster, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub timings: BTreeMap<String, Timing>,
    /// What can be set, and to what.
    pub settings: Vec<Spec>,
    /// Values of settings of the app that are the usual ones here.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub usual: BTreeMap<String, String>,
    /// Roles whose failover takes at least what one of the settings says, whatever a real one takes: the role, and the setting.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub configured: BTreeMap<String, String>,
    /// What runs in the services of role `web`; nothing yet where it was read and no more.
    #[serde(default)]
    pub app: App,
    /// Where the audit finds what the database does not hold.
    pub audit: Audit,
    /// Log files to copy out of each service of a role, beside what its container printed.
    #[serde(default)]
    pub collect: BTreeMap<String, Vec<String>>,
    /// How long the cluster may take to be ready.
    pub ready_within: Duration,
    /// How long after a fault a sound cluster may take until it is whole; none where nothing takes longer than a database.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub whole_within: Option<Duration>,
}

/// Where students come in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The service that takes their requests.
    pub service: String,
    /// The port inside it.
    pub port: u16,
    /// The setting, and the value of it, with which the entry speaks TLS; none where it never does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<(String, String)>,
}

/// A group of services that do the same.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Role {
    /// The compose services.
    pub services: Vec<String>,
    /// The port they serve on, when students' requests reach them.
    pub port: Option<u16>,
    /// Share of the machine's processors that each service may use.
    pub cpu_share: f64,
    /// Memory limit of each service, in bytes.
    pub memory_bytes: u64,
    /// Expression for the command lines of the server's processes, for faults that aim at them.
    pub server: Option<String>,
    /// How to tell that a service is ready.
    pub ready: Option<Question>,
    /// How to tell that a service is the primary of its role.
    pub primary: Option<Question>,
    /// The role whose nodes its services replace when one is lost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stands_in_for: Option<String>,
    /// Whether the others run no server, and nothing can be asked of them.
    #[serde(default)]
    pub passive: bool,
}

/// A question to one service with the answer that means yes; `expect` is a regular expression.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "ask")]
pub enum Question {
    /// GET this path on the role's port; yes when the body matches.
    Page {
        /// The path, with `{course}` for the course's name.
        path: String,
        /// What the body must match.
        expect: String,
    },
    /// Run this command in the container; yes when its output matches.
    Command {
        /// The command and its arguments.
        command: Vec<String>,
        /// What the output must match.
        expect: String,
    },
}

impl Question {
    /// Whether `answer` is what is asked for.
    pub fn is_met_by(&self, answer: &str) -> Result<bool, regex::Error> {
        let (Self::Page { expect, .. } | Self::Command { expect, .. }) = self;
        Ok(regex::Regex::new(expect)?.is_match(answer))
    }

    /// Whether one answer serves for both, whatever each makes of it.
    pub fn asks_the_same_as(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Page { path: one, .. }, Self::Page { path: two, .. }) => one == two,
            (Self::Command { command: one, .. }, Self::Command { command: two, .. }) => one == two,
            _ => false,
        }
    }
}

/// Something that a service of a role can be brought into, and out of again, by a command in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    /// The role.
    pub role: String,
    /// The command that begins it.
    pub begin: Vec<String>,
    /// The command that ends it; it may be repeated.
    pub end: Vec<String>,
    /// The command that says how it is.
    pub shown: Vec<String>,
    /// Expression for what that prints while the condition is there.
    pub expect: String,
}

/// A file system of limited size.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Volume {
    /// Size of the file system, in bytes; none where it is as large as the app's layout needs.
    pub size_bytes: Option<u64>,
    /// The role under which faults name it, for example `storage`.
    pub role: String,
}

/// The database as clients reach it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Database {
    /// Name of the address in `addresses`.
    pub address: String,
    /// TCP port.
    pub port: u16,
    /// Database name.
    pub name: String,
    /// User.
    pub user: String,
    /// The role whose services hold it; none where only one has a primary, or none has: [`Topology::database_role`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
}

/// Where the audit finds what the database does not hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audit {
    /// Services any of which can read the shared log; the first that runs is asked.
    pub log_services: Vec<String>,
    /// Path of answer.log inside them, with `{course}`.
    pub answer_log: String,
    /// Folder with the copied tables of old primaries, in the services of every role that has a primary.
    pub copies: Option<String>,
}

impl Topology {
    /// Reads `text`, the content of `compose/<name>/topology.toml`, with the settings that are lent by images.
    pub fn read(name: &str, text: &str, lent: &[Spec]) -> Result<Self, Problems> {
        Self::over(None, name, text, lent)
    }

    /// The topology that `text`, the content of `file`, extends, with its line; none when it stands for itself.
    pub fn base_of(file: &str, text: &str) -> Result<Option<(usize, String)>, Problems> {
        let document = Document::parse(file, text)?;
        let base = document.root().text("extends");
        document.verdict(base.map(|base| (document.places().line("extends"), base)))
    }

    /// Reads `text`, the content of `compose/<name>/topology.toml`, as a variant of this topology. A table with a name,
    /// such as `[role.web]`, replaces the one of this name as a whole; what is not written is as it is here.
    pub fn extended(&self, name: &str, text: &str, lent: &[Spec]) -> Result<Self, Problems> {
        Self::over(Some(self), name, text, lent)
    }

    fn over(base: Option<&Self>, name: &str, text: &str, lent: &[Spec]) -> Result<Self, Problems> {
        let document = Document::parse(&format!("compose/{name}/topology.toml"), text)?;
        let root = document.root();
        let own = |key: &str| base.is_none() || root.has(key);
        let mut topology = base.cloned().unwrap_or_default();
        topology.name = name.to_owned();
        topology.extends = root.text("extends");
        topology.title = root.required_text("title");
        topology.stand_ins = root.lines("stand_ins").unwrap_or(topology.stand_ins);
        topology.no_class = root.text("no_class").or(topology.no_class);
        if own("images") {
            topology.images = root.required("images", "a list of folder names", root.texts("images"));
        }
        topology.over_app = root.text("over_app").or(topology.over_app);
        topology.shared = root.text("shared").or(topology.shared);
        if own("entry") {
            topology.entry = entry(&root);
        }
        let roles = root.named_sections("role").into_iter();
        topology.roles.extend(roles.map(|(name, section)| (name.clone(), role(section, name == WEB))));
        topology
            .volumes
            .extend(root.named_sections("volume").into_iter().map(|(name, section)| (name, volume(section))));
        if own("address") {
            topology.addresses.extend(addresses(&root));
        }
        if own("database") {
            topology.database = database(&root);
        }
        let detectors = root.named_sections("detector").into_iter().filter_map(detector);
        detectors.for_each(|one| put(&mut topology.detectors, one, |one| &one.name));
        let conditions = root.named_sections("condition").into_iter();
        topology.conditions.extend(conditions.map(|(name, section)| (name, condition(section))));
        let timings = root.named_sections("timing").into_iter();
        topology.timings.extend(timings.map(|(name, section)| (name, read::timing(section))));
        // Which images lend settings was read before.
        let _ = root.texts(lent::SETTINGS_OF);
        let settings: Vec<_> = root.named_sections("setting").into_iter().map(setting).collect();
        lent.iter().chain(&settings).cloned().for_each(|one| put(&mut topology.settings, one, |one| &one.name));
        topology.take_usual(texts(&root, "usual"), &settings, &document);
        topology.configured.extend(texts(&root, "configured"));
        if own("audit") {
            topology.audit = audit(&root);
        }
        topology.collect.extend(collect(&root));
        let usual = base.map_or(120 * SECOND, |base| base.ready_within);
        topology.ready_within = root.duration("ready_within", SECOND..=600 * SECOND).unwrap_or(usual);
        topology.whole_within = root.duration("whole_within", SECOND..=600 * SECOND).or(topology.whole_within);
        root.finish();
        references::check(&topology, &document);
        document.verdict(topology)
    }

    /// Refuses compose files, each with its name, that together do not say the same as this topology, or break the
    /// rules of `compose/README.md`. Each is laid over those before it. What they say that this topology does not is returned.
    pub fn check_compose(&self, files: &[(String, String)]) -> Result<Composed, Problems> {
        compose::check(self, files)
    }

    /// The role that `service` belongs to.
    pub fn role_of(&self, service: &str) -> Option<(&str, &Role)> {
        let found = self.roles.iter().find(|(_, role)| role.services.iter().any(|name| name == service));
        found.map(|(name, role)| (name.as_str(), role))
    }

    /// The role whose services hold the database, with its name: the one that says so, or the only one that has a primary.
    pub fn database_role(&self) -> Option<(&str, &Role)> {
        let found = match &self.database.role {
            Some(name) => self.roles.get_key_value(name),
            None => self.roles.iter().find(|(_, role)| role.primary.is_some()),
        };
        found.map(|(name, role)| (name.as_str(), role))
    }

    /// The volume that the nodes of role `web` share: the one that is said to be, or the only one. None where they have their files
    /// from servers, by what is laid over the app.
    pub fn shared_volume(&self) -> Option<&str> {
        let only = || self.volumes.keys().next().filter(|_| self.volumes.len() == 1 && self.over_app.is_none());
        self.shared.as_ref().or_else(only).map(String::as_str)
    }

    /// Every service that has a role, in the order of roles.
    pub fn services(&self) -> impl Iterator<Item = &str> {
        self.roles.values().flat_map(|role| role.services.iter().map(String::as_str))
    }

    /// The port that `service` serves on: its role's, or the database's.
    pub fn port_of(&self, service: &str) -> Option<u16> {
        let (name, role) = self.role_of(service)?;
        let holds_it = self.database_role().is_some_and(|(holder, _)| holder == name);
        let is_database = holds_it || [name, service].contains(&self.database.address.as_str());
        role.port.or_else(|| is_database.then_some(self.database.port))
    }

    /// The names in `addresses` of `whom`, a service or a role, as `service` meets them: without itself, and with the address of the
    /// role's name, which whoever is its primary has.
    pub fn peers(&self, service: &str, whom: &str) -> Vec<&str> {
        let of_role = self.roles.get(whom).map(|role| role.services.iter().map(String::as_str)).into_iter().flatten();
        let named = self.addresses.keys().map(String::as_str).filter(|name| *name == whom);
        let mut peers: Vec<_> = of_role.chain(named).filter(|name| *name != service).collect();
        peers.sort_unstable();
        peers.dedup();
        peers
    }

    /// The services that replace lost nodes of `role`.
    pub fn spares_of(&self, role: &str) -> impl Iterator<Item = &str> {
        let roles = self.roles.values().filter(move |one| one.stands_in_for.as_deref() == Some(role));
        roles.flat_map(|one| one.services.iter().map(String::as_str))
    }

    /// The services of role `web` with their port: those that answer students behind the entry.
    pub fn serving(&self) -> Vec<(&str, u16)> {
        let Some(web) = self.roles.get(WEB) else { return Vec::new() };
        web.services.iter().filter_map(|service| web.port.map(|port| (service.as_str(), port))).collect()
    }

    /// The service of role `web` that students come in by, where no balancer stands before it.
    pub fn alone(&self) -> Option<&str> {
        self.serving().into_iter().map(|(service, _)| service).find(|service| *service == self.entry.service)
    }
}

/// Puts `one` in the place of the one of its name, or at the end.
fn put<T>(list: &mut Vec<T>, one: T, name: impl Fn(&T) -> &String) {
    match list.iter().position(|other| name(other) == name(&one)) {
        Some(place) => list[place] = one,
        None => list.push(one),
    }
}

/// The variable of a compose file that holds what the family `family` (`MEMORY`, `SET`, `IMAGE`) says of `name`.
pub fn variable(family: &str, name: &str) -> String {
    format!("WWCHAOS_{family}_{}", name.to_uppercase().replace('-', "_"))
}
