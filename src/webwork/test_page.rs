//! A page of a test → what its form sends next: turned to another page, previewed, graded.
//!
//! The answers of the other pages of a test travel in hidden fields, from page to page: WeBWorK takes what the form holds for
//! all of the student's answers. So the whole form is sent, as a browser does, and what stands on another page is typed there.

use scraper::Selector;

use super::form::Form;
use super::page::Expected;
use super::request::Asked;
use super::tree::tree;
use crate::history::Step;

/// A page of a test, as a student has it before them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestPage {
    form: Form,
    version: String,
    /// Problems on one page; none when the test has only one.
    per_page: Option<u32>,
}

impl TestPage {
    /// The page of a test of `set`; none when it is none.
    pub fn read(page: &str, set: &str) -> Option<Self> {
        let document = tree(page)?;
        let form = Form::read(document.select(&Selector::parse("form[name=gwquiz]").ok()?).next()?)?;
        let version = form.path.trim_end_matches('/').rsplit('/').next()?.to_owned();
        if !version.starts_with(&format!("{set},v")) {
            return None;
        }
        // The table of pages and problems has one group of columns for each page, of as many columns as it has problems.
        let columns = Selector::parse("colgroup.page").ok()?;
        let group = document.select(&columns).next();
        let per_page = form.value("currentPage").and(group).map(|group| group.child_elements().count());
        let per_page = per_page.and_then(|count| u32::try_from(count).ok()).filter(|count| *count > 0);
        Some(Self { form, version, per_page })
    }

    /// The version that it is about: `Quiz1,v2`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// What its fields hold, by problem: the student's last answers as the page's node has read them.
    pub fn answers(&self) -> Vec<(u32, String)> {
        self.form.typed().filter_map(|(name, held)| Some((problem(name)?, held.to_owned()))).collect()
    }

    /// The page to turn to before an answer to `problem` can be typed; none when it is this one.
    pub fn turn_for(&self, problem: u32) -> Option<u32> {
        let other = !self.form.is_typed(&field(problem));
        self.per_page.filter(|_| other).map(|per_page| problem.saturating_sub(1) / per_page + 1)
    }

    /// The page to turn to before all of `answers` stand in the form; none when what is left can be typed here.
    pub fn turn_for_all(&self, answers: &[(u32, String)]) -> Option<u32> {
        let missing = |(problem, answer): &&(u32, String)| self.form.value(&field(*problem)) != Some(&**answer);
        answers.iter().filter(missing).find_map(|(problem, _)| self.turn_for(*problem))
    }

    /// Turning to page `to`, with those of `answers` that belong on this one.
    pub fn turn(&self, to: u32, answers: &[(u32, String)]) -> Asked {
        let mut form = self.typed_in(answers);
        form.fill("pageChangeHack", "1");
        form.fill("newPage", &to.to_string());
        // The link to another page presses this button, and the field before says that it is no preview.
        let sent = form.press("previewAnswers", "Preview Test");
        Asked { path: form.path, form: Some(sent), expected: Expected::Test }
    }

    /// Previewing what is on this page, or grading all.
    pub fn answer(&self, step: Step, answers: &[(u32, String)]) -> Asked {
        let mut form = self.typed_in(answers);
        let (name, label, expected) = button(step);
        if step == Step::Grade {
            // What a page has lost of the answers would be graded as empty; whoever sees that types it again.
            answers.iter().for_each(|(problem, answer)| form.fill(&field(*problem), answer));
        }
        let sent = form.press(name, label);
        Asked { path: form.path, form: Some(sent), expected }
    }

    fn typed_in(&self, answers: &[(u32, String)]) -> Form {
        let mut form = self.form.clone();
        for (name, answer) in answers.iter().map(|(problem, answer)| (field(*problem), answer)) {
            if self.per_page.is_none() || form.is_typed(&name) {
                form.fill(&name, answer);
            }
        }
        form
    }
}

/// The field of a problem's first answer.
pub fn field(problem: u32) -> String {
    format!("Q{problem:04}_AnSwEr0001")
}

/// Name and label of the button that a student presses, and the page that is to come.
pub fn button(step: Step) -> (&'static str, &'static str, Expected) {
    match step {
        Step::Grade => ("submitAnswers", "Grade Test", Expected::Graded),
        _ => ("previewAnswers", "Preview Test", Expected::Preview),
    }
}

