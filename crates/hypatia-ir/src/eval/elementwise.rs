//! What the elementwise ops do to single values.
//!
//! Invariants: total: every op has a value for every scalar. `f32` is computed in `f64` and
//! rounded once. Integers are computed in `i64` and keep their low bits, which is wrapping
//! arithmetic in their own width; `bool` is the integers 0 and 1. Every float function is in
//! libm, made of what is there (`special.rs`) or correctly rounded, so that results do not depend on the machine.
//!
//! Not here: loops (`map.rs`), conversion (`Scalar::cast`), which dtypes an op takes (`infer.rs`).

use super::special;
use crate::dtype::DType;
use crate::op::{BinaryOp, CompareOp, UnaryOp};
use crate::scalar::Scalar;

/// The value of the op; its dtype is that of the operand.
#[inline]
pub fn unary(op: UnaryOp, x: Scalar) -> Scalar {
    match x.dtype() {
        dtype @ (DType::F32 | DType::F64) => Scalar::from_f64(dtype, float_unary(op, x.as_f64())),
        DType::Bool if op == UnaryOp::Not => Scalar::new(x.as_i64() == 0),
        dtype @ (DType::Bool | DType::U8 | DType::I32 | DType::I64) => {
            Scalar::from_i64(dtype, integer_unary(op, x.as_i64()))
        }
    }
}

/// The value of the op on two operands of one dtype; its dtype is theirs.
#[inline]
pub fn binary(op: BinaryOp, x: Scalar, y: Scalar) -> Scalar {
    match x.dtype() {
        dtype @ (DType::F32 | DType::F64) => {
            Scalar::from_f64(dtype, float_binary(op, x.as_f64(), y.as_f64()))
        }
        dtype @ (DType::Bool | DType::U8 | DType::I32 | DType::I64) => {
            Scalar::from_i64(dtype, integer_binary(op, x.as_i64(), y.as_i64()))
        }
    }
}

/// Whether the comparison of two operands of one dtype holds.
#[inline]
pub fn compare(op: CompareOp, x: Scalar, y: Scalar) -> bool {
    if x.dtype().is_float() {
        holds(op, x.as_f64(), y.as_f64())
    } else {
        holds(op, x.as_i64(), y.as_i64())
    }
}

fn holds<T: PartialOrd>(op: CompareOp, x: T, y: T) -> bool {
    match op {
        CompareOp::Eq => x == y,
        CompareOp::Ne => x != y,
        CompareOp::Lt => x < y,
        CompareOp::Le => x <= y,
        CompareOp::Gt => x > y,
        CompareOp::Ge => x >= y,
    }
}

fn float_unary(op: UnaryOp, x: f64) -> f64 {
    match op {
        UnaryOp::Neg => -x,
        UnaryOp::Abs => x.abs(),
        UnaryOp::Sign if x == 0.0 || x.is_nan() => x,
        UnaryOp::Sign => 1f64.copysign(x),
        UnaryOp::Sqr => x * x,
        UnaryOp::Exp => libm::exp(x),
        UnaryOp::Expm1 => libm::expm1(x),
        UnaryOp::Log => libm::log(x),
        UnaryOp::Log1p => libm::log1p(x),
        UnaryOp::Sqrt => x.sqrt(),
        UnaryOp::Rsqrt => 1.0 / x.sqrt(),
        UnaryOp::Sin => libm::sin(x),
        UnaryOp::Cos => libm::cos(x),
        UnaryOp::Tan => libm::tan(x),
        UnaryOp::Asin => libm::asin(x),
        UnaryOp::Acos => libm::acos(x),
        UnaryOp::Atan => libm::atan(x),
        UnaryOp::Sinh => libm::sinh(x),
        UnaryOp::Cosh => libm::cosh(x),
        UnaryOp::Tanh => libm::tanh(x),
        UnaryOp::Asinh => libm::asinh(x),
        // libm has a number for large negative operands.
        UnaryOp::Acosh if x < 1.0 => f64::NAN,
        UnaryOp::Acosh => libm::acosh(x),
        UnaryOp::Atanh => libm::atanh(x),
        UnaryOp::Sigmoid => sigmoid(x),
        UnaryOp::Softplus => softplus(x),
        UnaryOp::Erf => libm::erf(x),
        UnaryOp::Erfc => libm::erfc(x),
        UnaryOp::Erfcx => special::erfcx(x),
        UnaryOp::Erfinv => special::erfinv(x),
        UnaryOp::Lgamma => libm::lgamma(x),
        UnaryOp::Digamma => special::digamma(x),
        UnaryOp::Floor => x.floor(),
        UnaryOp::Ceil => x.ceil(),
        UnaryOp::Trunc => x.trunc(),
        UnaryOp::Round => x.round_ties_even(),
        UnaryOp::Not => f64::from(x == 0.0),
    }
}

