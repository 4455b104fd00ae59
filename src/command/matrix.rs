//! `matrix`: chosen faults over chosen topologies, one run for each topology, and the score card of all.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use sha2::{Digest, Sha256};

use super::doctor::fit;
use super::progress::{self, Manner};
use super::run::{Call, Ended, identified, interrupted, line, severity};
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
use crate::scenario::Scenario;
use crate::settings::Problems;
use crate::setup::TOOL;
use crate::store::{self, Folder};
use crate::topology::Topology;
use crate::{exit, quantity, report};

/// Under this name a matrix is kept.
const NAME: &str = "matrix";
/// The app of a matrix that names none.
const USUAL_APP: &str = "standin";
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
    let asked = asked(crossed)?;
    // Nothing is made for what is not there.
    let topologies = topologies(library, crossed, &asked)?;
    let engine = Engine::connect().await?;
    store::open(reports).map_err(usage)?;
    let machine = Machine::look(&engine, reports).await?;
    let fields = fields(topologies, crossed, &asked, &machine)?;
    let before = before(reports, crossed.resume)?;
    let drafts: Vec<_> = fields.iter().map(|field| (field.topology.clone(), field.scenario.clone())).collect();
    let seed = crossed.seed.or_else(|| before.as_ref().map(|matrix| matrix.seed));
    // Its scenarios are made of the command line.
    let plans = with_one_seed(library, &drafts, seed).map_err(|problems| unplanned(&problems))?;
    super::down::sweep(&engine, library, manner).await?;
    let apps = identified(&engine, fields.iter().map(|field| &field.topology.app)).await?;
    let app = apps.first().cloned().unwrap_or_default();
    let seed = plans.first().map_or(0, |plan| plan.seed);
    let call = Call { library, reports, engine: &engine, machine: &machine, keep: None, stop, manner, start };
    let origins: Vec<_> =
        fields.iter().zip(&plans).map(|(field, plan)| origin(&call, field, plan, &app)).collect::<Result<_>>()?;
    let drafts: Vec<_> = fields.iter().zip(&origins).map(|(field, origin)| field.draft(origin)).collect();
    // What is known is kept from the first moment on, whatever comes next.
    let known = |draft: &Draft<'_>| before.as_ref()?.known(&asked.columns, draft).cloned();
    let unknown = |draft: &Draft<'_>| draft.without(None, exit::UNKNOWN, "not run yet");
    let rows: Vec<_> = drafts.iter().map(|draft| known(draft).unwrap_or_else(|| unknown(draft))).collect();
    let left = |row: &Row| row.run.is_none();
    announce(
        (manner, start),
        fields.iter().zip(&plans).zip(&rows).filter(|(_, row)| left(row)).map(|(one, _)| one),
        crossed.resume,
    );
    let folder = Folder::create(reports, NAME)?;
    let mut matrix =
        Matrix { kind: Kind::Matrix, schema: SCHEMA, tool: TOOL.to_owned(), app: app.clone(), seed, asked, rows };
    for (place, (draft, (field, plan))) in drafts.iter().zip(fields.iter().zip(&plans)).enumerate() {
        if left(&matrix.rows[place]) {
            matrix.rows[place] = one(&call, draft, (&field.topology, plan), &app).await;
        }
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
    Ok(matrix.rows.iter().map(|row| row.code).max_by_key(|code| severity(*code)).unwrap_or(exit::PASS))
}

fn asked(crossed: &Crossed) -> Result<Asked, Usage> {
    let columns: Result<Vec<_>, _> = match crossed.faults.as_slice() {
        [] => FAULTS.iter().map(|name| Column::read(name)).collect(),
        named => named.iter().map(|text| Column::read(text)).collect(),
    };
    let columns = columns.map_err(|refusal| Usage(format!("--fault: {refusal}")))?;
    if let Some(twice) = columns.iter().enumerate().find(|(place, one)| columns[..*place].contains(one)) {
        return Err(Usage(format!("--fault {}: named twice; expected each once", twice.1)));
    }
    super::twice(&crossed.settings)?;
    Ok(Asked { columns, students: crossed.students, hold: crossed.hold, settings: crossed.settings.clone() })
}

