//! `haproxy.cfg` → how soon HAProxy's health checks take a server out.
//!
//! A check begins `inter` after the end of the one before, `fastinter` while the state is changing; the `fall`-th failure
//! in a row is the verdict. With the wait for the next check anywhere between 0 and `inter`, `gap` for `fastinter` or
//! `inter`, and `T` for the time that one failing check takes:
//!
//! ```text
//! from (fall - 1) x gap + fall x T   to inter + (fall - 1) x gap + fall x T
//! ```
//!
//! `T` follows from two limits. The connection may take `inter`, and where `timeout check` is set, no longer than
//! `timeout connect` either; what comes after it may take `timeout check`, and without one the whole check `inter`
//! (`tcpcheck_eval_connect` in src/tcpcheck.c of 2.6).
//!
//! - *Refused*: 0.
//! - *Unreachable*: the limit of the connection. A kernel may give up after 3 s without an answer to its question who has
//!   the address, so a longer limit counts at least 3 s. And a host that goes down may refuse the first connection
//!   before it is gone: the soonest first failure takes no time.
//! - *Silent*: `timeout check`, or `inter` where there is none. One that is shorter than the limit of the connection
//!   takes up to the latter: HAProxy lowers the check's limit and leaves it at its place in the queue of timers, where
//!   it is seen early only when it is the first (`wake_expired_tasks` in src/task.c).
//!
//! Measured on HAProxy 2.6 within [`INTER`], [`FASTINTER`], [`FALL`] and [`LIMIT`]: `compose/README.md`. Anything else is
//! not modelled.

mod check;
mod words;

use std::fmt::Write;
use std::ops::RangeInclusive;
use std::time::Duration;

use check::{Asks, Check};
pub use words::without_comment;

use super::{Failure, Gain, Prediction};

/// The time between checks for which the formula was measured.
const INTER: RangeInclusive<Duration> = Duration::from_millis(500)..=Duration::from_secs(10);
/// The time between checks of a changing state for which it was measured.
const FASTINTER: RangeInclusive<Duration> = Duration::from_millis(300)..=Duration::from_secs(10);
/// The number of failures for which it was measured.
const FALL: RangeInclusive<u32> = 2..=5;
/// The limits of a check for which it was measured.
const LIMIT: RangeInclusive<Duration> = Duration::from_millis(200)..=Duration::from_secs(5);
/// After this long a kernel says of an address on its own network that nobody is there: three questions, a second apart.
const NOBODY_THERE: Duration = Duration::from_secs(3);

/// How soon the balancer with this configuration says that `server` is down.
pub fn predict(text: &str, server: &str, failure: Failure) -> Prediction {
    let mut checks = match check::checks(text, server) {
        Ok(checks) => checks,
        Err(why) => return Prediction::not_modelled(format!("haproxy.cfg: {why}")),
    };
    // One that is checked nowhere is noticed nowhere; else a backend that checks nothing is for when the others have nobody left.
    if checks.iter().any(|check| check.checked) {
        checks.retain(|check| check.checked);
    }
    // What one is told of a check names its backend.
    checks.dedup_by(|later, earlier| Check { backend: earlier.backend.clone(), ..later.clone() } == *earlier);
    let mut predictions: Vec<_> = checks.iter().map(|check| of(check, server, failure)).collect();
    predictions.dedup();
    match predictions.len() {
        0 => Prediction::not_modelled(format!("haproxy.cfg has no server `{server}`")),
        1 => predictions.remove(0),
        _ => {
            let names: Vec<_> = checks.iter().map(|check| check.backend.as_str()).collect();
            Prediction::not_modelled(format!("`{server}` is checked differently in backends {}", names.join(", ")))
        }
    }
}

