//! A page of a homework problem → what its form sends next: previewed, submitted.

use super::form::Form;
use super::page::Expected;
use super::request::Asked;
use crate::history::Step;

/// The field of the problem's first answer.
const FIELD: &str = "AnSwEr0001";

/// A homework problem, as a student has it before them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProblemPage {
    form: Form,
    number: u32,
}

impl ProblemPage {
    /// The page of a problem of `set`; none when it is none.
    pub fn read(page: &str, set: &str) -> Option<Self> {
        let form = Form::find(page, "form#problemMainForm")?;
        let (before, number) = form.path.trim_end_matches('/').rsplit_once('/')?;
        let number = number.parse().ok().filter(|_| before.ends_with(&format!("/{set}")))?;
        Some(Self { form, number })
    }

    /// Which problem of the set it is, from 1.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// What its field holds: the student's last answer as the page's node has read it.
    pub fn held(&self) -> &str {
        self.form.value(FIELD).unwrap_or_default()
    }

    /// Previewing `answer`, or submitting it ([`Step::Grade`]). The page says how many attempts were made (`num_attempts`), and
    /// WeBWorK accepts none from a page that is older than the last one.
    pub fn answer(&self, step: Step, answer: &str) -> Asked {
        let mut form = self.form.clone();
        form.fill(FIELD, answer);
        let (sent, expected) = match step {
            Step::Grade => (form.press("submitAnswers", "Submit Answers"), Expected::Submitted),
            _ => (form.press("previewAnswers", "Preview My Answers"), Expected::Preview),
        };
        Asked { path: form.path, form: Some(sent), expected }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn homework_is_sent_with_the_attempts_that_its_page_counts() {
        let page = "<form action=\"/webwork2/quiz/HW1/2\" id=\"problemMainForm\"><input name=\"AnSwEr0001\" type=\"text\" value=\"7\">\
                    <input name=\"num_attempts\" type=\"hidden\" value=\"3\">\
                    <input name=\"previewAnswers\" type=\"submit\" value=\"Preview My Answers\"></form>";
        let problem = ProblemPage::read(page, "HW1").unwrap();
        assert_eq!((problem.number(), problem.held()), (2, "7"));
        let asked = problem.answer(Step::Grade, "4");
        assert_eq!((&*asked.path, asked.expected), ("/webwork2/quiz/HW1/2", Expected::Submitted));
        let form = asked.form.unwrap();
        assert_eq!(form[..2], [("AnSwEr0001", "4"), ("num_attempts", "3")].map(|(a, b)| (a.to_owned(), b.to_owned())));
        assert_eq!(form[2].0, "submitAnswers");
        let preview = problem.answer(Step::Preview, "4").form.unwrap();
        assert_eq!(preview[2], ("previewAnswers".to_owned(), "Preview My Answers".to_owned()));
        assert_eq!(ProblemPage::read(page, "HW2"), None);
        assert_eq!(ProblemPage::read("", "HW1"), None);
    }
}
