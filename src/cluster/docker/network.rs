//! Trouble in the network of a container: rules that a helper puts into its network namespace and holds there, without any
//! capability for the container itself. The scripts are in `compose/images/helper`.

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use super::DockerCluster;
use super::errand::Errand;
use super::hold::{HOLD_SECONDS, Held};
use crate::cluster::{Trouble, Way};
use crate::settings::EVERYONE;

/// What the helper says once a second.
#[derive(Deserialize)]
struct Rules {
    /// What they are, in the kernel's words, for example `nftables`.
    by: String,
    /// Packets that met one so far.
    packets: u64,
}

impl DockerCluster {
    pub(super) async fn disturb(&self, service: &str, trouble: &Trouble) -> Result<()> {
        let words = [vec![HOLD_SECONDS.to_string()], self.words(service, trouble)?].concat();
        let errand = Errand { name: name(service), ..self.in_network(service, "network-hold", words)? };
        self.hold(service, errand).await.with_context(|| format!("disturb the network of {service}"))
    }

    /// Ends what holds the trouble, and removes what one that was killed left.
    pub(super) async fn calm(&self, service: &str) -> Result<()> {
        let errand = Errand { name: name(service), ..self.in_network(service, "network-clear", Vec::new())? };
        self.let_go(&errand).await?;
        // The network of one that does not run is gone.
        if self.engine.state(&self.site.container(service)).await?.running {
            errand.run(&self.engine).await?;
        }
        self.gone(&errand.name).await;
        Ok(())
    }

    pub(super) async fn disturbed(&self, service: &str, trouble: &Trouble) -> Result<Option<String>> {
        match self.held::<Rules>(service, &name(service)).await? {
            Held::Says(Rules { by, packets }) => {
                let met = if packets == 1 { "1 packet".to_owned() } else { format!("{packets} packets") };
                Ok(Some(format!("kernel: {by} has the network of {service} {trouble}; {met} met a rule")))
            }
            Held::Ending => Ok(Some(format!("the network of {service} is not known to be calm"))),
            Held::Nothing => self.left(service).await,
        }
    }

    /// Rules that somebody left whom this process does not know.
    async fn left(&self, service: &str) -> Result<Option<String>> {
        if !self.engine.state(&self.site.container(service)).await?.running {
            return Ok(None);
        }
        let look = Errand {
            name: format!("look-{service}"),
            ..self.in_network(service, "network-clear", vec!["look".to_owned()])?
        };
        let found = look.run(&self.engine).await?.text;
        Ok((!found.trim().is_empty()).then(|| format!("kernel: the network of {service} has {}", found.trim())))
    }

    /// A helper in the network namespace of `service`.
    pub(super) fn in_network(&self, service: &str, script: &str, words: Vec<String>) -> Result<Errand> {
        Ok(Errand {
            run: self.site.run.clone(),
            image: self.image("helper")?,
            command: [vec![script.to_owned()], words].concat(),
            capabilities: vec!["NET_ADMIN"],
            network: Some(self.site.container(service)),
            ..Errand::default()
        })
    }

    /// The trouble in the words of the script.
    fn words(&self, service: &str, trouble: &Trouble) -> Result<Vec<String>> {
        let mut words = match trouble {
            Trouble::Cut { way, .. } => vec!["cut".to_owned(), direction(*way).to_owned()],
            Trouble::Lose { share } => vec!["lose".to_owned(), format!("{:.0}", share * 1000.0)],
            Trouble::Delay { by_ms, jitter_ms } => {
                vec!["delay".to_owned(), by_ms.to_string(), jitter_ms.to_string()]
            }
            Trouble::Narrow { bits } => vec!["narrow".to_owned(), bits.to_string()],
            Trouble::Nameless { refused } => {
                vec!["nameless".to_owned(), if *refused { "refused" } else { "silent" }.to_owned()]
            }
        };
        if let Trouble::Cut { from, .. } = trouble
            && from != EVERYONE
        {
            let peers = self.topology.peers(service, from);
            // No address would be everybody's.
            if peers.is_empty() {
                bail!("{from} is nobody but {service}");
            }
            for name in peers {
                words.push(self.site.address(&self.topology, name)?.to_string());
            }
        }
        Ok(words)
    }
}

fn name(service: &str) -> String {
    format!("network-{service}")
}

fn direction(way: Way) -> &'static str {
    match way {
        Way::Both => "both",
        Way::In => "in",
        Way::Out => "out",
    }
}
