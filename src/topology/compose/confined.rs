//! Whether a service is kept to what is its own: it has limits, the capabilities that it names, and nothing of the machine
//! but what wwchaos hands it. What is not known here is refused: Compose learns new ways to the machine faster than a list of
//! forbidden ones would grow.

use std::sync::LazyLock;

use regex::Regex;

use super::Found;
use super::merged::{Place, Said, Service};
use super::source::is_gate;
use super::variable::{names, plain};
use crate::settings::{Refusal, shown, suggestion};
use crate::topology::{variable, yaml::Node};

/// The only device of the machine that gives nothing of it away.
const DEVICE: &str = "/dev/fuse";
/// Variables whose values nobody else may read.
const SECRETS: [&str; 5] = [
    "WWCHAOS_CERTIFICATE",
    "WWCHAOS_COOKIE_SECRET",
    "WWCHAOS_DB_PASSWORD",
    "WWCHAOS_REPL_PASSWORD",
    "WWCHAOS_STUDENT_PASSWORD",
];
/// What everyone on the machine may read of a service, in the list of processes or from the engine.
const OPEN_TO_ALL: [&str; 4] = ["command", "entrypoint", "healthcheck", "labels"];
/// What a file may hold.
pub(super) const TOP: [&str; 4] = ["networks", "services", "version", "volumes"];
/// What a service may say.
const SERVICE: [&str; 45] = [
    "cap_add",
    "cap_drop",
    "command",
    "container_name",
    "cpu_period",
    "cpu_quota",
    "cpu_shares",
    "cpus",
    "cpuset",
    "depends_on",
    "devices",
    "domainname",
    "entrypoint",
    "env_file",
    "environment",
    "expose",
    "extra_hosts",
    "group_add",
    "healthcheck",
    "hostname",
    "image",
    "init",
    "labels",
    "logging",
    "mem_limit",
    "mem_reservation",
    "memswap_limit",
    "network_mode",
    "networks",
    "pids_limit",
    "ports",
    "privileged",
    "read_only",
    "restart",
    "security_opt",
    "shm_size",
    "stop_grace_period",
    "stop_signal",
    "sysctls",
    "tmpfs",
    "ulimits",
    "user",
    "userns_mode",
    "volumes",
    "working_dir",
];
/// Capabilities that a service may have: the engine's usual ones, and those that clusters were measured to need. Of the
/// kernel's others most are the machine itself.
const CAPABILITIES: [&str; 20] = [
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "IPC_LOCK",
    "KILL",
    "MKNOD",
    "NET_ADMIN",
    "NET_BIND_SERVICE",
    "NET_BROADCAST",
    "NET_RAW",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_ADMIN",
    "SYS_CHROOT",
    "SYS_NICE",
    "SYS_RESOURCE",
];
/// Drivers of logs that keep them on this machine.
const LOGS: [&str; 3] = ["json-file", "local", "none"];

/// A limit of memory and one of processes as a number that is not nothing.
static AMOUNTS: LazyLock<Option<[Regex; 2]>> = LazyLock::new(|| {
    Some([Regex::new(r"^(?i)[1-9][0-9]*(\.[0-9]+)?([bkmg]b?)?$").ok()?, Regex::new("^[1-9][0-9]*$").ok()?])
});

/// Whether a service can mount by FUSE.
pub(super) fn mounts(service: &Service<'_>) -> bool {
    let has_device = service.items("devices").into_iter().any(|(_, node)| device(node) == DEVICE);
    has_device && service.items("cap_add").into_iter().any(|(_, node)| capability(node) == "SYS_ADMIN")
}

/// The capability that an item of `cap_add` or `cap_drop` names.
fn capability(node: Node<'_>) -> String {
    let text = node.text().unwrap_or_default().to_ascii_uppercase();
    text.strip_prefix("CAP_").map_or(text.clone(), str::to_owned)
}

/// The device of the machine that an item of `devices` names.
fn device(node: Node<'_>) -> String {
    let text = node.get("source").unwrap_or(node).text().unwrap_or_default();
    text.split(':').next().unwrap_or_default().to_owned()
}

