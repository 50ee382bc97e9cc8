//! The function around the loops: its frame, the rows in its range, and which of them run side by
//! side.
//!
//! Invariants: the same rows in the same groups as the portable emitter has, so that reductions
//! have the same order; registers that belong to the caller are given back.
//!
//! Not here: loops over lanes (`strip.rs`).

use super::code::Base;
use super::code::{Kind, Memory};
use super::frame::{Frame, Pool};
use super::pointers::slot;
use super::strip::Strip;
use super::target::Target;
use super::{Bytes, Done, Wide};
use crate::emit::Fours;
use hypatia_lower::kernel::{Kernel, Scope};
use hypatia_lower::lane::expand::Expansion;
use iced_x86::code_asm::{
    AsmRegister64, CodeAssembler, CodeLabel, qword_ptr, r8, r12, r13, r14, r15, rax, rbp, rbx, rcx,
    rdx, rsi, rsp,
};
use iced_x86::{Code, Instruction, MemoryOperand, Register};
use std::collections::HashMap;

/// Slots of the frame for the function itself.
#[derive(Clone, Copy, Debug)]
pub(super) struct Own {
    /// The stack pointer of the caller.
    stack: i32,
    /// The flat number of the next row, and the one after the last.
    current: i32,
    end: i32,
    /// The rows of the current run along the innermost row axis.
    from: i32,
    last: i32,
    /// Where an index outside its axis is reported.
    pub fault: i32,
}

impl Own {
    fn new(frame: &mut Frame) -> Own {
        let [stack, current, end, from, last, fault] = [(); 6].map(|()| frame.slot(8));
        Own { stack, current, end, from, last, fault }
    }
}

/// Registers that belong to the caller.
const CALLERS: [AsmRegister64; 6] = [rbx, rbp, r12, r13, r14, r15];

impl<'a> Wide<'a> {
    /// The whole function.
    pub fn write(
        kernel: &'a Kernel,
        expansions: &'a [Expansion],
        target: Target,
        fours: Fours,
    ) -> Done<Bytes> {
        let mut frame = Frame::default();
        let own = Own::new(&mut frame);
        let mut a = CodeAssembler::new(64)?;
        let leave = a.create_label();
        let mut wide = Wide {
            a,
            kernel,
            expansions,
            target,
            fours,
            pool: Pool::default(),
            frame,
            dims: HashMap::new(),
            axes: Vec::new(),
            bases: Vec::new(),
            rows: HashMap::new(),
            own,
            leave,
        };
        wide.function()?;
        let groups = wide.groups();
        let entry = wide.pool.bytes().next_multiple_of(64);
        let mut all = wide.pool.finish();
        all.extend(wide.a.assemble(entry as u64)?);
        let rows = match fours {
            Fours::Rows => groups * target.count,
            Fours::Columns | Fours::Nothing => 1,
        };
        Ok(Bytes { all, entry, rows })
    }

    fn function(&mut self) -> Done {
        for register in CALLERS {
            self.a.push(register)?;
        }
        let (mut setup, mut ready) = (self.a.create_label(), self.a.create_label());
        self.a.jmp(setup)?;
        self.here(&mut ready)?;
        self.arguments()?;
        self.bases()?;
        self.all_rows()?;
        let mut leave = self.leave;
        self.here(&mut leave)?;
        self.a.vzeroupper()?;
        self.a.mov(rsp, slot(self.own.stack))?;
        for register in CALLERS.into_iter().rev() {
            self.a.pop(register)?;
        }
        self.a.ret()?;
        // Now it is known how large the frame is.
        self.here(&mut setup)?;
        let bytes = self.frame.bytes();
        self.a.mov(rax, rsp)?;
        // Pages of the stack are there once the one above was touched.
        for page in 1..=bytes / 4096 + 1 {
            self.a.or(qword_ptr(rsp - 4096 * page), 0)?;
        }
        self.a.sub(rsp, bytes)?;
        self.a.and(rsp, -64)?;
        self.a.mov(slot(self.own.stack), rax)?;
        // The constants start at address 0 of the code.
        let constants =
            MemoryOperand::new(Register::RIP, Register::None, 1, 0, 8, false, Register::None);
        self.a.add_instruction(Instruction::with2(Code::Lea_r64_m, Register::R15, constants)?)?;
        self.a.jmp(ready)?;
        Ok(())
    }

