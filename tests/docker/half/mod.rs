//! Tests that play a class and judge what it got: at most one other beside each, `half()`. They stand together, or each would wait for
//! those that have the machine alone.

mod capacity;
mod end_to_end;
mod health;
mod matrix;