impl Found<'_> {
    /// Holds `service`, described by `field`, against what it may have.
    pub(super) fn confined(&mut self, service: &Service<'_>, field: &str) {
        for part in service.parts() {
            self.known(*part, field, &SERVICE);
        }
        self.limits(service, field);
        self.capabilities(service, field);
        self.options(service, field);
        self.sources(service, field);
        self.environment(service, field);
        self.secrets(service, field);
    }

    /// Refuses what nobody here knows.
    pub(super) fn known(&mut self, said: Said<'_>, field: &str, keys: &[&str]) {
        for entry in said.node.all() {
            if keys.contains(&entry.name) || entry.name.starts_with("x-") {
                continue;
            }
            let refusal = match entry.name {
                "configs" | "extends" | "include" | "label_file" | "secrets" => {
                    Refusal::new("expected nothing from other files: they are not checked")
                        .hinted("write it here, or extend a topology")
                }
                "build" => Refusal::new("expected an image, got a build: nobody would remove what it makes")
                    .hinted("wwchaos builds the images that topology.toml names"),
                name => {
                    let refusal =
                        Refusal::new("expected none: whether it gives something of the machine away is not checked");
                    let meant = suggestion(name, keys);
                    Refusal { hint: meant, ..refusal }
                }
            };
            let field = if field.is_empty() { entry.name.to_owned() } else { format!("{field}.{}", entry.name) };
            self.add(Place { line: entry.line, ..said.place }, &field, refusal);
        }
    }

    /// One service must not take the machine from the others, nor from whoever works on it.
    fn limits(&mut self, service: &Service<'_>, field: &str) {
        let roles: Vec<_> =
            self.topology.roles.keys().map(|role| format!("${{{}}}", variable("MEMORY", role))).collect();
        for (place, (key, hint)) in
            [("mem_limit", "${WWCHAOS_MEMORY_<ROLE>}, or as in 64m"), ("pids_limit", "a few hundred processes")]
                .iter()
                .enumerate()
        {
            let (at, got) = service.text(key).unwrap_or((service.place(), "none".to_owned()));
            let amount = AMOUNTS.as_ref().is_some_and(|amounts| amounts[place].is_match(&got));
            let of_role = *key == "mem_limit" && roles.contains(&plain(&got));
            if !amount && !of_role {
                let refusal = Refusal::new(format!("expected a limit, got {}", shown(&got, 60)));
                self.add(at, &format!("{field}.{key}"), refusal.hinted(*hint));
            }
        }
    }

    fn capabilities(&mut self, service: &Service<'_>, field: &str) {
        for (place, node) in service.items("cap_add") {
            let got = capability(node);
            if !CAPABILITIES.contains(&got.as_str()) {
                let refusal =
                    Refusal::new(format!("expected any of {}, got {}", CAPABILITIES.join(", "), shown(&got, 60)));
                self.add(place, &format!("{field}.cap_add"), refusal);
            }
        }
        if !service.items("cap_drop").into_iter().any(|(_, node)| capability(node) == "ALL") {
            let place = service.last("cap_drop").map_or(service.place(), |said| said.place);
            let refusal = Refusal::new("expected [ALL]").hinted("cap_add names those that it needs");
            self.add(place, &format!("{field}.cap_drop"), refusal);
        }
    }

    /// Single values that could let it out.
    fn options(&mut self, service: &Service<'_>, field: &str) {
        for (place, got) in service.texts("privileged").into_iter().filter(|(_, got)| got != "false") {
            let refusal = Refusal::new(format!("expected no privileged container, got {}", shown(&got, 60)));
            self.add(place, &format!("{field}.privileged"), refusal.hinted("name capabilities one by one: cap_add"));
        }
        // The socket's group is the machine's, whatever users the engine gives to containers.
        for (place, got) in service.texts("userns_mode").into_iter().filter(|_| !is_gate(service)) {
            let refusal = Refusal::new(format!("expected none but in a gate, got `{}`", shown(&got, 60)));
            self.add(place, &format!("{field}.userns_mode"), refusal);
        }
        self.security(service, field);
        for said in service.all("logging") {
            let driver = said.node.get("driver").and_then(Node::text);
            if let Some(got) = driver.filter(|driver| !LOGS.contains(&driver.as_str())) {
                let refusal = Refusal::new(format!("expected one of {}, got `{}`", LOGS.join(", "), shown(&got, 60)));
                self.add(said.place, &format!("{field}.logging"), refusal);
            }
        }
        for (place, node) in service.items("devices") {
            let device = device(node);
            if device != DEVICE {
                let refusal = Refusal::new(format!("expected {DEVICE} or none, got `{}`", shown(&device, 60)));
                self.add(place, &format!("{field}.devices"), refusal);
            }
        }
    }

    fn security(&mut self, service: &Service<'_>, field: &str) {
        const UNCONFINED: &str = "apparmor=unconfined";
        let field = format!("{field}.security_opt");
        let mut unconfined = false;
        for (place, node) in service.items("security_opt") {
            let got = node.text().unwrap_or_default();
            let fine =
                ["no-new-privileges", "no-new-privileges:true", "no-new-privileges=true"].contains(&got.as_str());
            let of_gate = got == "label=disable" && is_gate(service);
            let of_mount = got == UNCONFINED && mounts(service);
            unconfined |= of_mount;
            if !fine && !of_gate && !of_mount {
                let got = shown(&got, 60);
                let refusal = Refusal::new(format!("expected no-new-privileges:true or none, got `{got}`"));
                let hint = format!("{UNCONFINED} is for who mounts, with {DEVICE} and SYS_ADMIN");
                let refusal = if got.starts_with("apparmor") { refusal.hinted(hint) } else { refusal };
                self.add(place, &field, refusal);
            }
        }
        if mounts(service) && !unconfined {
            let place = service.last("security_opt").map_or(service.place(), |said| said.place);
            let refusal = Refusal::new(format!("expected {UNCONFINED}, for it has {DEVICE} and SYS_ADMIN"));
            self.add(place, &field, refusal.hinted("where there is AppArmor, the engine's profile lets nobody mount"));
        }
    }

    /// A variable without a value would be that of whoever started wwchaos.
    fn environment(&mut self, service: &Service<'_>, field: &str) {
        let mut without = Vec::new();
        for said in service.all("environment") {
            let bare = said.node.items().into_iter().filter(|node| node.text().is_some_and(|text| !text.contains('=')));
            without.extend(bare.map(|node| (said.place.file, node.line(), node.text().unwrap_or_default())));
            let null = said.node.all().into_iter().filter(|entry| entry.node.is_null());
            without.extend(null.map(|entry| (said.place.file, entry.line, entry.name.to_owned())));
        }
        for (file, line, name) in without {
            let refusal =
                Refusal::new("expected a value: without one it is that of your own shell").hinted("\"\" for none");
            self.add(Place { file, line }, &format!("{field}.environment.{}", shown(&name, 60)), refusal);
        }
    }

    fn secrets(&mut self, service: &Service<'_>, field: &str) {
        for said in OPEN_TO_ALL.iter().flat_map(|key| service.all(key)) {
            self.shown_to_all(said, field);
        }
    }

    /// Refuses a secret in `said`, which everyone on the machine can read.
    pub(super) fn shown_to_all(&mut self, said: Said<'_>, field: &str) {
        let mut texts = Vec::new();
        scalars(said.node, &mut texts);
        let named: Vec<_> = texts.iter().flat_map(|text| names(text)).collect();
        if let Some(secret) = SECRETS.iter().find(|secret| named.contains(secret)) {
            let refusal =
                Refusal::new(format!("expected no secret, got {secret}: everyone on the machine can read this"));
            self.add(said.place, &format!("{field}.{}", said.name), refusal.hinted("environment can hold it"));
        }
    }
}

/// Every text in `node`, and the name of every entry.
fn scalars(node: Node<'_>, into: &mut Vec<String>) {
    into.extend(node.text());
    node.items().into_iter().for_each(|item| scalars(item, into));
    for entry in node.all() {
        into.push(entry.name.to_owned());
        scalars(entry.node, into);
    }
}
