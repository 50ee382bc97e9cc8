//! What does not depend on the inputs that vary: to be computed once, outside a loop or a call.
//!
//! Invariants: the two parts together compute what the graph did; a value is taken out if nothing
//! that is taken out computes further with it, so the fewest values cross over.
//!
//! Not here: loops, which decide what varies.

use crate::cost::of_node;
use crate::error::Error;
use crate::pass::site::wrong;
use hypatia_ir::graph::{Graph, GraphInput, Node, NodeId, Role, Root};
use hypatia_ir::op::Op;
use std::collections::HashMap;
use std::sync::Arc;

#[cfg(test)]
#[path = "invariant_test.rs"]
mod test;

/// What a value costs at least that is worth keeping, in nanoseconds of the model: views are not.
const WORTH: f64 = 3.0;

/// A graph in two parts.
#[derive(Clone, Debug)]
pub struct Hoisted {
    /// Computes what does not vary: an output for each of [`Hoisted::kept`], in their order. Its
    /// inputs are those of the graph.
    pub once: Graph,
    /// Computes the rest. Its inputs are those of the graph, then one for each of
    /// [`Hoisted::kept`].
    pub each: Graph,
    /// The values that are computed once, as nodes of the graph.
    pub kept: Vec<NodeId>,
}

/// The largest parts of a graph that depend on none of the inputs for which `varies` holds, each
/// by its last node, in order. Leaves and views of them are cheaper to compute than to keep.
///
/// ```
/// # use hypatia_ir::{expr::vector, graph::Graph};
/// # use hypatia_opt::invariants;
/// let (x, w) = (vector::<f32>("x", 3), vector::<f32>("w", 3));
/// let y = &x * (w.exp() + 1);
/// let graph = Graph::capture(&[], &[("y".into(), y)]).unwrap().graph;
/// let found = invariants(&graph, 64, |input| &*input.name == "x");
/// assert_eq!(graph.node(found[0]).op.name(), "add");
/// ```
pub fn invariants(graph: &Graph, hint: i64, varies: impl Fn(&GraphInput) -> bool) -> Vec<NodeId> {
    let live = graph.live();
    let varying = varying(graph, varies);
    // The cost of a value with all that only views hide.
    let mut worth = vec![0.0f64; live.len()];
    let mut ends = vec![false; live.len()];
    graph.roots.iter().for_each(|r| ends[r.node.index()] = true);
    for (id, node) in graph.iter().filter(|(id, _)| live[id.index()]) {
        let below = node.operands.iter().map(|x| worth[x.index()]).fold(0.0, f64::max);
        worth[id.index()] = below.max(of_node(graph, id, hint));
        if varying[id.index()] {
            node.operands.iter().for_each(|x| ends[x.index()] = true);
        }
    }
    let is_end = |(id, node): &(NodeId, &Node)| {
        let i = id.index();
        live[i] && ends[i] && !varying[i] && !node.operands.is_empty() && worth[i] >= WORTH
    };
    graph.iter().filter(is_end).map(|(id, _)| id).collect()
}

/// Splits a graph into what depends on the inputs for which `varies` holds and what does not.
/// `None` if there is nothing to take out.
///
/// # Errors
/// [`Error::Internal`] if a part has no types.
pub fn hoist(
    graph: &Graph,
    hint: i64,
    varies: impl Fn(&GraphInput) -> bool,
) -> Result<Option<Hoisted>, Error> {
    let kept = invariants(graph, hint, varies);
    if kept.is_empty() {
        return Ok(None);
    }
    let names: Vec<Arc<str>> = names(graph, kept.len());
    let mut once = Part::of(graph);
    let roots: Vec<Root> = kept
        .iter()
        .zip(&names)
        .map(|(&node, name)| Root { role: Role::Output(name.clone()), node })
        .collect();
    once.fill(graph, &roots)?;
    let mut each = Part::of(graph);
    for (&id, name) in kept.iter().zip(&names) {
        let node = graph.node(id);
        let (ty, at, name) = (node.ty.clone(), node.at, name.clone());
        let input = each.graph.add_input(GraphInput { name, ty, at, shared: false });
        each.moves.insert(id, input);
    }
    each.fill(graph, &graph.roots)?;
    Ok(Some(Hoisted { once: once.graph, each: each.graph, kept }))
}

/// Which nodes depend on an input that varies.
fn varying(graph: &Graph, varies: impl Fn(&GraphInput) -> bool) -> Vec<bool> {
    let mut varying = vec![false; graph.nodes().len()];
    for (id, node) in graph.iter() {
        varying[id.index()] = match node.op {
            Op::Input(i) => graph.inputs.get(i as usize).is_some_and(&varies),
            _ => node.operands.iter().any(|x| varying[x.index()]),
        };
    }
    varying
}

/// Names that no input has.
fn names(graph: &Graph, count: usize) -> Vec<Arc<str>> {
    let free = |name: &String| graph.inputs.iter().all(|i| *i.name != **name);
    (0..).map(|i| format!("kept{i}")).filter(free).take(count).map(Arc::from).collect()
}

/// A part in the making.
struct Part {
    graph: Graph,
    moves: HashMap<NodeId, NodeId>,
}

impl Part {
    /// The inputs of a graph.
    fn of(graph: &Graph) -> Part {
        let mut part = Part { graph: Graph::default(), moves: HashMap::new() };
        for (id, node) in graph.iter() {
            if let Op::Input(i) = node.op {
                let input = graph.inputs[i as usize].clone();
                part.moves.insert(id, part.graph.add_input(input));
            }
        }
        part
    }

    /// Adds what roots need that is not there yet, and the guards of the graph.
    fn fill(&mut self, graph: &Graph, roots: &[Root]) -> Result<(), Error> {
        let mut needed = vec![false; graph.nodes().len()];
        roots.iter().for_each(|r| needed[r.node.index()] = true);
        for (id, node) in graph.iter().rev() {
            if needed[id.index()] && !self.moves.contains_key(&id) {
                node.operands.iter().for_each(|x| needed[x.index()] = true);
            }
        }
        let lost = |id: NodeId| Error::internal("hoist", format!("%{}", id.0));
        for (id, node) in graph.iter().filter(|(id, _)| needed[id.index()]) {
            if self.moves.contains_key(&id) {
                continue;
            }
            let new = match node.op {
                Op::Literal(i) => {
                    self.graph.add_literal(graph.literals[i as usize].clone(), node.at)
                }
                _ => {
                    let moved = |x: &NodeId| self.moves.get(x).copied().ok_or_else(|| lost(*x));
                    let operands: Vec<NodeId> =
                        node.operands.iter().map(moved).collect::<Result<_, _>>()?;
                    self.graph.add(node.op.clone(), &operands, node.at).map_err(wrong)?
                }
            };
            self.moves.insert(id, new);
        }
        for root in roots {
            let node = self.moves.get(&root.node).copied().ok_or_else(|| lost(root.node))?;
            self.graph.roots.push(Root { role: root.role.clone(), node });
        }
        self.graph.guards = graph.guards.clone();
        Ok(())
    }
}
