//! What runs ahead of a loop: values that do not change along it, into slots of the frame.
//!
//! Where there is no loop all inputs come in here.
//!
//! Invariants: nothing that is written here is read before; registers of the sums keep their
//! values.
//!
//! Not here: the loop (`strip.rs`), what is inside it (`body.rs`).

use super::analysis::Analysis;
use super::code::{Base, Kind, Memory};
use super::encode::Pointer;
use super::patterns::Pattern;
use super::pointers::{Access, slot};
use super::reduce::Sum;
use super::strip::Strip;
use super::takes::Lay;
use super::{Done, Refusal, Wide};
use crate::emit::Fours;
use hypatia_ir::dtype::DType;
use hypatia_lower::kernel::Source;
use hypatia_lower::lane::machine::MachineBinary;
use iced_x86::code_asm::{byte_ptr, dword_ptr, eax, qword_ptr, r14, rax, rcx};
use std::collections::HashMap;

/// Where values are that were computed ahead of a loop: by phase, copy and lane.
#[derive(Default)]
pub(super) struct Homes {
    pub lanes: HashMap<(usize, usize, usize), (Kind, Memory)>,
    /// Where the distances between the lanes of an access are, by access and copy.
    pub apart: HashMap<(Access, usize), Vec<Memory>>,
}

