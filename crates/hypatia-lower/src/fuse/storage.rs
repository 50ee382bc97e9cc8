//! Which values get buffers, and where a value without one comes from.
//!
//! Invariants: opaque steps (products, routines, scatters) and everything they read have buffers; what is
//! cheap or used once does not; no lane program grows beyond [`INLINE_LIMIT`].
//!
//! Not here: which kernels the values are computed in (`fuse/group.rs`).

use crate::affine::{is_view, splits};
use hypatia_ir::graph::{Graph, NodeId};
use hypatia_ir::op::{Axes, BinaryOp, Op, UnaryOp};

/// Most instructions that one value may inline (counted as a tree).
pub const INLINE_LIMIT: u32 = 192;

/// A value of at most this size is computed again rather than stored, if nothing in it is dear.
const CHEAP_SIZE: u32 = 8;

/// For each node, whether it has a buffer of its own (leaves count as having one).
#[derive(Debug)]
pub struct Storage {
    stored: Vec<bool>,
    /// Reductions that are computed at one point each, term by term.
    unrolled: Vec<bool>,
}

impl Storage {
    /// Decides for all nodes of a graph; what no root needs gets nothing.
    pub fn decide(graph: &Graph) -> Storage {
        let none = vec![false; graph.nodes().len()];
        let mut storage = Storage { stored: none.clone(), unrolled: none };
        storage.mark_required(graph);
        storage.mark_by_cost(graph);
        for (stored, live) in storage.stored.iter_mut().zip(graph.live()) {
            *stored &= live;
        }
        storage
    }

    /// Whether the node has a buffer.
    pub fn has(&self, id: NodeId) -> bool {
        self.stored[id.index()]
    }

    /// Whether the node is a reduction whose terms are computed one after the other at each point
    /// of the result: over a few elements of windows, where a loop would cost more than its work.
    pub fn unrolls(&self, id: NodeId) -> bool {
        self.unrolled[id.index()]
    }

