//! Whether the service came back when the fault was gone. One that did not, although the fault was healed and the load was
//! no higher than before, keeps itself sick: that is worth a note whatever is expected.

use super::{About, Check, Found, Judgement, Subject};
use crate::measure::Recovery;

/// Notes a metastable window.
pub const CHECK: Check = Check {
    name: "recovery",
    judges: "whether the service came back after the fault was healed",
    about: About::Service,
    expects: None,
    judge,
};

fn judge(subject: &Subject<'_>) -> Option<Found> {
    let window = subject.window()?;
    (window.recovery == Recovery::Metastable).then(|| {
        let found =
            "metastable: long after heal, with no more load than before the fault, it was not as good as before";
        Found::new(Judgement::Note, "nothing expected", found)
    })
}
