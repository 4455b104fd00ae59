//! Pages to judge: one in the shape of a graded test, and those recorded from WeBWorK where they are at hand.

use std::fmt::Write;
use std::path::PathBuf;

use anyhow::{Context, Result};
use wwchaos::webwork::Expected;

/// Length of the page of a graded test of five problems in WeBWorK 2.20.
const LENGTH: usize = 25_000;

/// Name, what is expected, the page.
pub fn pages() -> Result<Vec<(String, Expected, String)>> {
    let mut pages = vec![("a graded test".to_owned(), Expected::Graded, graded())];
    if let Some(folder) = std::env::var_os("WWCHAOS_WEBWORK_PAGES").map(PathBuf::from) {
        for (file, expected) in [
            ("05-test-start.txt", Expected::Test),
            ("06-preview.txt", Expected::Preview),
            ("07-submit.txt", Expected::Graded),
            ("08-review.txt", Expected::Review),
        ] {
            let path = folder.join(file);
            let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
            let body = text.split_once("\r\n\r\n").or_else(|| text.split_once("\n\n")).map_or("", |(_, body)| body);
            pages.push((format!("the recorded page {file}"), expected, body.to_owned()));
        }
    }
    Ok(pages)
}

/// A page on which every text that is looked for must be looked for to the end.
fn graded() -> String {
    let mut page = String::from(
        "<!DOCTYPE html>\n<html lang=\"en-US\"><head><title>quiz : Quiz1</title></head><body>\n\
         <div id=\"loginstatus\">Logged in as stu007.</div>\n\
         <form action=\"/webwork2/quiz/test_mode/Quiz1,v1/\" method=\"POST\" name=\"gwquiz\">\n",
    );
    let mut problem = 0;
    while page.len() < LENGTH - 400 {
        problem += 1;
        let _ = writeln!(
            page,
            "<div class=\"problem-content\" id=\"problem_{problem}\" lang=\"en\" dir=\"ltr\"><b>Problem {problem}.</b> \
             <span class=\"text-muted\">(1 point)</span><p>Evaluate \\( \\int_0^{problem} x^2 \\, dx \\).</p>\
             <input type=\"text\" class=\"codeshard\" name=\"Q{problem:04}_AnSwEr0001\" size=\"5\" value=\"1000700{problem:03}\">\
             <input type=\"hidden\" name=\"previous_Q{problem:04}_AnSwEr0001\" value=\"\"></div>"
        );
    }
    page.push_str(
        "<div class=\"ResultsWithoutError\">Your score on this test was 80%. The score WAS recorded.</div>\n",
    );
    page.push_str("<input type=\"submit\" name=\"submitAnswers\" value=\"Grade Test\"></form></body></html>\n");
    page.push_str(&" ".repeat(LENGTH.saturating_sub(page.len())));
    page
}
