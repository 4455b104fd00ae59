//! Names within `topology.toml` that must fit each other. A name is held against a table only where that table was
//! read without a problem, so that one mistake is one message.

use std::collections::BTreeMap;

use super::read::{braced, name_of, named};
use super::{Question, Topology, WEB};
use crate::settings::{Document, Kind, Refusal, Values};

/// What a path may name in braces.
const PATH: &[&str] = &["course"];

pub(super) fn check(topology: &Topology, document: &Document) {
    named(document, &["role", "volume", "address", "detector", "condition", "timing", "setting"]);
    let root = document.root();
    let own = |role: &str| root.has("role") && root.section("role").is_some_and(|roles| roles.has(role));
    for (role, service) in members(topology).filter(|(role, _)| own(role)) {
        name_of(document, &format!("role.{role}.services"), service);
    }
    web(topology, document);
    addresses(topology, document);
    database(topology, document);
    shared(topology, document);
    services(topology, document);
    roles(topology, document);
    placeholders(topology, document);
    configured(topology, document);
    tls(topology, document);
    if document.sound("images") && !topology.images.iter().any(|image| image == "helper") {
        document.problem("images", Refusal::new("`helper` is missing: wwchaos needs it for its own errands"));
    }
}

/// What a failover takes by configuration is said by a setting of this topology that is a time.
fn configured(topology: &Topology, document: &Document) {
    let roles: Vec<_> = topology.roles.keys().map(String::as_str).collect();
    let spans = topology.settings.iter().filter(|spec| spec.kind == Kind::Duration).map(|spec| spec.name.as_str());
    let spans: Vec<_> = spans.collect();
    for (role, setting) in &topology.configured {
        let field = format!("configured.{role}");
        if document.sound("role") && !topology.roles.contains_key(role) {
            document.problem(&field, Refusal::unknown("role", role, &roles));
        } else if document.sound("setting") && !spans.contains(&setting.as_str()) {
            document.problem(&field, Refusal::unknown("setting that is a duration", setting, &spans));
        }
    }
}

/// What switches TLS on is a setting, and a value of it.
fn tls(topology: &Topology, document: &Document) {
    let Some((name, value)) = topology.entry.tls.as_ref().filter(|_| document.sound("setting")) else { return };
    if let Err(refusal) = Values::defaults(&topology.settings).set(&topology.settings, name, value) {
        document.problem("entry.tls", refusal);
    }
}

/// Students and probes reach the nodes behind the entry.
fn web(topology: &Topology, document: &Document) {
    let refusal =
        |what: &str| Refusal::new(format!("missing; expected {what}: students reach the services of role `web`"));
    match topology.roles.get(WEB) {
        None if document.sound("role") => document.problem("role.web", refusal("a role of this name with a port")),
        Some(role) if role.port.is_none() && document.sound("role.web.port") => {
            document.problem("role.web.port", refusal("the port that they serve on"));
        }
        _ => {}
    }
}

fn addresses(topology: &Topology, document: &Document) {
    if !document.sound("address") {
        return;
    }
    let mut used: BTreeMap<u8, &str> = BTreeMap::new();
    let free = (10..=254_u8).find(|octet| !topology.addresses.values().any(|other| other == octet)).unwrap_or(254);
    for (name, octet) in &topology.addresses {
        if let Some(other) = used.insert(*octet, name) {
            let refusal =
                Refusal::new(format!("expected an address of its own, got {octet}, which is that of `{other}`"));
            document.problem(&format!("address.{name}"), refusal.hinted(format!("{free} is free")));
        }
    }
    let missing = |name: &str| !name.is_empty() && !topology.addresses.contains_key(name);
    let named = |role: &str| document.sound(&format!("role.{role}.services"));
    for (role, service) in members(topology).filter(|(role, service)| missing(service) && named(role)) {
        let refusal = Refusal::new(format!("no address for service `{service}` of role `{role}`"));
        document.problem("address", refusal.hinted(format!("add `{service} = {free}` under [address]")));
    }
    if missing(&topology.database.address) && document.sound("address") {
        let known: Vec<_> = topology.addresses.keys().map(String::as_str).collect();
        document.problem("database.address", Refusal::unknown("address", &topology.database.address, &known));
    }
}

/// The role that holds the database has a primary, and is named where others have one too.
fn database(topology: &Topology, document: &Document) {
    const FIELD: &str = "database.role";
    if !document.sound("role") || !document.sound(FIELD) {
        return;
    }
    let with: Vec<_> =
        topology.roles.iter().filter(|(_, role)| role.primary.is_some()).map(|(name, _)| name.as_str()).collect();
    match topology.database.role.as_deref() {
        Some(name) if !with.contains(&name) => {
            document.problem(FIELD, Refusal::unknown("role with a `primary`", name, &with));
        }
        None if with.len() > 1 => {
            let refusal = Refusal::new(format!("required, for several roles have a `primary`: {}", with.join(", ")));
            document.problem(FIELD, refusal);
        }
        _ => {}
    }
}

