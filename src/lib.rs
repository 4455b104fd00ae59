//! wwchaos: when a server of a WeBWorK cluster gets sick in the middle of a quiz, what do the students see, for
//! how long, and is any answer lost?
//!
//! ```text
//! scenario ┐
//!          ├─► plan ─► run ─► history ─► measure ─► check ─► verdict ─► report
//! topology ┘
//! ```
//!
//! Every arrow is a command of the program. Only `run` touches the world. `ARCHITECTURE.md` has the map.

pub mod calibrate;
pub mod capacity;
pub mod check;
pub mod cli;
pub mod clock;
pub mod cluster;
pub mod command;
pub mod compare;
pub mod conformance;
pub mod digest;
pub mod doctor;
pub mod exit;
pub mod fault;
pub mod file;
pub mod foreign;
pub mod history;
pub mod import;
pub mod lease;
pub mod library;
pub mod live;
pub mod load;
pub mod matrix;
pub mod measure;
pub mod plan;
pub mod predict;
pub mod probe;
pub mod profile;
pub mod quantity;
pub mod reaper;
pub mod regression;
pub mod report;
pub mod run;
pub mod scenario;
pub mod settings;
pub mod setup;
pub mod store;
pub mod topology;
pub mod watch;
pub mod webwork;
