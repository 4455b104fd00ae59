//! The comparison in every format.

use super::*;
use crate::compare::sample::{alarms, five, never, of, row, unwatched};

#[test]
fn every_line_has_a_row_and_what_is_not_known_is_no_zero() {
    insta::assert_snapshot!(markdown::render(&five()));
}

#[test]
fn the_same_for_a_terminal() {
    insta::assert_snapshot!(terminal::render(&five(), 140));
}

#[test]
fn every_file_of_a_comparison_holds_every_row() {
    for file in FILES {
        let text = String::from_utf8((file.render)(&five()).unwrap()).unwrap();
        for row in &five().rows {
            let run = row.run.clone().unwrap();
            assert!(text.contains(&run), "{}: {run}", file.name);
        }
    }
    let read: Comparison = serde_json::from_slice(&(FILES[2].render)(&five()).unwrap()).unwrap();
    assert_eq!(read, five());
}

#[test]
fn what_is_recommended_for_want_of_better_says_so() {
    let blind =
        |check: &str, count| row(check, "2s", vec![never(19_000), never(800), unwatched()], alarms(count, count * 500));
    let said = words::recommendation(&of(vec![blind("tcp", 2), blind("static", 3)]));
    assert!(
        said.contains("gave 2 false alarms (all nodes out for 1 s), and none that noticed as much gave fewer"),
        "{said}"
    );
    assert_eq!(words::recommendation(&of(Vec::new())).split(':').next(), Some("No setting is recommended"));
}
