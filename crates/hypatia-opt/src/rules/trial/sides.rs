//! The two sides of a rule as graphs that can be evaluated.
//!
//! Invariants: inputs have the names of holes; roots are the left side, then the right.
//!
//! Not here: what is put into the holes (`instance.rs`), what the sides are worth (`mod.rs`).

use super::super::Rule;
use super::super::pattern::{Binding, HOLES, Pattern, letter};
use super::instance::{Filling, Instance, Place};
use super::values::{Known, NOTHING};
use crate::language::{Attr, Head, Term};
use crate::space::{Classes, Rules, Space, attr_of, filled, op_of};
use egg::Id;
use hypatia_ir::dim::Dim;
use hypatia_ir::dtype::DType;
use hypatia_ir::graph::{Graph, GraphInput, NodeId, Role, Root};
use hypatia_ir::op::{BinaryOp, CompareOp, Op, ReduceOp, UnaryOp};
use hypatia_ir::scalar::Scalar;
use hypatia_ir::shape::Shape;
use hypatia_ir::span::Span;
use std::collections::HashMap;
use std::sync::Arc;

/// The left side of a rule in an e-graph.
pub(super) struct Trial {
    space: Space,
    class: Id,
    /// The holes of operands, by number.
    holes: Vec<usize>,
}

impl Trial {
    pub fn new(rule: &Rule, instance: &Instance, known: &Known, dtype: DType) -> Option<Trial> {
        let mut space = Space::new(Rules::default());
        let mut binding: Binding = [None; HOLES];
        let mut holes = Vec::new();
        for (hole, filling) in instance.iter().enumerate() {
            binding[hole] = match filling {
                None => continue,
                Some(Filling::Attr(attr)) => Some(space.add(Term::attr(attr.clone()))),
                Some(Filling::Constant(value, shape)) => Some(filled(&mut space, *value, shape)),
                Some(Filling::Sequence(n, dtype)) => Some(sequence(&mut space, *n, *dtype)),
                Some(Filling::Identity(n, dtype)) => Some(identity(&mut space, *n, *dtype)),
                Some(Filling::Operand(ty)) => {
                    let number = space.analysis.outer.len() as u32;
                    holes.push(hole);
                    space.analysis.outer.push(ty.clone());
                    // What is known is known of values, not of masks and indices.
                    let facts = if ty.dtype == dtype {
                        (known.facts)(dtype)
                    } else {
                        (NOTHING.facts)(ty.dtype)
                    };
                    space.analysis.outer_facts.push(facts);
                    Some(space.add(Term::new(Head::Outer(number), [])))
                }
            };
        }
        let class = add(&mut space, &rule.left, &binding, &Place::Value, dtype)?;
        space.rebuild();
        Some(Trial { space, class, holes })
    }

    /// A graph with both sides of every way in which the rule applies.
    pub fn sides(&mut self, rule: &Rule) -> Vec<Graph> {
        let mut sides = Vec::new();
        let mut matches = Vec::new();
        let classes = Classes::of(&self.space);
        rule.matches(&self.space, &classes, self.class, |binding| matches.push(binding));
        for binding in matches {
            if let Some(new) = rule.apply(&mut self.space, &binding, self.class) {
                sides.extend(Writer::graph(&self.space, &self.holes, &[self.class, new]));
            }
        }
        sides
    }
}

/// The numbers from 0 on.
fn sequence(space: &mut Space, n: usize, dtype: DType) -> Id {
    space.add(Term::new(Head::Leaf(Arc::new(Op::Iota(Dim::from(n), dtype))), []))
}

/// Ones where the number of the row is that of the column.
fn identity(space: &mut Space, n: usize, dtype: DType) -> Id {
    let columns = sequence(space, n, DType::I64);
    let shape = space.add(Term::attr(Attr::Shape(Shape::from(&[n, 1][..]))));
    let rows = space.add(Term::new(Head::Reshape, [shape, columns]));
    let mask = space.add(Term::new(Head::Compare(CompareOp::Eq), [columns, rows]));
    let to = space.add(Term::attr(Attr::DType(dtype)));
    space.add(Term::new(Head::Cast, [to, mask]))
}

