//! Lane programs: straight-line code that a kernel runs for every point of its iteration space.
//!
//! Two forms with two types, so that they cannot be mixed up: [`Program`] speaks the elementwise
//! ops of the graph; [`machine::Program`] only what vector units do. [`expand`] goes from the
//! first to the second by polynomial kernels of stated error; [`interpret`] says what machine ops
//! mean, [`accuracy`] how far results may be off. Neither knows how many lanes run side by side.
//!
//! Invariants: SSA, an instruction only uses earlier ones; every instruction has one dtype.
//!
//! Not here: where inputs come from and results go to (`kernel.rs`).

use hypatia_ir::dtype::DType;
use hypatia_ir::op::{BinaryOp, CompareOp, UnaryOp};
use hypatia_ir::scalar::Scalar;

pub mod accuracy;
pub mod expand;
pub mod interpret;
pub mod machine;

/// The result of an instruction: its index in the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Lane(pub u32);

/// One instruction on lanes; operands broadcast nothing, all have the stated dtypes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LaneOp {
    /// A constant in every lane.
    Const(Scalar),
    /// Input number `.0` of the program; the kernel says what it is.
    Input(u32),
    /// As [`hypatia_ir::op::Op::Unary`].
    Unary(UnaryOp, Lane),
    /// As [`hypatia_ir::op::Op::Binary`].
    Binary(BinaryOp, Lane, Lane),
    /// As [`hypatia_ir::op::Op::Compare`]; the result is `bool`.
    Compare(CompareOp, Lane, Lane),
    /// As [`hypatia_ir::op::Op::Select`]: mask, then, else.
    Select(Lane, Lane, Lane),
    /// As [`hypatia_ir::op::Op::RandomBits`]: seed, stream, counter.
    RandomBits(u8, Lane, Lane, Lane),
    /// As [`hypatia_ir::op::Op::Cast`], to the instruction's dtype.
    Cast(Lane),
}

/// A lane program in the ops of the graph.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Program {
    /// Instructions with the dtype of their results.
    pub instructions: Vec<(LaneOp, DType)>,
}

impl Program {
    /// Appends an instruction and returns its result; equal instructions are shared.
    pub fn push(&mut self, op: LaneOp, dtype: DType) -> Lane {
        self.instructions.push((op, dtype));
        Lane(self.instructions.len() as u32 - 1)
    }

    /// The dtype of a result.
    pub fn dtype(&self, lane: Lane) -> DType {
        self.instructions[lane.0 as usize].1
    }
}
