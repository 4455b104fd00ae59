//! Secrets taken out of a text: those that are known, those that are named as such, and what can only be one.

use std::borrow::Cow;
use std::fmt;
use std::sync::LazyLock;

use regex::Regex;

/// Stands where a secret was taken out.
pub const REMOVED: &str = "[removed]";
/// The shortest text that may be looked for as a secret, and the shortest beginning of one at the end of a text that was cut.
const SHORTEST: usize = 8;

/// Secrets that are known.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secrets(Vec<String>);

impl Secrets {
    /// All of `secrets` that are long enough to be told from other words.
    pub fn new(secrets: impl IntoIterator<Item = String>) -> Self {
        Self(secrets.into_iter().filter(|secret| secret.len() >= SHORTEST).collect())
    }

    /// The text without them.
    pub fn hide<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut hidden = Cow::Borrowed(text);
        for secret in &self.0 {
            if hidden.contains(secret.as_str()) {
                hidden = Cow::Owned(hidden.replace(secret.as_str(), REMOVED));
            }
            // Whoever cut the text did not know that a secret stood there.
            let begun = (SHORTEST..secret.len()).rev().filter_map(|length| secret.get(..length));
            if let Some(begun) = begun.into_iter().find(|begun| hidden.ends_with(begun)) {
                hidden = Cow::Owned(format!("{}{REMOVED}", &hidden[..hidden.len() - begun.len()]));
            }
        }
        hidden
    }
}

/// How many there are, and not which.
impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secrets({})", self.0.len())
    }
}

/// What stands after a name that tells of a secret (of a header, a field, a parameter, a variable), and in fields of forms.
static NAMED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let name = r"(?:cookie|session|passw|passphrase|secret|otp_code|authorization|csrf|_token|\bkey|_key)";
    let value = r#"(?:(?:basic|bearer|digest)\s+\S+|"[^"]*"|'[^']*'|(?:[^\s;]+;\s+[\w.-]+=)*\S+)"#;
    Regex::new(&format!(r#"(?i)(\b[\w.-]*{name}[\w.-]*["']?\s*(?:=>|[=:])\s*|\bvalue\s*=\s*){value}"#)).ok()
});
/// What can only be a secret: longer than any word, with digits.
static LONG: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"()[A-Za-z0-9+=_-]{32,}").ok());

/// The text without what is named as a secret: cookies, session keys, passwords, codes, values of fields.
pub fn without_named(text: &str) -> Cow<'_, str> {
    removed(&NAMED, text)
}

/// The text without what is named as a secret, and without what looks like one.
pub fn without_secrets(text: &str) -> String {
    removed(&LONG, &removed(&NAMED, text)).into_owned()
}

fn removed<'a>(what: &LazyLock<Option<Regex>>, text: &'a str) -> Cow<'a, str> {
    match what.as_ref() {
        Some(secret) => secret.replace_all(text, format!("${{1}}{REMOVED}")),
        // A pattern that a test uses; without it nothing may be shown.
        None => Cow::Borrowed(REMOVED),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_secrets_are_taken_out_wherever_they_stand() {
        let secrets = Secrets::new(["Xy12Xy12Xy12".to_owned(), "short".to_owned()]);
        assert_eq!(secrets.hide("-pXy12Xy12Xy12 (Xy12Xy12Xy12)"), "-p[removed] ([removed])");
        assert_eq!(secrets.hide("cut: Xy12Xy12Xy"), "cut: [removed]");
        assert!(matches!(secrets.hide("nothing short here, Xy12"), Cow::Borrowed(_)));
        assert_eq!(format!("{secrets:?}"), "Secrets(1)");
    }

    #[test]
    fn what_is_named_as_a_secret_is_taken_out() {
        let check = |text: &str, expected: &str| assert_eq!(without_named(text), expected);
        check("GET /webwork2/quiz?user=a&key=abc1 HTTP/1.1", "GET /webwork2/quiz?user=a&key=[removed] HTTP/1.1");
        check("Cookie: WeBWorKCourseSession.quiz=abc; other=def", "Cookie: [removed]");
        check("Set-Cookie: a=b; path=/; secure", "Set-Cookie: [removed] secure");
        check("Authorization: Basic YWJj next", "Authorization: [removed] next");
        check("passwd => 'hunter2', x", "passwd => [removed], x");
        check(r#"{"password": "hunter2"}"#, r#"{"password": [removed]}"#);
        check(r#"<input type="hidden" name="key" value="abc">"#, r#"<input type="hidden" name="key" value=[removed]>"#);
        check(
            "csrf_token=abc session_key: d otp_code=123456",
            "csrf_token=[removed] session_key: [removed] otp_code=[removed]",
        );
        check("otpauth://totp/x?secret=GEZDGNBV", "otpauth://totp/x?secret=[removed]");
        check("Duplicate entry 'x' for key 'PRIMARY'", "Duplicate entry 'x' for key 'PRIMARY'");
        check("the session was lost", "the session was lost");
        assert_eq!(without_secrets("id 0123456789abcdef0123456789abcdef."), "id [removed].");
    }
}
