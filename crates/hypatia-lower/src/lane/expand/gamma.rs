//! The logarithm of the gamma function and its derivative.
//!
//! `log Γ(y) = (y - 1)(y - 2)·Q(y - 1¾)` and `ψ(y) = (y - r)·D(y - 1¾)` for `1 ≤ y ≤ 2½`, where `r` is
//! the root of `ψ`; both are reached from smaller numbers by one step of the recurrence. From 2½
//! on, `log Γ(x) = (x - ½)(log x - 1) + G(1/x)` and `ψ(x) = log x + H(1/x)/x`. Negative numbers are
//! reflected. Coefficients: Remez exchange in 250-bit arithmetic, for uniform relative error.
//!
//! Invariants: `f32` is computed in `f64`; `log |Γ|` is infinite at its poles; `ψ` has an infinity of
//! the other sign at zeros and is NaN at its other poles; NaN stays NaN.
//!
//! Not here: further derivatives (a composite).

use super::code::{Code, DOUBLE, Format};
use super::log::log;
use super::pow::{Pair, long_log};
use super::trig::sine;
use crate::lane::Lane;
use crate::lane::machine::MachineUnary;
use hypatia_ir::op::CompareOp;
use std::f64::consts::{FRAC_1_PI, PI};

/// `Q` for `|v| ≤ ¾`: error 2^-57.4.
const Q: &[f64] = &[
    0.4501393121092563,
    -0.11948158662524266,
    0.04452044719850938,
    -0.019053957830261457,
    0.008776370425279982,
    -0.0042261941251601895,
    0.002095533879167706,
    -0.001060566094429165,
    0.0005448970037216156,
    -0.00028319035283113145,
    0.00014851662931106364,
    -7.846410548961261e-05,
    4.17063233271467e-05,
    -2.2267956477075536e-05,
    1.1945657403942015e-05,
    -6.488651150868104e-06,
    3.517342738666619e-06,
    -1.766062494488108e-06,
    9.4080030745624e-07,
    -7.582439783211617e-07,
    4.366286376678327e-07,
    3.5459634598857525e-08,
    -3.473632461928719e-08,
    -1.5821206924334518e-07,
    9.153495131782827e-08,
];

/// `G` for `0 ≤ u ≤ 0.401`: error 2^-60.9.
const G: &[f64] = &[
    0.4189385332046727,
    0.08333333333333305,
    6.805297759285304e-14,
    -0.0027777777842554036,
    3.245318303909089e-10,
    0.0007936409271193375,
    1.9780078938458558e-07,
    -0.0005979926312067162,
    2.752991772300561e-05,
    0.0006406667463224593,
    0.0010781003387131134,
    -0.006102848995274225,
    0.011219749779770829,
    -0.011535784446437757,
    0.006702835842380106,
    -0.0017352604885407807,
];

/// `D` for `|v| ≤ ¾`: error 2^-56.0.
const D: &[f64] = &[
    0.8581832171262995,
    -0.3262546278681058,
    0.15712011335203538,
    -0.08228558635576319,
    0.044799654453486625,
    -0.02489004848993384,
    0.013985786156924458,
    -0.00791046875011774,
    0.004491814241663662,
    -0.0025566869222720654,
    0.0014573683956660023,
    -0.0008314931374901634,
    0.0004747283695297944,
    -0.0002711169388823812,
    0.00015458945877308325,
    -8.827302211869784e-05,
    5.140773022526707e-05,
    -2.9482497067144027e-05,
    1.4470162032510617e-05,
    -8.076943491126774e-06,
    8.526998501629394e-06,
    -5.086363393842633e-06,
    -1.2470990937402112e-06,
    8.508943462531016e-07,
    2.081659953818204e-06,
    -1.2288510068990951e-06,
];

/// `H` for `0 ≤ u ≤ 0.401`: error 2^-61.6 of `ψ`.
const H: &[f64] = &[
    -0.49999999999999883,
    -0.08333333333359956,
    2.2102158743101624e-11,
    0.00833333239151292,
    2.3765546408424375e-08,
    -0.003968633525314606,
    3.884160960846346e-06,
    0.004143167703127867,
    4.221708321421617e-05,
    -0.0069468776693491635,
    -0.006889701344881543,
    0.05785703348332425,
    -0.11909003187728823,
    0.13259264346737612,
    -0.08223122408465067,
    0.02252250062854492,
];

/// The positive root of `ψ` in two words.
const ROOT: (f64, f64) = (1.4616321449683622, 9.549995429965697e-17);

