//! When arena buffers live, and what happens in place.
//!
//! Invariants: linear in the accesses; a buffer takes over another's memory only in a kernel that
//! reads each element of the old one at the very point that writes it, and not later; a shared
//! variable is only written in place once nothing can fail any more.
//!
//! Not here: offsets (`plan/size.rs`).

use super::{BufferId, Launch, Place, Plan, Step};
use crate::kernel::{Affine, Kernel, Mode, Source};
use hypatia_ir::graph::{Graph, Role};
use std::collections::{HashMap, HashSet};

/// First write and last use of each buffer, as step numbers.
#[derive(Clone, Copy, Debug)]
struct Life {
    first_write: Option<u32>,
    /// The launch of that step that writes first.
    launch: usize,
    writes: u32,
    last_use: u32,
    /// How many launches of that step use it.
    users: u32,
}

impl Life {
    /// Whether nobody uses the buffer in this step or later but one launch, which does so or not.
    fn ends_with(&self, step: u32, launch: &Launch, buffer: BufferId) -> bool {
        let only = self.users == 1 && launch.buffers.contains(&buffer);
        self.last_use < step || self.last_use == step && only
    }

    fn touch(&mut self, step: u32, launch: usize, writes: bool) {
        self.users = if self.last_use == step { self.users + 1 } else { 1 };
        self.last_use = step;
        if writes {
            if self.first_write.is_none() {
                (self.first_write, self.launch) = (Some(step), launch);
            }
            self.writes += 1;
        }
    }
}

/// Lets updates write their shared variable where that cannot be told from writing elsewhere.
pub(super) fn update_in_place(graph: &Graph, plan: &mut Plan) {
    let lives = lives(plan);
    let input_buffers: HashMap<u32, BufferId> = (0u32..)
        .zip(&plan.buffers)
        .filter_map(|(i, b)| match b.place {
            Place::Input(input) => Some((input, BufferId(i))),
            Place::Literal(_) | Place::Root(_) | Place::Arena { .. } => None,
        })
        .collect();
    let safe_from = plan.steps.iter().rposition(Step::may_fail).map_or(0, |at| at + 1);
    for (number, root) in graph.roots.iter().enumerate() {
        let Role::Update(input) = root.role else { continue };
        let new = plan.roots[number];
        let life = lives[new.index()];
        let Some(at) = life.first_write.filter(|&at| life.writes == 1 && at as usize >= safe_from)
        else {
            continue;
        };
        let Some(launch) = plan.launch(at, life.launch) else { continue };
        let fits = input_buffers.get(&input).is_none_or(|&old| {
            lives[old.index()].ends_with(at, launch, old) && takes_over(plan, launch, old, new)
        });
        if fits {
            plan.buffers[new.index()].place = Place::Input(input);
        }
    }
}

/// Fixes the life of every arena buffer, and whose memory it takes over.
pub(super) fn settle(plan: &mut Plan) {
    let lives = lives(plan);
    let mut taken: HashSet<BufferId> = HashSet::new();
    for at in 0..plan.buffers.len() {
        let Place::Arena { .. } = plan.buffers[at].place else { continue };
        let Life { first_write, last_use, launch, .. } = lives[at];
        let from = first_write.unwrap_or(0);
        let born = plan.launch(from, launch);
        let takes = born.and_then(|l| heir(plan, &lives, from, l, BufferId(at as u32), &taken));
        taken.extend(takes);
        plan.buffers[at].place = Place::Arena { from, to: last_use.max(from), takes };
    }
}

/// An arena buffer that dies where `new` is born and whose memory fits.
fn heir(
    plan: &Plan,
    lives: &[Life],
    from: u32,
    launch: &Launch,
    new: BufferId,
    taken: &HashSet<BufferId>,
) -> Option<BufferId> {
    let ty = &plan.buffers[new.index()].ty;
    launch.buffers.iter().copied().find(|&old| {
        let buffer = &plan.buffers[old.index()];
        let life = lives[old.index()];
        old != new
            && matches!(buffer.place, Place::Arena { .. })
            && life.last_use == from
            && life.ends_with(from, launch, old)
            && life.first_write.is_some_and(|w| w < from)
            && !taken.contains(&old)
            && buffer.ty.dtype.size() == ty.dtype.size()
            && buffer.ty.shape.count() == ty.shape.count()
            && takes_over(plan, launch, old, new)
    })
}

