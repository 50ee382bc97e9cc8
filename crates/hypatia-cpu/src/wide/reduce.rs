//! Reductions: partial results in registers, and the order in which they combine.
//!
//! The order is that of the portable emitter (`emit/reduce.rs`): sixteen partial results by the
//! number of the element, one more for what is left, block by block. Where lanes lie along the
//! columns, the sixteen are the lanes of one, two or four vectors. Of ops that give the same in
//! any order, the elements that are left join the first vector.
//!
//! Invariants: sums and products of floats are the same bits as the portable emitter's.
//!
//! Not here: loops (`strip.rs`).

use super::access::Mask;
use super::code::{Base, Form, Kind, Memory, Style, Value};
use super::codes;
use super::select::Selector;
use super::{Done, Refusal, Wide};
use crate::emit::{BLOCK, identity};
use hypatia_ir::dim::Dim;
use hypatia_ir::dtype::DType;
use hypatia_ir::op::ReduceOp;
use hypatia_lower::lane::machine::MachineBinary;
use iced_x86::code_asm::{dword_ptr, qword_ptr, rcx, rdx, rsp, xmm0};

/// Partial results by the number of the element.
const PARTIALS: usize = 16;

/// A reduction of a phase.
pub(super) struct Sum {
    pub op: ReduceOp,
    pub dtype: DType,
    slot: u32,
    /// Whether the order of the elements matters.
    ordered: bool,
    /// The registers of the partial results.
    pub registers: Vec<u8>,
    /// The length of a block, if the reduction goes block by block.
    pub block: Option<i64>,
    /// Slots: the partial results of all blocks before; elements that are left; their partial
    /// result; that of all blocks before.
    before: i32,
    left: i32,
    rest: i32,
    rest_before: i32,
}

/// Where a body's values go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taking {
    /// Each copy's to its own partial result.
    Groups,
    /// They are what is left of a run.
    Rest,
}

/// The op that combines two partial results.
fn combining(op: ReduceOp) -> MachineBinary {
    match op {
        ReduceOp::Sum => MachineBinary::Add,
        ReduceOp::Prod => MachineBinary::Mul,
        ReduceOp::Max => MachineBinary::Max,
        ReduceOp::Min => MachineBinary::Min,
        ReduceOp::Any => MachineBinary::Or,
        ReduceOp::All => MachineBinary::And,
    }
}

impl Selector<'_> {
    /// Takes the value of one copy of a body into a reduction.
    pub fn take_in(
        &mut self,
        sum: &Sum,
        partials: &[Value],
        (copy, value): (usize, Value),
        how: Taking,
        mask: Option<Mask>,
    ) {
        match (how, mask) {
            (Taking::Rest, _) if sum.ordered => {
                self.save(sum.dtype, value, Memory::at(Base::Frame, sum.left));
            }
            (Taking::Rest, Some(mask)) => {
                let nothing = self.constant(identity(sum.op, sum.dtype));
                let value = self.blend_by(sum.dtype, mask, value, nothing);
                self.combine(sum, partials[0], value);
            }
            (Taking::Groups | Taking::Rest, _) => self.combine(sum, partials[copy], value),
        }
    }

    /// `x` in the lanes of a mask, `y` in the others.
    fn blend_by(&mut self, dtype: DType, mask: Mask, x: Value, y: Value) -> Value {
        match (self.target.evex, dtype.size()) {
            (false, 8) => self.plain(&codes::BLEND_V, Style::Plain, dtype, &[y, x, mask.wide]),
            (_, _) => self.blend(dtype, mask.narrow, x, y),
        }
    }

    /// Combines a partial result with a value, in place.
    fn combine(&mut self, sum: &Sum, partial: Value, value: Value) {
        let new = self.binary(combining(sum.op), sum.dtype, partial, value);
        match self.block.insts.last_mut() {
            Some(last) if last.out == Some(new) && last.style != Style::Destroying => {
                last.out = Some(partial);
            }
            _ => self.copy(sum.dtype, new, partial),
        }
    }

    fn copy(&mut self, dtype: DType, from: Value, to: Value) {
        let form = self.target.form(dtype);
        let code = form.of(&codes::MOVE);
        let copied = self.block.emit(Kind::Vector(form), code, Style::Plain, &[from]);
        if let Some(last) = self.block.insts.last_mut().filter(|i| i.out == Some(copied)) {
            last.out = Some(to);
        }
    }

    /// A value of the reduction's dtype in the frame.
    fn part(&mut self, sum: &Sum, at: i32) -> Value {
        let form = self.target.form(sum.dtype);
        let code = form.sized(&codes::LOAD, 4);
        self.block.load(Kind::Vector(form), code, Memory::at(Base::Frame, at), None)
    }

    fn pair(&mut self, sum: &Sum, x: Value, y: Value) -> Value {
        self.binary(combining(sum.op), sum.dtype, x, y)
    }
}

