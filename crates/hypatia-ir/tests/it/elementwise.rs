//! Values of the elementwise ops on scalars: known points, limits, NaN, wrapping.

use hypatia_ir::dtype::DType;
use hypatia_ir::eval::elementwise::{binary, compare, unary};
use hypatia_ir::op::{BinaryOp, CompareOp, UnaryOp};
use hypatia_ir::scalar::Scalar;
use std::f64::consts::{E, FRAC_PI_2, FRAC_PI_4, LN_2, PI};

const INF: f64 = f64::INFINITY;
const NAN: f64 = f64::NAN;

/// Points with values known to 17 digits, infinities and zeros by their sign.
const UNARY: &[(UnaryOp, f64, f64)] = &[
    (UnaryOp::Neg, 0.0, -0.0),
    (UnaryOp::Neg, 2.5, -2.5),
    (UnaryOp::Abs, -0.0, 0.0),
    (UnaryOp::Abs, -INF, INF),
    (UnaryOp::Sign, -0.0, -0.0),
    (UnaryOp::Sign, 0.0, 0.0),
    (UnaryOp::Sign, -1e-300, -1.0),
    (UnaryOp::Sign, INF, 1.0),
    (UnaryOp::Sqr, -3.0, 9.0),
    (UnaryOp::Exp, 1.0, E),
    (UnaryOp::Exp, -INF, 0.0),
    (UnaryOp::Exp, 1e4, INF),
    (UnaryOp::Expm1, 1e-20, 1e-20),
    (UnaryOp::Expm1, -INF, -1.0),
    (UnaryOp::Log, E, 1.0),
    (UnaryOp::Log, 0.0, -INF),
    (UnaryOp::Log, -1.0, NAN),
    (UnaryOp::Log1p, 1e-20, 1e-20),
    (UnaryOp::Log1p, -1.0, -INF),
    (UnaryOp::Sqrt, 2.0, std::f64::consts::SQRT_2),
    (UnaryOp::Sqrt, -1.0, NAN),
    (UnaryOp::Sqrt, -0.0, -0.0),
    (UnaryOp::Rsqrt, 4.0, 0.5),
    (UnaryOp::Rsqrt, 0.0, INF),
    (UnaryOp::Rsqrt, INF, 0.0),
    (UnaryOp::Sin, FRAC_PI_2, 1.0),
    (UnaryOp::Sin, INF, NAN),
    (UnaryOp::Cos, PI, -1.0),
    (UnaryOp::Tan, FRAC_PI_4, 1.0),
    (UnaryOp::Asin, 1.0, FRAC_PI_2),
    (UnaryOp::Asin, 1.5, NAN),
    (UnaryOp::Acos, -1.0, PI),
    (UnaryOp::Atan, -INF, -FRAC_PI_2),
    (UnaryOp::Sinh, -0.0, -0.0),
    (UnaryOp::Cosh, -INF, INF),
    (UnaryOp::Asinh, 0.75, LN_2),
    (UnaryOp::Acosh, 1.25, LN_2),
    (UnaryOp::Acosh, 0.5, NAN),
    (UnaryOp::Atanh, 0.6, LN_2),
    (UnaryOp::Atanh, -1.0, -INF),
    (UnaryOp::Tanh, 0.5, 0.462_117_157_260_009_8),
    (UnaryOp::Tanh, -1e4, -1.0),
    (UnaryOp::Sigmoid, 0.0, 0.5),
    (UnaryOp::Sigmoid, 1e4, 1.0),
    (UnaryOp::Sigmoid, -1e4, 0.0),
    (UnaryOp::Sigmoid, -700.0, 9.859_676_543_759_77e-305),
    (UnaryOp::Sigmoid, 1.0, 0.731_058_578_630_004_9),
    (UnaryOp::Softplus, 0.0, LN_2),
    (UnaryOp::Softplus, 1e4, 1e4),
    (UnaryOp::Softplus, -1e4, 0.0),
    (UnaryOp::Softplus, -700.0, 9.859_676_543_759_77e-305),
    (UnaryOp::Softplus, INF, INF),
    (UnaryOp::Erf, 0.5, 0.520_499_877_813_046_5),
    (UnaryOp::Erf, INF, 1.0),
    (UnaryOp::Erf, -INF, -1.0),
    (UnaryOp::Erfc, INF, 0.0),
    (UnaryOp::Erfc, -INF, 2.0),
    (UnaryOp::Erfcx, 0.0, 1.0),
    (UnaryOp::Erfcx, INF, 0.0),
    (UnaryOp::Erfcx, -INF, INF),
    (UnaryOp::Erfinv, -1.0, -INF),
    (UnaryOp::Erfinv, -0.0, -0.0),
    (UnaryOp::Erfinv, 1.5, NAN),
    (UnaryOp::Lgamma, 0.0, INF),
    (UnaryOp::Lgamma, -3.0, INF),
    (UnaryOp::Lgamma, -INF, INF),
    (UnaryOp::Digamma, 0.0, -INF),
    (UnaryOp::Digamma, -0.0, INF),
    (UnaryOp::Digamma, -2.0, NAN),
    (UnaryOp::Digamma, INF, INF),
    (UnaryOp::Floor, -1.5, -2.0),
    (UnaryOp::Floor, -0.0, -0.0),
    (UnaryOp::Ceil, -1.5, -1.0),
    (UnaryOp::Ceil, -0.5, -0.0),
    (UnaryOp::Ceil, 1e300, 1e300),
    (UnaryOp::Trunc, -1.75, -1.0),
    (UnaryOp::Trunc, -0.5, -0.0),
    (UnaryOp::Trunc, INF, INF),
    (UnaryOp::Round, 2.5, 2.0),
    (UnaryOp::Round, 3.5, 4.0),
    (UnaryOp::Round, -0.5, -0.0),
    (UnaryOp::Round, 0.499_999_999_999_999_94, 0.0),
];

