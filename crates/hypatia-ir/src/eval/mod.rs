//! The reference meaning of graphs: values of every node by plain loops over host tensors.
//!
//! Invariants: simple before fast; float sums, products and matrix products accumulate in `f64`
//! and round once, so that this is the more accurate side of every comparison; integers wrap.
//! No input makes it panic.
//!
//! Not here: what scalars become (`elementwise.rs`), gradients, optimisation.

pub mod bind;
pub mod elementwise;
mod error;
mod index;
mod map;
mod memory;
pub mod philox;
mod product;
mod reduce;
mod routine;
mod special;
mod structure;
mod typed;
mod walk;

pub use bind::{BindError, bind, check_guards};
pub use error::EvalError;
pub use routine::routine;

use crate::dim::DimValues;
use crate::graph::{Graph, Node, NodeId};
use crate::op::Op;
use crate::tensor::Tensor;
use error::internal;
use memory::{extent, extents, full};
use std::borrow::Cow;

/// The values of the roots, in their order, for these values of the inputs, in theirs. Nodes that
/// no root needs are not computed.
///
/// ```
/// # use hypatia_ir::{eval::evaluate, expr::vector, graph::Graph, tensor::Tensor};
/// let x = vector::<f32>("x", "n");
/// let graph = Graph::capture(&[], &[("y".into(), (&x * 2).sum())]).unwrap().graph;
/// let y = evaluate(&graph, &[vec![1.0f32, 2.0].into()]).unwrap();
/// assert_eq!(y, [Tensor::from(6.0f32)]);
/// ```
pub fn evaluate(graph: &Graph, inputs: &[Tensor]) -> Result<Vec<Tensor>, EvalError> {
    let dims = bind_inputs(graph, inputs)?;
    let mut uses = needed(graph);
    let mut values: Vec<Option<Cow<'_, Tensor>>> = vec![None; graph.nodes().len()];
    for (id, node) in graph.iter() {
        if uses[id.index()] == 0 {
            continue;
        }
        values[id.index()] = Some(step(graph, node, inputs, &values, &dims)?);
        for operand in &node.operands {
            uses[operand.index()] -= 1;
            if uses[operand.index()] == 0 {
                values[operand.index()] = None;
            }
        }
    }
    let root = |id: NodeId| values.get(id.index()).cloned().flatten();
    graph
        .roots
        .iter()
        .map(|r| root(r.node).map(Cow::into_owned).ok_or_else(|| missing(r.node)))
        .collect()
}

/// The values of all nodes, by node, for these values of the inputs.
pub fn evaluate_all(graph: &Graph, inputs: &[Tensor]) -> Result<Vec<Tensor>, EvalError> {
    let dims = bind_inputs(graph, inputs)?;
    let mut values: Vec<Option<Cow<'_, Tensor>>> = Vec::with_capacity(graph.nodes().len());
    for node in graph.nodes() {
        values.push(Some(step(graph, node, inputs, &values, &dims)?));
    }
    Ok(values.into_iter().flatten().map(Cow::into_owned).collect())
}

/// The dims of a call, after the number, dtypes and shapes of the inputs and the guards are
/// checked.
fn bind_inputs(graph: &Graph, inputs: &[Tensor]) -> Result<DimValues, EvalError> {
    let shapes: Vec<&[usize]> = inputs.iter().map(Tensor::shape).collect();
    let dims = bind(graph, &shapes)?;
    for (declared, value) in graph.inputs.iter().zip(inputs) {
        let (expected, found) = (declared.ty.dtype, value.dtype());
        if expected != found {
            let input = declared.name.clone();
            return Err(BindError::DType { input, expected, found }.into());
        }
    }
    check_guards(graph, &dims)?;
    Ok(dims)
}

/// How many needed nodes and roots use each node; 0 where no root needs it.
fn needed(graph: &Graph) -> Vec<usize> {
    let mut uses = vec![0; graph.nodes().len()];
    for root in &graph.roots {
        if let Some(count) = uses.get_mut(root.node.index()) {
            *count += 1;
        }
    }
    for (id, node) in graph.iter().rev() {
        if uses[id.index()] > 0 {
            for operand in &node.operands {
                uses[operand.index()] += 1;
            }
        }
    }
    uses
}

