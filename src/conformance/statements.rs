//! SQL → the number of SELECTs, and the other statements in order.

use std::fmt;

/// The statements of one request. Those that set up a connection do not count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statements {
    /// SELECT statements.
    pub selects: usize,
    /// The others, as verb and table.
    pub writes: Vec<String>,
}

impl Statements {
    /// Counts `queries`.
    pub fn read<'a>(queries: impl Iterator<Item = &'a str>) -> Self {
        let mut statements = Self::default();
        for query in queries {
            match query.split_whitespace().next() {
                Some("SELECT") => statements.selects += 1,
                Some("SET") | None => {}
                Some(verb) => statements.writes.push(format!("{verb} {}", table(query))),
            }
        }
        statements
    }
}

/// The first name in back quotes.
fn table(query: &str) -> &str {
    query.split('`').nth(1).unwrap_or("")
}

impl fmt::Display for Statements {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} SELECT", self.selects)?;
        for same in self.writes.chunk_by(|one, next| one == next) {
            let times = if same.len() > 1 { format!("{} ", same.len()) } else { String::new() };
            write!(f, ", {times}{}", same[0])?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_counted_and_told_in_order() {
        let queries = [
            "SET NAMES utf8mb4",
            "SELECT `a` FROM `quiz_user`",
            "UPDATE `quiz_problem_user` SET x = 1",
            "UPDATE `quiz_problem_user` SET x = 1",
            "DELETE FROM `quiz_key` WHERE y",
        ];
        let statements = Statements::read(queries.into_iter());
        assert_eq!(statements.to_string(), "1 SELECT, 2 UPDATE quiz_problem_user, DELETE quiz_key");
    }
}
