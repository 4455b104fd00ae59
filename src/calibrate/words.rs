//! [`Calibration`] → what is printed of it.

use std::fmt::Write;
use std::time::Duration;

use super::judge::{Beside, Calibration, Measured, Row};
use super::kind::Kind;
use super::stall::{INTERVAL, Recovered};
use crate::quantity::{difference, length, milliseconds, moment, number, rate};

/// The whole calibration as text.
pub fn text(calibration: &Calibration) -> String {
    let mut out = String::new();
    head(&mut out, calibration);
    kinds(&mut out, &calibration.kinds);
    offenders(&mut out, calibration);
    stalls(&mut out, &calibration.stalls);
    let _ = writeln!(out, "{}", if calibration.met { "✓ the goal is met" } else { "✗ the goal is missed" });
    out
}

fn head(out: &mut String, calibration: &Calibration) {
    let Calibration { outages, seed, .. } = calibration;
    let lengths = outages.iter().map(|outage| outage.length_ms_true);
    let (least, most) = (lengths.clone().fold(f64::INFINITY, f64::min), lengths.fold(0.0, f64::max));
    let _ = writeln!(
        out,
        "{} of known length, {} to {}, seed {seed}\n{}",
        number(outages.len(), "outage"),
        milliseconds(least),
        milliseconds(most),
        beside(&calibration.class)
    );
    let [resolution, limit, goal] =
        [calibration.resolution_ms, calibration.limit_ms, calibration.goal_ms].map(milliseconds);
    let _ = writeln!(out, "probes: one each {resolution}, failed when its page is not complete after {limit}");
    let _ = writeln!(
        out,
        "goal: failover time less true length within {goal} (one probe interval and 20 ms) for 99 of 100"
    );
    let _ =
        writeln!(out, "expected: 0 ms to {resolution}, for an outage ends with the first probe that is due after it\n");
}

fn beside(class: &Beside) -> String {
    if class.students == 0 {
        return "no student beside them".to_owned();
    }
    format!(
        "{} beside them: {}, {}, {} failed, {} sent late",
        number(class.students, "student"),
        number(class.requests, "request"),
        rate(class.per_second),
        class.failed,
        class.late
    )
}

fn kinds(out: &mut String, rows: &[Row]) {
    let _ = writeln!(
        out,
        "{:13}{:>8}{:>13}{:>11}{:>11}{:>11}",
        "kind", "outages", "within goal", "median", "least", "most"
    );
    for row in rows {
        let name = row.kind.map_or("all", Kind::name);
        let [median, least, most] = [row.error_ms_median, row.error_ms_min, row.error_ms_max]
            .map(|error| error.map_or_else(|| "–".to_owned(), difference));
        let within = format!("{} of {}", row.within, row.outages);
        let _ = writeln!(out, "{name:13}{:>8}{within:>13}{median:>11}{least:>11}{most:>11}", row.outages);
    }
    let _ = writeln!(out);
}

fn offenders(out: &mut String, calibration: &Calibration) {
    for (index, outage) in calibration.outages.iter().enumerate().filter(|(_, outage)| !outage.within) {
        let _ = writeln!(out, "beyond the goal: {}", offender(index, outage));
    }
    if calibration.outages.iter().all(|outage| outage.within) {
        let _ = writeln!(out, "beyond the goal: none");
    }
    let _ = writeln!(out);
}

fn offender(index: usize, outage: &Measured) -> String {
    let what = outage.length_ms_measured.zip(outage.error_ms).map_or_else(
        || "no failover time was measured".to_owned(),
        |(measured, error)| format!("measured {}, {}", milliseconds(measured), difference(error)),
    );
    let late = outage
        .late_ms
        .map_or_else(String::new, |late| format!("; the probe that ended it was sent {} late", milliseconds(late)));
    let at = moment(Duration::from_secs_f64(outage.at_ms.max(0.0) / 1000.0));
    format!(
        "outage {} at {at}, {} for {}: {what}{late}",
        index + 1,
        outage.kind.name(),
        milliseconds(outage.length_ms_true)
    )
}

