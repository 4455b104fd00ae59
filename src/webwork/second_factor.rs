//! A page that asks for a two-factor code → the request that answers it.
//!
//! WeBWorK asks after the password. The first time its page holds the secret, as a link and a QR code for an authenticator
//! app; the code that the app then shows proves that it was set up, and is stored. Later pages ask for the code only. A code
//! is right for the 30 s before and after its own, and may be used again; the page comes again for one that is wrong.

use std::time::Duration;

use totp_rs::{Algorithm, Secret, TOTP};

use super::form::Form;
use super::page::Expected;
use super::request::Asked;
use super::text::{CODE_REFUSED, holds};
use super::tree::tree;

/// The authenticator app of one account.
#[derive(Debug, Default)]
pub struct Authenticator {
    app: Option<TOTP>,
    /// Refused codes in a row.
    refused: u32,
}

/// A code, and when to send it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    /// The request.
    pub asked: Asked,
    /// How long to wait first: a code that was refused is given up for the next one.
    pub wait: Duration,
}

impl Authenticator {
    /// The answer to a page at `now`, seconds since 1970 on this machine's clock, which is to bring `expected` in the end.
    /// None when `page` asks for no code, when the secret was never shown here, or when the second code in a row was refused.
    pub fn answer(&mut self, page: &str, expected: Expected, now: u64) -> Option<Code> {
        let mut form = Form::with_field(page, "otp_code")?;
        if let Some(app) = link(page).and_then(|link| app(&link)) {
            self.app = Some(app);
        }
        self.refused = if holds(page, CODE_REFUSED) { self.refused + 1 } else { 0 };
        if self.refused > 1 {
            return None;
        }
        let app = self.app.as_ref()?;
        let wait = if self.refused == 0 { 0 } else { app.step - now % app.step };
        form.fill("otp_code", &app.generate(now + wait));
        let sent = form.press("verify_otp", "Continue");
        Some(Code { asked: Asked { path: form.path, form: Some(sent), expected }, wait: Duration::from_secs(wait) })
    }
}

/// The link of a page that sets up an app.
fn link(page: &str) -> Option<String> {
    let links = scraper::Selector::parse("a[href^='otpauth://totp/']").ok()?;
    tree(page)?.select(&links).next()?.attr("href").map(str::to_owned)
}

/// The app that scanned the link. Read by hand: issuers as WeBWorK writes them are refused by readers of such links.
fn app(link: &str) -> Option<TOTP> {
    let (_, query) = link.split_once('?')?;
    let value = |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    let algorithm = match value("algorithm").unwrap_or("SHA1") {
        "SHA1" => Algorithm::SHA1,
        "SHA256" => Algorithm::SHA256,
        "SHA512" => Algorithm::SHA512,
        _ => return None,
    };
    let digits = value("digits").map_or(Some(6), |digits| digits.parse().ok())?;
    let period = value("period").map_or(Some(30), |period| period.parse().ok()).filter(|period| *period > 0)?;
    let secret = Secret::Encoded(value("secret")?.trim_end_matches('=').to_owned()).to_bytes().ok()?;
    TOTP::new(algorithm, digits, 1, period, secret).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The secret of RFC 6238's examples.
    const LINK: &str = "otpauth://totp/stu001?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&amp;algorithm=SHA1&amp;digits=6&amp;\
                        period=30&amp;issuer=127.0.0.1:8090/webwork2/quiz";

    fn page(before: &str) -> String {
        format!(
            "{before}<form action=\"/webwork2/quiz\" method=\"POST\"><input name=\"kept\" type=\"hidden\" value=\"1\">\
             <input name=\"otp_code\" type=\"text\" value=\"\"><input name=\"skip_2fa\" type=\"checkbox\" value=\"1\">\
             <input name=\"verify_otp\" type=\"submit\" value=\"Continue\">\
             <input name=\"cancel_otp_verification\" type=\"submit\" value=\"Cancel\"></form>"
        )
    }

    fn sent(code: Option<Code>) -> (Vec<(String, String)>, u64) {
        let code = code.expect("a code");
        (code.asked.form.unwrap(), code.wait.as_secs())
    }

    fn pairs(code: &str) -> Vec<(String, String)> {
        let pairs = [("kept", "1"), ("otp_code", code), ("verify_otp", "Continue")];
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec()
    }

    #[test]
    fn an_app_is_set_up_once_and_asked_later() {
        let mut authenticator = Authenticator::default();
        let (plain, setup) = (page(""), page(&format!("<a href=\"{LINK}\">scan</a>")));
        assert_eq!(authenticator.answer(&plain, Expected::SignedIn, 59), None, "no secret yet");
        assert_eq!(sent(authenticator.answer(&setup, Expected::SignedIn, 59)), (pairs("287082"), 0));
        assert_eq!(sent(authenticator.answer(&plain, Expected::SignedIn, 1_111_111_109)), (pairs("081804"), 0));
        assert_eq!(authenticator.answer("Logged in as", Expected::SignedIn, 59), None);
    }

    #[test]
    fn a_refused_code_is_followed_by_the_next_one_once() {
        let mut authenticator = Authenticator::default();
        let setup = page(&format!("<a href=\"{LINK}\">scan</a>"));
        let again = page(&format!("<a href=\"{LINK}\">scan</a><div>{CODE_REFUSED}</div>"));
        authenticator.answer(&setup, Expected::SignedIn, 10).unwrap();
        assert_eq!(sent(authenticator.answer(&again, Expected::SignedIn, 22)), (pairs("287082"), 8));
        assert_eq!(authenticator.answer(&again, Expected::SignedIn, 31), None);
        assert!(authenticator.answer(&setup, Expected::SignedIn, 40).is_some(), "another login begins anew");
    }

    #[test]
    fn a_code_takes_the_answers_of_the_page_along() {
        let mut authenticator = Authenticator::default();
        let setup = page(&format!("<a href=\"{LINK}\">scan</a>"));
        let code = authenticator.answer(&setup, Expected::Graded, 10).unwrap();
        assert_eq!((&*code.asked.path, code.asked.expected), ("/webwork2/quiz", Expected::Graded));
    }

    #[test]
    fn what_is_no_link_for_an_app_is_none() {
        for link in ["otpauth://totp/x", "otpauth://totp/x?secret=A", "otpauth://totp/x?secret=A1!&digits=9"] {
            assert!(app(link).is_none(), "{link}");
        }
    }
}
