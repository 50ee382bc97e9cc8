//! Loops over lanes: what runs ahead, the loop over whole groups, and the points that are left.
//!
//! Invariants: the loop's index is in `r14`, its end in `r13`; a loop without points reads and
//! writes nothing.
//!
//! Not here: what is inside (`body.rs`), rows (`nest.rs`).

use super::ahead::Homes;
use super::analysis::Analysis;
use super::body::How;
use super::pointers::{Pointers, slot};
use super::reduce::{Sum, Taking};
use super::{Done, Wide};
use hypatia_lower::kernel::Kernel;
use iced_x86::code_asm::{r13, r14, rcx};

/// Phases that run together along one axis, or once.
pub(super) struct Strip {
    pub phases: Vec<usize>,
    /// The axis of the loop.
    pub along: Option<usize>,
    /// Whether lanes lie along it.
    pub vector: bool,
    /// Whether all lanes are one point.
    pub single: bool,
    /// Whether only the lanes of the mask count.
    pub masked: bool,
    /// Groups of lanes at once.
    pub copies: usize,
}

impl Strip {
    /// A loop.
    pub fn along(phases: Vec<usize>, axis: usize, vector: bool) -> Strip {
        Strip { phases, along: Some(axis), vector, single: false, masked: false, copies: 1 }
    }

    /// One run of a row phase.
    pub fn once(phase: usize, copies: usize, single: bool, masked: bool) -> Strip {
        Strip { phases: vec![phase], along: None, vector: false, single, masked, copies }
    }

    /// How many copies have values of their own ahead of the loop.
    pub fn homes(&self) -> usize {
        self.copies
    }

    /// Whether a row value that a phase reads comes from a phase of the strip before it.
    pub fn defines(&self, kernel: &Kernel, phase: usize, slot: u32) -> bool {
        let before = self.phases.iter().take_while(|p| **p != phase);
        before.flat_map(|&p| &kernel.phases[p].defines).any(|d| d.0 == slot)
    }
}

