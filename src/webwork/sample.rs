//! A page that nobody foresaw → what of it is worth keeping: its title and what it says, without what must stay secret.

use std::sync::LazyLock;

use regex::Regex;
use scraper::{ElementRef, Selector};

use super::tree::tree;

/// Longest sample, in characters.
const LENGTH: usize = 600;

/// What a person would read on the page, from its title on. Fields, links and scripts are no text, so what they hold stays
/// away; what an error page repeats of a request's cookies, keys and passwords is struck out.
pub fn sample(page: &str) -> String {
    let document = tree(page);
    let first = |selector: &str| document.as_ref()?.select(&Selector::parse(selector).ok()?).next();
    let title = first("title").map(words).unwrap_or_default();
    let body = first("#content .body").or_else(|| first("#content")).or_else(|| first("body"));
    let body = body.map_or_else(|| page.to_owned(), words);
    let text = [&*title, &*body].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" | ");
    without_secrets(&text).chars().take(LENGTH).collect()
}

/// The text of an element, with single spaces.
fn words(element: ElementRef<'_>) -> String {
    let mut words: Vec<&str> = Vec::new();
    for node in element.descendants() {
        let unread = |name: &str| matches!(name, "script" | "style" | "textarea" | "option");
        let parent = node.parent().and_then(ElementRef::wrap);
        if let Some(text) = node.value().as_text()
            && !parent.is_some_and(|parent| unread(parent.value().name()))
        {
            words.extend(text.split_whitespace());
        }
    }
    words.join(" ")
}

fn without_secrets(text: &str) -> String {
    /// What names a secret, with the word after it; and what can only be one: longer than any word, with digits.
    static SECRETS: LazyLock<[Regex; 2]> = LazyLock::new(|| {
        [
            r"(?i)\b([\w.-]*(?:cookie|session|passwd|password|secret|otp_code|authorization|\bkey)[\w.-]*\s*[=:]\s*)\S+",
            r"()[A-Za-z0-9+=_-]{32,}",
        ]
        .map(|pattern| Regex::new(pattern).unwrap_or_else(|_| unreachable!("a pattern that a test uses")))
    });
    SECRETS.iter().fold(text.to_owned(), |text, secret| secret.replace_all(&text, "${1}[removed]").into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_says_what_the_page_says() {
        let page = "<!DOCTYPE html><html><head><title>quiz : x</title><style>p {}</style></head><body><nav>links</nav>\
                    <div id=\"content\"><h1>Strange</h1><script>let a;</script><p>Nobody\n foresaw\tthis.</p>\
                    <input type=\"hidden\" name=\"key\" value=\"hidden\"></div></body></html>";
        assert_eq!(sample(page), "quiz : x | Strange Nobody foresaw this.");
        assert_eq!(sample("plain words"), "plain words");
        assert_eq!(sample(""), "");
        assert_eq!(sample(&"word ".repeat(200)).chars().count(), LENGTH);
    }

    #[test]
    fn secrets_are_struck_out() {
        for (text, kept) in [
            ("Cookie: WeBWorKCourseSession.quiz=eyJr then", "Cookie: [removed] then"),
            ("WeBWorKCourseSession.quiz=eyJr", "WeBWorKCourseSession.quiz=[removed]"),
            ("passwd=topsecret&more", "passwd=[removed]"),
            ("?user=stu001 key: abc", "?user=stu001 key: [removed]"),
            ("Y3xa1IKKIfuBWy5ThW4Em2UceLt1Qtf7 ends", "[removed] ends"),
            ("Duplicate entry for keyboard", "Duplicate entry for keyboard"),
            (
                "at /opt/webwork/webwork2/lib/WeBWorK/DB/Database.pm line 1",
                "at /opt/webwork/webwork2/lib/WeBWorK/DB/Database.pm line 1",
            ),
        ] {
            assert_eq!(without_secrets(text), kept);
        }
    }
}
