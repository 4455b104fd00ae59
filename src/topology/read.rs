//! The tables of `topology.toml`, one function each.

use std::collections::BTreeMap;

use super::{App, Audit, Database, Detector, Entry, Question, Role, Source, Volume};
use crate::settings::{Kind, Section, Spec};

fn port(section: &Section<'_>) -> Option<u16> {
    section.whole("port", 1..=65_535).and_then(|port| u16::try_from(port).ok())
}

pub(super) fn entry(root: &Section<'_>) -> Entry {
    let Some(section) = root.section("entry") else {
        root.required::<String>("entry", "a table with service and port", None);
        return Entry::default();
    };
    let entry =
        Entry { service: section.required_text("service"), port: section.required("port", "a port", port(&section)) };
    section.finish();
    entry
}

pub(super) fn role(section: Section<'_>) -> Role {
    let role = Role {
        services: section.required("services", "a list of services", section.texts("services")),
        port: port(&section),
        cpu_share: section.required("cpu", "a share of the machine such as \"25%\"", section.share("cpu")),
        memory_bytes: section.required("memory", "a size such as \"256MiB\"", section.size("memory")),
        server: section.text("server"),
        ready: section.section("ready").and_then(question),
        primary: section.section("primary").and_then(question),
    };
    section.finish();
    role
}

fn question(section: Section<'_>) -> Option<Question> {
    let expect = section.required_text("expect");
    if let Err(error) = regex::Regex::new(&expect) {
        section.problem("expect", &format!("not a regular expression: {error}"), None);
    }
    let question = match (section.text("path"), section.texts("command")) {
        (Some(path), None) => Some(Question::Page { path, expect }),
        (None, Some(command)) => Some(Question::Command { command, expect }),
        _ => {
            section.problem("expect", "expected either `path` or `command` beside it", None);
            None
        }
    };
    section.finish();
    question
}

pub(super) fn volume(section: Section<'_>) -> Volume {
    let volume = Volume {
        size_bytes: section.required("size", "a size such as \"48MiB\"", section.size("size")),
        role: section.text("role").unwrap_or_else(|| "storage".to_owned()),
    };
    section.finish();
    volume
}

pub(super) fn addresses(root: &Section<'_>) -> BTreeMap<String, u8> {
    let Some(section) = root.section("address") else { return BTreeMap::new() };
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
    };
    section.finish();
    database
}

pub(super) fn detector((name, section): (String, Section<'_>)) -> Option<Detector> {
    let source = match section.required_text("kind").as_str() {
        "haproxy" => Some(Source::Haproxy { port: section.required("port", "a port", port(&section)) }),
        "follow" => Some(Source::Follow {
            command: section.required("command", "a command", section.texts("command")),
            down: expression(&section, "down"),
            up: expression(&section, "up"),
        }),
        other => {
            section.unknown_value("kind", other, &["haproxy", "follow"]);
            None
        }
    };
    let watches = section.required_text("watches");
    let service = section.required_text("service");
    section.finish();
    source.map(|source| Detector { name: name.replace('_', " "), watches, service, source })
}

fn expression(section: &Section<'_>, key: &str) -> String {
    let text = section.required_text(key);
    match regex::Regex::new(&text) {
        Err(error) => section.problem(key, &format!("not a regular expression: {error}"), None),
        Ok(regex) if !regex.capture_names().any(|name| name == Some("service")) => {
            section.problem(key, "the expression needs a group named `service`", Some("write (?<service>db[12])"));
        }
        Ok(_) => {}
    }
    text
}

pub(super) fn setting((name, section): (String, Section<'_>)) -> Spec {
    let kind = match section.texts("values") {
        Some(words) => Kind::Choice(words),
        None => section
            .choice("kind", &[("duration", 0), ("whole", 1), ("share", 2), ("size", 3)])
            .map_or(Kind::Whole, |index| [Kind::Duration, Kind::Whole, Kind::Share, Kind::Size][index].clone()),
    };
    if !section.has("values") && !section.has("kind") {
        section.problem("default", "expected `values` or `kind` beside it", None);
    }
    let default = section.required("default", &kind.expected(), section.scalar("default"));
    if !kind.accepts(&default) {
        section.problem("default", &format!("expected {}", kind.expected()), None);
    }
    let help = section.required_text("help");
    section.finish();
    Spec { name, kind, default, help }
}

pub(super) fn app(section: Section<'_>) -> App {
    let app = App {
        title: section.required_text("title"),
        stand_in: section.flag("stand_in").unwrap_or(false),
        seed_service: section.required_text("seed_service"),
        seed: section.required("seed", "a command", section.texts("seed")),
    };
    section.finish();
    app
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
