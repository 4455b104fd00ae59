//! Corosync's and pacemaker's configuration → how soon the cluster says that a node is lost.
//!
//! *Unreachable* and *silent* are the same to corosync, which runs on the node and is gone with it: the token is missed
//! after its time-out, and the others agree on a membership without the node after `consensus`. The token goes round all
//! the time, with a rest of up to [`HOLD`] on an idle ring, and the time-out runs from its last arrival:
//!
//! ```text
//! from token + consensus - hold   to token + consensus + work
//! ```
//!
//! [`WORK`] is what the members then need to agree and pacemaker to say so. It is in no configuration but was measured, and
//! depends on the processors that they may use.
//!
//! This was held against one cluster, with [`MEASURED`]; other times are not modelled, and the reason says what the formula
//! would give.
//!
//! *Refused*: the node is a member still. A monitor has to fail, and the node has to be fenced, before it is lost; how
//! long agent and fence device take is in no configuration, so this is not modelled. Measured for one cluster of three
//! nodes: `compose/README.md`.

use std::time::Duration;

use super::corosync::Totem;
use super::{Failure, Prediction, cib};

/// `hold`: the token's rest on an idle ring, corosync.conf(5).
const HOLD: Duration = Duration::from_millis(180);

/// The longest that members needed beyond the formula, in 20 windows, rounded up: 0.94 s.
const WORK: Duration = Duration::from_secs(1);
/// The token's time-out and the time for agreement with which the formula was measured.
const MEASURED: (Duration, Duration) = (Duration::from_millis(1650), Duration::from_millis(1980));

/// How soon the cluster says that a node is lost.
pub fn predict(corosync: &str, cib: Option<&str>, failure: Failure) -> Prediction {
    let totem = match Totem::read(corosync) {
        Ok(totem) => totem,
        Err(why) => return Prediction::not_modelled(format!("corosync.conf: {why}")),
    };
    if totem.nodes == 0 {
        return Prediction::not_modelled("corosync.conf has no nodelist");
    }
    let times = (totem.timeout(), totem.agreement());
    let [token, consensus] = [times.0, times.1].map(|time| time.as_millis());
    let lost = times.0.saturating_add(times.1);
    match failure {
        Failure::Unreachable | Failure::Silent if times == MEASURED => Prediction::Within {
            from: lost.saturating_sub(HOLD),
            to: lost + WORK,
            settings: format!(
                "token {token} ms with {} nodes, consensus {consensus} ms, and up to 1 s of work",
                totem.nodes
            ),
        },
        Failure::Unreachable | Failure::Silent => Prediction::not_modelled(format!(
            "a token time-out of {token} ms with consensus after {consensus} ms was not measured; by corosync.conf(5) a \
             node would be lost after {} ms",
            lost.as_millis()
        )),
        Failure::Refused => Prediction::not_modelled(refused(cib)),
    }
}

/// Why nothing is predicted of a server that has ended.
fn refused(cib: Option<&str>) -> String {
    match cib.map(cib::monitor) {
        None => "what notices a crashed server is in cib.xml, which is not named".to_owned(),
        Some(Err(why)) => format!("cib.xml: {why}"),
        Some(Ok(None)) => "cib.xml has no monitor that would notice a crashed server".to_owned(),
        Some(Ok(Some(monitor))) if monitor.on_fail == "fence" => format!(
            "a monitor every {} notices a crashed server and has its node fenced, and how long agent and fence device \
             take is in no configuration",
            monitor.interval
        ),
        Some(Ok(Some(monitor))) => format!(
            "a monitor every {} notices a crashed server, and on-fail={} need not make the node leave",
            monitor.interval, monitor.on_fail
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COROSYNC: &str = include_str!("../../compose/images/db/etc/corosync.conf");
    const CIB: &str = include_str!("../../compose/images/db/etc/cib.xml");

    #[test]
    fn what_the_database_image_ships() {
        let settings = "token 1650 ms with 3 nodes, consensus 1980 ms, and up to 1 s of work".to_owned();
        let (from, to) = (Duration::from_millis(3450), Duration::from_millis(4630));
        let within = Prediction::Within { from, to, settings };
        assert_eq!(predict(COROSYNC, Some(CIB), Failure::Unreachable), within);
        assert_eq!(predict(COROSYNC, None, Failure::Silent), within);
    }

    #[test]
    fn what_was_not_measured_says_what_the_manual_says() {
        let Prediction::NotModelled { why } = predict("nodelist {\nnode {\n}\nnode {\n}\n}\n", None, Failure::Silent)
        else {
            panic!("modelled")
        };
        insta::assert_snapshot!(why, @"a token time-out of 3000 ms with consensus after 3600 ms was not measured; by corosync.conf(5) a node would be lost after 6600 ms");
        assert!(matches!(predict("", None, Failure::Silent), Prediction::NotModelled { .. }));
    }

    #[test]
    fn a_crashed_server_is_not_modelled_and_the_reason_names_the_monitor() {
        let why = |cib: Option<&str>| match predict(COROSYNC, cib, Failure::Refused) {
            Prediction::NotModelled { why } => why,
            other => panic!("{other:?}"),
        };
        insta::assert_snapshot!(why(Some(CIB)), @"a monitor every 3s notices a crashed server and has its node fenced, and how long agent and fence device take is in no configuration");
        insta::assert_snapshot!(why(Some("<cib><primitive><op name=\"monitor\" interval=\"9\"/></primitive></cib>")), @"a monitor every 9 notices a crashed server, and on-fail=restart need not make the node leave");
        insta::assert_snapshot!(why(None), @"what notices a crashed server is in cib.xml, which is not named");
        insta::assert_snapshot!(why(Some("<cib/>")), @"cib.xml has no monitor that would notice a crashed server");
    }
}
