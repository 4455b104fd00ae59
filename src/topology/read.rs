//! The tables of `topology.toml`, one function each.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::LazyLock;

use regex::Regex;

use super::{Audit, Condition, Database, Detector, Entry, Language, Question, Role, Source, Timing, Volume};
use crate::settings::{Document, Kind, Refusal, Section, Spec, shown};

/// A name in braces; behind a dollar it is the shell's.
static PLACEHOLDER: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?:^|[^$])\{([a-z_]+)\}").ok());

/// Refuses every name in braces in `text`, the value of `field`, that is not among `known`.
pub(super) fn braced(document: &Document, field: &str, text: &str, known: &[&str]) {
    let found = PLACEHOLDER.iter().flat_map(|expression| expression.captures_iter(text));
    for name in found.map(|found| found[1].to_owned()) {
        if !known.contains(&name.as_str()) {
            let braced: Vec<_> = known.iter().map(|name| format!("{{{name}}}")).collect();
            let known: Vec<_> = braced.iter().map(String::as_str).collect();
            document.problem(field, Refusal::unknown("placeholder", &format!("{{{name}}}"), &known));
        }
    }
}

/// The longest part of an expression that a message repeats.
const EXPRESSION_MAX: usize = 200;
/// The longest name.
const NAME_MAX: usize = 63;
/// The memory of a service: less than the first, and nothing starts in it.
const MEMORY: RangeInclusive<u64> = (8 << 20)..=(1 << 40);
/// The size of a volume: less than the first, and it holds no file system.
const VOLUME: RangeInclusive<u64> = (1 << 20)..=(1 << 40);

/// Reports every name in the tables `keys` that is none: names become those of containers, volumes, hosts and variables.
pub(super) fn named(document: &Document, keys: &[&str]) {
    let root = document.root();
    for key in keys.iter().filter(|key| root.has(key) && document.sound(key)) {
        let names = root.section(key).map(|section| section.keys()).unwrap_or_default();
        let alike = |one: &str, other: &str| one != other && one.replace('-', "_") == other.replace('-', "_");
        for (place, name) in names.iter().enumerate() {
            name_of(document, &format!("{key}.{name}"), name);
            if let Some(other) = names[..place].iter().find(|other| alike(name, other)) {
                let refusal = Refusal::new(format!(
                    "expected more than `-` and `_` to differ from `{other}`: variables have `_`"
                ));
                document.problem(&format!("{key}.{name}"), refusal);
            }
        }
    }
}

/// Reports `name`, which `field` says, when it is none.
pub(super) fn name_of(document: &Document, field: &str, name: &str) {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let first = name.bytes().next().is_some_and(plain);
    if !first || name.len() > NAME_MAX || !name.bytes().all(|byte| plain(byte) || b"-_".contains(&byte)) {
        let expected = format!("expected a name of up to {NAME_MAX} small letters, digits, `-` and `_`");
        document.problem(field, Refusal::new(format!("{expected}, got `{}`", shown(name, NAME_MAX))));
    }
}

/// The share of the machine that a service may use.
pub(super) fn cpu(section: &Section<'_>) -> Option<f64> {
    let share = section.share("cpu")?;
    if share == 0.0 {
        section.refuse("cpu", Refusal::new("expected a share above 0%"));
    }
    Some(share)
}

/// The memory that it may use.
pub(super) fn memory(section: &Section<'_>) -> Option<u64> {
    section.size("memory", MEMORY)
}

/// The size of a volume.
pub(super) fn size(section: &Section<'_>) -> Option<u64> {
    section.size("size", VOLUME)
}

fn port(section: &Section<'_>) -> Option<u16> {
    section.whole("port", 1..=65_535).and_then(|port| u16::try_from(port).ok())
}

pub(super) fn entry(root: &Section<'_>) -> Entry {
    let Some(section) = root.section("entry") else {
        root.required::<String>("entry", "a table with service and port", None);
        return Entry::default();
    };
    let entry = Entry {
        service: section.required_text("service"),
        port: section.required("port", "a port", port(&section)),
        tls: section.text("tls").and_then(|text| tls(&section, &text)),
    };
    section.finish();
    entry
}

/// A setting and its value, as `--set` takes them.
fn tls(section: &Section<'_>, text: &str) -> Option<(String, String)> {
    let found = text.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
    if found.is_none() {
        let refusal =
            Refusal::new(format!("expected NAME=VALUE, the setting with which the entry speaks TLS, got `{text}`"));
        section.refuse("tls", refusal.hinted("write \"tls=on\""));
    }
    found
}

