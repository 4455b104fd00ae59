//! Whether a service is kept to what is its own: it has limits, the capabilities that it names, and nothing of the machine
//! but what wwchaos hands it. And whether what it lives in is the run's alone.

use super::merged::{Place, Said, Service};
use super::{Found, RUN, plain};
use crate::settings::{Refusal, shown};
use crate::topology::yaml::Node;

/// Folder with the files of the run's app, which is mounted.
const APP: &str = "${WWCHAOS_APP}";
/// The engine's socket.
const SOCKET: &str = "${WWCHAOS_DOCKER_SOCKET}";
/// The program that may have it, in images/lb.
const GATE: &str = "gate";
/// First octets of the run's addresses.
const NET: &str = "${WWCHAOS_NET}.";
/// The only device of the machine that gives nothing of it away.
const DEVICE: &str = "/dev/fuse";
/// What nobody else may read.
const SECRETS: [&str; 5] = [
    "${WWCHAOS_CERTIFICATE}",
    "${WWCHAOS_COOKIE_SECRET}",
    "${WWCHAOS_DB_PASSWORD}",
    "${WWCHAOS_REPL_PASSWORD}",
    "${WWCHAOS_STUDENT_PASSWORD}",
];
/// What everyone on the machine may read of a service, in the list of processes or from the engine.
const OPEN_TO_ALL: [&str; 4] = ["command", "entrypoint", "healthcheck", "labels"];
/// Tables whose files nobody checks.
pub(super) const TABLES_OF_FILES: [&str; 2] = ["configs", "secrets"];

/// Where a service may take files from.
enum Source {
    /// A volume, a file of the topology's folder or of the app's.
    Own,
    /// The engine's socket.
    Socket,
    /// None: a volume that nobody labels.
    Unnamed,
    /// Anything else of the machine.
    Machine,
}

impl Source {
    fn of(source: &str) -> Self {
        let within = |path: &str| path.split('/').all(|part| part != "..");
        match source {
            "" => Self::Unnamed,
            SOCKET => Self::Socket,
            _ if source.strip_prefix(APP).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
                && within(source) =>
            {
                Self::Own
            }
            _ if source.starts_with(['/', '~', '$']) || !within(source) => Self::Machine,
            _ => Self::Own,
        }
    }
}

