//! How many students a cluster holds, in words. What the command says as well stands in `capacity::words`.

use std::time::Duration;

use super::definitions::Definition;
use super::{NOT_MEASURED, NOTHING, capital, latency_text, rate_text};
use crate::capacity::bottleneck::{Bottleneck, Kind};
use crate::capacity::model::{EntryRate, HeldOut, Limit, Models, Prediction, Scalability};
use crate::capacity::{Capacity, Margin, Measured, Outcome, StateResult, Trial, Verified, words};
use crate::quantity::{cores, length, milliseconds, number, percent, rate};
use crate::settings::size_text;

/// What the figures of capacity mean; the page links to these by `id`.
pub const DEFINITIONS: &[Definition] = &[
    Definition {
        id: "capacity",
        term: "Students held",
        text: "From the largest class that met every goal to the smallest that did not, on one warm cluster, each tried several \
               times, or as often as was asked for. The limit is put where the fewest runs contradict it, and the range reaches over every place that one \
               contradiction more would allow. It belongs to these nodes, this app and this class.",
    },
    Definition {
        id: "trial",
        term: "Trial",
        text: "One run of one class size. Clear: another run is expected to say the same; close ones are repeated. Void: the load \
               generator could not keep up, or a goal could not be judged, and it says nothing.",
    },
    Definition {
        id: "trial-p95",
        term: "Time to a page of the test",
        text: "95th percentile from the moment at which the student meant to send to the last byte, of pages of the test that came \
               right.",
    },
    Definition {
        id: "trial-start",
        term: "Slowest start",
        text: "The longest that a student took from the first request to the test.",
    },
    Definition {
        id: "bottleneck",
        term: "Bottleneck",
        text: "The first of these that at least half of the trials at and above the limit show: a service uses 90% of its \
               processor quota; memory is 95% used or the kernel ended a process for want of it; the database has 0.9 statements \
               under way for each processor that it may use, or the part of one; 5% of the operations on the shared volume take \
               longer than 50 ms; 95% of all workers have a request while no processor is full; requests wait at the balancer for \
               a node; the load generator. What waits for another comes after it.",
    },
    Definition {
        id: "metastable",
        term: "Metastable",
        text: "Within 30 s after the load has gone there are no 5 s in which no page fails: what the service then does is no matter of \
               the class any more. Whether it comes back later is not looked at; the next trial waits up to a minute for it.",
    },
    Definition {
        id: "model",
        term: "Model",
        text: "Classes as they are drawn, played through page by page: requests go to the nodes in turn, the workers of a node share its \
               processors, a page costs what one of its kind was measured to cost, and its student goes on when it has come. It \
               knows no errors and no health checks. By arithmetic: each second works off the processor quota over the processor \
               time of a page, and what is asked beyond that waits.",
    },
    Definition {
        id: "scalability",
        term: "Scalability law",
        text: "Gunther's universal scalability law, fitted over students and right pages a second: alpha is what has to be done one \
               after the other, beta what each must agree on with every other.",
    },
    Definition {
        id: "prediction-of-capacity",
        term: "Prediction",
        text: "What the model gives for a cluster that nobody has measured. What it was off by stands beside it: by how much, with the \
               costs of the trials of all other sizes, a page would have to cost more or less for it to say of the class that sat what \
               its pages took. Other processors are taken to be as fast as these; a node of other hardware has as many workers for \
               each of its processors as one of these, and every other change leaves the workers as they are.",
    },
];

/// The cells of a state in which classes of at most `most` were looked at: how it ended, what held it back, what the model says, what it took.
pub fn state_cells(result: &StateResult, most: u32) -> [Vec<String>; 5] {
    let bottleneck = result.bottleneck.as_ref();
    let by_model = match (result.models.students, &result.models.cluster) {
        (Some(students), _) if students >= most => format!("at least {students}"),
        (Some(students), _) => students.to_string(),
        (None, Some(_)) => "not even the smallest".to_owned(),
        (None, None) => NOTHING.to_owned(),
    };
    let mut held: Vec<_> = words::ending(result).split("; ").map(str::to_owned).collect();
    held.extend(result.metastable().map(|(students, _)| format!("metastable from {students} on")));
    [
        vec![result.state.spec().title.to_owned()],
        held,
        bottleneck.map_or_else(|| vec![NOTHING.to_owned()], |one| vec![kind_text(one.kind).to_owned()]),
        vec![by_model],
        vec![number(result.trials.len(), "trial"), length(result.took)],
    ]
}

