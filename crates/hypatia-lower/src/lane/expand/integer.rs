//! Shifts by any amount, and what `u8` has no machine op for.
//!
//! Invariants: amounts that are not in `0..width` leave 0, or the sign where that comes in; a
//! constant amount needs no selection.
//!
//! Not here: quotients, which are machine ops (`machine.rs`).

use super::code::Code;
use crate::lane::Lane;
use crate::lane::machine::{MachineBinary, Shift};
use hypatia_ir::dtype::DType;
use hypatia_ir::op::{BinaryOp, CompareOp};

/// An op on `u8` that `i32` has: the low bits of its result there.
pub(super) fn wide(code: &mut Code, op: BinaryOp, x: Lane, y: Lane) -> Option<Lane> {
    let (x, y) = (code.convert(x, DType::I32), code.convert(y, DType::I32));
    let result = super::binary(code, op, x, y)?;
    Some(code.convert(result, DType::U8))
}

pub(super) fn shl(code: &mut Code, x: Lane, y: Lane) -> Lane {
    match constant_amount(code, y) {
        Some(Some(bits)) => code.shift(Shift::Left, x, bits),
        Some(None) => code.integer(x, 0),
        None => {
            let shifted = code.binary(MachineBinary::Left, x, y);
            let zero = code.integer(x, 0);
            let outside = is_outside(code, y);
            code.select(outside, zero, shifted)
        }
    }
}

pub(super) fn shr(code: &mut Code, x: Lane, y: Lane) -> Lane {
    let last = width(code, x) - 1;
    match constant_amount(code, y) {
        Some(bits) => code.shift(Shift::Arithmetic, x, bits.unwrap_or(last as u8)),
        None => {
            let last = code.integer(y, last);
            let outside = is_outside(code, y);
            let amount = code.select(outside, last, y);
            code.binary(MachineBinary::Right, x, amount)
        }
    }
}

fn width(code: &Code, x: Lane) -> i64 {
    8 * code.dtype(x).size() as i64
}

/// The amount if it is a constant, or nothing if that is not in `0..width`.
fn constant_amount(code: &Code, y: Lane) -> Option<Option<u8>> {
    let (amount, width) = (code.constant(y)?.as_i64(), width(code, y));
    Some(u8::try_from(amount).ok().filter(|_| amount < width))
}

/// Whether a bit is set that no number in `0..width` has.
fn is_outside(code: &mut Code, y: Lane) -> Lane {
    let others = code.integer(y, -width(code, y));
    let found = code.and(y, others);
    let zero = code.integer(y, 0);
    code.compare(CompareOp::Ne, found, zero)
}
