//! What runs inside a loop and what runs ahead of it: the lanes of phases as straight-line code.
//!
//! What does not change along the loop is computed ahead of it, into slots of the frame. Inputs
//! come in there too where there is no loop.
//!
//! Invariants: all loads of a group of points come before its stores.
//!
//! Not here: loops (`strip.rs`), reductions (`reduce.rs`).

use super::access::Mask;
use super::allocate::{Allocation, Files, Pins, Place, Placed, allocate, register};
use super::code::{Base, Block, Inst, Kind, Memory, Value, load_code};
use super::codes;
use super::encode::{Pointer, encode};
use super::patterns::{Pattern, patterns};
use super::pointers::{Access, Pointers, slot};
use super::reduce::{Sum, Taking};
use super::select::{Lanes, Selector};
use super::strip::Strip;
use super::{Done, Refusal, Wide};
use crate::emit::Fours;
use hypatia_ir::dtype::DType;
use hypatia_lower::kernel::Source;
use hypatia_lower::lane::Lane;
use hypatia_lower::lane::machine::{MachineBinary, MachineOp};
use iced_x86::code_asm::{byte_ptr, dword_ptr, eax, qword_ptr, r14, rax, rcx};
use std::collections::HashMap;

/// What is known of a phase before code is written for it.
pub(super) struct Analysis {
    /// What is emitted for each lane.
    pub patterns: Vec<Option<Pattern>>,
    /// Whether the lane changes along the loop.
    pub varies: Vec<bool>,
    /// Lanes that do not, are no constants, and are read by those that do.
    pub ahead: Vec<usize>,
}

/// Where values are that were computed ahead of a loop: by phase, copy and lane.
pub(super) type Homes = HashMap<(usize, usize, usize), (Kind, Memory)>;

impl<'a> Wide<'a> {
    /// The axis along which lanes lie; `None` where they all are the same point.
    fn lanes_along(&self, strip: &Strip) -> Option<usize> {
        match (strip.single, self.fours) {
            (true, _) | (_, Fours::Nothing) => None,
            (false, Fours::Rows) => self.kernel.rows.len().checked_sub(1),
            (false, Fours::Columns) => {
                (self.kernel.rows.len() + self.kernel.columns.len()).checked_sub(1)
            }
        }
    }

    /// Whether lanes of an access differ.
    fn spreads_out(&self, strip: &Strip, access: Access) -> bool {
        match (self.lanes_along(strip), self.affine(access)) {
            (Some(axis), Some((affine, _))) => !affine.strides[axis].is(0),
            _ => false,
        }
    }

    pub fn analysis(&self, strip: &Strip, number: usize) -> Analysis {
        let phase = &self.kernel.phases[number];
        let expansion = &self.expansions[number];
        let program = &expansion.program;
        let stores = phase.stores.iter().map(|s| s.value);
        let sums = phase.reductions.iter().map(|r| r.value);
        let defines = phase.defines.iter().map(|d| d.1);
        let roots: Vec<Lane> =
            stores.chain(sums).chain(defines).map(|l| expansion.lane(l)).collect();
        let patterns = patterns(program, &roots, self.target.evex);
        let mut varies = vec![false; program.instructions.len()];
        for (at, pattern) in patterns.iter().enumerate() {
            varies[at] = match pattern {
                None | Some(Pattern::Op(MachineOp::Const(_))) => false,
                Some(Pattern::Op(MachineOp::Input(input))) => {
                    self.input_varies(strip, number, *input as usize)
                }
                Some(_) if strip.along.is_none() => true,
                Some(p) => p.operands().iter().any(|l| varies[l.0 as usize]),
            };
        }
        let mut read = vec![false; program.instructions.len()];
        roots.iter().for_each(|l| read[l.0 as usize] = true);
        for (pattern, _) in patterns.iter().zip(&varies).filter(|(_, v)| **v) {
            let operands = pattern.iter().flat_map(Pattern::operands);
            operands.for_each(|l| read[l.0 as usize] = true);
        }
        let computed = |at: usize| {
            !matches!(
                patterns[at],
                None | Some(Pattern::Op(MachineOp::Const(_) | MachineOp::Input(_)))
            )
        };
        let ahead = (0..read.len()).filter(|&i| read[i] && !varies[i] && computed(i)).collect();
        Analysis { patterns, varies, ahead }
    }

