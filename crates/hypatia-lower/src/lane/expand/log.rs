//! Logarithms: `log`, `log1p`, `softplus`.
//!
//! All write the argument as `2^k·(1 + f)` with `1 + f` in `[√½, √2)`. In `f32`,
//! `log(1 + f) = f + f²·P(f)`; in `f64`, with `s = f/(2 + f)`, `log(1 + f) = 2s + s·R(s²)`, where
//! the quotient saves half of the terms. Coefficients: Remez exchange in 250-bit arithmetic, for
//! uniform relative error of the logarithm.
//!
//! Invariants: denormal operands are scaled, not flushed; NaN stays NaN; negative operands of the
//! logarithm give NaN, zero gives −∞.
//!
//! Not here: the extended precision that powers need (`pow.rs`).

use super::code::{Code, Format, SINGLE};
use super::exp::{LN_2_LOW, joined, lowest, split};
use crate::lane::Lane;
use crate::lane::machine::Shift;
use hypatia_ir::op::CompareOp;
use std::f64::consts::{FRAC_1_SQRT_2, LN_2};

/// `P`: error 2^-27.9.
const P: &[f64] = &[
    -0.4999998834654919,
    0.33333325695171595,
    -0.2500158293194336,
    0.20001973693137934,
    -0.16609082981289033,
    0.14181830517427788,
    -0.13242991377994537,
    0.1290439927969032,
    -0.07621724334308065,
];

/// `R(z)/z`: error 2^-59.5.
const R: &[f64] = &[
    0.6666666666666735,
    0.39999999999407476,
    0.2857142874414317,
    0.22222198378326385,
    0.1818357517251289,
    0.15313755588277356,
    0.1479906780781808,
];

/// A positive number as `2^k · m` with `m` in `[√½, √2)`.
pub(super) struct Parts {
    /// The mantissa.
    pub m: Lane,
    /// The exponent.
    pub k: Lane,
}

/// Takes a positive finite number apart, denormal or not; garbage for others.
pub(super) fn take_apart(code: &mut Code, f: Format, x: Lane) -> Parts {
    let smallest = (1 - f.bias) as f64;
    let tiny = code.compare_to(CompareOp::Lt, x, smallest.exp2());
    let scaled = code.number(x, f64::from(f.mantissa).exp2());
    let scaled = code.mul(x, scaled);
    let x = code.select(tiny, scaled, x);
    let bits = code.bitcast(x, f.int);
    // Moves the exponent field so that it is `2·bias + k`, positive for denormals too, as if
    // mantissas began at √½.
    let low = f.bits(FRAC_1_SQRT_2);
    let normal = code.integer(bits, ((2 * f.bias) << f.mantissa) - low);
    let denormal = code.integer(bits, ((2 * f.bias - i64::from(f.mantissa)) << f.mantissa) - low);
    let offset = code.select(tiny, denormal, normal);
    let moved = code.add(bits, offset);
    let mask = code.integer(bits, (1 << f.mantissa) - 1);
    let m = code.and(moved, mask);
    let low = code.integer(bits, low);
    let m = code.add(m, low);
    Parts { m: code.bitcast(m, f.float), k: exponent(code, f, moved) }
}

/// The exponent field of `bits`, with the sign bit as its highest, minus twice the bias, as a float.
fn exponent(code: &mut Code, f: Format, bits: Lane) -> Lane {
    // As the low bits of a large float: no conversion from integers, which `f64` often lacks.
    let field = code.shift(Shift::Logical, bits, f.mantissa);
    let large = code.integer(bits, f.bits(f.rounder()));
    let sum = code.or(field, large);
    let sum = code.bitcast(sum, f.float);
    let large = code.number(sum, f.rounder() + (2 * f.bias) as f64);
    code.sub(sum, large)
}

