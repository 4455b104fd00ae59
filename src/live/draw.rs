//! [`View`] → the lines that show it: where the run is, its time line, the fault, what students meet, and what is believed of
//! each node. Made for 80 columns; the most important line is the first.

use std::cmp::Ordering;
use std::time::Duration;

use super::line::{LABEL, Line, Tone};
use super::note::RECENT;
use super::traffic::Count;
use super::{Phase, Stage, View};
use crate::clock::Stamp;
use crate::quantity;
use crate::topology::WEB;

/// Most columns that are used: a line that is no longer does not break when a wide terminal becomes less wide.
const WIDTH_MAX: usize = 80;
/// Columns to the right of a curve, for what it comes to now.
const AFTER_CURVE: usize = 25;
/// Seconds in a column of a curve.
const STEP: u64 = 2;
/// Most columns of a curve: two minutes.
const CURVE_MAX: usize = 60;
/// Most services that get a line; more would not fit in 24 rows.
const NODES_MAX: usize = 8;
/// Columns that a title needs that is cut.
const TITLE_MIN: usize = 6;
/// Columns from which on it is also said of a node that nothing is wrong with its container.
const ROOMY: usize = 60;
/// The heights of a curve.
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

impl View {
    /// The lines that show the run at `now`, made for a terminal of `width` columns. Where that is less than about 60, some
    /// are longer, and are to be cut.
    pub fn lines(&self, now: Stamp, width: usize) -> Vec<Line> {
        let width = width.min(WIDTH_MAX);
        let (at, phase) = (self.offset(now), self.phase(now));
        let mut lines = vec![self.head(now, phase)];
        if phase == Phase::Up {
            return lines;
        }
        lines.extend(self.time_line(at, width));
        lines.push(self.fault(now));
        lines.extend(self.curves(at, width));
        lines.extend(self.nodes(width));
        lines
    }

    fn head(&self, now: Stamp, phase: Phase) -> Line {
        let at = quantity::moment(self.offset(now));
        let when = match phase {
            Phase::Up => quantity::moment(now.since(self.began)),
            Phase::Audit => at,
            _ => format!("{at} of {}", quantity::moment(self.plan.end())),
        };
        let step = match (&self.ending, phase) {
            (Some(why), Phase::Window) => format!("  ending: {why}"),
            (_, Phase::Up | Phase::Audit) if !self.step.is_empty() => format!("  {}", self.step),
            _ => String::new(),
        };
        Line::default()
            .with(Tone::Strong, self.plan.scenario.clone())
            .with(Tone::Plain, format!("  {when}  "))
            .with(Tone::Strong, phase.to_string())
            .with(Tone::Plain, step)
    }

    /// The whole run as a bar with its windows and the present moment, and the windows' titles below.
    fn time_line(&self, at: Duration, width: usize) -> [Line; 2] {
        let end = self.plan.end();
        let until = quantity::moment(end);
        let columns = width.saturating_sub(LABEL + 1 + until.len()).max(1);
        let place = |moment: Duration| {
            #[allow(clippy::cast_precision_loss, reason = "a bar has a few dozen columns")]
            let column = moment.as_secs_f64() / end.as_secs_f64().max(0.001) * columns as f64;
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is not negative, and small")]
            (column as usize).min(columns - 1)
        };
        let windows = self.plan.windows.iter().map(|window| (window.start, window.end, window.title()));
        let rushes = self.plan.rushes.iter().map(|rush| (rush.start, rush.end, "rush".to_owned()));
        let mut spans: Vec<_> =
            windows.chain(rushes).map(|(from, to, title)| (place(from), place(to), title)).collect();
        spans.sort();
        let present = place(at);
        let cell = |column: usize| {
            let inside = spans.iter().any(|(from, to, _)| (*from..=*to).contains(&column));
            match (inside, column.cmp(&present)) {
                (_, Ordering::Equal) => '●',
                (true, Ordering::Less) => '█',
                (true, Ordering::Greater) => '░',
                (false, Ordering::Less) => '━',
                (false, Ordering::Greater) => '─',
            }
        };
        let bar: String = (0..columns).map(cell).collect();
        let mut titles = String::new();
        for (index, (from, _, title)) in spans.iter().enumerate() {
            let room = spans.get(index + 1).map_or(columns, |(next, ..)| next.saturating_sub(1)).saturating_sub(*from);
            let used = titles.chars().count();
            if title.chars().count() <= room || room >= TITLE_MIN {
                titles.extend(std::iter::repeat_n(' ', from.saturating_sub(used)));
                titles.push_str(&cut(title, room));
            }
        }
        let bar = Line::labelled("time line").with(Tone::Plain, bar).with(Tone::Plain, format!(" {until}"));
        [bar, Line::labelled("").with(Tone::Label, titles)]
    }

