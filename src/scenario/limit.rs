//! Kinds of limit that an expectation may have.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::HOUR;
use crate::settings::{Section, millis};

/// Most of what may be expected of a count.
const NUMBER_MAX: u64 = 1_000_000;

/// A share of all, from 0 to 1; written as a percentage.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Share(pub f64);

/// A length of time of at most an hour, written with its unit; in JSON whole milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Time(
    #[serde(with = "millis")]
    #[schemars(with = "u64")]
    pub Duration,
);

/// A count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Number(pub u64);

impl Share {
    pub(super) fn read(section: &Section<'_>, key: &str) -> Option<Self> {
        section.share(key).map(Self)
    }
}

impl Time {
    pub(super) fn read(section: &Section<'_>, key: &str) -> Option<Self> {
        section.duration(key, Duration::ZERO..=HOUR).map(Self)
    }
}

impl Number {
    pub(super) fn read(section: &Section<'_>, key: &str) -> Option<Self> {
        section.whole(key, 0..=NUMBER_MAX).map(Self)
    }
}
