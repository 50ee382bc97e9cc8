//! Machine programs under construction: typed shorthands, sharing and constant folding.
//!
//! Invariants: equal instructions are one; an instruction of constants is a constant; the dtype of
//! a result follows from its operands.
//!
//! Not here: any formula.

use crate::lane::Lane;
use crate::lane::interpret::step;
use crate::lane::machine::{MachineBinary, MachineOp, MachineUnary, Program, Shift};
use hypatia_ir::dtype::DType;
use hypatia_ir::op::CompareOp;
use hypatia_ir::scalar::Scalar;
use std::collections::HashMap;

/// The layout of a float type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Format {
    /// The float type.
    pub float: DType,
    /// The integer type of equal size.
    pub int: DType,
    /// Stored bits of the mantissa.
    pub mantissa: u8,
    /// The exponent field of 1.
    pub bias: i64,
}

/// IEEE 754 binary32.
pub(super) const SINGLE: Format =
    Format { float: DType::F32, int: DType::I32, mantissa: 23, bias: 127 };
/// IEEE 754 binary64.
pub(super) const DOUBLE: Format =
    Format { float: DType::F64, int: DType::I64, mantissa: 52, bias: 1023 };

impl Format {
    /// The format of a float type.
    pub fn of(dtype: DType) -> Option<Format> {
        match dtype {
            DType::F32 => Some(SINGLE),
            DType::F64 => Some(DOUBLE),
            DType::Bool | DType::U8 | DType::I32 | DType::I64 => None,
        }
    }

    /// `1.5 · 2^mantissa`: added to a small number it rounds that to an integer, whose low bits
    /// are then the low bits of the sum.
    pub fn rounder(self) -> f64 {
        1.5 * (self.mantissa as f64).exp2()
    }

    /// The value of this type, else of that one.
    pub fn pick<T>(self, single: T, double: T) -> T {
        if self == SINGLE { single } else { double }
    }

    /// The bits of a number.
    pub fn bits(self, value: f64) -> i64 {
        Scalar::from_f64(self.float, value).bits() as i64
    }
}

/// A machine program that grows.
#[derive(Default)]
pub(super) struct Code {
    pub program: Program,
    seen: HashMap<(MachineOp, DType), Lane>,
}

impl Code {
    /// The instruction, shared with an equal one, folded if its operands are constants.
    pub fn emit(&mut self, op: MachineOp, dtype: DType) -> Lane {
        let folded = step(op, dtype, |lane| self.constant(lane));
        let key = (folded.map_or(op, MachineOp::Const), dtype);
        *self.seen.entry(key).or_insert_with(|| {
            self.program.instructions.push(key);
            Lane(self.program.instructions.len() as u32 - 1)
        })
    }

    /// The value, if the lane is a constant.
    pub fn constant(&self, lane: Lane) -> Option<Scalar> {
        match self.program.instructions[lane.0 as usize].0 {
            MachineOp::Const(value) => Some(value),
            _ => None,
        }
    }

    pub fn dtype(&self, lane: Lane) -> DType {
        self.program.instructions[lane.0 as usize].1
    }

    pub fn scalar(&mut self, value: Scalar) -> Lane {
        self.emit(MachineOp::Const(value), value.dtype())
    }

    /// The number `value`, rounded, in the dtype of `like`.
    pub fn number(&mut self, like: Lane, value: f64) -> Lane {
        self.scalar(Scalar::from_f64(self.dtype(like), value))
    }

    /// The integer `value` in the dtype of `like`.
    pub fn integer(&mut self, like: Lane, value: i64) -> Lane {
        self.scalar(Scalar::from_i64(self.dtype(like), value))
    }

    pub fn unary(&mut self, op: MachineUnary, x: Lane) -> Lane {
        self.emit(MachineOp::Unary(op, x), self.dtype(x))
    }

    pub fn binary(&mut self, op: MachineBinary, x: Lane, y: Lane) -> Lane {
        self.emit(MachineOp::Binary(op, x, y), self.dtype(x))
    }

    pub fn neg(&mut self, x: Lane) -> Lane {
        self.unary(MachineUnary::Neg, x)
    }

    pub fn abs(&mut self, x: Lane) -> Lane {
        self.unary(MachineUnary::Abs, x)
    }

    pub fn add(&mut self, x: Lane, y: Lane) -> Lane {
        self.binary(MachineBinary::Add, x, y)
    }

    pub fn sub(&mut self, x: Lane, y: Lane) -> Lane {
        self.binary(MachineBinary::Sub, x, y)
    }

    pub fn mul(&mut self, x: Lane, y: Lane) -> Lane {
        self.binary(MachineBinary::Mul, x, y)
    }

    pub fn div(&mut self, x: Lane, y: Lane) -> Lane {
        self.binary(MachineBinary::Div, x, y)
    }

