//! Reductions over the columns of a row: partial results and the order in which they combine.
//!
//! Where the columns run four at a time, element `j` of each run along the innermost axis goes to
//! partial result `j mod 16` while whole groups of 16 last, and to one more partial result, in
//! order, after that. At the end partials `l`, `4+l`, `8+l`, `12+l` combine as
//! `(a + b) + (c + d)` for each `l`, the four results likewise, and the last partial is added.
//! Where they run one by one, there is one partial result, in order.
//!
//! A sum of floats along an axis of more than [`BLOCK`] elements goes block by block: each block
//! has partial results of its own, which are added to those of the blocks before. So the error
//! grows with the length of a block and the number of blocks, not with their product.
//!
//! Invariants: the order depends on the kernel and its lengths alone, so a wider emitter can
//! keep it.
//!
//! Not here: the loops (`emit/nest.rs`).

use super::Emitter;
use super::op::binary;
use super::vector::{Registers, Width, constant, register_type, unpack};
use cranelift_frontend::Variable;
use hypatia_ir::dtype::DType;
use hypatia_ir::op::ReduceOp;
use hypatia_ir::scalar::Scalar;
use hypatia_lower::lane::machine::MachineBinary;

/// How many vector partials there are: groups of `4 · PARTIALS` elements.
pub(super) const PARTIALS: usize = 4;

/// How many elements along the innermost axis are summed before they join the sum of all: a
/// multiple of the groups, about the square root of the longest axes.
pub(crate) const BLOCK: i64 = 4096;

/// A partial result in variables.
struct Partial {
    width: Width,
    registers: Vec<Variable>,
}

/// The partial results of one reduction.
pub(super) struct Accumulator {
    op: ReduceOp,
    dtype: DType,
    /// For points four at a time; empty if there are none.
    fours: Vec<Partial>,
    /// For all other points.
    rest: Partial,
    /// The sums of all blocks before, fours first; empty without blocks.
    before: Vec<Partial>,
}

impl Emitter<'_, '_> {
    /// A reduction that has seen nothing. `row` is the width of the rows; `fours` says whether
    /// columns come four at a time.
    pub fn start(
        &mut self,
        op: ReduceOp,
        dtype: DType,
        row: Width,
        fours: bool,
        blocks: bool,
    ) -> Accumulator {
        let count = if fours { PARTIALS } else { 0 };
        let mut all = || -> Vec<Partial> {
            let mut all: Vec<Partial> =
                (0..count).map(|_| self.partial(op, dtype, Width::Four)).collect();
            all.push(self.partial(op, dtype, row));
            all
        };
        let before = if blocks { all() } else { Vec::new() };
        let mut fours = all();
        let rest = fours.pop().unwrap_or(Partial { width: row, registers: Vec::new() });
        Accumulator { op, dtype, fours, rest, before }
    }

    /// A block begins: its partial results have seen nothing.
    pub fn begin_block(&mut self, sum: &Accumulator) {
        for partial in sum.partials() {
            let start = constant(&mut self.b, partial.width, identity(sum.op, sum.dtype));
            self.define(partial, start);
        }
    }

    /// A block ends: its partial results join those of the blocks before.
    pub fn end_block(&mut self, sum: &Accumulator) {
        for (partial, before) in sum.partials().zip(&sum.before) {
            let (old, new) = (self.value(before), self.value(partial));
            let joined = self.combine(sum, partial.width, old, new);
            self.define(before, joined);
        }
    }

    fn define(&mut self, partial: &Partial, value: Registers) {
        for (&variable, value) in partial.registers.iter().zip(value.all()) {
            self.b.def_var(variable, value);
        }
    }

    fn partial(&mut self, op: ReduceOp, dtype: DType, width: Width) -> Partial {
        let start = constant(&mut self.b, width, identity(op, dtype));
        let mut registers = Vec::new();
        for value in start.all() {
            let variable = self.b.declare_var(register_type(dtype, width));
            self.b.def_var(variable, value);
            registers.push(variable);
        }
        Partial { width, registers }
    }

