//! `matrix`: chosen faults over chosen topologies, one run for each topology, and the score card of all.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use sha2::{Digest, Sha256};

use super::doctor::fit;
use super::image;
use super::progress::{self, Manner};
use super::run::{Call, Ended, identified, interrupted, line, worse};
use super::{render, say, usage, with_one_seed};
use crate::cli::{Choice, Crossed, Stop, Usage, Voice};
use crate::clock::Stamp;
use crate::cluster::docker::{Engine, Machine};
use crate::digest;
use crate::doctor;
use crate::library::Library;
use crate::live::Event;
use crate::matrix::{Asked, Column, Draft, FAULTS, Kind, Matrix, Refused, Row, SCHEMA, scenario as course};
use crate::plan::Plan;
use crate::scenario::{Scenario, USUAL_APP};
use crate::settings::{Problem, Problems, Refusal};
use crate::setup::TOOL;
use crate::store::{self, Folder};
use crate::topology::Topology;
use crate::{exit, quantity, report};

/// Under this name a matrix is kept.
const NAME: &str = "matrix";
/// Fields of the scenarios that it makes, the option that is to blame, and what would help.
const OPTIONS: &[(&str, &str, &str)] =
    &[("repeat", "--for", "a shorter time, or fewer --fault"), ("class.students", "--students", "fewer students")];
/// How long each fault lasts in a matrix that does not say.
const USUAL_HOLD: Duration = Duration::from_secs(30);
/// Students of a matrix that does not say.
const USUAL_STUDENTS: u32 = 30;
/// What starting, seeding, auditing and removing a cluster takes beside its class.
const BESIDE: Duration = Duration::from_secs(75);

/// A topology to be measured.
struct Field {
    topology: Topology,
    scenario: Scenario,
    /// For each column the number of its window, or why it has none.
    windows: Vec<Result<usize, Refused>>,
}

impl Field {
    fn draft<'a>(&'a self, origin: &'a str) -> Draft<'a> {
        Draft { topology: &self.topology.name, title: &self.topology.title, origin, windows: &self.windows }
    }
}

/// Runs what `crossed` names; the worst code of all.
pub async fn matrix(library: &Library, reports: &Path, crossed: &Crossed, voice: Voice, stop: Stop) -> Result<u8> {
    let (manner, start) = (Manner::of(voice), Stamp::now());
    let ended = all(library, reports, crossed, (manner, start), &stop).await;
    // What was looked at when the user ended it was ended with it, and may seem to be missing.
    let ended = ended.or_else(|error| if stop.first.is_cancelled() { Ok(interrupted(&error)) } else { Err(error) });
    progress::tell_end(manner, start, &ended);
    ended
}

