//! What a user is told while a command goes on: lines that change on a terminal, lines that stay elsewhere, events for a
//! machine, or nothing.
//!
//! Whoever has something to say leaves it here and goes on; it is written four times a second at most, by a task of its own.
//! A terminal that was stopped by Ctrl-S, or a pipe that nobody reads, keeps nobody from recording.

use std::mem::take;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Serialize;
use tokio::task::AbortHandle;
use tokio::time::{MissedTickBehavior, interval};

use super::{say, screen, terminal};
use crate::cli::Voice;
use crate::clock::Stamp;
use crate::foreign::json;
use crate::history::{Fact, Observation};
use crate::live::{Event, Narrator, Phase, Stamped, View, milliseconds};
use crate::plan::Plan;
use crate::quantity;
use crate::topology::Topology;

/// Time between two drawings.
const TICK: Duration = Duration::from_millis(250);
/// Time between two plain lines of figures.
const PLAIN: Duration = Duration::from_secs(15);

/// How a user is told what goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// By lines on standard error that change.
    Changing,
    /// By lines on standard error that stay.
    Plain,
    /// By events on standard output.
    Events,
    /// Not at all.
    Quiet,
}

impl Manner {
    /// As the command line asks for, and as standard error can.
    pub fn of(voice: Voice) -> Self {
        match voice {
            Voice { json: true, .. } => Self::Events,
            Voice { quiet: true, .. } => Self::Quiet,
            _ => Self::usual(),
        }
    }

    /// As standard error can.
    pub fn usual() -> Self {
        if terminal::changes_err() { Self::Changing } else { Self::Plain }
    }

    /// Whether people read what is printed beside the report.
    pub fn is_for_people(self) -> bool {
        matches!(self, Self::Changing | Self::Plain)
    }
}

/// The display of one command, or of one run of it. It goes away with this, however that ends.
pub struct Progress {
    told: Arc<Told>,
    ticking: AbortHandle,
}

/// Follows the observations of a run for its display.
pub struct Follow(Arc<Told>);

struct Told {
    manner: Manner,
    began: Stamp,
    state: Mutex<State>,
    /// Held while lines are written, so that they stay in order.
    writing: Mutex<()>,
}

struct State {
    run: Run,
    /// What a command without a run does.
    step: String,
    /// Lines that are to be written.
    due: Vec<String>,
    /// When figures were told last, where they are told in lines that stay.
    figures: Stamp,
    over: bool,
}

/// The run that is told of.
enum Run {
    None,
    Shown(Box<View>),
    Narrated(Box<Narrator>),
}

impl Progress {
    /// The display of a command.
    pub fn new(manner: Manner) -> Self {
        Self::begin(manner, Stamp::now(), Run::None)
    }

    /// The display of a run of `plan` on `topology`, by a command that began at `start`: events count from there.
    pub fn of_run(manner: Manner, start: Stamp, plan: &Plan, topology: &Topology) -> Self {
        let (plan, topology) = (plan.clone(), topology.clone());
        let began = if manner == Manner::Events { start } else { Stamp::now() };
        let run = match manner {
            Manner::Quiet => Run::None,
            Manner::Events => Run::Narrated(Box::new(Narrator::new(plan, topology, began))),
            Manner::Changing | Manner::Plain => Run::Shown(Box::new(View::new(plan, topology, began))),
        };
        Self::begin(manner, began, run)
    }

    fn begin(manner: Manner, began: Stamp, run: Run) -> Self {
        let state = State { run, step: String::new(), due: Vec::new(), figures: began, over: false };
        let told = Arc::new(Told { manner, began, state: Mutex::new(state), writing: Mutex::new(()) });
        let ticked = Arc::clone(&told);
        let ticking = tokio::spawn(async move {
            let mut ticks = interval(TICK);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                ticks.tick().await;
                let ticked = Arc::clone(&ticked);
                // Whoever reads may keep this waiting.
                if tokio::task::spawn_blocking(move || ticked.write()).await.is_err() {
                    return;
                }
            }
        });
        Self { told, ticking: ticking.abort_handle() }
    }

    /// Says what is going on now.
    pub fn say(&self, text: &str) {
        self.told.say(text);
    }

    /// Tells an event of now, where events are told; after [`end`](Self::end) too.
    pub fn tell(&self, event: Event) {
        if self.told.manner == Manner::Events {
            self.told.state().due.push(line(&self.told.stamped(event)));
        }
    }

    /// What follows the run's observations.
    pub fn follow(&self) -> Follow {
        Follow(Arc::clone(&self.told))
    }

    /// Writes what is to be written, and takes the display away.
    pub fn end(&self) {
        self.ticking.abort();
        self.told.state().over = true;
        self.told.write();
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.end();
    }
}

