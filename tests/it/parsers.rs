//! Properties of every parser, with bytes that are drawn: nothing panics, everything ends, one message is said, and what is
//! written is read again as the same. What is fed in which way is that of the fuzz targets.

use std::collections::BTreeSet;
use std::ops::Range;
use std::time::Duration;

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use wwchaos::clock::Stamp;
use wwchaos::history::{ErrorClass, Fact, Observation, Outcome, Request, Shown, Step, Submission, Told};
use wwchaos::library::Library;
use wwchaos::plan::Plan;
use wwchaos::settings::{duration_text, parse_duration, parse_share, parse_size, share_text, size_text};

use crate::program::{names, repository, text};

#[path = "../fuzz/feed.rs"]
mod feed;

/// Takes bytes.
type Feed = fn(&[u8]);

/// Every parser: its target, what it is fed with, valid files of its kind, and how often.
const PARSERS: &[(&str, Feed, &[&str], u32)] = &[
    ("app", feed::app, &["compose/apps/standin/app.toml", "compose/apps/webwork/app.toml"], 1000),
    (
        "balancer",
        feed::balancer,
        &["tests/malformed/configurations/sound.haproxy", "tests/malformed/balancers/table.csv"],
        1000,
    ),
    ("compose", feed::compose, &["compose/two-node/docker-compose.yml"], 300),
    ("detectors", feed::detectors, &["compose/images/db/etc/corosync.conf", "compose/images/db/etc/cib.xml"], 1000),
    ("history", feed::history, &["tests/golden/degraded/history.jsonl"], 40),
    ("journal", feed::journal, &["tests/malformed/journals/owed"], 1000),
    (
        "log",
        feed::log,
        &[
            "tests/malformed/sound/access.log",
            "tests/malformed/sound/answer.log",
            "tests/malformed/sound/haproxy.log",
            "tests/malformed/sound/lb.log",
            "tests/malformed/sound/login.log",
            "tests/malformed/sound/timing.log",
            "tests/malformed/logs/cut-off.gz",
        ],
        300,
    ),
    ("observation", feed::observation, &["tests/malformed/runs/cut-line/history.jsonl"], 1000),
    ("page", feed::page, &["tests/malformed/pages/test.html"], 300),
    ("plan", feed::plan, &["tests/golden/degraded/plan.json"], 40),
    ("preface", feed::preface, &["tests/golden/degraded/preface.json"], 40),
    ("report", feed::report, &["reports/sample/quiz-db-webwork.json"], 40),
    ("capacity", feed::capacity, &["reports/sample/capacity-webwork.json"], 40),
    ("profile", feed::profile, &["scenarios/profiles/refresh-storm.toml"], 300),
    ("replay", feed::replay, &["tests/malformed/sound/replay.jsonl"], 500),
    ("scenario", feed::scenario, &["scenarios/quiz-spike.toml", "scenarios/crash.toml"], 500),
    ("set", feed::set, &["scenarios/nightly.set"], 1000),
    ("topology", feed::topology, &["compose/two-node/topology.toml", "compose/one-web/topology.toml"], 500),
];

/// What means something to one parser or another.
const WORDS: &[&str] = &[
    "=",
    "[[window]]\n",
    "[",
    "]",
    "{",
    "}",
    "\"",
    "'''",
    "\n",
    "\r\n",
    ":",
    "- ",
    ",",
    "#",
    "\u{feff}",
    "\0",
    "\u{1b}[2J",
    "0",
    "-1",
    "1e999",
    "18446744073709551616",
    "nan",
    "inf",
    "0s",
    "999999999h",
    "1us",
    "101%",
    "0.0.0%",
    "1EiB",
    "null",
    "true",
    "&a ",
    "*a",
    "<<: *a\n",
    "---\n",
    "!!binary ",
    "${",
    "$(",
    "<div>",
    "</form>",
    "<!--",
    "<![CDATA[",
    "&#0;",
    "ü",
    "(?<service>",
    "((((",
    "{99999}",
    "extends = \"x\"\n",
    "{\"at\":",
    "\"fact\":",
    "18446744073709551615",
];

/// The same numbers each time: a failure in CI is a failure here.
fn runner(cases: u32) -> TestRunner {
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 200, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
}

/// One change of a file: what is cut out, and what is put there.
fn change() -> impl Strategy<Value = (prop::sample::Index, usize, Vec<u8>)> {
    let word = prop::sample::select(WORDS).prop_map(|word| word.as_bytes().to_vec());
    let put = prop_oneof![Just(Vec::new()), word, prop::collection::vec(any::<u8>(), 1..8)];
    let cut = prop_oneof![0..2_usize, 0..40_usize, 0..4000_usize];
    (any::<prop::sample::Index>(), cut, put)
}

