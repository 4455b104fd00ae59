//! Units as users write them: durations (`30s`), shares (`5%`), sizes (`64MiB`), and back; and names of images.

use std::sync::LazyLock;
use std::time::Duration;

use bytesize::ByteSize;
use regex::Regex;

use super::{Refusal, shown};

/// Longest name of an image; the specification of distribution says 255 for its part before the tag.
const IMAGE_MAX: usize = 400;
/// What the engine takes for the name of an image, by the grammar of distribution/reference: `[host[:port]/]path[:tag][@digest]`.
/// A host may be anything but an address in brackets.
const IMAGE: &str = r"^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]+)?/)?[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@[A-Za-z][A-Za-z0-9]*:[0-9a-fA-F]{32,})?$";
static IMAGE_NAME: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(IMAGE).ok());

/// A duration such as `30s`, `500ms` or `2m`, of whole milliseconds: no less is ever kept. None for anything else.
pub fn parse_duration(text: &str) -> Option<Duration> {
    humantime::parse_duration(text).ok().filter(|span| span.subsec_nanos() % 1_000_000 == 0)
}

/// The duration as a user would write it.
pub fn duration_text(span: Duration) -> String {
    humantime::format_duration(span).to_string()
}

/// A percentage from `0%` to `100%` as a share from 0 to 1.
pub fn parse_share(text: &str) -> Option<f64> {
    let number = text.trim().strip_suffix('%')?.trim();
    // As people write it: `1e1`, `+5` and `-0` are numbers too.
    let plain = number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let number: f64 = plain.then(|| number.parse().ok())??;
    (0.0..=100.0).contains(&number).then_some(number / 100.0)
}

/// The share as a percentage, with as many digits as it needs up to two.
pub fn share_text(share: f64) -> String {
    let percent = format!("{:.2}", share * 100.0);
    let trimmed = percent.trim_end_matches('0').trim_end_matches('.');
    format!("{trimmed}%")
}

/// A size such as `64MiB` in bytes; a bare number is refused, and one that is too large to be counted.
pub fn parse_size(text: &str) -> Option<u64> {
    let unit = text.trim().chars().last()?;
    let size = unit.is_alphabetic().then(|| text.parse::<ByteSize>().ok())??;
    // What does not fit becomes the largest that does.
    (size.0 < u64::MAX).then_some(size.0)
}

/// The size in binary units.
pub fn size_text(bytes: u64) -> String {
    ByteSize(bytes).display().iec().to_string()
}

/// Refuses a text that cannot be the name of an image.
pub fn check_image(text: &str) -> Result<(), Refusal> {
    let fits = text.len() <= IMAGE_MAX && IMAGE_NAME.as_ref().is_some_and(|name| name.is_match(text));
    let refusal = || {
        Refusal::new(format!(
            "expected the name of an image such as `webwork` or `registry.example.org/webwork:2.20`, got `{}`",
            shown(text, 60)
        ))
    };
    if fits { Ok(()) } else { Err(refusal()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_has_a_name_that_the_engine_takes() {
        let digest = format!("webwork@sha256:{}", "0a".repeat(32));
        for name in [
            "webwork",
            "webwork:2.20",
            "ww-local:1",
            "a/b/c__d:T_1",
            "localhost:5000/webwork",
            "R.example.org/x",
            "0123abcdef",
            &digest,
        ] {
            assert_eq!(check_image(name), Ok(()), "{name}");
        }
        for name in [
            "",
            " webwork",
            "web work",
            "WebWork",
            "webwork:",
            ":2.20",
            "webwork:a b",
            "-x",
            "a//b",
            "webwork@sha256:1",
            "a:b:c",
        ] {
            assert!(check_image(name).is_err(), "{name}");
        }
    }

    #[test]
    fn units_are_required() {
        assert_eq!(parse_duration("30"), None);
        assert_eq!(parse_duration("30s"), Some(Duration::from_secs(30)));
        assert_eq!(parse_duration("30s 1us"), None);
        assert_eq!(parse_share("5%"), Some(0.05));
        assert_eq!(parse_share("0.05"), None);
        assert_eq!(parse_share("101%"), None);
        assert_eq!(parse_size("64MiB"), Some(64 << 20));
        assert_eq!(parse_size("64"), None);
        assert_eq!([parse_share("1e1%"), parse_share("-0%"), parse_share("NaN%"), parse_share("%")], [None; 4]);
        assert_eq!([parse_size("99999999999TiB"), parse_size("-1MiB"), parse_size("NaNB")], [None; 3]);
    }

    #[test]
    fn texts_are_short() {
        assert_eq!(share_text(0.05), "5%");
        assert_eq!(share_text(0.123_45), "12.35%");
        assert_eq!(share_text(0.0), "0%");
        assert_eq!(size_text(64 << 20), "64.0 MiB");
        assert_eq!(duration_text(Duration::from_millis(1500)), "1s 500ms");
    }
}
