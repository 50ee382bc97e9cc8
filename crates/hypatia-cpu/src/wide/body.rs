//! What runs inside a loop: the lanes of phases as straight-line code.
//!
//! Invariants: all loads of a group of points come before its stores.
//!
//! Not here: loops (`strip.rs`), reductions (`reduce.rs`), what comes before (`ahead.rs`).

use super::access::Mask;
use super::ahead::Homes;
use super::analysis::Analysis;
use super::block::Pinned;
use super::code::{Base, Kind, Memory, Value};
use super::patterns::Pattern;
use super::pointers::{Access, Pointers, slot};
use super::reduce::{Sum, Taking};
use super::select::Selector;
use super::strip::Strip;
use super::takes::Lay;
use super::{Done, Refusal, Wide};
use hypatia_ir::dtype::DType;
use hypatia_ir::op::ScatterOp;
use hypatia_lower::kernel::Source;
use hypatia_lower::lane::Lane;
use hypatia_lower::lane::machine::{MachineBinary, MachineOp};
use iced_x86::code_asm::rax;
use std::collections::HashMap;

impl Wide<'_> {
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
        homes: &Homes,
        (access, copy): (Access, usize),
    ) -> LanesAt {
        let size = self.scale(access);
        let lay = self.lay(strip, access);
        let side = copy as i64 * self.target.count as i64 * size;
        let place = Memory {
            base: Base::Access(pointers.of(access)),
            offset: if lay == Lay::Side { side as i32 } else { 0 },
            scale: (strip.vector && lay != Lay::Apart).then_some(size as u32),
            spread: 0,
        };
        let distances = homes.apart.get(&(access, copy)).cloned().unwrap_or_default();
        LanesAt { lay, place, distances }
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
                for (lane, dtype, place) in &plan.loads {
                    lanes[*lane] = Some(s.read(*dtype, place, mask));
                }
                let program = &expansions[plan.phase].program;
                s.program(program, &plan.patterns, &mut lanes);
                let of = |lane: usize| lanes[lane].ok_or(Refusal::Lacking);
                for (lane, dtype, place, onto) in &plan.stores {
                    if let Ok(value) = of(*lane) {
                        s.write(*dtype, place, (value, *onto), mask, how.stream);
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
                    let place = self.lanes_at(strip, pointers, homes, (access, copy));
                    loads.push((lane, self.dtype(phase, lane), place));
                }
                Source::Row(slot) => defined.push((lane, slot)),
                Source::Index(_) => {}
            }
        }
        let stores = own.stores.iter().enumerate().map(|(store, s)| {
            let access = Access { phase, number: own.inputs.len() + store };
            let place = self.lanes_at(strip, pointers, homes, (access, copy));
            (of(s.value), self.kernel.params[s.buffer as usize].dtype, place, s.onto)
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
                    if let Some(home) = homes.lanes.get(&(phase, copy, lane)) {
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

/// Where the lanes of an access are.
struct LanesAt {
    lay: Lay,
    place: Memory,
    /// Of lanes that are apart, how far each is from the place.
    distances: Vec<Memory>,
}

impl Selector<'_> {
    fn read(&mut self, dtype: DType, from: &LanesAt, mask: Option<Mask>) -> Value {
        match (from.lay, dtype) {
            (Lay::Side, _) => self.load(dtype, from.place, mask),
            (Lay::Apart, _) => self.load_apart(dtype, from.place, &from.distances, mask),
            (Lay::Same, DType::Bool | DType::U8) => self.lacking(dtype),
            (Lay::Same, _) => self.spread(dtype, from.place),
        }
    }

    /// Stores a value, or what it and the element there make.
    fn write(
        &mut self,
        dtype: DType,
        to: &LanesAt,
        (value, onto): (Value, ScatterOp),
        mask: Option<Mask>,
        stream: bool,
    ) {
        let value = match onto {
            ScatterOp::Set => value,
            ScatterOp::Add | ScatterOp::Max | ScatterOp::Min => {
                let old = self.load(dtype, to.place, mask);
                let op = match onto {
                    ScatterOp::Max => MachineBinary::Max,
                    ScatterOp::Min => MachineBinary::Min,
                    ScatterOp::Set | ScatterOp::Add => MachineBinary::Add,
                };
                self.binary(op, dtype, old, value)
            }
        };
        match to.lay {
            Lay::Apart => self.store_apart(dtype, (to.place, &to.distances), value, mask),
            Lay::Same | Lay::Side => self.store(dtype, to.place, value, mask, stream),
        }
    }
}

/// One copy of a phase's code, with its places in memory.
struct Plan {
    phase: usize,
    copy: usize,
    known: Vec<Option<(Kind, Memory)>>,
    loads: Vec<(usize, DType, LanesAt)>,
    /// Lanes that are row values of this body.
    defined: Vec<(usize, u32)>,
    stores: Vec<(usize, DType, LanesAt, ScatterOp)>,
    patterns: Vec<Option<Pattern>>,
    defines: Vec<(u32, usize)>,
    sums: Vec<usize>,
}