impl Follow {
    /// Tells what `seen` changes.
    pub fn look(&self, seen: &Observation) {
        self.0.look(seen);
    }
}

impl Told {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stamped(&self, event: Event) -> Stamped {
        Stamped { at_ms: milliseconds(Stamp::now().since(self.began)), event }
    }

    /// `text` with the time since the beginning.
    fn timed(&self, text: &str) -> String {
        format!("[{:>4}s] {}", Stamp::now().since(self.began).as_secs(), say::message(text))
    }

    fn say(&self, text: &str) {
        let mut state = self.state();
        match self.manner {
            Manner::Quiet => {}
            Manner::Plain => state.due.push(self.timed(text)),
            Manner::Events => {
                state.due.push(line(&self.stamped(Event::Progress { text: text.to_owned() })));
            }
            Manner::Changing => {
                let mut stays = false;
                if let Run::Shown(view) = &mut state.run {
                    view.say(text);
                    // The steps on the way up are many, and only the present one is worth a line.
                    stays = view.phase(Stamp::now()) != Phase::Up;
                }
                if stays {
                    state.due.push(self.timed(text));
                }
                text.clone_into(&mut state.step);
            }
        }
    }

    fn look(&self, seen: &Observation) {
        let mut state = self.state();
        let State { run, due, figures, .. } = &mut *state;
        match run {
            Run::None => {}
            Run::Narrated(narrator) => due.extend(narrator.look(seen).iter().map(line)),
            Run::Shown(view) => {
                view.look(seen);
                due.extend(view.note(seen).map(|note| self.timed(&note)));
                let is_due = self.manner == Manner::Plain && seen.at.since(*figures) >= PLAIN;
                if is_due && matches!(seen.fact, Fact::Request(_)) {
                    *figures = seen.at;
                    due.push(self.timed(&view.summary(seen.at)));
                }
            }
        }
    }

    /// Writes what is due, and draws what changes.
    fn write(&self) {
        let _in_order = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        match self.manner {
            Manner::Changing => screen::draw(|columns| {
                let mut state = self.state();
                (take(&mut state.due), if state.over { Vec::new() } else { self.changing(&state, columns) })
            }),
            Manner::Plain => {
                let due = take(&mut self.state().due);
                due.iter().for_each(|line| say::err(format_args!("{line}\n")));
            }
            Manner::Events => {
                let due = take(&mut self.state().due);
                due.iter().for_each(|line| say::out(format_args!("{line}\n")));
            }
            Manner::Quiet => {}
        }
    }

    fn changing(&self, state: &State, columns: usize) -> Vec<String> {
        let now = Stamp::now();
        match &state.run {
            Run::Shown(view) => {
                let colour = terminal::colours_err();
                view.lines(now, columns).iter().map(|line| line.text(colour, one_line)).collect()
            }
            _ => vec![one_line(&format!("{}  {}", quantity::moment(now.since(self.began)), state.step))],
        }
    }
}

/// What others said, in a line that does not break by itself.
fn one_line(text: &str) -> String {
    say::message(text).replace(['\n', '\t'], " ")
}

/// Prints an event of no run, where events are told. The command began at `start`.
pub fn tell(manner: Manner, start: Stamp, event: Event) {
    if manner == Manner::Events {
        let at_ms = milliseconds(Stamp::now().since(start));
        say::out(format_args!("{}\n", line(&Stamped { at_ms, event })));
    }
}

/// Prints the last event of a command that ended so, where events are told.
pub fn tell_end(manner: Manner, start: Stamp, ended: &anyhow::Result<u8>) {
    let (code, error) = match ended {
        Ok(code) => (*code, None),
        Err(error) => (super::code_of(error), Some(format!("{error:#}"))),
    };
    tell(manner, start, Event::End { code, error });
}