    /// Saves the arguments that are needed later: `rdi` stays.
    fn arguments(&mut self) -> Done {
        self.a.mov(slot(self.own.current), rdx)?;
        self.a.mov(slot(self.own.end), rcx)?;
        self.a.mov(slot(self.own.fault), r8)?;
        for (number, dim) in self.kernel.symbolic_dims().into_iter().enumerate() {
            let at = self.frame.slot(8);
            self.a.mov(rax, qword_ptr(rsi + 8 * number as i32))?;
            self.a.mov(slot(at), rax)?;
            self.dims.insert(dim, at);
        }
        let axes = self.kernel.rows.len() + self.kernel.columns.len();
        for _ in 0..axes {
            let at = self.frame.slot(8);
            self.a.mov(slot(at), 0)?;
            self.axes.push(at);
        }
        for (number, &dtype) in self.kernel.slots.iter().enumerate() {
            for group in 0..self.groups() {
                let kind: Kind = self.target.kind(dtype);
                let at = Memory::at(Base::Frame, self.frame.slot(kind.bytes()));
                self.rows.insert((number as u32, group), (kind, at));
            }
        }
        Ok(())
    }

    /// All rows with flat numbers in the range.
    fn all_rows(&mut self) -> Done {
        let own = self.own;
        self.a.mov(rax, slot(own.current))?;
        self.a.cmp(rax, slot(own.end))?;
        let leave = self.leave;
        self.a.jge(leave)?;
        let rows = self.kernel.rows.clone();
        let Some((inner, outer)) = rows.split_last() else { return self.row() };
        // The index along each axis of the first row.
        for (axis, length) in rows.iter().enumerate().skip(1).rev() {
            self.dim_into(rcx, length, 1)?;
            self.a.xor(rdx, rdx)?;
            self.a.div(rcx)?;
            self.a.mov(slot(self.axes[axis]), rdx)?;
        }
        self.a.mov(slot(self.axes[0]), rax)?;
        let place = rows.len() - 1;
        self.a.mov(rax, slot(self.axes[place]))?;
        self.a.mov(slot(own.from), rax)?;
        let mut next = self.a.create_label();
        self.here(&mut next)?;
        // As many rows as are left of this run.
        self.dim_into(rcx, inner, 1)?;
        self.a.mov(rax, slot(own.end))?;
        self.a.sub(rax, slot(own.current))?;
        self.a.add(rax, slot(own.from))?;
        self.a.cmp(rax, rcx)?;
        self.a.cmovg(rax, rcx)?;
        self.a.mov(slot(own.last), rax)?;
        self.a.sub(rax, slot(own.from))?;
        self.a.add(slot(own.current), rax)?;
        self.run(place)?;
        if !outer.is_empty() {
            self.a.mov(slot(own.from), 0)?;
            self.advance(place)?;
            self.a.mov(rax, slot(own.current))?;
            self.a.cmp(rax, slot(own.end))?;
            self.a.jl(next)?;
        }
        Ok(())
    }

    /// The next index of the row axes outside of axis `inner`.
    fn advance(&mut self, inner: usize) -> Done {
        let mut done = self.a.create_label();
        for axis in (0..inner).rev() {
            self.a.add(slot(self.axes[axis]), 1)?;
            if axis > 0 {
                self.dim_into(rax, &self.kernel.rows[axis], 1)?;
                self.a.cmp(slot(self.axes[axis]), rax)?;
                self.a.jl(done)?;
                self.a.mov(slot(self.axes[axis]), 0)?;
            }
        }
        self.here(&mut done)?;

        Ok(())
    }

    /// How many groups of rows run together at most.
    pub(super) fn groups(&self) -> usize {
        let points = self.kernel.phases.iter().filter(|p| p.scope == Scope::Point).count();
        let length: usize = self.expansions.iter().map(|e| e.program.instructions.len()).sum();
        let most = 4;
        match (self.fours, points) {
            (Fours::Rows, 1..) if length <= 12 => most,
            (Fours::Rows, 1..) if length <= 48 => 2,
            _ => 1,
        }
    }

