//! Powers: `x^y = ±e^(y·log|x|)` with the special cases of IEEE 754.
//!
//! `y·log|x|` reaches 745, so that the logarithm needs 10 bits more than the result: `f32` is
//! computed in `f64`, `f64` with sums of two words for the logarithm.
//! Coefficients: Remez exchange in 250-bit arithmetic.
//!
//! Invariants: `x^0` and `1^y` are 1 even for NaN; otherwise NaN gives NaN; a negative finite `x`
//! to a power that is no integer is NaN.
//!
//! Not here: cheaper forms of known powers (the optimizer has them).

use super::code::{Code, DOUBLE, Format, SINGLE};
use super::exp::{LN_2_LOW, clamped, joined, split};
use super::log::{Parts, take_apart};
use crate::lane::Lane;
use crate::lane::machine::MachineUnary;
use hypatia_ir::dtype::DType;
use hypatia_ir::op::CompareOp;
use std::f64::consts::LN_2;

/// `(2·artanh s - 2s)/s³` in powers of `s²`: error 2^-44.9 of the logarithm.
const SHORT: &[f64] = &[
    0.6666666667589353,
    0.3999999558660555,
    0.2857211325547014,
    0.22176003483681236,
    0.19587005676163494,
];

/// `(2·artanh s - 2s - ⅔s³)/s⁵` in powers of `s²`: error 2^-66.3 of the logarithm.
const LONG: &[f64] = &[
    0.4000000000000229,
    0.28571428570083673,
    0.2222222252288934,
    0.1818178409718206,
    0.15386770208511014,
    0.1325650830954574,
    0.13199283673369075,
];

/// ⅔ in two words.
const TWO_THIRDS: (f64, f64) = (2.0 / 3.0, 3.700743415417188e-17);

/// An unevaluated sum: `low` is small against `high`.
#[derive(Clone, Copy)]
pub(super) struct Pair {
    /// The sum, rounded.
    pub high: Lane,
    /// What is missing.
    pub low: Lane,
}

pub(super) fn pow(code: &mut Code, format: Format, x: Lane, y: Lane) -> Lane {
    if format == SINGLE {
        // Every `f32` operation of the special cases is exact in `f64`, and the one rounding of
        // the conversion also overflows and underflows as it should.
        let (x, y) = (code.convert(x, DType::F64), code.convert(y, DType::F64));
        let result = power(code, x, y, short_log);
        return code.convert(result, DType::F32);
    }
    power(code, x, y, long_log)
}

fn power(code: &mut Code, x: Lane, y: Lane, log: fn(&mut Code, Lane) -> Pair) -> Lane {
    let a = code.abs(x);
    // Beyond 2^64 the power of any number but 1 is 0 or ∞: no product below is 0·∞.
    let bounded = code.at_most(y, 64f64.exp2());
    let bounded = code.at_least(bounded, -64f64.exp2());
    let log = log(code, a);
    let exponent = product(code, bounded, log);
    let result = exponential(code, exponent);
    let result = at_poles(code, a, y, result);
    let result = of_nan(code, a, y, result);
    let result = signed(code, x, y, result);
    let result = code.patch(CompareOp::Eq, y, 0.0, 1.0, result);
    code.patch(CompareOp::Eq, x, 1.0, 1.0, result)
}

/// `y·log`.
fn product(code: &mut Code, y: Lane, log: Pair) -> Pair {
    let high = code.mul(y, log.high);
    let negated = code.neg(high);
    let low = code.fma(y, log.high, negated);
    Pair { high, low: code.fma(y, log.low, low) }
}

fn exponential(code: &mut Code, y: Pair) -> Lane {
    let size = code.abs(y.high);
    let small = code.compare_to(CompareOp::Lt, size, 1024.0);
    let zero = code.number(y.high, 0.0);
    let low = code.select(small, y.low, zero);
    let high = clamped(code, DOUBLE, y.high);
    let parts = split(code, DOUBLE, high, Some(low));
    joined(code, parts)
}

/// The logarithm of a positive number, as good as `f32` results need.
fn short_log(code: &mut Code, a: Lane) -> Pair {
    let Parts { m, k } = take_apart(code, DOUBLE, a);
    let (one, two) = (code.number(a, 1.0), code.number(a, 2.0));
    let f = code.sub(m, one);
    let sum = code.add(f, two);
    let s = code.div(f, sum);
    let z = code.mul(s, s);
    let cubic = code.mul(s, z);
    let twice = code.add(s, s);
    let r = code.polynomial(z, SHORT);
    let y = code.fma(cubic, r, twice);
    Pair { high: code.fma_by(k, LN_2, y), low: code.number(a, 0.0) }
}

