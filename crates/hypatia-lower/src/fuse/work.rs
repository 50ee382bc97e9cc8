//! Units of work: what must be computed into which buffer, before it is grouped into kernels.
//!
//! Invariants: a buffer is written by the works of its node alone, in order.
//!
//! Not here: grouping (`fuse/group.rs`).

use crate::affine::space_of;
use crate::fuse::storage::Storage;
use hypatia_ir::dim::Dim;
use hypatia_ir::graph::{Graph, NodeId, Role};
use hypatia_ir::op::{ArgOp, Axes, Op, ReduceOp, ScatterOp, WindowAxis};
use hypatia_ir::shape::Shape;

/// How the values at the points of the space become elements of the buffer.
#[derive(Clone, Debug, PartialEq)]
pub enum Combine {
    /// One element for each point.
    Map,
    /// A reduction over some axes.
    Reduce(ReduceOp),
    /// The index of an extreme along one axis.
    Arg(ArgOp),
    /// One element for each point, at `low + i · step` along each axis of the buffer.
    Insert(Vec<(Dim, i64)>),
    /// Each window onto the buffer where it comes from.
    Fold {
        /// The windows.
        part: WindowAxis,
        /// How: windows that do not overlap are set, others add up.
        onto: ScatterOp,
    },
    /// Onto the buffer at indices given by a node: the scatter ops.
    Scatter {
        /// How.
        onto: ScatterOp,
        /// The indexed axis of the buffer.
        axis: usize,
        /// The node with the indices.
        indices: NodeId,
        /// How many axes the indices replace it by; `None` for the `along` form.
        replaced_by: Option<usize>,
    },
}

impl Combine {
    /// Whether each point has an element of its own.
    pub fn is_map(&self) -> bool {
        matches!(self, Combine::Map)
    }
}

/// What is computed at each point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value {
    /// The value of a node, read from its buffer if it has one.
    Of(NodeId),
    /// The value of a node, computed: its own buffer is what is written.
    Computed(NodeId),
    /// Zero, in the dtype of the buffer.
    Zero,
    /// The terms of the inner products of a matrix product.
    Terms(NodeId),
}

/// One thing to compute into the buffer of a node.
#[derive(Clone, Debug)]
pub struct Work {
    /// Whose buffer is written.
    pub node: NodeId,
    /// What is computed at each point.
    pub value: Value,
    /// The shape of the points.
    pub shape: Shape,
    /// The axes of that shape that are reduced.
    pub reduced: Axes,
    /// What becomes of the values.
    pub combine: Combine,
}

impl Work {
    /// The axes of the iteration space (those of `shape` that are not 1) that are reduced.
    pub fn reduced_space_axes(&self) -> Vec<usize> {
        let proper = crate::affine::proper_axes(&self.shape);
        let reduced = |&(_, axis): &(usize, &usize)| self.reduced.contains(*axis);
        proper.iter().enumerate().filter(reduced).map(|(i, _)| i).collect()
    }

    /// Whether the work writes its buffer only in part.
    pub fn is_partial(&self) -> bool {
        match self.combine {
            Combine::Map | Combine::Reduce(_) | Combine::Arg(_) => false,
            Combine::Insert(_) | Combine::Fold { .. } | Combine::Scatter { .. } => true,
        }
    }

    /// The iteration space.
    pub fn space(&self) -> Vec<Dim> {
        space_of(&self.shape)
    }
}

/// A step of the program before kernels are formed.
#[derive(Clone, Debug)]
pub enum Task {
    /// Loops over points.
    Loop(Work),
    /// A float matrix product.
    Product(NodeId),
    /// A whole-array algorithm.
    Routine(NodeId),
}

/// Everything to compute, in an order that respects dependencies: values that only update shared
/// variables come last, so that they may be written in place. Also the number of the first such
/// task.
pub fn tasks(graph: &Graph, storage: &Storage) -> (Vec<Task>, usize) {
    let last = only_for_updates(graph, storage);
    let mut tasks = Vec::new();
    let mut late_from = 0;
    for late in [false, true] {
        late_from = tasks.len();
        for (id, _) in graph.iter().filter(|(id, _)| last[id.index()] == late) {
            if storage.has(id) {
                push_tasks(graph, storage, id, &mut tasks);
            }
        }
    }
    (tasks, late_from)
}

/// Nodes that nothing needs but updates of shared variables, directly.
fn only_for_updates(graph: &Graph, storage: &Storage) -> Vec<bool> {
    let mut is_update = vec![false; graph.nodes().len()];
    let mut last: Vec<bool> = graph.iter().map(|(id, _)| !storage.has(id)).collect();
    for root in &graph.roots {
        is_update[root.node.index()] = true;
    }
    for (last, update) in last.iter_mut().zip(&is_update) {
        *last |= *update;
    }
    for root in &graph.roots {
        if matches!(root.role, Role::Output(_)) {
            last[root.node.index()] = false;
        }
    }
    for (id, node) in graph.iter().rev() {
        // An op that cannot fuse with the update itself would come after it.
        let early = !last[id.index()] || !node.op.is_elementwise();
        if early {
            last[id.index()] = false;
            node.operands.iter().for_each(|x| last[x.index()] = false);
        }
    }
    last
}

