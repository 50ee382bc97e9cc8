//! Inverse trigonometric functions: `atan`, `atan2`, `asin`, `acos`.
//!
//! `atan t = t + t³·A(t²)` for `|t| ≤ tan π/8`, which `t = a`, `(a - 1)/(a + 1)` and `-1/a` reach
//! with 0, π/4 and π/2 on top. `asin x = x + x³·S(x²)` for `|x| ≤ ½`, and
//! `asin x = π/2 - 2·asin √((1 - x)/2)` above.
//! Coefficients: Remez exchange in 250-bit arithmetic, for uniform relative error.
//!
//! Invariants: the sign of zero stays; NaN stays NaN; `asin` and `acos` are NaN beyond 1; `atan2`
//! has the values of IEEE 754 at zeros and infinities.
//!
//! Not here: the functions that these invert (`trig.rs`).

use super::code::{Code, Format};
use crate::lane::Lane;
use crate::lane::machine::{MachineBinary, MachineUnary};
use hypatia_ir::op::CompareOp;
use std::f64::consts::{FRAC_PI_2, FRAC_PI_4, PI, SQRT_2};

/// π/2 minus its nearest `f64`.
const FRAC_PI_2_LOW: f64 = 6.123233995736766e-17;

/// `A` for `|t| ≤ 0.4143`: error 2^-30.5 and 2^-59.4.
const A: [&[f64]; 2] = [
    &[
        -0.33333315212119985,
        0.19998472653606544,
        -0.14243549053468904,
        0.10593894385364165,
        -0.06078355042103649,
    ],
    &[
        -0.333333333333332,
        0.19999999999953247,
        -0.1428571428016658,
        0.11111110782155126,
        -0.09090897725225852,
        0.07692059716429593,
        -0.06663099186410762,
        0.05847859105958903,
        -0.050391895005728084,
        0.038062112391399824,
        -0.017905005376574846,
    ],
];

/// `S` for `|x| ≤ 0.5`: error 2^-31.8 and 2^-59.9.
const S: [&[f64]; 2] = [
    &[
        0.1666665999985896,
        0.07500503707123456,
        0.04451703680799387,
        0.03180713447683207,
        0.01444044992654779,
        0.03751432506813005,
    ],
    &[
        0.1666666666666676,
        0.074999999999708,
        0.04464285717461208,
        0.030381942707779185,
        0.02237221498765093,
        0.017351612015134715,
        0.013980820518996396,
        0.011398912465929232,
        0.010780251789189368,
        0.003706410216268507,
        0.0217074501086633,
        -0.020999076530623807,
        0.03262863852798039,
    ],
];

/// π/2, π/4 or another constant as the format's nearest number and the rest.
fn words(f: Format, high: f64, low: f64) -> (f64, f64) {
    f.pick((f64::from(high as f32), high - f64::from(high as f32)), (high, low))
}

pub(super) fn atan(code: &mut Code, f: Format, x: Lane) -> Lane {
    let a = code.abs(x);
    let one = code.number(x, 1.0);
    let y = angle(code, f, a, one);
    code.with_sign(f, y, x)
}

pub(super) fn atan2(code: &mut Code, f: Format, y: Lane, x: Lane) -> Lane {
    let (a, b) = (code.abs(y), code.abs(x));
    let (one, zero) = (code.number(x, 1.0), code.number(x, 0.0));
    // Both infinite: the angle of (1, 1). Both large: a quarter of them, so that their sum is
    // finite; where that rounds a small one, it does not count.
    let largest = code.binary(MachineBinary::Max, a, b);
    let least = code.binary(MachineBinary::Min, a, b);
    let large = code.compare_to(CompareOp::Ge, largest, ((f.bias - 1) as f64).exp2());
    let quarter = code.number(x, 0.25);
    let scale = code.select(large, quarter, one);
    let infinite = code.compare_to(CompareOp::Eq, least, f64::INFINITY);
    let (a, b) = (code.mul(a, scale), code.mul(b, scale));
    let (a, b) = (code.select(infinite, one, a), code.select(infinite, one, b));
    let angle = angle(code, f, a, b);
    // Of (0, 0) too, but not of NaN.
    let flat = code.compare(CompareOp::Eq, a, zero);
    let flat_angle = code.select(flat, zero, angle);
    let ordered = code.compare(CompareOp::Eq, largest, largest);
    let angle = code.select(ordered, flat_angle, largest);

    let (high, low) = words(f, PI, 2.0 * FRAC_PI_2_LOW);
    let (high, low) = (code.number(x, high), code.number(x, low));
    let less = code.sub(angle, low);
    let beyond = code.sub(high, less);
    let bits = code.bitcast(x, f.int);
    let nothing = code.integer(bits, 0);
    let left = code.compare(CompareOp::Lt, bits, nothing);
    let result = code.select(left, beyond, angle);
    code.with_sign(f, result, y)
}

