//! Hyperbolic functions and their inverses: `sinh`, `cosh`, `asinh`, `acosh`, `atanh`.
//!
//! With `h = e^|x|/2` they are `h ± 1/(4h)`, but `sinh x = x + x³·S(x²)` for `|x| ≤ 1`. The
//! inverses are logarithms of `1 + u` where `u` has no cancellation.
//! Coefficients: Remez exchange in 250-bit arithmetic, for uniform relative error.
//!
//! Invariants: finite for every finite result; the sign of zero stays; NaN stays NaN; outside of
//! their domains `acosh` and `atanh` are NaN.
//!
//! Not here: `tanh` (`exp.rs`).

use super::code::{Code, Format};
use super::exp::{Split, split};
use super::log::log1p;
use crate::lane::Lane;
use crate::lane::machine::MachineUnary;
use hypatia_ir::op::CompareOp;
use std::f64::consts::LN_2;

/// `S` for `|x| ≤ 1`: error 2^-34.2 and 2^-63.3.
const S: [&[f64]; 2] = [
    &[0.16666666497701796, 0.008333350053538564, 0.0001983616006374091, 2.8169516927879253e-06],
    &[
        0.16666666666666669,
        0.008333333333333148,
        0.00019841269841431873,
        2.7557319157071852e-06,
        2.5052123136729118e-08,
        1.605725976811949e-10,
        7.758748822089283e-13,
    ],
];

/// `e^a/2` and `e^-a/2` for `a ≥ 0`.
fn halves(code: &mut Code, f: Format, a: Lane) -> (Lane, Lane) {
    // Half of the exponential is finite a little longer than the exponential.
    let bounded = code.at_most(a, f.pick(90.0, 711.0));
    let Split { p, s, t } = split(code, f, bounded, None);
    let half = code.number(a, 0.5);
    let s = code.mul(s, half);
    let large = code.mul(p, s);
    let large = code.mul(large, t);
    let quarter = code.number(a, 0.25);
    (large, code.div(quarter, large))
}

pub(super) fn cosh(code: &mut Code, f: Format, x: Lane) -> Lane {
    let a = code.abs(x);
    let (large, small) = halves(code, f, a);
    code.add(large, small)
}

pub(super) fn sinh(code: &mut Code, f: Format, x: Lane) -> Lane {
    let a = code.abs(x);
    let (large, small) = halves(code, f, a);
    let far = code.sub(large, small);
    let z = code.mul(a, a);
    let cubic = code.mul(a, z);
    let near = code.polynomial(z, f.pick(S[0], S[1]));
    let near = code.fma(cubic, near, a);
    let is_near = code.compare_to(CompareOp::Le, a, 1.0);
    let magnitude = code.select(is_near, near, far);
    code.with_sign(f, magnitude, x)
}

/// `log(1 + u)`; where `whole` is large, `log(2·whole)`, which is the same to the last bit and
/// whose squares would overflow.
fn log_or_twice(code: &mut Code, f: Format, u: Lane, whole: Lane) -> Lane {
    let large = code.compare_to(CompareOp::Ge, whole, 60f64.exp2());
    let u = code.select(large, whole, u);
    let y = log1p(code, f, u);
    let (zero, ln_2) = (code.number(u, 0.0), code.number(u, LN_2));
    let more = code.select(large, ln_2, zero);
    code.add(y, more)
}

/// `u = a + a²/(1 + √(a² + 1))`.
pub(super) fn asinh(code: &mut Code, f: Format, x: Lane) -> Lane {
    let a = code.abs(x);
    let one = code.number(x, 1.0);
    let square = code.mul(a, a);
    let sum = code.fma(a, a, one);
    let root = code.unary(MachineUnary::Sqrt, sum);
    let below = code.add(root, one);
    let part = code.div(square, below);
    let u = code.add(a, part);
    let magnitude = log_or_twice(code, f, u, a);
    code.with_sign(f, magnitude, x)
}

/// `u = t + √(t·(t + 2))` with `t = x - 1`.
pub(super) fn acosh(code: &mut Code, f: Format, x: Lane) -> Lane {
    let (one, two) = (code.number(x, 1.0), code.number(x, 2.0));
    let t = code.sub(x, one);
    let sum = code.add(t, two);
    let square = code.mul(t, sum);
    let root = code.unary(MachineUnary::Sqrt, square);
    let u = code.add(t, root);
    let y = log_or_twice(code, f, u, x);
    code.patch(CompareOp::Lt, x, 1.0, f64::NAN, y)
}

/// `½·log(1 + 2a/(1 - a))`.
pub(super) fn atanh(code: &mut Code, f: Format, x: Lane) -> Lane {
    let a = code.abs(x);
    let (one, half) = (code.number(x, 1.0), code.number(x, 0.5));
    let twice = code.add(a, a);
    let left = code.sub(one, a);
    let u = code.div(twice, left);
    let y = log1p(code, f, u);
    let y = code.mul(y, half);
    code.with_sign(f, y, x)
}
