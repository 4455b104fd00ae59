//! A topology's compose files → what is wrong with them: whether together they say the same as `topology.toml`, and
//! keep the rules of `compose/README.md` without which a run would start and not be found, reached or removed again.
//! What is wrong is a problem of the file that said it last.

mod confined;
mod made;
mod merged;
mod published;
mod source;
mod told;
mod variable;

use super::yaml::{self, Node};
use super::{Topology, WEB};
use crate::settings::{Problem, Problems, Refusal, shown};
use merged::{Merged, Place, Said, Service};
use published::Published;
use variable::plain;
pub use variable::variables;

/// The tables that are read.
const TABLES: [&str; 3] = ["services", "networks", "volumes"];
/// The label of everything that a run makes.
const LABEL: &str = "wwchaos.run";
/// The run's id, as a compose file names it.
const RUN: &str = "${WWCHAOS_RUN}";
/// The port of the entry on this machine.
const ENTRY_PORT: &str = "${WWCHAOS_ENTRY_PORT}";

/// The image of the run's app.
const APP_IMAGE: &str = "${WWCHAOS_IMAGE_APP}";

/// What compose files say beside what `topology.toml` does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Composed {
    /// Whether a service mounts by FUSE.
    pub fuse: bool,
}

/// What was found wrong with compose files.
struct Found<'a> {
    topology: &'a Topology,
    /// Names of the files.
    files: Vec<&'a str>,
    /// Each with the file that it is in.
    problems: Vec<(usize, Problem)>,
    composed: Composed,
}

/// Checks what `files`, each with its name and laid over those before it, say together. One file's problems at a time.
pub(super) fn check(topology: &Topology, files: &[(String, String)]) -> Result<Composed, Problems> {
    let documents: Vec<_> = files.iter().map(|(file, text)| yaml::parse(file, text)).collect::<Result<_, _>>()?;
    let mut roots = Vec::new();
    for (file, text) in files {
        let strange = yaml::scalars(text).into_iter().filter(|(_, text)| variable::is_strange(text));
        let strange = strange.map(|(line, text)| {
            let refusal = Refusal::new(format!("expected ${{WWCHAOS_<NAME>}} or $$, got `{}`", shown(&text, 60)));
            refusal.hinted("compose/README.md lists the variables; none has a default").at(line, "")
        });
        let list: Vec<_> = strange.collect();
        if !list.is_empty() {
            return Err(Problems { file: file.clone(), list });
        }
    }
    for ((file, _), documents) in files.iter().zip(&documents) {
        let Some(root) = documents.first().map(Node::new).filter(|root| root.is_mapping()) else {
            let refusal = Refusal::new("expected `services`, `networks` and `volumes`, got no mapping");
            return Err(Problems::one(file, refusal));
        };
        if let Some(more) = documents.get(1) {
            let refusal =
                Refusal::new("expected one document, got a second one").hinted("what follows `---` is not checked");
            return Err(Problems { file: file.clone(), list: vec![refusal.at(Node::new(more).line(), "")] });
        }
        if let Some(problem) = TABLES.iter().find_map(|table| no_mapping(root, table)) {
            return Err(Problems { file: file.clone(), list: vec![problem] });
        }
        roots.push(root);
    }
    let names = files.iter().map(|(file, _)| file.as_str()).collect();
    let mut found = Found { topology, files: names, problems: Vec::new(), composed: Composed { fuse: false } };
    found.all(&Merged::new(roots));
    files.iter().enumerate().for_each(|(number, (_, text))| found.variables(number, text));
    let Some(first) = found.problems.iter().map(|(file, _)| *file).min() else { return Ok(found.composed) };
    let mut list: Vec<_> = found.problems.into_iter().filter(|(file, _)| *file == first).map(|(_, one)| one).collect();
    list.sort_by_key(|problem| problem.line);
    Err(Problems { file: files[first].0.clone(), list })
}

/// What is wrong with a table that is written and has no entries.
fn no_mapping(root: Node<'_>, table: &str) -> Option<Problem> {
    let entry = root.entry(table).filter(|entry| !entry.node.is_mapping() && !entry.node.is_null())?;
    let got = entry.node.text().unwrap_or_else(|| "a list".to_owned());
    Some(Refusal::new(format!("expected a mapping, got {}", shown(&got, 60))).at(entry.line, table))
}

