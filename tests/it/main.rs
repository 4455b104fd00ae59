//! Tests that need no Docker: the run on a model of a cluster, and the program from outside.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test that fails here says where")]

mod windows;
