use super::*;
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