pub(super) fn lgamma(code: &mut Code, f: Format, x: Lane) -> Lane {
    code.in_double(f, x, |code, x| {
        let a = code.abs(x);
        let right = of_positive(code, a);
        let left = reflected(code, a, right);
        let tiny = code.compare_to(CompareOp::Lt, a, (-54f64).exp2());
        let left = code.select(tiny, right, left);
        let negative = code.compare_to(CompareOp::Lt, x, 0.0);
        let y = code.select(negative, left, right);
        let y = code.patch(CompareOp::Eq, a, 0.0, f64::INFINITY, y);
        let finite = code.compare_to(CompareOp::Lt, a, f64::INFINITY);
        code.select(finite, y, a)
    })
}

/// `log Γ(a)` of a positive number; garbage at 0 and ∞.
///
/// The logarithm has two words, as its error is multiplied.
fn of_positive(code: &mut Code, a: Lane) -> Lane {
    let Pair { high, low } = long_log(code, a);
    let zero = code.number(a, 0.0);
    let one = code.number(a, 1.0);
    let small = code.compare_to(CompareOp::Lt, a, 1.5);
    let step = code.select(small, zero, one);
    let first = code.sub(a, step);
    let second = code.sub(first, one);
    let middle = code.number(a, 0.75);
    let v = code.sub(first, middle);
    let q = code.polynomial(v, Q);
    let product = code.mul(first, second);
    let near = code.mul(product, q);
    let (less, least) = (code.select(small, high, zero), code.select(small, low, zero));
    let near = code.sub(near, least);
    let near = code.sub(near, less);

    let u = code.div(one, a);
    let g = code.polynomial(u, G);
    let half = code.number(a, 0.5);
    let factor = code.sub(a, half);
    let rest = code.fma(factor, low, g);
    let high = code.sub(high, one);
    let far = code.fma(factor, high, rest);
    let is_near = code.compare_to(CompareOp::Lt, a, 2.5);
    code.select(is_near, near, far)
}

/// `log |Γ(-a)| = -log(a·|sin πa|/π) - log Γ(a)`.
fn reflected(code: &mut Code, a: Lane, right: Lane) -> Lane {
    let whole = code.unary(MachineUnary::Nearest, a);
    let rest = code.sub(a, whole);
    let sin = sine_of_turns(code, rest);
    let sin = code.abs(sin);
    let product = code.mul(a, sin);
    let scale = code.number(a, FRAC_1_PI);
    let product = code.mul(product, scale);
    let log = log(code, DOUBLE, product);
    let sum = code.add(log, right);
    let y = code.neg(sum);
    code.patch(CompareOp::Eq, rest, 0.0, f64::INFINITY, y)
}

/// `sin πr` for `|r| ≤ ½`.
fn sine_of_turns(code: &mut Code, r: Lane) -> Lane {
    let pi = code.number(r, PI);
    let angle = code.mul(r, pi);
    let z = code.mul(angle, angle);
    sine(code, DOUBLE, angle, z)
}

/// Left of 0, `ψ(x) = ψ(1 - x) - π·cot πx`.
pub(super) fn digamma(code: &mut Code, f: Format, x: Lane) -> Lane {
    code.in_double(f, x, |code, x| {
        let one = code.number(x, 1.0);
        let negative = code.compare_to(CompareOp::Lt, x, 0.0);
        let mirrored = code.sub(one, x);
        let z = code.select(negative, mirrored, x);
        let right = digamma_of_positive(code, z);

        let whole = code.unary(MachineUnary::Nearest, x);
        let r = code.sub(x, whole);
        let size = code.abs(r);
        let half = code.number(x, 0.5);
        let beside = code.sub(half, size);
        let (cos, sin) = (sine_of_turns(code, beside), sine_of_turns(code, r));
        let cot = code.div(cos, sin);
        let pi = code.number(x, PI);
        let cot = code.mul(cot, pi);
        let left = code.sub(right, cot);
        let left = code.patch(CompareOp::Eq, r, 0.0, f64::NAN, left);
        code.select(negative, left, right)
    })
}

fn digamma_of_positive(code: &mut Code, z: Lane) -> Lane {
    let (zero, one) = (code.number(z, 0.0), code.number(z, 1.0));
    let small = code.compare(CompareOp::Lt, z, one);
    let mut either = |below: f64, above: f64| {
        let (below, above) = (code.number(z, below), code.number(z, above));
        code.select(small, below, above)
    };
    let (root, middle) = (either(ROOT.0 - 1.0, ROOT.0), either(0.75, 1.75));
    let v = code.sub(z, middle);
    let d = code.polynomial(v, D);
    let low = code.number(z, ROOT.1);
    let distance = code.sub(z, root);
    let distance = code.sub(distance, low);
    let near = code.mul(distance, d);
    let u = code.div(one, z);
    let less = code.select(small, u, zero);
    let near = code.sub(near, less);

    let h = code.polynomial(u, H);
    let log = log(code, DOUBLE, z);
    let far = code.fma(u, h, log);
    let is_near = code.compare_to(CompareOp::Lt, z, 2.5);
    code.select(is_near, near, far)
}