/// What cannot be planned of what is asked for.
fn unplanned(problems: &Problems) -> Usage {
    let all: Vec<_> = problems.list.iter().map(|problem| format!("{}: {}", problem.field, problem.refusal)).collect();
    Usage(format!("{} cannot be planned: {}", problems.file, all.join("; ")))
}

/// The topologies that are asked for, with the app on them.
fn topologies(library: &Library, crossed: &Crossed, asked: &Asked) -> Result<Vec<Topology>> {
    let named = !crossed.topologies.is_empty();
    let names = if named { crossed.topologies.clone() } else { library.topologies() };
    let choice = Choice {
        app: crossed.app.clone(),
        webwork_image: crossed.webwork_image.clone(),
        settings: crossed.settings.clone(),
        ..Choice::of(NAME)
    };
    let none = Asked { columns: Vec::new(), ..asked.clone() };
    let mut topologies: Vec<Topology> = Vec::new();
    for name in names {
        if topologies.iter().any(|topology| topology.name == name) {
            return Err(Usage(format!("--topology {name}: named twice; expected each once")).into());
        }
        let topology = library.topology(&name).map_err(|error| usage(error.context(format!("--topology {name}"))))?;
        if topology.no_class.is_some() && !named {
            continue;
        }
        let alone = read(&topology, &course(&topology, (app(crossed), &none), |_| None).0)?;
        topologies.push(topology.running(super::app(library, &alone, &choice)?)?);
    }
    for column in &asked.columns {
        let refused = topologies.iter().map(|topology| column.aimed(topology).err().map(|why| (&topology.name, why)));
        let refused: Option<Vec<_>> = refused.collect();
        if let Some((name, why)) = refused.unwrap_or_default().first() {
            let fault = column.to_string().replace(' ', ":");
            return Err(
                Usage(format!("--fault {fault}: no topology that is asked for can have it; {name}: {why}")).into()
            );
        }
    }
    let has = |name: &str| topologies.iter().any(|one| one.settings.iter().any(|spec| spec.name == name));
    if let Some((name, text)) = crossed.settings.iter().find(|(name, _)| !has(name)) {
        return Err(Usage(format!("--set {name}={text}: no topology that is asked for has a setting `{name}`")).into());
    }
    Ok(topologies)
}

/// The app that is asked for.
fn app(crossed: &Crossed) -> &str {
    crossed.app.as_deref().unwrap_or(USUAL_APP)
}

/// The scenario of `topology`.
fn read(topology: &Topology, text: &str) -> Result<Scenario, Usage> {
    let name = &topology.name;
    Scenario::read(&format!("{NAME}-{name}"), &format!("{NAME} on {name}"), text)
        .map_err(|problems| unplanned(&problems))
}

/// Each topology with its scenario. The app says what its servers are, and so which faults can be aimed at them.
fn fields(topologies: Vec<Topology>, crossed: &Crossed, asked: &Asked, machine: &Machine) -> Result<Vec<Field>> {
    let field = |topology: Topology| {
        // On a machine where it cannot be started, nothing can be done to it.
        let mountless = doctor::mountless(machine, &topology);
        let lacks = |kind: &crate::fault::Kind| mountless.clone().or_else(|| doctor::lacking(machine, kind));
        let (text, windows) = course(&topology, (app(crossed), asked), lacks);
        let mut scenario = read(&topology, &text)?;
        // A setting that only some topologies have is theirs.
        let own = |(setting, _): &&(String, String)| topology.settings.iter().any(|spec| spec.name == *setting);
        scenario.settings.extend(crossed.settings.iter().filter(own).cloned());
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
    match stored(&path)? {
        Some(matrix) => Ok(Some(matrix)),
        None => Err(store::Damaged(format!("{}: expected a matrix", path.display())).into()),
    }
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
    let read = report::matrix::read(&bytes).map_err(|why| store::Damaged(format!("{}: {why:#}", path.display())));
    Ok(Some(read?))
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