fn lives(plan: &Plan) -> Vec<Life> {
    let born = Life { first_write: None, launch: 0, writes: 0, last_use: 0, users: 0 };
    let mut lives = vec![born; plan.buffers.len()];
    for (at, step) in (0u32..).zip(&plan.steps) {
        let mut note = |launch: usize, buffer: BufferId, writes: bool| {
            lives[buffer.index()].touch(at, launch, writes);
        };
        match step {
            Step::Launches(launches) => {
                for (number, launch) in launches.iter().enumerate() {
                    launch.accesses(plan, &mut |b, writes| note(number, b, writes));
                }
            }
            Step::Product(_) | Step::Routine(_) | Step::Copy { .. } => {
                step.accesses(plan, &mut |b, writes| note(0, b, writes));
            }
        }
    }
    lives
}

impl Plan {
    /// A launch of a step.
    fn launch(&self, step: u32, number: usize) -> Option<&Launch> {
        match self.steps.get(step as usize)? {
            Step::Launches(launches) => launches.get(number),
            Step::Product(_) | Step::Routine(_) | Step::Copy { .. } => None,
        }
    }
}

impl Launch {
    /// Calls `visit` with every buffer that the launch touches and whether it writes it.
    pub fn accesses(&self, plan: &Plan, visit: &mut dyn FnMut(BufferId, bool)) {
        let params = &plan.kernels[self.kernel as usize].params;
        for (&buffer, param) in self.buffers.iter().zip(params) {
            visit(buffer, param.mode != Mode::Read);
        }
    }
}

impl Step {
    /// Calls `visit` with every buffer that the step touches and whether it writes it.
    pub fn accesses(&self, plan: &Plan, visit: &mut dyn FnMut(BufferId, bool)) {
        match self {
            Step::Launches(launches) => launches.iter().for_each(|l| l.accesses(plan, visit)),
            Step::Product(product) => {
                visit(product.left.buffer, false);
                visit(product.right.buffer, false);
                visit(product.out.buffer, true);
            }
            Step::Routine(apply) => {
                apply.operands.iter().for_each(|x| visit(x.buffer, false));
                visit(apply.out.buffer, true);
            }
            Step::Copy { from, to } => {
                visit(*from, false);
                visit(*to, true);
            }
        }
    }
}

/// Whether the kernel reads each element of `old` at the point that writes it into `new`, in the
/// phase of the store or before, or does not read `old` at all.
fn takes_over(plan: &Plan, launch: &Launch, old: BufferId, new: BufferId) -> bool {
    let kernel = &plan.kernels[launch.kernel as usize];
    let param = |buffer| launch.buffers.iter().position(|&b| b == buffer).map(|i| i as u32);
    let (Some(new), old) = (param(new), param(old)) else { return false };
    let mut stores = stores(kernel, new);
    let (Some((phase, store)), None) = (stores.next(), stores.next()) else { return false };
    kernel.params[new as usize].mode == Mode::Write
        && old.is_none_or(|old| reads_only(kernel, old, phase, store))
}

fn stores(kernel: &Kernel, buffer: u32) -> impl Iterator<Item = (usize, &Affine)> {
    let phases = kernel.phases.iter().enumerate();
    let stores = phases.flat_map(|(at, p)| p.stores.iter().map(move |s| (at, s)));
    stores.filter(move |(_, s)| s.buffer == buffer).map(|(at, s)| (at, &s.index))
}

/// Whether the buffer is only loaded, at this index, in phases up to this one.
fn reads_only(kernel: &Kernel, buffer: u32, last: usize, at: &Affine) -> bool {
    let never_stored = stores(kernel, buffer).next().is_none();
    let no_index = kernel.indirects().all(|i| i.indices != buffer);
    let mut sources =
        kernel.phases.iter().enumerate().flat_map(|(p, x)| x.inputs.iter().map(move |i| (p, i)));
    let same_element = sources.all(|(phase, source)| match source {
        Source::Load { buffer: b, index, indirect } if *b == buffer => {
            phase <= last && indirect.is_none() && index == at
        }
        Source::Load { .. } | Source::Index(_) | Source::Row(_) => true,
    });
    never_stored && no_index && same_element
}
