//! Groups: works over one iteration space that share a kernel.
//!
//! Works are taken in order; each joins a group that exists, or opens one: the one that computes
//! the latest of what it reads, or one over the same space that reads the same elements. A work may join group
//! `g` if everything it reads comes from groups up to `g`, and what it reads from `g` itself is
//! at hand: the same point, or a value of the same row. So groups in order of creation are a valid
//! order of execution, whatever joins.
//!
//! Invariants: all works of a group have its point space or its row space; at most one set of
//! reduced axes; levels respect reads within the group: even levels are passes over the points of
//! a row, odd levels run once per row after the pass before.
//!
//! Not here: lane code (`build/`).

use crate::affine::{Map, natural_map};
use crate::fuse::reads::{Read, reads};
use crate::fuse::storage::Storage;
use crate::fuse::work::{Combine, Task, Work};
use hypatia_ir::dim::Dim;
use hypatia_ir::graph::{Graph, NodeId};
use std::collections::HashMap;

/// Most works of one group.
const GROUP_LIMIT: usize = 24;

/// A work with its place in a group.
#[derive(Clone, Debug)]
pub struct Member {
    /// The work.
    pub work: Work,
    /// The axis of the group for each axis of the work's space.
    pub embedding: Vec<usize>,
    /// When it runs; see the module's page.
    pub level: usize,
    /// What it reads.
    pub reads: Vec<Read>,
}

/// Works that share a nest.
#[derive(Clone, Debug)]
pub struct Group {
    /// The lengths of the axes of the points.
    pub space: Vec<Dim>,
    /// The reduced axes, once a reduction is here.
    pub reduced: Option<Vec<usize>>,
    /// The works, in order.
    pub members: Vec<Member>,
}

/// A step of the program.
#[derive(Clone, Debug)]
pub enum Step {
    /// One kernel.
    Group(Group),
    /// A float matrix product.
    Product(NodeId),
    /// A whole-array algorithm.
    Routine(NodeId),
}

/// Where the buffer of each node is completed: the number of the step; leaves have none.
pub type Written = HashMap<NodeId, usize>;

impl Group {
    /// The member that computes the value of a node, if it does so here as a whole.
    pub fn member_of(&self, id: NodeId) -> Option<&Member> {
        let whole = |m: &&Member| m.work.node == id && is_value(&m.work);
        self.members.iter().find(whole)
    }

    /// The axes that are not reduced.
    pub fn row_axes(&self) -> Vec<usize> {
        let reduced = self.reduced.as_deref().unwrap_or(&[]);
        (0..self.space.len()).filter(|a| !reduced.contains(a)).collect()
    }

    /// Whether the work can have this place; then the place.
    fn place(&self, work: &Work) -> Option<(Vec<usize>, bool)> {
        let space = work.space();
        let reduced = work.reduced_space_axes();
        if space == self.space {
            let fits = match (&work.combine, &self.reduced) {
                (Combine::Reduce(_) | Combine::Arg(_), None) => reduced.len() < space.len(),
                (Combine::Reduce(_) | Combine::Arg(_), Some(here)) => *here == reduced,
                // A full reduction has one row: a map beside it would lose its parallel rows.
                (_, Some(here)) => here.len() < space.len() || space.is_empty(),
                (_, None) => true,
            };
            return fits.then(|| ((0..space.len()).collect(), true));
        }
        let rows = self.row_axes();
        let row_space = rows.iter().map(|&a| &self.space[a]);
        let is_row = self.reduced.is_some() && space.iter().eq(row_space) && work.combine.is_map();
        is_row.then_some((rows, false))
    }

    /// The member that this work would be, if it may join.
    fn admit(&self, graph: &Graph, storage: &Storage, work: &Work) -> Option<Member> {
        let whole = is_value(work) && self.members.iter().all(|m| is_value(&m.work));
        if self.members.len() >= GROUP_LIMIT || !whole {
            return None;
        }
        let (embedding, point) = self.place(work)?;
        let reads = reads(graph, storage, work, &embedding, self.space.len());
        let mut level = usize::from(!point);
        for (id, map) in &reads {
            let Some(source) = self.member_of(*id) else { continue };
            if map.as_ref() != Some(&source.result_map(graph, self.space.len())) {
                return None;
            }
            let source_is_point = source.level % 2 == 0 && source.work.combine.is_map();
            let after = match (point, source_is_point) {
                (true, true) => source.level,
                (false, true) => return None,
                (true, false) => (source.level + 2) & !1,
                (false, false) => source.level | 1,
            };
            level = level.max(after);
        }
        Some(Member { work: work.clone(), embedding, level, reads })
    }
}

