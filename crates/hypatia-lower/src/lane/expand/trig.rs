//! Sine and cosine.
//!
//! The argument is reduced by multiples of π to `|r| ≤ π/2`, where one odd polynomial
//! `sin r = r + r³·S(r²)` serves both functions and the parity of the multiple gives the sign.
//! Coefficients: Remez exchange in 250-bit arithmetic, for uniform relative error; the last bits
//! of the `f32` ones by search, for least error with rounding and `cos 0 = 1`.
//!
//! Invariants: the stated bounds hold for `|x| < 2^23` (`f32`) and `2^52` (`f64`). From there on,
//! neighbouring numbers are 1 or more apart, and the result is NaN, never a wrong number.
//!
//! Not here: tables of 2/π (lanes cannot index).

use super::code::{Code, Format};
use crate::lane::Lane;
use crate::lane::machine::{MachineUnary, Shift};
use hypatia_ir::op::CompareOp;
use std::f64::consts::{FRAC_1_PI, PI};

/// π as a sum of `f32` and of `f64` numbers.
const WORDS: [[f64; 3]; 2] = [
    [3.1415927410125732, -8.742277657347586e-08, -3.4302490200117637e-15],
    [PI, 1.2246467991473532e-16, -2.9947698097183397e-33],
];

/// 1/π minus its nearest `f64`.
const FRAC_1_PI_LOW: f64 = -1.9678676675182486e-17;

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

pub(super) fn sin(code: &mut Code, f: Format, x: Lane) -> Lane {
    let y = reduced_sin(code, f, x, 0.0);
    code.keep_zero(x, y)
}

pub(super) fn cos(code: &mut Code, f: Format, x: Lane) -> Lane {
    reduced_sin(code, f, x, 0.5)
}

/// `sin(x + turn·π)`, NaN for huge `x`.
fn reduced_sin(code: &mut Code, f: Format, x: Lane, turn: f64) -> Lane {
    let (sum, n) = half_turns(code, f, x, turn);
    let shift = code.number(x, turn);
    let n = code.sub(n, shift);
    // The first difference is exact: the product is a multiple of 2^(1-mantissa)/2, and the rest
    // is below 2. The second loses half an ulp of the rest, the third corrects it where `x` is
    // close to a multiple of π.
    let r = f.pick(WORDS[0], WORDS[1]).iter().fold(x, |r, word| code.fma_by(n, -word, r));
    let z = code.mul(r, r);
    let s = code.polynomial(z, f.pick(S[0], S[1]));
    let s = code.mul(z, s);
    let y = code.fma(r, s, r);
    let odd = code.shift(Shift::Left, sum, 8 * f.float.size() as u8 - 1);
    let y = code.flip_sign(f, y, odd);
    let a = code.unary(MachineUnary::Abs, x);
    let small = code.compare_to(CompareOp::Lt, a, f64::from(f.mantissa).exp2());
    let nan = code.number(x, f64::NAN);
    code.select(small, y, nan)
}

/// The integer nearest to `x/π + turn`: as low bits and as a number.
///
/// A first integer is off by one half and more for large `x`; the fused remainder `x/π - n` says
/// by how much.
fn half_turns(code: &mut Code, f: Format, x: Lane, turn: f64) -> (Lane, Lane) {
    let (high, low) = f.pick(
        (f64::from(FRAC_1_PI as f32), FRAC_1_PI - f64::from(FRAC_1_PI as f32)),
        (FRAC_1_PI, FRAC_1_PI_LOW),
    );
    let rounder = code.number(x, f.rounder());
    let sum = code.fma_by(x, high, rounder);
    let n = code.sub(sum, rounder);
    let turn = code.number(x, turn);
    let less = code.sub(turn, n);
    let rest = code.fma_by(x, high, less);
    let rest = code.fma_by(x, low, rest);
    let sum = code.add(sum, rest);
    let n = code.sub(sum, rounder);
    (code.bitcast(sum, f.int), n)
}
