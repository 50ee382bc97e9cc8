//! Graphs: expressions as an arena of hash-consed nodes.
//!
//! Invariants: operands come before users; equal nodes are one node; every node has the type that
//! `infer` gives it; `Op::Input(i)` and `Op::Literal(i)` index the tables of the graph.
//!
//! Not here: building graphs from expressions (`capture.rs`), the checker (`verify.rs`), the text
//! form (`text/`).

use crate::dim::Dim;
use crate::error::Cause;
use crate::infer::{Requirement, infer};
use crate::op::Op;
use crate::shape::{Shape, Type};
use crate::span::Span;
use crate::tensor::Tensor;
use smallvec::SmallVec;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// A node of a graph: its index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub u32);

impl NodeId {
    /// The index as a `usize`.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Operands of a node.
pub type Operands = SmallVec<[NodeId; 3]>;

/// An op with its operands and type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// The op.
    pub op: Op,
    /// The operands, all of smaller index.
    pub operands: Operands,
    /// The type of the result.
    pub ty: Type,
    /// The user's line that this computes for.
    pub at: Span,
}

/// A free variable of a graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GraphInput {
    /// The name, unique in the graph.
    pub name: Arc<str>,
    /// The declared type.
    pub ty: Type,
    /// Where it was declared.
    pub at: Span,
    /// Whether it is shared state rather than an argument.
    pub shared: bool,
}

/// What a root's value becomes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// A result of the call, with its name.
    Output(Arc<str>),
    /// The new value of this (shared) input.
    Update(u32),
}

/// A value that the graph is computed for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Root {
    /// What becomes of it.
    pub role: Role,
    /// The value.
    pub node: NodeId,
}

/// A requirement on dims, and the user's line that needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guard {
    /// What must hold.
    pub requirement: Requirement,
    /// Who needs it.
    pub at: Span,
}

/// A hash-consed expression graph with inputs, literals, roots and the guards of its dims.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    nodes: Vec<Node>,
    /// Free variables, by number.
    pub inputs: Vec<GraphInput>,
    /// Literal tensors, by number.
    pub literals: Vec<Arc<Tensor>>,
    /// What is computed.
    pub roots: Vec<Root>,
    /// What the sizes of a call must satisfy.
    pub guards: Vec<Guard>,
    index: HashMap<(Op, Operands), NodeId>,
    /// The requirements that `add` has made guards of.
    guarded: HashSet<Requirement>,
}

impl Graph {
    /// The nodes in topological order.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The nodes, to be damaged by tests of the checker.
    #[cfg(test)]
    pub(crate) fn nodes_mut(&mut self) -> &mut Vec<Node> {
        &mut self.nodes
    }

    /// The nodes with their ids, in topological order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (NodeId, &Node)> {
        let id = |(i, n)| (NodeId(i as u32), n);
        self.nodes.iter().enumerate().map(id)
    }

    /// Gives the nodes, in order, these lines.
    pub fn set_lines(&mut self, lines: impl IntoIterator<Item = Span>) {
        self.nodes.iter_mut().zip(lines).for_each(|(node, at)| node.at = at);
    }

    /// A node.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.index()]
    }

    /// The type of a node.
    pub fn ty(&self, id: NodeId) -> &Type {
        &self.nodes[id.index()].ty
    }

    /// How many nodes compute something: all but inputs, literals, constants and dims.
    pub fn op_count(&self) -> usize {
        let leaf = |n: &&Node| n.op.arity() != Some(0) || matches!(n.op, Op::Iota(..));
        self.nodes.iter().filter(leaf).count()
    }

    /// Declares a free variable and returns its node.
    pub fn add_input(&mut self, input: GraphInput) -> NodeId {
        let op = Op::Input(self.inputs.len() as u32);
        let (ty, at) = (input.ty.clone(), input.at);
        self.inputs.push(input);
        self.intern(op, Operands::new(), ty, at)
    }

    /// Adds a literal tensor and returns its node.
    pub fn add_literal(&mut self, value: Arc<Tensor>, at: Span) -> NodeId {
        let op = Op::Literal(self.literals.len() as u32);
        let ty = Type::new(value.dtype(), Shape::from(value.shape()));
        self.literals.push(value);
        self.intern(op, Operands::new(), ty, at)
    }

    /// Adds an op, or finds the equal one that is there. What cannot be proved of the dims
    /// becomes a guard.
    pub fn add(&mut self, op: Op, operands: &[NodeId], at: Span) -> Result<NodeId, Cause> {
        let key = (op, Operands::from_slice(operands));
        if let Some(&found) = self.index.get(&key) {
            return Ok(found);
        }
        let mut needs = Vec::new();
        let ty = {
            let types: SmallVec<[&Type; 4]> = operands.iter().map(|&x| self.ty(x)).collect();
            infer(&key.0, &types, &mut needs)?
        };
        for requirement in needs {
            if self.guarded.insert(requirement.clone()) {
                self.guards.push(Guard { requirement, at });
            }
        }
        Ok(self.intern(key.0, key.1, ty, at))
    }

    /// Appends a node of a known type, or finds the equal one.
    fn intern(&mut self, op: Op, operands: Operands, ty: Type, at: Span) -> NodeId {
        let id = NodeId(self.nodes.len() as u32);
        let (node_op, node_operands) = (op.clone(), operands.clone());
        let node = Node { op: node_op, operands: node_operands, ty, at };
        self.index.insert((op, operands), id);
        self.nodes.push(node);
        id
    }

    /// For each node, whether some root needs it.
    pub fn live(&self) -> Vec<bool> {
        let mut live = vec![false; self.nodes.len()];
        self.roots.iter().for_each(|r| live[r.node.index()] = true);
        for (id, node) in self.iter().rev() {
            if live[id.index()] {
                node.operands.iter().for_each(|x| live[x.index()] = true);
            }
        }
        live
    }

    /// How many nodes and roots use each node.
    pub fn use_counts(&self) -> Vec<u32> {
        let mut counts = vec![0; self.nodes.len()];
        let operands = self.nodes.iter().flat_map(|n| n.operands.iter().copied());
        for used in operands.chain(self.roots.iter().map(|r| r.node)) {
            counts[used.index()] += 1;
        }
        counts
    }

    /// Names of dims that some input's shape determines: those that are a dim by themselves.
    pub fn bound_symbols(&self) -> Vec<Arc<str>> {
        let dims = self.inputs.iter().flat_map(|i| i.ty.shape.iter());
        let mut names: Vec<Arc<str>> = dims.filter_map(Dim::as_symbol).cloned().collect();
        names.sort();
        names.dedup();
        names
    }
}
