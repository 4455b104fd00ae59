//! [`Report`] → an HdrHistogram interval log, version 2: times to a page by step, for the tools that read such logs.
//!
//! In order of time, for each interval with a success one line of all steps together, without a tag, for that is what tools
//! read unless they are told otherwise; and one for each step that had any, with the step as `Tag`. Times are seconds from the
//! class's start, which `StartTime` and `BaseTime` name on the wall clock; values are microseconds.

use std::collections::BTreeMap;
use std::time::UNIX_EPOCH;

use anyhow::{Context, Result, anyhow};
use hdrhistogram::Histogram;
use hdrhistogram::serialization::V2DeflateSerializer;
use hdrhistogram::serialization::interval_log::{IntervalLogWriterBuilder, Tag};

use super::{Format, Report};
use crate::foreign::line;
use crate::history::Step;
use crate::measure::{Encoded, Intervals};

/// The log.
pub const FORMAT: Format = Format {
    name: "hdr",
    file: "latency.hlog",
    does: "times to a page by step and interval, for HdrHistogram tools",
    render,
};

/// Longest comment, in characters.
const COMMENT_MAX: usize = 200;

fn render(report: &Report) -> Result<Vec<u8>> {
    let intervals = &report.figures.series.intervals;
    let (mut log, mut serializer) = (Vec::new(), V2DeflateSerializer::new());
    let mut head = IntervalLogWriterBuilder::new();
    head.add_comment("[Histogram log format version 1.3]");
    let plan = &report.plan;
    let run = format!("{}: {}, seed {}: {}", report.tool, plan.scenario, plan.seed, plan.title);
    head.add_comment(&line(&run, COMMENT_MAX));
    head.add_comment("Time to a page in microseconds, from intended send to last byte, successes only.");
    head.add_comment("Tag: the step; without a tag: all steps together.");
    head.add_comment("Seconds count from the first student's arrival. Interval_Max is in milliseconds.");
    head.with_max_value_divisor(1000.0);
    if let Some(started) = report.figures.class_started {
        head.with_start_time(UNIX_EPOCH + started).with_base_time(UNIX_EPOCH + started);
    }
    let mut writer = head.begin_log_with(&mut log, &mut serializer)?;
    for (index, steps) in by_interval(intervals) {
        let (from, _) = intervals.span(usize::try_from(index)?);
        let mut decoded = Vec::new();
        for (step, encoded) in steps {
            let histogram = encoded.decode().with_context(|| format!("{step} from {} s on", from.as_secs()))?;
            decoded.push((step.key(), histogram));
        }
        if let Some(all) = sum(decoded.iter().map(|(_, histogram)| histogram))? {
            writer.write_histogram(&all, from, intervals.length, None)?;
        }
        for (tag, histogram) in &decoded {
            writer.write_histogram(histogram, from, intervals.length, Tag::new(tag))?;
        }
    }
    Ok(log)
}

/// The histograms of each interval by step, in order of time.
fn by_interval(intervals: &Intervals) -> BTreeMap<u64, Vec<(Step, &Encoded)>> {
    let mut all: BTreeMap<u64, Vec<(Step, &Encoded)>> = BTreeMap::new();
    for (step, places) in &intervals.histograms {
        for (index, encoded) in places {
            all.entry(*index).or_default().push((*step, encoded));
        }
    }
    all
}

fn sum<'a>(mut histograms: impl Iterator<Item = &'a Histogram<u64>>) -> Result<Option<Histogram<u64>>> {
    let Some(mut sum) = histograms.next().cloned() else { return Ok(None) };
    for histogram in histograms {
        sum.add(histogram).map_err(|error| anyhow!("histograms that cannot be added: {error}"))?;
    }
    Ok(Some(sum))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use hdrhistogram::serialization::interval_log::{IntervalLogIterator, LogEntry};

    use super::*;
    use crate::measure::Latency;
    use crate::report::sample;

    /// A line of the log, read by what the crate offers for it.
    struct Row {
        step: Option<String>,
        from: Duration,
        length: Duration,
        histogram: Histogram<u64>,
    }

    fn rows(log: &[u8]) -> Vec<Row> {
        use base64::Engine as _;
        let read = |entry| match entry {
            LogEntry::Interval(interval) => {
                let bytes = base64::engine::general_purpose::STANDARD.decode(interval.encoded_histogram()).unwrap();
                let mut deserializer = hdrhistogram::serialization::Deserializer::new();
                Some(Row {
                    step: interval.tag().map(|tag| tag.as_str().to_owned()),
                    from: interval.start_timestamp(),
                    length: interval.duration(),
                    histogram: deserializer.deserialize(&mut &bytes[..]).unwrap(),
                })
            }
            _ => None,
        };
        IntervalLogIterator::new(log).filter_map(|entry| read(entry.expect("a line that can be read"))).collect()
    }

    fn latency<'a>(rows: impl Iterator<Item = &'a Row>) -> Latency {
        let mut all = Histogram::<u64>::new_with_bounds(1, 3_600_000_000, 3).unwrap();
        rows.for_each(|row| all.add(&row.histogram).unwrap());
        let ms = |micros: u64| Some(micros as f64 / 1000.0);
        Latency {
            count: all.len(),
            ms_p50: ms(all.value_at_quantile(0.5)),
            ms_p95: ms(all.value_at_quantile(0.95)),
            ms_p99: ms(all.value_at_quantile(0.99)),
            ms_max: ms(all.max()),
        }
    }

    #[test]
    fn what_tools_read_has_the_percentiles_of_the_report() {
        let report = sample::measured();
        let rows = rows(&render(&report).unwrap());
        assert!(rows.is_sorted_by_key(|row| row.from));
        let (untagged, tagged): (Vec<_>, Vec<_>) = rows.iter().partition(|row| row.step.is_none());
        for some in [&untagged, &tagged] {
            assert_eq!(latency(some.iter().copied()), report.figures.requests.latency);
        }
        let intervals = &report.figures.series.intervals;
        assert!(untagged.len() > 5, "{} intervals", untagged.len());
        for row in untagged {
            let index = usize::try_from(row.from.as_secs() / intervals.length.as_secs()).unwrap();
            assert_eq!((row.length, latency([row].into_iter())), (intervals.length, intervals.latency[index]));
            let steps = tagged.iter().copied().filter(|one| one.from == row.from);
            assert_eq!(latency(steps), intervals.latency[index], "from {:?} on", row.from);
        }
        let of = |step: &'static str| rows.iter().filter(move |row| row.step.as_deref() == Some(step));
        assert!(latency(of("grade")).ms_p50 > report.figures.requests.latency.ms_p50, "grading takes longest on paper");
        assert!(of("set_list").count() > 0, "no blank in a tag");
    }

    #[test]
    fn the_log_says_when_the_class_began_where_that_is_known() {
        let mut report = sample::measured();
        let head = |report: &Report| String::from_utf8(render(report).unwrap()).unwrap();
        assert!(!head(&report).contains("BaseTime"));
        report.figures.class_started = Some(Duration::from_millis(1_763_802_000_250));
        let text = head(&report);
        assert!(text.starts_with("#[Histogram log format version 1.3]\n"), "{text}");
        for key in ["StartTime", "BaseTime"] {
            assert!(text.contains(&format!("\n#[{key}: 1763802000.250 (seconds since epoch)]\n")), "{text}");
        }
    }

    #[test]
    fn a_run_without_a_class_gives_a_log_without_lines() {
        let mut report = sample::no_window();
        report.figures.series = crate::measure::Series::default();
        assert!(rows(&render(&report).unwrap()).is_empty());
    }
}
