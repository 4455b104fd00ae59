//! What others wrote in a fact, as it comes in: bounded, in one line, without the run's secrets. The one place through which
//! every fact goes that is recorded.

use super::{Fact, Mark};
use crate::foreign::{Secrets, line, plain};

/// Longest text that is kept of what others wrote, in characters.
pub const TEXT_MAX: usize = 1000;
/// Most answers that are kept of what one page shows.
pub const ANSWERS_MAX: usize = 200;

impl Fact {
    /// Leaves of what others wrote what may be kept.
    pub(super) fn tamed(&mut self, secrets: &Secrets) {
        match self {
            // Several lines, and as long as the largest file that is read out of a container.
            Self::Configuration { text, .. } => *text = plain(&secrets.hide(text)).into_owned(),
            Self::Request(request) => {
                if let Some(shown) = &mut request.shown {
                    shown.answers.truncate(ANSWERS_MAX);
                }
                self.each_text(|text| tame(text, secrets));
            }
            _ => self.each_text(|text| tame(text, secrets)),
        }
    }

    /// Hands every text of others to `each`.
    fn each_text(&mut self, mut each: impl FnMut(&mut String)) {
        match self {
            Self::Request(request) => {
                let submission = request.submission.as_mut().map(|submission| &mut submission.version);
                let texts = [request.node.as_mut(), request.sample.as_mut(), submission];
                texts.into_iter().flatten().for_each(&mut each);
                if let Some(shown) = &mut request.shown {
                    each(&mut shown.version);
                    shown.answers.iter_mut().for_each(|(_, answer)| each(answer));
                }
            }
            Self::Probe(probe) => probe.node.iter_mut().for_each(each),
            Self::Stored(answer) => {
                [&mut answer.student, &mut answer.version, &mut answer.token].into_iter().for_each(each);
            }
            Self::Window { mark, .. } => mark.text().into_iter().for_each(each),
            Self::Detector { service, detail, .. } => [service, detail].into_iter().for_each(each),
            Self::LoadEnded { why, .. }
            | Self::DetectorRead { failed: why, .. }
            | Self::AuditRead { failed: why, .. } => why.iter_mut().for_each(each),
            Self::OomKill { command, .. } => each(command),
            Self::Stopped { why } => each(why),
            Self::Unmeasured { what, why } => [what, why].into_iter().for_each(each),
            Self::Configuration { text, .. } => each(text),
            // Names of the plan and of the topology, and numbers.
            Self::Origin { .. }
            | Self::LoadStarted { .. }
            | Self::NotOffered { .. }
            | Self::ProbeRate { .. }
            | Self::Primary { .. }
            | Self::Position { .. }
            | Self::OomCount { .. }
            | Self::Memory { .. }
            | Self::Cpu { .. }
            | Self::InHand { .. }
            | Self::Waiting { .. }
            | Self::Statements { .. }
            | Self::PageTime { .. }
            | Self::VolumeTime { .. }
            | Self::Level { .. }
            | Self::Container { .. }
            | Self::Clock { .. }
            | Self::Spent { .. }
            | Self::IdleDaemons { .. }
            | Self::Timed(..)
            | Self::Interrupted => {}
        }
    }
}

impl Mark {
    /// What others wrote in it.
    fn text(&mut self) -> Option<&mut String> {
        match self {
            Self::EffectSeen { detail, .. } | Self::AlsoSeen { detail, .. } | Self::StillThere { detail } => {
                Some(detail)
            }
            Self::Void { why } | Self::EndedEarly { why } | Self::HealFailed { why } => Some(why),
            Self::Restored { last } => last.as_mut(),
            Self::Target { .. }
            | Self::InjectIssued
            | Self::HealIssued
            | Self::HealConfirmed
            | Self::StartedAgain { .. }
            | Self::Gone => None,
        }
    }
}

fn tame(text: &mut String, secrets: &Secrets) {
    let hidden = secrets.hide(text);
    let tamed = line(&hidden, TEXT_MAX);
    if *tamed != **text {
        *text = tamed.into_owned();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_wrote_is_bounded_and_holds_no_secret() {
        let secrets = Secrets::new(["Xy12Xy12Xy12Xy12".to_owned()]);
        let long = format!("\x1b]0;x\x07 -pXy12Xy12Xy12Xy12\nsecond line {}", "x".repeat(1 << 20));
        let tamed = |mut fact: Fact| {
            fact.tamed(&secrets);
            let written = serde_json::to_string(&fact).unwrap();
            assert!(
                written.len() < 2 * TEXT_MAX && !written.contains("Xy12") && !written.contains("\\u001b"),
                "{written}"
            );
            written
        };
        let (detector, service) = ("balancer".to_owned(), "web1".to_owned());
        let said = tamed(Fact::Detector { detector, service, up: Some(false), detail: long.clone(), not_before: None });
        assert!(said.contains(r#""detail":"�]0;x� -p[removed] second line xxx"#), "{said}");
        tamed(Fact::Window { window: 0, mark: Mark::Void { why: long.clone() } });
        tamed(Fact::AuditRead { source: crate::history::AuditSource::AnswerLog, rows: 0, failed: Some(long.clone()) });
        tamed(Fact::Unmeasured { what: "x".to_owned(), why: long });
    }
}
