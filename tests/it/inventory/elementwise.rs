//! Arithmetic, functions of numbers, comparisons and bits, activations.
//!
//! Invariants: as in `mod.rs`.
//!
//! Not here: arrays (`arrays.rs`).

use super::Arg::{Any, Mask, Unit, Whole};
use super::Family;
use crate::rows;
use hypatia::dtype::DType;

const X: super::Arg = Any(&[2, 3]);
const Y: super::Arg = Any(&[3]);
const U: super::Arg = Unit(&[2, 3]);
const V: super::Arg = Unit(&[3]);
const K: super::Arg = Whole(&[2, 3]);
const L: super::Arg = Whole(&[3]);
const M: super::Arg = Mask(&[2, 3]);

pub const FAMILIES: &[Family] = &[
    Family {
        name: "Arithmetic",
        rows: rows! {
            "x + y" "add" [X, Y] |v| &v[0] + &v[1];
            "x - y" "sub" [X, Y] |v| &v[0] - &v[1];
            "x * y" "mul" [X, Y] |v| &v[0] * &v[1];
            "x / y" "div" [X, Y] |v| &v[0] / &v[1];
            "x % y" "mod_floor" [X, Y] |v| &v[0] % &v[1];
            "floor_div" "floor_div" [X, Y] |v| v[0].floor_div(&v[1]);
            "rem" "fmod" [X, Y] |v| v[0].rem(&v[1]);
            "quot" "floor_div" [K, L] |v| v[0].quot(&v[1]);
            "-x" "neg" [X] |v| -&v[0];
            "abs" "abs" [X] |v| v[0].abs();
            "sign" "sign" [X] |v| v[0].sign();
            "copysign" "copysign" [X, Y] |v| v[0].copysign(&v[1]);
            "reciprocal" "reciprocal" [U] |v| v[0].reciprocal();
            "sqr" "square" [X] |v| v[0].sqr();
            "sqrt" "sqrt" [U] |v| v[0].sqrt();
            "rsqrt" "rsqrt" [U] |v| v[0].rsqrt();
            "cbrt" "cbrt" [X] |v| v[0].cbrt();
            "pow" "pow" [U, V] |v| v[0].pow(&v[1]);
            "powi" "pow_scalar" [X] |v| v[0].powi(3);
            "hypot" "hypot" [X, Y] |v| v[0].hypot(&v[1]);
            "maximum" "maximum" [X, Y] |v| v[0].maximum(&v[1]);
            "minimum" "minimum" [X, Y] |v| v[0].minimum(&v[1]);
            "clip" "clip" [X] |v| v[0].clip(-1, 1);
            "lerp" "lerp" [X, Y, U] |v| v[0].lerp(&v[1], &v[2]);
            "squared_difference" "squared_difference" [X, Y] |v| v[0].squared_difference(&v[1]);
        },
    },
    Family {
        name: "Exponentials, logarithms, angles",
        rows: rows! {
            "exp" "exp" [X] |v| v[0].exp();
            "exp2" "exp2" [X] |v| v[0].exp2();
            "expm1" "expm1" [X] |v| v[0].expm1();
            "log" "log" [U] |v| v[0].log();
            "log2" "log2" [U] |v| v[0].log2();
            "log10" "log10" [U] |v| v[0].log10();
            "log1p" "log1p" [U] |v| v[0].log1p();
            "sin" "sin" [X] |v| v[0].sin();
            "cos" "cos" [X] |v| v[0].cos();
            "tan" "tan" [U] |v| v[0].tan();
            "asin" "asin" [U] |v| v[0].asin();
            "acos" "acos" [U] |v| v[0].acos();
            "atan" "atan" [X] |v| v[0].atan();
            "atan2" "atan2" [X, Y] |v| v[0].atan2(&v[1]);
            "sinh" "sinh" [X] |v| v[0].sinh();
            "cosh" "cosh" [X] |v| v[0].cosh();
            "tanh" "tanh" [X] |v| v[0].tanh();
            "asinh" "asinh" [X] |v| v[0].asinh();
            "acosh" "acosh" [U] |v| (&v[0] + 1.5).acosh();
            "atanh" "atanh" [U] |v| v[0].atanh();
            "sinc" "sinc" [X] |v| v[0].sinc();
            "deg2rad" "deg2rad" [X] |v| v[0].deg2rad();
            "rad2deg" "rad2deg" [X] |v| v[0].rad2deg();
        },
    },
    Family {
        name: "Stable forms",
        rows: rows! {
            "sigmoid" "sigmoid" [X] |v| v[0].sigmoid();
            "softplus" "softplus" [X] |v| v[0].softplus();
            "log_sigmoid" "log_sigmoid" [X] |v| v[0].log_sigmoid();
            "logit" "logit" [U] |v| v[0].logit();
            "log1mexp" "log1mexp" [U] |v| (-&v[0]).log1mexp();
            "logaddexp" "logaddexp" [X, Y] |v| v[0].logaddexp(&v[1]);
            "logsumexp" "logsumexp" [X] |v| v[0].logsumexp(-1);
            "xlogy" "xlogy" [X, V] |v| v[0].xlogy(&v[1]);
            "xlog1py" "SciPy" [X, V] |v| v[0].xlog1py(&v[1]);
        },
    },
    Family {
        name: "Special functions",
        rows: rows! {
            "erf" "erf" [X] |v| v[0].erf();
            "erfc" "erfc" [X] |v| v[0].erfc();
            "erfcx" "SciPy" [X] |v| v[0].erfcx();
            "erfinv" "erfinv" [U] |v| v[0].erfinv();
            "lgamma" "lgamma" [U] |v| v[0].lgamma();
            "digamma" "digamma" [U] |v| v[0].digamma();
            "trigamma" "trigamma" [U] |v| v[0].trigamma();
            "bessel_i0" "bessel_i0" [X] |v| v[0].bessel_i0();
            "bessel_i1" "bessel_i1" [X] |v| v[0].bessel_i1();
        },
    },
    Family {
        name: "Rounding, tests, conversion",
        rows: rows! {
            "floor" "floor" [X] |v| v[0].floor();
            "ceil" "ceil" [X] |v| v[0].ceil();
            "trunc" "trunc" [X] |v| v[0].trunc();
            "round" "round_half_even" [X] |v| v[0].round();
            "is_nan" "isnan" [X] |v| v[0].is_nan();
            "is_inf" "isinf" [X] |v| v[0].is_inf();
            "is_finite" "isfinite" [X] |v| v[0].is_finite();
            "signbit" "signbit" [X] |v| v[0].signbit();
            "is_close" "NumPy" [X, Y] |v| v[0].is_close(&v[1], 1e-5, 1e-8);
            "all_close" "NumPy" [X, Y] |v| v[0].all_close(&v[1], 1e-5, 1e-8);
            "nan_to_num" "NumPy" [X] |v| v[0].nan_to_num(0.0, 1e30, -1e30);
            "cast" "cast" [X] |v| v[0].cast(DType::F32);
        },
    },
    Family {
        name: "Comparison, logic, bits",
        rows: rows! {
            "eq" "eq" [K, L] |v| v[0].eq(&v[1]);
            "ne" "ne" [K, L] |v| v[0].ne(&v[1]);
            "lt" "lt" [K, L] |v| v[0].lt(&v[1]);
            "le" "le" [K, L] |v| v[0].le(&v[1]);
            "gt" "gt" [K, L] |v| v[0].gt(&v[1]);
            "ge" "ge" [K, L] |v| v[0].ge(&v[1]);
            "and" "logical_and" [M, K] |v| v[0].and(v[1].gt(1));
            "or" "logical_or" [M, K] |v| v[0].or(v[1].gt(1));
            "xor" "logical_xor" [M, K] |v| v[0].xor(v[1].gt(1));
            "not" "logical_not" [M] |v| v[0].logical_not();
            "select" "where" [M, X, Y] |v| v[0].select(&v[1], &v[2]);
            "x & y" "bitwise_and" [K, L] |v| &v[0] & &v[1];
            "x | y" "bitwise_or" [K, L] |v| &v[0] | &v[1];
            "x ^ y" "bitwise_xor" [K, L] |v| &v[0] ^ &v[1];
            "!x" "bitwise_not" [K] |v| !&v[0];
            "x << y" "shift_left" [K, L] |v| &v[0] << &v[1];
            "x >> y" "shift_right" [K, L] |v| &v[0] >> &v[1];
        },
    },
    Family {
        name: "Activations",
        rows: rows! {
            "relu" "relu" [X] |v| v[0].relu();
            "leaky_relu" "leaky_relu" [X] |v| v[0].leaky_relu(0.1);
            "prelu" "prelu" [X, V] |v| v[0].prelu(&v[1]);
            "relu6" "relu6" [X] |v| v[0].relu6();
            "elu" "elu" [X] |v| v[0].elu(1.0);
            "celu" "celu" [X] |v| v[0].celu(1.5);
            "selu" "selu" [X] |v| v[0].selu();
            "gelu" "gelu_erf" [X] |v| v[0].gelu();
            "gelu_tanh" "gelu_tanh" [X] |v| v[0].gelu_tanh();
            "silu" "silu" [X] |v| v[0].silu();
            "mish" "mish" [X] |v| v[0].mish();
            "hard_sigmoid" "hard_sigmoid" [X] |v| v[0].hard_sigmoid(0.2, 0.5);
            "softsign" "softsign" [X] |v| v[0].softsign();
            "softmax" "softmax" [X] |v| v[0].softmax(-1);
            "log_softmax" "log_softmax" [X] |v| v[0].log_softmax(-1);
        },
    },
];
