//! Special functions that libm lacks, in `f64`, a few ulps accurate.
//!
//! Invariants: total; NaN gives NaN; no table, so that every number here can be checked by eye
//! against the formulas named beside it.
//!
//! Not here: functions that libm has (`elementwise.rs`); the kernels of back ends, which use other
//! formulas so that each checks the other.

use std::f64::consts::{FRAC_2_SQRT_PI, PI};

/// `e^(x²)·erfc x`.
pub(super) fn erfcx(x: f64) -> f64 {
    if x < 0.0 {
        return 2.0 * gauss(x) - erfcx(-x);
    }
    if x < 4.0 {
        return gauss(x) * libm::erfc(x);
    }
    // The continued fraction of Laplace, from its inner end; 60 levels are enough at 4.
    let inner = (1..=60).rev().fold(0.0, |rest, k| 0.5 * f64::from(k) / (x + rest));
    0.5 * FRAC_2_SQRT_PI / (x + inner)
}

/// `e^(x²)`: what the square loses goes into a factor.
fn gauss(x: f64) -> f64 {
    let square = x * x;
    if square > 1e3 {
        return f64::INFINITY;
    }
    libm::exp(square) * (1.0 + x.mul_add(x, -square))
}

/// The inverse of `erf`, by three steps of Halley's method from an estimate that is 0.4 % off
/// (Winitzki 2008).
pub(super) fn erfinv(x: f64) -> f64 {
    let a = x.abs();
    if a >= 1.0 || a.is_nan() {
        return if a == 1.0 { x * f64::INFINITY } else { f64::NAN };
    }
    if a < 1e-9 {
        // The cubic term is below half an ulp.
        return x / FRAC_2_SQRT_PI;
    }
    let w = libm::log1p(-a * a);
    let half = 2.0 / (PI * 0.147) + 0.5 * w;
    let mut y = (half.mul_add(half, -w / 0.147).sqrt() - half).sqrt();
    for _ in 0..3 {
        let missing = if a < 0.5 { a - libm::erf(y) } else { libm::erfc(y) - (1.0 - a) };
        let step = missing * gauss(y) / FRAC_2_SQRT_PI;
        y += step / (1.0 - step * y);
    }
    y.copysign(x)
}

/// The positive root of `ψ` in two words.
const ROOT: (f64, f64) = (1.4616321449683622, 9.549995429965697e-17);

/// Taylor coefficients of `ψ` at its root: `(-1)^(k+1)·ζ(k + 1, root)` for `k = 1, 2, …`.
const AT_ROOT: [f64; 22] = [
    0.9676722454476212,
    -0.4427631689835921,
    0.258499760955651,
    -0.16394270544240652,
    0.10782405069126237,
    -0.07219956125645471,
    0.04880428816414311,
    -0.03316112647484736,
    0.022597648232218104,
    -0.01542476590494896,
    0.010538791616612175,
    -0.007204534386356869,
    0.004926781395729853,
    -0.003369801655439328,
    0.002305126326734928,
    -0.0015769367714301972,
    0.0010788252019162967,
    -0.0007380709389960052,
    0.000504953265834602,
    -0.0003454680251063077,
    0.00023635601564027053,
    -0.00016170622091974803,
];

/// `B₂ₖ/2k`, of the asymptotic series of `ψ`.
const BERNOULLI: [f64; 8] = [
    1.0 / 12.0,
    -1.0 / 120.0,
    1.0 / 252.0,
    -1.0 / 240.0,
    1.0 / 132.0,
    -691.0 / 32760.0,
    1.0 / 12.0,
    -3617.0 / 8160.0,
];

/// The derivative of `log |Γ(x)|`. Right of 0 it is off by less than 1e-15 or a few ulps;
/// left of 0 it is as accurate as the larger term of its reflection. NaN at negative integers.
pub(super) fn digamma(x: f64) -> f64 {
    if x < 0.0 {
        let rest = x - x.round();
        let cot = 1.0 / libm::tan(PI * rest);
        return if rest == 0.0 { f64::NAN } else { digamma(1.0 - x) - PI * cot };
    }
    let distance = (x - ROOT.0) - ROOT.1;
    if distance.abs() < 0.25 {
        return distance * AT_ROOT.iter().rev().fold(0.0, |sum, c| sum * distance + c);
    }
    // From 12 on the series is off by less than 2^-60.
    let steps = if x < 12.0 { (12.0 - x).ceil() as u32 } else { 0 };
    let large = x + f64::from(steps);
    let square = 1.0 / (large * large);
    let series = BERNOULLI.iter().rev().fold(0.0, |sum, b| (sum + b) * square);
    let end = libm::log(large) - 0.5 / large - series;
    // With what each sum loses (Dekker 1971).
    let (sum, lost) = (1..steps).rev().fold((end, 0.0), |(sum, lost), k| {
        let term = 1.0 / (x + f64::from(k));
        let next = sum - term;
        (next, lost + ((sum - next) - term))
    });
    let sum = sum + lost;
    // Without adding 0 to it, the sign of a zero counts.
    if steps > 0 { sum - 1.0 / x } else { sum }
}