    fn input_varies(&self, strip: &Strip, phase: usize, number: usize) -> bool {
        match (&self.kernel.phases[phase].inputs[number], strip.along) {
            (Source::Row(slot), _) => strip.defines(self.kernel, phase, *slot),
            (_, None) => false,
            (Source::Load { index, .. } | Source::Index(index), Some(axis)) => {
                !index.strides[axis].is(0)
            }
        }
    }

    /// The input lanes of a phase that are needed, with the number of the input.
    pub fn inputs(&self, analysis: &Analysis) -> Vec<(usize, usize)> {
        let input = |(at, pattern): (usize, &Option<Pattern>)| match pattern {
            Some(Pattern::Op(MachineOp::Input(number))) => Some((at, *number as usize)),
            _ => None,
        };
        analysis.patterns.iter().enumerate().filter_map(input).collect()
    }

    fn dtype(&self, phase: usize, lane: usize) -> DType {
        self.expansions[phase].program.instructions[lane].1
    }

    pub fn home(&mut self, dtype: DType) -> (Kind, Memory) {
        let kind = self.target.kind(dtype);
        (kind, Memory::at(Base::Frame, self.frame.slot(kind.bytes())))
    }

    /// Brings in what does not change along the strip's loop, and where counting starts.
    pub fn ahead(&mut self, strip: &Strip, all: &[Analysis], pins: &[Sum]) -> Done<Homes> {
        let mut homes = Homes::new();
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
                        continue;
                    }
                    let home = self.home(self.dtype(phase, lane));
                    homes.insert((phase, copy, lane), home);
                    match is_index {
                        true => self.index_ahead(strip, access, copy, home.1, pins)?,
                        false => self.load_ahead(strip, access, copy, home.1, pins)?,
                    }
                }
                self.compute_ahead(strip, (phase, copy), analysis, &mut homes, pins)?;
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
        self.address(access, None)?;
        if self.spreads_out(strip, access) {
            let offset = (copy * self.target.count * dtype.size()) as i32;
            let from = Memory::at(Base::Access(0), offset);
            let pointers = [super::encode::Pointer::Register(iced_x86::Register::RAX)];
            return self.block(strip.masked, pins, &pointers, |s, mask, _| {
                let value = s.load(dtype, from, mask);
                s.save(dtype, value, home);
            });
        }
        let at = self.element_ahead(dtype)?;
        self.spread_into(dtype, at, home, pins)
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
        let Some(axis) = self.lanes_along(strip).filter(|_| self.spreads_out(strip, access)) else {
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
            homes.insert((phase, copy, lane), home);
        }
        let still = |at: usize| !analysis.varies[at];
        let patterns: Vec<Option<Pattern>> =
            analysis.patterns.iter().enumerate().map(|(i, p)| p.filter(|_| still(i))).collect();
        let program = &self.expansions[phase].program;
        let known = self.known(strip, (phase, copy), analysis, homes, true);
        let dtypes: Vec<DType> = program.instructions.iter().map(|i| i.1).collect();
        let (kernel_homes, ahead) = (&*homes, &analysis.ahead);
        self.block(strip.masked, pins, &[], |s, _, _| {
            let mut lanes = s.outside(&known);
            s.program(program, &patterns, &mut lanes);
            for &lane in ahead {
                if let (Some(value), Some(home)) =
                    (lanes[lane], kernel_homes.get(&(phase, copy, lane)))
                {
                    s.save(dtypes[lane], value, home.1);
                }
            }
        })
    }

    /// Where lanes of a phase are before its code runs: with `ahead`, before what is computed
    /// ahead of the loop.
    fn known(
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
                _ => homes.get(&(phase, own, lane)).copied(),
            };
        }
        if !ahead {
            for &lane in &analysis.ahead {
                known[lane] = homes.get(&(phase, own, lane)).copied();
            }
        }
        known
    }
}

