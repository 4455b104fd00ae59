//! What a reader of the table of windows must know, in sentences.

use super::run::{
    detection_legend, loss_caveat, offered_text, probe_setting_text, spending_text, started_again, stores_text,
};
use super::rush::{alarms_text, rush_texts};
use super::timings::timing_texts;
use super::{bound_legend, predictions};
use crate::quantity::length;
use crate::report::Report;

/// Voids, heals, stand-ins, predictions, how probes asked, what looking cost, what "lost" does not say, what was not offered.
pub fn notes(report: &Report) -> Vec<String> {
    let figures = &report.figures;
    let mut notes = Vec::new();
    for window in &figures.windows {
        notes.extend(window.void.as_ref().map(|why| format!("{} is void: {why}.", window.title)));
        if !window.already_out.is_empty() {
            let out = window.already_out.join(", ");
            notes.push(format!("{} met a cluster that was not whole; called down before it: {out}.", window.title));
        }
        // What may still be there is listed by itself.
        let healed = window.heal_failed.as_ref().filter(|_| window.timeline.healed.is_some());
        notes.extend(started_again(window).map(|text| format!("{}: {text}.", window.title)));
        notes.extend(healed.map(|why| format!("{} was not healed for certain: {why}.", window.title)));
    }
    notes.extend(report.setup.stand_ins.iter().map(|text| format!("Stand-in: {text}.")));
    notes.extend(report.plan.configured.iter().map(|one| {
        let (time, role, setting) = (length(one.time), &one.role, &one.setting);
        format!("Of every failover of {role}, at least {time} are configured ({setting}) and not measured.")
    }));
    let predicted = predictions(report).into_iter();
    notes.extend(predicted.map(|(title, predicted)| format!("Predicted detection of {title}: {predicted}.")));
    if figures.windows.is_empty() {
        notes.push("No fault was injected.".to_owned());
    }
    let probes: Vec<_> = figures.probes.iter().map(probe_setting_text).collect();
    if !probes.is_empty() {
        notes.push(format!("Probes ask for {}.", probes.join("; ")));
    }
    notes.extend(spending_text(report).map(|text| format!("Looking cost {text}.")));
    notes.extend([detection_legend(report), bound_legend(report), loss_caveat(report)].into_iter().flatten());
    notes.extend(rush_texts(report));
    notes.extend([alarms_text(report), stores_text(report)].into_iter().flatten());
    notes.extend(timing_texts(&figures.timings));
    let requests = &figures.requests;
    notes.extend((requests.not_offered > 0 || requests.late > 0).then(|| offered_text(requests)));
    notes
}
