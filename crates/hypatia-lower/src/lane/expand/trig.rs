//! Sine, cosine and tangent.
//!
//! Sine and cosine reduce the argument by multiples of π to `|r| ≤ π/2`, where one odd polynomial
//! `sin r = r + r³·S(r²)` serves both functions and the parity of the multiple gives the sign.
//! The tangent reduces by multiples of π/2 and is a quotient of `sin r` and `cos r`, which change
//! places and sign where the multiple is odd.
//! Coefficients: Remez exchange in 250-bit arithmetic, for uniform relative error; the last bits
//! of the `f32` ones by search, for least error with rounding and `cos 0 = 1`.
//!
//! Invariants: the stated bounds hold for all `f32`, and for `f64` below 2^52 (the tangent: 2^51).
//! From there on, neighbouring numbers are 1 or more apart, and the result is NaN, never a wrong
//! number.
//!
//! Not here: tables of 2/π (lanes cannot index).

use super::code::{Code, DOUBLE, Format, SINGLE};
use crate::lane::Lane;
use crate::lane::machine::{MachineUnary, Shift};
use hypatia_ir::dtype::DType;
use hypatia_ir::op::CompareOp;
use std::f64::consts::{FRAC_1_PI, PI};

/// π as a sum of `f64` numbers.
const WORDS: [f64; 3] = [PI, 1.2246467991473532e-16, -2.9947698097183397e-33];

/// 1/π minus its nearest `f64`.
const FRAC_1_PI_LOW: f64 = -1.9678676675182486e-17;

/// 1/π in two words without the bits that give multiples of 2 for `f32` numbers from `2^.0` on:
/// those are multiples of `2^(.0 - 24)`.
const WINDOWS: [(f64, f64, f64); 3] = [
    (52.0, 5.390696036528002e-09, -2.7170920538718753e-25),
    (79.0, 3.583247455607534e-17, -1.0721436282893004e-33),
    (106.0, 1.4188110088932633e-25, -3.529380501904391e-42),
];

/// `S` for `|r| ≤ 1.59`: error 2^-35.1 and 2^-61.3 of `sin r`.
const S: [&[f64]; 2] = [
    &[-0.166666672, 0.00833333284, -0.000198408496, 2.75237835e-06, -2.38603501e-08],
    &[
        -0.16666666666666666,
        0.008333333333333168,
        -0.0001984126984119955,
        2.7557319209454864e-06,
        -2.5052106716707626e-08,
        1.6058931768633367e-10,
        -7.642782852086511e-13,
        2.7189589563964066e-15,
    ],
];

/// `C` of `cos r = 1 - r²/2 + r⁴·C(r²)` for `|r| ≤ π/4`: error 2^-33.0 and 2^-64.0.
const C: [&[f64]; 2] = [
    &[0.04166664567020031, -0.0013887315618198867, 2.4433082842772364e-05],
    &[
        0.041666666666666595,
        -0.0013888888888873047,
        2.480158728884458e-05,
        -2.755731417685917e-07,
        2.0875700470236417e-09,
        -1.1358515598845834e-11,
    ],
];

pub(super) fn sin(code: &mut Code, f: Format, x: Lane) -> Lane {
    let y = shifted_sin(code, f, x, 0.0);
    code.keep_zero(x, y)
}

pub(super) fn cos(code: &mut Code, f: Format, x: Lane) -> Lane {
    shifted_sin(code, f, x, 0.5)
}

/// `sin r / cos r`, or `-cos r / sin r` after an odd number of quarter turns.
pub(super) fn tan(code: &mut Code, f: Format, x: Lane) -> Lane {
    let Reduced { bits, r } = reduced(code, f, x, 2.0, 0.0);
    let z = code.mul(r, r);
    let sin = sine(code, f, r, z);
    let one = code.number(x, 1.0);
    let cos = code.fma_by(z, -0.5, one);
    let c = code.polynomial(z, f.pick(C[0], C[1]));
    let fourth = code.mul(z, z);
    let cos = code.fma(fourth, c, cos);
    let low = code.integer(bits, 1);
    let low = code.and(bits, low);
    let zero = code.integer(bits, 0);
    let odd = code.compare(CompareOp::Ne, low, zero);
    let negated = code.neg(cos);
    let above = code.select(odd, negated, sin);
    let below = code.select(odd, sin, cos);
    let y = code.div(above, below);
    code.keep_zero(x, y)
}

/// `sin(x + turn·π)`.
fn shifted_sin(code: &mut Code, f: Format, x: Lane, turn: f64) -> Lane {
    let Reduced { bits, r } = reduced(code, f, x, 1.0, turn);
    let z = code.mul(r, r);
    let y = sine(code, f, r, z);
    let odd = code.shift(Shift::Left, bits, 8 * f.float.size() as u8 - 1);
    code.flip_sign(f, y, odd)
}