async fn all(
    library: &Library,
    reports: &Path,
    crossed: &Crossed,
    (manner, start): (Manner, Stamp),
    stop: &Stop,
) -> Result<u8> {
    let before = before(reports, crossed.resume)?;
    let asked = asked(crossed, before.as_ref())?;
    // Nothing is made for what is not there.
    let topologies = topologies(library, &names(library, crossed, before.as_ref())?, &asked)?;
    let engine = Engine::connect().await?;
    store::open(reports).map_err(usage)?;
    let machine = Machine::look(&engine, reports).await?;
    let fields = fields(topologies, &asked, &machine)?;
    let plans = plans(library, &fields, crossed.seed, before.as_ref())?;
    if crossed.dry_run && !crossed.resume {
        announce((manner, start), fields.iter().zip(&plans), false);
        return Ok(exit::PASS);
    }
    if !crossed.dry_run {
        super::down::sweep(&engine, library, manner).await?;
    }
    // What is left to measure depends on what the app's image is.
    let apps = identified(&engine, fields.iter().map(|field| &field.topology.app)).await?;
    let app = apps.first().cloned().unwrap_or_default();
    let seed = plans.first().map_or(0, |plan| plan.seed);
    let call = Call { library, reports, engine: &engine, machine: &machine, keep: None, stop, manner, start };
    let origins: Vec<_> =
        fields.iter().zip(&plans).map(|(field, plan)| origin(&call, field, plan, &app)).collect::<Result<_>>()?;
    let drafts: Vec<_> = fields.iter().zip(&origins).map(|(field, origin)| field.draft(origin)).collect();
    let (rows, left): (Vec<_>, Vec<_>) =
        drafts.iter().map(|draft| begun(before.as_ref(), &asked.columns, draft)).unzip();
    announce(
        (manner, start),
        fields.iter().zip(&plans).zip(&left).filter(|(_, left)| **left).map(|(one, _)| one),
        crossed.resume,
    );
    if crossed.dry_run {
        return Ok(exit::PASS);
    }
    let folder = Folder::create(reports, NAME)?;
    let mut matrix =
        Matrix { kind: Kind::Matrix, schema: SCHEMA, tool: TOOL.to_owned(), app: app.clone(), seed, asked, rows };
    let order = drafts.iter().zip(fields.iter().zip(&plans)).zip(&left);
    let mut code = exit::PASS;
    for (place, ((draft, (field, plan)), left)) in order.enumerate() {
        let row = &mut matrix.rows[place];
        let told = if *left { measure(&call, (draft, row), (&field.topology, plan), &app).await } else { still(row) };
        code = worse(code, told);
        render::keep(&folder, report::matrix::FILES, &matrix)?;
        folder.become_latest();
    }
    let path = folder.path().display().to_string();
    if manner != Manner::Events {
        say::out("\n");
        show(&matrix, "terminal")?;
        say::out(format_args!("matrix: {path}/report.html\n"));
    }
    progress::tell(manner, start, Event::Comparison { folder: path });
    Ok(code)
}

/// The plans of all fields, with the seed that is asked for, else that of the matrix that is gone on with, else one with which all can be
/// planned. Their scenarios are made of the command line.
fn plans(library: &Library, fields: &[Field], seed: Option<u64>, before: Option<&Matrix>) -> Result<Vec<Plan>, Usage> {
    let drafts: Vec<_> = fields.iter().map(|field| (field.topology.clone(), field.scenario.clone())).collect();
    let seed = seed.or_else(|| before.map(|matrix| matrix.seed));
    with_one_seed(library, &drafts, seed).map_err(|problems| match (unplanned(&problems), before) {
        (Usage(why), Some(matrix)) => Usage(format!(
            "--resume: with seed {} of the newest matrix {why} (hint: without --resume a new one begins)",
            matrix.seed
        )),
        (why, None) => why,
    })
}

/// The code of what was measured before: what was left behind then is gone by now.
fn still(row: &Row) -> u8 {
    if row.code == exit::LEFT_BEHIND { exit::PASS } else { row.code }
}

/// Measures a topology; the code of its run. A run that came to less than the one before says less, and `row` stays what it was.
async fn measure(call: &Call<'_>, (draft, row): (&Draft<'_>, &mut Row), field: (&Topology, &Plan), app: &str) -> u8 {
    let new = one(call, draft, field, app).await;
    let code = new.code;
    if new.measured() >= row.measured() {
        *row = new;
    }
    code
}

/// The row that a topology begins with, which is what is known of it, and whether it is to be measured.
fn begun(before: Option<&Matrix>, columns: &[Column], draft: &Draft<'_>) -> (Row, bool) {
    let unknown = || draft.without(None, exit::UNKNOWN, "not run yet");
    let row = before.and_then(|matrix| matrix.row_of(columns, draft));
    let known = row.is_some_and(|row| draft.is(row) && !matches!(row.code, exit::INTERRUPTED | exit::BUG));
    (row.cloned().unwrap_or_else(unknown), !known)
}

