use super::*;
use crate::history::Step;
use crate::profile::{Deed, Journey, Measured, Pause, Tally, pairs};

fn sketch() -> Sketch {
    let deed = |at, step| Deed::new(Duration::from_secs(at), step, 0);
    let journey = |number: u64| -> Journey {
        vec![deed(number, Step::Login), deed(number + 60, Step::View), deed(300 - number, Step::Grade)]
    };
    let journeys: Vec<_> = (0..20).map(journey).collect();
    let recorded = Measured::of(&journeys, Duration::from_secs(1));
    let (profile, untold) = recorded.profile("a <class>", "made up").unwrap();
    let drawn = Measured::of(&journeys[..10], Duration::from_secs(1));
    let tallies = [&recorded, &drawn].map(Tally::of);
    Sketch { profile, untold, other: Other::Drawn, tallies, pairs: pairs(recorded, drawn) }
}

#[test]
fn every_part_stands_in_table_and_page() {
    let sketch = sketch();
    let (text, page) = (sketch.text(WIDTH), String::from_utf8(sketch.page()).unwrap());
    assert_eq!(sketch.pairs.len(), 5, "{text}");
    for pair in &sketch.pairs {
        assert!(text.contains(&subject_text(pair.subject)) && page.contains(&subject_text(pair.subject)), "{text}");
    }
    assert!(text.contains("  students                           20\n"), "{text}");
    assert!(text.contains("  graded submissions                 1 each; drawn 1 each\n"), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
    assert!(text.contains("Not told by the logs, and usual values instead: "), "{text}");
    assert!(page.contains("a &lt;class&gt;") && !page.contains("<class>"));
    // Each chart says in words what it shows, loads nothing, and tells its lines apart without a colour.
    assert_eq!(page.matches("<desc ").count(), 5);
    assert!(!page.contains("<script") && !page.contains("http://") && !page.contains("https://"));
    assert!(!page.contains("NaN") && !page.contains("inf"), "a place that is none");
}

#[test]
fn what_is_usual_is_held_against_nothing() {
    let mut sketch = sketch();
    let is_told = |subject: Subject| subject.is_told(&sketch.untold);
    assert!(is_told(Subject::Arrivals) && is_told(Subject::LastGrade) && is_told(Subject::Pause(Pause::View)));
    assert!(!is_told(Subject::Pause(Pause::Start)) && !is_told(Subject::Stay), "no start was seen");
    let untold = [Part::Refreshes, Part::Previews];
    sketch.tallies.iter_mut().for_each(|tally| tally.forget(&untold));
    let text = sketch.text(WIDTH);
    assert!(!text.contains("login pages before") && !text.contains("previews among looks"), "{text}");
    assert!(text.contains("graded submissions"), "{text}");
}