fn push_tasks(graph: &Graph, storage: &Storage, id: NodeId, tasks: &mut Vec<Task>) {
    let node = graph.node(id);
    let mut push = |value: Value, shape: &Shape, reduced: Axes, combine: Combine| {
        let shape = shape.clone();
        tasks.push(Task::Loop(Work { node: id, value, shape, reduced, combine }));
    };
    let none = Axes::default();
    let shape_of = |x: NodeId| &graph.ty(x).shape;
    match &node.op {
        Op::Input(_) | Op::Literal(_) => {}
        Op::MatMul if node.ty.dtype.is_float() => tasks.push(Task::Product(id)),
        Op::Routine(_) => tasks.push(Task::Routine(id)),
        Op::MatMul => {
            // […, m, n, k]: the inner products as a reduction over a last axis.
            let inner = shape_of(node.operands[0]).last().cloned();
            let shape: Shape = node.ty.shape.iter().cloned().chain(inner).collect();
            let k = Axes::one(node.ty.rank());
            push(Value::Terms(id), &shape, k, Combine::Reduce(ReduceOp::Sum));
        }
        Op::Reduce(..) if storage.unrolls(id) => {
            push(Value::Computed(id), &node.ty.shape, none, Combine::Map);
        }
        Op::Reduce(op, axes) => {
            let x = node.operands[0];
            push(Value::Of(x), shape_of(x), *axes, Combine::Reduce(*op));
        }
        Op::ArgReduce(op, axis) => {
            let x = node.operands[0];
            push(Value::Of(x), shape_of(x), Axes::one(*axis), Combine::Arg(*op));
        }
        Op::Pad(parts) => {
            let (x, fill) = (node.operands[0], node.operands[1]);
            push(Value::Of(fill), &node.ty.shape, none, Combine::Map);
            let at = parts.iter().map(|p| (p.low.clone(), p.interior as i64 + 1));
            push(Value::Of(x), shape_of(x), none, Combine::Insert(at.collect()));
        }
        Op::Concat(axis) => {
            let mut start = Dim::Known(0);
            for &x in &node.operands {
                let mut at = vec![(Dim::Known(0), 1); node.ty.rank()];
                at[*axis].0 = start.clone();
                start = &start + &shape_of(x)[*axis];
                push(Value::Of(x), shape_of(x), none, Combine::Insert(at));
            }
        }
        Op::Fold(part) => {
            push(Value::Zero, &node.ty.shape, none, Combine::Map);
            let x = node.operands[0];
            let last = shape_of(x).rank() - 1;
            // Types know the size; one that did not would be a window that overlaps all others.
            let part = part.windows(shape_of(x)[last].known().unwrap_or(i64::MAX));
            let apart = part.reach() < part.stride;
            let onto = if apart { ScatterOp::Set } else { ScatterOp::Add };
            let axes = Axes::one(part.axis).with(last);
            push(Value::Of(x), shape_of(x), axes, Combine::Fold { part, onto });
        }
        Op::Scatter(onto, axis) | Op::ScatterAlong(onto, axis) => {
            let (x, indices, updates) = (node.operands[0], node.operands[1], node.operands[2]);
            push(Value::Of(x), &node.ty.shape, none, Combine::Map);
            let along = matches!(node.op, Op::ScatterAlong(..));
            let count = graph.ty(indices).rank();
            let replaced_by = if along { None } else { Some(count) };
            // Parts go one after the other as a whole: inside, elements lie side by side.
            let axes = *axis..if along { *axis + 1 } else { shape_of(updates).rank() };
            let combine = Combine::Scatter { onto: *onto, axis: *axis, indices, replaced_by };
            push(Value::Of(updates), shape_of(updates), axes.collect(), combine);
        }
        Op::Const(_)
        | Op::Dim(_)
        | Op::Iota(..)
        | Op::Unary(_)
        | Op::Binary(_)
        | Op::Compare(_)
        | Op::Select
        | Op::RandomBits(_)
        | Op::Marker(_)
        | Op::Fast
        | Op::Cast(_)
        | Op::Reshape(_)
        | Op::Transpose(_)
        | Op::Broadcast(_)
        | Op::Slice(_)
        | Op::Windows(_)
        | Op::Take(_)
        | Op::TakeAlong(_) => push(Value::Computed(id), &node.ty.shape, none, Combine::Map),
    }
}
