//! The error function.
//!
//! `|x| < 1`: `erf x = x + x·E(x²)`. Above: `erf x = 1 - e^F(x)` with a polynomial `F` close to
//! `log(1 - erf x)`. Both are odd by taking the sign away first.
//! Coefficients: Remez exchange in 250-bit arithmetic, for uniform relative error of `erf x`.
//!
//! Invariants: the result is within `[-1, 1]`; the sign of zero stays; NaN stays NaN.
//!
//! Not here: its complement and inverse (`erfc.rs`).

use super::code::{Code, Format};
use super::exp::{Reduced, coefficients, nearest, power_of_two};
use crate::lane::Lane;
use hypatia_ir::op::CompareOp;
use std::f64::consts::LN_2;

/// `E` for `|x| ≤ 1`: error 2^-29.6 and 2^-62.7.
const E: [&[f64]; 2] = [
    &[
        0.12837916572675354,
        -0.37612625824028856,
        0.11283585146484487,
        -0.02685381185886746,
        0.005188327556491494,
        -0.0008010192578432764,
        7.853858084655892e-05,
    ],
    &[
        0.1283791670955126,
        -0.3761263890318375,
        0.11283791670954857,
        -0.026866170645072893,
        0.005223977624780855,
        -0.0008548326978741372,
        0.00012055331036865464,
        -1.4925593506013821e-05,
        1.6460972802454308e-06,
        -1.6350025065570372e-07,
        1.4657878781418371e-08,
        -1.1365661881463798e-09,
        5.945254923851086e-11,
    ],
];

/// `F` for `1 ≤ x ≤ 3.95` (`f32`) and `5.95` (`f64`): error 2^-29.8 and 2^-57.0.
const F: [&[f64]; 2] = [
    &[
        -0.00034153182381863945,
        -1.1270891531466403,
        -0.6381448962871525,
        -0.10310669776547664,
        0.021838036072551355,
        -0.0029476511512459553,
        0.00018637844798358115,
    ],
    &[
        -5.028072579428058e-07,
        -1.1283740898909442,
        -0.6366436262102757,
        -0.10270344475325512,
        0.0189901889086976,
        0.0004106138159585396,
        -0.001915928466583973,
        0.0007706311360557808,
        -0.00013504273108388574,
        -2.027045740120154e-05,
        2.282398940385197e-05,
        -8.667620499506027e-06,
        2.135785686205889e-06,
        -3.7332225651193204e-07,
        4.6425414988867496e-08,
        -3.934487242107642e-09,
        2.0450892991785488e-10,
        -4.928950696625191e-12,
    ],
];

pub(super) fn erf(code: &mut Code, f: Format, x: Lane) -> Lane {
    let a = code.abs(x);
    let z = code.mul(a, a);
    let near = code.polynomial(z, f.pick(E[0], E[1]));
    let near = code.fma(a, near, a);

    let bounded = code.at_most(a, f.pick(3.95, 5.95));
    let y = code.polynomial(bounded, f.pick(F[0], F[1]));
    let Reduced { biased, n } = nearest(code, f, y, LN_2, f.bias);
    let r = code.fma_by(n, -LN_2, y);
    let negated: Vec<f64> = coefficients(f).iter().map(|c| -c).collect();
    let p = code.polynomial(r, &negated);
    let s = power_of_two(code, f, biased);
    let one = code.number(x, 1.0);
    let far = code.fma(p, s, one);

    let is_near = code.compare_to(CompareOp::Lt, a, 1.0);
    let magnitude = code.select(is_near, near, far);
    code.with_sign(f, magnitude, x)
}
