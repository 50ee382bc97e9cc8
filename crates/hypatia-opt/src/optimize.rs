//! Graph to graph: pulses over stretches.
//!
//! Invariants: inputs, literals, roles and types of roots stay; guards are those of before, plus
//! what stable forms need; nothing depends on clocks, threads or addresses.
//!
//! Not here: what happens in a stretch (`region.rs`).

use crate::error::Error;
use crate::region::{Moved, Region};
use crate::report::Report;
use crate::{Optimized, Options};
use hypatia_ir::graph::{Graph, NodeId, Root};
use hypatia_ir::infer::Requirement;
use hypatia_ir::op::Op;
use std::collections::HashSet;
use std::sync::Arc;

/// Graphs of up to so many nodes go through one e-graph; larger ones are cut.
const WHOLE: usize = 5_000;

/// The length of a stretch of a graph that is cut.
const STRETCH: usize = 1_000;

/// Simplifies a graph whose gradients, if any, have been taken: two pulses.
///
/// # Errors
/// [`Error::Internal`] if the simplifier breaks an invariant of its own.
pub fn optimize(graph: &Graph, options: &Options) -> Result<Optimized, Error> {
    let mut report = Report { ops_before: graph.op_count(), ..Report::default() };
    let once = pulse(graph, options, true, &mut report)?;
    report.unstable.clear();
    let twice = pulse(&once, options, true, &mut report)?;
    report.ops_after = twice.op_count();
    Ok(Optimized { graph: twice, report })
}

/// Brings a graph into its stable form before gradients are taken: one pulse, which leaves
/// `stop_gradient` alone.
///
/// # Errors
/// [`Error::Internal`] if the simplifier breaks an invariant of its own.
pub fn stabilize(graph: &Graph, options: &Options) -> Result<Optimized, Error> {
    let mut report = Report { ops_before: graph.op_count(), ..Report::default() };
    let graph = pulse(graph, options, false, &mut report)?;
    report.ops_after = graph.op_count();
    Ok(Optimized { graph, report })
}

fn pulse(
    graph: &Graph,
    options: &Options,
    differentiated: bool,
    report: &mut Report,
) -> Result<Graph, Error> {
    let known = graph.guards.iter().map(|g| g.requirement.clone()).collect();
    let known: Arc<HashSet<Requirement>> = Arc::new(known);
    let mut out = Graph::default();
    let count = graph.nodes().len();
    let mut moved = moved_inputs(graph, &mut out);
    let live = graph.live();
    let stretch = if count <= WHOLE { count.max(1) } else { STRETCH };
    let needed_from = last_uses(graph);
    for start in (0..count).step_by(stretch) {
        let nodes = start..count.min(start + stretch);
        let outside = |&i: &usize| live[i] && needed_from[i] >= nodes.end;
        let roots = nodes.clone().filter(outside).map(|i| NodeId(i as u32)).collect();
        let region = Region { graph, nodes, live: &live, roots, differentiated, known: &known };
        region.run(options, &mut out, &mut moved, report)?;
    }
    for root in &graph.roots {
        let node = moved[root.node.index()];
        let node = node.ok_or_else(|| Error::internal("optimize", format!("{root:?}")))?;
        out.roots.push(Root { role: root.role.clone(), node });
    }
    // What an op needed holds even if the op is gone: it is what the user wrote.
    let own = std::mem::replace(&mut out.guards, graph.guards.clone());
    out.guards.extend(own.into_iter().filter(|g| !known.contains(&g.requirement)));
    Ok(out)
}

/// Gives a new graph the inputs and literals of another.
pub(crate) fn moved_inputs(graph: &Graph, out: &mut Graph) -> Moved {
    let moved = graph.iter().map(|(_, node)| match node.op {
        Op::Input(i) => Some(out.add_input(graph.inputs[i as usize].clone())),
        Op::Literal(i) => Some(out.add_literal(graph.literals[i as usize].clone(), node.at)),
        _ => None,
    });
    moved.collect()
}

/// For each node, the last node that uses it; roots are used after the end.
fn last_uses(graph: &Graph) -> Vec<usize> {
    let mut last = vec![0; graph.nodes().len()];
    for (id, node) in graph.iter() {
        node.operands.iter().for_each(|x| last[x.index()] = id.index());
    }
    graph.roots.iter().for_each(|r| last[r.node.index()] = graph.nodes().len());
    last
}
