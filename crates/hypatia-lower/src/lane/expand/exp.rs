//! The exponential and its relatives: `exp`, `expm1`, `sigmoid`, `tanh`.
//!
//! All write `e^y = 2^n · e^r` with `|r| ≤ ½ ln 2` and a polynomial `e^r = 1 + r + r²·q(r)`. The
//! coefficients come from the Remez exchange in 250-bit arithmetic, for the weight that
//! makes the relative error of the result uniform; then they were rounded.
//!
//! Invariants: results below the smallest normal number are rounded like all others (gradual
//! underflow); a NaN operand gives NaN.
//!
//! Not here: `softplus` (`log.rs`), powers (`pow.rs`).

use super::code::{Code, Format};
use crate::lane::Lane;
use crate::lane::machine::Shift;
use hypatia_ir::op::CompareOp;
use std::f64::consts::LN_2;

/// `ln 2` minus its nearest `f64`.
pub(super) const LN_2_LOW: f64 = 2.3190468138462996e-17;

/// `q` for `|r| ≤ ½ ln 2`, relative to `e^r - 1`: error 2^-26.2 and 2^-55.6.
const Q: [&[f64]; 2] = [
    &[
        0.4999999813253437,
        0.16666542684462202,
        0.04166720400165747,
        0.008366646830855808,
        0.001388249351458612,
    ],
    &[
        0.5000000000000006,
        0.16666666666666588,
        0.04166666666657539,
        0.008333333333390378,
        0.0013888888932050815,
        0.00019841269717695391,
        2.480150465121946e-05,
        2.7557408126207828e-06,
        2.762629854160262e-07,
        2.5053811777206446e-08,
    ],
];

/// `(tanh x - x)/x³` in powers of `x²` for `|x| ≤ 0.6`: error 2^-28.4 and 2^-57.8 of `tanh x`.
const TANH: [&[f64]; 2] = [
    &[-0.333333, 0.13331936, -0.053784717, 0.020798625, -0.0058979667],
    &[
        -0.33333333333333126,
        0.1333333333329966,
        -0.05396825394929442,
        0.02186948800253691,
        -0.008863226777153572,
        0.0035920373771231116,
        -0.0014552153527609296,
        0.0005871883734783399,
        -0.00023039674639850714,
        7.931387549784916e-05,
        -1.7178687028767333e-05,
    ],
];

/// `x = n·step + rest` with an integer `n`.
pub(super) struct Reduced {
    /// An integer lane whose low bits are `n + bias`.
    pub biased: Lane,
    /// `n`.
    pub n: Lane,
}

/// `n`, the integer nearest to `x/step`, also as bits with `bias` added.
pub(super) fn nearest(code: &mut Code, f: Format, x: Lane, step: f64, bias: i64) -> Reduced {
    let rounder = code.number(x, f.rounder() + bias as f64);
    let sum = code.fma_by(x, 1.0 / step, rounder);
    Reduced { biased: code.bitcast(sum, f.int), n: code.sub(sum, rounder) }
}

/// `2^n` where the low bits of `biased` are the exponent field.
pub(super) fn power_of_two(code: &mut Code, f: Format, biased: Lane) -> Lane {
    let bits = code.shift(Shift::Left, biased, f.mantissa);
    code.bitcast(bits, f.float)
}

/// `x - n·c` for a constant `c = high + low` of more digits than the format has.
pub(super) fn remainder(code: &mut Code, f: Format, x: Lane, n: Lane, c: (f64, f64)) -> Lane {
    // With the fused multiplication the first difference is exact: it has few digits left.
    let (high, low) = f.pick((f64::from(c.0 as f32), c.0 - f64::from(c.0 as f32)), c);
    let rest = code.fma_by(n, -high, x);
    code.fma_by(n, -low, rest)
}

/// `e^y = p · s · t`.
pub(super) struct Split {
    /// `e^r`, within `[√½, √2]`.
    pub p: Lane,
    /// A power of two.
    pub s: Lane,
    /// A power of two: `s` or twice that.
    pub t: Lane,
}

/// Splits `e^(y + small)`; `|y|` must not be above `-`[`lowest`].
///
/// The exponent is halved, so that the two products overflow and underflow like one rounding of
/// the exact result, without a test.
pub(super) fn split(code: &mut Code, f: Format, y: Lane, small: Option<Lane>) -> Split {
    let Reduced { biased, n } = nearest(code, f, y, LN_2, 2 * f.bias);
    let mut r = remainder(code, f, y, n, (LN_2, LN_2_LOW));
    if let Some(small) = small {
        r = code.add(r, small);
    }
    let p = code.polynomial(r, &coefficients(f));
    let half = code.shift(Shift::Logical, biased, 1);
    let other = code.sub(biased, half);
    Split { p, s: power_of_two(code, f, half), t: power_of_two(code, f, other) }
}