fn line(event: &impl Serialize) -> String {
    // Every event is of texts and numbers, which can always be written.
    let bytes = serde_json::to_vec(event).unwrap_or_default();
    String::from_utf8_lossy(&json(bytes)).into_owned()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::store::Folder;

    /// A recorded run, with its first moment where `zero` is.
    fn recorded(zero: Stamp) -> (Plan, Topology, Vec<Observation>) {
        let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden"));
        let (plan, preface, history) = Folder::find(folder, "clean").unwrap().read().unwrap();
        let seen = history.map(|seen| {
            let mut value = serde_json::to_value(seen.unwrap()).unwrap();
            shift(&mut value, zero);
            serde_json::from_str(&in_order(value)).unwrap()
        });
        (plan, preface.topology, seen.collect())
    }

    /// Moves every moment of a recorded fact from the beginning of the recorded histories to `zero`.
    fn shift(value: &mut serde_json::Value, zero: Stamp) {
        const RECORDED: u64 = 1_000_000_000_000;
        match value {
            serde_json::Value::Number(number) => {
                if let Some(moment) = number.as_u64().and_then(|moment| moment.checked_sub(RECORDED)) {
                    *value = (zero.0 + moment).into();
                }
            }
            serde_json::Value::Object(fields) => fields.values_mut().for_each(|value| shift(value, zero)),
            _ => {}
        }
    }

    /// As a history has it: the moment first, then the kind of fact.
    fn in_order(mut value: serde_json::Value) -> String {
        let fields = value.as_object_mut().unwrap();
        let (at, fact) = (fields.remove("at").unwrap(), fields.remove("fact").unwrap());
        let rest = value.to_string();
        let comma = if rest == "{}" { "" } else { "," };
        format!("{{\"at\":{at},\"fact\":{fact}{comma}{}", &rest[1..])
    }

    /// What a recorded run leaves to be written.
    async fn due(manner: Manner) -> Vec<String> {
        let (plan, topology, history) = recorded(Stamp::now());
        let progress = Progress::of_run(manner, Stamp::now(), &plan, &topology);
        progress.ticking.abort();
        progress.say("seeding the course");
        let follow = progress.follow();
        history.iter().for_each(|seen| follow.look(seen));
        take(&mut progress.told.state().due)
    }

    #[tokio::test(start_paused = true)]
    async fn lines_that_stay_have_figures_each_quarter_of_a_minute() {
        insta::assert_snapshot!(due(Manner::Plain).await.join("\n"), @r"
        [   0s] seeding the course
        [   0s] 0:15 of 1:14, baseline: 10 students at work, error rate 0%
        [   0s] freeze web1: injecting
        [   0s] freeze web1: there (web1 is as the fault wants it)
        [   0s] 0:34 of 1:14, freeze web1: 10 students at work, error rate 0%
        [   0s] balancer: web1 is down
        [   0s] 0:49 of 1:14, freeze web1: 10 students at work, error rate 6.7%
        [   0s] freeze web1: healing
        [   0s] balancer: web1 is up
        [   0s] freeze web1: healed
        [   0s] 1:04 of 1:14, recovery: 10 students at work, error rate 0%
        ");
    }

    #[tokio::test(start_paused = true)]
    async fn above_lines_that_change_only_what_happens_stays() {
        insta::assert_snapshot!(due(Manner::Changing).await.join("\n"), @r"
        [   0s] freeze web1: injecting
        [   0s] freeze web1: there (web1 is as the fault wants it)
        [   0s] balancer: web1 is down
        [   0s] freeze web1: healing
        [   0s] balancer: web1 is up
        [   0s] freeze web1: healed
        ");
    }

    #[tokio::test(start_paused = true)]
    async fn a_quiet_run_says_nothing() {
        assert!(due(Manner::Quiet).await.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn every_event_is_one_line_of_json() {
        let due = due(Manner::Events).await;
        let events: Vec<serde_json::Value> = due.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(events[0]["event"], "progress");
        assert!(events.iter().all(|event| event["at_ms"].is_u64()) && !due.concat().contains('\n'));
    }

    /// For the eyes, on a terminal: `cargo test --lib on_this_terminal -- --ignored`.
    #[tokio::test(flavor = "multi_thread")]
    #[ignore = "shows half a minute of a recorded run on this terminal"]
    async fn on_this_terminal() {
        const BEFORE: Duration = Duration::from_secs(26);
        let now = Stamp::now();
        let (plan, topology, history) = recorded(now.before(BEFORE));
        let progress = Progress::of_run(Manner::usual(), now, &plan, &topology);
        let follow = progress.follow();
        for seen in history.iter().filter(|seen| seen.at <= now + Duration::from_secs(30)) {
            crate::clock::sleep_until(seen.at).await;
            follow.look(seen);
        }
    }
}
