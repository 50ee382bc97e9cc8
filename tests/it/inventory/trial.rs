//! One operation, tried in every way.
//!
//! Invariants: a cell is `yes` only if the result was computed and found right; `none` says that
//! there is nothing to have (no derivative of integers).
//!
//! Not here: which operations (`mod.rs`).

use super::{Arg, Row};
use crate::run::Runner;
use hypatia::dtype::DType;
use hypatia::eval::evaluate;
use hypatia::expr::Expr;
use hypatia::graph::Graph;
use hypatia::shape::{Shape, Type};
use hypatia::tensor::Tensor;
use hypatia::{GradientError, jvp, vectorize, vjp};
use std::sync::Arc;

const YES: &str = "yes";
const NONE: &str = "none";
/// How many examples a batch has.
const BATCH: usize = 2;

/// What came of it; each field is a cell of the table.
pub struct Trial {
    pub shape: String,
    pub dtypes: String,
    pub reference: &'static str,
    pub cpu: &'static str,
    pub vjp: &'static str,
    pub jvp: &'static str,
    pub vmap: &'static str,
}

/// The operation built on variables of one dtype.
struct Built {
    inputs: Vec<Expr>,
    output: Expr,
}

impl Built {
    fn new(row: &Row, dtype: DType) -> Built {
        let input = |(i, arg): (usize, &Arg)| {
            let ty = Type::new(arg.dtype(dtype), Shape::from(&arg.shape()[..]));
            Expr::input(["x", "y", "z", "v", "w"][i], Ok(ty), None)
        };
        let inputs: Vec<Expr> = row.args.iter().enumerate().map(input).collect();
        let output = (row.build)(&inputs);
        Built { inputs, output }
    }

    /// The inputs that could have a derivative.
    fn floats(&self) -> Vec<Expr> {
        let is_float = |x: &&Expr| x.ty().is_ok_and(|ty| ty.dtype.is_float());
        self.inputs.iter().filter(is_float).cloned().collect()
    }
}

impl Trial {
    pub fn of(row: &Row) -> Trial {
        let takes = |d: &&DType| Built::new(row, **d).output.ty().is_ok();
        let dtypes: Vec<DType> = DType::ALL.iter().filter(takes).copied().collect();
        let tried = [DType::F64, DType::I64, DType::Bool].into_iter().find(|d| dtypes.contains(d));
        let tried = tried.unwrap_or_else(|| {
            panic!("`{}`: {}", row.name, Built::new(row, DType::F64).output.errors())
        });
        let built = Built::new(row, tried);
        let values: Vec<Tensor> =
            row.args.iter().enumerate().map(|(i, a)| a.value(tried, i as u64)).collect();
        let fixed = row.args.iter().all(|a| a.dtype(DType::F32) == a.dtype(DType::F64));
        let names: Vec<String> = dtypes.iter().map(DType::to_string).collect();
        let vjp_and_jvp = adjoint(row, &built, &values);
        Trial {
            shape: built.output.ty().unwrap().shape.to_string(),
            dtypes: if fixed {
                built.output.ty().unwrap().dtype.to_string()
            } else {
                names.join(" ")
            },
            reference: YES,
            cpu: cpu(row, &built, &values),
            vjp: vjp_and_jvp,
            jvp: vjp_and_jvp,
            vmap: batched(row, &built, &values, tried),
        }
    }
}

/// Values of expressions by the reference evaluator.
fn values_of(name: &str, outputs: &[Expr], inputs: &[Expr], values: &[Tensor]) -> Vec<Tensor> {
    let graph = graph(outputs, inputs);
    evaluate(&graph, values).unwrap_or_else(|e| panic!("`{name}`: {e}\n{graph}"))
}

fn graph(outputs: &[Expr], inputs: &[Expr]) -> Graph {
    let name = |i: usize| Arc::from(format!("out{i}"));
    let roots: Vec<_> = outputs.iter().enumerate().map(|(i, e)| (name(i), e.clone())).collect();
    Graph::capture(inputs, &roots).unwrap().graph
}

/// That machine code is the reference.
fn cpu(row: &Row, built: &Built, values: &[Tensor]) -> &'static str {
    let outputs = [built.output.clone()];
    let expected = values_of(row.name, &outputs, &built.inputs, values);
    let graph = graph(&outputs, &built.inputs);
    let found = Runner::cpu(&graph, 1).run(&graph, values);
    let found = found.unwrap_or_else(|e| panic!("`{}` on the cpu: {e}", row.name));
    same(row.name, &expected[0], &found[0], 1e-11);
    YES
}

