//! Values of instances, and how far the sides of a rule may lie apart.
//!
//! Invariants: deterministic.
//!
//! Not here: the instances (`instance.rs`).

use crate::facts::Facts;
use hypatia_ir::dtype::DType;
use hypatia_ir::eval::{evaluate, evaluate_all};
use hypatia_ir::graph::{Graph, NodeId, Root};
use hypatia_ir::op::{BinaryOp, Op};
use hypatia_ir::scalar::Scalar;
use hypatia_ir::span::Span;
use hypatia_ir::tensor::Tensor;
use std::sync::Arc;

/// What is known of operands, and values of which that is true.
pub(super) struct Known {
    pub facts: fn(DType) -> Facts,
    pub numbers: &'static [f64],
}

const EDGES: &[f64] = &[
    0.5,
    -0.0,
    f64::INFINITY,
    -2.25,
    f64::NAN,
    0.0,
    1e300,
    -1.0,
    f64::NEG_INFINITY,
    5e-324,
    3.0,
    -1e-300,
];

/// Where naive forms may overflow or cancel, but do not underflow: there they lose what the stable
/// form keeps, and nothing can be compared.
const ORDINARY: &[f64] = &[0.5, -0.0, 3.0, -2.25, 0.0, 20.0, -1.0, 1e-18, -30.0, 800.0, 1.5, -0.75];

pub(super) const NOTHING: Known = Known { facts: Facts::of_dtype, numbers: EDGES };

pub(super) const NOTHING_STABLE: Known = Known { facts: Facts::of_dtype, numbers: ORDINARY };

pub(super) const FINITE: Known = Known {
    facts: |dtype| Facts { finite: true, ..Facts::of_dtype(dtype) },
    numbers: &[0.5, -0.0, 3.0, -2.25, 0.0, 2.0, -1.0, 1e-3, -4.0],
};

pub(super) const POSITIVE: Known = Known {
    facts: |_| Facts { finite: true, ..Facts::between(f64::MIN_POSITIVE, f64::INFINITY) },
    numbers: &[0.5, 3.0, 1.0, 2.25, 1e-3, 0.125, 40.0],
};

/// Positive in exact arithmetic, as exponentials are; also where they have underflowed.
pub(super) const UNDERFLOWING: Known = Known {
    facts: |_| Facts { nonzero: true, ..Facts::between(0.0, f64::INFINITY) },
    numbers: &[0.5, 0.0, 3.0, 1e-300, f64::INFINITY, 2.25, 5e-324, 1.0, f64::NAN],
};

impl Known {
    /// A value of this type, other ones for other seeds.
    pub fn value(&self, dtype: DType, shape: &[usize], seed: usize) -> Tensor {
        let mut value = Tensor::full(Scalar::from_i64(dtype, 0), shape);
        for at in 0..value.len() {
            let number = self.numbers[(at + 5 * seed) % self.numbers.len()];
            let scalar = match dtype {
                DType::Bool => Scalar::from_i64(dtype, i64::from(number > 0.0)),
                _ => Scalar::from_f64(dtype, number),
            };
            value.set(at, scalar);
        }
        value
    }
}

/// Relative perturbation of every intermediate value: far above a rounding, far below 1.
const NUDGE: f64 = 1e-9;

/// Roundings that a side may make of each value: a few ulps.
const ROUNDINGS: f64 = 16.0 * f64::EPSILON;

/// For each element of the first root, how much a few roundings of intermediate values move it, to
/// first order: measured by moving them all by `NUDGE` with signs at random, and scaled down.
pub(super) fn wobble(graph: &Graph, inputs: &[Tensor]) -> Vec<f64> {
    let exact = &evaluate(graph, inputs).unwrap()[0];
    let values = evaluate_all(graph, inputs).unwrap();
    let mut most = vec![0.0f64; exact.len()];
    for seed in 0..4u64 {
        let moved = nudged(graph, &values, seed);
        let moved = &evaluate(&moved, inputs).unwrap()[0];
        for (at, most) in most.iter_mut().enumerate() {
            let gap = (exact.get(at).as_f64() - moved.get(at).as_f64()).abs();
            // What differs in kind is at a jump: nothing can be said there.
            *most = most.max(if gap.is_nan() { f64::INFINITY } else { gap });
        }
    }
    most.into_iter().map(|m| m * ROUNDINGS / NUDGE).collect()
}

/// The graph with every computed float times `1 ± NUDGE`.
fn nudged(graph: &Graph, values: &[Tensor], seed: u64) -> Graph {
    let mut state = seed;
    let mut sign = move || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        if state >> 63 == 0 { 1.0 } else { -1.0 }
    };
    let mut out = Graph::default();
    graph.inputs.iter().for_each(|i| {
        out.add_input(i.clone());
    });
    let mut ids: Vec<NodeId> = Vec::new();
    for (id, node) in graph.iter() {
        let operands: Vec<NodeId> = node.operands.iter().map(|x| ids[x.index()]).collect();
        let mut new = out.add(node.op.clone(), &operands, Span::NONE).unwrap();
        let value = &values[id.index()];
        let computed = !matches!(node.op, Op::Input(_) | Op::Const(_) | Op::Dim(_));
        if computed && value.dtype().is_float() {
            let mut factors = Tensor::full(Scalar::from_i64(value.dtype(), 1), value.shape());
            for at in 0..factors.len() {
                factors.set(at, Scalar::from_f64(value.dtype(), 1.0 + sign() * NUDGE));
            }
            let factors = out.add_literal(Arc::new(factors), Span::NONE);
            new = out.add(Op::Binary(BinaryOp::Mul), &[new, factors], Span::NONE).unwrap();
        }
        ids.push(new);
    }
    let root = |r: &Root| Root { node: ids[r.node.index()], ..r.clone() };
    out.roots = graph.roots.iter().map(root).collect();
    out
}