fn missing(id: NodeId) -> EvalError {
    internal(format!("%{} has no value", id.0))
}

/// The value of one node, given those of its operands.
fn step<'a>(
    graph: &'a Graph,
    node: &Node,
    inputs: &'a [Tensor],
    values: &[Option<Cow<'a, Tensor>>],
    dims: &DimValues,
) -> Result<Cow<'a, Tensor>, EvalError> {
    let operand = |id: &NodeId| {
        let value = values.get(id.index()).and_then(Option::as_ref);
        value.map(Cow::as_ref).ok_or_else(|| missing(*id))
    };
    let unknown = || internal(format!("{:?} has no value", node.op));
    match node.op {
        Op::Input(i) => inputs.get(i as usize).map(Cow::Borrowed).ok_or_else(unknown),
        Op::Literal(i) => {
            let literal = graph.literals.get(i as usize).ok_or_else(unknown)?;
            Ok(Cow::Borrowed(literal))
        }
        _ => {
            let operands: Result<Vec<&Tensor>, EvalError> =
                node.operands.iter().map(operand).collect();
            apply(node, &operands?, dims).map(Cow::Owned)
        }
    }
}

/// The value of an op on these values.
fn apply(node: &Node, operands: &[&Tensor], dims: &DimValues) -> Result<Tensor, EvalError> {
    let shape = extents(&node.ty, dims, node)?;
    let shape = shape.as_slice();
    let dtype = node.ty.dtype;
    match (&node.op, operands) {
        (Op::Const(value), []) => full(*value, shape),
        (Op::Dim(dim), []) => Ok(Tensor::from(extent(dim, dims, node)?)),
        (Op::Iota(..), []) => structure::iota(dtype, shape),
        (Op::Unary(op), [x]) => map::unary(*op, x),
        (Op::Binary(op), [x, y]) => map::binary(*op, x, y, shape),
        (Op::Compare(op), [x, y]) => map::compare(*op, x, y, shape),
        (Op::Select, [mask, x, y]) => map::select(mask, x, y, shape),
        (Op::RandomBits(word), [seed, stream, counter]) => {
            map::random_bits(*word, seed, stream, counter, shape)
        }
        (Op::Marker(_) | Op::Fast, [x]) => Ok((*x).clone()),
        (Op::Cast(to), [x]) => map::cast(x, *to),
        (Op::Reduce(op, axes), [x]) => reduce::reduce(*op, *axes, x, shape),
        (Op::ArgReduce(op, axis), [x]) => reduce::arg_reduce(*op, *axis, x, shape),
        (Op::Reshape(_), [x]) => structure::reshape(x, shape),
        (Op::Transpose(perm), [x]) => structure::transpose(perm, x, shape),
        (Op::Broadcast(_), [x]) => structure::broadcast(x, shape),
        (Op::Slice(parts), [x]) => {
            let starts: Result<Vec<i64>, _> =
                parts.iter().map(|p| extent(&p.start, dims, node)).collect();
            structure::slice(parts, &starts?, x, shape)
        }
        (Op::Pad(parts), [x, value]) => {
            let lows: Result<Vec<i64>, _> =
                parts.iter().map(|p| extent(&p.low, dims, node)).collect();
            structure::pad(parts, &lows?, x, value.get(0), shape)
        }
        (Op::Concat(axis), parts) => structure::concat(*axis, parts, shape),
        (Op::Windows(part), [x]) => structure::windows(part, x, shape),
        (Op::Fold(part), [x]) => structure::fold(part, x, shape),
        (Op::MatMul, [x, y]) => product::matmul(x, y, shape),
        (Op::Take(axis), [x, at]) => index::take(*axis, x, at, shape, node),
        (Op::TakeAlong(axis), [x, at]) => index::take_along(*axis, x, at, shape, node),
        (Op::Scatter(op, axis), [x, at, new]) => index::scatter(*op, *axis, x, at, new, node),
        (Op::ScatterAlong(op, axis), [x, at, new]) => {
            index::scatter_along(*op, *axis, x, at, new, node)
        }
        (Op::Routine(op), operands) => routine(*op, operands, shape, node.at),
        (op, operands) => Err(internal(format!("{op:?} on {} operands", operands.len()))),
    }
}
