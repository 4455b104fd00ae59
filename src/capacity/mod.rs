//! Trials → the largest class that a cluster holds ([`Search`]), why it is no larger ([`bottleneck()`]), and what would help
//! ([`model`]). Pure: no clock, no file, no cluster; somebody else makes the trials.
//!
//! A *trial* is one run of one class size on a warm cluster. [`goal`] says what it must give and when its answer is clear,
//! [`search`] which size to try next, [`model`] what queueing theory lets one expect, and [`Capacity`] is all of it in one
//! place, as it is stored and shown.

mod asks;
pub mod bottleneck;
mod early;
pub mod goal;
mod measured;
pub mod model;
mod result;
pub mod search;
mod state;
mod trial;
pub mod words;

pub use asks::{draw, sat};
pub use bottleneck::{Bottleneck, bottleneck};
pub use early::{End, Watch};
pub use goal::{Goal, Goals, judge};
pub use measured::Subject;
pub use result::{
    Arrival, Capacity, Ending, Forecast, Kind, Node, SCHEMA, StateResult, Unreadable, Verified, unmeasured,
};
pub use search::{Bounds, Estimate, Found, Next, Search, Stuck, estimate};
pub use state::{STATES, Spec, State};
pub use trial::{
    Balancer, Busy, Generator, Margin, Measured, Outcome, Reason, Recorded, Service, Starts, Trial, Workers,
};