impl Wide<'_> {
    pub fn home(&mut self, dtype: DType) -> (Kind, Memory) {
        let kind = self.target.kind(dtype);
        (kind, Memory::at(Base::Frame, self.frame.slot(kind.bytes())))
    }

    /// Brings in what does not change along the strip's loop, and where counting starts.
    pub fn ahead(&mut self, strip: &Strip, all: &[Analysis], pins: &[Sum]) -> Done<Homes> {
        let mut homes = Homes::default();
        for (&phase, analysis) in strip.phases.iter().zip(all) {
            for copy in 0..strip.homes() {
                for (lane, number) in self.inputs(analysis) {
                    let access = Access { phase, number };
                    let is_index = match self.kernel.phases[phase].inputs[number] {
                        Source::Row(_) => continue,
                        Source::Index(_) => true,
                        Source::Load { .. } => false,
                    };
                    if analysis.varies[lane] && !is_index {
                        self.apart_ahead(strip, access, copy, &mut homes, pins)?;
                        continue;
                    }
                    let home = self.home(self.dtype(phase, lane));
                    homes.lanes.insert((phase, copy, lane), home);
                    match is_index {
                        true => self.index_ahead(strip, access, copy, home.1, pins)?,
                        false => self.load_ahead(strip, access, copy, home.1, pins)?,
                    }
                }
                self.compute_ahead(strip, (phase, copy), analysis, &mut homes, pins)?;
                let own = &self.kernel.phases[phase];
                for store in 0..own.stores.len() {
                    let access = Access { phase, number: own.inputs.len() + store };
                    self.apart_ahead(strip, access, copy, &mut homes, pins)?;
                }
            }
        }
        Ok(homes)
    }

    /// Puts the bits at `rax`, one element of a dtype, into a slot of their size in registers.
    fn element_ahead(&mut self, dtype: DType) -> Done<i32> {
        let at = self.frame.slot(8);
        match dtype {
            DType::Bool | DType::U8 => {
                self.a.movzx(eax, byte_ptr(rax))?;
                if dtype == DType::Bool {
                    // All ones unless it is 0.
                    self.a.neg(eax)?;
                    self.a.sbb(eax, eax)?;
                }
                self.a.mov(slot(at), rax)?;
            }
            _ if dtype.size() == 4 => {
                self.a.mov(eax, dword_ptr(rax))?;
                self.a.mov(slot(at), rax)?;
            }
            _ => {
                self.a.mov(rax, qword_ptr(rax))?;
                self.a.mov(slot(at), rax)?;
            }
        }
        Ok(at)
    }

    fn load_ahead(
        &mut self,
        strip: &Strip,
        access: Access,
        copy: usize,
        home: Memory,
        pins: &[Sum],
    ) -> Done {
        let Some((_, dtype)) = self.affine(access) else { return Ok(()) };
        let lay = self.lay(strip, access);
        let distances = match lay {
            Lay::Apart => self.distances(strip, access, copy, pins)?,
            Lay::Same | Lay::Side => Vec::new(),
        };
        self.address(access, None)?;
        if lay == Lay::Same {
            let at = self.element_ahead(dtype)?;
            return self.spread_into(dtype, at, home, pins);
        }
        let side = (copy * self.target.count * dtype.size()) as i32;
        let offset = if lay == Lay::Side { side } else { 0 };
        let from = Memory::at(Base::Access(0), offset);
        let pointers = [Pointer::Register(iced_x86::Register::RAX)];
        self.block(strip.masked, pins, &pointers, |s, mask, _| {
            let value = match lay {
                Lay::Apart => s.load_apart(dtype, from, &distances, mask),
                Lay::Same | Lay::Side => s.load(dtype, from, mask),
            };
            s.save(dtype, value, home);
        })
    }

    fn apart_ahead(
        &mut self,
        strip: &Strip,
        access: Access,
        copy: usize,
        homes: &mut Homes,
        pins: &[Sum],
    ) -> Done {
        if self.lay(strip, access) == Lay::Apart {
            let distances = self.distances(strip, access, copy, pins)?;
            homes.apart.insert((access, copy), distances);
        }
        Ok(())
    }

    /// Puts the distances of the lanes of an access from its pointer into the frame, in bytes.
    fn distances(
        &mut self,
        strip: &Strip,
        access: Access,
        copy: usize,
        pins: &[Sum],
    ) -> Done<Vec<Memory>> {
        let (Some(axis), Some((affine, _)), true) =
            (self.lanes_along(strip), self.affine(access), self.target.evex)
        else {
            return Err(Refusal::Lacking);
        };
        let stride = self.frame.slot(8);
        self.dim_into(rax, &affine.strides[axis], self.scale(access))?;
        self.a.mov(slot(stride), rax)?;
        let first = copy * self.target.count;
        let mut homes = Vec::new();
        for part in 0..self.target.count / 8 {
            let home = Memory::at(Base::Frame, self.frame.slot(64));
            homes.push(home);
            let ramp = (0..8).flat_map(|lane| ((first + 8 * part + lane) as i64).to_le_bytes());
            let ramp: Vec<u8> = ramp.collect();
            self.block(false, pins, &[], |s, _, _| {
                s.distances(Memory::at(Base::Frame, stride), &ramp, home);
            })?;
        }
        Ok(homes)
    }

    /// One element in a slot of the frame into every lane of another.
    pub fn spread_into(&mut self, dtype: DType, at: i32, home: Memory, pins: &[Sum]) -> Done {
        let from = Memory::at(Base::Frame, at);
        if self.target.kind(dtype) == Kind::Mask {
            self.a.mov(rax, slot(at))?;
            self.a.mov(slot(home.offset), rax)?;
            return Ok(());
        }
        self.block(false, pins, &[], |s, _, _| {
            let value = s.spread(dtype, from);
            s.save(dtype, value, home);
        })
    }

    /// An index: at the start of the loop if it changes along it.
    fn index_ahead(
        &mut self,
        strip: &Strip,
        access: Access,
        copy: usize,
        home: Memory,
        pins: &[Sum],
    ) -> Done {
        let Some((affine, _)) = self.affine(access) else { return Ok(()) };
        self.address(access, strip.along.filter(|_| strip.vector))?;
        if let (Some(axis), true) = (strip.along, strip.vector) {
            self.dim_into(rcx, &affine.strides[axis], 1)?;
            self.a.imul_2(rcx, r14)?;
            self.a.add(rax, rcx)?;
        }
        let at = self.frame.slot(8);
        self.a.mov(slot(at), rax)?;
        let Some(axis) = self.lanes_along(strip).filter(|_| self.lay(strip, access) != Lay::Same)
        else {
            return self.spread_into(DType::I64, at, home, pins);
        };
        let stride = self.frame.slot(8);
        self.dim_into(rax, &affine.strides[axis], 1)?;
        self.a.mov(slot(stride), rax)?;
        let first = copy * self.target.count;
        self.block(false, pins, &[], |s, _, _| {
            let start = s.spread(DType::I64, Memory::at(Base::Frame, at));
            let stride = s.spread(DType::I64, Memory::at(Base::Frame, stride));
            let ramp = (first..first + s.target.count).flat_map(|i| (i as i64).to_le_bytes());
            let ramp = s.pool.place(&ramp.collect::<Vec<u8>>());
            let ramp = s.block.homed(s.target.kind(DType::I64), Memory::at(Base::Pool, ramp));
            let steps = s.binary(MachineBinary::Mul, DType::I64, stride, ramp);
            let value = s.binary(MachineBinary::Add, DType::I64, start, steps);
            s.save(DType::I64, value, home);
        })
    }

    fn compute_ahead(
        &mut self,
        strip: &Strip,
        (phase, copy): (usize, usize),
        analysis: &Analysis,
        homes: &mut Homes,
        pins: &[Sum],
    ) -> Done {
        if analysis.ahead.is_empty() {
            return Ok(());
        }
        for &lane in &analysis.ahead {
            let home = self.home(self.dtype(phase, lane));
            homes.lanes.insert((phase, copy, lane), home);
        }
        let still = |at: usize| !analysis.varies[at];
        let patterns: Vec<Option<Pattern>> =
            analysis.patterns.iter().enumerate().map(|(i, p)| p.filter(|_| still(i))).collect();
        let program = &self.expansions[phase].program;
        let known = self.known(strip, (phase, copy), analysis, homes, true);
        let dtypes: Vec<DType> = program.instructions.iter().map(|i| i.1).collect();
        let (own, ahead) = (&*homes, &analysis.ahead);
        self.block(strip.masked, pins, &[], |s, _, _| {
            let mut lanes = s.outside(&known);
            s.program(program, &patterns, &mut lanes);
            for &lane in ahead {
                if let (Some(value), Some(home)) =
                    (lanes[lane], own.lanes.get(&(phase, copy, lane)))
                {
                    s.save(dtypes[lane], value, home.1);
                }
            }
        })
    }

    /// Where lanes of a phase are before its code runs: with `ahead`, before what is computed
    /// ahead of the loop.
    pub fn known(
        &self,
        strip: &Strip,
        (phase, copy): (usize, usize),
        analysis: &Analysis,
        homes: &Homes,
        ahead: bool,
    ) -> Vec<Option<(Kind, Memory)>> {
        let own = copy.min(strip.homes() - 1);
        let mut known: Vec<Option<(Kind, Memory)>> = vec![None; analysis.patterns.len()];
        for (lane, number) in self.inputs(analysis) {
            known[lane] = match self.kernel.phases[phase].inputs[number] {
                Source::Row(_) if analysis.varies[lane] => None,
                Source::Row(slot) => {
                    let group = if self.fours == Fours::Rows { copy } else { 0 };
                    self.rows.get(&(slot, group)).copied()
                }
                _ if ahead && analysis.varies[lane] => None,
                _ => homes.lanes.get(&(phase, own, lane)).copied(),
            };
        }
        if !ahead {
            for &lane in &analysis.ahead {
                known[lane] = homes.lanes.get(&(phase, own, lane)).copied();
            }
        }
        known
    }
}
