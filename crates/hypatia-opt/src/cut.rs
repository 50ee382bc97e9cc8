//! Where large graphs are cut into stretches.
//!
//! A cut hides what lies on one side of it from the other. So it goes where few values cross, and
//! where those are ends of a computation rather than steps of a formula.
//!
//! Invariants: depends on the graph alone; stretches are in order and cover it; equal layers are
//! cut alike, once the cuts have found their step.
//!
//! Not here: what happens in a stretch (`region.rs`).

use hypatia_ir::graph::Graph;
use hypatia_ir::op::{BinaryOp, Op};
use std::ops::Range;

/// The length that stretches have about.
pub(crate) const STRETCH: usize = 192;

/// Cuts a graph. `first` is about where the first cut goes.
pub(crate) fn stretches(graph: &Graph, live: &[bool], first: usize) -> Vec<Range<usize>> {
    let weights = crossing(graph, live);
    let count = weights.len();
    let mut found = Vec::new();
    let (mut start, mut wanted) = (0, first);
    while start + wanted + STRETCH / 2 < count {
        let window = start + wanted / 2..start + wanted + wanted / 2;
        let cut = window.min_by_key(|&at| weights.get(at).copied().unwrap_or(u64::MAX));
        let cut = cut.unwrap_or(count).max(start + 1);
        found.push(start..cut);
        (start, wanted) = (cut, STRETCH);
    }
    found.push(start..count);
    found
}

/// For each place before a node, how much crosses it.
fn crossing(graph: &Graph, live: &[bool]) -> Vec<u64> {
    let nodes = graph.nodes();
    let mut change = vec![0i64; nodes.len() + 1];
    for (at, &last) in last_uses(graph).iter().enumerate().filter(|(at, _)| live[*at]) {
        let weight = weight(&nodes[at].op);
        if last > at {
            change[at + 1] += weight;
            change[(last + 1).min(nodes.len())] -= weight;
        }
    }
    let mut sum = 0;
    change[..nodes.len()]
        .iter()
        .map(|c| {
            sum += c;
            sum.unsigned_abs()
        })
        .collect()
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
