//! Tokens: a number for each answer of each submission of each student, which WeBWorK stores as typed.
//!
//! Ten digits: 1, the student (4), the submission (3), the problem (2). A number is an answer that every kind
//! of problem accepts as typed, and no two submissions share one.

/// The token of one answer.
pub fn token(student: u32, number: u32, problem: u32) -> String {
    format!("1{student:04}{number:03}{problem:02}")
}

/// Student, submission and problem of a token; none for any other text.
pub fn parse(text: &str) -> Option<(u32, u32, u32)> {
    let digits =
        text.strip_prefix('1').filter(|rest| rest.len() == 9 && rest.bytes().all(|byte| byte.is_ascii_digit()))?;
    Some((digits[..4].parse().ok()?, digits[4..7].parse().ok()?, digits[7..].parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_tells_whose_it_is() {
        assert_eq!(token(17, 3, 5), "1001700305");
        assert_eq!(parse("1001700305"), Some((17, 3, 5)));
        assert_eq!(parse("2001700305"), None);
        assert_eq!(parse("100170030"), None);
    }
}