const BINARY: &[(BinaryOp, f64, f64, f64)] = &[
    (BinaryOp::Add, INF, -INF, NAN),
    (BinaryOp::Sub, 1.5, 0.25, 1.25),
    (BinaryOp::Mul, 0.0, INF, NAN),
    (BinaryOp::Div, 1.0, -0.0, -INF),
    (BinaryOp::Div, 0.0, 0.0, NAN),
    (BinaryOp::Pow, 2.0, -2.0, 0.25),
    (BinaryOp::Pow, -8.0, 3.0, -512.0),
    (BinaryOp::Pow, -8.0, 0.5, NAN),
    (BinaryOp::Pow, NAN, 0.0, 1.0),
    (BinaryOp::Pow, 1.0, NAN, 1.0),
    (BinaryOp::Pow, 0.0, -1.0, INF),
    (BinaryOp::Pow, -0.0, -1.0, -INF),
    (BinaryOp::Atan2, 0.0, -0.0, PI),
    (BinaryOp::Atan2, -0.0, 1.0, -0.0),
    (BinaryOp::Atan2, -INF, -INF, -0.75 * PI),
    (BinaryOp::Max, 1.0, NAN, NAN),
    (BinaryOp::Max, NAN, 1.0, NAN),
    (BinaryOp::Max, -INF, 1.0, 1.0),
    (BinaryOp::Min, 1.0, NAN, NAN),
    (BinaryOp::Min, NAN, 1.0, NAN),
    (BinaryOp::Min, -INF, 1.0, -INF),
    (BinaryOp::Rem, -7.5, 2.0, -1.5),
    (BinaryOp::Rem, 7.5, -2.0, 1.5),
    (BinaryOp::Rem, -6.0, 2.0, -0.0),
    (BinaryOp::Rem, 1e300, 7.0, 1.0),
    (BinaryOp::Rem, 5.0, INF, 5.0),
    (BinaryOp::Rem, INF, 2.0, NAN),
    (BinaryOp::Rem, 1.0, 0.0, NAN),
];