/// The logarithm of a positive number to 2^-64: `k·ln 2 + 2s + s·z·(⅔ + z·LONG(z))`, `z = s²`.
pub(super) fn long_log(code: &mut Code, a: Lane) -> Pair {
    let Parts { m, k } = take_apart(code, DOUBLE, a);
    let s = half_argument(code, m);
    let z = square(code, s);

    let tail = code.polynomial(z.high, LONG);
    let third_low = code.number(a, TWO_THIRDS.1);
    let tail = code.fma(z.high, tail, third_low);
    let third = code.number(a, TWO_THIRDS.0);
    let factor = sum(code, third, tail);
    let factor = times(code, z, factor);
    let cubic = times(code, s, factor);

    let twice = code.add(s.high, s.high);
    let rest = code.add(s.low, s.low);
    let y = sum(code, twice, cubic.high);
    let rest = code.add(rest, cubic.low);
    let rest = code.add(rest, y.low);

    // If `k` is not 0, `k·ln 2` is larger than `y`; if it is 0, the sum is exact.
    let ln_2 = code.number(a, LN_2);
    let high = code.mul(k, ln_2);
    let negated = code.neg(high);
    let low = code.fma(k, ln_2, negated);
    let low = code.fma_by(k, LN_2_LOW, low);
    let total = sum(code, high, y.high);
    let rest = code.add(rest, low);
    let rest = code.add(rest, total.low);
    sum(code, total.high, rest)
}

/// `s = (m - 1)/(m + 1)`, so that `log m = 2·artanh s`.
fn half_argument(code: &mut Code, m: Lane) -> Pair {
    let (one, two) = (code.number(m, 1.0), code.number(m, 2.0));
    let f = code.sub(m, one);
    let divisor = sum(code, two, f);
    let inverse = code.div(one, divisor.high);
    let high = code.mul(f, inverse);
    let left = code.fnma(high, divisor.high, f);
    let left = code.fnma(high, divisor.low, left);
    Pair { high, low: code.mul(left, inverse) }
}

fn square(code: &mut Code, x: Pair) -> Pair {
    times(code, x, x)
}

/// `x·y` to about 2^-104.
fn times(code: &mut Code, x: Pair, y: Pair) -> Pair {
    let high = code.mul(x.high, y.high);
    let negated = code.neg(high);
    let low = code.fma(x.high, y.high, negated);
    let low = code.fma(x.high, y.low, low);
    Pair { high, low: code.fma(x.low, y.high, low) }
}

/// `x + y` exactly, where `|x| ≥ |y|` or `x` is 0.
fn sum(code: &mut Code, x: Lane, y: Lane) -> Pair {
    let high = code.add(x, y);
    let low = code.sub(x, high);
    Pair { high, low: code.add(low, y) }
}

/// Powers of 0 and ∞ for `y ≠ 0`.
fn at_poles(code: &mut Code, a: Lane, y: Lane, result: Lane) -> Lane {
    let (zero, infinity) = (code.number(a, 0.0), code.number(a, f64::INFINITY));
    let falling = code.compare(CompareOp::Lt, y, zero);
    let of_zero = code.select(falling, infinity, zero);
    let of_infinity = code.select(falling, zero, infinity);
    let is_zero = code.compare(CompareOp::Eq, a, zero);
    let result = code.select(is_zero, of_zero, result);
    let is_infinite = code.compare(CompareOp::Eq, a, infinity);
    code.select(is_infinite, of_infinity, result)
}

/// NaN if either operand is.
fn of_nan(code: &mut Code, a: Lane, y: Lane, result: Lane) -> Lane {
    let size = code.abs(y);
    let both = code.add(a, size);
    let ordered = code.compare(CompareOp::Eq, both, both);
    code.select(ordered, result, both)
}

/// The sign for negative `x`, and NaN where there is no real power.
fn signed(code: &mut Code, x: Lane, y: Lane, magnitude: Lane) -> Lane {
    let zero = code.number(x, 0.0);
    let whole = code.unary(MachineUnary::Trunc, y);
    let is_whole = code.compare(CompareOp::Eq, whole, y);
    let half = code.number(y, 0.5);
    let half = code.mul(y, half);
    let half_whole = code.unary(MachineUnary::Trunc, half);
    let is_even = code.compare(CompareOp::Eq, half_whole, half);
    // For even powers +0 stands for the base's sign.
    let base = code.select(is_even, zero, x);
    let base = code.select(is_whole, base, zero);
    let result = code.with_sign(DOUBLE, magnitude, base);

    let negative = code.compare(CompareOp::Lt, x, zero);
    let finite = code.compare_to(CompareOp::Gt, x, f64::NEG_INFINITY);
    let no_power = code.compare(CompareOp::Ne, whole, y);
    let mask = code.and(negative, finite);
    let mask = code.and(mask, no_power);
    let nan = code.number(x, f64::NAN);
    code.select(mask, nan, result)
}
