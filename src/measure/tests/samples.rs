//! What failed requests said.

use crate::history::{ErrorClass, Fact, Outcome};
use crate::measure::synthetic::{Ask, Story};

/// A bad gateway before the window, and a node that hangs in it; each failure says when it was meant to be sent.
fn story() -> Story {
    let story = Story::freeze("").play(|ask: &Ask| match ask.ms {
        8_000..20_000 if ask.step.is_some() && ask.node == "web1" => ask.error(ErrorClass::Status(502)),
        30_000..50_000 if ask.node == "web1" => ask.hang(),
        _ => ask.fine(),
    });
    story.bend(|fact| {
        if let Fact::Request(request) = fact
            && let Outcome::Failed(class) = &request.outcome
        {
            request.sample = Some(format!("{class} of {}", request.student));
        }
    })
}

#[test]
fn each_class_of_a_window_has_the_words_of_one_of_its_requests() {
    let figures = story().figures();
    let window = &figures.windows[0];
    assert_eq!(window.requests.as_ref().unwrap().classes.keys().collect::<Vec<_>>(), ["abandoned"]);
    let [sample] = &window.samples[..] else { panic!("{:?}", window.samples) };
    assert_eq!((&*sample.class, &sample.text), ("abandoned", &format!("abandoned of {}", sample.student)));
    let (heal, inject) = (window.timeline.heal.unwrap(), window.timeline.inject.unwrap());
    assert!(sample.intended < heal && sample.intended > inject.saturating_sub(story().plan.class.patience));
    let classes: Vec<_> = figures.samples.iter().map(|sample| &*sample.class).collect();
    assert_eq!(classes, ["abandoned", "502"]);
    assert_eq!(classes.len(), figures.requests.classes.len());
}

#[test]
fn a_class_of_which_the_history_says_nothing_has_no_sample() {
    let story = story().bend(|fact| {
        if let Fact::Request(request) = fact {
            request.sample = None;
        }
    });
    assert!(story.figures().samples.is_empty());
}