    fn value(&mut self, partial: &Partial) -> Registers {
        match *partial.registers.as_slice() {
            [x, y] => Registers::Pair([self.b.use_var(x), self.b.use_var(y)]),
            [x, ..] => Registers::Single(self.b.use_var(x)),
            [] => Registers::Single(self.missing("a partial result has no register")),
        }
    }

    /// Takes in the value of a point, or of four: number `at` of a group.
    pub fn take_in(&mut self, sum: &Accumulator, at: usize, value: Registers, of_four: bool) {
        let partial = match sum.fours.get(at) {
            Some(partial) if of_four => partial,
            _ => &sum.rest,
        };
        let old = self.value(partial);
        let new = self.combine(sum, partial.width, old, value);
        self.define(partial, new);
    }

    /// The result, of the width of the rows.
    pub fn finish(&mut self, sum: &Accumulator) -> Registers {
        let mut parts: Vec<Registers> = match sum.before.is_empty() {
            true => sum.partials().map(|p| self.value(p)).collect(),
            false => sum.before.iter().map(|p| self.value(p)).collect(),
        };
        let rest = match parts.pop() {
            Some(rest) if !parts.is_empty() => rest,
            Some(rest) => return rest,
            None => return Registers::Single(self.missing("a reduction has no partial result")),
        };
        while parts.len() > 1 {
            let pairs: Vec<(Registers, Registers)> =
                parts.chunks_exact(2).map(|p| (p[0], p[1])).collect();
            parts = pairs.iter().map(|&(x, y)| self.combine(sum, Width::Four, x, y)).collect();
        }
        let lanes = unpack(&mut self.b, sum.dtype, parts[0]).map(Registers::Single);
        let low = self.combine(sum, Width::One, lanes[0], lanes[1]);
        let high = self.combine(sum, Width::One, lanes[2], lanes[3]);
        let four = self.combine(sum, Width::One, low, high);
        self.combine(sum, Width::One, four, rest)
    }

    fn combine(
        &mut self,
        sum: &Accumulator,
        width: Width,
        x: Registers,
        y: Registers,
    ) -> Registers {
        let op = match sum.op {
            ReduceOp::Sum => MachineBinary::Add,
            ReduceOp::Prod => MachineBinary::Mul,
            ReduceOp::Max => MachineBinary::Max,
            ReduceOp::Min => MachineBinary::Min,
            ReduceOp::Any => MachineBinary::Or,
            ReduceOp::All => MachineBinary::And,
        };
        binary(&mut self.b, width, op, sum.dtype, x, y)
    }
}

impl Accumulator {
    /// The partial results of the current block, fours first.
    fn partials(&self) -> impl Iterator<Item = &Partial> {
        self.fours.iter().chain([&self.rest])
    }
}

/// The value that changes nothing.
pub(crate) fn identity(op: ReduceOp, dtype: DType) -> Scalar {
    let least = match dtype {
        DType::Bool | DType::U8 => Scalar::from_i64(dtype, 0),
        DType::I32 => Scalar::new(i32::MIN),
        DType::I64 => Scalar::new(i64::MIN),
        DType::F32 | DType::F64 => Scalar::from_f64(dtype, f64::NEG_INFINITY),
    };
    let most = match dtype {
        DType::Bool => Scalar::new(true),
        DType::U8 => Scalar::new(u8::MAX),
        DType::I32 => Scalar::new(i32::MAX),
        DType::I64 => Scalar::new(i64::MAX),
        DType::F32 | DType::F64 => Scalar::from_f64(dtype, f64::INFINITY),
    };
    match op {
        ReduceOp::Sum => Scalar::from_i64(dtype, 0),
        ReduceOp::Prod => Scalar::from_i64(dtype, 1),
        ReduceOp::Max => least,
        ReduceOp::Min => most,
        ReduceOp::Any => Scalar::from_i64(dtype, 0),
        ReduceOp::All => Scalar::from_i64(dtype, 1),
    }
}