/// Only exponents of negative numbers are taken: nothing overflows on either side of 0.
fn sigmoid(x: f64) -> f64 {
    let e = libm::exp(-x.abs());
    if x < 0.0 { e / (1.0 + e) } else { 1.0 / (1.0 + e) }
}

/// `max(x, 0)` plus the part that is left of the kink, which is at most `log 2`. The zero that
/// `f64::max` gives for NaN does no harm: the other part is NaN then.
fn softplus(x: f64) -> f64 {
    x.max(0.0) + libm::log1p(libm::exp(-x.abs()))
}

fn integer_unary(op: UnaryOp, x: i64) -> i64 {
    match op {
        UnaryOp::Neg => x.wrapping_neg(),
        UnaryOp::Abs => x.wrapping_abs(),
        UnaryOp::Sign => x.signum(),
        UnaryOp::Sqr => x.wrapping_mul(x),
        UnaryOp::Floor | UnaryOp::Ceil | UnaryOp::Trunc | UnaryOp::Round => x,
        UnaryOp::Not => !x,
        UnaryOp::Exp
        | UnaryOp::Expm1
        | UnaryOp::Log
        | UnaryOp::Log1p
        | UnaryOp::Sqrt
        | UnaryOp::Rsqrt
        | UnaryOp::Sin
        | UnaryOp::Cos
        | UnaryOp::Tan
        | UnaryOp::Asin
        | UnaryOp::Acos
        | UnaryOp::Atan
        | UnaryOp::Sinh
        | UnaryOp::Cosh
        | UnaryOp::Tanh
        | UnaryOp::Asinh
        | UnaryOp::Acosh
        | UnaryOp::Atanh
        | UnaryOp::Sigmoid
        | UnaryOp::Softplus
        | UnaryOp::Erf
        | UnaryOp::Erfc
        | UnaryOp::Erfcx
        | UnaryOp::Erfinv
        | UnaryOp::Lgamma
        | UnaryOp::Digamma => float_unary(op, x as f64) as i64,
    }
}

fn float_binary(op: BinaryOp, x: f64, y: f64) -> f64 {
    match op {
        BinaryOp::Add => x + y,
        BinaryOp::Sub => x - y,
        BinaryOp::Mul => x * y,
        BinaryOp::Div => x / y,
        BinaryOp::Pow => libm::pow(x, y),
        BinaryOp::Atan2 => libm::atan2(x, y),
        BinaryOp::Max => extreme(x, y, x > y),
        BinaryOp::Min => extreme(x, y, x < y),
        // Exact in Rust: the remainder of two floats is a float.
        BinaryOp::Rem => x % y,
        BinaryOp::Quot => (x / y).trunc(),
        BinaryOp::And | BinaryOp::Or | BinaryOp::Xor | BinaryOp::Shl | BinaryOp::Shr => {
            integer_binary(op, x as i64, y as i64) as f64
        }
    }
}

/// `x` if it is the NaN or the one to take, else `y`: which is the NaN if either is.
fn extreme(x: f64, y: f64, take_x: bool) -> f64 {
    if take_x || x.is_nan() { x } else { y }
}

fn integer_binary(op: BinaryOp, x: i64, y: i64) -> i64 {
    match op {
        BinaryOp::Add => x.wrapping_add(y),
        BinaryOp::Sub => x.wrapping_sub(y),
        BinaryOp::Mul => x.wrapping_mul(y),
        BinaryOp::Div | BinaryOp::Pow | BinaryOp::Atan2 => {
            float_binary(op, x as f64, y as f64) as i64
        }
        BinaryOp::Max => x.max(y),
        BinaryOp::Min => x.min(y),
        BinaryOp::And => x & y,
        BinaryOp::Or => x | y,
        BinaryOp::Xor => x ^ y,
        // Narrow numbers have their sign in all bits above: no width is needed.
        BinaryOp::Shl => amount(y).map_or(0, |y| x << y),
        BinaryOp::Shr => x >> amount(y).unwrap_or(63),
        BinaryOp::Rem if y == 0 => 0,
        BinaryOp::Rem => x.wrapping_rem(y),
        BinaryOp::Quot if y == 0 => 0,
        BinaryOp::Quot => x.wrapping_div(y),
    }
}

fn amount(y: i64) -> Option<u32> {
    u32::try_from(y).ok().filter(|&y| y < i64::BITS)
}