fn of(check: &Check, server: &str, failure: Failure) -> Prediction {
    if let Some(strange) = check.strange.first() {
        return Prediction::not_modelled(strange.clone());
    }
    if !check.checked {
        return Prediction::Never {
            why: format!("server `{server}` of backend `{}` has no `check`", check.backend),
            change: "add `check` to its line".to_owned(),
            gives: gain(of(&Check { checked: true, ..check.clone() }, server, failure)),
        };
    }
    match (&check.asks, failure) {
        (Asks::Other(option), _) => Prediction::not_modelled(format!("`option {option}` was not measured")),
        (Asks::Connection, Failure::Silent) => Prediction::Never {
            why: "the check only connects, and the kernel of a frozen node accepts".to_owned(),
            change: format!("add `option httpchk` to backend `{}`", check.backend),
            gives: gain(within(check, failure)),
        },
        (Asks::Connection | Asks::Page, _) => within(check, failure),
    }
}

/// The range of a prediction that has one.
fn gain(prediction: Prediction) -> Option<Gain> {
    match prediction {
        Prediction::Within { from, to, .. } => Some(Gain { from, to }),
        Prediction::Never { .. } | Prediction::NotModelled { .. } => None,
    }
}

fn within(check: &Check, failure: Failure) -> Prediction {
    let gap = check.fastinter.unwrap_or(check.inter);
    let connect = match (check.timeout_check, check.timeout_connect) {
        (Some(_), Some(limit)) => check.inter.min(limit),
        _ => check.inter,
    };
    // How long the first failing check and each later one take at least, and each at most.
    let (first, later, most) = match failure {
        Failure::Refused => (Duration::ZERO, Duration::ZERO, Duration::ZERO),
        Failure::Unreachable => (Duration::ZERO, connect.min(NOBODY_THERE), connect),
        Failure::Silent => {
            let limit = check.timeout_check.unwrap_or(check.inter);
            (limit, limit, limit.max(connect))
        }
    };
    if let Some(why) = outside(check, gap, &[later, most]) {
        return Prediction::not_modelled(why);
    }
    let again = check.fall - 1;
    Prediction::Within {
        from: first + (gap + later) * again,
        to: check.inter + most + (gap + most) * again,
        settings: settings(check),
    }
}

/// Why the formula was not measured for these settings; none when it was.
fn outside(check: &Check, gap: Duration, limits: &[Duration]) -> Option<String> {
    let lies = |what: &str, value: String, least: String, most: String| {
        Some(format!("{what} {value} is outside of {least} to {most}, where the formula was measured"))
    };
    let length = |what: &str, value: Duration, range: &RangeInclusive<Duration>| {
        let [value_text, least, most] = [value, *range.start(), *range.end()].map(written);
        if range.contains(&value) { None } else { lies(what, value_text, least, most) }
    };
    if !FALL.contains(&check.fall) {
        return lies("fall", check.fall.to_string(), FALL.start().to_string(), FALL.end().to_string());
    }
    length("inter", check.inter, &INTER)
        .or_else(|| check.fastinter.and_then(|_| length("fastinter", gap, &FASTINTER)))
        .or_else(|| {
            limits.iter().filter(|limit| !limit.is_zero()).find_map(|limit| length("a limit of", *limit, &LIMIT))
        })
}

/// The settings that a prediction follows from, as `haproxy.cfg` writes them.
fn settings(check: &Check) -> String {
    let mut text = format!("inter {} fall {}", written(check.inter), check.fall);
    let more = [
        ("fastinter", check.fastinter),
        ("timeout check", check.timeout_check),
        ("timeout connect", check.timeout_connect),
    ];
    for (name, value) in more {
        if let Some(value) = value {
            // Writing to a text cannot fail.
            let _ = write!(text, " {name} {}", written(value));
        }
    }
    text
}

/// A length as `haproxy.cfg` writes it, in one unit.
fn written(span: Duration) -> String {
    if span.subsec_millis() == 0 { format!("{}s", span.as_secs()) } else { format!("{}ms", span.as_millis()) }
}

#[cfg(test)]
mod tests;
