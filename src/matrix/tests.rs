use super::*;
use crate::library::Library;
use crate::scenario::Scenario;

fn asked(columns: &[&str]) -> Asked {
    let columns = columns.iter().map(|text| Column::read(text).unwrap()).collect();
    let (app, hold) = ("standin".to_owned(), Duration::from_secs(30));
    Asked { app, webwork_image: None, columns, students: 30, hold, settings: Vec::new() }
}

#[test]
fn a_column_is_a_fault_and_may_name_whom_it_is_aimed_at() {
    let said = |text| Column::read(text).map(|column| column.to_string()).map_err(|refusal| refusal.to_string());
    assert_eq!(said("kill"), Ok("kill".to_owned()));
    assert_eq!(said("freeze:db.primary"), Ok("freeze db.primary".to_owned()));
    assert!(said("freez").unwrap_err().ends_with("(hint: did you mean `freeze`?)"));
    for odd in ["kill:", "kill:\"x", "kill:a b"] {
        assert_eq!(said(odd).unwrap_err(), "expected FAULT or FAULT:TARGET, such as kill:db.primary");
    }
}

#[test]
fn a_topology_has_a_window_for_each_fault_that_it_and_the_machine_can_have() {
    let library = Library::default();
    let asked = asked(&["kill", "replica-lag", "kill:db.primary", "loss", "disk-fill"]);
    let lacks = |kind: &crate::fault::Kind| (kind.name == "loss").then(|| "no packet filter".to_owned());
    let read = |topology: &str| {
        let topology = library.cluster(topology, "standin").unwrap();
        let (text, windows) = scenario(&topology, &asked, lacks);
        let scenario = Scenario::read("matrix", "matrix", &text).unwrap();
        let plan = crate::plan::Plan::new(&scenario, &topology, 7).unwrap();
        let titles: Vec<_> = plan.windows.iter().map(|window| window.as_written()).collect();
        let refused: Vec<_> =
            windows.iter().filter_map(|place| place.as_ref().err()).map(ToString::to_string).collect();
        let places: Vec<_> = windows.iter().filter_map(|place| place.as_ref().ok()).copied().collect();
        (titles, refused, places)
    };
    let two =
        ["kill web.any", "replica-lag db.replica", "kill db.primary", "disk-fill storage.courses"].map(str::to_owned);
    let (titles, refused, places) = read("two-node");
    assert_eq!((titles, refused, places), (two.to_vec(), vec!["no packet filter".to_owned()], vec![0, 1, 2, 3]));
    let (titles, refused, places) = read("one-web");
    assert_eq!(titles, ["kill web.any", "kill db.primary", "disk-fill storage.courses"]);
    let lag = "it has not what `replica-lag` needs: a service that is no primary, of the role of `[condition.lag]`";
    assert_eq!((refused, places), (vec![lag.to_owned(), "no packet filter".to_owned()], vec![0, 1, 2]));
}

#[test]
fn what_was_measured_of_the_same_is_not_measured_again() {
    let mut matrix = sample::matrix();
    let columns = matrix.asked.columns.clone();
    let gone = || Err(Refused("`storage.courses` is not there".to_owned()));
    let known = |matrix: &Matrix, origin: &str, windows: &[Result<usize, Refused>]| {
        let draft = Draft { topology: "one-web", title: "t", origin, windows };
        matrix.row_of(&columns, &draft).is_some_and(|row| draft.is(row))
    };
    let windows = [Ok(0), gone(), gone()];
    let score = |matrix: &mut Matrix, change: fn(&mut Score)| match &mut matrix.rows[1].cells[0] {
        Cell::Measured(score) => change(score),
        other => panic!("{other:?}"),
    };
    assert!(!known(&matrix, "7f", &windows), "nothing is known of its answers");
    score(&mut matrix, |score| score.acknowledged = 0);
    assert!(known(&matrix, "7f", &windows), "there was nothing to lose");
    score(&mut matrix, |score| score.students = 0);
    assert!(!known(&matrix, "7f", &windows), "nobody was there");
    score(&mut matrix, |score| score.lost = Some(0));
    assert!(known(&matrix, "7f", &windows));
    let blind = |matrix: &mut Matrix, blind| match &mut matrix.rows[1].cells[0] {
        Cell::Measured(score) => std::mem::replace(&mut score.blind, blind),
        other => panic!("{other:?}"),
    };
    let was = blind(&mut matrix, None);
    assert!(!known(&matrix, "7f", &windows), "nobody knows for how long nobody knew");
    blind(&mut matrix, was);
    score(&mut matrix, |score| score.failover_write = Failover::NotMeasured);
    assert!(!known(&matrix, "7f", &windows), "nobody knows of writes");
    score(&mut matrix, |score| score.failover_write = Failover::NoOutage);
    assert!(!known(&matrix, "80", &windows), "made of something else");
    assert!(!known(&matrix, "7f", &[Ok(0), Ok(1), gone()]), "what was not possible is");
    matrix.asked.columns.pop();
    assert!(!known(&matrix, "7f", &windows), "other columns");
}

#[test]
fn every_usual_fault_is_possible_on_every_topology_with_its_app() {
    let library = Library::default();
    let asked = asked(FAULTS);
    for name in library.topologies() {
        let topology = library.cluster(&name, "standin").unwrap();
        let (text, windows) = scenario(&topology, &asked, |_| None);
        assert!(windows.iter().all(Result::is_ok), "{name}: {windows:?}");
        let scenario = Scenario::read("matrix", "matrix", &text).unwrap();
        assert!((0..20).any(|seed| crate::plan::Plan::new(&scenario, &topology, seed).is_ok()), "{name}");
    }
}

/// As where a machine cannot start its cluster at all.
#[test]
fn a_topology_that_can_have_none_of_the_faults_is_planned_with_none() {
    let library = Library::default();
    let topology = library.cluster("box", "standin").unwrap();
    for (seconds, students) in [(5, 2), (30, 30), (3600, 400)] {
        let asked = Asked { hold: Duration::from_secs(seconds), students, ..asked(FAULTS) };
        let (text, windows) = scenario(&topology, &asked, |_| Some("no /dev/fuse".to_owned()));
        assert!(windows.iter().all(Result::is_err), "{windows:?}");
        let scenario = Scenario::read("matrix", "matrix", &text).unwrap();
        let plan = crate::plan::Plan::new(&scenario, &topology, 7).unwrap_or_else(|why| panic!("{seconds}: {why}"));
        assert_eq!(plan.windows, []);
    }
}