impl Found<'_> {
    fn add(&mut self, place: Place, field: &str, refusal: Refusal) {
        self.problems.push((place.file, refusal.at(place.line, field)));
    }

    fn all(&mut self, merged: &Merged<'_>) {
        merged.tops().into_iter().for_each(|top| self.known(top, "", &confined::TOP));
        let service_missing = self.services(merged);
        let volume_missing = self.volumes(merged);
        merged.services.iter().for_each(|service| self.service(service, (merged, service_missing)));
        self.told(merged);
        self.entry(merged);
        for network in &merged.networks {
            self.label(&format!("networks.{}", network.name), network.place, network.label());
        }
        merged.network_parts.iter().for_each(|network| self.network(*network));
        merged.networks.iter().for_each(|network| self.addresses(*network, &merged.services));
        merged.volumes.iter().for_each(|volume| self.volume(*volume, volume_missing));
        merged.volume_parts.iter().for_each(|volume| self.own_volume(*volume));
    }

    /// Refuses variables that nobody sets, where nothing else is wrong: Compose would take each for an empty text.
    fn variables(&mut self, number: usize, text: &str) {
        let said: Vec<_> =
            self.problems.iter().filter(|(file, _)| *file == number).map(|(_, problem)| problem.line).collect();
        let unknown = variable::unknown(self.topology, text).into_iter().filter(|one| !said.contains(&one.line));
        self.problems.extend(unknown.map(|problem| (number, problem)));
    }

    /// Whether a service of the topology is missing.
    fn services(&mut self, merged: &Merged<'_>) -> bool {
        let before = self.problems.len();
        let known: Vec<_> = merged.services.iter().map(|service| service.name).collect();
        for (role, described) in &self.topology.roles {
            for service in described.services.iter().filter(|service| !known.contains(&service.as_str())) {
                let Refusal { message, hint } = Refusal::unknown("service", service, &known);
                let message = format!("topology.toml, role `{role}`: {message}");
                self.add(merged.table("services"), "services", Refusal { message, hint });
            }
        }
        self.problems.len() > before
    }

    /// Whether a volume of the topology is missing.
    fn volumes(&mut self, merged: &Merged<'_>) -> bool {
        let known: Vec<_> = merged.volumes.iter().map(|volume| volume.name).collect();
        let missing = |volume: &&String| !known.contains(&volume.as_str());
        let missing: Vec<_> = self.topology.volumes.keys().filter(missing).collect();
        for volume in &missing {
            let Refusal { message, hint } = Refusal::unknown("volume", volume, &known);
            let refusal = Refusal { message: format!("topology.toml: {message}"), hint };
            self.add(merged.table("volumes"), "volumes", refusal);
        }
        !missing.is_empty()
    }

    fn service(&mut self, service: &Service<'_>, (merged, missing): (&Merged<'_>, bool)) {
        let name = service.name;
        let field = format!("services.{name}");
        let (place, label) = service.label().map_or((service.place(), None), |(place, label)| (place, Some(label)));
        self.label(&field, place, label);
        self.runs_the_app(service, &field);
        let container = format!("{RUN}-{name}");
        let (place, got) = service.text("container_name").unwrap_or((service.place(), "none".to_owned()));
        // One that the topology does not name was probably meant where another is missing.
        let meant = missing && !self.topology.services().any(|known| known == name);
        if plain(&got) != container && !meant {
            let refusal = Refusal::new(format!("expected `{container}`, got `{got}`"));
            self.add(place, &format!("{field}.container_name"), refusal.hinted("wwchaos finds a service by this name"));
        }
        self.confined(service, &field);
        let volumes: Vec<_> = merged.volumes.iter().map(|volume| volume.name).collect();
        self.volumes_of(service, &field, &volumes);
        self.composed.fuse |= confined::mounts(service);
        self.networks(&format!("{field}.networks"), service, merged);
        for (place, port) in service.ports().into_iter().filter(|(_, port)| !port.is_local()) {
            let refusal = Refusal::new(format!("expected ports of 127.0.0.1 only, got `{}`", port.written));
            self.add(place, &format!("{field}.ports"), refusal.hinted("write \"127.0.0.1:<port>:<port>\""));
        }
    }

    /// What students reach is the app that was asked for, whatever that is.
    fn runs_the_app(&mut self, service: &Service<'_>, field: &str) {
        if !self.is_of_the_app(service) {
            return;
        }
        let (place, got) = service.text("image").unwrap_or((service.place(), "none".to_owned()));
        if plain(&got) != APP_IMAGE {
            let refusal = Refusal::new(format!("expected `{APP_IMAGE}`, got `{got}`"));
            self.add(
                place,
                &format!("{field}.image"),
                refusal.hinted("the services of role `web`, and who replaces one, run the run's app"),
            );
        }
    }

    /// A service is in a network that is labelled, with the address that the topology says.
    fn networks(&mut self, field: &str, service: &Service<'_>, merged: &Merged<'_>) {
        let modes = service.texts("network_mode");
        if let Some((place, mode)) = modes.iter().find(|(_, mode)| mode != "none") {
            let refusal = Refusal::new(format!("expected a network of the run's own, got network_mode `{mode}`"));
            return self.add(*place, field, refusal);
        }
        let named = self.topology.services().any(|name| name == service.name);
        let Some(networks) = service.last("networks") else {
            if let Some((place, _)) = modes.first().filter(|_| named) {
                let refusal =
                    Refusal::new("expected a network, got none: it has an address under [address] of topology.toml");
                self.add(*place, field, refusal);
            } else if modes.is_empty() {
                let refusal = Refusal::new("missing; expected a network under `networks` that carries the label");
                self.add(service.place(), field, refusal);
            }
            return;
        };
        let known: Vec<_> = merged.networks.iter().map(|network| network.name).collect();
        let names = service.networks();
        if names.is_empty() {
            let refusal = Refusal::new("expected a network under `networks` that carries the label, got none");
            return self.add(networks.place, field, refusal);
        }
        if let Some(name) = names.iter().find(|name| !known.contains(&name.as_str())) {
            return self.add(networks.place, field, Refusal::unknown("network", name, &known));
        }
        let Some(octet) = self.topology.addresses.get(service.name).filter(|_| named) else { return };
        let expected = format!("${{WWCHAOS_NET}}.{octet}");
        let addresses: Vec<_> = service.addresses().into_iter().map(|(_, address)| address).collect();
        if !addresses.iter().any(|address| plain(address) == expected) {
            let got = if addresses.is_empty() { "none".to_owned() } else { addresses.join(", ") };
            let refusal = Refusal::new(format!("expected ipv4_address `{expected}`, got `{got}`"));
            self.add(networks.place, field, refusal.hinted("as under [address] of topology.toml"));
        }
    }

    /// Students come in where `[entry]` says, by a port of this machine that is published once.
    fn entry(&mut self, merged: &Merged<'_>) {
        let ports = |service: &Service<'_>| {
            let name = service.name.to_owned();
            service.ports().into_iter().map(move |(place, port)| (place, name.clone(), port)).collect::<Vec<_>>()
        };
        let theirs = merged.services.iter().flat_map(ports).filter(|(.., port)| port.host == ENTRY_PORT);
        let mut theirs: Vec<_> = theirs.collect();
        theirs.sort_by_key(|(place, ..)| (place.file, place.line));
        theirs.dedup_by(|(_, name, port), (_, other, before)| name == other && port.inside == before.inside);
        if let [(first, ..), others @ ..] = theirs.as_slice()
            && !others.is_empty()
        {
            let before = format!("{}:{}", self.files[first.file], first.line);
            for (place, name, _) in others {
                let message = format!("expected {ENTRY_PORT} to be published once, got it in {before} already");
                let refusal = Refusal::new(message).hinted("ports are added to those of the file before");
                self.add(*place, &format!("services.{name}.ports"), refusal);
            }
            return;
        }
        let entry = &self.topology.entry;
        let Some(service) = merged.services.iter().find(|service| service.name == entry.service) else { return };
        let ports = service.ports();
        let fits = |port: &Published| port.host == ENTRY_PORT && port.inside == entry.port.to_string();
        // A port that is published elsewhere was refused already.
        if ports.iter().all(|(_, port)| port.is_local()) && !ports.iter().any(|(_, port)| fits(port)) {
            let place = service.last("ports").map_or(service.place(), |ports| ports.place);
            let expected = format!("127.0.0.1:{ENTRY_PORT}:{}", entry.port);
            let refusal = Refusal::new(format!("expected \"{expected}\", the entry of topology.toml"));
            self.add(place, &format!("services.{}.ports", service.name), refusal);
        }
    }

    fn volume(&mut self, volume: Said<'_>, missing: bool) {
        let (field, node) = (format!("volumes.{}", volume.name), volume.node);
        let limited = self.topology.volumes.contains_key(volume.name);
        let external = node.get("external").and_then(Node::text).is_some_and(|text| text == "true");
        if external && !limited && missing {
            return; // said already: it was probably meant
        }
        if limited != external {
            let refusal = if limited {
                let hint = format!("{{external: true, name: \"{RUN}-{}\"}}", volume.name);
                Refusal::new("expected `external: true`: wwchaos makes the volumes of topology.toml").hinted(hint)
            } else {
                Refusal::new("expected no external volume but those of topology.toml: nothing would make it")
            };
            return self.add(volume.place, &field, refusal);
        }
        if !external {
            return self.label(&field, volume.place, volume.label());
        }
        let (expected, got) = (format!("{RUN}-{}", volume.name), node.get("name").and_then(Node::text));
        if got.as_deref().map(plain).as_deref() != Some(&*expected) {
            let got = got.unwrap_or_else(|| "none".to_owned());
            let refusal = Refusal::new(format!("expected `{expected}`, got `{got}`"));
            self.add(volume.place, &format!("{field}.name"), refusal);
        }
    }

    /// What a run makes carries the run's label.
    fn label(&mut self, field: &str, place: Place, got: Option<String>) {
        if got.as_deref().map(plain).as_deref() != Some(RUN) {
            let got = got.unwrap_or_else(|| "none".to_owned());
            let refusal = Refusal::new(format!("expected the label `{LABEL}: {RUN}`, got `{got}`"));
            self.add(place, &format!("{field}.labels"), refusal.hinted("`wwchaos down` finds what carries it"));
        }
    }
}