impl Wide<'_> {
    /// How many vectors of partial results a phase has whose columns lie side by side.
    pub fn partials(&self, phase: usize) -> usize {
        let own = &self.kernel.phases[phase];
        let length = self.expansions[phase].program.instructions.len();
        let ordered = own.reductions.iter().any(|r| self.is_ordered(r.op, r.slot));
        match own.reductions.len() {
            0 => 1,
            _ if ordered => PARTIALS / self.target.count,
            _ if length <= 40 => 4,
            _ => 1,
        }
    }

    fn is_ordered(&self, op: ReduceOp, slot: u32) -> bool {
        let float = self.kernel.slots[slot as usize].is_float();
        float && matches!(op, ReduceOp::Sum | ReduceOp::Prod)
    }

    /// The reductions of a phase before their first element.
    pub fn start(&mut self, phase: usize, copies: usize, vector: bool) -> Done<Vec<Sum>> {
        let reductions = &self.kernel.phases[phase].reductions;
        let last = self.kernel.columns.last().and_then(Dim::known);
        let sums_floats = |r: &hypatia_lower::kernel::Reduction| {
            r.op == ReduceOp::Sum && self.kernel.slots[r.slot as usize].is_float()
        };
        let long = reductions.iter().any(sums_floats) && last.is_none_or(|n| n > BLOCK);
        // Below are two registers for masks where those are vectors.
        let mut next = if self.target.evex { 32u8 } else { 14 };
        let mut sums = Vec::new();
        for reduction in reductions {
            let dtype = self.kernel.slots[reduction.slot as usize];
            let element = super::target::Target::element(dtype) as i32;
            if dtype == DType::Bool || usize::from(next) < copies + 7 {
                return Err(Refusal::Lacking);
            }
            next -= copies as u8;
            // A vector beyond, for loads that start in the middle.
            let bytes = copies as i32 * self.target.count as i32 * element;
            sums.push(Sum {
                op: reduction.op,
                dtype,
                slot: reduction.slot,
                ordered: vector && self.is_ordered(reduction.op, reduction.slot),
                registers: (next..next + copies as u8).collect(),
                block: long.then_some(BLOCK),
                before: self.frame.slot(bytes + 64),
                left: self.frame.slot(64),
                rest: self.frame.slot(64),
                rest_before: self.frame.slot(64),
            });
        }
        self.begin_block(&sums)?;
        for sum in sums.iter().filter(|s| s.block.is_some()) {
            self.block(false, std::slice::from_ref(sum), &[], |s, _, _| {
                let nothing = s.constant(identity(sum.op, sum.dtype));
                for part in 0..sum.registers.len() as i32 {
                    let at = sum.before + part * s.target.kind(sum.dtype).bytes();
                    s.save(sum.dtype, nothing, Memory::at(Base::Frame, at));
                }
                s.save(sum.dtype, nothing, Memory::at(Base::Frame, sum.rest_before));
            })?;
        }
        Ok(sums)
    }

    /// A block begins: its partial results have seen nothing.
    pub fn begin_block(&mut self, sums: &[Sum]) -> Done {
        for (at, sum) in sums.iter().enumerate() {
            // Earlier partial results stay in their registers.
            self.block(false, &sums[..=at], &[], |s, _, partials| {
                let nothing = s.constant(identity(sum.op, sum.dtype));
                partials[at].iter().for_each(|&p| s.copy(sum.dtype, nothing, p));
                s.save(sum.dtype, nothing, Memory::at(Base::Frame, sum.rest));
            })?;
        }
        Ok(())
    }

    /// A block ends: its partial results join those of the blocks before.
    pub fn end_block(&mut self, sums: &[Sum]) -> Done {
        self.block(false, sums, &[], |s, _, partials| {
            for (sum, own) in sums.iter().zip(partials) {
                let bytes = s.target.kind(sum.dtype).bytes();
                for (part, &value) in (0i32..).zip(own) {
                    let at = sum.before + part * bytes;
                    let before = s.part(sum, at);
                    let joined = s.pair(sum, before, value);
                    s.save(sum.dtype, joined, Memory::at(Base::Frame, at));
                }
                if sum.ordered {
                    let (before, rest) = (s.part(sum, sum.rest_before), s.lane(sum, sum.rest));
                    let joined = s.pair(sum, before, rest);
                    s.save(sum.dtype, joined, Memory::at(Base::Frame, sum.rest_before));
                }
            }
        })
    }

    /// Adds the `rcx` elements that are left of a run to their partial result, in order.
    pub fn add_in_order(&mut self, sum: &Sum) -> Done {
        if !sum.ordered {
            return Ok(());
        }
        let mut head = self.a.create_label();
        let single = sum.dtype == DType::F32;
        let product = sum.op == ReduceOp::Prod;
        self.a.xor(rdx, rdx)?;
        match single {
            true => self.a.vmovss(xmm0, dword_ptr(rsp + sum.rest))?,
            false => self.a.vmovsd(xmm0, qword_ptr(rsp + sum.rest))?,
        }
        self.here(&mut head)?;
        match (single, product) {
            (true, false) => self.a.vaddss(xmm0, xmm0, dword_ptr(rsp + rdx * 4 + sum.left))?,
            (true, true) => self.a.vmulss(xmm0, xmm0, dword_ptr(rsp + rdx * 4 + sum.left))?,
            (false, false) => self.a.vaddsd(xmm0, xmm0, qword_ptr(rsp + rdx * 8 + sum.left))?,
            (false, true) => self.a.vmulsd(xmm0, xmm0, qword_ptr(rsp + rdx * 8 + sum.left))?,
        }
        self.a.inc(rdx)?;
        self.a.cmp(rdx, rcx)?;
        self.a.jl(head)?;
        match single {
            true => self.a.vmovss(dword_ptr(rsp + sum.rest), xmm0)?,
            false => self.a.vmovsd(qword_ptr(rsp + sum.rest), xmm0)?,
        }
        Ok(())
    }

    /// The results, as row values.
    pub fn finish(&mut self, sums: &[Sum], vector: bool) -> Done {
        let rows = self.rows.clone();
        self.block(false, sums, &[], |s, _, partials| {
            for (sum, own) in sums.iter().zip(partials) {
                let bytes = s.target.kind(sum.dtype).bytes();
                let part = |s: &mut Selector<'_>, (at, &value): (usize, &Value)| match sum.block {
                    Some(_) => s.part(sum, sum.before + at as i32 * bytes),
                    None => value,
                };
                let parts: Vec<Value> = own.iter().enumerate().map(|p| part(s, p)).collect();
                let results = if vector { vec![s.joined(sum, &parts)] } else { parts };
                for (group, value) in results.into_iter().enumerate() {
                    match rows.get(&(sum.slot, group)) {
                        Some(row) => s.save(sum.dtype, value, row.1),
                        None => s.block.lacks = true,
                    }
                }
            }
        })
    }
}