fn problem(field: &str) -> Option<u32> {
    field.strip_prefix('Q')?.strip_suffix("_AnSwEr0001")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Page `page` of a test of five problems, two on a page, with `answers` on the others.
    fn paged(page: u32, answers: &[(u32, &str)]) -> TestPage {
        let mut text = format!(
            "<form action=\"/webwork2/quiz/test_mode/Quiz1,v3\" method=\"POST\" name=\"gwquiz\">\
             <input name=\"user\" type=\"hidden\" value=\"stu001\"><input name=\"pageChangeHack\" type=\"hidden\" value=\"\">\
             <input name=\"newPage\" type=\"hidden\" value=\"\"><input name=\"currentPage\" type=\"hidden\" value=\"{page}\">\
             <table><colgroup><col class=\"header\"></colgroup><colgroup class=\"page\"><col><col></colgroup></table>"
        );
        for problem in 1..=5 {
            let held = answers.iter().find(|(at, _)| *at == problem).map(|(_, held)| *held);
            let here = (problem - 1) / 2 + 1 == page;
            if here || held.is_some() {
                let kind = if here { "text" } else { "hidden" };
                let (name, held) = (field(problem), held.unwrap_or_default());
                text.push_str(&format!("<input name=\"{name}\" type=\"{kind}\" value=\"{held}\">"));
            }
        }
        text.push_str("<input type=\"submit\" name=\"previewAnswers\" value=\"Preview Test\"></form>");
        TestPage::read(&text, "Quiz1").unwrap()
    }

    fn given(answers: &[(u32, &str)]) -> Vec<(u32, String)> {
        answers.iter().map(|(problem, answer)| (*problem, (*answer).to_owned())).collect()
    }

    fn sent(asked: &Asked) -> String {
        let pairs = asked.form.iter().flatten().map(|(name, value)| format!("{name}={value}"));
        pairs.collect::<Vec<_>>().join("&")
    }

    #[test]
    fn the_version_is_read_from_the_form() {
        let page = "<form action=\"/webwork2/quiz/test_mode/Quiz1,v3/\" method=\"POST\" name=\"gwquiz\"></form>";
        assert_eq!(TestPage::read(page, "Quiz1").unwrap().version(), "Quiz1,v3");
        assert_eq!(TestPage::read(page, "Quiz2"), None);
        assert_eq!(TestPage::read("<form name=\"other\" action=\"/x/Quiz1,v3/\">", "Quiz1"), None);
    }

    #[test]
    fn a_page_shows_the_answers_that_are_stored() {
        let page = paged(1, &[(1, "11"), (3, "13")]);
        assert_eq!(page.answers(), given(&[(1, "11"), (2, "")]));
    }

    #[test]
    fn an_answer_is_typed_on_its_own_page() {
        let answers = given(&[(1, "21"), (2, "22"), (3, "23")]);
        let page = paged(2, &[(1, "11")]);
        assert_eq!((page.turn_for(3), page.turn_for(5), page.turn_for(2)), (None, Some(3), Some(1)));
        assert_eq!(page.turn_for_all(&answers), Some(1));
        let turned = page.turn(1, &answers);
        assert_eq!((&*turned.path, turned.expected), ("/webwork2/quiz/test_mode/Quiz1,v3", Expected::Test));
        assert_eq!(
            sent(&turned),
            "user=stu001&pageChangeHack=1&newPage=1&currentPage=2&Q0001_AnSwEr0001=11&Q0003_AnSwEr0001=23&\
             Q0004_AnSwEr0001=&previewAnswers=Preview Test"
        );
        let page = paged(1, &[(3, "23")]);
        assert_eq!(page.turn_for_all(&answers), None);
        let graded = page.answer(Step::Grade, &answers);
        assert_eq!(graded.expected, Expected::Graded);
        assert_eq!(
            sent(&graded),
            "user=stu001&pageChangeHack=&newPage=&currentPage=1&Q0001_AnSwEr0001=21&Q0002_AnSwEr0001=22&\
             Q0003_AnSwEr0001=23&submitAnswers=Grade Test"
        );
    }

    #[test]
    fn a_preview_leaves_the_other_pages_as_they_are() {
        let previewed = paged(1, &[(3, "13")]).answer(Step::Preview, &given(&[(1, "21"), (3, "23")]));
        assert!(
            sent(&previewed).contains("Q0001_AnSwEr0001=21&Q0002_AnSwEr0001=&Q0003_AnSwEr0001=13&"),
            "{previewed:?}"
        );
    }

    #[test]
    fn on_one_page_everything_is_typed_there() {
        let page = "<form action=\"/t/Quiz1,v1/\" name=\"gwquiz\"><input name=\"Q0001_AnSwEr0001\" type=\"text\">\
                    <input name=\"probstatus1\" type=\"hidden\" value=\"0\"></form>";
        let page = TestPage::read(page, "Quiz1").unwrap();
        let answers = given(&[(1, "21"), (2, "22")]);
        assert_eq!((page.turn_for(2), page.turn_for_all(&answers)), (None, None));
        let asked = page.answer(Step::Preview, &answers);
        assert_eq!(sent(&asked), "Q0001_AnSwEr0001=21&probstatus1=0&Q0002_AnSwEr0001=22&previewAnswers=Preview Test");
    }
}
