//! The complementary error function, plain and scaled, and the inverse error function.
//!
//! `e^(a²)·erfc a = X(t)/(1 + 2a)` for `a ≥ 0` with `t = (a - 4)/(a + 4)` (Shepherd and Laframboise
//! 1981); the square in the exponent has two words. With `w = -log(1 - x²)`, `erf⁻¹ x = x·I(w)`
//! for `w ≤ 5`; above, one step of Halley's method on `erfc y = 1 - x` from `x·J(√w)`.
//! Coefficients: Remez exchange in 250-bit arithmetic, for uniform relative error.
//!
//! Invariants: `f32` is computed in `f64`; the inverse keeps the sign of zero, is infinite at 1 and
//! NaN beyond; NaN stays NaN.
//!
//! Not here: `erf` (`erf.rs`).

use super::code::{Code, DOUBLE, Format};
use super::exp::{Split, joined, split};
use super::log::log;
use crate::lane::Lane;
use crate::lane::machine::MachineUnary;
use hypatia_ir::op::CompareOp;
use std::f64::consts::FRAC_2_SQRT_PI;

/// `X` for `-1 ≤ t ≤ 1`: error 2^-57.0.
const X: &[f64] = &[
    1.2329951186255526,
    -0.1396211168405623,
    0.01537965210261937,
    0.0680970542546691,
    -0.10103906603628877,
    0.09373283499909542,
    -0.06633036581241814,
    0.03716751552653264,
    -0.016197734057472872,
    0.005031970067874307,
    -0.0007577732751058436,
    -0.00019925714772123888,
    0.00015062154115663833,
    -2.4397742990358593e-05,
    -1.1221411904715033e-05,
    5.706597721444434e-06,
    2.9217612344581946e-07,
    -8.210856086091417e-07,
    7.725304731817272e-08,
    1.0633221712988722e-07,
    -2.0413894337078187e-08,
    -1.2344142044922523e-08,
    3.112654851893827e-09,
    9.306708054223242e-10,
    -2.5631316664744517e-10,
];

/// `I` for `0 ≤ w ≤ 5`: error 2^-60.1.
const I: &[f64] = &[
    0.886226925452758,
    0.23201366653465436,
    0.011549342038274978,
    -0.002335101641659248,
    -0.00012804329396618052,
    4.66114393876914e-05,
    2.0199908971858725e-06,
    -1.0125563970680137e-06,
    -3.729628241464506e-08,
    2.2800698977168356e-08,
    7.412417410607803e-10,
    -5.089423222167027e-10,
    -2.910747209123579e-11,
    2.0439021002425012e-11,
    -3.6305485674875886e-12,
    1.2204266495153444e-12,
    -4.5048222298058897e-13,
    1.0541302896485293e-13,
    -1.5827486141016345e-14,
    1.5700936803987155e-15,
    -1.0105728053263109e-16,
    3.864713186549146e-18,
    -6.717867183898965e-20,
];

/// `J` for `2.23 ≤ √w ≤ 6.05`: error 2^-19.9.
const J: &[f64] = &[
    2.8343965546056116,
    -4.360176869486064,
    4.199700480287212,
    -1.8848788516856134,
    0.5288326765858713,
    -0.09472172221699832,
    0.010559682952921359,
    -0.000669218206124337,
    1.844817698465551e-05,
];

/// `e^(a²)·erfc a` for `a ≥ 0`.
fn scaled(code: &mut Code, a: Lane) -> Lane {
    let bounded = code.at_most(a, 100f64.exp2());
    let four = code.number(a, 4.0);
    let (less, more) = (code.sub(bounded, four), code.add(bounded, four));
    let t = code.div(less, more);
    let x = code.polynomial(t, X);
    let half = code.number(a, 0.5);
    let (above, below) = (code.mul(x, half), code.add(a, half));
    code.div(above, below)
}

/// `e^(±a²)` in parts, where `a²` is at most 746.
fn gauss(code: &mut Code, a: Lane, sign: f64) -> Split {
    let sign = code.number(a, sign);
    let signed = code.mul(a, sign);
    let high = code.mul(a, signed);
    let negated = code.neg(high);
    let low = code.fma(a, signed, negated);
    split(code, DOUBLE, high, Some(low))
}

pub(super) fn erfc(code: &mut Code, f: Format, x: Lane) -> Lane {
    code.in_double(f, x, |code, x| {
        let a = code.abs(x);
        // Beyond, the result is 0.
        let a = code.at_most(a, 27.3);
        let Split { p, s, t } = gauss(code, a, -1.0);
        let scaled = scaled(code, a);
        let p = code.mul(p, scaled);
        let right = joined(code, Split { p, s, t });
        let two = code.number(x, 2.0);
        let left = code.sub(two, right);
        let negative = code.compare_to(CompareOp::Lt, x, 0.0);
        code.select(negative, left, right)
    })
}

/// Left of 0, `2·e^(x²) - e^(x²)·erfc |x|`.
pub(super) fn erfcx(code: &mut Code, f: Format, x: Lane) -> Lane {
    code.in_double(f, x, |code, x| {
        let a = code.abs(x);
        let right = scaled(code, a);
        // Beyond, the result is infinite.
        let bounded = code.at_most(a, 26.7);
        let parts = gauss(code, bounded, 1.0);
        let once = joined(code, parts);
        let twice = code.add(once, once);
        let left = code.sub(twice, right);
        let negative = code.compare_to(CompareOp::Lt, x, 0.0);
        code.select(negative, left, right)
    })
}

pub(super) fn erfinv(code: &mut Code, f: Format, x: Lane) -> Lane {
    code.in_double(f, x, |code, x| {
        let a = code.abs(x);
        let one = code.number(x, 1.0);
        let (rest, more) = (code.sub(one, a), code.add(one, a));
        let product = code.mul(rest, more);
        let w = log(code, DOUBLE, product);
        let w = code.neg(w);
        let near = code.polynomial(w, I);
        let near = code.mul(a, near);
        let far = refined(code, a, rest, w);
        let is_near = code.compare_to(CompareOp::Le, w, 5.0);
        let y = code.select(is_near, near, far);
        let y = code.patch(CompareOp::Eq, a, 1.0, f64::INFINITY, y);
        code.with_sign(DOUBLE, y, x)
    })
}

/// `y + u/(1 - u·y)` with `u = ½√π·(e^(y²)·erfc y - e^(y²)·rest)`.
fn refined(code: &mut Code, a: Lane, rest: Lane, w: Lane) -> Lane {
    let root = code.unary(MachineUnary::Sqrt, w);
    let y = code.polynomial(root, J);
    let y = code.mul(a, y);
    let parts = gauss(code, y, 1.0);
    let exponential = joined(code, parts);
    let scaled = scaled(code, y);
    let u = code.fnma(rest, exponential, scaled);
    let factor = code.number(a, 1.0 / FRAC_2_SQRT_PI);
    let u = code.mul(u, factor);
    let one = code.number(a, 1.0);
    let below = code.fnma(u, y, one);
    let step = code.div(u, below);
    code.add(y, step)
}
