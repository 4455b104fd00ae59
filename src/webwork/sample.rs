//! A page that nobody foresaw → what of it is worth keeping: its title and what it says, without what must stay secret.

use scraper::{ElementRef, Selector};

use super::tree::tree;

use crate::foreign::{clipped, without_secrets};

/// Longest sample, in characters.
const LENGTH: usize = 600;
/// Longest text that is looked through for secrets.
const READ_MAX: usize = 8 * LENGTH;

/// What a person would read on the page, from its title on. Fields, links and scripts are no text, so what they hold stays
/// away; what an error page repeats of a request's cookies, keys and passwords is struck out.
pub fn sample(page: &str) -> String {
    let document = tree(page);
    let first = |selector: &str| document.as_ref()?.select(&Selector::parse(selector).ok()?).next();
    let title = first("title").map(words).unwrap_or_default();
    let body = first("#content .body").or_else(|| first("#content")).or_else(|| first("body"));
    let body = body.map_or_else(|| page.to_owned(), words);
    let text = [&*title, &*body].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" | ");
    without_secrets(&clipped(&text, READ_MAX)).chars().take(LENGTH).collect()
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
    fn a_page_of_an_error_shows_no_field_and_no_cookie() {
        let page = "<title>Internal Server Error</title><body><pre>GET /webwork2/quiz?user=stu001&amp;key=ab12cd HTTP/1.1\n\
                    Cookie: WeBWorKCourseSession.quiz=eyJhIjo; other=zz9\nAuthorization: Basic c3R1MDAx\n\
                    passwd =&gt; 'hunter2',\n&lt;input type=\"hidden\" name=\"key\" value=\"ab12cd\"&gt;\n\
                    otpauth://totp/WeBWorK:stu001?secret=GEZDGNBV&amp;issuer=x</pre>\
                    <a href=\"otpauth://totp/x?secret=LINKED\">scan</a><textarea>typed</textarea>\
                    <form><input type=\"hidden\" name=\"session_key\" value=\"Zx81\"></form></body>";
        let said = sample(page);
        assert!(said.starts_with("Internal Server Error | GET /webwork2/quiz?user=stu001&key=[removed]"), "{said}");
        for secret in ["ab12cd", "eyJ", "zz9", "c3R1", "hunter2", "GEZDGNBV", "LINKED", "typed", "Zx81", "session_key"]
        {
            assert!(!said.contains(secret), "{secret} in {said}");
        }
    }

    #[test]
    fn a_page_may_be_nested_as_deep_as_it_has_tags() {
        use crate::webwork::{Form, TestPage};
        let deep = |tag: &str| tag.repeat(10_000);
        for page in [
            deep("<div id=content class=body>"),
            deep("<b><p>"),
            deep("<table>"),
            deep("<a href=x>"),
            deep("a."),
            format!("<i{}>", (0..8000).map(|n| format!(" a{n}")).collect::<String>()),
        ] {
            assert!(sample(&page).chars().count() <= LENGTH);
            assert!(Form::find(&page, "form#login_form").is_none() && TestPage::read(&page, "Quiz1").is_none());
        }
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
