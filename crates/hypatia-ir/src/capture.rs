//! From expressions to graphs and back.
//!
//! Invariants: the graph depends on the expressions alone; equations between dims that the ops
//! need are solved by naming (`m := n`) before types are fixed, the rest become guards.
//!
//! Not here: type rules (`infer.rs`).

use crate::dim::Dim;
use crate::error::{Cause, FixedDim, TypeErrors};
use crate::expr::{Expr, ExprId, Input, Kind, post_order};
use crate::graph::{Graph, GraphInput, NodeId, Role, Root};
use crate::infer::Requirement;
use crate::op::{FoldAxis, Op, PadAxis, SliceAxis};
use crate::shape::{Shape, Type};
use crate::span::Span;
use crate::tensor::Tensor;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

/// Names of dims with what they stand for.
type Naming = BTreeMap<Arc<str>, Dim>;

/// The lines that fixed what names stand for.
type Fixed = BTreeMap<Arc<str>, Span>;

/// A graph with the inputs it was made from.
#[derive(Debug)]
pub struct Captured {
    /// The graph.
    pub graph: Graph,
    /// The free variables, by input number.
    pub inputs: Vec<Arc<Input>>,
    /// The expressions of the free variables, by input number.
    pub leaves: Vec<Expr>,
}

impl Captured {
    /// The number of an input in the graph.
    pub fn position(&self, input: &Arc<Input>) -> Option<u32> {
        let at = self.inputs.iter().position(|i| Arc::ptr_eq(i, input));
        at.map(|i| i as u32)
    }
}

impl Graph {
    /// The graph of these expressions as outputs. `first` are free variables that get the first
    /// input numbers, used or not. Every independent type error is returned.
    pub fn capture(first: &[Expr], outputs: &[(Arc<str>, Expr)]) -> Result<Captured, TypeErrors> {
        let roots: Vec<Expr> =
            first.iter().chain(outputs.iter().map(|(_, e)| e)).cloned().collect();
        let order = post_order(&roots);
        let errors: Vec<_> = order
            .iter()
            .filter_map(|e| match e.kind() {
                Kind::Invalid(error, _) => Some(error.clone()),
                Kind::Input(_) | Kind::Literal(_) | Kind::Apply(..) | Kind::Unknown(..) => None,
            })
            .collect();
        if !errors.is_empty() {
            return Err(TypeErrors(errors));
        }
        let (mut naming, mut fixed) = (Naming::new(), Fixed::new());
        // Each round but the last fixes at least one name, of which there are finitely many.
        loop {
            let (captured, nodes) = build(&order, &naming, &fixed)?;
            if !solve(&captured.graph, &mut naming, &mut fixed) {
                return Ok(with_roots(captured, &nodes, outputs));
            }
        }
    }
}

fn with_roots(
    mut captured: Captured,
    nodes: &HashMap<ExprId, NodeId>,
    outputs: &[(Arc<str>, Expr)],
) -> Captured {
    for (name, expr) in outputs {
        if let Some(&node) = nodes.get(&expr.id()) {
            let role = Role::Output(name.clone());
            captured.graph.roots.push(Root { role, node });
        }
    }
    captured
}

/// Solves the equations of the guards, in order, for names; whether any was found. Equations that
/// contradict each other are left to the types of the next round.
fn solve(graph: &Graph, naming: &mut Naming, fixed: &mut Fixed) -> bool {
    let before = naming.len();
    for guard in &graph.guards {
        let Requirement::Equal(a, b) = &guard.requirement else { continue };
        let solution = a.substitute(naming).solve(&b.substitute(naming));
        if let Ok(Some((name, dim))) = solution {
            let by = Naming::from([(name.clone(), dim.clone())]);
            naming.values_mut().for_each(|d| *d = d.substitute(&by));
            fixed.insert(name.clone(), guard.at);
            naming.insert(name, dim);
        }
    }
    naming.len() > before
}

fn build(
    order: &[&Expr],
    naming: &Naming,
    fixed: &Fixed,
) -> Result<(Captured, HashMap<ExprId, NodeId>), TypeErrors> {
    let (inputs, leaves) = (Vec::new(), Vec::new());
    let mut captured = Captured { graph: Graph::default(), inputs, leaves };
    let mut nodes: HashMap<ExprId, NodeId> = HashMap::with_capacity(order.len());
    let mut literals: HashMap<*const Tensor, NodeId> = HashMap::new();
    let mut names = unique_names(order);
    for expr in order {
        let graph = &mut captured.graph;
        let node = match expr.kind() {
            Kind::Input(input) => {
                captured.inputs.push(input.clone());
                captured.leaves.push((*expr).clone());
                graph.add_input(GraphInput {
                    name: names.next().unwrap_or_else(|| input.name.clone()),
                    ty: rename_type(&input.ty, naming),
                    at: input.at,
                    shared: input.cell.is_some(),
                })
            }
            Kind::Literal(value) => *literals
                .entry(Arc::as_ptr(value))
                .or_insert_with(|| graph.add_literal(value.clone(), expr.span())),
            Kind::Apply(op, operands) => {
                let ids: Vec<NodeId> = operands.iter().map(|x| nodes[&x.id()]).collect();
                graph
                    .add(rename_op(op, naming), &ids, expr.span())
                    .map_err(|cause| again(expr, cause, naming, fixed))?
            }
            Kind::Invalid(..) | Kind::Unknown(..) => continue,
        };
        nodes.insert(expr.id(), node);
    }
    Ok((captured, nodes))
}