/// The volume that web nodes share is one of the topology's, and said where it is not the only one and no server has their files.
fn shared(topology: &Topology, document: &Document) {
    const FIELD: &str = "shared";
    if ["volume", "over_app", FIELD].iter().any(|field| !document.sound(field)) {
        return;
    }
    let volumes: Vec<_> = topology.volumes.keys().map(String::as_str).collect();
    match topology.shared.as_deref() {
        Some(name) if !volumes.contains(&name) => document.problem(FIELD, Refusal::unknown("volume", name, &volumes)),
        None if volumes.len() > 1 && topology.over_app.is_none() => {
            let refusal = Refusal::new(format!("required, for there are several volumes: {}", volumes.join(", ")));
            document.problem(FIELD, refusal.hinted("name the one that the nodes of role `web` share"));
        }
        _ => {}
    }
}

/// Services are in one role each, and whoever names one names one of a role.
fn services(topology: &Topology, document: &Document) {
    let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
    for (role, service) in members(topology) {
        if let Some(other) = seen.insert(service, role) {
            let refusal = Refusal::new(format!("`{service}` is in role `{other}` already"));
            document.problem(&format!("role.{role}.services"), refusal);
        }
    }
    for (name, role) in topology.roles.iter().filter(|(_, role)| role.services.is_empty()) {
        let field = format!("role.{name}.services");
        if document.sound(&field) {
            document.problem(&field, Refusal::new(format!("expected at least one service, got {:?}", role.services)));
        }
    }
    if !document.sound("role") {
        return;
    }
    let known: Vec<_> = topology.services().collect();
    let detectors = topology.detectors.iter().map(|one| (format!("{}.service", detector(&one.name)), &one.service));
    let logs = topology.audit.log_services.iter().map(|service| ("audit.log_services".to_owned(), service));
    let entry = std::iter::once(("entry.service".to_owned(), &topology.entry.service));
    let timings = topology.timings.iter().map(|(name, one)| (format!("timing.{name}.service"), &one.service));
    let named = entry.chain(detectors).chain(logs).chain(timings);
    for (field, service) in named.filter(|(_, service)| !service.is_empty() && !known.contains(&service.as_str())) {
        document.problem(&field, Refusal::unknown("service", service, &known));
    }
}

fn roles(topology: &Topology, document: &Document) {
    if !document.sound("role") {
        return;
    }
    let known: Vec<_> = topology.roles.keys().map(String::as_str).collect();
    let watched = topology.detectors.iter().map(|one| (format!("{}.watches", detector(&one.name)), &one.watches));
    let collected = topology.collect.keys().map(|role| (format!("collect.{role}"), role));
    let conditions = topology.conditions.iter().map(|(name, one)| (format!("condition.{name}.role"), &one.role));
    let named = topology.roles.iter().filter_map(|(name, role)| Some((name, role.stands_in_for.as_ref()?)));
    let stand_ins = named.map(|(name, role)| (format!("role.{name}.stands_in_for"), role));
    for (field, role) in
        watched.chain(collected).chain(conditions).chain(stand_ins).filter(|(_, role)| !role.is_empty())
    {
        if !topology.roles.contains_key(role) {
            document.problem(&field, Refusal::unknown("role", role, &known));
        }
    }
    for (name, role) in &topology.roles {
        let Some(replaced) = role.stands_in_for.as_ref() else { continue };
        if topology.roles.get(replaced).is_some_and(|other| other.stands_in_for.is_some()) {
            let refusal = format!("expected a role that stands in for no other one, got `{replaced}`");
            document.problem(&format!("role.{name}.stands_in_for"), Refusal::new(refusal));
        }
    }
}

fn placeholders(topology: &Topology, document: &Document) {
    let pages = topology.roles.iter().flat_map(|(name, role)| {
        let questions = [("ready", &role.ready), ("primary", &role.primary)];
        questions.into_iter().filter_map(move |(key, question)| match question {
            Some(Question::Page { path, .. }) => Some((format!("role.{name}.{key}.path"), path.as_str(), PATH)),
            _ => None,
        })
    });
    let log = std::iter::once(("audit.answer_log".to_owned(), topology.audit.answer_log.as_str(), PATH));
    let copies = topology.audit.copies.iter().map(|path| ("audit.copies".to_owned(), path.as_str(), [].as_slice()));
    for (field, text, known) in pages.chain(log).chain(copies) {
        braced(document, &field, text, known);
    }
}

/// Roles with their services, in order.
fn members(topology: &Topology) -> impl Iterator<Item = (&str, &str)> {
    let roles = topology.roles.iter();
    roles.flat_map(|(name, role)| role.services.iter().map(move |service| (name.as_str(), service.as_str())))
}

/// The field of a detector, whose name was made to be read.
fn detector(name: &str) -> String {
    format!("detector.{}", name.replace(' ', "_"))
}
