//! `corosync.conf` → how long a node that is gone stays a member: corosync.conf(5).

use std::time::Duration;

/// What the totem section says, and how many nodes there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Totem {
    /// `token`, 3000 ms where none is written.
    pub token: Duration,
    /// `token_coefficient`, 650 ms where none is written.
    pub coefficient: Duration,
    /// `consensus`, where it is written.
    pub consensus: Option<Duration>,
    /// Nodes in the node list.
    pub nodes: u32,
}

impl Totem {
    /// Reads a configuration.
    pub fn read(text: &str) -> Result<Self, String> {
        let mut totem = Self { token: ms(3000), coefficient: ms(650), consensus: None, nodes: 0 };
        let mut open: Vec<&str> = Vec::new();
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            if let Some(name) = line.strip_suffix('{') {
                open.push(name.trim());
                totem.nodes = totem.nodes.saturating_add(u32::from(open == ["nodelist", "node"]));
            } else if line == "}" {
                open.pop().ok_or("a `}` without its `{`")?;
            } else if let (["totem"], Some((key, value))) = (open.as_slice(), line.split_once(':')) {
                let time =
                    || value.trim().parse().map(ms).map_err(|_| format!("`{line}` is no number of milliseconds"));
                match key.trim() {
                    "token" => totem.token = time()?,
                    "token_coefficient" => totem.coefficient = time()?,
                    "consensus" => totem.consensus = Some(time()?),
                    _ => {}
                }
            }
        }
        if open.is_empty() { Ok(totem) } else { Err(format!("`{} {{` is not closed", open.join(" { "))) }
    }

    /// The token's time-out as it is in effect: with more than two nodes longer by the coefficient for each further one.
    pub fn timeout(&self) -> Duration {
        self.token.saturating_add(self.coefficient.saturating_mul(self.nodes.saturating_sub(2)))
    }

    /// How long the others then wait for agreement: 1.2 times the token's time-out, where it is not written.
    pub fn agreement(&self) -> Duration {
        self.consensus.unwrap_or_else(|| self.timeout().saturating_mul(6) / 5)
    }
}

fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, timeout: u64, agreement: u64) {
        let totem = Totem::read(text).unwrap();
        assert_eq!((totem.timeout(), totem.agreement()), (ms(timeout), ms(agreement)), "{text}");
    }

    #[test]
    fn each_node_beyond_the_second_adds_the_coefficient() {
        let nodes = |count| format!("nodelist {{\n{}}}\n", "node {\n  name: x\n}\n".repeat(count));
        check(&nodes(2), 3000, 3600);
        check(&format!("totem {{\n  token: 1000 \n  interface {{\n token: 5\n }}\n}}\n{}", nodes(3)), 1650, 1980);
        check(
            &format!("totem {{\n token: 1000\n token_coefficient: 0\n consensus: 2000\n}}\n{}", nodes(3)),
            1000,
            2000,
        );
        check("# no totem at all\n", 3000, 3600);
    }

    #[test]
    fn what_is_wrong_is_said() {
        assert_eq!(Totem::read("totem {\n token: fast\n}").unwrap_err(), "`token: fast` is no number of milliseconds");
        assert_eq!(Totem::read("totem {\n").unwrap_err(), "`totem {` is not closed");
        assert_eq!(Totem::read("}\n").unwrap_err(), "a `}` without its `{`");
    }
}