    /// What is injected now and for how long still, or what comes next.
    fn fault(&self, now: Stamp) -> Line {
        let line = Line::labelled("fault");
        let Some(fault) = &self.fault else { return line.with(Tone::Plain, self.no_fault(now)) };
        let written = self.title(fault.window);
        let title = match (&fault.target, self.plan.windows.get(fault.window).map(|window| &window.target)) {
            (Some(target), Some(planned)) if planned.named().is_none() => format!("{written} ({target})"),
            _ => written,
        };
        let end = self.plan.windows.get(fault.window).map_or(Duration::ZERO, |window| window.end);
        let heal = match end.saturating_sub(self.offset(now)) {
            left if left.is_zero() || self.ending.is_some() => "to be healed now".to_owned(),
            left => format!("healed in {}", seconds(left)),
        };
        let state = match &fault.stage {
            Stage::Injecting => "being injected".to_owned(),
            Stage::There(since) => format!("there for {}, {heal}", seconds(now.since(*since))),
            Stage::Void(why) => format!("void ({why}), {heal}"),
            Stage::EndedEarly => format!("ended by the cluster, {heal}"),
            Stage::Healing(since) => format!("being healed for {}", seconds(now.since(*since))),
            Stage::NotHealed(why) => format!("NOT healed: {why}"),
        };
        line.with(Tone::Bad, title).with(Tone::Plain, format!(": {state}"))
    }

    fn no_fault(&self, now: Stamp) -> String {
        let at = self.offset(now);
        let whole = self.whole.map(|since| format!("cluster whole since {}", quantity::moment(self.offset(since))));
        let next = self.plan.windows.get(self.begun).filter(|_| self.ending.is_none());
        let next = match next {
            Some(next) => format!("next {} in {}", next.title(), seconds(next.start.saturating_sub(at))),
            None => "no more to come".to_owned(),
        };
        ["none".to_owned()].into_iter().chain(whole).chain([next]).collect::<Vec<_>>().join(", ")
    }

    /// What students sent and what failed of it, over the last minute or two.
    fn curves(&self, at: Duration, width: usize) -> [Line; 3] {
        let columns = width.saturating_sub(LABEL + AFTER_CURVE).clamp(1, CURVE_MAX) as u64;
        // The last column is over, or it would rise and fall while one looks.
        let columns: Vec<_> = (1..=columns).rev().map(|back| (at.as_secs() / STEP).checked_sub(back)).collect();
        let counts = |of: fn(&Count) -> u64| -> Vec<Option<u64>> {
            let count = |column: &Option<u64>| column.map(|column| of(&self.traffic.over(column * STEP, STEP)));
            columns.iter().map(count).collect()
        };
        let (sent, failed) = (counts(|count| count.requests), counts(|count| count.failed));
        let [most, most_failed] = [&sent, &failed].map(|counts| counts.iter().flatten().copied().max().unwrap_or(0));
        let recent = self.recent(at);
        #[allow(clippy::cast_precision_loss, reason = "a few hundred requests")]
        let rate = |count: u64, over: u64| quantity::rate(count as f64 / over.max(1) as f64);
        let bad = if recent.first_failed > 0 { Tone::Bad } else { Tone::Plain };
        let scale = format!(
            "{} of {} at work; full bars: {}, {} failed",
            self.at_work(at),
            self.plan.students.len(),
            rate(most, STEP),
            rate(most_failed, STEP)
        );
        let share = quantity::part(recent.first_failed, recent.first);
        [
            Line::labelled("requests")
                .with(Tone::Plain, curve(&sent, most))
                .with(Tone::Plain, format!(" {}", rate(recent.requests, (at.as_secs() + 1).min(RECENT)))),
            Line::labelled("errors")
                .with(Tone::Bad, curve(&failed, most_failed))
                .with(bad, format!(" {share}"))
                .with(Tone::Plain, format!(" of {} in {RECENT} s", recent.first)),
            Line::labelled("students").with(Tone::Plain, scale),
        ]
    }

