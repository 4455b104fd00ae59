//! Pacemaker's configuration → how it looks after the resource whose primary matters: the monitor of the promoted role,
//! or else the first one.

use roxmltree::{Document, Node};

/// A recurring monitor, in the configuration's own words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Monitor {
    /// Time between two looks.
    pub interval: String,
    /// Time that one look may take.
    pub timeout: String,
    /// What follows when it fails: `fence`, or `restart` where nothing is written.
    pub on_fail: String,
}

/// The monitor that notices that a primary's server has ended; none when there is none.
pub fn monitor(text: &str) -> Result<Option<Monitor>, String> {
    let document = Document::parse(text).map_err(|error| error.to_string())?;
    let recurs = |op: &Node<'_, '_>| !matches!(op.attribute("interval"), None | Some("0" | "0s"));
    let resource = |op: &Node<'_, '_>| {
        op.ancestors()
            .find(|one| one.has_tag_name("primitive"))
            .is_some_and(|one| one.attribute("class") != Some("stonith"))
    };
    let monitors = || {
        let ops =
            document.descendants().filter(|one| one.has_tag_name("op") && one.attribute("name") == Some("monitor"));
        ops.filter(recurs).filter(resource)
    };
    // `Master` is what pacemaker before 2.1 calls the promoted role.
    let promoted = monitors().find(|op| matches!(op.attribute("role"), Some("Promoted" | "Master")));
    let own = |op: Node<'_, '_>, name, default: &str| op.attribute(name).unwrap_or(default).to_owned();
    Ok(promoted.or_else(|| monitors().next()).map(|op| Monitor {
        interval: own(op, "interval", ""),
        timeout: own(op, "timeout", "20s"),
        on_fail: own(op, "on-fail", "restart"),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(ops: &str) -> Option<[String; 3]> {
        let text = format!(
            "<cib><primitive class=\"stonith\"><op name=\"monitor\" interval=\"60s\"/></primitive>\
                            <primitive class=\"ocf\"><operations>{ops}</operations></primitive></cib>"
        );
        monitor(&text).unwrap().map(|one| [one.interval, one.timeout, one.on_fail])
    }

    #[test]
    fn the_monitor_of_the_promoted_role_counts() {
        let both = "<op name=\"monitor\" role=\"Unpromoted\" interval=\"5s\"/><op name=\"start\" interval=\"0\"/>\
                    <op name=\"monitor\" role=\"Promoted\" interval=\"3s\" timeout=\"10s\" on-fail=\"fence\"/>";
        assert_eq!(found(both), Some(["3s", "10s", "fence"].map(str::to_owned)));
        assert_eq!(found("<op name=\"monitor\" interval=\"9\"/>"), Some(["9", "20s", "restart"].map(str::to_owned)));
        assert_eq!(found("<op name=\"monitor\" interval=\"0\"/>"), None);
        assert!(monitor("<cib>").is_err());
    }
}
