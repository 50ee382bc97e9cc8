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
    writes: u32,
    last_use: u32,
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
        let Step::Launch(launch) = &plan.steps[at as usize] else { continue };
        let fits = input_buffers.get(&input).is_none_or(|&old| {
            lives[old.index()].last_use <= at && takes_over(plan, launch, old, new)
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
        let Life { first_write, last_use, .. } = lives[at];
        let from = first_write.unwrap_or(0);
        let takes = heir(plan, &lives, from, BufferId(at as u32), &taken);
        taken.extend(takes);
        plan.buffers[at].place = Place::Arena { from, to: last_use.max(from), takes };
    }
}

/// An arena buffer that dies where `new` is born and whose memory fits.
fn heir(
    plan: &Plan,
    lives: &[Life],
    from: u32,
    new: BufferId,
    taken: &HashSet<BufferId>,
) -> Option<BufferId> {
    let Some(Step::Launch(launch)) = plan.steps.get(from as usize) else { return None };
    let ty = &plan.buffers[new.index()].ty;
    launch.buffers.iter().copied().find(|&old| {
        let buffer = &plan.buffers[old.index()];
        let life = lives[old.index()];
        old != new
            && matches!(buffer.place, Place::Arena { .. })
            && life.last_use == from
            && life.first_write.is_some_and(|w| w < from)
            && !taken.contains(&old)
            && buffer.ty.dtype.size() == ty.dtype.size()
            && buffer.ty.shape.count() == ty.shape.count()
            && takes_over(plan, launch, old, new)
    })
}

fn lives(plan: &Plan) -> Vec<Life> {
    let born = Life { first_write: None, writes: 0, last_use: 0 };
    let mut lives = vec![born; plan.buffers.len()];
    for (at, step) in (0u32..).zip(&plan.steps) {
        step.accesses(plan, &mut |buffer, writes| {
            let life = &mut lives[buffer.index()];
            life.last_use = at;
            if writes {
                life.first_write.get_or_insert(at);
                life.writes += 1;
            }
        });
    }
    lives
}

impl Step {
    /// Calls `visit` with every buffer that the step touches and whether it writes it.
    pub fn accesses(&self, plan: &Plan, visit: &mut dyn FnMut(BufferId, bool)) {
        match self {
            Step::Launch(launch) => {
                let params = &plan.kernels[launch.kernel as usize].params;
                for (&buffer, param) in launch.buffers.iter().zip(params) {
                    visit(buffer, param.mode != Mode::Read);
                }
            }
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
