//! Where one run's cluster is: its id, its subnet, its entry port, its secrets. Chosen free at `up`.

use std::net::{Ipv4Addr, TcpListener};

use anyhow::{Context, Result, anyhow, bail};
use bollard::query_parameters::ListNetworksOptions;
use rand::RngExt;
use rand::distr::{Alphanumeric, SampleString};
use serde::{Deserialize, Serialize};

use super::Engine;
use super::certificate::Certificate;
use super::lock::Lock;
use crate::foreign::Secrets;
use crate::topology::Topology;

/// Ports for entries: below those of outgoing connections, which Linux begins at 32768.
const PORTS: std::ops::Range<u16> = 20_000..30_000;

/// How often a subnet or a port is drawn before there is none.
const DRAWS: u32 = 200;

/// Label that every container, network and volume of a run carries; its value is the run id.
pub const LABEL: &str = "wwchaos.run";

/// Where one run's cluster is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    /// The run id, for example `ww1a2b3c`: prefix of every name, value of the label.
    pub run: String,
    /// First three octets of the run's /24 subnet.
    pub net: String,
    /// Port on 127.0.0.1 where students come in.
    pub entry_port: u16,
    /// Password of the app's database user.
    pub db_password: String,
    /// Password of replication.
    pub repl_password: String,
    /// Secret that signs session cookies, the same on every node.
    pub cookie_secret: String,
    /// Password of every student.
    pub student_password: String,
    /// What the entry shows where it speaks TLS.
    pub certificate: Option<Certificate>,
}

/// Keeps every other wwchaos of this machine from drawing a site's subnet and port, as long as the value lives: until the
/// cluster has them.
#[derive(Debug)]
#[must_use]
pub struct Claim {
    _subnet: Lock,
    _port: Lock,
}

impl Site {
    /// A new site: an id, a subnet and a port that nothing on this machine uses, and random secrets.
    pub async fn choose(engine: &Engine) -> Result<(Self, Claim)> {
        let (net, _subnet) = free_subnet(engine).await?;
        let (entry_port, _port) = free_port()?;
        let site = Self {
            run: fresh_id(),
            net,
            entry_port,
            db_password: secret(),
            repl_password: secret(),
            cookie_secret: secret(),
            student_password: secret(),
            certificate: None,
        };
        Ok((site, Claim { _subnet, _port }))
    }

    /// The same with TLS at its entry.
    pub fn secured(self, topology: &Topology) -> Result<Self> {
        let entry = self.address(topology, &topology.entry.service)?;
        Ok(Self { certificate: Some(Certificate::new(entry)?), ..self })
    }

    /// Name of the container of `service`.
    pub fn container(&self, service: &str) -> String {
        format!("{}-{service}", self.run)
    }

    /// Name of the engine's volume behind `volume`.
    pub fn volume(&self, volume: &str) -> String {
        format!("{}-{volume}", self.run)
    }

    /// Address of a service or a name in the topology's table of addresses.
    pub fn address(&self, topology: &Topology, name: &str) -> Result<Ipv4Addr> {
        let octet = topology.addresses.get(name).ok_or_else(|| anyhow!("no address named `{name}` in the topology"))?;
        format!("{}.{octet}", self.net).parse().context("address of a service")
    }

    /// The certificate that clients of the entry trust, PEM; none where it speaks plain HTTP.
    pub fn trusted(&self) -> Option<&str> {
        self.certificate.as_ref().map(|one| one.public.as_str())
    }

    /// What no file and no message may hold. The key of the certificate is looked for line by line, as a log would have it.
    pub fn secrets(&self) -> Secrets {
        let words = [&self.db_password, &self.repl_password, &self.cookie_secret, &self.student_password];
        let public = self.trusted().unwrap_or_default();
        let pem = self.certificate.as_ref().map_or("", |one| one.pem.as_str());
        let key = pem.strip_prefix(public).unwrap_or(pem).lines().filter(|line| !line.starts_with("-----"));
        Secrets::new(words.into_iter().cloned().chain(key.map(str::to_owned)))
    }

    /// URL under which students come in.
    pub fn entry_url(&self) -> String {
        let scheme = if self.certificate.is_some() { "https" } else { "http" };
        format!("{scheme}://127.0.0.1:{}", self.entry_port)
    }
}

/// A run id, drawn of sixteen million: one that somebody has already is refused by its lease, or by the engine.
pub fn fresh_id() -> String {
    format!("ww{:06x}", rand::rng().random_range(0..0x100_0000_u32))
}

fn secret() -> String {
    Alphanumeric.sample_string(&mut rand::rng(), 24)
}

/// A port of 127.0.0.1 that nobody listens on, and none that the kernel gives to outgoing connections: one of these, of a class
/// that asks beside us, could take it before the cluster does.
fn free_port() -> Result<(u16, Lock)> {
    for _ in 0..DRAWS {
        let port = rand::rng().random_range(PORTS);
        let Some(lock) = Lock::take(&format!("port/{port}"))? else { continue };
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return Ok((port, lock));
        }
    }
    bail!("no free port on 127.0.0.1 from {} to {}", PORTS.start, PORTS.end - 1)
}