    /// What is known of each web node and each database.
    fn nodes(&self, width: usize) -> Vec<Line> {
        let judged = |name: &str| self.topology.detectors.iter().any(|detector| detector.watches == name);
        let roles = self.topology.roles.iter();
        let mut shown: Vec<_> =
            roles.filter(|(name, role)| *name == WEB || role.primary.is_some() || judged(name)).collect();
        shown.sort_by_key(|(name, _)| *name != WEB);
        let services = shown.into_iter().flat_map(|(name, role)| role.services.iter().map(move |one| (name, one)));
        let all: Vec<_> = services.collect();
        let mut lines: Vec<_> =
            all.iter().take(NODES_MAX).map(|(role, service)| self.node(role, service, width)).collect();
        if all.len() > NODES_MAX {
            lines.push(Line::labelled("").with(Tone::Label, format!("and {} more", all.len() - NODES_MAX)));
        }
        lines
    }

    fn node(&self, role: &str, service: &str, width: usize) -> Line {
        let mut line = Line::labelled(&format!("{} ", cut(service, LABEL - 1)));
        line = match self.stopped.get(service) {
            Some(state) => line.with(Tone::Bad, format!("{state:<9}")),
            None if width < ROOMY => line,
            None => line.with(Tone::Plain, format!("{:<9}", "running")),
        };
        match self.writable.get(service) {
            Some(true) => line = line.with(Tone::Good, "writable   "),
            Some(false) => line = line.with(Tone::Plain, "no writes  "),
            None => {}
        }
        for detector in self.topology.detectors.iter().filter(|detector| detector.watches == role) {
            let belief = self.beliefs.get(&(detector.name.clone(), service.to_owned()));
            let (tone, text) = match belief {
                _ if self.unreadable.get(&detector.name) == Some(&true) => (Tone::Bad, "cannot be read".to_owned()),
                Some((true, _)) => (Tone::Good, "up".to_owned()),
                Some((false, since)) => (Tone::Bad, format!("DOWN since {}", quantity::moment(self.offset(*since)))),
                None => (Tone::Plain, "–".to_owned()),
            };
            line = line.with(Tone::Label, format!("{}: ", detector.name)).with(tone, format!("{text}  "));
        }
        let window = self.fault.as_ref().and_then(|fault| Some((fault, self.plan.windows.get(fault.window)?)));
        let hit = window
            .and_then(|(fault, window)| window.hits(fault.target.as_deref()?).find(|(.., target)| *target == service));
        match hit {
            Some((fault, ..)) => line.with(Tone::Bad, format!("◄ {fault}")),
            None => line,
        }
    }
}

/// Values as bars, the highest as high as `most`; a dot where there was nothing, blank before the beginning.
fn curve(values: &[Option<u64>], most: u64) -> String {
    let bar = |value: &Option<u64>| match *value {
        None => ' ',
        Some(0) => '·',
        Some(value) => BARS[usize::try_from((value * 8).div_ceil(most.max(1))).unwrap_or(8).clamp(1, 8) - 1],
    };
    values.iter().map(bar).collect()
}

/// The text in at most `room` columns.
fn cut(text: &str, room: usize) -> String {
    if text.chars().count() <= room {
        return text.to_owned();
    }
    text.chars().take(room.saturating_sub(1)).chain((room > 0).then_some('…')).collect()
}

/// A length in whole seconds: tenths would only flicker.
fn seconds(span: Duration) -> String {
    quantity::length(Duration::from_secs((span.as_millis().div_ceil(1000)).try_into().unwrap_or(u64::MAX)))
}
