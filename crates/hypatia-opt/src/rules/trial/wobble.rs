//! How much roundings of intermediate values move the results of a graph.
//!
//! Invariants: deterministic.
//!
//! Not here: what is compared.

use hypatia_ir::dtype::DType;
use hypatia_ir::eval::{evaluate, evaluate_all};
use hypatia_ir::graph::{Graph, GraphInput, NodeId, Role, Root};
use hypatia_ir::op::{BinaryOp, Op};
use hypatia_ir::scalar::Scalar;
use hypatia_ir::shape::Type;
use hypatia_ir::span::Span;
use hypatia_ir::tensor::Tensor;

/// How values are moved, and what that says of roundings.
#[derive(Clone, Copy)]
struct Nudge {
    /// Relative perturbation of every intermediate value: far above a rounding, far below 1.
    size: f64,
    /// Roundings that a side may make of each value: a few ulps.
    roundings: f64,
    /// A relative change of a result that a nudge only makes at a jump.
    jump: f64,
}

const DOUBLE: Nudge = Nudge { size: 1e-9, roundings: 16.0 * f64::EPSILON, jump: 1e-4 };
const SINGLE: Nudge = Nudge { size: 1e-4, roundings: 16.0 * f32::EPSILON as f64, jump: 0.05 };

impl Nudge {
    /// For the narrowest float that a graph computes with.
    fn of(graph: &Graph) -> Nudge {
        let single = graph.nodes().iter().any(|n| n.ty.dtype == DType::F32);
        if single { SINGLE } else { DOUBLE }
    }
}

/// For each element of a root, how much a few roundings of intermediate values move it, to
/// first order: measured by moving them all by the same factor with signs at random, and scaled down.
pub fn wobble(graph: &Graph, inputs: &[Tensor], root: usize, samples: u64) -> Vec<f64> {
    measured(graph, inputs, root, samples, false)
}

/// As [`wobble`], but computed values that are NaN or infinite are taken for any number, and zeros
/// for zeros of either sign: infinite for elements that depend on one.
#[cfg(test)]
pub fn free_wobble(graph: &Graph, inputs: &[Tensor], root: usize, samples: u64) -> Vec<f64> {
    measured(graph, inputs, root, samples, true)
}

fn measured(graph: &Graph, inputs: &[Tensor], root: usize, samples: u64, frees: bool) -> Vec<f64> {
    let Ok(values) = evaluate_all(graph, inputs) else { return Vec::new() };
    let nudge = Nudge::of(graph);
    let exact = &values[graph.roots[root].node.index()];
    let mut most = vec![0.0f64; exact.len()];
    for seed in 0..samples {
        let Some((moved, factors)) = nudged(graph, &values, nudge.size, seed, frees) else {
            return vec![f64::INFINITY; most.len()];
        };
        let inputs: Vec<Tensor> = inputs.iter().cloned().chain(factors).collect();
        // An index may have left its axis.
        let Ok(moved) = evaluate(&moved, &inputs) else { return vec![f64::INFINITY; most.len()] };
        if frees && turned(graph, &values, &moved[graph.roots.len()..]) {
            return vec![f64::INFINITY; most.len()];
        }
        let moved = &moved[root];
        for (at, most) in most.iter_mut().enumerate() {
            let gap = (exact.get(at).as_f64() - moved.get(at).as_f64()).abs();
            // At a jump, or where a nudge moves a value this much, nothing can be said.
            let is_jump = gap.is_nan() || gap > nudge.jump * (1.0 + exact.get(at).as_f64().abs());
            *most = most.max(if is_jump { f64::INFINITY } else { gap });
        }
    }
    most.into_iter().map(|m| m * nudge.roundings / nudge.size).collect()
}

/// The nodes on which jumps turn: those that are no floats.
fn decisions(graph: &Graph) -> impl Iterator<Item = NodeId> + '_ {
    graph.iter().filter(|(_, n)| !n.ty.dtype.is_float()).map(|(id, _)| id)
}

