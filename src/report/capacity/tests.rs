//! A result with every state, in every format.

use super::*;
use crate::capacity::{Arrival, Ending, Outcome, words as said};
use crate::foreign::places;
use crate::quantity::solid;
use serde_json::Value;

fn text(capacity: &Capacity, name: &str) -> String {
    let format = FORMATS.iter().find(|format| format.name == name).unwrap();
    String::from_utf8((format.render)(capacity).unwrap()).unwrap()
}

#[test]
fn the_sentence_names_what_it_was_measured_on() {
    let mut capacity = sample::every_state();
    insta::assert_snapshot!(said::sentence(&capacity), @"On nodes like these (2 nodes of 2.4 cores and 1.0 GiB, with the stand-in (not WeBWorK)): 190 students starting together; 90 if one server is lost; 85 if one server is lost while most is asked; not found if the database fails over while most is asked.");
    capacity.setup.stand_in = false;
    capacity.states.truncate(2);
    insta::assert_snapshot!(said::sentence(&capacity), @"On nodes like these (2 nodes of 2.4 cores and 1.0 GiB): 190 students starting together; 90 if one server is lost.");
    capacity.states.remove(0);
    insta::assert_snapshot!(said::sentence(&capacity), @"On nodes like these (2 nodes of 2.4 cores and 1.0 GiB): 90 students starting together if one server is lost.");
    let within = |seconds, evenly| Some(Arrival { within: std::time::Duration::from_secs(seconds), evenly });
    for (arrival, said) in [
        (within(50, false), "90 students starting together (within 50 s) if"),
        (within(50, true), "90 students arriving evenly within 50 s if"),
        (within(600, false), "90 students arriving within 10 min if"),
    ] {
        capacity.arrival = arrival;
        assert!(said::sentence(&capacity).contains(said), "{}", said::sentence(&capacity));
    }
    capacity.profile = Some("friday.toml".to_owned());
    insta::assert_snapshot!(said::sentence(&capacity), @"On nodes like these (2 nodes of 2.4 cores and 1.0 GiB): 90 students coming as those of the profile friday.toml if one server is lost.");
    capacity.states[0].ending = Ending::NotMade { why: "ended by the user".into(), holds: None, fails: None };
    insta::assert_snapshot!(said::sentence(&capacity), @"On nodes like these (2 nodes of 2.4 cores and 1.0 GiB): how many students it holds was not found.");
}

#[test]
fn a_terminal_shows_every_state() {
    insta::assert_snapshot!(text(&sample::every_state(), "terminal"));
}

#[test]
fn markdown_shows_every_state() {
    insta::assert_snapshot!(text(&sample::every_state(), "markdown"));
}

#[test]
fn a_terminal_keeps_its_width() {
    let capacity = sample::every_state();
    for width in [80, 100, 140] {
        let text = terminal::render(&capacity, width);
        let long: Vec<_> = text.lines().filter(|line| line.chars().count() > width).collect();
        assert!(long.is_empty(), "{width}: {long:#?}");
        let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.ends_with(&said::sentence(&capacity)), "{width}");
    }
}

#[test]
fn every_format_says_every_state_its_ending_and_each_void_trial() {
    let capacity = sample::every_state();
    for name in ["terminal", "html", "markdown"] {
        let flat = text(&capacity, name).split_whitespace().collect::<Vec<_>>().join(" ").replace('\u{a0}', " ");
        for result in &capacity.states {
            let (title, ending) = (result.state.spec().title, said::ending(result));
            assert!(flat.contains(title) && flat.contains(&ending), "{name}: {title}: {ending}");
        }
        assert_eq!(flat.matches("? void").count(), 3, "{name}");
        assert!(flat.contains("Metastable"), "{name}");
    }
}