/// `k·ln 2 + log(1 + f)`.
fn finish(code: &mut Code, format: Format, f: Lane, k: Lane) -> Lane {
    let square = code.mul(f, f);
    if format == SINGLE {
        let p = code.polynomial(f, P);
        let y = code.fma(p, square, f);
        return code.fma_by(k, LN_2, y);
    }
    let two = code.number(f, 2.0);
    let sum = code.add(two, f);
    let s = code.div(f, sum);
    let z = code.mul(s, s);
    let r = code.polynomial(z, R);
    let half = code.number(f, 0.5);
    let half = code.mul(half, square);
    let r = code.fma(r, z, half);
    let low = code.number(k, LN_2_LOW);
    let low = code.mul(k, low);
    let low = code.fma(s, r, low);
    let rest = code.sub(half, low);
    let y = code.sub(f, rest);
    code.fma_by(k, LN_2, y)
}

/// The values at and beyond the ends of the domain of a logarithm with its pole at `pole`.
fn ends(code: &mut Code, x: Lane, pole: f64, y: Lane) -> Lane {
    let finite = code.compare_to(CompareOp::Lt, x, f64::INFINITY);
    let y = code.select(finite, y, x);
    let y = code.patch(CompareOp::Lt, x, pole, f64::NAN, y);
    code.patch(CompareOp::Eq, x, pole, f64::NEG_INFINITY, y)
}

pub(super) fn log(code: &mut Code, format: Format, x: Lane) -> Lane {
    let Parts { m, k } = take_apart(code, format, x);
    let one = code.number(x, 1.0);
    let f = code.sub(m, one);
    let y = finish(code, format, f, k);
    ends(code, x, 0.0, y)
}

/// Takes `k` from `u = 1 + x`, but `f` from `x` itself: `f = 2^-k·x - (1 - 2^-k)`.
pub(super) fn log1p(code: &mut Code, format: Format, x: Lane) -> Lane {
    let one = code.number(x, 1.0);
    let u = code.add(x, one);
    let bits = code.bitcast(u, format.int);
    let low = format.bits(FRAC_1_SQRT_2);
    let offset = code.integer(bits, ((2 * format.bias) << format.mantissa) - low);
    let moved = code.add(bits, offset);
    let k = exponent(code, format, moved);
    let mask = code.integer(bits, -1 << format.mantissa);
    let field = code.and(moved, mask);
    // `s = 2^(2-k)`: two more than needed, so that it is normal for every `k`.
    let twice = code.integer(bits, (3 * format.bias + 2) << format.mantissa);
    let s = code.sub(twice, field);
    let s = code.bitcast(s, format.float);
    let rest = code.fma_by(s, -0.25, one);
    let rest = code.neg(rest);
    let quarter = code.number(x, 0.25);
    let quarter = code.mul(x, quarter);
    let f = code.fma(s, quarter, rest);
    let y = finish(code, format, f, k);
    let y = ends(code, x, -1.0, y);
    // Below half an ulp of 1 the result is `x`: keeps -0 and the last bits of denormals.
    let a = code.abs(x);
    let tiny = code.compare_to(CompareOp::Lt, a, format.pick(-25f64, -54f64).exp2());
    code.select(tiny, x, y)
}

/// `max(x, 0) + log(1 + e^-|x|)`.
pub(super) fn softplus(code: &mut Code, format: Format, x: Lane) -> Lane {
    let a = code.abs(x);
    let y = code.neg(a);
    let y = code.at_least(y, lowest(format));
    let parts = split(code, format, y, None);
    let t = joined(code, parts);
    // `1 + t` is in [1, 2]: the exponent is 0 or 1.
    let large = code.compare_to(CompareOp::Gt, t, std::f64::consts::SQRT_2 - 1.0);
    let (zero, one) = (code.number(x, 0.0), code.number(x, 1.0));
    let half = code.number(x, 0.5);
    let k = code.select(large, one, zero);
    let s = code.select(large, half, one);
    let rest = code.sub(s, one);
    let f = code.fma(s, t, rest);
    let y = finish(code, format, f, k);
    let positive = code.at_least(x, 0.0);
    code.add(positive, y)
}
