//! A topology's `docker-compose.yml` → what is wrong with it: whether it says the same as `topology.toml`, and keeps
//! the rules of `compose/README.md` without which a run would start and not be found, reached or removed again.

use std::sync::LazyLock;

use regex::Regex;

use super::Topology;
use super::yaml::{self, Entry, Node};
use crate::settings::{Problem, Problems, Refusal};

/// The label of everything that a run makes.
const LABEL: &str = "wwchaos.run";
/// The run's id, as a compose file names it.
const RUN: &str = "${WWCHAOS_RUN}";
/// The port of the entry on this machine.
const ENTRY_PORT: &str = "${WWCHAOS_ENTRY_PORT}";

/// A variable in any form that compose knows.
static VARIABLE: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\$\{?([A-Z0-9_]+)(?::?[-?][^}]*)?\}?").ok());

/// A compose file and what was found wrong with it.
struct File<'a> {
    topology: &'a Topology,
    services: Vec<Entry<'a>>,
    volumes: Vec<Entry<'a>>,
    /// Whether a volume of the topology is not here.
    volume_missing: bool,
    problems: Vec<Problem>,
}

pub(super) fn check(topology: &Topology, file: &str, text: &str) -> Result<(), Problems> {
    let documents = yaml::parse(file, text)?;
    let Some(root) = documents.first().map(Node::new).filter(|root| root.is_mapping()) else {
        return Err(Problems::one(file, Refusal::new("expected `services`, `networks` and `volumes`, got no mapping")));
    };
    let entries = |name| root.get(name).map(Node::entries).unwrap_or_default();
    let mut found = File {
        topology,
        services: entries("services"),
        volumes: entries("volumes"),
        volume_missing: false,
        problems: Vec::new(),
    };
    found.names(root);
    let services = std::mem::take(&mut found.services);
    services.iter().for_each(|service| found.service(service));
    found.entry(&services);
    for network in entries("networks") {
        found.label(&format!("networks.{}", network.name), network.line, network.node);
    }
    for volume in std::mem::take(&mut found.volumes) {
        found.volume(&volume);
    }
    if found.problems.is_empty() {
        return Ok(());
    }
    found.problems.sort_by_key(|problem| problem.line);
    Err(Problems { file: file.to_owned(), list: found.problems })
}

