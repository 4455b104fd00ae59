//! A port that a service publishes.

use super::variable::plain;
use crate::topology::yaml::Node;

/// A published port.
pub(super) struct Published {
    /// The address on this machine; empty when none is written.
    pub address: String,
    /// The port on this machine.
    pub host: String,
    /// The port in the container.
    pub inside: String,
    /// All of it as written.
    pub written: String,
}

impl Published {
    /// Both forms: `address:host:inside/protocol`, and a mapping.
    pub(super) fn read(node: Node<'_>) -> Self {
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

    /// Whether it is published on this machine alone.
    pub(super) fn is_local(&self) -> bool {
        self.address == "127.0.0.1"
    }
}

#[cfg(test)]
mod tests {
    use super::super::ENTRY_PORT;
    use super::*;
    use crate::topology::yaml;

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