/// What `crossed` asks for, which is what `before` asked for where that is gone on with.
fn asked(crossed: &Crossed, before: Option<&Matrix>) -> Result<Asked, Usage> {
    let columns: Result<Vec<_>, _> = match crossed.faults.as_slice() {
        [] => FAULTS.iter().map(|name| Column::read(name)).collect(),
        named => named.iter().map(|text| Column::read(text)).collect(),
    };
    let columns = columns.map_err(|refusal| Usage(format!("--fault: {refusal}")))?;
    if let Some(twice) = super::again(&columns, |column| column) {
        return Err(Usage(format!("--fault {}: named twice; expected each once", twice.as_option())));
    }
    super::twice(&crossed.settings)?;
    let asked = Asked {
        app: crossed.app.clone().unwrap_or_else(|| USUAL_APP.to_owned()),
        webwork_image: crossed.webwork_image.clone(),
        columns,
        students: crossed.students.unwrap_or(USUAL_STUDENTS),
        hold: crossed.hold.unwrap_or(USUAL_HOLD),
        settings: crossed.settings.clone(),
    };
    let Some(before) = before else { return Ok(asked) };
    let was = &before.asked;
    let others = [
        ("--fault", !crossed.faults.is_empty() && asked.columns != was.columns),
        ("--for", crossed.hold.is_some() && asked.hold != was.hold),
        ("--students", crossed.students.is_some() && asked.students != was.students),
        ("--set", !crossed.settings.is_empty() && sorted(&asked.settings) != sorted(&was.settings)),
        ("--app", crossed.app.is_some() && asked.app != was.app),
        ("--webwork-image", crossed.webwork_image.is_some() && asked.webwork_image != was.webwork_image),
        ("--seed", crossed.seed.is_some_and(|seed| seed != before.seed)),
    ];
    match others.iter().find(|(_, other)| *other) {
        Some((option, _)) => Err(Usage(format!(
            "--resume: {option} asks for something else than the newest matrix did; expected the same, or no {option} (hint: \
             without --resume a new one begins)"
        ))),
        None => Ok(was.clone()),
    }
}

/// Settings in an order of their own: that on the command line means nothing.
fn sorted(settings: &[(String, String)]) -> Vec<&(String, String)> {
    let mut all: Vec<_> = settings.iter().collect();
    all.sort_unstable();
    all
}