/// `sin r` for `|r| ≤ π/2` and `z = r²`.
pub(super) fn sine(code: &mut Code, f: Format, r: Lane, z: Lane) -> Lane {
    let s = code.polynomial(z, f.pick(S[0], S[1]));
    let s = code.mul(z, s);
    code.fma(r, s, r)
}

/// `x = (n - turn)·π/steps + r` with an integer `n`.
struct Reduced {
    /// An integer lane whose lowest bit is that of `n`.
    bits: Lane,
    /// At most half a step, or NaN.
    r: Lane,
}

fn reduced(code: &mut Code, f: Format, x: Lane, steps: f64, turn: f64) -> Reduced {
    if f == SINGLE { by_products(code, x, steps, turn) } else { by_words(code, x, steps, turn) }
}

/// For `f32`: `x·steps/π` in two `f64` words, without multiples of 2 (Payne and Hanek 1983).
///
/// The distance of an `f32` number from a multiple of π/2 is at least 2^-30 steps or so, and the
/// product is off by less than 2^-55.
fn by_products(code: &mut Code, x: Lane, steps: f64, turn: f64) -> Reduced {
    let x = code.convert(x, DType::F64);
    let size = code.abs(x);
    let mut high = code.number(x, FRAC_1_PI * steps);
    let mut low = code.number(x, FRAC_1_PI_LOW * steps);
    for (from, next_high, next_low) in WINDOWS {
        let far = code.compare_to(CompareOp::Ge, size, from.exp2());
        let (next_high, next_low) =
            (code.number(x, next_high * steps), code.number(x, next_low * steps));
        high = code.select(far, next_high, high);
        low = code.select(far, next_low, low);
    }
    let product = code.mul(x, high);
    let negated = code.neg(product);
    let rest = code.fma(x, high, negated);
    let rest = code.fma(x, low, rest);
    let half = code.number(x, 0.5);
    let half = code.mul(product, half);
    let whole = code.unary(MachineUnary::Nearest, half);
    let part = code.fma_by(whole, -2.0, product);

    let turn = code.number(x, turn);
    let sum = code.add(part, rest);
    let sum = code.add(sum, turn);
    let n = code.unary(MachineUnary::Nearest, sum);
    // Exact where `r` is small, as both are close to each other then.
    let less = code.sub(n, turn);
    let r = code.sub(part, less);
    let r = code.add(r, rest);
    let step = code.number(x, PI / steps);
    let r = code.mul(r, step);
    let (n, r) = (code.convert(n, DType::F32), code.convert(r, DType::F32));
    let rounder = code.number(n, SINGLE.rounder());
    let sum = code.add(n, rounder);
    Reduced { bits: code.bitcast(sum, SINGLE.int), r }
}

/// For `f64`: subtracts `n` steps in three words, if `n` is small enough for the first difference
/// to be exact.
fn by_words(code: &mut Code, x: Lane, steps: f64, turn: f64) -> Reduced {
    let (sum, n) = nearest_step(code, x, steps, turn);
    let shift = code.number(x, turn);
    let n = code.sub(n, shift);
    // The first difference is exact: the product is a multiple of 2^-52, and the rest is below 2.
    // The second loses half an ulp of the rest, the third corrects it where `x` is close to a
    // multiple of a step.
    let r = WORDS.iter().fold(x, |r, word| code.fma_by(n, -word / steps, r));
    let size = code.abs(x);
    let limit = f64::from(DOUBLE.mantissa).exp2() / steps;
    let small = code.compare_to(CompareOp::Lt, size, limit);
    let nan = code.number(x, f64::NAN);
    Reduced { bits: sum, r: code.select(small, r, nan) }
}

/// The integer nearest to `x·steps/π + turn`: as low bits and as a number.
///
/// A first integer is off by one half and more for large `x`; the fused remainder
/// `x·steps/π - n` says by how much.
fn nearest_step(code: &mut Code, x: Lane, steps: f64, turn: f64) -> (Lane, Lane) {
    let (high, low) = (FRAC_1_PI * steps, FRAC_1_PI_LOW * steps);
    let rounder = code.number(x, DOUBLE.rounder());
    let sum = code.fma_by(x, high, rounder);
    let n = code.sub(sum, rounder);
    let turn = code.number(x, turn);
    let less = code.sub(turn, n);
    let rest = code.fma_by(x, high, less);
    let rest = code.fma_by(x, low, rest);
    let sum = code.add(sum, rest);
    let n = code.sub(sum, rounder);
    (code.bitcast(sum, DOUBLE.int), n)
}
