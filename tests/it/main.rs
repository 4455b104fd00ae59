//! Tests that need no Docker: the run on a model of a cluster, and the program from outside.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test that fails here says where")]

mod bad_input;
mod calibrate;
mod engine;
mod help;
mod hostile;
mod import;
mod library;
mod list;
mod malformed;
mod markdown;
mod parsers;
mod plan;
mod program;
mod readme;
mod regression;
mod shell;
mod site;
mod stored;
mod topology;
mod voice;
mod windows;