impl Wide<'_> {
    /// Runs a strip.
    pub fn strip(&mut self, strip: &Strip, sums: &[Sum]) -> Done {
        let mark = self.frame.mark();
        let all: Vec<Analysis> = strip.phases.iter().map(|&p| self.analysis(strip, p)).collect();
        match strip.along {
            None => self.once(strip, &all)?,
            Some(_) => {
                let mut none = self.a.create_label();
                self.a.cmp(r14, r13)?;
                self.a.jge(none)?;
                let homes = self.ahead(strip, &all, sums)?;
                let mut pointers = self.pointers(strip, &all);
                self.set_pointers(strip, &mut pointers)?;
                match strip.vector {
                    true => self.lanes(strip, &all, &homes, &mut pointers, sums)?,
                    false => self.points(strip, &all, &homes, &mut pointers, sums)?,
                }
                self.here(&mut none)?;
            }
        }
        self.frame.release(mark);
        Ok(())
    }

    fn once(&mut self, strip: &Strip, all: &[Analysis]) -> Done {
        let stores = strip.phases.iter().any(|&p| !self.kernel.phases[p].stores.is_empty());
        let homes = self.ahead(strip, all, &[])?;
        let mut pointers = self.pointers(strip, all);
        self.set_pointers(strip, &mut pointers)?;
        if strip.single && stores {
            self.a.mov(rcx, 1i64)?;
            self.set_mask()?;
        }
        let how = How {
            copies: strip.copies,
            masked: strip.masked || strip.single && stores,
            stream: false,
            sums: &[],
            taking: Taking::Groups,
        };
        let pinned = self.body(strip, all, &homes, &mut pointers, how)?;
        let code = self.placed(&pinned)?;
        self.instructions(&code, &pointers.at)
    }

    /// Lanes along the axis of the loop: whole groups, then the rest under a mask.
    fn lanes(
        &mut self,
        strip: &Strip,
        all: &[Analysis],
        homes: &Homes,
        pointers: &mut Pointers,
        sums: &[Sum],
    ) -> Done {
        let step = (strip.copies * self.target.count) as i32;
        let mut after = self.a.create_label();
        self.a.sub(r13, step)?;
        self.a.cmp(r14, r13)?;
        self.a.jg(after)?;
        let copies = strip.copies;
        let ordinary = How { copies, masked: false, stream: false, sums, taking: Taking::Groups };
        if self.may_stream(strip) {
            let mut label = self.a.create_label();
            self.unless_streaming(strip, pointers, label)?;
            let past = How { stream: true, ..ordinary };
            self.groups_of_lanes(strip, all, homes, pointers, past)?;
            self.a.sfence()?;
            self.a.jmp(after)?;
            self.here(&mut label)?;
        }
        self.groups_of_lanes(strip, all, homes, pointers, ordinary)?;
        self.here(&mut after)?;
        self.a.add(r13, step)?;
        self.rest(strip, all, homes, pointers, sums)
    }

    /// Whole groups while the index is not above the end; there is one at least.
    fn groups_of_lanes(
        &mut self,
        strip: &Strip,
        all: &[Analysis],
        homes: &Homes,
        pointers: &mut Pointers,
        how: How<'_>,
    ) -> Done {
        let step = strip.copies * self.target.count;
        let mut pinned = self.body(strip, all, homes, pointers, how)?;
        self.keep(&mut pinned)?;
        let code = self.placed(&pinned)?;
        let mut head = self.a.create_label();
        self.here(&mut head)?;
        self.instructions(&code, &pointers.at)?;
        self.step_pointers(strip, pointers, step)?;
        self.a.add(r14, step as i32)?;
        self.a.cmp(r14, r13)?;
        self.a.jle(head)?;
        Ok(())
    }

    fn rest(
        &mut self,
        strip: &Strip,
        all: &[Analysis],
        homes: &Homes,
        pointers: &mut Pointers,
        sums: &[Sum],
    ) -> Done {
        let (mut head, mut after) = (self.a.create_label(), self.a.create_label());
        let how = How { copies: 1, masked: true, stream: false, sums, taking: Taking::Rest };
        let pinned = self.body(strip, all, homes, pointers, how)?;
        let code = self.placed(&pinned)?;
        self.here(&mut head)?;
        self.a.mov(rcx, r13)?;
        self.a.sub(rcx, r14)?;
        self.a.jle(after)?;
        if strip.copies > 1 {
            let mut few = self.a.create_label();
            self.a.cmp(rcx, self.target.count as i32)?;
            self.a.jle(few)?;
            self.a.mov(rcx, self.target.count as i64)?;
            self.here(&mut few)?;
        }
        self.set_mask()?;
        self.instructions(&code, &pointers.at)?;
        for sum in sums {
            self.add_in_order(sum)?;
        }
        if strip.copies > 1 {
            self.step_pointers(strip, pointers, self.target.count)?;
            self.a.add(r14, rcx)?;
            self.a.jmp(head)?;
        }
        self.here(&mut after)
    }

    /// The points along an axis one after the other, rows side by side.
    fn points(
        &mut self,
        strip: &Strip,
        all: &[Analysis],
        homes: &Homes,
        pointers: &mut Pointers,
        sums: &[Sum],
    ) -> Done {
        let how = How {
            copies: strip.copies,
            masked: strip.masked,
            stream: false,
            sums,
            taking: Taking::Groups,
        };
        let mut pinned = self.body(strip, all, homes, pointers, how)?;
        self.keep(&mut pinned)?;
        let code = self.placed(&pinned)?;
        let mut head = self.a.create_label();
        self.here(&mut head)?;
        self.instructions(&code, &pointers.at)?;
        self.step_pointers(strip, pointers, 1)?;
        self.a.inc(r14)?;
        self.a.cmp(r14, r13)?;
        self.a.jl(head)?;
        Ok(())
    }

    /// One pass over the columns of a row, or of some groups of rows.
    pub fn columns(&mut self, phase: usize, groups: usize, masked: bool) -> Done {
        let mark = self.frame.mark();
        let vector = self.fours == crate::emit::Fours::Columns;
        let axis = self.axes.len() - 1;
        let copies = if vector { self.partials(phase) } else { groups };
        let strip =
            Strip { phases: vec![phase], along: Some(axis), vector, single: false, masked, copies };
        let sums = self.start(phase, copies, vector)?;
        self.column_axis(&strip, &sums, 0)?;
        self.finish(&sums, vector)?;
        self.frame.release(mark);
        Ok(())
    }

    /// The loops over a column axis and those inside it.
    fn column_axis(&mut self, strip: &Strip, sums: &[Sum], column: usize) -> Done {
        use iced_x86::code_asm::rax;
        let axis = self.kernel.rows.len() + column;
        let length = self.frame.slot(8);
        self.dim_into(rax, &self.kernel.columns[column], 1)?;
        self.a.mov(slot(length), rax)?;
        let index = slot(self.axes[axis]);
        self.a.mov(index, 0)?;
        if column + 1 < self.kernel.columns.len() {
            return self
                .counted(axis, slot(length), 1, |wide| wide.column_axis(strip, sums, column + 1));
        }
        let Some(block) = sums.iter().find_map(|s| s.block) else {
            self.a.xor(r14, r14)?;
            self.a.mov(r13, rax)?;
            return self.strip(strip, sums);
        };
        let (mut head, mut after) = (self.a.create_label(), self.a.create_label());
        self.here(&mut head)?;
        self.a.mov(r14, index)?;
        self.a.mov(r13, slot(length))?;
        self.a.cmp(r14, r13)?;
        self.a.jge(after)?;
        self.a.lea(rax, iced_x86::code_asm::qword_ptr(r14 + block as i32))?;
        self.a.cmp(r13, rax)?;
        self.a.cmovg(r13, rax)?;
        self.begin_block(sums)?;
        self.strip(strip, sums)?;
        self.end_block(sums)?;
        self.a.add(index, block as i32)?;
        self.a.jmp(head)?;
        self.here(&mut after)
    }
}
