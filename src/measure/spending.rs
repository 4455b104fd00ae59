//! What the kernel accounted to those who look → the cost of looking, as shares of one processor.
//!
//! Over the class's time, from the first to the last account of it. The engine's daemons are charged with what they used
//! beyond their rate on the idle cluster, which was measured before probes, watchers and class began. What other users of
//! the engine make its daemons do meanwhile counts too: the kernel does not tell whom they work for.

use std::time::Duration;

use crate::clock::Stamp;

use super::figures::Spending;

/// What had been used at one moment, each from a beginning of its own.
#[derive(Clone, Copy, Debug)]
pub struct Account {
    /// When.
    pub at: Stamp,
    /// By the harness.
    pub harness: Duration,
    /// By the class.
    pub class: Duration,
    /// By the engine's daemons, when that could be read.
    pub daemons: Option<Duration>,
    /// Most memory of the harness until then.
    pub harness_peak_bytes: u64,
}

/// The accounts of a run.
#[derive(Debug, Default)]
pub struct Accounts {
    /// The first and the last.
    ends: Option<(Account, Account)>,
    /// Share of one processor that the daemons used on the idle cluster.
    idle: Option<f64>,
}

impl Accounts {
    /// Takes in the next account.
    pub fn take(&mut self, account: Account) {
        let first = self.ends.map_or(account, |(first, _)| first);
        self.ends = Some((first, account));
    }

    /// Takes in what the daemons used on the idle cluster in `length`.
    pub fn take_idle(&mut self, used: Duration, length: Duration) {
        self.idle = share(used, length);
    }

    /// The figure; none when there were no two accounts.
    pub fn spending(&self) -> Option<Spending> {
        let (first, last) = self.ends?;
        let length = last.at - first.at;
        let harness = share(last.harness.saturating_sub(first.harness), length)?;
        let class = share(last.class.saturating_sub(first.class), length)?;
        let used = last.daemons.zip(first.daemons).map(|(last, first)| last.saturating_sub(first));
        let daemons = used.and_then(|used| share(used, length));
        let growth = daemons.zip(self.idle).map(|(daemons, idle)| (daemons - idle).max(0.0));
        Some(Spending {
            length,
            harness_cpu_share: harness,
            class_cpu_share: class,
            daemons_cpu_share: daemons,
            daemons_idle_cpu_share: self.idle,
            looking_cpu_share: growth.map(|growth| harness + class + growth),
            harness_peak_bytes: last.harness_peak_bytes,
        })
    }
}

/// A part of one processor; none of no time.
fn share(used: Duration, length: Duration) -> Option<f64> {
    (!length.is_zero()).then(|| used.as_secs_f64() / length.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(second: u64, harness: u64, class: u64, daemons: Option<u64>) -> Account {
        Account {
            at: Stamp(second * 1_000_000_000),
            harness: Duration::from_millis(harness),
            class: Duration::from_millis(class),
            daemons: daemons.map(Duration::from_millis),
            harness_peak_bytes: second,
        }
    }

    #[test]
    fn daemons_are_charged_with_their_growth_only() {
        let mut accounts = Accounts::default();
        assert_eq!(accounts.spending(), None);
        accounts.take_idle(Duration::from_millis(100), Duration::from_secs(5));
        accounts.take(account(10, 500, 0, Some(0)));
        assert_eq!(accounts.spending(), None, "one account has no length");
        accounts.take(account(20, 1500, 500, Some(700)));
        let spending = accounts.spending().unwrap();
        let near = |value: f64, expected: f64| (value - expected).abs() < 1e-9;
        assert!(near(spending.harness_cpu_share, 0.1) && near(spending.class_cpu_share, 0.05), "{spending:?}");
        assert!(near(spending.daemons_cpu_share.unwrap(), 0.07), "{spending:?}");
        assert!(near(spending.looking_cpu_share.unwrap(), 0.2), "{spending:?}");
        assert_eq!(spending.harness_peak_bytes, 20);
    }

    #[test]
    fn what_was_not_read_is_absent_and_not_nothing() {
        let mut accounts = Accounts::default();
        accounts.take(account(10, 0, 0, None));
        accounts.take(account(20, 1000, 0, None));
        let spending = accounts.spending().unwrap();
        assert_eq!((spending.daemons_cpu_share, spending.looking_cpu_share), (None, None));
    }
}