/// Whether the work computes the value of its node at every point or row, so that others of its
/// group may use it there. Other works have kernels of their own.
fn is_value(work: &Work) -> bool {
    match work.combine {
        Combine::Map | Combine::Reduce(_) | Combine::Arg(_) => true,
        Combine::Insert(_) | Combine::Fold { .. } | Combine::Scatter { .. } => false,
    }
}

impl Member {
    /// The map with which others of the group must read the result.
    pub fn result_map(&self, graph: &Graph, axes: usize) -> Map {
        let shape = &graph.ty(self.work.node).shape;
        let reduced = self.work.reduced_space_axes();
        let kept = self.embedding.iter().enumerate().filter(|(i, _)| !reduced.contains(i));
        let kept: Vec<usize> = kept.map(|(_, &a)| a).collect();
        natural_map(shape, &kept, axes)
    }
}

/// Groups all tasks; the steps are in order of execution. From task number `late` on, works do
/// not join earlier groups: they write shared variables, which earlier steps may still read.
pub fn group(
    graph: &Graph,
    storage: &Storage,
    tasks: Vec<Task>,
    late: usize,
) -> (Vec<Step>, Written) {
    let mut steps: Vec<Step> = Vec::new();
    let mut written = Written::new();
    let mut readers: HashMap<(Vec<Dim>, Read), usize> = HashMap::new();
    let mut floor = 0;
    for (number, task) in tasks.into_iter().enumerate() {
        if number == late {
            floor = steps.len();
        }
        let work = match task {
            Task::Product(id) => {
                written.insert(id, steps.len());
                steps.push(Step::Product(id));
                continue;
            }
            Task::Routine(id) => {
                written.insert(id, steps.len());
                steps.push(Step::Routine(id));
                continue;
            }
            Task::Loop(work) => work,
        };
        let (node, space) = (work.node, work.space());
        let alone = open(graph, storage, &work);
        let sources = alone.reads.iter().map(|(id, _)| *id).chain([node]);
        let after = sources.filter_map(|id| written.get(&id).copied()).max();
        let beside = shared(&alone, &space).filter_map(|key| readers.get(&key).copied()).max();
        let candidates = [after, beside.filter(|&g| Some(g) > after)];
        let joined = candidates.into_iter().flatten().filter(|&at| at >= floor);
        let joined = joined.into_iter().find_map(|at| match &steps[at] {
            // Works of one node follow each other; they never share a kernel.
            Step::Group(g) if g.members.iter().all(|m| m.work.node != node) => {
                g.admit(graph, storage, &work).map(|m| (at, m))
            }
            Step::Group(_) | Step::Product(_) | Step::Routine(_) => None,
        });
        let (at, member) = joined.unwrap_or_else(|| {
            let (space, reduced) = (space.clone(), None);
            steps.push(Step::Group(Group { space, reduced, members: Vec::new() }));
            (steps.len() - 1, alone)
        });
        if let Step::Group(group) = &mut steps[at] {
            add(group, member);
            if group.space == space
                && let Some(member) = group.members.last()
            {
                readers.extend(shared(member, &space).map(|key| (key, at)));
            }
        }
        written.insert(node, at);
    }
    (steps, written)
}

/// The reads that are worth a place in a kernel that makes them anyway: of many elements.
fn shared<'a>(member: &'a Member, space: &'a [Dim]) -> impl Iterator<Item = (Vec<Dim>, Read)> + 'a {
    let is_large = |map: &Map| map.iter().any(|a| a.strides.iter().any(|s| !s.is(0)));
    let large = move |read: &&Read| read.1.as_ref().is_some_and(is_large);
    member.reads.iter().filter(large).map(|read| (space.to_vec(), read.clone()))
}

/// The work as the first member of a group of its own.
fn open(graph: &Graph, storage: &Storage, work: &Work) -> Member {
    let axes = work.space().len();
    let embedding: Vec<usize> = (0..axes).collect();
    let reads = reads(graph, storage, work, &embedding, axes);
    Member { work: work.clone(), embedding, level: 0, reads }
}

fn add(group: &mut Group, member: Member) {
    let mut reduced = member.work.reduced_space_axes();
    match member.work.combine {
        Combine::Reduce(_) | Combine::Arg(_) | Combine::Scatter { .. } => {
            group.reduced = Some(reduced);
        }
        // Window by window inside: the inner loop is the long one, over different elements.
        Combine::Fold { .. } => {
            reduced.reverse();
            group.reduced = Some(reduced);
        }
        Combine::Map | Combine::Insert(_) => {}
    }
    // An index of an extreme takes two passes: the extreme, then where it is.
    let mut member = member;
    if matches!(member.work.combine, Combine::Arg(_)) {
        member.level += 2;
    }
    group.members.push(member);
}