/// libm states at most 1 ulp for its functions, `sigmoid` and `softplus` add two roundings; two
/// more ulps are left for the rounding of the decimal constants above.
const ULPS: f64 = 4.0;

fn assert_close(what: &str, found: f64, expected: f64) {
    let same = match expected {
        e if e.is_nan() => found.is_nan(),
        e if e == 0.0 || e.is_infinite() => found.to_bits() == e.to_bits(),
        e => (found - e).abs() <= ULPS * f64::EPSILON * e.abs(),
    };
    assert!(same, "{what} is {found:e}, expected {expected:e}");
}

#[test]
fn f64_ops_have_their_known_values() {
    for &(op, x, expected) in UNARY {
        assert_close(&format!("{op:?} {x}"), unary(op, x.into()).as_f64(), expected);
    }
    for &(op, x, y, expected) in BINARY {
        let found = binary(op, x.into(), y.into()).as_f64();
        assert_close(&format!("{op:?} {x} {y}"), found, expected);
    }
}

#[test]
fn f32_is_the_f64_value_rounded_once() {
    for &(op, x, _) in UNARY {
        let wide = unary(op, f64::from(x as f32).into()).as_f64() as f32;
        assert_eq!(unary(op, (x as f32).into()), Scalar::new(wide), "{op:?} {x}");
    }
    for &(op, x, y, _) in BINARY {
        let wide = binary(op, f64::from(x as f32).into(), f64::from(y as f32).into());
        let found = binary(op, (x as f32).into(), (y as f32).into());
        assert_eq!(found.as_f64().is_nan(), wide.as_f64().is_nan());
        if !wide.as_f64().is_nan() {
            assert_eq!(found, Scalar::new(wide.as_f64() as f32), "{op:?} {x} {y}");
        }
    }
}

#[test]
fn every_float_function_keeps_nan() {
    for &op in UnaryOp::ALL.iter().filter(|&&op| op != UnaryOp::Not) {
        assert!(unary(op, NAN.into()).as_f64().is_nan(), "{op:?}");
        assert!(unary(op, f32::NAN.into()).as_f64().is_nan(), "{op:?}");
    }
}

