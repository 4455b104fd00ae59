//! What each figure means, in a sentence or two. Formats link to these by `id`.

use crate::check::Judgement;

/// What a figure means.
#[derive(Debug)]
pub struct Definition {
    /// The anchor.
    pub id: &'static str,
    /// The figure's name.
    pub term: &'static str,
    /// What it means.
    pub text: &'static str,
}

/// The definition with this anchor.
pub fn definition(id: &str) -> Option<&'static Definition> {
    DEFINITIONS.iter().chain(super::CAPACITY_DEFINITIONS).find(|definition| definition.id == id)
}

/// All definitions, in the order of the report.
pub const DEFINITIONS: &[Definition] = &[
    Definition {
        id: "window",
        term: "Window",
        text: "A fault on the time line, from the first step that injects it to the first step that heals it. Its \
               figures belong to requests and probes that overlap it. A window is void when the fault was never seen \
               to take hold; then it says nothing.",
    },
    Definition {
        id: "error-rate",
        term: "Error rate",
        text: "Failed first tries over all first tries of students whose time from intended send to end overlaps the \
               window. Probes do not count; retries are counted apart. A page is judged by its content: a 200 that \
               says \"score was NOT recorded\" is a failure. After heal: of first tries that began and ended \
               between the command to heal and the next window.",
    },
    Definition {
        id: "students",
        term: "Students hit",
        text: "Students with at least one failed request in the window, over all students who sent anything in it.",
    },
    Definition {
        id: "failover",
        term: "Failover time",
        text: "From the moment the fault was seen to be there to the intended time of the first probe that begins an \
               unbroken run of successes on that path, of at least 3 s and at least 2 probes per serving node, begun \
               before heal is issued. No failed probe: no outage at this resolution and limit. A run that begins only \
               after heal: did not fail over. It is true to the time between two probes, to how late the last of them was \
               sent, and to how long before that moment the fault may have come. The share of failed probes stands beside it, because half of the probes \
               failing under round robin is an outage too; and that of the probes after it, where any failed, because what came \
               back may fail again.",
    },
    Definition {
        id: "probe",
        term: "Probe",
        text: "A signed-in page, or a write, asked for at a fixed rate whatever the answer. It fails when the right \
               page is not complete within the limit from its intended send time. No figure is finer than the time \
               between two probes.",
    },
    Definition {
        id: "detection",
        term: "Time to detect",
        text: "From the moment the fault was seen to be there to the verdict \"down\" of the detector that is \
               responsible for the target, by name. True to how long before it was heard the verdict may have been given; \
               of a log that is followed, that is not known. Never: it is responsible and kept silent until heal. Flaps are \
               further changes of mind before heal. All nodes out: how long one detector said of every node that students \
               reach that it is down, which with one node hit says that its check took sound ones away as well.",
    },
    Definition {
        id: "prediction",
        term: "Predicted time to detect",
        text: "What the configuration of the responsible detector, read from its container when the run began, lets one \
               expect: a range, for it depends on the moment between two checks. A measured time outside of it by more \
               than what it is true to (100 ms where that is not known) and 10 % is noted. Not modelled: the settings are not among those for which the formula was \
               measured.",
    },
    Definition {
        id: "answers",
        term: "Answers",
        text: "Graded submissions, each with a unique token for every answer. Acknowledged: the final page said that it \
               was recorded. Refused: a page said that it was not. Indeterminate: time-out, reset, 500, 502, 504, cut \
               page; never counted as lost. Lost: acknowledged, and missing after heal. Torn: part of one submission is \
               stored. Phantom: refused or never sent, and found. Duplicated: found more than once. Beside 0 lost of n \
               stands the upper bound of the true share at 95 % confidence, 3/n.",
    },
    Definition {
        id: "log-lines",
        term: "Log lines lost",
        text: "Lines of answer.log on the shared volume that acknowledged submissions should have left and that are \
               missing. Scores do not depend on this file; appeals do.",
    },
    Definition {
        id: "false-alarm",
        term: "False alarm",
        text: "A detector called a node down while no fault was active: not between the first step that injects one and \
               the moment at which the cluster was whole again. A verdict about another node than the target while a fault \
               is active is none, for that node may well fail with it. All nodes out: one detector said of every node that \
               students reach that it is down.",
    },
    Definition {
        id: "rush",
        term: "Rush",
        text: "Students beside the class who open the test and ask for it again and again without thinking. It is load and \
               no fault. Their requests are counted apart; what the class met meanwhile stands in the rush's row, and in no \
               window.",
    },
    Definition {
        id: "blind",
        term: "Blind time",
        text: "Sum of the 100 ms buckets in which a probe or student request that later counts as failed was in flight \
               while every health check said up. It is a lower bound when the failure was never detected, and not \
               measured when a detector could not be read that is in no service which is hit.",
    },
    Definition {
        id: "availability",
        term: "Unavailable, degraded, weighted",
        text: "Time in which no entry probe succeeded; in which some failed and some succeeded; and time weighted by \
               the share of failed probes. In buckets of 100 ms, or as long as it takes to ask each node once.",
    },
    Definition {
        id: "recovery",
        term: "Recovery",
        text: "The first moment followed by 5 s in which error rate and 95th percentile are within the baseline's 99 % \
               band, once the service had left it in 5 s that begin before the fault was seen gone; one that leaves it \
               later left it for another reason, which is told as unavailable and degraded time. Metastable: not \
               reached within the longer of 30 s and twice the window after heal, with the offered load back at the \
               baseline's.",
    },
    Definition {
        id: "gap",
        term: "Worst gap",
        text: "Longest time from a student's first request that failed to that student's next success, over the \
               students with an error in the window. It may reach beyond the window.",
    },
    Definition {
        id: "redundancy",
        term: "Without redundancy",
        text: "Time with one node or replica fewer to rely on than planned, from effect to restored; none for a fault \
               that leaves all of them.",
    },
    Definition {
        id: "capacity-restored",
        term: "Capacity restored",
        text: "From effect until a balancer that had counted fewer web nodes than at the injection counts as many again: the \
               lost one, or another that takes its place, is up. Looked for until heal, which would bring the node back.",
    },
    Definition {
        id: "latency",
        term: "Time to a page",
        text: "From the time the student meant to send until the last byte, successes only. The raw figure counts from \
               the time it was really sent.",
    },
    Definition {
        id: "served",
        term: "Requests per node",
        text: "Requests of students by the node that the answer names, whatever came of them. A request that hung, or whose \
               error page the balancer made, names none.",
    },
    Definition {
        id: "in-hand",
        term: "Requests in hand",
        text: "Requests that the balancer had given to a node and that were not over, and those that waited for it, as it said \
               once a second. Those that a frozen node has stay until the balancer's own limit of time ends them.",
    },
    Definition {
        id: "processors",
        term: "Processors",
        text: "Processor time that the kernel accounted to the container, over what it may use, by interval. At its limit a \
               container is held back: pages wait for it, whatever else is idle.",
    },
    Definition {
        id: "primary",
        term: "Who accepted writes",
        text: "Which services of a role with a primary said that they accept writes, asked twice a second. One that does not \
               answer within a second does not accept them. Two at once would be a split brain.",
    },
    Definition {
        id: "behind",
        term: "Replication",
        text: "Transactions that a database had not applied while another had: what a promotion at that moment would lose.",
    },
    Definition {
        id: "resources",
        term: "Memory and disk",
        text: "Memory charged to the container over its limit, as the kernel counts it, and the used share of the volume's \
               file system; asked about once a second.",
    },
    Definition {
        id: "offered",
        term: "Load not offered",
        text: "Actions of the plan that were never sent, and requests that the load generator sent more than 250 ms \
               late though the student was free to send them. A harness that cannot keep up hides errors.",
    },
    Definition {
        id: "spread",
        term: "Median and range",
        text: "The same window in every sitting of the class. The median is the nearest rank, so it was measured; an \
               outage that did not end is longer than any that did, and a detector that never spoke slower than any \
               that did. Void windows and figures that were not measured are left out. Answers are summed.",
    },
    Definition {
        id: "looking",
        term: "Cost of looking",
        text: "Processor time that the kernel accounted over the class's time, as shares of one processor: to the \
               harness (probes, watchers, history), to the class (the students), and to Docker's daemons beyond what \
               they used on the idle cluster. Not measured where the daemons cannot be read.",
    },
    Definition {
        id: "timeline",
        term: "Stamps",
        text: "inject: the first step was issued. effect: the fault was seen to be there; it came at some moment since the \
               last look that did not see it. first error: intended time of \
               the first failed student request or entry probe. detect: the responsible detector said down. promoted: \
               another service of the target's role began to accept writes. route: \
               the run of successes began that ends the outage. recover: see recovery. heal: the first heal step was \
               issued. healed: the fault was seen to be gone and the target to serve. restored: every service was \
               ready, every role that has a primary had one, and the balancer kept no node out.",
    },
    Definition {
        id: "verdict",
        term: "Verdict",
        text: "Pass: every expectation was met. Fail: at least one was violated. Unknown: at least one could not be \
               judged and none was violated. When the baseline does not meet the expectations by itself, windows are \
               unknown whatever they measured; lost answers fail all the same.",
    },
];

