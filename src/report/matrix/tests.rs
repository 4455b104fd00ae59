use super::*;
use crate::matrix::Cell;
use crate::matrix::sample::matrix;

#[test]
fn a_matrix_is_shown_in_every_format_and_read_again() {
    let matrix = matrix();
    insta::assert_snapshot!("terminal", terminal::render(&matrix, WIDTH));
    insta::assert_snapshot!("markdown", markdown::render(&matrix));
    let page = html::render(&matrix);
    for text in [
        "not possible: `storage.courses` is not there",
        "hurt: 9",
        "Acknowledged answers were lost with freeze db.primary on",
    ] {
        assert!(page.replace('\u{a0}', " ").contains(text), "{text}");
    }
    let stored = FILES.iter().find(|file| file.name == STORED).unwrap();
    assert_eq!(read(&(stored.render)(&matrix).unwrap()).unwrap(), matrix);
    assert!(read(b"{}").is_err());
}

#[test]
fn nothing_measured_is_said() {
    let mut empty = matrix();
    empty.rows.clear();
    assert_eq!(words::matrix_gist(&empty), "None of 0 cells was measured.");
}

/// Answers are lost where nothing else was measured, too.
#[test]
fn answers_lost_beside_measured_cells_are_told_first() {
    let mut matrix = matrix();
    matrix.rows.truncate(1);
    let void = Cell::NotMeasured { why: "never seen".to_owned(), lost: Some(2) };
    let row = &mut matrix.rows[0];
    row.cells.retain(|cell| matches!(cell, Cell::Measured(_)));
    row.cells.truncate(1);
    let [Cell::Measured(score)] = &mut row.cells[..] else { panic!("{row:?}") };
    score.lost = Some(0);
    row.cells.push(void.clone());
    let gist = words::matrix_gist(&matrix);
    assert!(
        gist.starts_with("No acknowledged answer was lost in a measured cell, and 2 in cells that were not measured"),
        "{gist}"
    );
    matrix.rows[0].cells = vec![void];
    let gist = words::matrix_gist(&matrix);
    assert!(
        gist.starts_with(
            "None of 1 cell was measured; acknowledged answers were lost: 2 in cells that were not measured"
        ),
        "{gist}"
    );
}