/// A role. What one that `runs_the_app` leaves open is the app's, and the processor time and memory of one that stands in for
/// another role are that role's.
pub(super) fn role(section: Section<'_>, runs_the_app: bool) -> Role {
    let (cpu, memory) = (cpu(&section), memory(&section));
    // What is left open is nothing yet.
    let has_them_of_another = runs_the_app || section.has("stands_in_for");
    let open = |value: bool, expected: &str, key: &str| {
        if !has_them_of_another {
            section.required(key, expected, value.then_some(()));
        }
    };
    open(cpu.is_some(), "a share of the machine such as \"25%\"", "cpu");
    open(memory.is_some(), "a size such as \"256MiB\"", "memory");
    let role = Role {
        services: section.required("services", "a list of services", section.texts("services")),
        port: port(&section),
        cpu_share: cpu.unwrap_or_default(),
        memory_bytes: memory.unwrap_or_default(),
        server: section.text("server"),
        ready: section.section("ready").and_then(question),
        primary: section.section("primary").and_then(question),
        stands_in_for: section.text("stands_in_for"),
        passive: section.flag("passive").unwrap_or_default(),
    };
    if role.passive && role.primary.is_none() && section.sound("primary") {
        section.refuse("passive", Refusal::new("expected `primary` beside it: the others are those that are none"));
    }
    role.server.iter().for_each(|server| valid(&section, "server", server));
    section.finish();
    role
}

fn question(section: Section<'_>) -> Option<Question> {
    let expect = section.required_text("expect");
    valid(&section, "expect", &expect);
    let (path, command) = (section.text("path"), section.texts("command"));
    section.finish();
    if section.has("path") == section.has("command") && section.sound("path") && section.sound("command") {
        section.refuse("expect", Refusal::new("expected either `path` or `command` beside it"));
    }
    match (path, command) {
        (Some(path), None) => Some(Question::Page { path, expect }),
        (None, Some(command)) => Some(Question::Command { command, expect }),
        _ => None,
    }
}

pub(super) fn condition(section: Section<'_>) -> Condition {
    let expect = section.required_text("expect");
    valid(&section, "expect", &expect);
    let condition = Condition {
        role: section.required_text("role"),
        begin: section.required("begin", "a command", section.texts("begin")),
        end: section.required("end", "a command", section.texts("end")),
        shown: section.required("shown", "a command", section.texts("shown")),
        expect,
    };
    section.finish();
    condition
}

pub(super) fn timing(section: Section<'_>) -> Timing {
    let timing = Timing {
        title: section.required_text("title"),
        service: section.required_text("service"),
        command: section.required("command", "a command", section.texts("command")),
        at: texts(&section, "at").into_iter().collect(),
    };
    if timing.at.is_empty() {
        section.refuse("at", Refusal::new("expected one place or more, by name"));
    }
    section.finish();
    timing
}

pub(super) fn volume(section: Section<'_>) -> Volume {
    let volume =
        Volume { size_bytes: size(&section), role: section.text("role").unwrap_or_else(|| "storage".to_owned()) };
    section.finish();
    volume
}

pub(super) fn addresses(root: &Section<'_>) -> BTreeMap<String, u8> {
    let Some(section) = root.section("address") else {
        return root.required("address", "a table with the last octet of every service's address", None);
    };
    let octet = |name: &String| section.whole(name, 2..=254).and_then(|octet| u8::try_from(octet).ok());
    section.keys().into_iter().filter_map(|name| octet(&name).map(|octet| (name, octet))).collect()
}

pub(super) fn database(root: &Section<'_>) -> Database {
    let Some(section) = root.section("database") else {
        root.required::<String>("database", "a table with address, port, name and user", None);
        return Database::default();
    };
    let database = Database {
        address: section.required_text("address"),
        port: section.required("port", "a port", port(&section)),
        name: section.required_text("name"),
        user: section.required_text("user"),
        role: section.text("role"),
    };
    section.finish();
    database
}