impl Found<'_> {
    /// Holds `service`, described by `field`, against what it may have.
    pub(super) fn confined(&mut self, service: &Service<'_>, field: &str) {
        self.limits(service, field);
        self.capabilities(service, field);
        self.namespaces(service, field);
        self.sources(service, field);
        self.secrets(service, field);
        if let Some(build) = service.last("build") {
            let refusal = Refusal::new("expected an image, got a build: nobody would remove what it makes");
            self.add(build.place, &format!("{field}.build"), refusal.hinted("images of topology.toml names it"));
        }
    }

    /// One service must not take the machine from the others, nor from whoever works on it.
    fn limits(&mut self, service: &Service<'_>, field: &str) {
        for (key, hint) in [("mem_limit", "${WWCHAOS_MEMORY_<ROLE>}"), ("pids_limit", "a few hundred processes")] {
            let (place, got) = service.text(key).unwrap_or((service.place(), "none".to_owned()));
            if got == "none" || got == "0" || got.starts_with('-') {
                let refusal = Refusal::new(format!("expected a limit, got {}", shown(&got, 60)));
                self.add(place, &format!("{field}.{key}"), refusal.hinted(hint));
            }
        }
    }

    fn capabilities(&mut self, service: &Service<'_>, field: &str) {
        let all = |text: &str| matches!(text.to_ascii_uppercase().as_str(), "ALL" | "CAP_ALL");
        for (place, _) in
            service.items("cap_add").into_iter().filter(|(_, node)| node.text().is_some_and(|text| all(&text)))
        {
            let refusal = Refusal::new("expected capabilities one by one, got all of them");
            self.add(place, &format!("{field}.cap_add"), refusal);
        }
        let dropped = service.items("cap_drop").into_iter().any(|(_, node)| node.text().is_some_and(|text| all(&text)));
        if !dropped {
            let place = service.last("cap_drop").map_or(service.place(), |said| said.place);
            let refusal = Refusal::new("expected [ALL]").hinted("cap_add names those that it needs");
            self.add(place, &format!("{field}.cap_drop"), refusal);
        }
    }

    /// It sees its own processes, memory and users, or those of another service, and not the machine's.
    fn namespaces(&mut self, service: &Service<'_>, field: &str) {
        for key in ["cgroup", "ipc", "pid", "userns_mode", "uts"] {
            let Some((place, mode)) = service.text(key) else { continue };
            let strange = mode == "host" || mode.starts_with("container:");
            // The socket's group is the machine's, whatever users the engine gives to containers.
            if strange && !(key == "userns_mode" && has_socket(service)) {
                let refusal =
                    Refusal::new(format!("expected nothing of the machine's own, got `{}`", shown(&mode, 60)));
                self.add(place, &format!("{field}.{key}"), refusal);
            }
        }
        for key in ["cgroup_parent", "device_cgroup_rules"] {
            if let Some(said) = service.last(key) {
                let refusal = Refusal::new("expected none: what limits a service is its own");
                self.add(said.place, &format!("{field}.{key}"), refusal);
            }
        }
    }

    fn sources(&mut self, service: &Service<'_>, field: &str) {
        for (place, node) in service.items("volumes") {
            if node.get("type").and_then(Node::text).as_deref() != Some("tmpfs") {
                self.source(service, place, &format!("{field}.volumes"), &source(node));
            }
        }
        for (place, node) in service.items("env_file") {
            let path = node.get("path").unwrap_or(node).text().unwrap_or_default();
            self.source(service, place, &format!("{field}.env_file"), &plain(&path));
        }
        for (place, node) in service.items("devices") {
            let device = node.get("source").unwrap_or(node).text().unwrap_or_default();
            if device.split(':').next() != Some(DEVICE) {
                let refusal = Refusal::new(format!("expected {DEVICE} or none, got `{}`", shown(&device, 60)));
                self.add(place, &format!("{field}.devices"), refusal);
            }
        }
        for (place, node) in service.items("volumes_from") {
            if node.text().is_some_and(|text| text.starts_with("container:")) {
                let refusal = Refusal::new("expected a service, got a container of somebody else");
                self.add(place, &format!("{field}.volumes_from"), refusal);
            }
        }
    }

    fn source(&mut self, service: &Service<'_>, place: Place, field: &str, source: &str) {
        let refusal = match Source::of(source) {
            Source::Own => return,
            Source::Socket if is_gate(service) => return,
            Source::Socket => Refusal::new("expected the engine's socket in no service but a gate without a network")
                .hinted(format!("entrypoint: [{GATE}, ...] and network_mode: none, as in two-node")),
            Source::Unnamed => {
                Refusal::new("expected a volume under `volumes`, or a tmpfs: nobody would find one without a name")
            }
            Source::Machine => {
                let got = shown(source, 60);
                Refusal::new(format!(
                    "expected a volume, or a file beside this one (./file), got `{got}` of the machine"
                ))
            }
        };
        self.add(place, field, refusal);
    }

    fn secrets(&mut self, service: &Service<'_>, field: &str) {
        for key in OPEN_TO_ALL {
            let Some(said) = service.last(key) else { continue };
            let mut texts = Vec::new();
            scalars(said.node, &mut texts);
            let found = SECRETS.iter().find(|secret| texts.iter().any(|text| plain(text).contains(**secret)));
            if let Some(secret) = found {
                let refusal =
                    Refusal::new(format!("expected no secret, got {secret}: everyone on the machine can read this"));
                self.add(said.place, &format!("{field}.{key}"), refusal.hinted("environment can hold it"));
            }
        }
    }

    /// A network is the run's, with the run's addresses, and two runs do not meet in it.
    pub(super) fn network(&mut self, network: Said<'_>) {
        let field = format!("networks.{}", network.name);
        self.own(network, &field, "bridge");
        let configs = network.node.get("ipam").and_then(|ipam| ipam.get("config")).map(Node::items).unwrap_or_default();
        let subnets = configs.into_iter().filter_map(|config| config.entry("subnet"));
        for subnet in subnets.filter(|subnet| !subnet.node.text().is_some_and(|text| plain(&text).starts_with(NET))) {
            let got = shown(&subnet.node.text().unwrap_or_default(), 60);
            let refusal = Refusal::new(format!("expected `{NET}0/24`, got `{got}`: runs share a machine"));
            let place = Place { line: subnet.line, ..network.place };
            self.add(place, &format!("{field}.ipam"), refusal);
        }
    }

    /// What the engine makes for this run has a name of this run and lies where all others of its kind do.
    pub(super) fn own(&mut self, said: Said<'_>, field: &str, driver: &str) {
        let text = |key: &str| said.node.get(key).and_then(Node::text);
        if let Some(name) = text("name").filter(|name| !plain(name).starts_with(&format!("{RUN}-"))) {
            let got = shown(&name, 60);
            let refusal = Refusal::new(format!("expected `{RUN}-{}`, got `{got}`: runs share a machine", said.name));
            self.add(said.place, &format!("{field}.name"), refusal);
        }
        if let Some(other) = text("driver").filter(|other| other != driver) {
            let refusal = Refusal::new(format!("expected `{driver}` or none, got `{}`", shown(&other, 60)));
            self.add(said.place, &format!("{field}.driver"), refusal);
        }
        let options = said.node.get("driver_opts");
        let kind = options.and_then(|options| options.get("type")).and_then(Node::text);
        if options.is_some_and(|options| options.get("device").is_some()) && kind.as_deref() != Some("tmpfs") {
            let refusal = Refusal::new("expected `type: tmpfs` or none, got a device or folder of the machine");
            self.add(said.place, &format!("{field}.driver_opts"), refusal);
        }
    }
}

/// What a mount comes from; empty where that has no name.
fn source(node: Node<'_>) -> String {
    let Some(written) = node.text() else {
        return node.get("source").and_then(Node::text).map(|text| plain(&text)).unwrap_or_default();
    };
    let text = plain(&written);
    text.split_once(':').map(|(source, _)| source.to_owned()).unwrap_or_default()
}

fn has_socket(service: &Service<'_>) -> bool {
    service.items("volumes").into_iter().any(|(_, node)| source(node) == SOCKET)
}

/// Whether it is the program that lets through to the engine what fencing needs, which nobody can talk to but by its socket.
fn is_gate(service: &Service<'_>) -> bool {
    let first = service.last("entrypoint").and_then(|said| match said.node.text() {
        Some(text) => text.split_whitespace().next().map(str::to_owned),
        None => said.node.items().first().and_then(|node| node.text()),
    });
    first.as_deref() == Some(GATE) && service.text("network_mode").is_some_and(|(_, mode)| mode == "none")
}

/// Every text in `node`, and the name of every entry.
fn scalars(node: Node<'_>, into: &mut Vec<String>) {
    into.extend(node.text());
    node.items().into_iter().for_each(|item| scalars(item, into));
    for entry in node.entries() {
        into.push(entry.name.to_owned());
        scalars(entry.node, into);
    }
}