/// The topologies that `crossed` asks for, after those of the matrix that is gone on with; all where neither names any.
fn names(library: &Library, crossed: &Crossed, before: Option<&Matrix>) -> Result<Vec<String>> {
    let mut names: Vec<String> =
        before.into_iter().flat_map(|matrix| &matrix.rows).map(|row| row.topology.clone()).collect();
    if let Some(twice) = super::again(&crossed.topologies, |name| name) {
        return Err(Usage(format!("--topology {twice}: named twice; expected each once")).into());
    }
    for name in &crossed.topologies {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    if names.is_empty() {
        // Where no class can take a quiz, there is nothing to be told unless it is asked for by name.
        let read = |name: String| Ok(library.topology(&name)?.no_class.is_none().then_some(name));
        names = library.topologies().into_iter().map(read).filter_map(Result::transpose).collect::<Result<_>>()?;
    }
    Ok(names)
}

/// What cannot be planned of what is asked for. The fields are those of a scenario that nobody has written: where an option says
/// what is in one, it is named instead.
fn unplanned(problems: &Problems) -> Usage {
    let said = |Problem { field, refusal, .. }: &Problem| match OPTIONS.iter().find(|(known, ..)| known == field) {
        Some((_, option, hint)) => format!("{option}: {}", Refusal::new(refusal.message.as_str()).hinted(*hint)),
        None => format!("{field}: {refusal}"),
    };
    let all: Vec<_> = problems.list.iter().map(said).collect();
    Usage(format!("{} cannot be planned: {}", problems.file, all.join("; ")))
}

/// The topologies of these names, with the app on them.
fn topologies(library: &Library, names: &[String], asked: &Asked) -> Result<Vec<Topology>> {
    let choice = Choice {
        app: Some(asked.app.clone()),
        webwork_image: asked.webwork_image.clone(),
        settings: asked.settings.clone(),
        ..Choice::of(NAME)
    };
    let none = Asked { columns: Vec::new(), ..asked.clone() };
    let mut topologies: Vec<Topology> = Vec::new();
    for name in names {
        let topology = library.topology(name).map_err(|error| usage(error.context(format!("--topology {name}"))))?;
        let alone = read(&topology, &course(&topology, &none, |_| None).0)?;
        topologies.push(topology.running(super::app(library, &alone, &choice)?)?);
    }
    image::check_option(&choice, topologies.iter().map(|topology| &topology.app))?;
    for column in &asked.columns {
        let refused = topologies.iter().map(|topology| column.aimed(topology).err().map(|why| (&topology.name, why)));
        let refused: Option<Vec<_>> = refused.collect();
        if let Some((name, why)) = refused.unwrap_or_default().first() {
            let fault = column.as_option();
            return Err(
                Usage(format!("--fault {fault}: no topology that is asked for can have it; {name}: {why}")).into()
            );
        }
    }
    let has = |name: &str| topologies.iter().any(|one| one.settings.iter().any(|spec| spec.name == name));
    if let Some((name, text)) = asked.settings.iter().find(|(name, _)| !has(name)) {
        return Err(Usage(format!("--set {name}={text}: no topology that is asked for has a setting `{name}`")).into());
    }
    Ok(topologies)
}

/// The scenario of `topology`.
fn read(topology: &Topology, text: &str) -> Result<Scenario, Usage> {
    let name = &topology.name;
    Scenario::read(&format!("{NAME}-{name}"), &format!("{NAME} on {name}"), text)
        .map_err(|problems| unplanned(&problems))
}

/// Each topology with its scenario. The app says what its servers are, and so which faults can be aimed at them.
fn fields(topologies: Vec<Topology>, asked: &Asked, machine: &Machine) -> Result<Vec<Field>> {
    let field = |topology: Topology| {
        // On a machine where it cannot be started, nothing can be done to it.
        let mountless = doctor::mountless(machine, &topology);
        let lacks = |kind: &crate::fault::Kind| mountless.clone().or_else(|| doctor::lacking(machine, kind));
        let (text, windows) = course(&topology, asked, lacks);
        let mut scenario = read(&topology, &text)?;
        // A setting that only some topologies have is theirs.
        let own = |(setting, _): &&(String, String)| topology.settings.iter().any(|spec| spec.name == *setting);
        scenario.settings.extend(asked.settings.iter().filter(own).cloned());
        Ok(Field { topology, scenario, windows })
    };
    topologies.into_iter().map(field).collect()
}

/// The matrix to go on with.
fn before(reports: &Path, resume: bool) -> Result<Option<Matrix>> {
    if !resume {
        return Ok(None);
    }
    let path = reports.join(NAME).join(store::LATEST).join(report::matrix::STORED);
    if !path.exists() {
        return Err(Usage(format!("--resume: {} is not there; expected a matrix to go on with", path.display())).into());
    }
    let bytes = store::bytes(&path)?;
    Ok(Some(report::matrix::read(&bytes).map_err(|why| damaged(&path, why))?))
}

/// The matrix that is stored at `path`; none where something else is.
pub fn stored(path: &Path) -> Result<Option<Matrix>> {
    #[derive(serde::Deserialize)]
    struct Head {
        kind: serde_json::Value,
    }
    let bytes = store::bytes(path)?;
    let kind = serde_json::from_slice(&bytes).map(|head: Head| head.kind);
    if !kind.is_ok_and(|kind| kind == serde_json::json!(Kind::Matrix)) {
        return Ok(None);
    }
    Ok(Some(report::matrix::read(&bytes).map_err(|why| damaged(path, why))?))
}

/// What is stored at `path` is no matrix.
fn damaged(path: &Path, why: anyhow::Error) -> store::Damaged {
    match why.downcast::<serde_json::Error>() {
        Ok(error) => store::Damaged::json(path, &error),
        Err(why) => store::Damaged(format!("{}: {why:#}", path.display())),
    }
}

/// Prints it in one format.
pub fn show(matrix: &Matrix, format: &str) -> Result<u8> {
    let formats = report::matrix::FORMATS;
    let found = formats.iter().find(|one| one.name == format).ok_or_else(|| {
        let known: Vec<_> = formats.iter().map(|one| one.name).collect();
        Usage(format!("a matrix has no format `{format}`; known: {}", known.join(", ")))
    })?;
    say::coloured(&(found.render)(matrix)?);
    Ok(exit::PASS)
}

/// What the run of a row is made of, `app` being what was found of the app here: of whatever else the row is, it is none.
fn origin(call: &Call<'_>, field: &Field, plan: &Plan, app: &str) -> Result<String> {
    let (library, machine, topology) = (call.library, call.machine, &field.topology);
    let images = topology.images.iter().chain(&topology.over_app).map(|part| format!("images/{part}"));
    let folders = images.chain([format!("apps/{}", topology.app.name)]);
    let hashes: Vec<_> = folders.map(|folder| library.hash(&folder)).collect();
    let made_of = (
        (TOOL, app, plan, topology),
        (library.compose_files(topology)?, hashes),
        (machine.cores, machine.memory_bytes, &machine.kernel, &machine.engine),
    );
    Ok(digest::hex(Sha256::new().chain_update(serde_json::to_vec(&made_of)?), 8))
}

/// Says what is to be run, and about how long that takes.
fn announce<'a>((manner, start): (Manner, Stamp), rows: impl Iterator<Item = (&'a Field, &'a Plan)>, resumed: bool) {
    let rows: Vec<_> = rows.filter(|(_, plan)| !plan.windows.is_empty()).collect();
    let took = |plan: &Plan| plan.deadline + BESIDE;
    let each = rows.iter().map(|(field, plan)| format!("{} {}", field.topology.name, quantity::length(took(plan))));
    let each: Vec<_> = each.collect();
    let all: Duration = rows.iter().map(|(_, plan)| took(plan)).sum();
    let text = match (each.is_empty(), resumed) {
        (true, _) => "nothing is left to run".to_owned(),
        (false, true) => format!("left to run: about {}: {}", quantity::length(all), each.join(", ")),
        (false, false) => format!("this takes about {}: {}", quantity::length(all), each.join(", ")),
    };
    if manner == Manner::Events {
        progress::tell(manner, start, Event::Progress { text });
    } else {
        say::err(format_args!("{text}\n"));
    }
}

