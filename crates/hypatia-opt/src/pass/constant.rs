//! Ops on literals become literals.
//!
//! Invariants: a result is of bounded size, both by itself and against its operands, and so is the
//! work; what cannot be computed stays, and fails when it is called, if it then does. Random draws
//! stay.
//!
//! Not here: constants that are the same everywhere, which the e-graph folds (`facts.rs`).

use super::site::{Site, wrong};
use crate::cost::of_node;
use crate::error::Error;
use crate::recipe::Draft;
use crate::report::Report;
use hypatia_ir::eval::evaluate;
use hypatia_ir::graph::{Graph, Node, NodeId, Role, Root};
use hypatia_ir::op::Op;
use hypatia_ir::shape::Type;
use hypatia_ir::tensor::Tensor;
use std::collections::HashMap;
use std::sync::Arc;

#[cfg(test)]
#[path = "constant_test.rs"]
mod test;

/// The name in reports.
pub(super) const NAME: &str = "fold_literals";

/// The most bytes of a result.
pub(super) const MOST_BYTES: usize = 1 << 20;

/// The most bytes of all results of a graph.
const MOST_IN_ALL: usize = 16 << 20;

/// How much larger than its operands a result may be.
const GROWTH: usize = 4;

/// The dearest op that is computed now, by its cost in calls, in nanoseconds; and all of them.
const DEAREST: f64 = 2e5;
const DEAREST_IN_ALL: f64 = 1e6;

/// The bytes of a type without symbols.
pub(super) fn bytes(ty: &Type) -> Option<usize> {
    let length = |d: &hypatia_ir::dim::Dim| d.known().and_then(|n| usize::try_from(n).ok());
    ty.shape.iter().try_fold(ty.dtype.size(), |bytes, d| bytes.checked_mul(length(d)?))
}

/// Which nodes depend on literals and constants alone, at least on one literal, and are small.
pub(super) struct Constants {
    depends: Vec<bool>,
}

impl Constants {
    pub fn of(site: &Site<'_>) -> Constants {
        let count = site.live.len();
        let mut constants = Constants { depends: vec![false; count] };
        if site.graph.literals.is_empty() {
            return constants;
        }
        for (id, node) in site.nodes() {
            let small = || bytes(&node.ty).is_some_and(|b| b <= MOST_BYTES);
            let is_const = |x: &NodeId| matches!(site.graph.node(*x).op, Op::Const(_));
            let own = match &node.op {
                Op::Literal(_) => true,
                Op::RandomBits(_) => false,
                _ => {
                    let fixed = |x: &NodeId| constants.has(*x) || is_const(x);
                    node.operands.iter().all(fixed)
                        && node.operands.iter().any(|x| constants.has(*x))
                        && small()
                }
            };
            constants.depends[id.index()] = own;
        }
        constants
    }

    pub fn has(&self, id: NodeId) -> bool {
        self.depends[id.index()]
    }
}

pub(super) fn run(site: &Site<'_>, report: &mut Report) -> Result<Option<Graph>, Error> {
    let constants = Constants::of(site);
    let folds = |(id, node): (NodeId, &Node)| constants.has(id) && !node.operands.is_empty();
    if !site.nodes().any(folds) {
        return Ok(None);
    }
    let values = values(site, &constants);
    // Of a chain of ops only the last one is needed.
    let mut needed = vec![false; site.live.len()];
    site.graph.roots.iter().for_each(|r| needed[r.node.index()] = true);
    for (id, node) in site.nodes() {
        if !values.contains_key(&id) {
            node.operands.iter().for_each(|x| needed[x.index()] = true);
        }
    }
    site.rewritten(NAME, report, |draft, id, node| match values.get(&id) {
        Some(value) if needed[id.index()] => literal(draft, value, node).map(Some),
        _ => Ok(None),
    })
}

/// What can be computed within the bounds.
fn values(site: &Site<'_>, constants: &Constants) -> HashMap<NodeId, Arc<Tensor>> {
    let mut values: HashMap<NodeId, Arc<Tensor>> = HashMap::new();
    let (mut total, mut spent) = (0, 0.0);
    for (id, node) in site.nodes().filter(|(id, n)| constants.has(*id) && !n.operands.is_empty()) {
        let from: usize =
            node.operands.iter().filter_map(|&x| bytes(site.graph.ty(x))).sum::<usize>();
        let Some(size) = bytes(&node.ty).filter(|&b| b <= GROWTH * from) else { continue };
        let cost = of_node(site.graph, id, site.hint);
        if cost > DEAREST || spent + cost > DEAREST_IN_ALL || total + size > MOST_IN_ALL {
            continue;
        }
        if let Some(value) = value(site, node, &values) {
            (total, spent) = (total + size, spent + cost);
            values.insert(id, Arc::new(value));
        }
    }
    values
}

/// The value of an op, as the interpreter computes it.
fn value(site: &Site<'_>, node: &Node, values: &HashMap<NodeId, Arc<Tensor>>) -> Option<Tensor> {
    let mut graph = Graph::default();
    let mut operands = Vec::with_capacity(node.operands.len());
    for x in &node.operands {
        let operand = site.graph.node(*x);
        let new = match (&operand.op, values.get(x)) {
            (_, Some(value)) => graph.add_literal(value.clone(), operand.at),
            (Op::Literal(i), _) => {
                graph.add_literal(site.graph.literals.get(*i as usize)?.clone(), operand.at)
            }
            (Op::Const(_), _) => graph.add(operand.op.clone(), &[], operand.at).ok()?,
            _ => return None,
        };
        operands.push(new);
    }
    let root = graph.add(node.op.clone(), &operands, node.at).ok()?;
    graph.roots.push(Root { role: Role::Output("y".into()), node: root });
    evaluate(&graph, &[]).ok()?.pop()
}

fn literal(draft: &mut Draft, value: &Arc<Tensor>, node: &Node) -> Result<NodeId, Error> {
    if node.ty.rank() == 0 {
        return draft.graph.add(Op::Const(value.get(0)), &[], node.at).map_err(wrong);
    }
    Ok(draft.graph.add_literal(value.clone(), node.at))
}
