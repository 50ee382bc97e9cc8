//! How far results of expanded lane programs may be from the exact ones.
//!
//! An ulp is the distance between neighbouring floats at the exact result. The bounds are the
//! largest errors that the tests of `expand` saw, rounded up by the margin that roundings and the
//! approximation leave.
//!
//! Invariants: holds for all operands; what is exact or correctly rounded has 0 or 0.5.
//!
//! Not here: the kernels (`expand/`).

use hypatia_ir::dtype::DType;
use hypatia_ir::op::UnaryOp;

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
    (UnaryOp::Exp, DType::F32, 1.5),
    (UnaryOp::Exp, DType::F64, 1.5),
    (UnaryOp::Expm1, DType::F32, 2.0),
    (UnaryOp::Expm1, DType::F64, 2.0),
    (UnaryOp::Log, DType::F32, 1.5),
    (UnaryOp::Log, DType::F64, 1.5),
    (UnaryOp::Log1p, DType::F32, 1.5),
    (UnaryOp::Log1p, DType::F64, 1.5),
    (UnaryOp::Sqrt, DType::F32, 0.5),
    (UnaryOp::Sqrt, DType::F64, 0.5),
    (UnaryOp::Rsqrt, DType::F32, 1.5),
    (UnaryOp::Rsqrt, DType::F64, 1.5),
    (UnaryOp::Sin, DType::F32, 2.0),
    (UnaryOp::Sin, DType::F64, 2.0),
    (UnaryOp::Cos, DType::F32, 2.0),
    (UnaryOp::Cos, DType::F64, 2.0),
    (UnaryOp::Tanh, DType::F32, 2.0),
    (UnaryOp::Tanh, DType::F64, 2.0),
    (UnaryOp::Sigmoid, DType::F32, 2.0),
    (UnaryOp::Sigmoid, DType::F64, 2.0),
    (UnaryOp::Softplus, DType::F32, 2.0),
    (UnaryOp::Softplus, DType::F64, 2.0),
    (UnaryOp::Erf, DType::F32, 2.0),
    (UnaryOp::Erf, DType::F64, 2.0),
    (UnaryOp::Floor, DType::F32, 0.0),
    (UnaryOp::Floor, DType::F64, 0.0),
];

/// Largest error of powers, in ulp.
pub const POW_ACCURACY: &[(DType, f64)] = &[(DType::F32, 1.0), (DType::F64, 2.0)];

/// The bound of [`ACCURACY`]; 0 for dtypes without rounding.
pub fn ulp_bound(op: UnaryOp, dtype: DType) -> f64 {
    let row = ACCURACY.iter().find(|(o, d, _)| *o == op && *d == dtype);
    row.map_or(0.0, |row| row.2)
}

/// The bound of [`POW_ACCURACY`]; 0 for dtypes without rounding.
pub fn pow_ulp_bound(dtype: DType) -> f64 {
    POW_ACCURACY.iter().find(|(d, _)| *d == dtype).map_or(0.0, |row| row.1)
}
