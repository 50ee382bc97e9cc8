//! Every rule of the rule book, instantiated and evaluated: both sides have one value.
//!
//! Exact rules keep every bit, edge values included, but all NaN are one. For stable rules the left
//! side is what may go wrong: where it is finite, the sides agree to a relative 1e-12, or to as much
//! as a few roundings of intermediate values move the left side (see `wobble.rs`); a naive
//! form that cancels promises nothing else. Integers and booleans always agree exactly.
//!
//! Invariants: a rule that never applies here, or never to values that can be compared, fails.
//!
//! Not here: the instances (`instance.rs`), their values (`values.rs`).

mod instance;
mod values;
mod wobble;

use super::pattern::{Binding, HOLES, Pattern};
use super::{RULES, Rule, Soundness};
use crate::language::{Attr, Head, Term};
use crate::space::{Classes, Rules, Space, attr_of, filled, op_of};
use egg::Id;
use hypatia_ir::dtype::DType;
use hypatia_ir::eval::evaluate;
use hypatia_ir::graph::{Graph, GraphInput, NodeId, Role, Root};
use hypatia_ir::op::{BinaryOp, Op, ReduceOp, UnaryOp};
use hypatia_ir::scalar::Scalar;
use hypatia_ir::shape::Type;
use hypatia_ir::span::Span;
use hypatia_ir::tensor::Tensor;
use instance::{Filling, Instance, Place, instances};
use std::collections::HashMap;
use values::{FINITE, Known, NOTHING, NOTHING_STABLE, POSITIVE, UNDERFLOWING};
use wobble::wobble;

/// Instances tried for each rule, dtype and knowledge; spread over all there are.
const TRIES: usize = 256;

/// What the stable side may add to the error of the left side.
const STABLE: f64 = 1e-12;

/// The left side of a rule in an e-graph.
struct Trial {
    space: Space,
    class: Id,
}