/// The names of the free variables in order; of variables with one name, all but the first get a
/// number that makes them unique: `w`, `w_2`, `w_3`.
fn unique_names(order: &[&Expr]) -> std::vec::IntoIter<Arc<str>> {
    let given: Vec<&Arc<str>> = order
        .iter()
        .filter_map(|e| match e.kind() {
            Kind::Input(input) => Some(&input.name),
            Kind::Literal(_) | Kind::Apply(..) | Kind::Invalid(..) | Kind::Unknown(..) => None,
        })
        .collect();
    let mut taken: HashSet<Arc<str>> = given.iter().map(|&n| n.clone()).collect();
    let mut numbers: HashMap<&str, usize> = HashMap::new();
    let mut unique = Vec::with_capacity(given.len());
    for name in given {
        let number = numbers.entry(name).or_insert(0);
        *number += 1;
        if *number == 1 {
            unique.push(name.clone());
            continue;
        }
        let mut candidate: Arc<str> = format!("{name}_{number}").into();
        while !taken.insert(candidate.clone()) {
            *number += 1;
            candidate = format!("{name}_{number}").into();
        }
        unique.push(candidate);
    }
    unique.into_iter()
}

/// The error of an expression that only shows once names are unified.
fn again(expr: &Expr, cause: Cause, naming: &Naming, fixed: &Fixed) -> TypeErrors {
    let Kind::Apply(op, operands) = expr.kind() else {
        return expr.errors();
    };
    let wrong = expr.span().on_behalf_of(|| Expr::invalid(op.name(), cause, operands.clone()));
    let types = operands.iter().filter_map(Expr::type_or_none);
    let mut names: Vec<Arc<str>> =
        types.flat_map(|ty| ty.shape.iter().flat_map(Dim::symbols)).collect();
    names.sort();
    names.dedup();
    let known = names.into_iter().filter_map(|name| {
        let (dim, at) = (naming.get(&name)?.clone(), *fixed.get(&name)?);
        Some(FixedDim { name, dim, at })
    });
    let known: Vec<FixedDim> = known.collect();
    let mut errors = wrong.errors();
    errors.0.iter_mut().for_each(|error| error.fixed.clone_from(&known));
    errors
}

fn rename_shape(shape: &Shape, naming: &Naming) -> Shape {
    shape.iter().map(|d| d.substitute(naming)).collect()
}

fn rename_type(ty: &Type, naming: &Naming) -> Type {
    Type::new(ty.dtype, rename_shape(&ty.shape, naming))
}

/// The op with the dims in its attributes renamed.
fn rename_op(op: &Op, naming: &Naming) -> Op {
    if naming.is_empty() {
        return op.clone();
    }
    let rename = |d: &Dim| d.substitute(naming);
    match op {
        Op::Iota(len, dtype) => Op::Iota(rename(len), *dtype),
        Op::Dim(dim) => Op::Dim(rename(dim)),
        Op::Reshape(shape) => Op::Reshape(rename_shape(shape, naming)),
        Op::Broadcast(shape) => Op::Broadcast(rename_shape(shape, naming)),
        Op::Slice(parts) => {
            let part = |p: &SliceAxis| SliceAxis {
                start: rename(&p.start),
                len: rename(&p.len),
                step: p.step,
            };
            Op::Slice(parts.iter().map(part).collect())
        }
        Op::Pad(parts) => {
            let part = |p: &PadAxis| PadAxis {
                low: rename(&p.low),
                high: rename(&p.high),
                interior: p.interior,
            };
            Op::Pad(parts.iter().map(part).collect())
        }
        Op::Fold(part) => {
            let length = rename(&part.length);
            Op::Fold(FoldAxis { length, ..part.clone() })
        }
        Op::Input(_)
        | Op::Literal(_)
        | Op::Const(_)
        | Op::Unary(_)
        | Op::Binary(_)
        | Op::Compare(_)
        | Op::Select
        | Op::RandomBits(_)
        | Op::Marker(_)
        | Op::Fast
        | Op::Cast(_)
        | Op::Reduce(..)
        | Op::ArgReduce(..)
        | Op::Transpose(_)
        | Op::Concat(_)
        | Op::Windows(_)
        | Op::MatMul
        | Op::Take(_)
        | Op::TakeAlong(_)
        | Op::Scatter(..)
        | Op::ScatterAlong(..)
        | Op::Routine(_) => op.clone(),
    }
}

/// Expressions of the nodes of a graph, given expressions for its inputs (by number): the way
/// back from [`Graph::capture`]. Index the result by node.
pub fn to_exprs(graph: &Graph, leaves: &[Expr]) -> Vec<Expr> {
    let mut exprs: Vec<Expr> = Vec::with_capacity(graph.nodes().len());
    for node in graph.nodes() {
        let operands = || node.operands.iter().map(|x| exprs[x.index()].clone()).collect();
        let expr = node.at.on_behalf_of(|| match &node.op {
            Op::Input(i) => leaves[*i as usize].clone(),
            Op::Literal(i) => Expr::literal_shared(graph.literals[*i as usize].clone()),
            op => Expr::apply(op.clone(), operands()),
        });
        exprs.push(expr);
    }
    exprs
}
