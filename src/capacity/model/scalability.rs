//! Students and throughput of trials → the universal scalability law: how much of each further student's load is answered.
//!
//! X(N) = γ N ÷ (1 + α (N − 1) + β N (N − 1)). γ: pages a second of one student; α: what has to be done one after the other; β: what
//! each must agree on with every other. N. J. Gunther, *Guerrilla Capacity Planning*, 2007. With β > 0 there is a most,
//! at N = √((1 − α) ÷ β), and beyond it more students get less.
//!
//! Fitted by least squares of the relative error. N ÷ X is linear in 1 ÷ γ, α ÷ γ and β ÷ γ, so no iteration has to find its way:
//! the linear problem is solved, with none of the three below 0 (of all choices of α and β that are 0, the best that is allowed),
//! and its weights are those of the error of X at the fit before, [`ROUNDS`] times.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::held_out::HeldOut;

/// Fewer sizes fit any curve of three parameters.
pub const POINTS_MIN: usize = 4;
/// How often weights are taken anew.
const ROUNDS: usize = 30;

/// The law with its parameters.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Scalability {
    /// γ: pages a second of one student alone.
    pub gamma_pages_per_second: f64,
    /// α: contention.
    pub alpha: f64,
    /// β: coherence.
    pub beta: f64,
    /// By how much it is off at sizes that it was not fitted to, each left out in turn; none where too few are left.
    pub held_out: Option<HeldOut>,
}

/// One measured point: students, and right pages a second.
pub type Point = (u32, f64);

impl Scalability {
    /// The law that fits `points` best, or why none does.
    pub fn fit(points: &[Point]) -> Result<Self, String> {
        let points: Vec<_> = points.iter().copied().filter(|(size, pages)| *size > 0 && sound(*pages)).collect();
        let sizes = distinct(&points);
        if sizes.len() < POINTS_MIN {
            return Err(format!("{} of {POINTS_MIN} class sizes that it needs were measured", sizes.len()));
        }
        let mut law = law(&points).ok_or_else(|| "no curve of its kind goes near the measured points".to_owned())?;
        let errors = sizes.iter().filter_map(|size| {
            let (out, rest): (Vec<Point>, Vec<Point>) = points.iter().partition(|(other, _)| other == size);
            let other = self::law(&rest)?;
            Some(out.into_iter().map(move |(size, pages)| other.pages_per_second(size) / pages - 1.0))
        });
        law.held_out = HeldOut::new(&errors.flatten().collect::<Vec<_>>());
        Ok(law)
    }

    /// Pages a second that it gives for `students`.
    pub fn pages_per_second(&self, students: u32) -> f64 {
        let n = f64::from(students);
        self.gamma_pages_per_second * n / (1.0 + self.alpha * (n - 1.0) + self.beta * n * (n - 1.0))
    }

    /// The class beyond which more students get less; none where there is no such class.
    pub fn most(&self) -> Option<u32> {
        let n = ((1.0 - self.alpha) / self.beta).sqrt();
        (self.beta > 0.0 && (1.0..1e6).contains(&n)).then_some(n as u32)
    }
}

fn sound(number: f64) -> bool {
    (1e-6..1e9).contains(&number)
}

fn distinct(points: &[Point]) -> Vec<u32> {
    let mut sizes: Vec<_> = points.iter().map(|(size, _)| *size).collect();
    sizes.sort_unstable();
    sizes.dedup();
    sizes
}

/// The law without its error on points that are held out.
fn law(points: &[Point]) -> Option<Scalability> {
    if distinct(points).len() + 1 < POINTS_MIN {
        return None;
    }
    // The largest size as 1, so that no column is larger than another by orders of magnitude.
    let scale = points.iter().map(|(size, _)| f64::from(*size)).fold(1.0, f64::max);
    let rows: Vec<_> = points
        .iter()
        .map(|(size, pages)| {
            let n = f64::from(*size);
            ([1.0, (n - 1.0) / scale, n * (n - 1.0) / scale.powi(2)], n / pages)
        })
        .collect();
    let mut weights: Vec<_> = rows.iter().map(|(_, y)| 1.0 / (y * y)).collect();
    let mut best = None;
    for _ in 0..ROUNDS {
        let found = non_negative(&rows, &weights)?;
        // The relative error of X = N ÷ y is (y − ŷ) ÷ ŷ.
        weights = rows.iter().map(|(row, _)| 1.0 / dot(row, &found).powi(2)).collect();
        best = Some(found);
    }
    let [inverse, alpha, beta] = best?;
    let law = Scalability {
        gamma_pages_per_second: 1.0 / inverse,
        alpha: alpha / inverse / scale,
        beta: beta / inverse / scale.powi(2),
        held_out: None,
    };
    [law.gamma_pages_per_second, law.alpha, law.beta].into_iter().all(f64::is_finite).then_some(law)
}

fn dot(one: &[f64; 3], other: &[f64; 3]) -> f64 {
    one.iter().zip(other).map(|(one, other)| one * other).sum()
}

