//! A configuration without what may be secret, so that it can be kept. Comments go, and of a line with a telling word
//! (`password`, `auth`, `secret`, ...) all that stands after that word; what stands before it stays. Where a formula
//! needs what is masked, nothing is predicted: a mask is never read as a setting that was not written.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

use super::haproxy::without_comment;
use crate::topology::Language;

/// What stands in the place of what may be secret.
pub const MASK: &str = "***";

/// Words after which a secret may stand.
static SECRET: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)\b(auth|authorization|\w*passw\w*|\w*passphrase\w*|\w*secret\w*)\b").ok());
/// A value in XML.
static VALUE: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r#"\bvalue="[^"]*""#).ok());
/// Names that the user gave, and the address of a server: they stand first in their lines, and are no secrets.
static NAMES: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^\s*(server\s+\S+\s+\S+|(backend|defaults|frontend|listen)\b.*)").ok());

/// `text` without what may be secret.
pub fn masked(language: Language, text: &str) -> String {
    let (Some(secret), Some(value), Some(names)) = (&*SECRET, &*VALUE, &*NAMES) else { return String::new() };
    let mask = |line| match language {
        Language::Cib if secret.is_match(line) => value.replace_all(line, format!("value=\"{MASK}\"")),
        Language::Cib => Cow::Borrowed(line),
        Language::Haproxy => after(secret, names, without_comment(line)),
        Language::Corosync if line.trim_start().starts_with('#') => Cow::Borrowed(""),
        Language::Corosync => after(secret, names, line),
    };
    text.lines().map(|line| format!("{}\n", mask(line))).collect()
}

/// `line` with a mask in the place of all that stands after a telling word.
fn after<'a>(secret: &Regex, names: &Regex, line: &'a str) -> Cow<'a, str> {
    let line = line.trim_end();
    let named = names.find(line).map_or(0, |names| names.end());
    let Some(telling) = secret.find_at(line, named) else { return Cow::Borrowed(line) };
    let kept = line.len() - line[telling.end()..].trim_start_matches([':', '=', ' ', '\t']).len();
    if kept == line.len() { Cow::Borrowed(line) } else { Cow::Owned(format!("{}{MASK}", &line[..kept])) }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::predict::{Failure, Prediction, predict};

    #[test]
    fn secrets_are_masked_and_everything_else_stays() {
        let check = |language, text: &str, expected: &str| assert_eq!(masked(language, text), expected);
        let haproxy = |text: &str, expected: &str| check(Language::Haproxy, text, expected);
        let text = "frontend x\n  stats auth admin:hunter2\n  server auth 10.0.0.1:80 check\n  timeout check 2s\n";
        haproxy(text, "frontend x\n  stats auth ***\n  server auth 10.0.0.1:80 check\n  timeout check 2s\n");
        haproxy(" user joe password x\n", " user joe password ***\n");
        haproxy(" option httpchk GET /auth\n", " option httpchk GET /auth\n");
        haproxy(" option httpchk GET /?password=x HTTP/1.0\n", " option httpchk GET /?password=***\n");
        haproxy(" hdr \"Authorization\" \"Basic # x\"\n", " hdr \"Authorization***\n");
        haproxy(" acl ok hdr(Authorization) -m str x\n", " acl ok hdr(Authorization***\n");
        haproxy("backend auth from secret x\n", "backend auth from secret x\n");
        haproxy(" timeout check 2s # password x\n# secret x\n", " timeout check 2s\n\n");
        check(Language::Corosync, "  secretkey: hunter2\n  token: 1000\n", "  secretkey: ***\n  token: 1000\n");
        check(Language::Corosync, "# secretkey was hunter2\n", "\n");
        let text = r#"<nvpair id="p" name="replication_passwd" value="hunter2"/>"#;
        check(Language::Cib, text, "<nvpair id=\"p\" name=\"replication_passwd\" value=\"***\"/>\n");
        check(Language::Cib, r#"<op interval="3s" value="x"/>"#, "<op interval=\"3s\" value=\"x\"/>\n");
    }

    /// What is predicted of the text as it is kept, and as it is.
    fn predicted(text: &str) -> [Prediction; 2] {
        [masked(Language::Haproxy, text), text.to_owned()]
            .map(|text| predict(&BTreeMap::from([(Language::Haproxy, text.as_str())]), "web1", Failure::Refused))
    }

    #[test]
    fn a_mask_changes_no_prediction() {
        for line in [
            "default-server check inter 10s fall 2 # auth proxy",
            "default-server check inter 10s fall 2\n stats auth admin:hunter2",
            "default-server check inter 10s fall 2\n option httpchk GET /auth?secret=x",
            "default-server check inter 10s fall 2\n http-request set-header Authorization \"Basic x\" # y",
        ] {
            let [kept, whole] = predicted(&format!("backend auth\n {line}\n server web1 auth:80\n"));
            assert!(matches!(&kept, Prediction::Within { settings, .. } if settings == "inter 10s fall 2"), "{kept:?}");
            assert_eq!(kept, whole, "{line}");
        }
    }

    #[test]
    fn what_is_masked_is_not_taken_for_absent() {
        for line in [
            "default-server check sni str(auth) inter 10s\n server web1 x:80",
            "server web1 x:80 check sni str(auth) inter 10s",
            "option auth-check\n server web1 x:80 check",
            // As it was kept before only values were masked.
            "default-server check ***\n server web1 x:80",
            "timeout check ***\n server web1 x:80 check",
        ] {
            let [kept, _] = predicted(&format!("backend nodes\n {line}\n"));
            assert!(matches!(kept, Prediction::NotModelled { .. }), "{kept:?} of {line}");
        }
    }
}
