//! The machine form of lane programs: what 128-bit and wider vector units do in a few instructions.
//!
//! Invariants: as in `lane/mod.rs`; operands of [`MachineOp::Unary`], [`MachineOp::Binary`] and
//! [`MachineOp::Fma`] have the dtype of the result, except for `Select` masks (bool), comparisons
//! (bool result), conversions and bit casts.
//!
//! Not here: how a target encodes an op (the back ends).

use super::Lane;
use hypatia_ir::dtype::DType;
use hypatia_ir::op::CompareOp;
use hypatia_ir::scalar::Scalar;

/// Operations of one operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MachineUnary {
    /// `-x`: sign bit flip for floats, wrapping for integers.
    Neg,
    /// Sign bit clear for floats; wrapping absolute value for integers.
    Abs,
    /// Correctly rounded square root (floats).
    Sqrt,
    /// Round towards −∞ (floats).
    Floor,
    /// Round towards zero (floats).
    Trunc,
    /// Round to nearest, ties to even (floats).
    Nearest,
    /// Bitwise complement of integers, logical negation of bool.
    Not,
}

/// Operations of two operands of one dtype.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MachineBinary {
    /// Sum; wrapping for integers.
    Add,
    /// Difference; wrapping for integers.
    Sub,
    /// Product; wrapping for integers.
    Mul,
    /// Quotient (floats).
    Div,
    /// Truncated quotient (`i32`, `i64`); 0 by 0, the least number by -1 wraps.
    Quot,
    /// Remainder of the truncated quotient, exact (`i32`, `i64`, floats); 0 by 0 for integers.
    Rem,
    /// Maximum; NaN if either operand is NaN; `+0` above `-0`.
    Max,
    /// Minimum; NaN if either operand is NaN.
    Min,
    /// Bitwise and of integers, logical of bool.
    And,
    /// Bitwise or of integers, logical of bool.
    Or,
    /// Bitwise exclusive or of integers, logical of bool.
    Xor,
    /// Shift left by the second operand, of which only the bits below the width count (`i32`, `i64`).
    Left,
    /// Shift right by the second operand in the same way; the sign comes in.
    Right,
}

/// Shifts of integers by a constant number of bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Shift {
    /// Left.
    Left,
    /// Right, zeros come in.
    Logical,
    /// Right, the sign comes in.
    Arithmetic,
}

/// One machine-level instruction on lanes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MachineOp {
    /// A constant in every lane.
    Const(Scalar),
    /// Input number `.0` of the program.
    Input(u32),
    /// One operand.
    Unary(MachineUnary, Lane),
    /// Two operands.
    Binary(MachineBinary, Lane, Lane),
    /// `a·b + c`, rounded once (floats).
    Fma(Lane, Lane, Lane),
    /// Shift by a constant (`i32`, `i64`).
    Shift(Shift, Lane, u8),
    /// Comparison of numbers; the result is `bool`.
    Compare(CompareOp, Lane, Lane),
    /// Mask, then, else.
    Select(Lane, Lane, Lane),
    /// Conversion to the instruction's dtype with the meaning of [`hypatia_ir::op::Op::Cast`].
    Convert(Lane),
    /// The same bits as the instruction's dtype, of equal size (`f32`↔`i32`, `f64`↔`i64`).
    Bitcast(Lane),
}

/// A lane program in machine ops.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Program {
    /// Instructions with the dtype of their results.
    pub instructions: Vec<(MachineOp, DType)>,
}