/// Reads the fields of one kind of detector.
type Reader = fn(&Section<'_>) -> Source;

/// Every kind of detector.
const SOURCES: &[(&str, Reader)] = &[("haproxy", haproxy), ("follow", follow)];

fn haproxy(section: &Section<'_>) -> Source {
    Source::Haproxy { port: section.required("port", "a port", port(section)) }
}

fn follow(section: &Section<'_>) -> Source {
    Source::Follow {
        command: section.required("command", "a command", section.texts("command")),
        down: expression(section, "down"),
        up: expression(section, "up"),
    }
}

pub(super) fn detector((name, section): (String, Section<'_>)) -> Option<Detector> {
    let reader = section.choice("kind", SOURCES);
    section.required("kind", "a text", reader.map(drop));
    let source = reader.map(|read| read(&section));
    let watches = section.required_text("watches");
    let service = section.required_text("service");
    let config = section.section("config").map(config).unwrap_or_default();
    if source.is_some() {
        section.finish();
    }
    source.map(|source| Detector { name: name.replace('_', " "), watches, service, source, config })
}

/// The configuration files of a detector; a language that nobody here reads is reported like an unknown field.
fn config(section: Section<'_>) -> BTreeMap<Language, String> {
    let files = Language::ALL.iter().filter_map(|(name, language)| Some((*language, section.text(name)?))).collect();
    section.finish();
    files
}

fn expression(section: &Section<'_>, key: &str) -> String {
    let text = section.required_text(key);
    grouped(section, key, &text, ("service", "(?<service>db[12])"));
    text
}

/// Reports a text that is no regular expression with a group of this name, for example as the second says.
pub(super) fn grouped(section: &Section<'_>, key: &str, text: &str, (group, example): (&str, &str)) {
    match regex::Regex::new(text) {
        Err(error) => section.refuse(key, not_an_expression(text, &error)),
        Ok(regex) if section.sound(key) && !regex.capture_names().any(|name| name == Some(group)) => {
            let refusal = Refusal::new(format!("expected an expression with a group named `{group}`, got `{text}`"));
            section.refuse(key, refusal.hinted(format!("write {example}")));
        }
        Ok(_) => {}
    }
}

/// Reports a text that is no regular expression.
pub(super) fn valid(section: &Section<'_>, key: &str, text: &str) {
    if let Err(error) = regex::Regex::new(text) {
        section.refuse(key, not_an_expression(text, &error));
    }
}

/// On one line: the last line of the error says what is wrong, those before it draw where.
fn not_an_expression(text: &str, error: &regex::Error) -> Refusal {
    let error = match error {
        regex::Error::CompiledTooBig(_) => "too large".to_owned(),
        error => error.to_string(),
    };
    let why = error.lines().last().unwrap_or_default().trim_start_matches("error: ");
    Refusal::new(format!("expected a regular expression, got `{}`: {why}", shown(text, EXPRESSION_MAX)))
}

pub(super) fn setting((name, section): (String, Section<'_>)) -> Spec {
    const KINDS: &[(&str, u8)] = &[("duration", 0), ("whole", 1), ("share", 2), ("size", 3)];
    let (values, written) = (section.texts("values"), section.choice("kind", KINDS));
    if values.as_ref().is_some_and(|words| words.iter().all(String::is_empty)) {
        section.refuse("values", Refusal::new("expected at least one word"));
    }
    let kind = match (values, written) {
        (Some(words), _) => Kind::Choice(words),
        (None, Some(0)) => Kind::Duration,
        (None, Some(2)) => Kind::Share,
        (None, Some(3)) => Kind::Size,
        _ => Kind::Whole,
    };
    let mut spec = Spec {
        name,
        kind,
        default: section.scalar("default").unwrap_or_default(),
        help: section.required_text("help"),
        min: section.scalar("min"),
        max: section.scalar("max"),
    };
    section.required("default", &spec.expected(), section.has("default").then_some(()));
    section.finish();
    if section.has("values") == section.has("kind") && section.sound("values") && section.sound("kind") {
        section.refuse("default", Refusal::new("expected either `values` or `kind` beside it"));
    }
    bounds(&section, &mut spec);
    if ["values", "kind", "default", "min", "max"].iter().all(|key| section.sound(key))
        && let Err(refusal) = spec.check(&spec.default)
    {
        section.refuse("default", refusal);
    }
    spec
}

/// The range of a setting: of its kind, and not empty. A bound that is neither is reported and dropped.
fn bounds(section: &Section<'_>, spec: &mut Spec) {
    if !section.sound("values") || !section.sound("kind") {
        (spec.min, spec.max) = (None, None);
        return;
    }
    let (min, max) = (spec.min.take(), spec.max.take());
    for (key, bound) in [("min", min), ("max", max)] {
        let Some(bound) = bound else { continue };
        if matches!(spec.kind, Kind::Choice(_)) {
            section.refuse(key, Refusal::new("a range is for numbers; `values` says all that a word may be"));
            continue;
        }
        // Checked against the bound before it, so the range cannot be empty.
        match spec.check(&bound) {
            Err(refusal) => section.refuse(key, refusal),
            Ok(()) if key == "min" => spec.min = Some(bound),
            Ok(()) => spec.max = Some(bound),
        }
    }
}

/// The texts, numbers and the like of the table `key`, by name.
pub(super) fn texts(root: &Section<'_>, key: &str) -> Vec<(String, String)> {
    let Some(section) = root.section(key) else { return Vec::new() };
    section.keys().into_iter().filter_map(|name| section.scalar(&name).map(|value| (name, value))).collect()
}

pub(super) fn collect(root: &Section<'_>) -> BTreeMap<String, Vec<String>> {
    let Some(section) = root.section("collect") else { return BTreeMap::new() };
    section.keys().into_iter().filter_map(|role| section.texts(&role).map(|files| (role, files))).collect()
}

pub(super) fn audit(root: &Section<'_>) -> Audit {
    let Some(section) = root.section("audit") else { return Audit::default() };
    let audit = Audit {
        log_services: section.required("log_services", "a list of services", section.texts("log_services")),
        answer_log: section.required_text("answer_log"),
        copies: section.text("copies"),
    };
    section.finish();
    audit
}
