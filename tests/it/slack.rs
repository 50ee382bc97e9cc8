//! How far results of a graph may lie apart when two back ends round differently.
//!
//! The analysis. Each result of a correct back end is the exact result of its op on operands that
//! are a little off, or is itself a little off:
//! - `exp` and the like by the ulps that `lane::accuracy` states; the reference rounds correctly,
//!   which adds nothing that a whole number of ulps above the bound does not cover;
//! - `+ - · / √` and conversions are correctly rounded, so equal operands give equal results. Of
//!   operands that are off, and after algebraic rewriting ([`Rounding::Everything`]), the results
//!   may round to different sides: 1 ulp;
//! - a sum, product or inner product of `n` terms in any order, with or without fused
//!   multiplication, is that of terms each off by at most `n·eps` (backward error), rounded once;
//! - a factor, determinant, solution or eigenvalue is that of a matrix off by at most `8·n·eps`, likewise;
//! - `sin` and `cos` may be NaN from `2^23` (`f32`) or `2^52` (`f64`) on.
//!
//! So a right answer is the graph's value for *some* choice of all these relative errors within
//! their bounds, and to first order the distance is `Σ gᵢ·bᵢ` with `|δᵢ| ≤ bᵢ`. We measure it: the
//! graph is evaluated [`SAMPLES`] times with every error at `±bᵢ`, signs at random. One sample is
//! as large as the root of `Σ (gᵢ·bᵢ)²` on average, and the errors of a run have signs as random as
//! these; [`FACTOR`] times the largest sample covers even 64 equal errors of one sign.
//! Below the normal range errors are absolute, in units of the smallest number.
//!
//! Invariants: deterministic; where samples disagree on a non-finite, integer or bool value, the
//! graph does not determine it (a jump lies within the errors), and nothing is claimed.
//!
//! Not here: what runs (`run.rs`).

use hypatia::dtype::DType;
use hypatia::eval::{EvalError, evaluate, evaluate_all};
use hypatia::graph::{Graph, GraphInput, Node, NodeId};
use hypatia::lower::lane::accuracy::{absolute_bound, binary_ulp_bound, ulp_bound};
use hypatia::op::{BinaryOp, Op, ReduceOp, UnaryOp};
use hypatia::routine::Routine;
use hypatia::scalar::Scalar;
use hypatia::span::Span;
use hypatia::tensor::Tensor;

/// What may differ between the sides.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Rounding {
    /// Transcendental functions and the order of sums: the same graph on two back ends.
    Functions,
    /// Every op: a graph and one that is equal to it in exact arithmetic.
    Everything,
}

const SAMPLES: u64 = 8;
const FACTOR: f64 = 8.0;

/// For each root, for each element, the largest allowed distance; `None` where nothing is claimed.
pub type Slack = Vec<Vec<Option<f64>>>;

/// The distances allowed for this graph at these inputs.
pub fn slack(graph: &Graph, inputs: &[Tensor], rounding: Rounding) -> Result<Slack, EvalError> {
    let exact = evaluate(graph, inputs)?;
    let values = evaluate_all(graph, inputs)?;
    let perturbed = Perturbed::new(graph, &values, rounding);
    let mut slack: Slack = exact.iter().map(|t| vec![Some(0.0); t.len()]).collect();
    for seed in 0..SAMPLES {
        let mut random = Random::new(seed);
        let errors = perturbed.errors.iter().map(|e| e.sample(&mut random));
        let inputs: Vec<Tensor> = inputs.iter().cloned().chain(errors.flatten()).collect();
        // An index may have moved outside its axis: then the graph determines nothing.
        let sample = evaluate(&perturbed.graph, &inputs).ok();
        for (root, slack) in slack.iter_mut().enumerate() {
            for (at, slack) in slack.iter_mut().enumerate() {
                let distance = sample.as_ref().and_then(|s| distance(&exact[root], &s[root], at));
                *slack = slack.zip(distance).map(|(a, b)| a.max(FACTOR * b));
            }
        }
    }
    Ok(slack)
}