impl File<'_> {
    fn add(&mut self, line: usize, field: &str, refusal: Refusal) {
        self.problems.push(refusal.at(line, field));
    }

    /// Every service and volume of the topology is here.
    fn names(&mut self, root: Node<'_>) {
        let place = |key| root.entry(key).map_or(0, |entry| entry.line);
        let services: Vec<_> = self.services.iter().map(|entry| entry.name).collect();
        let volumes: Vec<_> = self.volumes.iter().map(|entry| entry.name).collect();
        let mut missing = Vec::new();
        for (role, service) in self.topology.roles.iter().flat_map(|(name, role)| {
            role.services.iter().filter(|service| !services.contains(&service.as_str())).map(move |one| (name, one))
        }) {
            let Refusal { message, hint } = Refusal::unknown("service", service, &services);
            let message = format!("topology.toml, role `{role}`: {message}");
            missing.push(Refusal { message, hint }.at(place("services"), "services"));
        }
        for volume in self.topology.volumes.keys().filter(|volume| !volumes.contains(&volume.as_str())) {
            self.volume_missing = true;
            let Refusal { message, hint } = Refusal::unknown("volume", volume, &volumes);
            missing
                .push(Refusal { message: format!("topology.toml: {message}"), hint }.at(place("volumes"), "volumes"));
        }
        self.problems.extend(missing);
    }

    fn service(&mut self, service: &Entry<'_>) {
        let (name, line, node) = (service.name, service.line, service.node);
        let field = format!("services.{name}");
        self.label(&field, line, node);
        let text = |key: &str| node.entry(key).and_then(|entry| Some((entry.line, entry.node.text()?)));
        if let Some((line, got)) = text("privileged").filter(|(_, value)| value != "false") {
            let refusal = Refusal::new(format!("expected no privileged container, got {got}"));
            self.add(line, &format!("{field}.privileged"), refusal.hinted("name capabilities one by one: cap_add"));
        }
        let container = format!("{RUN}-{name}");
        let (at, got) = text("container_name").unwrap_or((line, "none".to_owned()));
        if plain(&got) != container {
            let refusal = Refusal::new(format!("expected `{container}`, got `{got}`"));
            self.add(at, &format!("{field}.container_name"), refusal.hinted("wwchaos finds a service by this name"));
        }
        self.networks(&field, service);
        for port in node.entry("ports").map(|entry| entry.node.items()).unwrap_or_default() {
            let Published { address, written, .. } = Published::read(port);
            if address != "127.0.0.1" {
                let refusal = Refusal::new(format!("expected ports of 127.0.0.1 only, got `{written}`"));
                self.add(port.line(), &format!("{field}.ports"), refusal.hinted("write \"127.0.0.1:<port>:<port>\""));
            }
        }
    }

    /// A service is in a network that is labelled, with the address that the topology says.
    fn networks(&mut self, field: &str, service: &Entry<'_>) {
        let (field, node) = (format!("{field}.networks"), service.node);
        let mode = node.entry("network_mode");
        if let Some((mode, text)) = mode.as_ref().and_then(|mode| Some((mode, mode.node.text()?)))
            && text != "none"
        {
            let refusal = Refusal::new(format!("expected a network of the run's own, got network_mode `{text}`"));
            return self.add(mode.line, &field, refusal);
        }
        let Some(networks) = node.entry("networks") else {
            if mode.is_none() {
                let refusal = Refusal::new("missing; expected a network under `networks` that carries the label");
                self.add(service.line, &field, refusal);
            }
            return;
        };
        let named = self.topology.services().any(|name| name == service.name);
        let Some(octet) = self.topology.addresses.get(service.name).filter(|_| named) else { return };
        let expected = format!("${{WWCHAOS_NET}}.{octet}");
        let written = networks.node.entries();
        let addresses: Vec<_> =
            written.iter().filter_map(|network| network.node.get("ipv4_address").and_then(Node::text)).collect();
        if !addresses.iter().any(|address| plain(address) == expected) {
            let got = if addresses.is_empty() { "none".to_owned() } else { addresses.join(", ") };
            let refusal = Refusal::new(format!("expected ipv4_address `{expected}`, got `{got}`"));
            self.add(networks.line, &field, refusal.hinted("as under [address] of topology.toml"));
        }
    }

    /// Students come in where `[entry]` says.
    fn entry(&mut self, services: &[Entry<'_>]) {
        let entry = &self.topology.entry;
        let Some(service) = services.iter().find(|service| service.name == entry.service) else { return };
        let expected = format!("127.0.0.1:{ENTRY_PORT}:{}", entry.port);
        let ports = service.node.get("ports").map(Node::items).unwrap_or_default();
        let fits = |port: &Published| port.host == ENTRY_PORT && port.inside == entry.port.to_string();
        let ports: Vec<_> = ports.into_iter().map(Published::read).collect();
        // A port that is published elsewhere was refused already.
        let elsewhere = ports.iter().any(|port| port.address != "127.0.0.1");
        if !elsewhere && !ports.iter().any(fits) {
            let line = service.node.entry("ports").map_or(service.line, |entry| entry.line);
            let field = format!("services.{}.ports", service.name);
            self.add(line, &field, Refusal::new(format!("expected \"{expected}\", the entry of topology.toml")));
        }
    }

    fn volume(&mut self, volume: &Entry<'_>) {
        let (field, node) = (format!("volumes.{}", volume.name), volume.node);
        let limited = self.topology.volumes.contains_key(volume.name);
        let external = node.get("external").and_then(Node::text).is_some_and(|text| text == "true");
        if external && !limited && self.volume_missing {
            return; // said already: it was probably meant
        }
        if limited != external {
            let refusal = if limited {
                let hint = format!("{{external: true, name: \"{RUN}-{}\"}}", volume.name);
                Refusal::new("expected `external: true`: wwchaos makes the volumes of topology.toml").hinted(hint)
            } else {
                Refusal::new("expected no external volume but those of topology.toml: nothing would make it")
            };
            return self.add(volume.line, &field, refusal);
        }
        if !external {
            return self.label(&field, volume.line, node);
        }
        let (expected, got) = (format!("{RUN}-{}", volume.name), node.get("name").and_then(Node::text));
        if got.as_deref().map(plain).as_deref() != Some(&*expected) {
            let got = got.unwrap_or_else(|| "none".to_owned());
            self.add(
                volume.line,
                &format!("{field}.name"),
                Refusal::new(format!("expected `{expected}`, got `{got}`")),
            );
        }
    }

    /// What a run makes carries the run's label.
    fn label(&mut self, field: &str, line: usize, node: Node<'_>) {
        let labels = node.get("labels");
        let mapped = labels.and_then(|labels| labels.get(LABEL)).and_then(Node::text);
        let listed = || {
            let texts = labels.map(Node::items).unwrap_or_default().into_iter().filter_map(Node::text);
            texts.into_iter().find_map(|text| text.strip_prefix(LABEL)?.strip_prefix('=').map(str::to_owned))
        };
        let got = mapped.or_else(listed);
        if got.as_deref().map(plain).as_deref() != Some(RUN) {
            let got = got.unwrap_or_else(|| "none".to_owned());
            let refusal = Refusal::new(format!("expected the label `{LABEL}: {RUN}`, got `{got}`"));
            self.add(line, &format!("{field}.labels"), refusal.hinted("`wwchaos down` finds what carries it"));
        }
    }
}

