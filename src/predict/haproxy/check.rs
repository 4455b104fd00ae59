//! The sections of `haproxy.cfg` → how a server is checked, with what `defaults` and `default-server` say before it.
//! Defaults and meaning as in HAProxy's configuration manual, 4.2 and 5.2.

use std::time::Duration;

use super::words::{Section, sections};
use crate::predict::mask::MASK;

/// Server keywords without an argument, beside those that begin like [`BARE_BEGINNINGS`].
const BARE: &[&str] = &[
    "agent-check",
    "allow-0rtt",
    "backup",
    "check",
    "check-send-proxy",
    "check-ssl",
    "check-via-socks4",
    "disabled",
    "enabled",
    "non-stick",
    "ssl",
    "ssl-reuse",
    "stick",
    "tfo",
    "tls-tickets",
];
const BARE_BEGINNINGS: &[&str] = &["no-", "force-", "send-proxy"];

/// Server keywords that make a check something else than what was measured, and what they do.
const STRANGE: &[(&str, &str)] = &[
    ("addr", "the check asks another address"),
    ("agent-check", "an agent on the node may mark it down, too"),
    ("alpn", "the check speaks another protocol"),
    ("check-alpn", "the check speaks another protocol"),
    ("check-proto", "the check speaks another protocol"),
    ("check-send-proxy", "the check begins with the PROXY protocol"),
    ("check-ssl", "the check begins with a TLS handshake"),
    ("check-via-socks4", "the check goes through a proxy"),
    ("disabled", "the server is disabled"),
    ("observe", "requests of users may mark it down, too, and how many there are is not in the configuration"),
    ("port", "the check asks another port"),
    ("ssl", "the check begins with a TLS handshake"),
    ("track", "the state of another server is followed"),
];

/// What a check asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asks {
    /// A connection.
    Connection,
    /// A page, by `option httpchk`.
    Page,
    /// Something else, by this option.
    Other(String),
}

/// How one server of one backend is checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// The backend's name.
    pub backend: String,
    /// Whether it is checked at all.
    pub checked: bool,
    /// What is asked.
    pub asks: Asks,
    /// From the end of a check to the next, while the server is up.
    pub inter: Duration,
    /// The same while its state is changing.
    pub fastinter: Option<Duration>,
    /// Failed checks until it is down.
    pub fall: u32,
    /// `timeout check`.
    pub timeout_check: Option<Duration>,
    /// `timeout connect`.
    pub timeout_connect: Option<Duration>,
    /// What is not as it was measured.
    pub strange: Vec<String>,
}

/// Most lines for one server that are looked at.
const LINES_MAX: usize = 100;

/// How `server` is checked, in each backend that has it; or why a line could not be understood.
pub fn checks(text: &str, server: &str) -> Result<Vec<Check>, String> {
    let sections = sections(text);
    let global = sections.iter().filter(|one| one.kind == "global").flat_map(|one| &one.lines);
    let spread =
        global.clone().find(|line| line[0] == "spread-checks" && line.get(1).is_some_and(|share| share != "0"));
    let mut found = Vec::new();
    for (index, section) in sections.iter().enumerate() {
        if !matches!(section.kind.as_str(), "backend" | "listen") {
            continue;
        }
        let mut proxy = Proxy::new(&section.name);
        proxy.strange.extend(spread.map(|_| "`spread-checks`: the time between checks is drawn".to_owned()));
        for line in inherited(&sections[..index], section.from.as_deref()) {
            proxy.take(line)?;
            proxy.servers.take_default(line)?;
        }
        section.lines.iter().try_for_each(|line| proxy.take(line))?;
        // A `default-server` holds for the servers after it, everything else for the whole backend.
        for line in &section.lines {
            proxy.servers.take_default(line)?;
            if line[0] == "server" && line.get(1).is_some_and(|name| name == server) {
                if found.len() == LINES_MAX {
                    return Err(format!("more than {LINES_MAX} lines are of server `{server}`"));
                }
                found.push(proxy.check(line)?);
            }
        }
    }
    Ok(found)
}

/// The lines of the defaults section that a proxy names, or of the last one before it; a named one may have its own.
fn inherited<'a>(before: &'a [Section], from: Option<&str>) -> Vec<&'a Vec<String>> {
    let defaults = |one: &Section| one.kind == "defaults" && from.is_none_or(|name| one.name == name);
    let Some(place) = before.iter().rposition(defaults) else { return Vec::new() };
    let own = &before[place];
    let mut lines = own.from.as_deref().map(|name| inherited(&before[..place], Some(name))).unwrap_or_default();
    lines.extend(&own.lines);
    lines
}

/// What holds for every server of a backend.
struct Proxy {
    name: String,
    asks: Asks,
    timeout_check: Option<Duration>,
    timeout_connect: Option<Duration>,
    servers: Servers,
    strange: Vec<String>,
}

