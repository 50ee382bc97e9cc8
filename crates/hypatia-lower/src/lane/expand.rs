//! From lane programs to machine programs, by polynomial kernels of stated error.
//!
//! The kernels are straight lines: no branches, no tables, only selections. Their errors are in
//! [`crate::lane::accuracy`].
//!
//! Invariants: nothing is assumed of operands, special values included; comparisons, selections
//! and conversions of bool become logic, so that back ends only see them on numbers; `u8` stays
//! `u8`, unsigned and wrapping, and back ends widen it as they need.
//!
//! Not here: the formulas (one file per family).

mod arc;
mod code;
mod erf;
mod erfc;
mod exact;
mod exp;
mod gamma;
mod hyperbolic;
mod integer;
mod log;
mod pow;
mod random;
mod trig;

use super::machine::{self, MachineOp};
use super::{Lane, LaneOp, Program};
use crate::error::Error;
use code::{Code, Format};
use hypatia_ir::dtype::DType;
use hypatia_ir::op::{BinaryOp, UnaryOp};

/// A machine program and where in it the results of the lane program are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expansion {
    /// The machine program.
    pub program: machine::Program,
    /// For every lane of the source, the lane with its result.
    pub lanes: Vec<Lane>,
}

impl Expansion {
    /// The machine lane with the result of a source lane.
    pub fn lane(&self, source: Lane) -> Lane {
        self.lanes[source.0 as usize]
    }
}

/// Rewrites a lane program into machine ops. Equal instructions become one; instructions of
/// constants become constants.
///
/// # Errors
/// [`Error::Internal`] if an op has no meaning for the dtype of its operands.
pub fn expand(program: &Program) -> Result<Expansion, Error> {
    let mut code = Code::default();
    let mut lanes: Vec<Lane> = Vec::with_capacity(program.instructions.len());
    for &(op, dtype) in &program.instructions {
        let at = |lane: Lane| lanes.get(lane.0 as usize).copied();
        let lane = match op {
            LaneOp::Const(value) => Some(code.scalar(value)),
            LaneOp::Input(number) => Some(code.emit(MachineOp::Input(number), dtype)),
            LaneOp::Unary(op, x) => at(x).and_then(|x| unary(&mut code, op, x)),
            LaneOp::Binary(op, x, y) => {
                at(x).zip(at(y)).and_then(|(x, y)| binary(&mut code, op, x, y))
            }
            LaneOp::Compare(op, x, y) => {
                at(x).zip(at(y)).map(|(x, y)| exact::compare(&mut code, op, x, y))
            }
            LaneOp::Select(mask, x, y) => {
                at(mask).zip(at(x)).zip(at(y)).map(|((m, x), y)| exact::select(&mut code, m, x, y))
            }
            LaneOp::RandomBits(word, x, y, z) => at(x)
                .zip(at(y))
                .zip(at(z))
                .and_then(|((x, y), z)| random::bits(&mut code, word, [x, y, z])),
            LaneOp::Cast(x) => at(x).map(|x| exact::cast(&mut code, x, dtype)),
        };
        let lane = lane.filter(|&lane| code.dtype(lane) == dtype);
        lanes.push(lane.ok_or_else(|| Error::internal("expand", &(op, dtype)))?);
    }
    Ok(Expansion { program: code.program, lanes })
}

/// `None` if the op does not take the dtype.
fn unary(code: &mut Code, op: UnaryOp, x: Lane) -> Option<Lane> {
    type Kernel = fn(&mut Code, Format, Lane) -> Lane;
    let dtype = code.dtype(x);
    let kernel: Kernel = match op {
        UnaryOp::Neg | UnaryOp::Abs | UnaryOp::Sign | UnaryOp::Sqr | UnaryOp::Not => {
            return exact::unary(code, op, x);
        }
        UnaryOp::Exp => exp::exp,
        UnaryOp::Expm1 => exp::expm1,
        UnaryOp::Log => log::log,
        UnaryOp::Log1p => log::log1p,
        UnaryOp::Sqrt => exact::sqrt,
        UnaryOp::Rsqrt => exact::rsqrt,
        UnaryOp::Sin => trig::sin,
        UnaryOp::Cos => trig::cos,
        UnaryOp::Tan => trig::tan,
        UnaryOp::Asin => arc::asin,
        UnaryOp::Acos => arc::acos,
        UnaryOp::Atan => arc::atan,
        UnaryOp::Sinh => hyperbolic::sinh,
        UnaryOp::Cosh => hyperbolic::cosh,
        UnaryOp::Tanh => exp::tanh,
        UnaryOp::Asinh => hyperbolic::asinh,
        UnaryOp::Acosh => hyperbolic::acosh,
        UnaryOp::Atanh => hyperbolic::atanh,
        UnaryOp::Sigmoid => exp::sigmoid,
        UnaryOp::Softplus => log::softplus,
        UnaryOp::Erf => erf::erf,
        UnaryOp::Erfc => erfc::erfc,
        UnaryOp::Erfcx => erfc::erfcx,
        UnaryOp::Erfinv => erfc::erfinv,
        UnaryOp::Lgamma => gamma::lgamma,
        UnaryOp::Digamma => gamma::digamma,
        UnaryOp::Floor => exact::floor,
        UnaryOp::Ceil => exact::ceil,
        UnaryOp::Trunc => exact::trunc,
        UnaryOp::Round => exact::round,
    };
    Format::of(dtype).map(|format| kernel(code, format, x))
}

/// `None` if the op does not take the dtype.
fn binary(code: &mut Code, op: BinaryOp, x: Lane, y: Lane) -> Option<Lane> {
    let dtype = code.dtype(x);
    if code.dtype(y) != dtype {
        return None;
    }
    match (op, dtype) {
        (BinaryOp::Pow, _) => Format::of(dtype).map(|format| pow::pow(code, format, x, y)),
        (BinaryOp::Atan2, _) => Format::of(dtype).map(|format| arc::atan2(code, format, x, y)),
        (BinaryOp::And | BinaryOp::Or | BinaryOp::Xor, _) if dtype.is_float() => None,
        (BinaryOp::And | BinaryOp::Or | BinaryOp::Xor, _) => exact::binary(code, op, x, y),
        (_, DType::Bool) => None,
        (BinaryOp::Div, _) if !dtype.is_float() => None,
        (BinaryOp::Shl | BinaryOp::Shr | BinaryOp::Quot, _) if dtype.is_float() => None,
        (BinaryOp::Shl | BinaryOp::Shr | BinaryOp::Quot | BinaryOp::Rem, DType::U8) => {
            integer::wide(code, op, x, y)
        }
        (BinaryOp::Shl, _) => Some(integer::shl(code, x, y)),
        (BinaryOp::Shr, _) => Some(integer::shr(code, x, y)),
        (_, _) => exact::binary(code, op, x, y),
    }
}

#[cfg(test)]
mod tests;
