//! WeBWorK's `answer.log`: a line for each problem of each graded submission,
//! `[Sun Nov 22 10:00:00 2026] |user|Quiz1,v1|3|10<TAB>1795341600<TAB>answers`, written by `lib/WeBWorK/ContentGenerator/GatewayQuiz.pm`
//! (tests) and `lib/WeBWorK/Utils/ProblemProcessing.pm` (homework) of WeBWorK 2.20. The number is the time at which the
//! submission was received, in seconds since 1970; the stamp before it is the same by the server's clock, and so tells its
//! zone. The answers are not read.

use std::time::Duration;

use super::super::path::set_of;
use super::super::record::{At, Parsed, Record, What, Who};
use super::super::stamp;
use super::Format;

/// `answer.log`.
pub const FORMAT: Format = Format {
    name: "answer.log",
    tells: "graded submissions of each user, of no course",
    resolution: Duration::from_secs(1),
    is_own: true,
    stamps_arrival: false,
    parse,
};

fn parse<'a>(line: &'a [u8], _: &'a mut Vec<u8>) -> Parsed<'a> {
    let Some((local, rest)) = stamp::webwork(line) else {
        return Parsed::Unknown("no stamp of WeBWorK at its beginning");
    };
    let Some(rest) = rest.strip_prefix(b"|") else { return Parsed::Unknown("no | after the stamp") };
    let mut fields = rest.splitn(4, |byte| *byte == b'|');
    let (Some(user), Some(version), Some(problem), Some(rest)) =
        (fields.next(), fields.next(), fields.next(), fields.next())
    else {
        return Parsed::Unknown("fewer than four fields");
    };
    let mut columns = rest.split(|byte| *byte == b'\t');
    let (_scores, received) = (columns.next(), columns.next());
    let Some(seconds) = received.and_then(stamp::whole) else { return Parsed::Unknown("no time of the submission") };
    let Some(problem) = stamp::whole(problem) else { return Parsed::Unknown("a problem that is no number") };
    let (set, versioned) = set_of(version);
    let unix = seconds * 1000;
    // A test is graded as a whole, a line for each of its problems; of homework each problem is graded for itself.
    let what = if versioned { What::GradedPart } else { What::Grade };
    Parsed::Record(Record {
        at: At::Unix(unix),
        zone: i32::try_from((local - unix) / 1000).ok(),
        who: Who::User(user),
        course: b"",
        set,
        problem: u8::try_from(problem).unwrap_or(u8::MAX),
        what,
    })
}