    /// Rows `from` to `last` along the innermost row axis.
    fn run(&mut self, axis: usize) -> Done {
        let own = self.own;
        let index = slot(self.axes[axis]);
        if self.kernel.columns.is_empty() && self.fours == Fours::Rows {
            self.a.mov(r14, slot(own.from))?;
            self.a.mov(r13, slot(own.last))?;
            let phases = (0..self.kernel.phases.len()).collect();
            return self.strip(&Strip::along(phases, axis, true), &[]);
        }
        self.a.mov(rax, slot(own.from))?;
        self.a.mov(index, rax)?;
        if self.fours != Fours::Rows {
            return self.counted(axis, slot(own.last), 1, |wide| wide.row());
        }
        let count = self.target.count;
        for groups in [self.groups(), 1] {
            self.counted(axis, slot(own.last), groups * count, |w| w.rows_at(groups, false))?;
            if groups == 1 {
                break;
            }
        }
        let mut none = self.a.create_label();
        self.a.mov(rcx, slot(own.last))?;
        self.a.sub(rcx, index)?;
        self.a.jle(none)?;
        self.set_mask()?;
        self.rows_at(1, true)?;
        self.here(&mut none)?;

        Ok(())
    }

    /// Runs the body while a whole step along the axis is left.
    pub(super) fn counted(
        &mut self,
        axis: usize,
        end: iced_x86::code_asm::AsmMemoryOperand,
        step: usize,
        mut body: impl FnMut(&mut Self) -> Done,
    ) -> Done {
        let index = slot(self.axes[axis]);
        let (mut head, mut after) = (self.a.create_label(), self.a.create_label());
        self.here(&mut head)?;
        self.a.mov(rax, index)?;
        self.a.add(rax, step as i32)?;
        self.a.cmp(rax, end)?;
        self.a.jg(after)?;
        body(self)?;
        self.a.add(index, step as i32)?;
        self.a.jmp(head)?;
        self.here(&mut after)?;

        Ok(())
    }

    /// All phases of one row; its columns run side by side.
    fn row(&mut self) -> Done {
        for number in 0..self.kernel.phases.len() {
            match self.kernel.phases[number].scope {
                Scope::Row => self.strip(&Strip::once(number, 1, true, false), &[])?,
                Scope::Point => self.columns(number, 1, false)?,
            }
        }
        Ok(())
    }

    /// All phases of some groups of rows that run side by side.
    fn rows_at(&mut self, groups: usize, masked: bool) -> Done {
        for number in 0..self.kernel.phases.len() {
            match self.kernel.phases[number].scope {
                Scope::Row => self.strip(&Strip::once(number, groups, false, masked), &[])?,
                Scope::Point => self.columns(number, groups, masked)?,
            }
        }
        Ok(())
    }

    /// Makes the mask of the first `rcx` lanes.
    pub(super) fn set_mask(&mut self) -> Done {
        use iced_x86::code_asm::{eax, k7, ymm14, ymm15};
        if self.target.evex {
            self.a.mov(eax, -1)?;
            self.a.bzhi(rax, rax, rcx)?;
            self.a.kmovw(k7, eax)?;
            return Ok(());
        }
        // The last of so many ones, then zeros, from a table.
        let count = self.target.count;
        for (size, to) in [(4, ymm15), (8, ymm14)] {
            if count * size > 32 {
                continue;
            }
            let table = [vec![0xff; count * size], vec![0; count * size]].concat();
            let table = self.pool.place(&table);
            self.a.mov(rax, rcx)?;
            self.a.neg(rax)?;
            let first = table + (count * size) as i32;
            self.a.vmovups(to, iced_x86::code_asm::ymmword_ptr(r15 + rax * size as i32 + first))?;
        }
        Ok(())
    }

    /// Puts a label here.
    pub(super) fn here(&mut self, label: &mut CodeLabel) -> Done {
        self.a.set_label(label)?;
        // An instruction has at most one label.
        self.a.zero_bytes()?;
        Ok(())
    }
}