/// How the lanes of a vector change places before they are combined with themselves.
#[derive(Clone, Copy)]
enum Swap {
    /// Within each 16 bytes.
    Lanes(u8),
    /// The 16 bytes as wholes.
    Blocks(u8),
}

/// By the form of vectors and the size of elements: swaps of each partial result, then of their
/// sum. With four, two or one of them (of 4, 8 or 16 lanes) they combine quarters `(a + b) + (c + d)`
/// and then four lanes likewise.
fn swaps(form: Form, size: usize) -> (&'static [Swap], &'static [Swap]) {
    use Swap::{Blocks, Lanes};
    match (form, size) {
        (Form::Evex64, 8) => (&[Blocks(0x4e)], &[Lanes(0x55), Blocks(0xb1)]),
        (Form::Evex64, _) => (&[], &[Blocks(0xb1), Blocks(0x4e), Lanes(0xb1), Lanes(0x4e)]),
        (Form::Evex32 | Form::Avx32, 4) => (&[Blocks(1)], &[Lanes(0xb1), Lanes(0x4e)]),
        (Form::Evex32 | Form::Avx32, _) => (&[], &[Lanes(5), Blocks(1)]),
        (Form::Avx16, _) => (&[], &[Lanes(0xb1), Lanes(0x4e)]),
    }
}

impl Selector<'_> {
    /// The result of partial results, in every lane.
    fn joined(&mut self, sum: &Sum, parts: &[Value]) -> Value {
        let size = super::target::Target::element(sum.dtype);
        let (each, all) = swaps(self.target.form(sum.dtype), size);
        let mut parts: Vec<Value> = parts.iter().map(|&p| self.swapped(sum, each, p)).collect();
        while parts.len() > 1 {
            parts = parts
                .chunks(2)
                .map(|pair| match *pair {
                    [x, y] => self.pair(sum, x, y),
                    _ => pair[0],
                })
                .collect();
        }
        let value = self.swapped(sum, all, parts[0]);
        if !sum.ordered {
            return value;
        }
        let rest = if sum.block.is_some() { sum.rest_before } else { sum.rest };
        let rest = self.lane(sum, rest);
        self.pair(sum, value, rest)
    }

    fn swapped(&mut self, sum: &Sum, swaps: &[Swap], value: Value) -> Value {
        swaps.iter().fold(value, |value, swap| {
            let dtype = sum.dtype;
            let (pair, operands, by): (_, &[Value], _) = match *swap {
                Swap::Lanes(by) => (&codes::SWAP_LANES, &[value], by),
                Swap::Blocks(by) => (&codes::SWAP_BLOCKS, &[value, value], by),
            };
            let other = self.immediate(pair, Style::Plain, dtype, operands, Some(by));
            self.pair(sum, value, other)
        })
    }
}

impl Selector<'_> {
    /// One element of the reduction's dtype in the frame, in every lane.
    fn lane(&mut self, sum: &Sum, at: i32) -> Value {
        self.spread(sum.dtype, Memory::at(Base::Frame, at))
    }
}
