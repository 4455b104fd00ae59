//! WeBWorK's `timing.log`: `[Sun Nov 22 10:00:00 2026] 1234 1795341600 - [/webwork2/quiz/Quiz1] [runTime = 0.123 sec]`, written by
//! `writeTimingLogEntry` of `lib/WeBWorK/Utils/Logs.pm` when a page is done, with the brackets around the path that
//! `lib/Mojolicious/WeBWorK.pm` of WeBWorK 2.20 adds (the stand-in and older versions have none). It names no user and no method: a
//! preview, a graded submission and a look are all the page of a test.

use std::time::Duration;

use super::super::path::asked;
use super::super::record::{At, Parsed, Record, What, Who};
use super::super::stamp;
use super::{Format, cut};

/// `timing.log`.
pub const FORMAT: Format = Format {
    name: "timing.log",
    tells: "how often each page is asked for, of nobody in particular",
    resolution: Duration::from_secs(1),
    is_own: true,
    stamps_arrival: false,
    parse,
};

/// One line.
struct Line<'a> {
    /// The stamp by the server's clock, in milliseconds.
    local: i64,
    /// When the page was done, in whole seconds since 1970.
    done: i64,
    path: &'a [u8],
    took_ms: i64,
}

fn line(line: &[u8]) -> Result<Line<'_>, &'static str> {
    let (local, rest) = stamp::webwork(line).ok_or("no stamp of WeBWorK at its beginning")?;
    let mut words = rest.splitn(3, |byte| *byte == b' ');
    let (process, seconds) = (words.next().and_then(stamp::whole), words.next().and_then(stamp::whole));
    let (_, done) = process.zip(seconds).ok_or("no process and time after the stamp")?;
    let page = words.next().and_then(|rest| rest.strip_prefix(b"- ")).and_then(|rest| cut(rest, b" [runTime = "));
    let (path, took) = page.ok_or("no page and run time")?;
    let path = path.strip_prefix(b"[").and_then(|path| path.strip_suffix(b"]")).unwrap_or(path);
    Ok(Line { local, done, path, took_ms: took_ms(took) })
}

/// When a page of a test was done, in whole seconds since 1970, and what it took the app; none where the line is of no such page.
pub fn test_page(text: &[u8]) -> Option<(u64, Duration)> {
    let line = line(text).ok()?;
    let asked = asked(line.path, false)?;
    let of_a_test = matches!(asked.what, What::Start | What::Look) && asked.problem == 0;
    let took = Duration::from_millis(line.took_ms.try_into().ok()?);
    of_a_test.then_some((line.done.try_into().ok()?, took))
}

fn parse<'a>(text: &'a [u8], _: &'a mut Vec<u8>) -> Parsed<'a> {
    let Line { local, done, path, took_ms } = match line(text) {
        Ok(line) => line,
        Err(why) => return Parsed::Unknown(why),
    };
    let Some(asked) = asked(path, false) else { return Parsed::Nothing };
    let unix = done * 1000;
    Parsed::Record(Record {
        at: At::Unix(unix - took_ms),
        zone: i32::try_from((local - unix) / 1000).ok(),
        who: Who::Nobody,
        course: asked.course,
        set: asked.set,
        problem: asked.problem,
        what: asked.what,
    })
}

/// `0.123 sec]` in milliseconds.
fn took_ms(took: &[u8]) -> i64 {
    let number = took.split(|byte| *byte == b' ').next().unwrap_or_default();
    let (whole, part) = cut(number, b".").unwrap_or((number, b""));
    let seconds = stamp::whole(whole).unwrap_or_default();
    let thousandths = part.get(..3).and_then(stamp::whole).unwrap_or_default();
    // A page that takes longer than a day is none.
    (seconds * 1000 + thousandths).min(86_400_000)
}
