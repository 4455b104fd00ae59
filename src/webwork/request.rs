//! The requests of a student: method, path, form fields, and the page expected.

use super::form::Form;
use super::page::Expected;
use super::test_page::{button, field};
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

    /// Previewing or grading answers, by problem, where there is no page whose form could be sent: see
    /// [`TestPage::answer`](super::TestPage::answer).
    pub fn answer(&self, step: Step, version: &str, answers: &[(u32, String)]) -> Asked {
        let (name, label, expected) = button(step);
        let mut form: Vec<_> = answers.iter().map(|(problem, answer)| (field(*problem), answer.clone())).collect();
        form.push((name.to_owned(), label.to_owned()));
        Asked { form: Some(form), ..self.get(&format!("/test_mode/{version}/"), expected) }
    }

    /// Signing in by the form of `page`, which came instead of the answer to `asked`: the form holds what was sent, so the
    /// answer that comes is the one to `asked`. None when the page has no such form.
    pub fn login_at(page: &str, asked: &Asked, student: &str, password: &str) -> Option<Asked> {
        let mut form = Form::find(page, "form#login_form")?;
        form.fill("user", student);
        form.fill("passwd", password);
        let sent = form.send();
        Some(Asked { path: form.path, form: Some(sent), expected: asked.expected })
    }

    /// The list of the homework set's problems.
    pub fn homework(&self) -> Asked {
        self.get(&format!("/{}", self.set), Expected::Homework)
    }

    /// A homework problem.
    pub fn problem(&self, problem: u32) -> Asked {
        self.get(&format!("/{}/{problem}", self.set), Expected::Problem)
    }

    /// Signing out.
    pub fn logout(&self) -> Asked {
        self.get("/logout", Expected::SignedOut)
    }

    fn get(&self, rest: &str, expected: Expected) -> Asked {
        Asked { path: format!("/webwork2/{}{rest}", self.course), form: None, expected }
    }
}

/// The tokens of submission `number` of student number `student` who has answered `answered` problems.
pub fn answers(student: u32, number: u32, answered: u32) -> Vec<(u32, String)> {
    (1..=answered).map(|problem| (problem, token(student, number, problem))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn course() -> Course {
        Course { course: "quiz".to_owned(), set: "Quiz1".to_owned() }
    }

    #[test]
    fn a_grade_carries_one_token_for_each_answer() {
        let asked = course().answer(Step::Grade, "Quiz1,v1", &answers(7, 2, 2));
        assert_eq!(asked.path, "/webwork2/quiz/test_mode/Quiz1,v1/");
        let form = asked.form.unwrap();
        assert_eq!(form[0], ("Q0001_AnSwEr0001".to_owned(), "1000700201".to_owned()));
        assert_eq!(form[2], ("submitAnswers".to_owned(), "Grade Test".to_owned()));
    }
    #[test]
    fn a_login_form_takes_along_what_was_sent() {
        let page = "<form action=\"/webwork2/quiz/test_mode/Quiz1,v1\" id=\"login_form\" method=\"POST\">\
                    <input id=\"hidden_submitAnswers\" name=\"submitAnswers\" type=\"hidden\" value=\"Grade Test\">\
                    <input name=\"Q0001_AnSwEr0001\" type=\"hidden\" value=\"1000700201\">\
                    <input name=\"user\" type=\"text\" value=\"\"><input name=\"passwd\" type=\"password\">\
                    <input type=\"submit\" value=\"Continue\"></form>";
        let graded = course().answer(Step::Grade, "Quiz1,v1", &answers(7, 2, 1));
        let asked = Course::login_at(page, &graded, "stu007", "secret").unwrap();
        assert_eq!((&*asked.path, asked.expected), ("/webwork2/quiz/test_mode/Quiz1,v1", Expected::Graded));
        let form = asked.form.unwrap();
        let form: Vec<_> = form.iter().map(|(name, value)| (&**name, &**value)).collect();
        let pairs = [("submitAnswers", "Grade Test"), ("Q0001_AnSwEr0001", "1000700201")];
        assert_eq!(form, [&pairs[..], &[("user", "stu007"), ("passwd", "secret")]].concat());
        assert_eq!(Course::login_at("", &graded, "stu007", "secret"), None);
    }
}