/// `atan(a/b)` for `a, b ≥ 0`, NaN for two zeros or infinities.
fn angle(code: &mut Code, f: Format, a: Lane, b: Lane) -> Lane {
    let low = code.number(a, SQRT_2 - 1.0);
    let low = code.mul(b, low);
    let high = code.number(a, SQRT_2 + 1.0);
    let high = code.mul(b, high);
    let near = code.compare(CompareOp::Le, a, low);
    let far = code.compare(CompareOp::Ge, a, high);
    let (less, more) = (code.sub(a, b), code.add(a, b));
    let negated = code.neg(b);
    let above = code.select(far, negated, less);
    let above = code.select(near, a, above);
    let below = code.select(far, a, more);
    let below = code.select(near, b, below);
    let t = code.div(above, below);

    let mut step = |half: f64, whole: f64| {
        let (half, whole) = (code.number(a, half), code.number(a, whole));
        let zero = code.number(a, 0.0);
        let base = code.select(far, whole, half);
        code.select(near, zero, base)
    };
    let half = words(f, FRAC_PI_4, 0.5 * FRAC_PI_2_LOW);
    let whole = words(f, FRAC_PI_2, FRAC_PI_2_LOW);
    let (base, base_low) = (step(half.0, whole.0), step(half.1, whole.1));

    let z = code.mul(t, t);
    let p = code.polynomial(z, f.pick(A[0], A[1]));
    let cubic = code.mul(t, z);
    let rest = code.fma(cubic, p, base_low);
    let y = code.add(t, rest);
    code.add(base, y)
}

/// `asin` of what is small in it.
struct Arc {
    /// `asin a` for `a ≤ ½`, else `asin √((1 - a)/2)`.
    y: Lane,
    /// Where `a > ½`.
    large: Lane,
}

fn arc(code: &mut Code, f: Format, a: Lane) -> Arc {
    let half = code.number(a, 0.5);
    let large = code.compare(CompareOp::Gt, a, half);
    let left = code.fma_by(a, -0.5, half);
    let square = code.mul(a, a);
    let z = code.select(large, left, square);
    let root = code.unary(MachineUnary::Sqrt, left);
    let s = code.select(large, root, a);
    let p = code.polynomial(z, f.pick(S[0], S[1]));
    let cubic = code.mul(s, z);
    Arc { y: code.fma(cubic, p, s), large }
}

/// `π·part - 2y`.
fn beside(code: &mut Code, f: Format, y: Lane, part: f64) -> Lane {
    let (high, low) = words(f, PI * part, 2.0 * FRAC_PI_2_LOW * part);
    let (high, low) = (code.number(y, high), code.number(y, low));
    let rest = code.fma_by(y, -2.0, high);
    code.add(rest, low)
}

pub(super) fn asin(code: &mut Code, f: Format, x: Lane) -> Lane {
    let a = code.abs(x);
    let Arc { y, large } = arc(code, f, a);
    let far = beside(code, f, y, 0.5);
    let magnitude = code.select(large, far, y);
    code.with_sign(f, magnitude, x)
}

pub(super) fn acos(code: &mut Code, f: Format, x: Lane) -> Lane {
    let a = code.abs(x);
    let Arc { y, large } = arc(code, f, a);
    let twice = code.add(y, y);
    let far = beside(code, f, y, 1.0);
    let left = code.compare_to(CompareOp::Lt, x, 0.0);
    let outer = code.select(left, far, twice);
    let signed = code.with_sign(f, y, x);
    let (high, low) = words(f, FRAC_PI_2, FRAC_PI_2_LOW);
    let (high, low) = (code.number(x, high), code.number(x, low));
    let less = code.sub(signed, low);
    let inner = code.sub(high, less);
    code.select(large, outer, inner)
}
