//! Whether what the engine makes for a run, networks and volumes, is the run's alone and like all others of its kind.

use super::merged::{Place, Said, Service};
use super::variable::plain;
use super::{Found, RUN};
use crate::settings::{Refusal, shown};
use crate::topology::yaml::{Entry, Node};

/// The run's addresses.
const SUBNET: &str = "${WWCHAOS_NET}.0/24";
const NETWORK: [&str; 5] = ["driver", "internal", "ipam", "labels", "name"];
const VOLUME: [&str; 4] = ["driver", "external", "labels", "name"];

impl Found<'_> {
    /// A network is the run's, with the run's addresses, and two runs do not meet in it.
    pub(super) fn network(&mut self, network: Said<'_>) {
        let field = format!("networks.{}", network.name);
        self.own(network, &field, (&NETWORK, "bridge"));
        let Some(ipam) = network.node.get("ipam") else { return };
        for entry in ipam.all().into_iter().filter(|entry| entry.name != "config") {
            let refusal = Refusal::new("expected `config` and no more");
            self.add(Place { line: entry.line, ..network.place }, &format!("{field}.ipam.{}", entry.name), refusal);
        }
        for subnet in subnets(network) {
            let got = subnet.node.text().unwrap_or_default();
            if plain(&got) != SUBNET {
                let got = shown(&got, 60);
                let refusal = Refusal::new(format!("expected `{SUBNET}`, got `{got}`: runs share a machine"));
                self.add(Place { line: subnet.line, ..network.place }, &format!("{field}.ipam"), refusal);
            }
        }
    }

    /// The addresses in a network are the run's.
    pub(super) fn addresses(&mut self, network: Said<'_>, services: &[Service<'_>]) {
        let given = services.iter().flat_map(Service::addresses).any(|(name, _)| name == network.name);
        if given && subnets(network).is_empty() {
            let refusal = Refusal::new(format!("expected the subnet `{SUBNET}`: services have addresses in it"));
            let hint = format!("ipam: {{config: [{{subnet: \"{SUBNET}\"}}]}}");
            self.add(network.place, &format!("networks.{}.ipam", network.name), refusal.hinted(hint));
        }
    }

    /// A volume is the run's, and lies where all others do.
    pub(super) fn own_volume(&mut self, volume: Said<'_>) {
        self.own(volume, &format!("volumes.{}", volume.name), (&VOLUME, "local"));
    }

    /// What the engine makes for this run has a name of this run and is like all others of its kind.
    fn own(&mut self, said: Said<'_>, field: &str, (keys, driver): (&[&str], &str)) {
        self.known(said, field, keys);
        said.of("labels").into_iter().for_each(|labels| self.shown_to_all(labels, field));
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
    }
}

/// The subnets that are written of a network.
fn subnets(network: Said<'_>) -> Vec<Entry<'_>> {
    let configs = network.node.get("ipam").and_then(|ipam| ipam.get("config")).map(Node::items).unwrap_or_default();
    configs.into_iter().filter_map(|config| config.entry("subnet")).collect()
}
