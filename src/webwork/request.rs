//! The requests of a student: method, path, form fields, and the page expected.

use super::page::Expected;
use super::token::token;
use crate::history::Step;

/// The course and set that requests are about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Course {
    /// The course's name.
    pub course: String,
    /// The set's name.
    pub set: String,
}

/// One request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Path below the host.
    pub path: String,
    /// Form fields of a POST; none for a GET.
    pub form: Option<Vec<(String, String)>>,
    /// The page that is the right answer.
    pub expected: Expected,
}

impl Course {
    /// The login page.
    pub fn login_page(&self) -> Asked {
        self.get("", Expected::LoginForm)
    }

    /// Signing in.
    pub fn login(&self, student: &str, password: &str) -> Asked {
        let form = vec![("user".to_owned(), student.to_owned()), ("passwd".to_owned(), password.to_owned())];
        Asked { form: Some(form), ..self.get("", Expected::SignedIn) }
    }

    /// The list of sets: the cheapest page that needs a session.
    pub fn set_list(&self) -> Asked {
        self.get("", Expected::SignedIn)
    }

    /// The quiz's page.
    pub fn quiz_info(&self) -> Asked {
        self.get(&format!("/{}", self.set), Expected::QuizInfo)
    }

    /// Starting a version, or resuming the open one: a GET that writes.
    pub fn start(&self) -> Asked {
        self.get(&format!("/test_mode/{}", self.set), Expected::Test)
    }

    /// Looking at a version.
    pub fn view(&self, version: &str) -> Asked {
        self.get(&format!("/test_mode/{version}"), Expected::Test)
    }

    /// Looking at a version that was graded.
    pub fn review(&self, version: &str) -> Asked {
        self.get(&format!("/test_mode/{version}"), Expected::Review)
    }

    /// Previewing or grading answers: `answers` by problem.
    pub fn answer(&self, step: Step, version: &str, answers: &[(u32, String)]) -> Asked {
        let field = |(problem, answer): &(u32, String)| (format!("Q{problem:04}_AnSwEr0001"), answer.clone());
        let mut form: Vec<_> = answers.iter().map(field).collect();
        let (button, expected) = match step {
            Step::Grade => (("submitAnswers", "Grade Test"), Expected::Graded),
            _ => (("previewAnswers", "Preview Test"), Expected::Preview),
        };
        form.push((button.0.to_owned(), button.1.to_owned()));
        Asked { form: Some(form), ..self.get(&format!("/test_mode/{version}/"), expected) }
    }

    /// Signing out.
    pub fn logout(&self) -> Asked {
        self.get("/logout", Expected::SignedOut)
    }

    /// The version that a test page is about, from the action of its form: `Quiz1,v2`.
    pub fn version_in(&self, page: &str) -> Option<String> {
        let document = scraper::Html::parse_document(page);
        let form = scraper::Selector::parse("form[name=gwquiz]").ok()?;
        let action = document.select(&form).next()?.value().attr("action")?;
        let version = action.trim_end_matches('/').rsplit('/').next()?.replace("%2C", ",");
        version.starts_with(&format!("{},v", self.set)).then_some(version)
    }

    fn get(&self, rest: &str, expected: Expected) -> Asked {
        Asked { path: format!("/webwork2/{}{rest}", self.course), form: None, expected }
    }
}

/// The tokens of submission `number` of student number `student` who has answered `answered` problems.
pub fn answers(student: u32, number: u32, answered: u32) -> Vec<(u32, String)> {
    (1..=answered).map(|problem| (problem, token(student, number, problem))).collect()
}

/// What the fields of a test page hold, by problem: the student's last answers as the page's node has read them.
pub fn answers_in(page: &str) -> Vec<(u32, String)> {
    let Ok(fields) = scraper::Selector::parse("form[name=gwquiz] input[type=text]") else { return Vec::new() };
    let document = scraper::Html::parse_document(page);
    let held = |field: scraper::ElementRef<'_>| {
        let name = field.value().attr("name")?.strip_prefix('Q')?.strip_suffix("_AnSwEr0001")?;
        Some((name.parse().ok()?, field.value().attr("value").unwrap_or_default().to_owned()))
    };
    document.select(&fields).filter_map(held).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn course() -> Course {
        Course { course: "quiz".to_owned(), set: "Quiz1".to_owned() }
    }

    #[test]
    fn the_version_is_read_from_the_form() {
        let page = "<form action=\"/webwork2/quiz/test_mode/Quiz1,v3/\" method=\"POST\" name=\"gwquiz\"></form>";
        assert_eq!(course().version_in(page).as_deref(), Some("Quiz1,v3"));
        assert_eq!(course().version_in("<form name=\"other\" action=\"/x/Quiz1,v3/\">"), None);
    }

    #[test]
    fn a_page_shows_the_answers_that_are_stored() {
        let field = |name: &str, value: &str| format!("<input type=\"text\" name=\"{name}\" value=\"{value}\">");
        let page = format!(
            "<form name=\"gwquiz\">{}{}<input type=\"hidden\" name=\"Q0003_AnSwEr0001\" value=\"1000700203\"></form>",
            field("Q0001_AnSwEr0001", "1000700201"),
            field("Q0002_AnSwEr0001", ""),
        );
        assert_eq!(answers_in(&page), [(1, "1000700201".to_owned()), (2, String::new())]);
        assert_eq!(answers_in(""), []);
    }

    #[test]
    fn a_grade_carries_one_token_for_each_answer() {
        let asked = course().answer(Step::Grade, "Quiz1,v1", &answers(7, 2, 2));
        assert_eq!(asked.path, "/webwork2/quiz/test_mode/Quiz1,v1/");
        let form = asked.form.unwrap();
        assert_eq!(form[0], ("Q0001_AnSwEr0001".to_owned(), "1000700201".to_owned()));
        assert_eq!(form[2], ("submitAnswers".to_owned(), "Grade Test".to_owned()));
    }
}