#[test]
fn integers_wrap() {
    let cases: &[(Scalar, Scalar)] = &[
        (unary(UnaryOp::Neg, i32::MIN.into()), i32::MIN.into()),
        (unary(UnaryOp::Abs, i64::MIN.into()), i64::MIN.into()),
        (unary(UnaryOp::Neg, 1u8.into()), 255u8.into()),
        (unary(UnaryOp::Sign, 200u8.into()), 1u8.into()),
        (unary(UnaryOp::Sign, (-7i32).into()), (-1i32).into()),
        (unary(UnaryOp::Sqr, 20u8.into()), 144u8.into()),
        (unary(UnaryOp::Sqr, i32::MAX.into()), 1i32.into()),
        (unary(UnaryOp::Not, true.into()), false.into()),
        (binary(BinaryOp::Add, i64::MAX.into(), 1i64.into()), i64::MIN.into()),
        (binary(BinaryOp::Sub, 0u8.into(), 1u8.into()), 255u8.into()),
        (binary(BinaryOp::Mul, i32::MAX.into(), 2i32.into()), (-2i32).into()),
        (binary(BinaryOp::Max, (-1i64).into(), 1i64.into()), 1i64.into()),
        (binary(BinaryOp::Min, 200u8.into(), 100u8.into()), 100u8.into()),
        (binary(BinaryOp::And, true.into(), false.into()), false.into()),
        (binary(BinaryOp::Or, true.into(), false.into()), true.into()),
        (binary(BinaryOp::Xor, true.into(), true.into()), false.into()),
        (unary(UnaryOp::Not, 5i32.into()), (-6i32).into()),
        (unary(UnaryOp::Not, 5u8.into()), 250u8.into()),
        (binary(BinaryOp::And, 12u8.into(), 10u8.into()), 8u8.into()),
        (binary(BinaryOp::Or, (-8i32).into(), 3i32.into()), (-5i32).into()),
        (binary(BinaryOp::Xor, (-1i64).into(), 5i64.into()), (-6i64).into()),
        (binary(BinaryOp::Shl, 1i32.into(), 31i32.into()), i32::MIN.into()),
        (binary(BinaryOp::Shl, 1i32.into(), 32i32.into()), 0i32.into()),
        (binary(BinaryOp::Shl, 1i64.into(), (-1i64).into()), 0i64.into()),
        (binary(BinaryOp::Shl, 255u8.into(), 9u8.into()), 0u8.into()),
        (binary(BinaryOp::Shr, (-9i32).into(), 1i32.into()), (-5i32).into()),
        (binary(BinaryOp::Shr, (-9i64).into(), 64i64.into()), (-1i64).into()),
        (binary(BinaryOp::Shr, 9i64.into(), (-1i64).into()), 0i64.into()),
        (binary(BinaryOp::Shr, 255u8.into(), 8u8.into()), 0u8.into()),
        (binary(BinaryOp::Quot, (-7i32).into(), 2i32.into()), (-3i32).into()),
        (binary(BinaryOp::Quot, 7i64.into(), 0i64.into()), 0i64.into()),
        (binary(BinaryOp::Quot, i32::MIN.into(), (-1i32).into()), i32::MIN.into()),
        (binary(BinaryOp::Rem, (-7i64).into(), 2i64.into()), (-1i64).into()),
        (binary(BinaryOp::Rem, 7u8.into(), 0u8.into()), 0u8.into()),
        (binary(BinaryOp::Rem, i64::MIN.into(), (-1i64).into()), 0i64.into()),
    ];
    for (i, (found, expected)) in cases.iter().enumerate() {
        assert_eq!(found, expected, "case {i}");
    }
}

/// For `x < y`, `x == y`, `x > y` and NaN beside 1: what each comparison says.
const COMPARE: &[(CompareOp, [bool; 4])] = &[
    (CompareOp::Eq, [false, true, false, false]),
    (CompareOp::Ne, [true, false, true, true]),
    (CompareOp::Lt, [true, false, false, false]),
    (CompareOp::Le, [true, true, false, false]),
    (CompareOp::Gt, [false, false, true, false]),
    (CompareOp::Ge, [false, true, true, false]),
];

#[test]
fn comparisons() {
    assert_eq!(COMPARE.len(), CompareOp::ALL.len());
    for &(op, expected) in COMPARE {
        let floats = [(1.0, 2.0), (0.0, -0.0), (2.0, 1.0), (NAN, 1.0)];
        let found = floats.map(|(x, y)| compare(op, x.into(), y.into()));
        assert_eq!(found, expected, "{op:?}");
        let large = [(i64::MAX - 1, i64::MAX), (5, 5), (i64::MAX, i64::MAX - 1)];
        let found = large.map(|(x, y)| compare(op, x.into(), y.into()));
        assert_eq!(found, expected[..3], "{op:?} on i64");
    }
}

#[test]
fn no_op_panics_on_any_dtype() {
    let bits = [0, 1, u64::MAX, 1 << 63, 1 << 31, 0x7fc0_0000, 0x7ff8_0000_0000_0000];
    for dtype in DType::ALL {
        for x in bits.map(|b| Scalar::from_bits(dtype, b)) {
            for &op in UnaryOp::ALL {
                assert_eq!(unary(op, x).dtype(), dtype);
            }
            for y in bits.map(|b| Scalar::from_bits(dtype, b)) {
                for &op in BinaryOp::ALL {
                    assert_eq!(binary(op, x, y).dtype(), dtype);
                }
                for &op in CompareOp::ALL {
                    compare(op, x, y);
                }
            }
        }
    }
}