/// The first three octets of a /24 of 10.200.0.0/13 that no network of the engine and no route of the machine overlaps.
async fn free_subnet(engine: &Engine) -> Result<(String, Lock)> {
    for _ in 0..DRAWS {
        let (second, third) = (rand::rng().random_range(200..208_u8), rand::rng().random_range(0..=255_u8));
        let base = u32::from(Ipv4Addr::new(10, second, third, 0));
        let net = format!("10.{second}.{third}");
        let Some(lock) = Lock::take(&format!("subnet/{net}"))? else { continue };
        // Looked at under the lock: whoever had it before may have made its network meanwhile.
        let free = |(other, mask): &(u32, u32)| base & mask & 0xffff_ff00 != other & 0xffff_ff00 & mask;
        if taken(engine).await?.iter().all(free) {
            return Ok((net, lock));
        }
    }
    bail!("no free /24 in 10.200.0.0/13 (hint: `wwchaos down` removes what old runs left)")
}

/// Addresses and masks of the engine's networks and of the machine's routes.
async fn taken(engine: &Engine) -> Result<Vec<(u32, u32)>> {
    let networks = engine.docker().list_networks(None::<ListNetworksOptions>).await.context("list networks")?;
    let configs = networks.into_iter().filter_map(|network| network.ipam?.config).flatten();
    let mut taken: Vec<(u32, u32)> = configs.filter_map(|config| parse_subnet(&config.subnet?)).collect();
    taken.extend(routes(&std::fs::read_to_string("/proc/net/route").unwrap_or_default()));
    Ok(taken)
}

fn parse_subnet(text: &str) -> Option<(u32, u32)> {
    let (address, bits) = text.split_once('/')?;
    let bits: u32 = bits.parse().ok().filter(|bits| (1..=32).contains(bits))?;
    Some((u32::from(address.parse::<Ipv4Addr>().ok()?), u32::MAX << (32 - bits)))
}

/// Destinations and masks of /proc/net/route, without the default route.
fn routes(table: &str) -> Vec<(u32, u32)> {
    let hex = |text: &str| u32::from_str_radix(text, 16).ok().map(u32::swap_bytes);
    let parse = |line: &str| {
        let fields: Vec<_> = line.split_whitespace().collect();
        Some((hex(fields.get(1)?)?, hex(fields.get(7)?)?))
    };
    table.lines().skip(1).filter_map(parse).filter(|(_, mask)| *mask != 0).collect()
}

/// Whether `text` has the form of a run's id.
pub fn is_run_id(text: &str) -> bool {
    let digits = |rest: &str| rest.len() == 6 && rest.bytes().all(|byte| byte.is_ascii_hexdigit());
    text.strip_prefix("ww").is_some_and(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_secret_of_a_site_is_hidden() {
        let site = Site {
            run: "ww1a2b3c".to_owned(),
            net: "10.203.7".to_owned(),
            entry_port: 8080,
            db_password: secret(),
            repl_password: secret(),
            cookie_secret: secret(),
            student_password: secret(),
            certificate: Some(Certificate::new(Ipv4Addr::new(10, 203, 7, 2)).unwrap()),
        };
        let text = serde_json::to_string(&site).unwrap().replace("\\n", "\n");
        let hidden = site.secrets().hide(&text).into_owned();
        for word in [&site.db_password, &site.repl_password, &site.cookie_secret, &site.student_password] {
            assert!(text.contains(word) && !hidden.contains(word), "{hidden}");
        }
        let key = text.split("PRIVATE KEY-----").nth(1).unwrap();
        let lines: Vec<_> = key.lines().filter(|line| line.len() > 8 && !line.starts_with('-')).collect();
        assert!(!lines.is_empty() && lines.iter().all(|line| !hidden.contains(line)), "{hidden}");
        assert!(hidden.contains("ww1a2b3c") && hidden.contains("BEGIN CERTIFICATE"), "{hidden}");
    }

    #[test]
    fn what_one_has_drawn_nobody_draws_until_it_is_let_go() {
        let (port, lock) = free_port().unwrap();
        assert!(PORTS.contains(&port));
        let what = format!("port/{port}");
        assert!(Lock::take(&what).unwrap().is_none());
        drop(lock);
        assert!(Lock::take(&what).unwrap().is_some());
    }

    #[test]
    fn routes_are_read_without_the_default() {
        let table = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\n\
                     eth0\t00000000\t0100A8C0\t0003\t0\t0\t0\t00000000\n\
                     br\t0007D50A\t00000000\t0001\t0\t0\t0\t00FFFFFF\n";
        assert_eq!(routes(table), [(u32::from(Ipv4Addr::new(10, 213, 7, 0)), 0xffff_ff00)]);
        assert_eq!(parse_subnet("10.213.7.0/24"), Some((u32::from(Ipv4Addr::new(10, 213, 7, 0)), 0xffff_ff00)));
        assert_eq!(parse_subnet("fd00::/64"), None);
    }
}