#[test]
fn json_reads_back_as_it_was_written() {
    let capacity = sample::every_state();
    assert_eq!(Capacity::read(text(&capacity, "json").as_bytes()).unwrap(), capacity);
    let of = |change: fn(&mut Value)| {
        let mut value = serde_json::to_value(&capacity).unwrap();
        change(&mut value);
        Capacity::read(value.to_string().as_bytes()).unwrap_err().to_string()
    };
    assert_eq!(of(|value| value["schema"] = 9.into()), "expected a capacity of schema 1, got 9");
    let large = of(|value| value["states"][0]["trials"][0]["measured"]["test_pages"]["ms_p95"] = 1e15.into());
    assert_eq!(large, "no figure is as large as 1e15 (hint: the file was damaged)");
    assert!(Capacity::read(b"{").unwrap_err().to_string().starts_with("not a stored capacity: "));
    let seed = sample::every_state().states[0].trials[0].clone();
    let mut seeded = capacity.clone();
    seeded.states[0].trials[0] = crate::capacity::Trial { seed: u64::MAX, ..seed };
    assert_eq!(Capacity::read(text(&seeded, "json").as_bytes()).unwrap(), seeded);
}

#[test]
fn the_schema_describes_what_is_written() {
    let schema: Value = serde_json::from_slice(&schema().unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let value = serde_json::to_value(sample::every_state()).unwrap();
    let wrong: Vec<_> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_page_has_a_chart_of_all_states_and_three_of_each_and_each_says_itself_in_words() {
    let capacity = sample::every_state();
    let page = text(&capacity, "html");
    assert_eq!(page.matches("<svg").count(), 2 + 3 * capacity.states.len());
    assert_eq!(page.matches("<desc").count(), page.matches("<svg").count());
    assert!(!page.contains("<script") && !page.contains("http") && !page.contains("NaN") && !page.contains("inf "));
    // Each link to a definition has one.
    let links = page.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next());
    let dead: Vec<_> = links.filter(|anchor| !page.contains(&format!("id=\"{anchor}\""))).collect();
    assert!(dead.is_empty(), "{dead:?}");
    let sentence = solid(&said::sentence(&capacity));
    assert!(page.contains(&sentence), "{sentence}");
}

#[test]
fn what_others_wrote_starts_no_cell_and_no_tag() {
    let mut capacity = sample::every_state();
    capacity.topology = "<b>a|b\x1b[2J".into();
    capacity.states[0].trials[0].outcome = Outcome::Void { why: vec!["<i>x|y\x1b[1m".into()] };
    assert!(text(&capacity, "markdown").contains("&lt;b>a\\|b") && text(&capacity, "markdown").contains("&lt;i>x\\|y"));
    assert!(!text(&capacity, "html").contains("<b>a") && !text(&capacity, "html").contains("<i>x"));
    assert!(FORMATS.iter().all(|format| !text(&capacity, format.name).contains('\x1b')));
}

/// A result that somebody gave us is a file like any other: whatever number stands in it, it is refused or shown.
#[test]
fn no_number_of_a_stored_result_ends_the_program() {
    let whole = serde_json::to_value(sample::every_state()).unwrap();
    let places = places(&whole);
    assert!(places.len() > 150, "{}", places.len());
    let (mut ended, mut shown) = (Vec::new(), 0);
    for (place, hostile) in places.iter().enumerate() {
        let all = [
            Value::from(0),
            Value::from(10_000_000_000_000_u64),
            Value::from(1e15),
            Value::from(-1.0),
            Value::from(4e9),
        ];
        for number in all.into_iter().skip(place % 2).step_by(2) {
            let mut altered = whole.clone();
            *altered.pointer_mut(hostile).unwrap() = number.clone();
            let Ok(capacity) = Capacity::read(altered.to_string().as_bytes()) else { continue };
            shown += 1;
            let every = || FORMATS.iter().for_each(|format| drop((format.render)(&capacity)));
            if std::panic::catch_unwind(std::panic::AssertUnwindSafe(every)).is_err() {
                ended.push(format!("{hostile} = {number}"));
            }
        }
    }
    assert!(shown > 150, "{shown}");
    assert!(ended.is_empty(), "{ended:#?}");
}