/// What a verdict means to somebody who has never seen one.
pub fn verdict_meaning(judgement: Judgement) -> &'static str {
    match judgement {
        Judgement::Pass | Judgement::Note => "Every expectation of the scenario was met.",
        Judgement::Unknown => {
            "This run proves neither good nor bad: not every expectation of the scenario could be judged."
        }
        Judgement::Fail => {
            "At least one expectation of the scenario was not met; below stands what was found, and what to change where that can be said."
        }
    }
}

/// What an error class means to somebody who has never seen one.
pub fn class_meaning(class: &str) -> &'static str {
    match class {
        "refused" => "nobody listened there",
        "reset" => "the connection was closed without an answer",
        "unreachable" => "no route, or no connection in time",
        "timeout" => "not complete within the limit",
        "abandoned" => "the student's patience ended first",
        "load generator" => "the machine that sends had no port, file or memory for it: says nothing of the service",
        "dns" => "the name could not be resolved",
        "cut body" => "the page ended before it was complete",
        "oversized page" => {
            "the page, or the head of the answer, was longer than any of WeBWorK's is, and was not read to its end"
        }
        "session lost" => "the login form came instead of the page",
        "login refused" => "the login form said that name or password are wrong",
        "software error page" => "WeBWorK's own error text, often with status 200",
        "start failed" => "no test version could be made",
        "no versions left" => "no more versions of the test may be started",
        "not open" => "the page says that the test is not open yet, or not any more",
        "not assigned" => "the page says that test, version or problem is not this student's",
        "out of time" => "the time limit of the test was over",
        "no attempts left" => "all graded attempts were used up",
        "test over" => "the test may not be submitted any more, and the page does not say why",
        "not recorded" => "the page says that the score was not recorded",
        "attempt not accepted" => "homework was answered from a page older than the last attempt",
        "two-factor page" => "a two-factor page came, and there was no code to enter",
        "code refused" => "a two-factor code was not accepted",
        "course missing" => "the course's folder could not be read",
        "unforeseen page" => "a page that no known text explains",
        "500" => "the app failed",
        "502" => "the balancer got no valid answer from the node",
        "503" => "the balancer had no node to ask",
        "504" => "the balancer waited for the node in vain",
        _ => "an HTTP status that is an error",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anchors_are_unique() {
        let all: Vec<_> = DEFINITIONS.iter().chain(super::super::CAPACITY_DEFINITIONS).collect();
        for (index, one) in all.iter().enumerate() {
            assert!(all[..index].iter().all(|other| other.id != one.id), "{}", one.id);
        }
    }
}
