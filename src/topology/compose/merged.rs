//! Compose files → what they say together, and which of them says it: a file is laid over those before it.
//!
//! Only what 1.29 and v2 of Compose do alike is relied on. Of a service a later file replaces single values, adds to
//! its ports, and replaces labels one by one by their name. What 1.29 replaces and v2 merges must stand as a whole where
//! it is said last: a service's place in a network, and a network or a volume of the file.

use super::LABEL;
use super::published::Published;
use crate::topology::yaml::{Entry, Node};

/// A line of one of the files.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// Which of the files.
    pub file: usize,
    /// The line in it; 0 for the file as a whole.
    pub line: usize,
}

/// What a file says of something that has a name.
#[derive(Clone, Copy)]
pub(super) struct Said<'a> {
    /// Its name.
    pub name: &'a str,
    /// Where it is said.
    pub place: Place,
    /// What is said.
    pub node: Node<'a>,
}

/// A service, as the files describe it one after the other.
pub(super) struct Service<'a> {
    /// Its name.
    pub name: &'a str,
    parts: Vec<Said<'a>>,
}

/// What all files say together.
pub(super) struct Merged<'a> {
    roots: Vec<Node<'a>>,
    /// Every service, in order.
    pub services: Vec<Service<'a>>,
    /// Every network as it is said last.
    pub networks: Vec<Said<'a>>,
    /// Every volume as it is said last.
    pub volumes: Vec<Said<'a>>,
    /// Everything that is said of networks.
    pub network_parts: Vec<Said<'a>>,
    /// Everything that is said of volumes.
    pub volume_parts: Vec<Said<'a>>,
}

impl<'a> Merged<'a> {
    /// The tops of the files, each laid over those before it.
    pub(super) fn new(roots: Vec<Node<'a>>) -> Self {
        let all = |key: &str| -> Vec<Said<'a>> {
            let entries = |(file, root): (usize, &Node<'a>)| {
                let entries = root.get(key).map(Node::all).unwrap_or_default();
                entries.into_iter().map(move |entry| Said::new(file, entry)).collect::<Vec<_>>()
            };
            roots.iter().enumerate().flat_map(entries).collect()
        };
        let (network_parts, volume_parts) = (all("networks"), all("volumes"));
        let (networks, volumes) = (last_of_each(network_parts.clone()), last_of_each(volume_parts.clone()));
        let mut services: Vec<Service<'a>> = Vec::new();
        for part in all("services") {
            match services.iter_mut().find(|service| service.name == part.name) {
                Some(service) => service.parts.push(part),
                None => services.push(Service { name: part.name, parts: vec![part] }),
            }
        }
        Self { roots, services, networks, volumes, network_parts, volume_parts }
    }

    /// The files, each as a whole.
    pub(super) fn tops(&self) -> Vec<Said<'a>> {
        let top = |(file, root): (usize, &Node<'a>)| Said { name: "", place: Place { file, line: 0 }, node: *root };
        self.roots.iter().enumerate().map(top).collect()
    }

    /// Where each file that has the entry `key` at its top begins it.
    fn places(&self, key: &str) -> Vec<Place> {
        let roots = self.roots.iter().enumerate();
        roots.filter_map(|(file, root)| Some(Place { file, line: root.entry(key)?.line })).collect()
    }

    /// Where the last file that has the table `key` begins it, or else the last file.
    pub(super) fn table(&self, key: &str) -> Place {
        self.places(key).pop().unwrap_or(Place { file: self.roots.len().saturating_sub(1), line: 0 })
    }
}

impl<'a> Said<'a> {
    fn new(file: usize, entry: Entry<'a>) -> Self {
        Self { name: entry.name, place: Place { file, line: entry.line }, node: entry.node }
    }