/// `⟨ct, J·t⟩ = ⟨Jᵀ·ct, t⟩`: each mode is the adjoint of the other.
fn adjoint(row: &Row, built: &Built, values: &[Tensor]) -> &'static str {
    let wrt = built.floats();
    let outputs = [built.output.clone()];
    if wrt.is_empty() || !built.output.ty().unwrap().dtype.is_float() {
        return NONE;
    }
    let seed = |like: &Expr, salt: u64| {
        let shape: Vec<usize> =
            like.ty().unwrap().shape.iter().map(|d| d.known().unwrap() as usize).collect();
        let shape: &'static [usize] = shape.leak();
        Expr::literal(Arg::Any(shape).value(DType::F64, salt))
    };
    let ct = seed(&built.output, 91);
    let tangents: Vec<Expr> = wrt.iter().zip(70..).map(|(x, salt)| seed(x, salt)).collect();
    // A variable that the result does not smoothly depend on is left out of both modes.
    let mut reached = Vec::new();
    for (x, t) in wrt.iter().zip(&tangents) {
        match vjp(&outputs, std::slice::from_ref(x), std::slice::from_ref(&ct)) {
            Ok(g) => reached.push((x.clone(), t.clone(), g[0].clone())),
            Err(GradientError::Gradient(hypatia::derivative::Error::Disconnected { .. })) => {}
            Err(e) => panic!("`{}`: {e}", row.name),
        }
    }
    if reached.is_empty() {
        return NONE;
    }
    let xs: Vec<Expr> = reached.iter().map(|r| r.0.clone()).collect();
    let ts: Vec<Expr> = reached.iter().map(|r| r.1.clone()).collect();
    let along = jvp(&outputs, &xs, &ts).unwrap_or_else(|e| panic!("`{}`: {e}", row.name));
    let forward = (&along[0] * &ct).sum();
    let zero = forward.like(0.0);
    let reverse = reached.iter().fold(zero, |sum, (_, t, g)| sum + (g * t).sum());
    let found = values_of(row.name, &[forward, reverse], &built.inputs, values);
    same(row.name, &found[0], &found[1], 1e-10);
    YES
}

/// That a batch is its examples.
fn batched(row: &Row, built: &Built, values: &[Tensor], tried: DType) -> &'static str {
    let pairs: Vec<(Expr, Expr)> = built
        .inputs
        .iter()
        .map(|x| {
            let ty = x.ty().unwrap();
            let dims = std::iter::once(BATCH.into()).chain(ty.shape.iter().cloned()).collect();
            (x.clone(), Expr::input("batch", Ok(Type::new(ty.dtype, dims)), None))
        })
        .collect();
    if pairs.is_empty() {
        return NONE;
    }
    let outputs = [built.output.clone()];
    let all = vectorize(&outputs, &pairs).unwrap_or_else(|e| panic!("`{}`: {e}", row.name));
    let other: Vec<Tensor> =
        row.args.iter().enumerate().map(|(i, a)| a.value(tried, 40 + i as u64)).collect();
    let stacked: Vec<Tensor> = values.iter().zip(&other).map(|(a, b)| stack(a, b)).collect();
    let inputs: Vec<Expr> = pairs.into_iter().map(|p| p.1).collect();
    let found = values_of(row.name, &all, &inputs, &stacked);
    let first = values_of(row.name, &outputs, &built.inputs, values);
    let second = values_of(row.name, &outputs, &built.inputs, &other);
    same(row.name, &stack(&first[0], &second[0]), &found[0], 1e-11);
    YES
}

fn stack(a: &Tensor, b: &Tensor) -> Tensor {
    let shape: Vec<usize> = std::iter::once(BATCH).chain(a.shape().iter().copied()).collect();
    let mut all = Tensor::zeros(a.dtype(), &shape);
    for i in 0..a.len() {
        all.set(i, a.get(i));
        all.set(a.len() + i, b.get(i));
    }
    all
}

/// Relative to the largest element: sums may be made in another order.
fn same(name: &str, expected: &Tensor, found: &Tensor, tolerance: f64) {
    assert_eq!(expected.shape(), found.shape(), "`{name}`");
    let number = |t: &Tensor, i: usize| t.get(i).as_f64();
    let finite = |x: &f64| x.is_finite();
    let largest = (0..expected.len()).map(|i| number(expected, i).abs()).filter(finite);
    let scale = largest.fold(1.0, f64::max);
    for i in 0..expected.len() {
        let (a, b) = (number(expected, i), number(found, i));
        let close = a == b || (a.is_nan() && b.is_nan()) || (a - b).abs() <= tolerance * scale;
        assert!(close, "`{name}`: element {i} is {b}, expected {a}");
    }
}