/// The weighted least squares of `rows` with no coefficient below 0 and the first above it.
fn non_negative(rows: &[([f64; 3], f64)], weights: &[f64]) -> Option<[f64; 3]> {
    const CHOICES: [[bool; 3]; 4] =
        [[true, true, true], [true, true, false], [true, false, true], [true, false, false]];
    let error = |found: &[f64; 3]| {
        rows.iter().zip(weights).map(|((row, y), weight)| weight * (dot(row, found) - y).powi(2)).sum::<f64>()
    };
    let allowed = |found: &[f64; 3]| found[0] > 0.0 && found.iter().all(|one| one.is_finite() && *one >= 0.0);
    let found = CHOICES.iter().filter_map(|free| least_squares(rows, weights, free)).filter(allowed);
    found.min_by(|one, other| error(one).total_cmp(&error(other)))
}

/// Normal equations over the columns that are `free`, by elimination with the largest pivot.
fn least_squares(rows: &[([f64; 3], f64)], weights: &[f64], free: &[bool; 3]) -> Option<[f64; 3]> {
    let mut matrix = [[0.0; 4]; 3];
    for ((row, y), weight) in rows.iter().zip(weights) {
        for i in 0..3 {
            for j in 0..3 {
                matrix[i][j] += if free[i] && free[j] { weight * row[i] * row[j] } else { 0.0 };
            }
            matrix[i][3] += if free[i] { weight * row[i] * y } else { 0.0 };
        }
    }
    (0..3).filter(|i| !free[*i]).for_each(|i| matrix[i][i] = 1.0);
    for column in 0..3 {
        let pivot = (column..3).max_by(|i, j| matrix[*i][column].abs().total_cmp(&matrix[*j][column].abs()))?;
        matrix.swap(column, pivot);
        let lead = matrix[column];
        if lead[column].abs() < 1e-300 {
            return None;
        }
        for (_, row) in matrix.iter_mut().enumerate().filter(|(index, _)| *index != column) {
            let factor = row[column] / lead[column];
            (0..4).for_each(|place| row[place] -= factor * lead[place]);
        }
    }
    Some([0, 1, 2].map(|place| matrix[place][3] / matrix[place][place]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(law: &Scalability, noise: &[f64]) -> Vec<Point> {
        let sizes = [10, 25, 50, 100, 150, 200, 300];
        sizes.iter().zip(noise.iter().cycle()).map(|(size, by)| (*size, law.pages_per_second(*size) * by)).collect()
    }

    const LAW: Scalability = Scalability { gamma_pages_per_second: 0.4, alpha: 0.02, beta: 0.000_05, held_out: None };

    #[test]
    fn the_law_behind_exact_points_is_found() {
        let near = |one: f64, other: f64| (one - other).abs() <= other.abs() * 1e-6 + 1e-9;
        for law in [LAW, Scalability { beta: 0.0, ..LAW }, Scalability { alpha: 0.0, ..LAW }] {
            let found = Scalability::fit(&points(&law, &[1.0])).unwrap();
            assert!(near(found.gamma_pages_per_second, 0.4) && near(found.alpha, law.alpha), "{found:?}");
            assert!(near(found.beta, law.beta) && found.held_out.unwrap().worst_share < 1e-6, "{found:?}");
        }
        assert_eq!(LAW.most(), Some(140));
    }

    #[test]
    fn noise_of_a_few_percent_is_what_it_is_off_by() {
        let found = Scalability::fit(&points(&LAW, &[1.02, 0.97, 1.03, 0.98, 1.01, 0.99, 1.02])).unwrap();
        let held_out = found.held_out.unwrap();
        assert!(found.alpha >= 0.0 && found.beta >= 0.0);
        assert!((0.005..0.06).contains(&held_out.median_share) && held_out.worst_share < 0.2, "{held_out:?}");
        assert_eq!(held_out.points, 7);
    }

    #[test]
    fn a_line_has_no_contention() {
        let line: Vec<Point> = (1..=6).map(|n| (n * 20, f64::from(n) * 8.0)).collect();
        let found = Scalability::fit(&line).unwrap();
        assert!(found.alpha < 1e-9 && found.beta < 1e-9 && found.most().is_none(), "{found:?}");
    }

    #[test]
    fn too_few_sizes_are_refused_however_often_they_were_measured() {
        let few = [(10, 4.0), (10, 4.1), (20, 7.0), (40, 11.0), (40, 11.2), (0, 1.0), (30, f64::NAN)];
        assert_eq!(Scalability::fit(&few).unwrap_err(), "3 of 4 class sizes that it needs were measured");
        let wild: Vec<Point> = [(1, 1e9), (2, 1e-6), (u32::MAX, 5.0), (7, 1e8), (9, 1.0)].to_vec();
        let found = Scalability::fit(&wild).map(|law| law.pages_per_second(10));
        assert!(found.as_ref().is_ok_and(|pages| pages.is_finite()), "{found:?}");
    }
}