impl Trial {
    fn new(rule: &Rule, instance: &Instance, known: &Known, dtype: DType) -> Option<Trial> {
        let mut space = Space::new(Rules::default());
        let mut binding: Binding = [None; HOLES];
        for (hole, filling) in instance.iter().enumerate() {
            binding[hole] = match filling {
                None => continue,
                Some(Filling::Attr(attr)) => Some(space.add(Term::attr(attr.clone()))),
                Some(Filling::Constant(value, shape)) => Some(filled(&mut space, *value, shape)),
                Some(Filling::Operand(ty)) => {
                    let number = space.analysis.outer.len() as u32;
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
        Some(Trial { space, class })
    }

    /// A graph with both sides of every way in which the rule applies.
    fn sides(&mut self, rule: &Rule) -> Vec<Graph> {
        let mut sides = Vec::new();
        let mut matches = Vec::new();
        let classes = Classes::of(&self.space);
        rule.matches(&self.space, &classes, self.class, |binding| matches.push(binding));
        for binding in matches {
            if let Some(new) = rule.apply(&mut self.space, &binding, self.class) {
                sides.push(Writer::graph(&self.space, &[self.class, new]));
            }
        }
        sides
    }
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
    fn graph(space: &Space, roots: &[Id]) -> Graph {
        let mut writer = Writer { space, graph: Graph::default(), made: HashMap::new() };
        let inputs: Vec<NodeId> = (0..space.analysis.outer.len())
            .map(|at| {
                let ty: Type = space.analysis.outer[at].clone();
                let name = format!("x{at}").into();
                writer.graph.add_input(GraphInput { name, ty, at: Span::NONE, shared: false })
            })
            .collect();
        for (number, input) in inputs.into_iter().enumerate() {
            if let Some(id) = space.lookup(Term::new(Head::Outer(number as u32), [])) {
                writer.made.insert(space.find(id), input);
            }
        }
        for (at, &root) in roots.iter().enumerate() {
            let node = writer.class(root);
            writer.graph.roots.push(Root { role: Role::Output(format!("y{at}").into()), node });
        }
        writer.graph
    }

    /// Nothing has been united but constants, so any term of a class is the one that was added; for
    /// constants it is the constant, which has no operands to lead back here.
    fn class(&mut self, class: Id) -> NodeId {
        let class = self.space.find(class);
        if let Some(&node) = self.made.get(&class) {
            return node;
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
        let operands: Vec<NodeId> = term.operands().iter().map(|&x| self.class(x)).collect();
        let node = match term.head {
            Head::Softmax | Head::LogSoftmax | Head::LogSumExp => {
                self.name(&term.head, attr_of(space, term), operands[0])
            }
            _ => self.op(op_of(space, term).unwrap(), &operands),
        };
        self.made.insert(class, node);
        node
    }

    fn op(&mut self, op: Op, operands: &[NodeId]) -> NodeId {
        self.graph.add(op, operands, Span::NONE).unwrap()
    }

    fn name(&mut self, head: &Head, attr: Option<&Attr>, x: NodeId) -> NodeId {
        let Some(Attr::Axes(axes)) = attr else { panic!("{head:?} without axes") };
        let e = self.op(Op::Unary(UnaryOp::Exp), &[x]);
        let sum = self.op(Op::Reduce(ReduceOp::Sum, *axes), &[e]);
        if *head == Head::Softmax {
            return self.op(Op::Binary(BinaryOp::Div), &[e, sum]);
        }
        let log = self.op(Op::Unary(UnaryOp::Log), &[sum]);
        if *head == Head::LogSumExp { log } else { self.op(Op::Binary(BinaryOp::Sub), &[x, log]) }
    }
}

/// What is wrong with a promise on these values, if anything is; else how many elements were compared
/// to at least nine digits.
fn compare(promise: Soundness, graph: &Graph, inputs: &[Tensor]) -> Result<usize, String> {
    let (left, right) = (graph.roots[0].node, graph.roots[1].node);
    if graph.ty(left) != graph.ty(right) {
        return Err(format!("types {} and {}", graph.ty(left), graph.ty(right)));
    }
    let mut only = graph.clone();
    only.roots.truncate(1);
    if evaluate(&only, inputs).is_err() {
        return Ok(0);
    }
    let values = evaluate(graph, inputs).map_err(|e| format!("right side: {e}"))?;
    let (x, y) = (&values[0], &values[1]);
    let exact = promise == Soundness::Exact || !x.dtype().is_float();
    let wobble = if exact { vec![0.0; x.len()] } else { wobble(&only, inputs, 0, 4) };
    let mut compared = 0;
    for (at, wobble) in wobble.into_iter().enumerate() {
        let (a, b) = (x.get(at), y.get(at));
        let (v, w) = (a.as_f64(), b.as_f64());
        let fits = if exact {
            a == b || v.is_nan() && w.is_nan()
        } else {
            // What underflows is 0 to the one and tiny to the other side.
            let lost = promise == Soundness::Fast && !w.is_finite();
            lost || !v.is_finite() || (v - w).abs() <= STABLE * v.abs() + wobble + 1e-300
        };
        if !fits {
            return Err(format!("element {at}: {a} and {b}"));
        }
        compared += usize::from(exact || v.is_finite() && wobble <= 1e-9 * v.abs());
    }
    Ok(compared)
}

/// Values of the inputs of an instance.
fn values_of(graph: &Graph, known: &Known, dtype: DType, seed: usize) -> Vec<Tensor> {
    let value = |(at, i): (usize, &GraphInput)| {
        let shape: Vec<usize> = i.ty.shape.eval(&Default::default()).unwrap();
        let is_index = i.ty.dtype == DType::I64 && dtype != DType::I64;
        let known = if is_index { &INDICES } else { known };
        known.value(i.ty.dtype, &shape, at + 3 * seed)
    };
    graph.inputs.iter().enumerate().map(value).collect()
}

/// Tries whether a rule keeps a promise on values of a dtype; how many elements were compared.
fn check_as(rule: &Rule, promise: Soundness, dtype: DType) -> Result<usize, String> {
    let instances = instances(rule, dtype);
    let exact = promise == Soundness::Exact;
    let nothing = if exact { &NOTHING } else { &NOTHING_STABLE };
    let knowledge: &[&Known] = match (dtype, exact) {
        (DType::Bool, _) => &[nothing],
        (DType::I64, _) | (_, false) => &[nothing, &FINITE, &POSITIVE],
        _ => &[nothing, &FINITE, &POSITIVE, &UNDERFLOWING],
    };
    let mut compared = 0;
    for known in knowledge {
        for instance in instances.iter().step_by(instances.len().div_ceil(TRIES).max(1)) {
            let Some(mut trial) = Trial::new(rule, instance, known, dtype) else { continue };
            for graph in trial.sides(rule) {
                for seed in 0..2 {
                    let inputs = values_of(&graph, known, dtype, seed);
                    let failed = |e| format!("{}: {e}\n{graph}{inputs:?}", rule.name);
                    compared += compare(promise, &graph, &inputs).map_err(failed)?;
                }
            }
        }
    }
    Ok(compared)
}

/// Tries a rule; how many elements were compared.
fn check(rule: &Rule) -> Result<usize, String> {
    let mut compared = 0;
    for dtype in [DType::F64, DType::F32, DType::I64, DType::Bool] {
        // The error analysis is for `f64`.
        if dtype != DType::F32 || rule.soundness == Soundness::Exact {
            compared += check_as(rule, rule.soundness, dtype)?;
        }
    }
    Ok(compared)
}

/// Indices into short axes.
const INDICES: Known =
    Known { facts: NOTHING.facts, numbers: &[0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0] };

#[test]
fn sides_of_rules_are_equal() {
    let mut failures = Vec::new();
    for rule in RULES.iter() {
        match check(rule) {
            Ok(0) => failures.push(format!("{}: nothing to compare", rule.name)),
            Ok(_) => {}
            Err(failure) => failures.push(failure),
        }
    }
    assert!(failures.is_empty(), "{} rules fail:\n{}", failures.len(), failures.join("\n"));
}

/// Else they would be of another kind.
#[test]
fn fast_rules_change_bits() {
    for rule in RULES.iter().filter(|r| r.soundness == Soundness::Fast) {
        assert!(check_as(rule, Soundness::Exact, DType::F64).is_err(), "{}", rule.name);
    }
}
