//! WeBWorK's `login.log`: `[Sun Nov 22 10:00:00 2026] LOGIN OK user_id=u login_type=normal credential_source=params host=192.0.2.7 port=5
//! UA=Mozilla/5.0 ...`, written by `write_log_entry` of `lib/WeBWorK/Authen.pm` of WeBWorK 2.20. Of its lines those with `LOGIN OK` and
//! `LOGGED OUT` count: a login writes another one before (`AUTH WWDB: password accepted`). Host and browser say which client of an
//! access log the user is.

use std::time::Duration;

use super::super::record::{At, Parsed, Record, What, Who};
use super::super::stamp;
use super::{Format, cut};

/// `login.log`.
pub const FORMAT: Format = Format {
    name: "login.log",
    tells: "when each user signs in, from which address and browser",
    resolution: Duration::from_secs(1),
    is_own: true,
    stamps_arrival: false,
    parse,
};

fn parse<'a>(line: &'a [u8], _: &'a mut Vec<u8>) -> Parsed<'a> {
    let Some((local, rest)) = stamp::webwork(line) else {
        return Parsed::Unknown("no stamp of WeBWorK at its beginning");
    };
    let Some((message, fields)) = cut(rest, b" user_id=") else { return Parsed::Unknown("no user_id") };
    let what = match message {
        b"LOGIN OK" => What::Login,
        b"LOGGED OUT" => What::Logout,
        _ => return Parsed::Nothing,
    };
    let user = fields.split(|byte| *byte == b' ').next().unwrap_or_default();
    if user.is_empty() {
        return Parsed::Nothing;
    }
    let host = cut(fields, b" host=").and_then(|(_, rest)| rest.split(|byte| *byte == b' ').next());
    let agent = cut(fields, b" UA=").map_or(&b""[..], |(_, agent)| agent);
    let who = match host {
        Some(address) if address != b"UNKNOWN" => Who::UserAt { user, address, agent },
        _ => Who::User(user),
    };
    Parsed::Record(Record { at: At::Local(local), zone: None, who, course: b"", set: b"", problem: 0, what })
}
