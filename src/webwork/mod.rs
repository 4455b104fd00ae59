//! What a student's browser sends to WeBWorK, and what its pages and tables mean.

pub mod token;
