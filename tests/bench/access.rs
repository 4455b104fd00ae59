//! An access log of a large site: so many lines, of students who take a test and of what their pages are made of.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::Result;

/// Students; each has one of these addresses.
const STUDENTS: u64 = 4000;
/// Lines a second.
const RATE: u64 = 700;

/// Writes `lines` lines into the file `path`.
pub fn write(path: &Path, lines: u64) -> Result<()> {
    let mut file = BufWriter::with_capacity(1 << 20, File::create(path)?);
    for line in 0..lines {
        // Multiplied by an odd number they come in no order that a table could like.
        let student = line.wrapping_mul(2_654_435_761) % STUDENTS;
        let seconds = line / RATE;
        let (hours, minutes, seconds) = (8 + seconds / 3600, seconds / 60 % 60, seconds % 60);
        let turn = line / STUDENTS;
        let request = match turn % 10 {
            _ if turn == 0 => "GET /webwork2/calc1",
            _ if turn == 1 => "POST /webwork2/calc1",
            _ if turn == 2 => "GET /webwork2/calc1/test_mode/Quiz3",
            0..=3 => "GET /webwork2_files/js/MathJaxConfig/mathjax-config.js?version=123456789",
            4 | 5 => "GET /webwork2/calc1/test_mode/Quiz3,v1",
            6 | 7 => "POST /webwork2/calc1/test_mode/Quiz3,v1/",
            8 => "GET /webwork2/calc2/HW7/3",
            _ => "GET /webwork2/calc1",
        };
        writeln!(
            file,
            "10.{}.{}.7 - - [22/Nov/2026:{hours:02}:{minutes:02}:{seconds:02} +0100] \"{request} HTTP/1.1\" 200 24800 \
             \"https://webwork.example.edu/webwork2/calc1\" \"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\"",
            student / 250,
            student % 250
        )?;
    }
    Ok(file.flush()?)
}