    /// Buffers without which an op cannot be computed.
    fn mark_required(&mut self, graph: &Graph) {
        for (id, node) in graph.iter() {
            match &node.op {
                Op::Input(_) | Op::Literal(_) | Op::Pad(_) | Op::Concat(_) => self.mark(id),
                Op::Fold(_) => self.mark(id),
                Op::Reduce(..) | Op::ArgReduce(..) => self.mark(id),
                Op::MatMul => {
                    self.mark(id);
                    node.operands.iter().for_each(|&x| self.require(graph, x));
                }
                Op::Routine(_) => {
                    self.mark(id);
                    // Their elements one after the other: reshapes show them as they are.
                    node.operands.iter().for_each(|&x| self.mark(storage_root(graph, x)));
                }
                Op::Take(_) | Op::TakeAlong(_) => {
                    node.operands.iter().for_each(|&x| self.require(graph, x));
                }
                Op::Scatter(..) | Op::ScatterAlong(..) => {
                    self.mark(id);
                    self.require(graph, node.operands[1]);
                }
                Op::Reshape(to) if !splits(&graph.ty(node.operands[0]).shape, to) => {
                    self.mark(storage_root(graph, id));
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
                | Op::Windows(_) => {}
            }
        }
        for root in &graph.roots {
            self.mark(root.node);
        }
    }

    /// Buffers that save work: values that many would compute again, and programs too long.
    fn mark_by_cost(&mut self, graph: &Graph) {
        let uses = graph.use_counts();
        let mut size = vec![0u32; graph.nodes().len()];
        let mut dear = vec![false; graph.nodes().len()];
        let mut windows = vec![false; graph.nodes().len()];
        for (id, node) in graph.iter() {
            let i = id.index();
            if let Op::Reduce(_, axes) = node.op {
                let x = node.operands[0];
                let terms = terms(graph, x, axes).saturating_mul(size[x.index()]);
                self.unrolled[i] =
                    windows[x.index()] && !dear[x.index()] && (1..=INLINE_LIMIT).contains(&terms);
            }
            if self.stored[i] {
                size[i] = 1;
                continue;
            }
            if let Op::Windows(part) = &node.op {
                let x = node.operands[0];
                let overlap = part.reach() >= part.stride && size[x.index()] > 1;
                if overlap || dear[x.index()] || size[x.index()] > CHEAP_SIZE {
                    self.require(graph, x);
                    (size[x.index()], dear[x.index()]) = (1, false);
                }
            }
            windows[i] = matches!(node.op, Op::Windows(_))
                || node.operands.iter().any(|x| windows[x.index()]);
            let inlined = node.operands.iter().map(|x| size[x.index()]);
            size[i] = inlined.fold(1, u32::saturating_add);
            dear[i] = is_dear(&node.op) || node.operands.iter().any(|x| dear[x.index()]);
            // Views share the buffer of what they view.
            let shared = uses[i] > 1 && node.op.is_elementwise();
            let worth = dear[i] || size[i] > CHEAP_SIZE;
            if shared && worth || size[i] > INLINE_LIMIT {
                self.stored[i] = true;
                (size[i], dear[i]) = (1, false);
            }
        }
    }

    fn mark(&mut self, id: NodeId) {
        self.stored[id.index()] = true;
    }

    /// The value must be readable at any index: the buffer behind its views is stored.
    fn require(&mut self, graph: &Graph, id: NodeId) {
        let (mut id, mut node) = (id, graph.node(id));
        while is_view(&node.op) {
            let operand = node.operands[0];
            if let Op::Reshape(to) = &node.op
                && !splits(&graph.ty(operand).shape, to)
            {
                id = storage_root(graph, id);
                break;
            }
            (id, node) = (operand, graph.node(operand));
        }
        self.mark(id);
    }
}

/// Over how many elements a reduction goes; 0 where that is not known.
fn terms(graph: &Graph, x: NodeId, axes: Axes) -> u32 {
    let length = |axis: usize| graph.ty(x).shape[axis].known().and_then(|n| u32::try_from(n).ok());
    axes.iter().try_fold(1u32, |n, axis| n.checked_mul(length(axis)?)).unwrap_or(0)
}

/// The node whose buffer a chain of reshapes shows in another shape.
pub fn storage_root(graph: &Graph, id: NodeId) -> NodeId {
    let mut id = id;
    while let Op::Reshape(_) | Op::Marker(_) | Op::Fast = graph.node(id).op {
        id = graph.node(id).operands[0];
    }
    id
}

/// Whether computing the op twice costs more than storing and loading its result.
fn is_dear(op: &Op) -> bool {
    match op {
        Op::Unary(op) => match op {
            UnaryOp::Neg | UnaryOp::Abs | UnaryOp::Sign | UnaryOp::Sqr => false,
            UnaryOp::Floor | UnaryOp::Ceil | UnaryOp::Trunc | UnaryOp::Round => false,
            UnaryOp::Not | UnaryOp::Sqrt => false,
            UnaryOp::Exp
            | UnaryOp::Expm1
            | UnaryOp::Log
            | UnaryOp::Log1p
            | UnaryOp::Rsqrt
            | UnaryOp::Sin
            | UnaryOp::Cos
            | UnaryOp::Tan
            | UnaryOp::Asin
            | UnaryOp::Acos
            | UnaryOp::Atan
            | UnaryOp::Sinh
            | UnaryOp::Cosh
            | UnaryOp::Tanh
            | UnaryOp::Asinh
            | UnaryOp::Acosh
            | UnaryOp::Atanh
            | UnaryOp::Sigmoid
            | UnaryOp::Softplus
            | UnaryOp::Erf
            | UnaryOp::Erfc
            | UnaryOp::Erfcx
            | UnaryOp::Erfinv
            | UnaryOp::Lgamma
            | UnaryOp::Digamma => true,
        },
        Op::Binary(op) => {
            matches!(op, BinaryOp::Pow | BinaryOp::Atan2 | BinaryOp::Rem | BinaryOp::Quot)
        }
        Op::Take(_) | Op::TakeAlong(_) | Op::RandomBits(_) => true,
        _ => false,
    }
}
