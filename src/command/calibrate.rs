//! `calibrate`: the measurement held against outages of known length.

use anyhow::Result;

use super::progress::{Manner, Progress};
use super::say;
use crate::calibrate::{Order, calibrate as conduct, text};
use crate::cli::{Known, Stop};
use crate::exit;

/// Makes the outages that `known` asks for, and prints by how much the measurement was off.
pub async fn calibrate(known: Known, json: bool, stop: Stop) -> Result<u8> {
    let Known { outages, longest, students, seed } = known;
    let seed = seed.unwrap_or_else(|| u64::from(rand::random::<u32>()));
    let order = Order { outages: usize::try_from(outages)?, longest, students, seed };
    let progress = Progress::new(Manner::usual());
    let ended = tokio::select! {
        // What it has started ends with it: there is nothing to heal.
        () = stop.first.cancelled() => None,
        ended = conduct(order, |what| progress.say(what)) => Some(ended),
    };
    progress.end();
    let Some(ended) = ended else {
        say::err("wwchaos: interrupted; nothing was left behind\n");
        return Ok(exit::INTERRUPTED);
    };
    let calibration = ended?;
    if json {
        say::out(format_args!("{}\n", serde_json::to_string_pretty(&calibration)?));
    } else {
        say::out(text(&calibration));
    }
    Ok(if calibration.met { exit::PASS } else { exit::FAIL })
}