/// The cells of a trial: students, answer with its reasons, error rate, 95th percentile, slowest start, last minute, pages a
/// second.
pub fn trial_cells(trial: &Trial) -> [Vec<String>; 7] {
    let measured = &trial.measured;
    let one = |text: String| vec![text];
    let starts = measured.starts.map_or_else(
        || one(NOTHING.to_owned()),
        |starts| {
            let slowest = starts.slowest.map_or_else(|| NOTHING.to_owned(), length);
            let never = (starts.never > 0).then(|| format!("{} never", starts.never));
            std::iter::once(slowest).chain(never).collect()
        },
    );
    let last = measured.last_minute.map(|last| format!("{} of {}", last.recorded, last.planned));
    let pages = |pages: Option<f64>| pages.map(|pages| rate(pages).trim_end_matches(" a second").to_owned());
    let asked = pages(measured.offered_pages_per_second).map(|asked| format!(" of {asked}")).unwrap_or_default();
    [
        one(trial.students.to_string()),
        answer_lines(trial),
        one(rate_text(measured.first_tries)),
        one(latency_text(measured.test_pages.ms_p95)),
        starts,
        one(last.unwrap_or_else(|| NOTHING.to_owned())),
        one(pages(measured.throughput_pages_per_second)
            .map_or_else(|| NOTHING.to_owned(), |got| format!("{got}{asked}"))),
    ]
}

/// What a trial came to, and why: `✗ fails, clear`.
fn answer_lines(trial: &Trial) -> Vec<String> {
    let margin = |margin: Margin| match margin {
        Margin::Clear => "clear",
        Margin::Close => "close",
    };
    let (head, why): (String, Vec<String>) = match &trial.outcome {
        Outcome::Holds { margin: by } => (format!("✓ holds, {}", margin(*by)), Vec::new()),
        Outcome::Fails { margin: by, reasons } => {
            (format!("✗ fails, {}", margin(*by)), reasons.iter().map(|reason| reason.found.clone()).collect())
        }
        Outcome::Void { why } => ("? void".to_owned(), why.clone()),
    };
    let cut = trial.cut_short.as_ref().map(|why| format!("ended early: {why}"));
    std::iter::once(head).chain(why).chain(cut).collect()
}

/// What is called the bottleneck.
pub fn kind_text(kind: Kind) -> &'static str {
    match kind {
        Kind::Cpu => "processors",
        Kind::Workers => "workers",
        Kind::BalancerLimit => "the balancer's limit",
        Kind::Memory => "memory",
        Kind::Database => "the database",
        Kind::SharedVolume => "the shared volume",
        Kind::Generator => "the load generator, not the cluster",
        Kind::NoneFound => "none found",
    }
}

/// The bottleneck with its evidence, and what else was full: each a line.
pub fn bottleneck_lines(bottleneck: &Bottleneck) -> Vec<String> {
    let trials = number(bottleneck.trials, "trial");
    let head = format!(
        "Bottleneck: {}. {} ({trials} with {} students or more).",
        kind_text(bottleneck.kind),
        opened(&bottleneck.evidence),
        bottleneck.from_students
    );
    let also = bottleneck.also.iter().map(|text| format!("Also: {text}."));
    std::iter::once(head).chain(also).collect()
}

/// Evidence as the beginning of a sentence: names of services are written as they are.
fn opened(evidence: &str) -> String {
    let is_name = !["the ", "nothing ", "a "].iter().any(|word| evidence.starts_with(word));
    if is_name { evidence.to_owned() } else { capital(evidence) }
}

/// What a model was off by where it did not know: `off by 4% in the median and 9% at most at 5 points that it did not know`.
pub fn held_out_text(held_out: Option<HeldOut>) -> String {
    held_out.map_or_else(
        || "its error is not known: no trial could be held out".to_owned(),
        |one| {
            let (median, worst) = (percent(one.median_share), percent(one.worst_share));
            match one.points {
                1 => format!("off by {median} at the 1 point that it did not know"),
                points => {
                    format!("off by {median} in the median and {worst} at most at {points} points that it did not know")
                }
            }
        },
    )
}

