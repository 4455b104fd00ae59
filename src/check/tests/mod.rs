//! Figures and what they are judged to be.