    pub fn and(&mut self, x: Lane, y: Lane) -> Lane {
        self.binary(MachineBinary::And, x, y)
    }

    pub fn or(&mut self, x: Lane, y: Lane) -> Lane {
        self.binary(MachineBinary::Or, x, y)
    }

    pub fn xor(&mut self, x: Lane, y: Lane) -> Lane {
        self.binary(MachineBinary::Xor, x, y)
    }

    pub fn fma(&mut self, a: Lane, b: Lane, c: Lane) -> Lane {
        self.emit(MachineOp::Fma(a, b, c), self.dtype(a))
    }

    /// `a·b + c` for a constant `b`.
    pub fn fma_by(&mut self, a: Lane, b: f64, c: Lane) -> Lane {
        let b = self.number(a, b);
        self.fma(a, b, c)
    }

    /// `c - a·b` for a lane `b`.
    pub fn fnma(&mut self, a: Lane, b: Lane, c: Lane) -> Lane {
        let negated = self.neg(a);
        self.fma(negated, b, c)
    }

    pub fn shift(&mut self, op: Shift, x: Lane, bits: u8) -> Lane {
        self.emit(MachineOp::Shift(op, x, bits), self.dtype(x))
    }

    pub fn compare(&mut self, op: CompareOp, x: Lane, y: Lane) -> Lane {
        self.emit(MachineOp::Compare(op, x, y), DType::Bool)
    }

    /// Comparison with a constant.
    pub fn compare_to(&mut self, op: CompareOp, x: Lane, value: f64) -> Lane {
        let value = self.number(x, value);
        self.compare(op, x, value)
    }

    pub fn select(&mut self, mask: Lane, x: Lane, y: Lane) -> Lane {
        self.emit(MachineOp::Select(mask, x, y), self.dtype(x))
    }

    pub fn convert(&mut self, x: Lane, dtype: DType) -> Lane {
        self.emit(MachineOp::Convert(x), dtype)
    }

    pub fn bitcast(&mut self, x: Lane, dtype: DType) -> Lane {
        self.emit(MachineOp::Bitcast(x), dtype)
    }

    /// The smaller of `x` and a constant; NaN stays. Written so that a target whose minimum gives
    /// its second operand on NaN needs one instruction.
    pub fn at_most(&mut self, x: Lane, bound: f64) -> Lane {
        let bound = self.number(x, bound);
        let over = self.compare(CompareOp::Lt, bound, x);
        self.select(over, bound, x)
    }

    /// The larger of `x` and a constant; NaN stays.
    pub fn at_least(&mut self, x: Lane, bound: f64) -> Lane {
        let bound = self.number(x, bound);
        let under = self.compare(CompareOp::Gt, bound, x);
        self.select(under, bound, x)
    }

    /// The kernel in `f64`, its result rounded to the format.
    pub fn in_double(
        &mut self,
        format: Format,
        x: Lane,
        kernel: impl Fn(&mut Code, Lane) -> Lane,
    ) -> Lane {
        if format == DOUBLE {
            return kernel(self, x);
        }
        let x = self.convert(x, DType::F64);
        let y = kernel(self, x);
        self.convert(y, format.float)
    }

    /// `Σ cᵢ xⁱ` by Horner's rule.
    pub fn polynomial(&mut self, x: Lane, coefficients: &[f64]) -> Lane {
        let (last, rest) = coefficients.split_last().unwrap_or((&0.0, &[]));
        let mut sum = self.number(x, *last);
        for &c in rest.iter().rev() {
            let c = self.number(x, c);
            sum = self.fma(sum, x, c);
        }
        sum
    }

    /// `value` where `x op bound`, else `y`.
    pub fn patch(&mut self, op: CompareOp, x: Lane, bound: f64, value: f64, y: Lane) -> Lane {
        let mask = self.compare_to(op, x, bound);
        let value = self.number(y, value);
        self.select(mask, value, y)
    }

    /// `y` where `x` is 0, else `x`'s function: keeps the sign of zeros.
    pub fn keep_zero(&mut self, x: Lane, y: Lane) -> Lane {
        let zero = self.compare_to(CompareOp::Eq, x, 0.0);
        self.select(zero, x, y)
    }

    /// `magnitude`, not negative, with the sign bit of `x`.
    pub fn with_sign(&mut self, format: Format, magnitude: Lane, x: Lane) -> Lane {
        let bits = self.bitcast(x, format.int);
        let mask = self.integer(bits, format.bits(-0.0));
        let sign = self.and(bits, mask);
        self.flip_sign(format, magnitude, sign)
    }

    /// `x` with its bits flipped where `sign`, an integer lane, has ones.
    pub fn flip_sign(&mut self, format: Format, x: Lane, sign: Lane) -> Lane {
        let bits = self.bitcast(x, format.int);
        let flipped = self.xor(bits, sign);
        self.bitcast(flipped, format.float)
    }
}
