//! Where large graphs are cut into stretches.
//!
//! A cut hides what lies on one side of it from the other. So it goes where few values cross, and
//! where those are ends of a computation rather than steps of a formula.
//!
//! Invariants: depends on the graph alone; stretches are in order and cover it; equal layers are
//! cut alike, once the cuts have found their step.
//!
//! Not here: what happens in a stretch (`region.rs`).

use hypatia_ir::graph::{Graph, NodeId};
use hypatia_ir::op::{BinaryOp, Op};
use std::ops::Range;

/// A value that is used within so many nodes is a step of a formula.
const NEAR: usize = 32;

/// Cuts a graph into stretches of about `length` ops, the first of about `first`.
pub(crate) fn stretches(
    graph: &Graph,
    live: &[bool],
    first: usize,
    length: usize,
) -> Vec<Range<usize>> {
    let is_leaf = |op: &Op| matches!(op, Op::Input(_) | Op::Literal(_));
    let ops = graph.iter().map(|(id, node)| (id.index(), node));
    let ops: Vec<usize> =
        ops.filter(|(at, node)| live[*at] && !is_leaf(&node.op)).map(|(at, _)| at).collect();
    let weights = crossing(graph, live);
    let mut found = Vec::new();
    // Where the stretch starts: which op, which node.
    let (mut at, mut start, mut wanted) = (0, 0, first);
    while at + wanted + length / 2 < ops.len() {
        let window = at + wanted / 2 + 1..at + wanted + wanted / 2 + 1;
        let Some(cut) = window.min_by_key(|&cut| ops.get(cut).map(|&op| weights[op])) else {
            break;
        };
        found.push(start..ops[cut]);
        (at, start, wanted) = (cut, ops[cut], length);
    }
    found.push(start..graph.nodes().len());
    found
}

/// For each place before a node, what it would cost to cut there.
fn crossing(graph: &Graph, live: &[bool]) -> Vec<i64> {
    let nodes = graph.nodes();
    let mut last_near: Vec<usize> = (0..nodes.len()).collect();
    for (id, node) in graph.iter().filter(|(id, _)| live[id.index()]) {
        let user = id.index();
        let near = |x: &&NodeId| user - x.index() <= NEAR;
        node.operands.iter().filter(near).for_each(|x| last_near[x.index()] = user);
    }
    let mut change = vec![0i64; nodes.len() + 1];
    for (at, &last) in last_near.iter().enumerate().filter(|(at, _)| live[*at]) {
        let weight = weight(&nodes[at].op);
        change[at + 1] += weight;
        change[last + 1] -= weight;
    }
    let sum = |sum: &mut i64, change: i64| {
        *sum += change;
        Some(*sum)
    };
    change.into_iter().scan(0, sum).collect()
}

/// How bad it is to cut between a value and its uses.
fn weight(op: &Op) -> i64 {
    match op {
        // They are seen everywhere.
        Op::Input(_) | Op::Literal(_) | Op::Const(_) => 0,
        Op::MatMul => 1,
        Op::Binary(BinaryOp::Add | BinaryOp::Mul) => 2,
        _ => 4,
    }
}

/// For each node, the last node that uses it; roots are used after the end.
pub(crate) fn last_uses(graph: &Graph) -> Vec<usize> {
    let mut last = vec![0; graph.nodes().len()];
    for (id, node) in graph.iter() {
        node.operands.iter().for_each(|x| last[x.index()] = id.index());
    }
    graph.roots.iter().for_each(|r| last[r.node.index()] = graph.nodes().len());
    last
}