/// What `default-server` and `server` lines set.
#[derive(Clone, Default)]
struct Servers {
    checked: bool,
    inter: Option<Duration>,
    fastinter: Option<Duration>,
    fall: Option<u32>,
    strange: Vec<String>,
}

impl Proxy {
    fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            asks: Asks::Connection,
            timeout_check: None,
            timeout_connect: None,
            servers: Servers::default(),
            strange: Vec::new(),
        }
    }

    fn take(&mut self, line: &[String]) -> Result<(), String> {
        let words: Vec<&str> = line.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["option", name, ..] | ["no", "option", name, ..] if name.contains(MASK) => {
                return Err("the name of an option is masked".to_owned());
            }
            ["timeout", "check", value, ..] => self.timeout_check = Some(duration("timeout check", value)?),
            ["timeout", "connect", value, ..] => self.timeout_connect = Some(duration("timeout connect", value)?),
            ["option", name @ ("httpchk" | "tcp-check"), ..] => self.asks = asks(name),
            ["option", name, ..] if is_check(name) => self.asks = Asks::Other((*name).to_owned()),
            ["no", "option", name, ..] if is_check(name) => self.asks = Asks::Connection,
            ["http-check", "connect", ..] => self.mark("`http-check connect`: several connections"),
            ["tcp-check", "connect" | "send" | "send-binary" | "expect", ..] => self.mark("`tcp-check` rules"),
            _ => {}
        }
        Ok(())
    }

    fn mark(&mut self, why: &str) {
        if !self.strange.iter().any(|known| known == why) {
            self.strange.push(why.to_owned());
        }
    }

    /// The check of the server that `line` names.
    fn check(&self, line: &[String]) -> Result<Check, String> {
        let mut server = self.servers.clone();
        server.take(line.get(3..).unwrap_or_default())?;
        Ok(Check {
            backend: self.name.clone(),
            checked: server.checked,
            asks: self.asks.clone(),
            inter: server.inter.unwrap_or(Duration::from_secs(2)),
            fastinter: server.fastinter,
            fall: server.fall.unwrap_or(3),
            timeout_check: self.timeout_check,
            timeout_connect: self.timeout_connect,
            strange: self.strange.iter().chain(&server.strange).cloned().collect(),
        })
    }
}

impl Servers {
    fn take_default(&mut self, line: &[String]) -> Result<(), String> {
        if line[0] == "default-server" { self.take(&line[1..]) } else { Ok(()) }
    }

    fn take(&mut self, words: &[String]) -> Result<(), String> {
        if words.iter().any(|word| word.contains(MASK)) {
            return Err("settings of its servers are masked".to_owned());
        }
        let mut words = words.iter().map(String::as_str);
        while let Some(word) = words.next() {
            let bare = BARE.contains(&word) || BARE_BEGINNINGS.iter().any(|start| word.starts_with(start));
            let value = if bare { "" } else { words.next().unwrap_or_default() };
            match word {
                "check" => self.checked = true,
                "no-check" => self.checked = false,
                "inter" => self.inter = Some(duration(word, value)?),
                "fastinter" => self.fastinter = Some(duration(word, value)?),
                "fall" => self.fall = Some(value.parse().map_err(|_| format!("`fall {value}` is no number"))?),
                _ => {}
            }
            // `send-proxy` and its versions make checks begin like that, too.
            let strange = if word.starts_with("send-proxy") { "check-send-proxy" } else { word };
            if let Some((_, what)) = STRANGE.iter().find(|(name, _)| *name == strange) {
                let why = format!("`{word}`: {what}");
                if !self.strange.contains(&why) {
                    self.strange.push(why);
                }
            }
            // What a default set, a server may take back.
            if let Some(name) = word.strip_prefix("no-") {
                self.strange.retain(|one| !one.starts_with(&format!("`{name}`")));
            }
        }
        Ok(())
    }
}

fn asks(option: &str) -> Asks {
    if option == "httpchk" { Asks::Page } else { Asks::Connection }
}

/// Whether an `option` of this name replaces the check.
fn is_check(name: &str) -> bool {
    name.ends_with("-check") || matches!(name, "httpchk" | "smtpchk" | "ssl-hello-chk")
}

/// A length of time as HAProxy writes it: milliseconds where no unit stands.
pub fn duration(setting: &str, text: &str) -> Result<Duration, String> {
    let digits = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let wrong = || format!("`{setting} {text}` is no length of time");
    let number: u64 = number.parse().map_err(|_| wrong())?;
    let milliseconds = |each: u64| number.checked_mul(each).map(Duration::from_millis);
    let found = match unit {
        "us" => Some(Duration::from_micros(number)),
        "" | "ms" => milliseconds(1),
        "s" => milliseconds(1_000),
        "m" => milliseconds(60_000),
        "h" => milliseconds(3_600_000),
        "d" => milliseconds(86_400_000),
        _ => None,
    };
    found.ok_or_else(wrong)
}