fn stalls(out: &mut String, stalls: &[Recovered]) {
    let _ =
        writeln!(out, "time to a page while the server stalls, one connection, a request each {}", length(INTERVAL));
    let _ = writeln!(out, "goal: recorded less true p99 within 0.1% and 20 ms");
    let _ = writeln!(
        out,
        "{:13}{:>10}{:>13}{:>14}{:>12}{:>18}",
        "stall", "requests", "p99 true", "p99 recorded", "difference", "p99 raw (closed)"
    );
    for stall in stalls {
        let [length, truth, recorded, raw] =
            [stall.stall_ms, stall.latency_ms_p99_true, stall.latency_ms_p99, stall.latency_raw_ms_p99]
                .map(milliseconds);
        let difference = format!("{}{}", difference(stall.error_ms), if stall.within { "" } else { " ✗" });
        let _ = writeln!(out, "{length:13}{:>10}{truth:>13}{recorded:>14}{difference:>12}{raw:>18}", stall.requests);
    }
    let _ = writeln!(out, "raw counts from the real send time, and hides what waited behind the one that hung\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(kind: Kind, truth: f64, measured: Option<f64>, within: bool) -> Measured {
        let error_ms = measured.map(|measured| measured - truth);
        let late_ms = measured.map(|_| 1.25);
        let length_ms_measured = measured;
        Measured { kind, at_ms: 95_300.0, length_ms_true: truth, length_ms_measured, error_ms, late_ms, within }
    }

    fn row(kind: Option<Kind>, (outages, within): (usize, usize), error: Option<f64>) -> Row {
        Row { kind, outages, within, error_ms_median: error, error_ms_min: error, error_ms_max: error }
    }

    #[test]
    fn offenders_are_told_one_by_one() {
        let calibration = Calibration {
            seed: 7,
            resolution_ms: 50.0,
            limit_ms: 2000.0,
            goal_ms: 70.0,
            class: Beside { students: 40, requests: 96, failed: 0, late: 1, per_second: 2.41 },
            kinds: vec![
                row(Some(Kind::Refused), (1, 0), Some(312.4)),
                row(Some(Kind::Slow), (1, 0), None),
                row(None, (2, 0), Some(312.4)),
            ],
            outages: vec![
                measured(Kind::Refused, 3400.0, Some(3712.4), false),
                measured(Kind::Slow, 240.0, None, false),
            ],
            stalls: vec![Recovered {
                stall_ms: 2000.0,
                requests: 500,
                latency_ms_p99_true: 1890.0,
                latency_ms_p99: 2.0,
                latency_raw_ms_p99: 1.5,
                error_ms: -1888.0,
                within: false,
            }],
            met: false,
        };
        insta::assert_snapshot!(text(&calibration), @r"
        2 outages of known length, 240 ms to 3.4 s, seed 7
        40 students beside them: 96 requests, 2.4 a second, 0 failed, 1 sent late
        probes: one each 50 ms, failed when its page is not complete after 2 s
        goal: failover time less true length within 70 ms (one probe interval and 20 ms) for 99 of 100
        expected: 0 ms to 50 ms, for an outage ends with the first probe that is due after it

        kind          outages  within goal     median      least       most
        refused             1       0 of 1  +312.4 ms  +312.4 ms  +312.4 ms
        slow                1       0 of 1          –          –          –
        all                 2       0 of 2  +312.4 ms  +312.4 ms  +312.4 ms

        beyond the goal: outage 1 at 1:35, refused for 3.4 s: measured 3.7 s, +312.4 ms; the probe that ended it was sent 1.3 ms late
        beyond the goal: outage 2 at 1:35, slow for 240 ms: no failover time was measured

        time to a page while the server stalls, one connection, a request each 20 ms
        goal: recorded less true p99 within 0.1% and 20 ms
        stall          requests     p99 true  p99 recorded  difference  p99 raw (closed)
        2 s                 500        1.9 s          2 ms  −1888 ms ✗            1.5 ms
        raw counts from the real send time, and hides what waited behind the one that hung

        ✗ the goal is missed
        ");
    }
}
