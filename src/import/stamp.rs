//! The stamps of logs → milliseconds since 1970. Fixed places, no names of days: a line costs a microsecond, and there are
//! millions.

use chrono::NaiveDate;

/// `[Sun Nov 22 10:00:00 2026]` at the beginning of a line of WeBWorK (`time2str('%a %b %d %H:%M:%S %Y')` in its
/// `lib/WeBWorK/Utils/Logs.pm`): milliseconds by the server's clock, and the rest of the line.
pub fn webwork(line: &[u8]) -> Option<(i64, &[u8])> {
    let rest = line.strip_prefix(b"[")?;
    let (inside, rest) = (rest.get(..24)?, rest.get(24..)?.strip_prefix(b"] ")?);
    let day = two(inside.get(8..10)?)?;
    let at = moment((four(inside.get(20..24)?)?, month(inside.get(4..7)?)?, day), inside.get(11..19)?)?;
    Some((at, rest))
}

/// `22/Nov/2026:10:00:00` of web servers and HAProxy, with what follows it: milliseconds by the server's clock.
pub fn web(text: &[u8]) -> Option<(i64, &[u8])> {
    let date = (four(text.get(7..11)?)?, month(text.get(3..6)?)?, two(text.get(..2)?)?);
    let plain = text.get(2) == Some(&b'/') && text.get(6) == Some(&b'/') && text.get(11) == Some(&b':');
    let at = moment(date, text.get(12..20)?)?;
    plain.then_some((at, &text[20..]))
}

/// `2026-11-22T10:00:00.123456789Z` or with `+01:00`: milliseconds since 1970 in Greenwich, and the zone in seconds.
pub fn iso(text: &[u8]) -> Option<(i64, i32)> {
    let date = (four(text.get(..4)?)?, two(text.get(5..7)?)?, two(text.get(8..10)?)?);
    let plain = text.get(4) == Some(&b'-') && text.get(7) == Some(&b'-') && text.get(10) == Some(&b'T');
    let at = moment(date, text.get(11..19)?)?;
    let rest = &text[19..];
    let fine = rest.first() == Some(&b'.');
    let digits = if fine { rest[1..].iter().take_while(|byte| byte.is_ascii_digit()).count() } else { 0 };
    let place = |digit: usize| rest.get(1 + digit).filter(|_| digit < digits).map_or(0, |byte| i64::from(byte - b'0'));
    let milliseconds = place(0) * 100 + place(1) * 10 + place(2);
    let zone = match &rest[if fine { 1 + digits } else { 0 }..] {
        b"Z" => 0,
        [sign, hours @ .., b':', one, two] if hours.len() == 2 => offset(*sign, &[hours[0], hours[1], *one, *two])?,
        _ => return None,
    };
    plain.then_some((at + milliseconds - i64::from(zone) * 1000, zone))
}

/// `+0100` in seconds.
pub fn zone(text: &[u8]) -> Option<i32> {
    offset(*text.first()?, text.get(1..5)?)
}

fn offset(sign: u8, digits: &[u8]) -> Option<i32> {
    let seconds = i32::try_from(two(digits.get(..2)?)? * 3600 + two(digits.get(2..4)?)? * 60).ok()?;
    match sign {
        b'+' => Some(seconds),
        b'-' => Some(-seconds),
        _ => None,
    }
}

fn moment((year, month, day): (u32, u32, u32), clock: &[u8]) -> Option<i64> {
    let [hours, minutes, seconds] = [clock.get(..2)?, clock.get(3..5)?, clock.get(6..8)?].map(two);
    let (hours, minutes, seconds) = (hours?, minutes?, seconds?);
    let plain = clock.get(2) == Some(&b':') && clock.get(5) == Some(&b':');
    // A minute may have a 61st second.
    let within = plain && hours < 24 && minutes < 60 && seconds <= 60;
    let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day).filter(|_| within)?;
    let days = i64::from(date.to_epoch_days());
    Some((days * 86_400 + i64::from(hours * 3600 + minutes * 60 + seconds)) * 1000)
}

fn month(name: &[u8]) -> Option<u32> {
    const NAMES: &[u8] = b"JanFebMarAprMayJunJulAugSepOctNovDec";
    let place = NAMES.chunks(3).position(|known| known == name)?;
    u32::try_from(place + 1).ok()
}

/// Two digits, the first of which may be a space.
fn two(text: &[u8]) -> Option<u32> {
    match text {
        [b' ', one] | [b'0', one] if one.is_ascii_digit() => Some(u32::from(one - b'0')),
        [ten, one] if ten.is_ascii_digit() && one.is_ascii_digit() => {
            Some(u32::from(ten - b'0') * 10 + u32::from(one - b'0'))
        }
        _ => None,
    }
}

fn four(text: &[u8]) -> Option<u32> {
    Some(two(text.get(..2)?)? * 100 + two(text.get(2..4)?)?)
}

/// A whole number of digits alone.
pub fn whole(text: &[u8]) -> Option<i64> {
    let fits = !text.is_empty() && text.len() <= 15 && text.iter().all(u8::is_ascii_digit);
    fits.then(|| text.iter().fold(0, |number, digit| number * 10 + i64::from(digit - b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_one_moment_is_that_moment() {
        const AT: i64 = 1_795_341_600_000;
        assert_eq!(webwork(b"[Sun Nov 22 10:00:00 2026] x"), Some((AT, &b"x"[..])));
        assert_eq!(web(b"22/Nov/2026:10:00:00 +0000] x"), Some((AT, &b" +0000] x"[..])));
        assert_eq!(iso(b"2026-11-22T10:00:00Z"), Some((AT, 0)));
        assert_eq!(iso(b"2026-11-22T11:30:00.123456789+01:30"), Some((AT + 123, 5400)));
        assert_eq!(iso(b"2026-11-22T10:00:00.5Z"), Some((AT + 500, 0)));
        assert_eq!([zone(b"+0130"), zone(b"-0700"), zone(b"0700")], [Some(5400), Some(-25_200), None]);
        assert_eq!(webwork(b"[Sun Nov  2 10:00:00 2026] x").map(|(at, _)| at), Some(AT - 20 * 86_400_000));
        for wrong in
            ["[Sun Nov 31 10:00:00 2026] x", "[Sun Nov 22 25:00:00 2026] x", "[Sun Nvo 22 10:00:00 2026] x", "[x"]
        {
            assert_eq!(webwork(wrong.as_bytes()), None, "{wrong}");
        }
        assert_eq!([whole(b"12"), whole(b""), whole(b"-1"), whole(b"9999999999999999")], [Some(12), None, None, None]);
    }
}
