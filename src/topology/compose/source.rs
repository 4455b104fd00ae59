//! Where a service takes files from: volumes, files beside the compose file, those of the app, and in a gate the engine's socket.

use super::merged::{Place, Service};
use super::variable::plain;
use super::{Found, RUN};
use crate::settings::{Refusal, shown};
use crate::topology::yaml::Node;

/// Folder with the files of the run's app, which is mounted.
const APP: &str = "${WWCHAOS_APP}";
/// The engine's socket.
const SOCKET: &str = "${WWCHAOS_DOCKER_SOCKET}";
/// The image with the program that may have it, and that program.
const GATE: (&str, &str) = ("${WWCHAOS_IMAGE_LB}", "gate");
/// Where a gate has its own socket, and where the engine's.
const SOCKETS: [&str; 2] = ["/run/gate", "/var/run/docker.sock"];
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
        let rest = match source {
            "" => return Self::Unnamed,
            SOCKET => return Self::Socket,
            _ => match source.strip_prefix(APP) {
                Some(rest) if rest.is_empty() || rest.starts_with('/') => rest,
                Some(_) => return Self::Machine,
                None if source.starts_with(['/', '~', '\\']) => return Self::Machine,
                None => source,
            },
        };
        // What a variable holds may lead elsewhere.
        if rest.contains('$') || rest.split('/').any(|part| part == "..") { Self::Machine } else { Self::Own }
    }
}

impl Found<'_> {
    /// Holds what `service` mounts and reads, described by `field`, against what it may.
    pub(super) fn sources(&mut self, service: &Service<'_>, field: &str) {
        for (place, node) in service.items("volumes") {
            if node.get("type").and_then(Node::text).as_deref() != Some("tmpfs") {
                self.source(service, place, &format!("{field}.volumes"), &mount(node).0);
            }
        }
        for (place, node) in service.items("env_file") {
            let path = node.get("path").unwrap_or(node).text().unwrap_or_default();
            self.source(service, place, &format!("{field}.env_file"), &plain(&path));
        }
    }

    /// Holds the volumes that `service` mounts against the `known` ones; one of topology.toml that is missing was said already.
    pub(super) fn volumes_of(&mut self, service: &Service<'_>, field: &str, known: &[&str]) {
        for (place, node) in service.items("volumes") {
            let (source, _) = mount(node);
            let is_named = source.starts_with(|first: char| first.is_ascii_alphanumeric() || first == '_');
            let declared = known.contains(&source.as_str()) || self.topology.volumes.contains_key(&source);
            if is_named && !declared {
                self.add(place, &format!("{field}.volumes"), Refusal::unknown("volume", &source, known));
            }
        }
    }

    fn source(&mut self, service: &Service<'_>, place: Place, field: &str, source: &str) {
        let refusal = match Source::of(source) {
            Source::Own => return,
            Source::Socket if is_gate(service) => return,
            Source::Socket => Refusal::new("expected the engine's socket in no service but a gate without a network")
                .hinted("as in two-node: its image, entrypoint, network_mode and both mounts"),
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
}

/// What a mount comes from, empty where that has no name, and where it is in the container.
fn mount(node: Node<'_>) -> (String, String) {
    let Some(written) = node.text() else {
        let part = |key| node.get(key).and_then(Node::text).map(|text| plain(&text)).unwrap_or_default();
        return (part("source"), part("target"));
    };
    let text = plain(&written);
    let mut parts = text.split(':');
    match (parts.next(), parts.next()) {
        (Some(source), Some(target)) => (source.to_owned(), target.to_owned()),
        (target, _) => (String::new(), target.unwrap_or_default().to_owned()),
    }
}

/// Whether it is the program that lets through to the engine what fencing needs, for this run, which nobody can talk to but by
/// its socket. What that program is, the image says; a library of one's own may have another (SECURITY.md).
pub(super) fn is_gate(service: &Service<'_>) -> bool {
    let text = |key: &str| service.text(key).map(|(_, text)| plain(&text)).unwrap_or_default();
    let words: Vec<_> = service.items("entrypoint").into_iter().filter_map(|(_, node)| node.text()).collect();
    let mounts = service.items("volumes").into_iter().map(|(_, node)| mount(node));
    let mut targets: Vec<_> = mounts.map(|(source, target)| (source == SOCKET, target)).collect();
    targets.sort();
    text("image") == GATE.0
        && text("network_mode") == "none"
        && service.parts().len() == 1
        && matches!(words.as_slice(), [gate, run, _, ..] if gate == GATE.1 && plain(run) == RUN)
        && targets
            .iter()
            .map(|(socket, target)| (*socket, target.as_str()))
            .eq([(false, SOCKETS[0]), (true, SOCKETS[1])])
        && ["command", "environment", "env_file"].iter().all(|key| service.last(key).is_none())
}
