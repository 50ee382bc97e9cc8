//! How far a result is from the right answer, as a share of what is allowed.
//!
//! Invariants: NaN matches NaN, infinities match by sign, -0 equals 0; integers and bools must be
//! equal; a share above 1 fails.
//!
//! Not here: where the answers come from.

use crate::manifest::Tolerance;
use hypatia::tensor::Tensor;

/// What a comparison found: the largest share of the tolerance that an element uses, and the first
/// element that uses more than all of it, in words.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// 0 is exact, 1 is just allowed, infinity is no number where one should be.
    pub share: f64,
    /// What is wrong, if anything.
    pub wrong: Option<String>,
}

impl Verdict {
    /// Wrong as a whole.
    pub fn refused(wrong: String) -> Verdict {
        Verdict { share: f64::INFINITY, wrong: Some(wrong) }
    }
}

/// The share of `atol + rtol·|want|` that the distance uses; an exact hit uses nothing.
fn share(got: f64, want: f64, tolerance: Tolerance) -> f64 {
    if got == want || (got.is_nan() && want.is_nan()) {
        return 0.0;
    }
    let allowed = tolerance.1 + tolerance.0 * want.abs();
    let share = (got - want).abs() / allowed;
    // Two infinities, or a NaN on one side alone.
    if share.is_nan() || want.is_infinite() { f64::INFINITY } else { share }
}

/// Compares a result with its answer: dtype, shape, every element.
pub fn compare(got: &Tensor, want: &Tensor, tolerance: Tolerance) -> Verdict {
    if (got.dtype(), got.shape()) != (want.dtype(), want.shape()) {
        let of = |t: &Tensor| format!("{}{:?}", t.dtype(), t.shape());
        return Verdict::refused(format!("is {}, expected {}", of(got), of(want)));
    }
    let mut worst = (0.0, 0);
    for at in 0..want.len() {
        let (a, b) = (got.get(at), want.get(at));
        let share = match want.dtype().is_float() {
            true => share(a.as_f64(), b.as_f64(), tolerance),
            false if a.as_i64() == b.as_i64() => 0.0,
            false => f64::INFINITY,
        };
        if share > worst.0 {
            worst = (share, at);
        }
    }
    let (share, at) = worst;
    let wrong = (share > 1.0).then(|| {
        let (a, b) = (got.get(at), want.get(at));
        format!("element {at} is {a}, expected {b} ({share:.3} of what is allowed)")
    });
    Verdict { share, wrong }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_of_the_format() {
        const TINY: Tolerance = Tolerance(0.0, 0.0);
        const WIDE: Tolerance = Tolerance(1e-3, 1e-3);
        let (nan, inf) = (f64::NAN, f64::INFINITY);
        for (got, want, tolerance, passes) in [
            (nan, nan, TINY, true),
            (nan, 1.0, WIDE, false),
            (1.0, nan, WIDE, false),
            (inf, inf, TINY, true),
            (-inf, inf, WIDE, false),
            (1e300, inf, WIDE, false),
            (inf, 1.0, WIDE, false),
            (-0.0, 0.0, TINY, true),
            (1.0, 1.001, WIDE, true),
            (1.0, 1.003, WIDE, false),
            (1.0, 1.0 + 1e-15, TINY, false),
        ] {
            let verdict = compare(&got.into(), &want.into(), tolerance);
            assert_eq!(verdict.wrong.is_none(), passes, "{got} {want}: {verdict:?}");
        }
        assert!(compare(&3i64.into(), &4i64.into(), WIDE).wrong.is_some());
        assert!(compare(&3i64.into(), &3i32.into(), WIDE).wrong.is_some());
        assert!(compare(&vec![1f32].into(), &1f32.into(), WIDE).wrong.is_some());
    }
}
