//! SQL → the number of SELECTs, and the other statements in order.

use anyhow::Result;

use crate::ask::docker;

/// The statements of one request. Those that set up a connection do not count.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Statements {
    pub selects: usize,
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

/// The general log of a database container.
pub struct Log(pub String);

impl Log {
    /// Begins a new log.
    pub async fn clear(&self) -> Result<()> {
        self.sql("SET GLOBAL general_log = OFF; TRUNCATE mysql.general_log; SET GLOBAL general_log = ON").await?;
        Ok(())
    }

    /// What the app has asked since.
    pub async fn read(&self) -> Result<Statements> {
        let query = "SELECT argument FROM mysql.general_log WHERE command_type IN ('Query', 'Execute') AND \
                     user_host LIKE 'webworkWrite%'";
        let text = self.sql(query).await?;
        Ok(Statements::read(text.lines()))
    }

    /// Empties the database of the app.
    pub async fn drop_all(&self) -> Result<()> {
        self.sql("DROP DATABASE webwork; CREATE DATABASE webwork").await?;
        Ok(())
    }

    async fn sql(&self, sql: &str) -> Result<String> {
        docker(&["exec", &self.0, "mariadb", "--batch", "--skip-column-names", "-e", sql]).await
    }
}
