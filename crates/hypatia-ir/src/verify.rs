//! The checker of graphs: whether a graph keeps the invariants that every pass relies on.
//!
//! Invariants: reads the graph alone, in linear time; a graph that passes prints to a text that
//! reads back as the same graph.
//!
//! Not here: the sizes of a call (`eval/bind.rs`), type errors of expressions (`error.rs`).

use crate::error::Cause;
use crate::expr::check_name;
use crate::graph::{Graph, GraphInput, Node, NodeId, Operands, Role, Root};
use crate::infer::{Requirement, infer};
use crate::op::Op;
use crate::shape::{Shape, Type};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use thiserror::Error;

/// The first invariant that a graph breaks: a bug of the pass that made it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum VerifyError {
    /// An operand that does not come before its user.
    #[error("%{} uses %{}, which does not come before it", .node.0, .operand.0)]
    Order {
        /// The user.
        node: NodeId,
        /// The operand.
        operand: NodeId,
    },
    /// Operands that do not fit their op.
    #[error("%{} does not type-check: {cause}", .node.0)]
    Untyped {
        /// The node.
        node: NodeId,
        /// Why.
        cause: Cause,
    },
    /// A node whose stored type is not the inferred or declared one.
    #[error("%{} has the type {found}, its op and operands give {expected}", .node.0)]
    Type {
        /// The node.
        node: NodeId,
        /// The inferred or declared type.
        expected: Type,
        /// The stored type.
        found: Type,
    },
    /// A requirement of a node that no guard covers.
    #[error("%{} needs {requirement}, and no guard says so", .node.0)]
    Unguarded {
        /// The node.
        node: NodeId,
        /// What it needs.
        requirement: Requirement,
    },
    /// The same op on the same operands twice.
    #[error("%{} computes the same as %{}", .node.0, .first.0)]
    Duplicate {
        /// The second node.
        node: NodeId,
        /// The first.
        first: NodeId,
    },
    /// Inputs or literals that are not one node each, in the order of their numbers.
    #[error("%{} should be {table} number {expected} of {count}", .node.0)]
    Leaf {
        /// The node; one past the last if nodes are missing.
        node: NodeId,
        /// `input` or `literal`.
        table: &'static str,
        /// The number that should come next.
        expected: usize,
        /// The length of the table.
        count: usize,
    },
    /// A name of an input or output that the text form cannot write, or that is there already.
    #[error("`{name}` is not the name of one {what} alone")]
    Name {
        /// The name.
        name: Arc<str>,
        /// `input` or `output`.
        what: &'static str,
    },
    /// An input with a negative length.
    #[error("the input `{input}` has the type {ty}")]
    NegativeDim {
        /// The input.
        input: Arc<str>,
        /// Its type.
        ty: Type,
    },
    /// A root that is no node of the graph.
    #[error("the root {root:?} is outside the {count} nodes")]
    Root {
        /// The root.
        root: Root,
        /// The number of nodes.
        count: usize,
    },
    /// An update of something that is no shared input, or of one that is updated already.
    #[error("input {input} cannot be updated: it is not shared, or has an update already")]
    Update {
        /// The input number.
        input: u32,
    },
    /// An update with a value of another type.
    #[error("the update of `{input}` has the type {found}, not {expected}")]
    UpdateType {
        /// The input.
        input: Arc<str>,
        /// Its type.
        expected: Type,
        /// The type of the new value.
        found: Type,
    },
}

impl Graph {
    /// Checks the invariants stated in `graph.rs`, and that names are such that the text form
    /// can write the graph.
    ///
    /// ```
    /// # use hypatia_ir::{expr::vector, graph::Graph};
    /// let x = vector::<f32>("x", "n");
    /// let graph = Graph::capture(&[], &[("y".into(), x.exp())]).unwrap().graph;
    /// assert_eq!(graph.verify(), Ok(()));
    /// ```
    pub fn verify(&self) -> Result<(), VerifyError> {
        verify_inputs(&self.inputs)?;
        verify_leaves(self)?;
        let guards: HashSet<&Requirement> = self.guards.iter().map(|g| &g.requirement).collect();
        let mut seen: HashMap<(&Op, &Operands), NodeId> = HashMap::new();
        for (id, node) in self.iter() {
            verify_type(self, id, node, &guards)?;
            if let Some(first) = seen.insert((&node.op, &node.operands), id) {
                return Err(VerifyError::Duplicate { node: id, first });
            }
        }
        verify_roots(self)
    }
}