/// How far apart elements are; `None` if they differ in kind.
pub fn distance(x: &Tensor, y: &Tensor, at: usize) -> Option<f64> {
    let (a, b) = (x.get(at), y.get(at));
    let (v, w) = (a.as_f64(), b.as_f64());
    let same = a == b || v == w || v.is_nan() && w.is_nan();
    let gap = (v - w).abs();
    match x.dtype().is_float() && gap.is_finite() {
        _ if same => Some(0.0),
        true => Some(gap),
        false => None,
    }
}

/// Knuth's MMIX generator, from a seed that is far from those of other samples.
struct Random(u64);

impl Random {
    fn new(seed: u64) -> Random {
        let mut random = Random((seed + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        (0..4).for_each(|_| _ = random.sign());
        random
    }

    fn sign(&mut self) -> f64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        if self.0 >> 63 == 0 { 1.0 } else { -1.0 }
    }
}

/// The errors of one value: two inputs of the perturbed graph.
struct Errors {
    /// The value without errors.
    value: Tensor,
    /// In ulps.
    bound: f64,
    /// Beside that.
    absolute: f64,
    /// Elements of which nothing is claimed.
    unknown: Vec<usize>,
}

impl Errors {
    /// Factors near 1, and what is added below the normal range or is absolute (elsewhere -0, which
    /// adds nothing).
    fn sample(&self, random: &mut Random) -> [Tensor; 2] {
        let dtype = self.value.dtype();
        let (eps, least, small) = match dtype {
            DType::F32 => (f64::from(f32::EPSILON), f64::from(f32::from_bits(1)), 1e-36),
            _ => (f64::EPSILON, f64::from_bits(1), 1e-306),
        };
        let mut factors = Tensor::full(Scalar::from_f64(dtype, 1.0), self.value.shape());
        let mut terms = Tensor::full(Scalar::from_f64(dtype, -0.0), self.value.shape());
        for at in 0..self.value.len() {
            let sign = random.sign();
            factors.set(at, Scalar::from_f64(dtype, 1.0 + sign * self.bound * eps));
            let size = self.value.get(at).as_f64().abs();
            if self.absolute > 0.0 {
                terms.set(at, Scalar::from_f64(dtype, sign * self.absolute));
            } else if 0.0 < size && size < small {
                terms.set(at, Scalar::from_f64(dtype, sign * self.bound * least));
            }
        }
        for &at in &self.unknown {
            factors.set(at, Scalar::from_f64(dtype, f64::NAN));
        }
        [factors, terms]
    }
}

/// A graph with errors as further inputs.
struct Perturbed {
    graph: Graph,
    errors: Vec<Errors>,
    /// For each node of the original graph, whether it or an operand has errors.
    inexact: Vec<bool>,
}

impl Perturbed {
    fn new(from: &Graph, values: &[Tensor], rounding: Rounding) -> Perturbed {
        let mut made =
            Perturbed { graph: Graph::default(), errors: Vec::new(), inexact: Vec::new() };
        for input in &from.inputs {
            made.graph.add_input(input.clone());
        }
        let mut ids: Vec<NodeId> = Vec::new();
        for (id, node) in from.iter() {
            let (value, before) = (&values[id.index()], made.errors.len());
            let new = match node.op {
                Op::Input(i) => made.graph.add(Op::Input(i), &[], Span::NONE).unwrap(),
                Op::Literal(i) => {
                    made.graph.add_literal(from.literals[i as usize].clone(), node.at)
                }
                _ => {
                    let mut operands: Vec<NodeId> =
                        node.operands.iter().map(|x| ids[x.index()]).collect();
                    let inexact = node.operands.iter().any(|x| made.inexact[x.index()]);
                    let mut own = ulps(node, inexact || rounding == Rounding::Everything);
                    if let Some((k, terms)) = terms(node, values) {
                        let term = &values[node.operands[k].index()];
                        operands[k] = made.perturb(operands[k], term, (terms, 0.0), &|_| false);
                        own = own.max(1.0);
                    }
                    let new = made.graph.add(node.op.clone(), &operands, node.at).unwrap();
                    let operand = node.operands.first().map(|x| &values[x.index()]);
                    let absolute = match node.op {
                        Op::Unary(op) => absolute_bound(op),
                        _ => 0.0,
                    };
                    made.perturb(new, value, (own, absolute), &|at| {
                        operand.is_some_and(|x| too_large(node, x, at))
                    })
                }
            };
            let operands = node.operands.iter().any(|x| made.inexact[x.index()]);
            made.inexact.push(operands || made.errors.len() > before);
            ids.push(new);
        }
        let root = |root: &hypatia::graph::Root| hypatia::graph::Root {
            node: ids[root.node.index()],
            ..root.clone()
        };
        made.graph.roots = from.roots.iter().map(root).collect();
        made
    }

