//! How far results of expanded lane programs may be from the exact ones.
//!
//! An ulp is the distance between neighbouring floats at the exact result; the infinities count as
//! the numbers after the largest, and denormal results as any other.
//!
//! The bounds come from measurement: eleven million operands per function in `f32` over all
//! exponents, a million more where it bends, against `f64`; 18,000 in `f64` against 130-bit
//! arithmetic. The worst of both, in ulp: `exp` 0.91, `expm1` 1.87, `log` 0.92, `log1p` 1.41,
//! `sin` and `cos` 2.11, `tanh` 1.35, `sigmoid` 2.16, `softplus` 1.65, `erf` 1.03, `pow` 0.51
//! (`f32`) and 0.94 (`f64`). The margin on top is for the operands not tried: a rounding or two
//! that happen to go the wrong way.
//!
//! Invariants: holds for all operands, except that in `f64` `sin` and `cos` are NaN for
//! `|x| ≥ 2^52` and `tan` for `|x| ≥ 2^51`; what is exact or correctly rounded has 0 or 0.5.
//!
//! Not here: the kernels (`expand/`).

use hypatia_ir::dtype::DType;
use hypatia_ir::op::{BinaryOp, UnaryOp};

/// Largest error of an op for a float dtype, in ulp.
pub const ACCURACY: &[(UnaryOp, DType, f64)] = &[
    (UnaryOp::Neg, DType::F32, 0.0),
    (UnaryOp::Neg, DType::F64, 0.0),
    (UnaryOp::Abs, DType::F32, 0.0),
    (UnaryOp::Abs, DType::F64, 0.0),
    (UnaryOp::Sign, DType::F32, 0.0),
    (UnaryOp::Sign, DType::F64, 0.0),
    (UnaryOp::Sqr, DType::F32, 0.5),
    (UnaryOp::Sqr, DType::F64, 0.5),
    (UnaryOp::Exp, DType::F32, 1.25),
    (UnaryOp::Exp, DType::F64, 1.25),
    (UnaryOp::Expm1, DType::F32, 2.0),
    (UnaryOp::Expm1, DType::F64, 2.25),
    (UnaryOp::Log, DType::F32, 1.25),
    (UnaryOp::Log, DType::F64, 1.25),
    (UnaryOp::Log1p, DType::F32, 1.75),
    (UnaryOp::Log1p, DType::F64, 1.75),
    (UnaryOp::Sqrt, DType::F32, 0.5),
    (UnaryOp::Sqrt, DType::F64, 0.5),
    (UnaryOp::Rsqrt, DType::F32, 1.5),
    (UnaryOp::Rsqrt, DType::F64, 1.5),
    (UnaryOp::Sin, DType::F32, 2.5),
    (UnaryOp::Sin, DType::F64, 2.5),
    (UnaryOp::Cos, DType::F32, 2.5),
    (UnaryOp::Cos, DType::F64, 2.5),
    (UnaryOp::Tan, DType::F32, 3.5),
    (UnaryOp::Tan, DType::F64, 3.5),
    (UnaryOp::Asin, DType::F32, 2.0),
    (UnaryOp::Asin, DType::F64, 2.0),
    (UnaryOp::Acos, DType::F32, 2.0),
    (UnaryOp::Acos, DType::F64, 2.0),
    (UnaryOp::Atan, DType::F32, 2.0),
    (UnaryOp::Atan, DType::F64, 2.0),
    (UnaryOp::Sinh, DType::F32, 2.25),
    (UnaryOp::Sinh, DType::F64, 2.25),
    (UnaryOp::Cosh, DType::F32, 2.0),
    (UnaryOp::Cosh, DType::F64, 2.0),
    (UnaryOp::Tanh, DType::F32, 1.75),
    (UnaryOp::Tanh, DType::F64, 1.75),
    (UnaryOp::Asinh, DType::F32, 3.0),
    (UnaryOp::Asinh, DType::F64, 3.0),
    (UnaryOp::Acosh, DType::F32, 3.0),
    (UnaryOp::Acosh, DType::F64, 3.0),
    (UnaryOp::Atanh, DType::F32, 3.0),
    (UnaryOp::Atanh, DType::F64, 3.0),
    (UnaryOp::Sigmoid, DType::F32, 2.5),
    (UnaryOp::Sigmoid, DType::F64, 2.5),
    (UnaryOp::Softplus, DType::F32, 2.0),
    (UnaryOp::Softplus, DType::F64, 2.0),
    (UnaryOp::Erf, DType::F32, 1.5),
    (UnaryOp::Erf, DType::F64, 1.5),
    (UnaryOp::Erfc, DType::F32, 0.75),
    (UnaryOp::Erfc, DType::F64, 5.0),
    (UnaryOp::Erfcx, DType::F32, 0.75),
    (UnaryOp::Erfcx, DType::F64, 5.0),
    (UnaryOp::Erfinv, DType::F32, 0.75),
    (UnaryOp::Erfinv, DType::F64, 3.0),
    (UnaryOp::Lgamma, DType::F32, 0.75),
    (UnaryOp::Lgamma, DType::F64, 5.0),
    (UnaryOp::Digamma, DType::F32, 0.75),
    (UnaryOp::Digamma, DType::F64, 5.0),
    (UnaryOp::Floor, DType::F32, 0.0),
    (UnaryOp::Floor, DType::F64, 0.0),
    (UnaryOp::Ceil, DType::F32, 0.0),
    (UnaryOp::Ceil, DType::F64, 0.0),
    (UnaryOp::Trunc, DType::F32, 0.0),
    (UnaryOp::Trunc, DType::F64, 0.0),
    (UnaryOp::Round, DType::F32, 0.0),
    (UnaryOp::Round, DType::F64, 0.0),
];

/// What results may be off beside [`ACCURACY`]: left of 0 these are differences of two logarithms
/// of up to 36, or of a logarithm and a cotangent, which cancel near their roots.
pub const ABSOLUTE: &[(UnaryOp, f64)] = &[(UnaryOp::Lgamma, 2e-14), (UnaryOp::Digamma, 2e-14)];

/// The bound of [`ABSOLUTE`]; 0 for all other ops.
pub fn absolute_bound(op: UnaryOp) -> f64 {
    ABSOLUTE.iter().find(|(o, _)| *o == op).map_or(0.0, |row| row.1)
}

/// Largest error of the ops of two operands that are not correctly rounded, in ulp.
pub const BINARY_ACCURACY: &[(BinaryOp, DType, f64)] = &[
    (BinaryOp::Pow, DType::F32, 0.75),
    (BinaryOp::Pow, DType::F64, 1.25),
    (BinaryOp::Atan2, DType::F32, 3.0),
    (BinaryOp::Atan2, DType::F64, 3.0),
];

/// The bound of [`ACCURACY`]; 0 for dtypes without rounding.
pub fn ulp_bound(op: UnaryOp, dtype: DType) -> f64 {
    let row = ACCURACY.iter().find(|(o, d, _)| *o == op && *d == dtype);
    row.map_or(0.0, |row| row.2)
}

/// The bound of [`BINARY_ACCURACY`]; 0 for what has none there.
pub fn binary_ulp_bound(op: BinaryOp, dtype: DType) -> f64 {
    let row = BINARY_ACCURACY.iter().find(|(o, d, _)| *o == op && *d == dtype);
    row.map_or(0.0, |row| row.2)
}