fn verify_inputs(inputs: &[GraphInput]) -> Result<(), VerifyError> {
    let mut names = HashSet::new();
    for input in inputs {
        if check_name(&input.name).is_err() || !names.insert(&input.name) {
            return Err(VerifyError::Name { name: input.name.clone(), what: "input" });
        }
        if input.ty.shape.iter().any(|d| d.known().is_some_and(|n| n < 0)) {
            let (input, ty) = (input.name.clone(), input.ty.clone());
            return Err(VerifyError::NegativeDim { input, ty });
        }
    }
    Ok(())
}

/// That inputs and literals are one node each, in order.
fn verify_leaves(graph: &Graph) -> Result<(), VerifyError> {
    let tables = [("input", graph.inputs.len()), ("literal", graph.literals.len())];
    let mut next = [0; 2];
    let leaf = |node, which: usize, expected| {
        let (table, count) = tables[which];
        VerifyError::Leaf { node, table, expected, count }
    };
    for (id, node) in graph.iter() {
        let (which, number) = match node.op {
            Op::Input(i) => (0, i as usize),
            Op::Literal(i) => (1, i as usize),
            _ => continue,
        };
        if number != next[which] || number >= tables[which].1 {
            return Err(leaf(id, which, next[which]));
        }
        next[which] += 1;
    }
    let end = NodeId(graph.nodes().len() as u32);
    match (0..2).find(|&which| next[which] != tables[which].1) {
        Some(which) => Err(leaf(end, which, next[which])),
        None => Ok(()),
    }
}

/// That operands come first, and that the type is the one the op gives.
fn verify_type(
    graph: &Graph,
    id: NodeId,
    node: &Node,
    guards: &HashSet<&Requirement>,
) -> Result<(), VerifyError> {
    if let Some(&operand) = node.operands.iter().find(|&&x| x >= id) {
        return Err(VerifyError::Order { node: id, operand });
    }
    let mut needs = Vec::new();
    let expected = match node.op {
        Op::Input(i) => graph.inputs[i as usize].ty.clone(),
        Op::Literal(i) => {
            let value = &graph.literals[i as usize];
            Type::new(value.dtype(), Shape::from(value.shape()))
        }
        _ => {
            let types: Vec<&Type> = node.operands.iter().map(|&x| graph.ty(x)).collect();
            let inferred = infer(&node.op, &types, &mut needs);
            inferred.map_err(|cause| VerifyError::Untyped { node: id, cause })?
        }
    };
    if expected != node.ty {
        let found = node.ty.clone();
        return Err(VerifyError::Type { node: id, expected, found });
    }
    match needs.into_iter().find(|need| !guards.contains(need)) {
        Some(requirement) => Err(VerifyError::Unguarded { node: id, requirement }),
        None => Ok(()),
    }
}