/// The row of one topology.
async fn one(call: &Call<'_>, draft: &Draft<'_>, (topology, plan): (&Topology, &Plan), app: &str) -> Row {
    if call.stop.first.is_cancelled() {
        return draft.without(None, exit::INTERRUPTED, "the matrix was interrupted");
    }
    if plan.windows.is_empty() {
        return draft.without(None, exit::PASS, "");
    }
    if let Err(unfit) = fit(call.machine, plan, topology) {
        return draft.without(None, exit::NOT_UP, &unfit.to_string());
    }
    let Ended { code, row, report } = line(call, (topology, plan, app.to_owned()), None).await;
    let run = row.run.as_deref();
    match report {
        Some(report) => draft.measured(plan, (run.unwrap_or_default(), code), &report.figures),
        None => draft.without(run, code, row.not_measured.as_deref().unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::{Cell, sample};

    #[test]
    fn a_row_that_does_not_count_any_more_is_measured_and_kept_until_it_is() {
        let mut matrix = sample::matrix();
        let columns = matrix.asked.columns.clone();
        let gone = || Err(Refused("`storage.courses` is not there".to_owned()));
        let windows = [Ok(0), gone(), gone()];
        let begun = |matrix: &Matrix, origin: &str| {
            let draft = Draft { topology: "one-web", title: "t", origin, windows: &windows };
            let (row, left) = begun(Some(matrix), &columns, &draft);
            (row.measured(), left)
        };
        assert_eq!(begun(&matrix, "7f"), (1, true), "its answers are not known");
        match &mut matrix.rows[1].cells[0] {
            Cell::Measured(score) => score.lost = Some(0),
            other => panic!("{other:?}"),
        }
        assert_eq!(begun(&matrix, "7f"), (1, false));
        assert_eq!(begun(&matrix, "80"), (0, true), "made of something else");
        for (code, left) in
            [(exit::INTERRUPTED, true), (exit::BUG, true), (exit::LEFT_BEHIND, false), (exit::UNKNOWN, false)]
        {
            matrix.rows[1].code = code;
            assert_eq!(begun(&matrix, "7f"), (1, left), "{code}");
        }
        assert_eq!(still(&matrix.rows[1]), exit::UNKNOWN);
        matrix.rows[1].code = exit::LEFT_BEHIND;
        assert_eq!(still(&matrix.rows[1]), exit::PASS);
    }
}