/// What a prediction is worth, by the model that it comes from.
fn worth_text(times: Option<HeldOut>) -> String {
    let text = held_out_text(times);
    if times.is_some() { format!("the cost of a page {text}") } else { text }
}

/// Everything that is said of a state beside its bottleneck and its trials: what its loss does to any class, where the time of a page
/// went, and what the models say; classes of at most `most` were looked at.
pub fn state_lines(result: &StateResult, most: u32) -> Vec<String> {
    let of_loss = result.state.spec().of_loss.map(str::to_owned);
    of_loss.into_iter().chain(inside_line(result)).chain(model_lines(&result.models, most)).collect()
}

/// What the models say of a state in which classes of at most `most` were looked at, a line each.
fn model_lines(models: &Models, most: u32) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(cluster) = &models.cluster {
        let ms = |seconds: f64| milliseconds(seconds * 1000.0);
        let costs = cluster.cpu_seconds_per_page;
        let waits = match cluster.other_seconds_per_page {
            none if none < 5e-4 => String::new(),
            seconds => format!("; {} of a page of the test its statements wait for locks and disks", ms(seconds)),
        };
        let pages = cluster.pages_per_second().map(|(pages, limit)| (rate(pages), limit_text(limit)));
        let pages = pages
            .map(|(pages, limit)| format!(": pages of the test at most {pages}, limited by {limit}"))
            .unwrap_or_default();
        lines.push(format!(
            "Processor time on its node: {} for a page of the test, {} for all problems of it (grading, score), {} for the quiz's page, \
             {} for one without a problem{waits}. {} of {} and {}, of which health checks and probes use {}{pages}.",
            ms(costs.page),
            ms(costs.whole),
            ms(costs.info),
            ms(costs.plain),
            number(cluster.nodes, "node"),
            cores(cluster.cores_per_node),
            number(cluster.workers_per_node, "worker"),
            cores(cluster.idle_cores_per_node),
        ));
        let by = |students: Option<u32>| match students {
            None => "not even the smallest class".to_owned(),
            Some(one) if one >= most => format!("at least {one}, and no larger class was looked at"),
            Some(one) => one.to_string(),
        };
        lines.push(format!(
            "Held by the model: {}; by processor arithmetic alone: {}. The model's cost of a page, by how long pages took: {}. \
             Pages a second by arithmetic: {}.",
            by(models.students),
            by(models.students_by_arithmetic),
            held_out_text(models.page_cost),
            held_out_text(models.throughput),
        ));
    }
    if let Some(steady) = &models.steady {
        lines.push(format!(
            "Outside of the rushes {} of what it can answer is asked for, and a page waits {} in the mean (Erlang C).",
            percent(steady.used_share),
            if steady.wait.is_zero() { "less than 1 ms".to_owned() } else { length(steady.wait) }
        ));
    }
    lines.extend(models.scalability.as_ref().map(scalability_text));
    lines.extend(models.missing.iter().map(|what| format!("Missing: {what}.")));
    lines
}

/// The scalability law with its parameters and its error.
fn scalability_text(law: &Scalability) -> String {
    let most = law.most().map(|most| format!("; more than {most} students get less")).unwrap_or_default();
    format!(
        "Scalability law: gamma {:.3} pages a second of a student, alpha {:.5}, beta {:.7}{most}; {}.",
        law.gamma_pages_per_second,
        law.alpha,
        law.beta,
        held_out_text(law.held_out)
    )
}

/// What limits a cluster in the model.
pub fn limit_text(limit: Limit) -> &'static str {
    match limit {
        Limit::Cores => "processors of the web nodes",
        Limit::Workers => "workers",
        Limit::Database => "processors of the database",
    }
}