/// Adds the left side as it is written.
fn add(
    space: &mut Space,
    pattern: &Pattern,
    binding: &Binding,
    place: &Place,
    dtype: DType,
) -> Option<Id> {
    match pattern {
        Pattern::Hole(hole) => binding[usize::from(*hole)],
        Pattern::Number(number) => {
            let value = Scalar::from_f64(place.dtype(dtype), *number);
            Some(space.add(Term::new(Head::Const(value), [])))
        }
        Pattern::Term(head, children) => {
            let child = |(at, c): (usize, &Pattern)| {
                add(space, c, binding, &place.of_child(head, at), dtype)
            };
            let args: Vec<Id> = children.iter().enumerate().map(child).collect::<Option<_>>()?;
            Some(space.add(Term::new(head.clone(), args)))
        }
    }
}

/// Writes classes as a graph; names are written as what they are defined to be.
struct Writer<'a> {
    space: &'a Space,
    graph: Graph,
    made: HashMap<Id, NodeId>,
}

impl Writer<'_> {
    fn graph(space: &Space, holes: &[usize], roots: &[Id]) -> Option<Graph> {
        let mut writer = Writer { space, graph: Graph::default(), made: HashMap::new() };
        let outer = space.analysis.outer.iter().zip(holes);
        let inputs: Vec<NodeId> = outer
            .map(|(ty, &hole)| {
                let (ty, name) = (ty.clone(), letter(hole).to_string().into());
                writer.graph.add_input(GraphInput { name, ty, at: Span::NONE, shared: false })
            })
            .collect();
        for (number, input) in inputs.into_iter().enumerate() {
            if let Some(id) = space.lookup(Term::new(Head::Outer(number as u32), [])) {
                writer.made.insert(space.find(id), input);
            }
        }
        for (at, &root) in roots.iter().enumerate() {
            let node = writer.class(root)?;
            writer.graph.roots.push(Root { role: Role::Output(format!("y{at}").into()), node });
        }
        Some(writer.graph)
    }

    /// Nothing has been united but constants, so any term of a class is the one that was added; for
    /// constants it is the constant, which has no operands to lead back here.
    fn class(&mut self, class: Id) -> Option<NodeId> {
        let class = self.space.find(class);
        if let Some(&node) = self.made.get(&class) {
            return Some(node);
        }
        let space = self.space;
        let nodes = &space[class].nodes;
        let plain = |t: &&Term| match t.head {
            Head::Const(_) => true,
            Head::Broadcast => space[t.args[1]].data.facts.constant.is_some(),
            _ => false,
        };
        let constant = space[class].data.facts.constant.and_then(|_| nodes.iter().find(plain));
        let term = constant.unwrap_or(&nodes[0]);
        let operands: Vec<NodeId> =
            term.operands().iter().map(|&x| self.class(x)).collect::<Option<_>>()?;
        let node = match term.head {
            Head::Softmax | Head::LogSoftmax | Head::LogSumExp => {
                self.name(&term.head, attr_of(space, term), *operands.first()?)
            }
            _ => self.op(op_of(space, term)?, &operands),
        }?;
        self.made.insert(class, node);
        Some(node)
    }

    fn op(&mut self, op: Op, operands: &[NodeId]) -> Option<NodeId> {
        self.graph.add(op, operands, Span::NONE).ok()
    }

    fn name(&mut self, head: &Head, attr: Option<&Attr>, x: NodeId) -> Option<NodeId> {
        let Some(Attr::Axes(axes)) = attr else { return None };
        let e = self.op(Op::Unary(UnaryOp::Exp), &[x])?;
        let sum = self.op(Op::Reduce(ReduceOp::Sum, *axes), &[e])?;
        if *head == Head::Softmax {
            return self.op(Op::Binary(BinaryOp::Div), &[e, sum]);
        }
        let log = self.op(Op::Unary(UnaryOp::Log), &[sum])?;
        if *head == Head::LogSumExp {
            Some(log)
        } else {
            self.op(Op::Binary(BinaryOp::Sub), &[x, log])
        }
    }
}
