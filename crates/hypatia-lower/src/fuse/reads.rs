//! What a piece of work reads: buffers, and through which maps.
//!
//! Invariants: the walk is the one that code generation makes, minus the code.
//!
//! Not here: code generation (`build/`).

use crate::affine::{Map, natural_map, operand_map, reduced_maps};
use crate::fuse::storage::{Storage, storage_root};
use crate::fuse::work::{Combine, Value, Work};
use crate::kernel::Affine;
use hypatia_ir::graph::{Graph, NodeId};
use hypatia_ir::op::Op;
use std::collections::HashSet;

/// A buffer read at an index: a function of the axes, or one that is not known before the call.
pub type Read = (NodeId, Option<Map>);

/// The map of a work's value when its space axes are these axes of a nest.
pub fn value_map(
    graph: &Graph,
    work: &Work,
    value: NodeId,
    embedding: &[usize],
    axes: usize,
) -> Map {
    let shape = &graph.ty(value).shape;
    let full = natural_map(&work.shape, embedding, axes);
    let lead = full.len() - shape.rank();
    let index = |i: usize| match shape[i].is(1) {
        true => Affine::zero(axes),
        false => full[lead + i].clone(),
    };
    (0..shape.rank()).map(index).collect()
}

/// The maps of both operands of a product's inner terms.
pub fn term_maps(graph: &Graph, work: &Work, embedding: &[usize], axes: usize) -> [Map; 2] {
    // The points are […, m, n, k]; the operands […, m, k] and […, k, n].
    let full = natural_map(&work.shape, embedding, axes);
    let rank = graph.ty(work.node).rank();
    let (m, n, k) = (rank - 2, rank - 1, rank);
    let pick = |operand: usize, last: [usize; 2]| -> Map {
        let shape = &graph.ty(graph.node(work.node).operands[operand]).shape;
        let order = (0..rank - 2).chain(last);
        let index = |(i, axis): (usize, usize)| match shape[i].is(1) {
            true => Affine::zero(axes),
            false => full[axis].clone(),
        };
        order.enumerate().map(index).collect()
    };
    [pick(0, [m, k]), pick(1, [k, n])]
}

/// Every buffer that the work reads directly, with its map.
pub fn reads(
    graph: &Graph,
    storage: &Storage,
    work: &Work,
    embedding: &[usize],
    axes: usize,
) -> Vec<Read> {
    let mut walk =
        Walk { graph, storage, axes, seen: HashSet::new(), found: Vec::new(), todo: Vec::new() };
    match work.value {
        Value::Of(id) => walk.todo.push((id, value_map(graph, work, id, embedding, axes))),
        Value::Computed(id) => {
            let map = value_map(graph, work, id, embedding, axes);
            walk.enter(id, &map);
        }
        Value::Zero => {}
        Value::Terms(id) => {
            let operands = graph.node(id).operands.iter().copied();
            walk.todo.extend(operands.zip(term_maps(graph, work, embedding, axes)));
        }
    }
    walk.run();
    if let Combine::Scatter { indices, .. } = work.combine {
        walk.found.push((base_buffer(graph, storage, indices), None));
    }
    walk.found
}

struct Walk<'a> {
    graph: &'a Graph,
    storage: &'a Storage,
    axes: usize,
    seen: HashSet<(NodeId, Map)>,
    found: Vec<Read>,
    todo: Vec<(NodeId, Map)>,
}

impl Walk<'_> {
    fn run(&mut self) {
        while let Some((id, map)) = self.todo.pop() {
            if !self.seen.insert((id, map.clone())) {
                continue;
            }
            if self.storage.has(id) {
                self.found.push((id, Some(map)));
            } else {
                self.enter(id, &map);
            }
        }
    }

    fn enter(&mut self, id: NodeId, map: &Map) {
        let node = self.graph.node(id);
        if let Op::Take(_) | Op::TakeAlong(_) = node.op {
            // Read at indices unknown here: no map is aligned with anything.
            for &operand in &node.operands {
                let base = base_buffer(self.graph, self.storage, operand);
                self.found.push((base, None));
            }
            return;
        }
        if let Op::Reduce(_, reduced) = node.op {
            let x = node.operands[0];
            let points = reduced_maps(&self.graph.ty(x).shape, reduced, map, self.axes);
            self.todo.extend(points.into_iter().map(|point| (x, point)));
            return;
        }
        for (k, &operand) in node.operands.iter().enumerate() {
            match operand_map(self.graph, node, k, map, self.axes) {
                Some(map) => self.todo.push((operand, map)),
                None => self.found.push((storage_root(self.graph, operand), None)),
            }
        }
    }
}

/// The node whose buffer a view shows.
pub fn base_buffer(graph: &Graph, storage: &Storage, id: NodeId) -> NodeId {
    let mut id = id;
    while !storage.has(id) {
        match graph.node(id).operands.first() {
            Some(&operand) => id = operand,
            None => break,
        }
    }
    id
}