/// Whether a decision is another one now: beyond that, roundings tell nothing.
fn turned(graph: &Graph, values: &[Tensor], moved: &[Tensor]) -> bool {
    decisions(graph).zip(moved).any(|(id, new)| values[id.index()] != *new)
}

/// What stands for NaN and infinities that may be anything.
const ANYTHING: [f64; 8] = [0.0, 1.0, -1.0, 0.3, -2.5, f64::NAN, f64::INFINITY, f64::NEG_INFINITY];

/// Where a value is not finite, and what stands for it there; `None` if it is finite.
fn replacements(value: &Tensor, seed: u64) -> Option<[Tensor; 2]> {
    let lost: Vec<usize> =
        (0..value.len()).filter(|&at| !value.get(at).as_f64().is_finite()).collect();
    let mut mask = Tensor::zeros(DType::Bool, value.shape());
    let mut other = Tensor::zeros(value.dtype(), value.shape());
    for &at in &lost {
        mask.set(at, Scalar::new(true));
        let number = ANYTHING[(seed as usize + at) % ANYTHING.len()];
        other.set(at, Scalar::from_f64(value.dtype(), number));
    }
    (!lost.is_empty()).then_some([mask, other])
}

/// The graph with every computed float times `1 ± size`: further inputs, and their values. If it
/// `frees`, what is not finite becomes something else, and zeros get either sign.
fn nudged(
    graph: &Graph,
    values: &[Tensor],
    size: f64,
    seed: u64,
    frees: bool,
) -> Option<(Graph, Vec<Tensor>)> {
    let mut state = seed;
    let mut sign = move || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        if state >> 63 == 0 { 1.0 } else { -1.0 }
    };
    let (mut out, mut factors) = (Graph::default(), Vec::new());
    graph.inputs.iter().for_each(|i| {
        out.add_input(i.clone());
    });
    let mut ids: Vec<NodeId> = Vec::new();
    for (id, node) in graph.iter() {
        let operands: Vec<NodeId> = node.operands.iter().map(|x| ids[x.index()]).collect();
        let mut new = match node.op {
            Op::Literal(i) => out.add_literal(graph.literals[i as usize].clone(), node.at),
            _ => out.add(node.op.clone(), &operands, Span::NONE).ok()?,
        };
        let value = &values[id.index()];
        let is_given = matches!(node.op, Op::Input(_) | Op::Literal(_) | Op::Const(_));
        if !is_given && value.dtype().is_float() {
            let mut factor = Tensor::full(Scalar::from_i64(value.dtype(), 1), value.shape());
            for at in 0..factor.len() {
                let is_free = frees && value.get(at).as_f64() == 0.0;
                let turn = if is_free { sign() } else { 1.0 };
                factor.set(at, Scalar::from_f64(value.dtype(), turn * (1.0 + sign() * size)));
            }
            let mut given = |out: &mut Graph, tensor: Tensor| {
                let name = format!("nudge_{}", factors.len()).into();
                let ty = Type::new(tensor.dtype(), node.ty.shape.clone());
                factors.push(tensor);
                out.add_input(GraphInput { name, ty, at: Span::NONE, shared: false })
            };
            let input = given(&mut out, factor);
            new = out.add(Op::Binary(BinaryOp::Mul), &[new, input], Span::NONE).ok()?;
            if let Some(replaced) = replacements(value, seed).filter(|_| frees) {
                let [mask, other] = replaced.map(|tensor| given(&mut out, tensor));
                new = out.add(Op::Select, &[mask, other, new], Span::NONE).ok()?;
            }
        }
        ids.push(new);
    }
    let root = |r: &Root| Root { node: ids[r.node.index()], ..r.clone() };
    out.roots = graph.roots.iter().map(root).collect();
    let role = || Role::Output("decision".into());
    out.roots.extend(decisions(graph).map(|id| Root { role: role(), node: ids[id.index()] }));
    Some((out, factors))
}