/// The polynomial of `e^r` for `|r| ≤ ½ ln 2`.
pub(super) fn coefficients(f: Format) -> Vec<f64> {
    [&[1.0, 1.0][..], f.pick(Q[0], Q[1])].concat()
}

/// `y` brought into the range outside of which `e^y` is 0 or ∞ anyway.
pub(super) fn clamped(code: &mut Code, f: Format, y: Lane) -> Lane {
    let y = code.at_least(y, lowest(f));
    code.at_most(y, f.pick(89.0, 710.0))
}

/// Here `e^y` is below half of the smallest denormal number.
pub(super) fn lowest(f: Format) -> f64 {
    f.pick(-104.0, -746.0)
}

/// `p · s · t`.
pub(super) fn joined(code: &mut Code, Split { p, s, t }: Split) -> Lane {
    let half = code.mul(p, s);
    code.mul(half, t)
}

pub(super) fn exp(code: &mut Code, f: Format, x: Lane) -> Lane {
    let y = clamped(code, f, x);
    let parts = split(code, f, y, None);
    joined(code, parts)
}

/// `s·(e^r - 1) + (s - 1)` with half of `s`, which is finite for every finite result.
pub(super) fn expm1(code: &mut Code, f: Format, x: Lane) -> Lane {
    let y = code.at_least(x, f.pick(-18.0, -40.0));
    let y = code.at_most(y, f.pick(89.0, 710.0));
    let Reduced { biased, n } = nearest(code, f, y, LN_2, f.bias - 1);
    let r = remainder(code, f, y, n, (LN_2, LN_2_LOW));
    let half = power_of_two(code, f, biased);
    let q = code.polynomial(r, f.pick(Q[0], Q[1]));
    let square = code.mul(r, r);
    let m = code.fma(square, q, r);
    let one = code.number(x, 0.5);
    let rest = code.sub(half, one);
    let y = code.fma(half, m, rest);
    let y = code.add(y, y);
    code.keep_zero(x, y)
}

/// `p·s·t/(1 + p·s·t) = p·t/(s⁻¹ + p·t)`: no part of it overflows, and small results round once.
pub(super) fn sigmoid(code: &mut Code, f: Format, x: Lane) -> Lane {
    let y = code.at_least(x, lowest(f));
    let y = code.at_most(y, -lowest(f));
    let Split { p, s, t } = split(code, f, y, None);
    let bits = code.bitcast(s, f.int);
    let twice = code.integer(bits, (2 * f.bias) << f.mantissa);
    let inverse = code.sub(twice, bits);
    let inverse = code.bitcast(inverse, f.float);
    let sum = code.fma(p, t, inverse);
    let part = code.mul(p, t);
    code.div(part, sum)
}

/// `1 - 2/(e^(2|x|) + 1)` with the sign of `x`; a polynomial where that would cancel.
pub(super) fn tanh(code: &mut Code, f: Format, x: Lane) -> Lane {
    let a = code.abs(x);
    let z = code.mul(a, a);
    let cubic = code.mul(a, z);
    let near = code.polynomial(z, f.pick(TANH[0], TANH[1]));
    let near = code.fma(cubic, near, a);

    let bounded = code.at_most(a, f.pick(9.5, 20.0));
    let Reduced { biased, n } = nearest(code, f, bounded, 0.5 * LN_2, f.bias - 1);
    // The error of `ln 2` in one word counts less than that of the sum below.
    let r = code.fma_by(n, -0.5 * LN_2, bounded);
    let doubled: Vec<f64> =
        (0u8..).zip(coefficients(f)).map(|(i, c)| c * f64::from(i).exp2()).collect();
    let p = code.polynomial(r, &doubled);
    let s = power_of_two(code, f, biased);
    let half = code.number(x, 0.5);
    let sum = code.fma(s, p, half);
    let one = code.number(x, 1.0);
    let small = code.div(one, sum);
    let far = code.sub(one, small);

    let is_near = code.compare_to(CompareOp::Lt, a, 0.6);
    let magnitude = code.select(is_near, near, far);
    code.with_sign(f, magnitude, x)
}
