//! Ops that machine ops give exactly or correctly rounded: arithmetic, logic, conversions.
//!
//! Invariants: integers wrap; the sign of a zero and NaN go through [`UnaryOp::Sign`]; comparison
//! and selection of bool are logic.
//!
//! Not here: anything with a polynomial.

use super::code::{Code, Format};
use crate::lane::Lane;
use crate::lane::machine::{MachineBinary, MachineUnary};
use hypatia_ir::dtype::DType;
use hypatia_ir::op::{BinaryOp, CompareOp, UnaryOp};
use hypatia_ir::scalar::Scalar;

/// The unary ops that are not for floats only; `None` where the dtype is wrong.
pub(super) fn unary(code: &mut Code, op: UnaryOp, x: Lane) -> Option<Lane> {
    let dtype = code.dtype(x);
    match op {
        UnaryOp::Not => (!dtype.is_float()).then(|| code.unary(MachineUnary::Not, x)),
        _ if dtype == DType::Bool => None,
        UnaryOp::Neg => Some(code.neg(x)),
        UnaryOp::Abs if dtype == DType::U8 => Some(x),
        UnaryOp::Abs => Some(code.abs(x)),
        UnaryOp::Sqr => Some(code.mul(x, x)),
        UnaryOp::Sign => Some(sign(code, x)),
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
        | UnaryOp::Digamma
        | UnaryOp::Floor
        | UnaryOp::Ceil
        | UnaryOp::Trunc
        | UnaryOp::Round => None,
    }
}

fn sign(code: &mut Code, x: Lane) -> Lane {
    let below = match code.dtype(x) {
        DType::Bool | DType::U8 => x,
        DType::I32 | DType::I64 | DType::F32 | DType::F64 => {
            code.patch(CompareOp::Lt, x, 0.0, -1.0, x)
        }
    };
    code.patch(CompareOp::Gt, x, 0.0, 1.0, below)
}

pub(super) fn sqrt(code: &mut Code, _: Format, x: Lane) -> Lane {
    code.unary(MachineUnary::Sqrt, x)
}

/// Two roundings: at most 1.5 ulp.
pub(super) fn rsqrt(code: &mut Code, _: Format, x: Lane) -> Lane {
    let root = code.unary(MachineUnary::Sqrt, x);
    let one = code.number(x, 1.0);
    code.div(one, root)
}

pub(super) fn floor(code: &mut Code, _: Format, x: Lane) -> Lane {
    code.unary(MachineUnary::Floor, x)
}

/// `-⌊-x⌋`, which keeps the sign of zeros.
pub(super) fn ceil(code: &mut Code, _: Format, x: Lane) -> Lane {
    let negated = code.neg(x);
    let below = code.unary(MachineUnary::Floor, negated);
    code.neg(below)
}

pub(super) fn trunc(code: &mut Code, _: Format, x: Lane) -> Lane {
    code.unary(MachineUnary::Trunc, x)
}

pub(super) fn round(code: &mut Code, _: Format, x: Lane) -> Lane {
    code.unary(MachineUnary::Nearest, x)
}

/// All binary ops without a kernel, for dtypes that the op takes.
pub(super) fn binary(code: &mut Code, op: BinaryOp, x: Lane, y: Lane) -> Option<Lane> {
    let op = match op {
        BinaryOp::Add => MachineBinary::Add,
        BinaryOp::Sub => MachineBinary::Sub,
        BinaryOp::Mul => MachineBinary::Mul,
        BinaryOp::Div => MachineBinary::Div,
        BinaryOp::Max => MachineBinary::Max,
        BinaryOp::Min => MachineBinary::Min,
        BinaryOp::And => MachineBinary::And,
        BinaryOp::Or => MachineBinary::Or,
        BinaryOp::Xor => MachineBinary::Xor,
        BinaryOp::Quot => MachineBinary::Quot,
        BinaryOp::Rem => MachineBinary::Rem,
        BinaryOp::Pow | BinaryOp::Atan2 | BinaryOp::Shl | BinaryOp::Shr => return None,
    };
    Some(code.binary(op, x, y))
}

pub(super) fn compare(code: &mut Code, op: CompareOp, x: Lane, y: Lane) -> Lane {
    if code.dtype(x) != DType::Bool {
        return code.compare(op, x, y);
    }
    let not = |code: &mut Code, x| code.unary(MachineUnary::Not, x);
    match op {
        CompareOp::Ne => code.xor(x, y),
        CompareOp::Eq => {
            let differ = code.xor(x, y);
            not(code, differ)
        }
        CompareOp::Lt => {
            let x = not(code, x);
            code.and(x, y)
        }
        CompareOp::Le => {
            let x = not(code, x);
            code.or(x, y)
        }
        CompareOp::Gt => {
            let y = not(code, y);
            code.and(x, y)
        }
        CompareOp::Ge => {
            let y = not(code, y);
            code.or(x, y)
        }
    }
}

pub(super) fn select(code: &mut Code, mask: Lane, x: Lane, y: Lane) -> Lane {
    if code.dtype(x) != DType::Bool {
        return code.select(mask, x, y);
    }
    let taken = code.and(mask, x);
    let not = code.unary(MachineUnary::Not, mask);
    let other = code.and(not, y);
    code.or(taken, other)
}

pub(super) fn cast(code: &mut Code, x: Lane, to: DType) -> Lane {
    let from = code.dtype(x);
    if from == to {
        return x;
    }
    if to == DType::Bool {
        return code.compare_to(CompareOp::Ne, x, 0.0);
    }
    if from == DType::Bool {
        let one = code.scalar(Scalar::from_i64(to, 1));
        let zero = code.scalar(Scalar::from_i64(to, 0));
        return code.select(x, one, zero);
    }
    code.convert(x, to)
}