/// Where the time of a page went in a trial at the limit of the state.
fn inside_line(result: &StateResult) -> Option<String> {
    let limit = result.holds().or(result.fails());
    let at = result.trials.iter().filter(|trial| trial.outcome.holds().is_some());
    let at = at.filter(|trial| limit.is_none_or(|limit| trial.students == limit));
    let trial = at.max_by_key(|trial| trial.measured.render.count)?;
    let Measured { render, database_seconds_per_page, shared_volume, .. } = &trial.measured;
    let parts = [
        render.p95().map(|p95| format!("by the app's own log {} without the wait for a worker", length(p95))),
        database_seconds_per_page
            .map(|each| format!("the database takes {} of any page in the mean", milliseconds(each * 1000.0))),
        shared_volume.ms_p95.map(|ms| format!("an operation on the shared volume {}", milliseconds(ms))),
    ];
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    let page = trial.measured.test_pages.p95().map(length)?;
    let students = number(trial.students, "student");
    (!parts.is_empty())
        .then(|| format!("With {students}, 95th percentiles: a page of the test {page}; {}.", parts.join("; ")))
}

/// The cells of a prediction: what, students, pages a second, what limits it, what it is worth.
pub fn prediction_cells(prediction: &Prediction) -> [Vec<String>; 5] {
    let what = words::changed(prediction.change);
    let students = match prediction.students {
        Some(most) if prediction.at_most_asked => format!("at least {most}"),
        Some(students) => format!("about {students}"),
        None => "not even the smallest".to_owned(),
    };
    let pages = rate(prediction.pages_per_second).trim_end_matches(" a second").to_owned();
    [
        vec![what],
        vec![students],
        vec![pages],
        vec![limit_text(prediction.limit).to_owned()],
        vec![worth_text(prediction.page_cost)],
    ]
}

/// `With an entry rate of 40 students a minute this cluster holds 300`, by the model.
pub fn entry_text(entry: &EntryRate) -> String {
    entry.students_per_minute.map_or_else(
        || format!("Prediction: no entry rate lets this cluster hold {}.", number(entry.students, "student")),
        |rate| {
            let rate = number(rate, "student");
            format!("Prediction: with an entry rate of {rate} a minute this cluster holds {}.", entry.students)
        },
    )
}

/// A prediction that was run.
pub fn verified_text(verified: &Verified) -> String {
    format!("Verified: {}.", words::verified(verified))
}

/// What was searched, on what, with which goals: name and text of each.
pub fn origin_rows(capacity: &Capacity) -> Vec<(&'static str, String)> {
    let setup = &capacity.setup;
    let goals = capacity.goals.words().into_iter().map(|(_, words)| ("goal", words));
    let bounds = &capacity.bounds;
    let memory = size_text(setup.memory_bytes);
    let machine =
        format!("{}, {memory}, kernel {}, engine {}", cores(f64::from(setup.cores)), setup.kernel, setup.engine);
    let rows = [
        ("scenario", format!("{}: {}", capacity.scenario, capacity.title)),
        ("app", setup.app.clone()),
        ("topology", format!("{}: {}", capacity.topology, setup.topology)),
        ("web nodes", words::node(&capacity.node)),
        ("machine", machine),
        ("measured", format!("{}, {}", capacity.started, capacity.tool)),
        (
            "searched",
            format!("from {} to {} students, {} of each end", bounds.least, bounds.most, number(bounds.repeats, "run")),
        ),
    ];
    rows.into_iter().chain(goals).collect()
}

/// What it was expected to take, and what it took.
pub fn took_text(capacity: &Capacity) -> String {
    let forecast = words::forecast(&capacity.estimate, capacity.states.len().max(1));
    format!("Expected beforehand: {forecast}. It took {}.", length(capacity.took))
}

/// What could not be measured, each with its reason.
pub fn unmeasured_lines(capacity: &Capacity) -> Vec<String> {
    capacity.unmeasured.iter().map(|what| format!("{NOT_MEASURED}: {what}")).collect()
}

/// What must be known to read the number.
pub fn capacity_rules() -> [&'static str; 3] {
    [
        "A number of students belongs to the nodes, the app and the class that it was measured with. For others there are predictions \
         only, and each says what the model was off by.",
        "A trial that the load generator spoilt is void. Close answers are repeated; the range reaches over every place that one \
         contradicting run more would allow.",
        "A class here comes as its scenario or its profile says. One that enters more slowly may be larger.",
    ]
}

/// A value of a chart, in milliseconds.
pub fn page_time_text(ms: f64) -> String {
    milliseconds(ms.clamp(0.0, Duration::from_secs(86_400).as_secs_f64() * 1000.0))
}