fn changed(seed: &[u8], changes: &[(prop::sample::Index, usize, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for (place, cut, put) in changes {
        let from = place.index(bytes.len() + 1);
        let span: Range<usize> = from..(from + cut).min(bytes.len());
        bytes.splice(span, put.iter().copied());
    }
    bytes
}

#[test]
fn no_parser_minds_what_it_is_fed() {
    for (name, feed, files, cases) in PARSERS {
        let any_bytes = prop::collection::vec(any::<u8>(), 0..300);
        let any_words = prop::collection::vec(prop::sample::select(WORDS), 0..30);
        let drawn = prop_oneof![any_bytes, any_words.prop_map(|words| words.concat().into_bytes())];
        runner(*cases)
            .run(&drawn, |bytes| {
                feed(&bytes);
                Ok(())
            })
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        for file in *files {
            let seed = std::fs::read(repository(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
            feed(&seed);
            let drawn = prop::collection::vec(change(), 1..6);
            let fed = |changes: Vec<_>| {
                feed(&changed(&seed, &changes));
                Ok(())
            };
            runner(*cases).run(&drawn, fed).unwrap_or_else(|error| panic!("{name}, {file}: {error}"));
        }
    }
}

#[test]
fn every_parser_has_a_fuzz_target() {
    let targets: BTreeSet<String> = names("tests/fuzz/targets", ".rs").into_iter().collect();
    assert_eq!(targets, PARSERS.iter().map(|(name, ..)| (*name).to_owned()).collect());
    let manifest = text("tests/fuzz/Cargo.toml");
    let mine = text("tests/README.md");
    for name in targets {
        assert!(manifest.contains(&format!("name = \"{name}\"\npath = \"targets/{name}.rs\"\n")), "{name}");
        assert!(text(&format!("tests/fuzz/targets/{name}.rs")).contains(&format!("feed::{name}(data)")), "{name}");
        assert!(mine.contains(&format!("| `{name}` |")), "tests/README.md: {name}");
    }
}

#[test]
fn what_a_user_may_write_is_read_as_it_is_shown() {
    let milliseconds = prop_oneof![0..10_000_u64, 0..14_400_000_u64, 0..u64::from(u32::MAX)];
    let sizes = prop_oneof![1..5000_u64, 1..(1_u64 << 40)];
    let run = runner(500).run(&(milliseconds, 0..=10_000_u32, sizes), |(span, share, size)| {
        let span = Duration::from_millis(span);
        prop_assert_eq!(parse_duration(&duration_text(span)), Some(span));
        let share = f64::from(share) / 10_000.0;
        let read = parse_share(&share_text(share)).unwrap();
        prop_assert!((read - share).abs() < 1e-9, "{} {}", read, share);
        #[allow(clippy::cast_precision_loss, reason = "held against a tenth")]
        let (read, size) = (parse_size(&size_text(size)).unwrap() as f64, size as f64);
        prop_assert!((read - size).abs() <= 0.051 * size.max(20.0), "{} {}", read, size);
        Ok(())
    });
    run.unwrap();
}

#[test]
fn a_plan_is_read_again_as_it_was_written() {
    let library = Library::default();
    for name in library.scenarios() {
        let scenario = library.scenario(&name).unwrap();
        let topology = library.cluster(&scenario.topology, &scenario.app).unwrap();
        for seed in [0, 7, u64::MAX] {
            // With some seeds too little is submitted in a window.
            let Ok(plan) = Plan::new(&scenario, &topology, seed) else { continue };
            let written = serde_json::to_string(&plan).unwrap();
            assert_eq!(serde_json::from_str::<Plan>(&written).unwrap(), plan, "{name}, {seed}");
        }
    }
}

fn words() -> impl Strategy<Value = String> {
    prop_oneof![".{0,20}", prop::sample::select(WORDS).prop_map(str::to_owned)]
}

fn request() -> impl Strategy<Value = Fact> {
    let outcome = prop_oneof![
        Just(Outcome::Success),
        any::<u16>().prop_map(|status| Outcome::Failed(ErrorClass::Status(status))),
        Just(Outcome::Failed(ErrorClass::Unforeseen)),
    ];
    let tokens = prop::collection::vec((any::<u32>(), words()), 0..3);
    let times = (any::<u64>(), any::<u64>(), any::<Option<u64>>(), any::<u64>());
    let said = (any::<u32>(), any::<bool>(), words(), prop::option::of(words()));
    (words(), times, outcome, tokens, said).prop_map(|(student, times, outcome, tokens, said)| {
        let (intended, sent, first_byte, end) = times;
        let (number, warned, version, text) = said;
        let submission = Submission { number, version: version.clone(), tokens: tokens.clone(), told: Told::Refused };
        Fact::Request(Request {
            student,
            step: Step::Grade,
            retry: number,
            intended: Stamp(intended),
            sent: Stamp(sent),
            first_byte: first_byte.map(Stamp),
            end: Stamp(end),
            outcome,
            node: text.clone(),
            warned,
            submission: warned.then_some(submission),
            shown: (!warned).then_some(Shown { version, answers: tokens }),
            sample: text,
        })
    })
}

#[test]
fn a_fact_is_read_again_as_it_was_written() {
    let drawn = (any::<u64>(), words(), any::<u64>(), any::<Option<u64>>(), 0.0..1.0_f64, any::<bool>(), request());
    let run = runner(300).run(&drawn, |(at, words, number, since, share, flag, request)| {
        let text = || words.clone();
        let facts = [
            Fact::LoadStarted { zero: Stamp(number) },
            Fact::LoadEnded { complete: flag, why: flag.then(text) },
            Fact::Detector {
                detector: text(),
                service: text(),
                up: since.map(|_| flag),
                detail: text(),
                not_before: since.map(Stamp),
            },
            Fact::DetectorRead { detector: text(), failed: flag.then(text), since: since.map(Stamp) },
            Fact::Level { volume: text(), used_share: share, free_bytes: number },
            Fact::Spent { harness_ns: number, class_ns: at, daemons_ns: since, harness_peak_bytes: number },
            Fact::Unmeasured { what: text(), why: text() },
            request,
        ];
        for fact in facts {
            let observation = Observation { at: Stamp(at), fact };
            let line = serde_json::to_vec(&observation).unwrap();
            prop_assert!(!line.contains(&b'\n'));
            prop_assert_eq!(serde_json::from_slice::<Observation>(&line).unwrap(), observation);
        }
        Ok(())
    });
    run.unwrap();
}
