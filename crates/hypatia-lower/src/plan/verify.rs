//! The checkers of plans and size plans.
//!
//! Invariants: what passes keeps the promises of `plan/`: steps read what was written, kernels get
//! the buffers they were made for, live arena buffers do not overlap, updates in place are safe.
//!
//! Not here: what kernels compute (tests compare that with the reference).

use super::{BufferId, Launch, Place, Plan, SizePlan, Step, Whole};
use crate::error::Error;
use crate::kernel::{Kernel, Scope, Source};
use std::collections::BTreeMap;
use std::fmt::Debug;

fn broken(what: &'static str, dump: &impl Debug) -> Error {
    Error::internal(what, dump)
}

fn require(holds: bool, what: &'static str, dump: &impl Debug) -> Result<(), Error> {
    if holds { Ok(()) } else { Err(broken(what, dump)) }
}

/// Which launches of a step touch a piece of memory.
#[derive(Debug)]
struct Users {
    first: usize,
    many: bool,
    written: bool,
}

impl Plan {
    /// Checks every invariant that does not depend on sizes.
    pub fn verify(&self) -> Result<(), Error> {
        self.kernels.iter().try_for_each(Kernel::verify)?;
        self.steps.iter().try_for_each(|step| self.verify_params(step))?;
        self.verify_order()
    }

    /// That kernels get buffers of their dtypes, once each, and a check for each index.
    fn verify_params(&self, step: &Step) -> Result<(), Error> {
        match step {
            Step::Launches(launches) => {
                launches.iter().try_for_each(|launch| self.verify_launch(launch))?;
                self.verify_apart(launches)
            }
            Step::Product(p) => {
                let all = [&p.left, &p.right, &p.out];
                let typed = all.iter().all(|m| self.buffers[m.buffer.index()].ty.dtype == p.dtype);
                let batched = all.iter().all(|m| m.batch.len() == p.batch.len());
                let apart = p.out.buffer != p.left.buffer && p.out.buffer != p.right.buffer;
                require(typed && batched && apart, "product", p)
            }
            Step::Routine(apply) => {
                let fits = |x: &Whole| {
                    let buffer = &self.buffers[x.buffer.index()].ty;
                    let count = buffer.shape.count() == x.ty.shape.count();
                    buffer.dtype == x.ty.dtype && count
                };
                let whole = apply.operands.iter().chain([&apply.out]).all(fits);
                let apart = apply.operands.iter().all(|x| x.buffer != apply.out.buffer);
                let counts = apply.operands.len() == apply.routine.arity();
                require(whole && apart && counts, "routine", apply)
            }
            Step::Copy { from, to } => {
                let same = self.buffers[from.index()].ty == self.buffers[to.index()].ty;
                require(same && from != to, "copy", step)
            }
        }
    }

    fn verify_launch(&self, launch: &Launch) -> Result<(), Error> {
        let kernel = &self.kernels[launch.kernel as usize];
        let dtypes = launch.buffers.iter().map(|b| self.buffers[b.index()].ty.dtype);
        let fit = dtypes.eq(kernel.params.iter().map(|p| p.dtype));
        require(fit, "buffers do not fit the kernel", launch)?;
        let counts = launch.checks.len() == kernel.indirects().count();
        require(counts, "checks do not fit the kernel", launch)
    }

    /// That no launch of a step touches memory that another one writes.
    fn verify_apart(&self, launches: &[Launch]) -> Result<(), Error> {
        // The memory of a buffer: the input that it updates, or the buffer that it replaces.
        let memory = |b: BufferId| match self.buffers[b.index()].place {
            Place::Input(input) => Err(input),
            Place::Arena { takes: Some(old), .. } => Ok(old),
            Place::Literal(_) | Place::Root(_) | Place::Arena { takes: None, .. } => Ok(b),
        };
        let mut users: BTreeMap<Result<BufferId, u32>, Users> = BTreeMap::new();
        for (number, launch) in launches.iter().enumerate() {
            launch.accesses(self, &mut |buffer, writes| {
                let first = Users { first: number, many: false, written: false };
                let users = users.entry(memory(buffer)).or_insert(first);
                users.many |= users.first != number;
                users.written |= writes;
            });
        }
        let shared = users.iter().find(|(_, users)| users.many && users.written);
        require(shared.is_none(), "a launch touches what another of its step writes", &shared)
    }

