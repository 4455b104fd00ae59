//! The child's end: one goose user per student, each with its own cookies and connections.

use std::sync::Arc;
use std::sync::mpsc;

use anyhow::{Context, Result};
use goose::config::GooseConfiguration;
use goose::prelude::*;

use super::Order;
use super::student::Desk;
use crate::clock::Stamp;
use crate::history::{Fact, Observation};
use crate::webwork::{address, browser};

/// Runs the class that `order` describes and writes its observations to standard output, one JSON line each.
/// Ends by itself when the plan is done, or at once when standard input closes.
pub async fn attack(order: Order) -> Result<()> {
    // Whoever starts this by hand cannot aim it at others either.
    address(&order.entry, "/")?;
    let (sender, receiver) = mpsc::channel::<Observation>();
    let writer = std::thread::spawn(move || write(&receiver));
    end_with_parent();
    let students = order.students.len();
    let entry = order.entry.clone();
    // What a student cannot trust, nobody can: better told before the class begins.
    browser(order.certificate.as_deref())?.build()?;
    let order = Arc::new(order);
    let record = move |fact| {
        // The writer ends only when standard output is closed: the parent is gone, and so is the reader.
        let _ = sender.send(Observation { at: Stamp::now(), fact });
    };
    let record: Arc<dyn Fn(Fact) + Send + Sync> = Arc::new(record);
    let function: TransactionFunction = Arc::new(move |user: &mut GooseUser| {
        let (order, record) = (Arc::clone(&order), Arc::clone(&record));
        Box::pin(async move {
            let index = user.weighted_users_index;
            // Checked before the class began.
            user.set_client_builder(browser(order.certificate.as_deref()).unwrap_or_default()).await?;
            if let Some(student) = order.students.get(index) {
                // Students are in the order of their numbers, which begin at 1.
                let number = u32::try_from(index + 1).unwrap_or(u32::MAX);
                Desk::new(user, &order, (number, student), &*record).work().await;
            }
            Ok(())
        })
    });
    let attack = GooseAttack::initialize_with_config(configuration(&entry, students))?;
    let scenario = scenario!("class").register_transaction(Transaction::new(function).set_name("quiz"));
    attack.register_scenario(scenario).execute().await.context("goose")?;
    writer.join().map_err(|_| anyhow::anyhow!("the writer of observations failed"))?
}

/// Built in code: goose never reads our command line.
#[allow(clippy::field_reassign_with_default, reason = "goose keeps some fields private")]
fn configuration(entry: &str, students: usize) -> GooseConfiguration {
    let mut configuration = GooseConfiguration::default();
    configuration.host = Some(entry.to_owned());
    configuration.users = Some(students);
    configuration.increase_rate = Some("500".to_owned());
    configuration.iterations = Some(1);
    configuration.quiet = 2;
    configuration.no_print_metrics = true;
    configuration.no_error_summary = true;
    configuration.no_metrics = true;
    configuration.no_telnet = true;
    configuration
}

fn write(receiver: &mpsc::Receiver<Observation>) -> Result<()> {
    use std::io::Write;
    for observation in receiver {
        let mut line = serde_json::to_vec(&observation)?;
        line.push(b'\n');
        // Locked for one line only: goose prints to standard output too.
        let mut out = std::io::stdout().lock();
        out.write_all(&line)?;
        out.flush()?;
    }
    Ok(())
}

/// Ends this process when standard input closes, so that a class never outlives the run that started it.
fn end_with_parent() {
    std::thread::spawn(|| {
        let mut line = String::new();
        while std::io::stdin().read_line(&mut line).is_ok_and(|read| read > 0) {
            line.clear();
        }
        std::process::exit(0);
    });
}