    /// What it says of `key`.
    pub(super) fn of(self, key: &str) -> Option<Said<'a>> {
        self.node.entry(key).map(|entry| Said::new(self.place.file, entry))
    }

    /// The run's label as it is written here, in a mapping or in a list.
    pub(super) fn label(self) -> Option<String> {
        let labels = self.node.get("labels")?;
        let listed = || {
            let texts = labels.items().into_iter().filter_map(Node::text);
            texts.into_iter().find_map(|text| text.strip_prefix(LABEL)?.strip_prefix('=').map(str::to_owned))
        };
        labels.get(LABEL).and_then(Node::text).or_else(listed)
    }
}

impl<'a> Service<'a> {
    /// Where it is said first.
    pub(super) fn place(&self) -> Place {
        self.parts[0].place
    }

    /// What each file says of it.
    pub(super) fn parts(&self) -> &[Said<'a>] {
        &self.parts
    }

    /// What each file that speaks of `key` says of it.
    pub(super) fn all(&self, key: &str) -> Vec<Said<'a>> {
        self.parts.iter().filter_map(|part| part.of(key)).collect()
    }

    /// The scalar `key` in each file that has it.
    pub(super) fn texts(&self, key: &str) -> Vec<(Place, String)> {
        self.all(key).into_iter().filter_map(|said| Some((said.place, said.node.text()?))).collect()
    }

    /// What the last file that speaks of `key` says of it.
    pub(super) fn last(&self, key: &str) -> Option<Said<'a>> {
        self.parts.iter().rev().find_map(|part| part.of(key))
    }

    /// The scalar `key` as it is said last.
    pub(super) fn text(&self, key: &str) -> Option<(Place, String)> {
        self.last(key).and_then(|said| Some((said.place, said.node.text()?)))
    }

    /// The items of the list `key` of every file, to which each adds, with their places. A single one is a list too.
    pub(super) fn items(&self, key: &str) -> Vec<(Place, Node<'a>)> {
        let lists = self.parts.iter().filter_map(|part| part.of(key));
        let items = lists.flat_map(|list| {
            let items = if list.node.text().is_some() { vec![list.node] } else { list.node.items() };
            items.into_iter().map(move |node| (Place { file: list.place.file, line: node.line() }, node))
        });
        items.collect()
    }

    /// Everything that is published, with its place.
    pub(super) fn ports(&self) -> Vec<(Place, Published)> {
        self.items("ports").into_iter().map(|(place, node)| (place, Published::read(node))).collect()
    }

    /// Names of the networks that it is in.
    pub(super) fn networks(&self) -> Vec<String> {
        let tables = self.all("networks");
        let names = tables.iter().flat_map(|table| {
            let listed = table.node.items().into_iter().filter_map(Node::text);
            listed.chain(table.node.all().into_iter().map(|entry| entry.name.to_owned())).collect::<Vec<_>>()
        });
        names.collect()
    }

    /// The networks in which it has an address, with that.
    pub(super) fn addresses(&self) -> Vec<(&'a str, String)> {
        let tables = self.parts.iter().filter_map(|part| part.of("networks"));
        let networks = tables
            .flat_map(|table| table.node.all().into_iter().map(move |network| Said::new(table.place.file, network)));
        let networks = last_of_each(networks.collect());
        let address = |network: &Said<'a>| Some((network.name, network.node.get("ipv4_address")?.text()?));
        networks.iter().filter_map(address).collect()
    }

    /// The run's label as it is said last, with the place of the service in that file.
    pub(super) fn label(&self) -> Option<(Place, String)> {
        self.parts.iter().rev().find_map(|part| Some((part.place, part.label()?)))
    }
}

/// Each name once, as it is said last, in the order in which the names are first said.
fn last_of_each(all: Vec<Said<'_>>) -> Vec<Said<'_>> {
    let mut last: Vec<Said<'_>> = Vec::new();
    for said in all {
        match last.iter_mut().find(|other| other.name == said.name) {
            Some(other) => *other = said,
            None => last.push(said),
        }
    }
    last
}
