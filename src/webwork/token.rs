//! The token that makes every answer of every submission unique, as a number that a problem accepts.
//!
//! Ten decimal digits, `1SSSSNNNPP`: a leading one (so that no digit is lost when it is read as a number), the
//! student's number, the submission's number within the student's plan, the problem's number.

/// The parts of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Token {
    /// Number of the student, from 1.
    pub student: u32,
    /// Number of the submission within the student's plan, from 1.
    pub number: u32,
    /// Number of the problem, from 1.
    pub problem: u32,
}

/// The token of one answer: student up to 9999, submission up to 999, problem up to 99.
pub fn token(student: u32, number: u32, problem: u32) -> String {
    format!("1{student:04}{number:03}{problem:02}")
}

/// The parts of `text`; none when it is not one of our tokens.
pub fn parse(text: &str) -> Option<Token> {
    if text.len() != 10 || !text.bytes().all(|byte| byte.is_ascii_digit()) || !text.starts_with('1') {
        return None;
    }
    let part = |range: std::ops::Range<usize>| text.get(range)?.parse().ok();
    Some(Token { student: part(1..5)?, number: part(5..8)?, problem: part(8..10)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_reads_back_and_nothing_else_does() {
        assert_eq!(token(7, 3, 5), "1000700305");
        assert_eq!(parse("1000700305"), Some(Token { student: 7, number: 3, problem: 5 }));
        for text in ["", "2000700305", "100070030", "10007003055", "1+00700305", "No answer"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