    /// The value times one input plus another, for a bound in ulps and an absolute one.
    fn perturb(
        &mut self,
        id: NodeId,
        value: &Tensor,
        (bound, absolute): (f64, f64),
        unknown: &dyn Fn(usize) -> bool,
    ) -> NodeId {
        if bound == 0.0 || !value.dtype().is_float() {
            return id;
        }
        let ty = self.graph.ty(id).clone();
        let mut input = |kind: &str| {
            let name = format!("{kind}{}", self.errors.len()).into();
            self.graph.add_input(GraphInput { name, ty: ty.clone(), at: Span::NONE, shared: false })
        };
        let (factor, term) = (input("factor_"), input("term_"));
        let unknown = (0..value.len()).filter(|&at| unknown(at)).collect();
        self.errors.push(Errors { value: value.clone(), bound: bound.ceil(), absolute, unknown });
        let mut add = |op, x, y| self.graph.add(Op::Binary(op), &[x, y], Span::NONE).unwrap();
        let product = add(BinaryOp::Mul, id, factor);
        add(BinaryOp::Add, product, term)
    }
}

/// Which operand of a float sum or product is its terms, and how many there are for one result.
fn terms(node: &Node, values: &[Tensor]) -> Option<(usize, f64)> {
    let shape = |k: usize| values[node.operands[k].index()].shape();
    let (operand, count) = match &node.op {
        Op::Reduce(ReduceOp::Sum | ReduceOp::Prod, axes) => {
            (0, axes.iter().map(|a| shape(0)[a]).product::<usize>())
        }
        Op::MatMul => (0, *shape(0).last()?),
        Op::Fold(_) => (0, *shape(0).last()?),
        Op::ScatterAdd(_) | Op::ScatterAddAlong(_) => (2, shape(1).iter().product::<usize>() + 1),
        // All are stable: the exact result for a matrix that is off by a small multiple of `n`
        // roundings.
        Op::Routine(
            Routine::Cholesky { .. }
            | Routine::SolveTriangular(_)
            | Routine::Solve
            | Routine::Det
            | Routine::LogAbsDet
            | Routine::DetSign
            | Routine::Eigh
            | Routine::Qr,
        ) => (0, 8 * shape(0).last()?),
        _ => return None,
    };
    // One term is its own sum.
    (node.ty.dtype.is_float() && count > 1).then_some((operand, count as f64))
}

/// Whether the op is a sine, cosine or tangent of a number that back ends may refuse.
fn too_large(node: &Node, x: &Tensor, at: usize) -> bool {
    let waves = matches!(node.op, Op::Unary(UnaryOp::Sin | UnaryOp::Cos | UnaryOp::Tan));
    waves && x.dtype() == DType::F64 && x.get(at).as_f64().abs() >= 2f64.powi(50)
}

/// By how many ulps the result of an op may be off on equal operands.
fn ulps(node: &Node, arithmetic_too: bool) -> f64 {
    let own = match &node.op {
        Op::Unary(op) => {
            let bound = ulp_bound(*op, node.ty.dtype);
            // Half an ulp is correctly rounded.
            if bound > 0.5 { bound } else { 0.0 }
        }
        Op::Binary(op) => binary_ulp_bound(*op, node.ty.dtype),
        // The accumulated rounding of the sum is in its terms.
        _ => 0.0,
    };
    let arithmetic = match &node.op {
        Op::Unary(op) => ulp_bound(*op, node.ty.dtype) > 0.0,
        Op::Binary(op) => {
            matches!(op, BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul | BinaryOp::Div)
        }
        Op::Reduce(op, _) => matches!(op, ReduceOp::Sum | ReduceOp::Prod),
        Op::MatMul | Op::Cast(_) => true,
        // Carried in `f64` by all, in the same order; the operands may come rounded otherwise.
        Op::Routine(Routine::CumSum(_) | Routine::Recurrence(_)) => true,
        _ => false,
    };
    if arithmetic_too && arithmetic { own.max(1.0) } else { own }
}
