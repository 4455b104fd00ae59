//! What a run does to its windows.

use serde::{Deserialize, Serialize};

use crate::clock::Stamp;

/// What happened to the injection of a window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "mark", rename_all = "snake_case")]
pub enum Mark {
    /// The target is known.
    Target {
        /// The service or volume.
        target: String,
    },
    /// The first inject step was issued.
    InjectIssued,
    /// The evidence was seen: the fault is there.
    EffectSeen {
        /// The evidence in its own words.
        detail: String,
        /// When the last look began that did not see it, or the first step was issued: the fault came no sooner. None
        /// in histories that do not tell.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        not_before: Option<Stamp>,
    },
    /// So was that of another fault of the window.
    AlsoSeen {
        /// Whom it hits.
        target: String,
        /// The evidence in its own words.
        detail: String,
    },
    /// Injecting failed or the evidence never came.
    Void {
        /// Why.
        why: String,
    },
    /// Just before healing, the fault was still there.
    StillThere {
        /// What showed it.
        detail: String,
    },
    /// Just before healing, the fault was no longer there, though nobody had healed it.
    EndedEarly {
        /// What was seen instead.
        why: String,
    },
    /// The first heal step was issued.
    HealIssued,
    /// The evidence is gone and the target serves again.
    HealConfirmed,
    /// Healing could not be confirmed.
    HealFailed {
        /// Why.
        why: String,
    },
    /// The target had been healed and did not run any more, and the harness started it, as whoever runs the cluster would.
    StartedAgain {
        /// The target.
        target: String,
    },
    /// There is nothing left to heal: the target is gone, or its whole cluster.
    Gone,
    /// Every service is ready, every role that has a primary has one, and the balancer keeps no node out.
    Restored {
        /// What was missing in the look before; none when nothing was, and in histories that do not tell.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        last: Option<String>,
    },
}
