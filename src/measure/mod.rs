//! Plan + history → [`Figures`]: pure, and the only place where a figure is computed. Definitions stand beside
//! each figure and in ARCHITECTURE.md.

mod figures;

pub use figures::{
    AnswerCase, Answers, Baseline, Blind, Count, Detection, Failover, Figures, Latency, ProbeSetting, ProbeShare,
    Recovery, Requests, Second, Series, Timeline, Unmeasured, WindowFigures, WorstGap, class_name,
};
