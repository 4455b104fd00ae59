//! Errors of a model at points that it did not know → what its predictions are worth.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// By how much a model was off at points that were held out, as shares of what was measured.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HeldOut {
    /// How many points.
    pub points: u64,
    /// The median, without sign: of an even number the larger of both in the middle.
    pub median_share: f64,
    /// The largest, without sign.
    pub worst_share: f64,
}

impl HeldOut {
    /// What `errors`, predicted ÷ measured − 1, come to; none when there is none.
    pub fn new(errors: &[f64]) -> Option<Self> {
        let mut sizes: Vec<_> = errors.iter().map(|error| error.abs()).filter(|error| error.is_finite()).collect();
        sizes.sort_by(f64::total_cmp);
        let (median, worst) = (*sizes.get(sizes.len() / 2)?, *sizes.last()?);
        Some(Self { points: sizes.len() as u64, median_share: median, worst_share: worst })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_have_no_sign_and_no_point_no_error() {
        let held_out = HeldOut { points: 4, median_share: 0.05, worst_share: 0.2 };
        assert_eq!(HeldOut::new(&[0.01, -0.05, 0.05, -0.2, f64::NAN]), Some(held_out));
        assert_eq!(HeldOut::new(&[]), None);
    }
}