    /// That buffers are read after they are written, arena buffers within their lives; that what is
    /// taken over or updated in place is not read after that; that nothing fails after an update.
    fn verify_order(&self) -> Result<(), Error> {
        let readers = self.readers();
        let mut written: Vec<bool> = self.buffers.iter().map(|b| b.is_given()).collect();
        // The buffer of an update in place holds the old value, which nobody may read as the new.
        readers.keys().for_each(|root| written[root.index()] = false);
        let mut gone = vec![false; self.buffers.len()];
        let mut updated = false;
        for (at, step) in self.steps.iter().enumerate() {
            let mut wrong = None;
            step.accesses(self, &mut |buffer, writes| {
                let i = buffer.index();
                let alive = match self.buffers[i].place {
                    Place::Arena { from, to, .. } => (from as usize..=to as usize).contains(&at),
                    Place::Input(_) | Place::Root(_) => true,
                    Place::Literal(_) => !writes,
                };
                if !alive || gone[i] || !(writes || written[i]) {
                    wrong = Some(buffer);
                }
            });
            require(wrong.is_none(), "read before written or after death", &(at, wrong))?;
            step.accesses(self, &mut |buffer, writes| {
                written[buffer.index()] |= writes;
                let old = match self.buffers[buffer.index()].place {
                    Place::Arena { from, takes, .. } if from as usize == at => takes,
                    Place::Input(_) if writes => {
                        updated = true;
                        readers.get(&buffer).copied()
                    }
                    _ => None,
                };
                old.iter().for_each(|old| gone[old.index()] = true);
            });
            require(
                !(updated && step.may_fail()),
                "a step may fail after an update in place",
                &at,
            )?;
        }
        let missing = self.roots.iter().find(|r| !written[r.index()]);
        require(missing.is_none(), "root without value", &missing)
    }

    /// For each buffer that is an update in place, the one through which its input is read.
    fn readers(&self) -> BTreeMap<BufferId, BufferId> {
        let numbered = || (0u32..).map(BufferId).zip(&self.buffers);
        let updates: BTreeMap<Place, BufferId> =
            self.roots.iter().map(|&r| (self.buffers[r.index()].place, r)).collect();
        let pairs = numbered().filter_map(|(id, buffer)| match buffer.place {
            Place::Input(_) => updates.get(&buffer.place).map(|&root| (root, id)),
            Place::Literal(_) | Place::Root(_) | Place::Arena { .. } => None,
        });
        pairs.filter(|(root, id)| root != id).collect()
    }
}

impl super::Buffer {
    /// Whether it has a value before the first step.
    fn is_given(&self) -> bool {
        matches!(self.place, Place::Input(_) | Place::Literal(_))
    }
}

impl Kernel {
    /// Checks numbers against tables: buffers, row values, lanes, axes.
    pub fn verify(&self) -> Result<(), Error> {
        let axes = self.rows.len() + self.columns.len();
        let mut defined = vec![false; self.slots.len()];
        for phase in &self.phases {
            let whole = phase.affines().all(|a| a.strides.len() == axes);
            require(whole, "strides do not fit the axes", self)?;
            let lanes = phase.program.instructions.len();
            let inputs = phase.inputs.iter().all(|source| match source {
                Source::Load { buffer, indirect, .. } => {
                    let known = |b: u32| (b as usize) < self.params.len();
                    known(*buffer) && indirect.as_ref().is_none_or(|i| known(i.indices))
                }
                Source::Index(_) => true,
                Source::Row(slot) => defined.get(*slot as usize) == Some(&true),
            });
            require(inputs, "inputs of a phase", self)?;
            let stores = phase.stores.iter().all(|s| {
                let mode = self.params.get(s.buffer as usize).map(|p| p.mode);
                mode == Some(s.mode()) && (s.value.0 as usize) < lanes
            });
            require(stores, "stores of a phase", self)?;
            let scope = match phase.scope {
                Scope::Row => phase.reductions.is_empty(),
                Scope::Point => phase.defines.is_empty(),
            };
            require(scope, "scope of a phase", self)?;
            let slots = phase.reductions.iter().map(|r| r.slot);
            for slot in slots.chain(phase.defines.iter().map(|d| d.0)) {
                let new = defined.get_mut(slot as usize).filter(|d| !**d);
                *new.ok_or_else(|| broken("row value defined twice or unknown", &slot))? = true;
            }
        }
        Ok(())
    }
}

impl SizePlan {
    /// Checks that arena buffers that live at the same time do not overlap, except where one
    /// takes over another's memory, and that all lie inside the arena.
    pub fn verify(&self, plan: &Plan) -> Result<(), Error> {
        let mut born: Vec<Vec<usize>> = vec![Vec::new(); plan.steps.len() + 1];
        for (at, buffer) in plan.buffers.iter().enumerate() {
            if let Place::Arena { from, .. } = buffer.place {
                born[from as usize].push(at);
            }
        }
        // Living buffers by offset: end, last step, number.
        let mut living: BTreeMap<usize, (usize, usize, usize)> = BTreeMap::new();
        for (now, born) in born.iter().enumerate() {
            living.retain(|_, (_, to, _)| *to >= now);
            for &at in born.iter().filter(|&&at| self.bytes[at] > 0) {
                let Place::Arena { to, takes, .. } = plan.buffers[at].place else { continue };
                let (start, end) = (self.offsets[at], self.offsets[at] + self.bytes[at]);
                let aligned = start.is_multiple_of(SizePlan::ALIGN) && end <= self.arena;
                require(aligned, "buffer outside the arena", &(at, start, end))?;
                if let Some(old) = takes {
                    let gone = living.remove(&start).map(|(end, to, old)| (old, to, end));
                    let handed = gone == Some((old.index(), now, end));
                    require(handed, "memory taken over from another", &(at, old))?;
                }
                let before = living.range(..end).next_back();
                let free = before.is_none_or(|(_, (other_end, ..))| *other_end <= start);
                require(free, "live buffers overlap", &(at, before))?;
                living.insert(start, (end, to as usize, at));
            }
        }
        Ok(())
    }
}
