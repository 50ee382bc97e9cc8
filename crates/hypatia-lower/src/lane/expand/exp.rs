//! The exponential and its relatives: `exp`, `expm1`, `sigmoid`, `tanh`.
//!
//! All write `e^y = 2^(n·w) · e^r` with `r` small, and a polynomial `e^r = 1 + r + r²·q(r)`. The
//! coefficients of `q` come from the Remez exchange in 250-bit arithmetic, for the weight that
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

/// `q` for `|r| ≤ ln 2`, relative to `e^r`: error 2^-26.0 and 2^-56.4.
const WIDE: [&[f64]; 2] = [
    &[
        0.5000003492215126,
        0.16666613668424585,
        0.041661237795821544,
        0.008336120349803605,
        0.0014105091982143751,
        0.00019610822793711765,
    ],
    &[
        0.4999999999999993,
        0.16666666666666943,
        0.041666666666702705,
        0.008333333333268788,
        0.0013888888883501756,
        0.0001984126989350975,
        2.480159086775267e-05,
        2.755730045395486e-06,
        2.7556149706152666e-07,
        2.505505396264206e-08,
        2.10630001715739e-09,
        1.5935164915818683e-10,
    ],
];

/// `q` for `|r| ≤ ½ ln 2`, relative to `e^r - 1`: error 2^-26.2 and 2^-55.6.
const NARROW: [&[f64]; 2] = [
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

/// `q` for `|r| ≤ ½ ln 2`, relative to `e^r`: error 2^-23.2 and 2^-57.9. The first is enough where
/// the exponential is a small part of the result.
const ROUGH: [&[f64]; 2] = [
    &[0.4999922284780556, 0.16667120018988038, 0.04189142691840619, 0.008312384140982253],
    &[
        0.5000000000000011,
        0.16666666666666405,
        0.041666666666527005,
        0.008333333333498248,
        0.0013888888944579003,
        0.00019841269500687242,
        2.4801492010810676e-05,
        2.7557589512129528e-06,
        2.7630669154176924e-07,
        2.4999750231915284e-08,
    ],
];

/// `(tanh x - x)/x³` in powers of `x²` for `|x| ≤ 0.55`: error 2^-29.8 and 2^-60.6 of `tanh x`.
const TANH: [&[f64]; 2] = [
    &[
        -0.3333331755993226,
        0.13332586143922937,
        -0.05385231038110519,
        0.021071680847462637,
        -0.006274241940513777,
    ],
    &[
        -0.333333333333333,
        0.13333333333326622,
        -0.05396825396376062,
        0.021869488385855545,
        -0.008863232601430945,
        0.0035920920302890684,
        -0.0014555428445920694,
        0.0005884444807543026,
        -0.00023338155008592202,
        8.331642421212668e-05,
        -1.9494672548977206e-05,
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

/// `e^r = p` and `2^(y's exponent)` as two equal factors: `e^y = p · s · s`.
pub(super) struct Split {
    /// `e^r`, within `[½, 2]`.
    pub p: Lane,
    /// A power of two.
    pub s: Lane,
}

/// Splits `e^(y + small)`; `y` must be within the range of [`clamped`].
///
/// The exponent is halved, so that the two products with `s` overflow and underflow like one
/// rounding of the exact result, without a test.
pub(super) fn split(code: &mut Code, f: Format, y: Lane, small: Option<Lane>, q: &[f64]) -> Split {
    let Reduced { biased, n } = nearest(code, f, y, 2.0 * LN_2, f.bias);
    let mut r = remainder(code, f, y, n, (2.0 * LN_2, 2.0 * LN_2_LOW));
    if let Some(small) = small {
        r = code.add(r, small);
    }
    let p = code.polynomial(r, &[&[1.0, 1.0], q].concat());
    Split { p, s: power_of_two(code, f, biased) }
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

/// The coefficients of `q` for [`split`].
pub(super) fn wide(f: Format) -> &'static [f64] {
    f.pick(WIDE[0], WIDE[1])
}

/// The coefficients of `q` for `|r| ≤ ½ ln 2`, for exponentials that are a small part of a result.
pub(super) fn rough(f: Format) -> &'static [f64] {
    f.pick(ROUGH[0], ROUGH[1])
}

/// `p · s · s`.
pub(super) fn joined(code: &mut Code, Split { p, s }: Split) -> Lane {
    let half = code.mul(p, s);
    code.mul(half, s)
}

pub(super) fn exp(code: &mut Code, f: Format, x: Lane) -> Lane {
    let y = clamped(code, f, x);
    let parts = split(code, f, y, None, wide(f));
    joined(code, parts)
}

/// `s·(e^r - 1) + (s - 1)` with half of `s`, which is finite for every finite result.
pub(super) fn expm1(code: &mut Code, f: Format, x: Lane) -> Lane {
    let y = code.at_least(x, f.pick(-18.0, -40.0));
    let y = code.at_most(y, f.pick(89.0, 710.0));
    let Reduced { biased, n } = nearest(code, f, y, LN_2, f.bias - 1);
    let r = remainder(code, f, y, n, (LN_2, LN_2_LOW));
    let half = power_of_two(code, f, biased);
    let q = code.polynomial(r, f.pick(NARROW[0], NARROW[1]));
    let square = code.mul(r, r);
    let m = code.fma(square, q, r);
    let one = code.number(x, 0.5);
    let rest = code.sub(half, one);
    let y = code.fma(half, m, rest);
    let y = code.add(y, y);
    code.keep_zero(x, y)
}

/// `1/(1 + p·s²) = s⁻¹/(s⁻¹ + p·s)`: no part of it overflows, and small results round once.
pub(super) fn sigmoid(code: &mut Code, f: Format, x: Lane) -> Lane {
    let y = code.neg(x);
    let y = code.at_least(y, lowest(f));
    let y = code.at_most(y, -lowest(f));
    let Split { p, s } = split(code, f, y, None, wide(f));
    let bits = code.bitcast(s, f.int);
    let twice = code.integer(bits, (2 * f.bias) << f.mantissa);
    let inverse = code.sub(twice, bits);
    let inverse = code.bitcast(inverse, f.float);
    let sum = code.fma(p, s, inverse);
    code.div(inverse, sum)
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
    let mut doubled = vec![1.0, 2.0];
    let mut power = 4.0;
    for c in rough(f) {
        doubled.push(power * c);
        power *= 2.0;
    }
    let p = code.polynomial(r, &doubled);
    let s = power_of_two(code, f, biased);
    let half = code.number(x, 0.5);
    let sum = code.fma(s, p, half);
    let one = code.number(x, 1.0);
    let small = code.div(one, sum);
    let far = code.sub(one, small);

    let is_near = code.compare_to(CompareOp::Lt, a, 0.55);
    let magnitude = code.select(is_near, near, far);
    code.with_sign(f, magnitude, x)
}