impl Selector<'_> {
    /// Lanes that are in memory.
    fn outside(&mut self, known: &[Option<(Kind, Memory)>]) -> Lanes {
        known.iter().map(|k| k.map(|(kind, home)| self.block.homed(kind, home))).collect()
    }

    /// A value into the frame.
    pub fn save(&mut self, dtype: DType, value: Value, home: Memory) {
        match self.target.kind(dtype) {
            Kind::Mask => {
                self.block.store(iced_x86::Code::VEX_Kmovw_m16_kr, home, value, None);
            }
            Kind::Vector(form) => self.block.store(form.sized(&codes::STORE, 4), home, value, None),
        }
    }
}

/// A block with the values that have registers from elsewhere.
pub(super) struct Pinned {
    pub block: Block,
    pub pins: Pins,
}

impl<'a> Wide<'a> {
    /// Writes a block; the closure gets the mask in force and the partial results of the sums.
    pub fn written(
        &mut self,
        masked: bool,
        sums: &[Sum],
        write: impl FnOnce(&mut Selector<'_>, Option<Mask>, &[Vec<Value>]),
    ) -> Done<Pinned> {
        let (mut block, mut pins) = (Block::default(), Pins::new());
        let mask = masked.then(|| self.mask(&mut block, &mut pins));
        let mut partials = Vec::new();
        for sum in sums {
            let kind = self.target.kind(sum.dtype);
            let own = sum.registers.iter().map(|&number| {
                let value = block.outside(kind);
                pins.push((value, number));
                value
            });
            partials.push(own.collect());
        }
        let mut selector =
            Selector { target: self.target, block: &mut block, pool: &mut self.pool };
        write(&mut selector, mask, &partials);
        match block.lacks {
            true => Err(Refusal::Lacking),
            false => Ok(Pinned { block, pins }),
        }
    }

    /// The mask that [`Wide::set_mask`] makes.
    fn mask(&self, block: &mut Block, pins: &mut Pins) -> Mask {
        if self.target.evex {
            let mask = block.outside(Kind::Mask);
            pins.push((mask, 7));
            return Mask { narrow: mask, wide: mask };
        }
        let [narrow, wide] = [(4, 15), (8, 14)].map(|(size, number)| {
            let value = block.outside(Kind::Vector(self.target.form_of(size)));
            pins.push((value, number));
            value
        });
        Mask { narrow, wide }
    }

    fn files(&self) -> Files {
        Files { vectors: self.target.vectors() }
    }

    /// Gives registers to a block.
    pub fn placed(&mut self, pinned: &Pinned) -> Done<Allocation> {
        let files = self.files();
        let found = allocate(&pinned.block, files, &pinned.pins, &mut self.frame);
        found.ok_or(Refusal::Lacking)
    }

    /// Keeps in registers what a loop's block would read from memory each time, while there are
    /// registers; loads them here.
    pub fn keep(&mut self, pinned: &mut Pinned) -> Done {
        let mark = self.frame.mark();
        let first = self.placed(pinned)?;
        self.frame.release(mark);
        let most = usize::from(self.files().vectors);
        // A slot that the block itself writes is read anew each time.
        let written: Vec<Memory> = pinned.block.insts.iter().filter_map(Inst::written).collect();
        let spare = most.saturating_sub(first.pressure + 2);
        let mut often: Vec<(u32, Value)> = (0u32..)
            .zip(&first.reloads)
            .filter(|(_, n)| **n > 0)
            .map(|(v, n)| (*n, Value(v)))
            .filter(|(_, v)| {
                let known = pinned.block.values[v.0 as usize];
                known.kind != Kind::Mask && known.home.is_none_or(|h| !written.contains(&h))
            })
            .collect();
        often.sort_by_key(|&(n, v)| (std::cmp::Reverse(n), v));
        let taken: Vec<u8> = pinned.pins.iter().map(|p| p.1).collect();
        let free = (0..most as u8).rev().filter(|n| !taken.contains(n));
        for ((_, value), number) in often.into_iter().take(spare).zip(free) {
            let known = pinned.block.values[value.0 as usize];
            let Some(home) = known.home else { continue };
            let own = Place::Register(register(known.kind, number));
            let code = load_code(known.kind, home);
            self.instruction(&Placed::plain(code, vec![own, Place::Memory(home)]), &[])?;
            pinned.pins.push((value, number));
        }
        Ok(())
    }

    fn instruction(&mut self, placed: &Placed, pointers: &[Pointer]) -> Done {
        for instruction in encode(placed, pointers)? {
            self.a.add_instruction(instruction)?;
        }
        Ok(())
    }

    pub fn instructions(&mut self, all: &Allocation, pointers: &[Pointer]) -> Done {
        all.code.iter().try_for_each(|placed| self.instruction(placed, pointers))
    }

    /// Writes a block and emits it here.
    pub fn block(
        &mut self,
        masked: bool,
        sums: &[Sum],
        pointers: &[Pointer],
        write: impl FnOnce(&mut Selector<'_>, Option<Mask>, &[Vec<Value>]),
    ) -> Done {
        let pinned = self.written(masked, sums, write)?;
        let all = self.placed(&pinned)?;
        self.instructions(&all, pointers)
    }

    /// The pointers that the body of a strip needs.
    pub fn pointers(&self, strip: &Strip, all: &[Analysis]) -> Pointers {
        let mut pointers = Pointers::default();
        for (&phase, analysis) in strip.phases.iter().zip(all) {
            let own = &self.kernel.phases[phase];
            for (lane, number) in self.inputs(analysis) {
                if analysis.varies[lane] && matches!(own.inputs[number], Source::Load { .. }) {
                    pointers.of(Access { phase, number });
                }
            }
            for store in 0..own.stores.len() {
                pointers.of(Access { phase, number: own.inputs.len() + store });
            }
        }
        pointers
    }

    /// Where the lanes of an access are, for one copy of the body.
    fn lanes_at(
        &self,
        strip: &Strip,
        pointers: &mut Pointers,
        access: Access,
        copy: usize,
    ) -> Memory {
        let size = self.scale(access);
        let out = self.spreads_out(strip, access);
        let offset = if out { copy as i64 * self.target.count as i64 * size } else { 0 };
        Memory {
            base: Base::Access(pointers.of(access)),
            offset: offset as i32,
            scale: strip.vector.then_some(size as u32),
            spread: 0,
        }
    }

    /// The body of a strip.
    pub fn body(
        &mut self,
        strip: &Strip,
        all: &[Analysis],
        homes: &Homes,
        pointers: &mut Pointers,
        how: How<'_>,
    ) -> Done<Pinned> {
        let mut plans = Vec::new();
        for (&phase, analysis) in strip.phases.iter().zip(all) {
            for copy in 0..how.copies {
                plans.push(self.plan(strip, (phase, copy), analysis, homes, pointers));
            }
        }
        let steps = self.counters(strip, all, homes, how.copies)?;
        let (rows, expansions) = (&self.rows.clone(), self.expansions);
        self.written(how.masked, how.sums, |s, mask, partials| {
            let mut defined: HashMap<(u32, usize), Value> = HashMap::new();
            for plan in &plans {
                let mut lanes = s.outside(&plan.known);
                for &(lane, slot) in &plan.defined {
                    lanes[lane] = defined.get(&(slot, plan.copy)).copied();
                }
                for &(lane, dtype, from, out) in &plan.loads {
                    lanes[lane] = Some(match (out, dtype) {
                        (true, _) => s.load(dtype, from, mask),
                        (false, DType::Bool | DType::U8) => s.lacking(dtype),
                        (false, _) => s.spread(dtype, from),
                    });
                }
                let program = &expansions[plan.phase].program;
                s.program(program, &plan.patterns, &mut lanes);
                let of = |lane: usize| lanes[lane].ok_or(Refusal::Lacking);
                for &(lane, dtype, to) in &plan.stores {
                    if let Ok(value) = of(lane) {
                        s.store(dtype, to, value, mask, how.stream);
                    }
                }
                for &(slot, lane) in &plan.defines {
                    if let (Ok(value), Some(home)) = (of(lane), rows.get(&(slot, plan.copy))) {
                        s.save(program.instructions[lane].1, value, home.1);
                        defined.insert((slot, plan.copy), value);
                    }
                }
                for ((sum, own), &lane) in how.sums.iter().zip(partials).zip(&plan.sums) {
                    if let Ok(value) = of(lane) {
                        s.take_in(sum, own, (plan.copy, value), how.taking, mask);
                    }
                }
            }
            for &(home, step) in &steps {
                let kind = s.target.kind(DType::I64);
                let (at, step) = (s.block.homed(kind, home), s.block.homed(kind, step));
                let next = s.binary(MachineBinary::Add, DType::I64, at, step);
                s.save(DType::I64, next, home);
            }
        })
    }

    fn plan(
        &self,
        strip: &Strip,
        (phase, copy): (usize, usize),
        analysis: &Analysis,
        homes: &Homes,
        pointers: &mut Pointers,
    ) -> Plan {
        let own = &self.kernel.phases[phase];
        let expansion = &self.expansions[phase];
        let of = |lane: Lane| expansion.lane(lane).0 as usize;
        let mut loads = Vec::new();
        let mut defined = Vec::new();
        for (lane, number) in self.inputs(analysis).into_iter().filter(|i| analysis.varies[i.0]) {
            let access = Access { phase, number };
            match own.inputs[number] {
                Source::Load { .. } => {
                    let from = self.lanes_at(strip, pointers, access, copy);
                    let out = self.spreads_out(strip, access);
                    loads.push((lane, self.dtype(phase, lane), from, out));
                }
                Source::Row(slot) => defined.push((lane, slot)),
                Source::Index(_) => {}
            }
        }
        let stores = own.stores.iter().enumerate().map(|(store, s)| {
            let access = Access { phase, number: own.inputs.len() + store };
            let to = self.lanes_at(strip, pointers, access, copy);
            (of(s.value), self.kernel.params[s.buffer as usize].dtype, to)
        });
        let kept = |(at, pattern): (usize, &Option<Pattern>)| {
            let constant = matches!(pattern, Some(Pattern::Op(MachineOp::Const(_))));
            pattern.filter(|_| analysis.varies[at] || constant)
        };
        Plan {
            phase,
            copy,
            known: self.known(strip, (phase, copy), analysis, homes, false),
            loads,
            defined,
            stores: stores.collect(),
            patterns: analysis.patterns.iter().enumerate().map(kept).collect(),
            defines: own.defines.iter().map(|&(slot, lane)| (slot, of(lane))).collect(),
            sums: own.reductions.iter().map(|r| of(r.value)).collect(),
        }
    }

    /// The slots of indices that change along the loop, and those of their steps.
    fn counters(
        &mut self,
        strip: &Strip,
        all: &[Analysis],
        homes: &Homes,
        copies: usize,
    ) -> Done<Vec<(Memory, Memory)>> {
        let mut found = Vec::new();
        let Some(axis) = strip.along else { return Ok(found) };
        for (&phase, analysis) in strip.phases.iter().zip(all) {
            for (lane, number) in self.inputs(analysis) {
                let Source::Index(affine) = &self.kernel.phases[phase].inputs[number] else {
                    continue;
                };
                if !analysis.varies[lane] {
                    continue;
                }
                let each = if strip.vector { (copies * self.target.count) as i64 } else { 1 };
                let at = self.frame.slot(8);
                self.dim_into(rax, &affine.strides[axis], each)?;
                self.a.mov(slot(at), rax)?;
                let step = self.home(DType::I64).1;
                self.spread_into(DType::I64, at, step, &[])?;
                for copy in 0..copies.min(strip.homes()) {
                    if let Some(home) = homes.get(&(phase, copy, lane)) {
                        found.push((home.1, step));
                    }
                }
            }
        }
        Ok(found)
    }
}

/// How a body takes points.
#[derive(Clone, Copy)]
pub(super) struct How<'s> {
    /// Groups of lanes at once.
    pub copies: usize,
    pub masked: bool,
    /// Stores past the cache.
    pub stream: bool,
    pub sums: &'s [Sum],
    pub taking: Taking,
}

/// One copy of a phase's code, with its places in memory.
struct Plan {
    phase: usize,
    copy: usize,
    known: Vec<Option<(Kind, Memory)>>,
    /// Lane, dtype, place, and whether lanes differ.
    loads: Vec<(usize, DType, Memory, bool)>,
    /// Lanes that are row values of this body.
    defined: Vec<(usize, u32)>,
    stores: Vec<(usize, DType, Memory)>,
    patterns: Vec<Option<Pattern>>,
    defines: Vec<(u32, usize)>,
    sums: Vec<usize>,
}