fn verify_roots(graph: &Graph) -> Result<(), VerifyError> {
    let (mut names, mut updated) = (HashSet::new(), HashSet::new());
    for root in &graph.roots {
        let count = graph.nodes().len();
        let Some(value) = graph.nodes().get(root.node.index()) else {
            return Err(VerifyError::Root { root: root.clone(), count });
        };
        match &root.role {
            Role::Output(name) => {
                if check_name(name).is_err() || !names.insert(name) {
                    return Err(VerifyError::Name { name: name.clone(), what: "output" });
                }
            }
            Role::Update(number) => {
                let input = graph.inputs.get(*number as usize).filter(|i| i.shared);
                let Some(input) = input.filter(|_| updated.insert(number)) else {
                    return Err(VerifyError::Update { input: *number });
                };
                if input.ty != value.ty {
                    let (expected, found) = (input.ty.clone(), value.ty.clone());
                    let input = input.name.clone();
                    return Err(VerifyError::UpdateType { input, expected, found });
                }
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dim::Dim;
    use crate::dtype::DType;
    use crate::text::parse;

    const TEXT: &str = "hyp 1
input x: f32[n, 4]
shared w: f32[m]
%2: f32[2] = literal([1, 2])
%3: f32[n, 1] = max(x, axes=[1])
%4: f32[n, m] = add(%3, w)
%5: f32[n, 2, 2] = reshape(x, to=[n, 2, 2])
%6: f32[n, 2, 2] = mul(%5, %2)
%7: f32[1] = min(w, axes=[0])
guard m >= 1
output top = %4
output other = %6
update w = w
";

    type Damage = fn(&mut Graph);

    /// What is done to the graph, and what the checker says then.
    const DAMAGES: &[(Damage, &str)] = &[
        (|g| g.nodes_mut()[3].operands[0] = NodeId(4), "%3 uses %4, which does not come before it"),
        (
            |g| g.nodes_mut()[4].operands[0] = NodeId(99),
            "%4 uses %99, which does not come before it",
        ),
        (
            |g| g.nodes_mut()[6].op = Op::MatMul,
            "%6 does not type-check: expected operands of one rank, found rank 1",
        ),
        (
            |g| g.nodes_mut()[4].ty.dtype = DType::F64,
            "%4 has the type f64[n, m], its op and operands give f32[n, m]",
        ),
        (
            |g| g.nodes_mut()[0].ty.dtype = DType::F64,
            "%0 has the type f64[n, 4], its op and operands give f32[n, 4]",
        ),
        (|g| g.guards.clear(), "%7 needs m >= 1, and no guard says so"),
        (
            |g| {
                let copy = g.nodes()[4].clone();
                g.nodes_mut().push(copy);
            },
            "%8 computes the same as %4",
        ),
        (|g| g.nodes_mut().swap(0, 1), "%0 should be input number 0 of 2"),
        (|g| drop(g.literals.pop()), "%2 should be literal number 0 of 0"),
        (
            |g| {
                let more = GraphInput { name: "more".into(), ..g.inputs[0].clone() };
                g.inputs.push(more);
            },
            "%8 should be input number 2 of 3",
        ),
        (|g| g.inputs[1].name = "x".into(), "`x` is not the name of one input alone"),
        (|g| g.inputs[1].name = "a b".into(), "`a b` is not the name of one input alone"),
        (
            |g| g.inputs[0].ty.shape = Shape::from_iter([Dim::Known(-1)]),
            "the input `x` has the type f32[-1]",
        ),
        (
            |g| g.roots[0].node = NodeId(8),
            "the root Root { role: Output(\"top\"), node: NodeId(8) } is outside the 8 nodes",
        ),
        (
            |g| g.roots[1].role = Role::Output("top".into()),
            "`top` is not the name of one output alone",
        ),
        (
            |g| g.roots[2].role = Role::Update(0),
            "input 0 cannot be updated: it is not shared, or has an update already",
        ),
        (
            |g| g.roots[1].role = Role::Update(1),
            "the update of `w` has the type f32[n, 2, 2], not f32[m]",
        ),
        (
            |g| {
                let update = g.roots[2].clone();
                g.roots.push(update);
            },
            "input 1 cannot be updated: it is not shared, or has an update already",
        ),
    ];

    #[test]
    fn every_damage_is_noticed() {
        let whole = parse(TEXT).unwrap();
        assert_eq!(whole.verify(), Ok(()));
        for (damage, expected) in DAMAGES {
            let mut graph = whole.clone();
            damage(&mut graph);
            assert_eq!(graph.verify().unwrap_err().to_string(), *expected);
        }
    }
}