/// A published port.
struct Published {
    address: String,
    host: String,
    inside: String,
    written: String,
}

impl Published {
    /// Both forms: `address:host:inside/protocol`, and a mapping.
    fn read(node: Node<'_>) -> Self {
        let part = |key| node.get(key).and_then(Node::text).map(|text| plain(&text)).unwrap_or_default();
        let Some(written) = node.text() else {
            let (address, host, inside) = (part("host_ip"), part("published"), part("target"));
            let written = format!("{address}:{host}:{inside}");
            return Self { address, host, inside, written };
        };
        let text = plain(&written);
        let text = text.split('/').next().unwrap_or_default();
        let (front, inside) = text.rsplit_once(':').unwrap_or(("", text));
        let (address, host) = front.rsplit_once(':').unwrap_or(("", front));
        Self { address: address.to_owned(), host: host.to_owned(), inside: inside.to_owned(), written }
    }
}

/// The text with every variable written in one way, without the default that it may have.
fn plain(text: &str) -> String {
    VARIABLE.as_ref().map_or_else(|| text.to_owned(), |variable| variable.replace_all(text, "$${$1}").into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_read_in_every_form() {
        let check = |text: &str, expected: [&str; 3]| {
            let documents = yaml::parse("x.yml", text).unwrap();
            let Published { address, host, inside, .. } = Published::read(Node::new(&documents[0]));
            assert_eq!([&*address, &*host, &*inside], expected, "{text}");
        };
        check("127.0.0.1:${WWCHAOS_ENTRY_PORT:?none}:8080/tcp", ["127.0.0.1", ENTRY_PORT, "8080"]);
        check("$WWCHAOS_ENTRY_PORT:8080", ["", ENTRY_PORT, "8080"]);
        check("8080", ["", "", "8080"]);
        check("{target: 80, published: 8000, host_ip: 127.0.0.1}", ["127.0.0.1", "8000", "80"]);
    }
}
