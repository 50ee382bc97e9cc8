//! Random graphs: whatever the graph, both modes have a derivative or a reason, and agree.

#[path = "../../../../tests/it/generate.rs"]
#[allow(dead_code)]
mod generate;

use generate::{Generated, Options, graphs};
use hypatia_grad::{Error, gradient, jvp};
use hypatia_ir::capture::to_exprs;
use hypatia_ir::dtype::DType;
use hypatia_ir::eval::evaluate;
use hypatia_ir::expr::Expr;
use hypatia_ir::graph::Graph;
use hypatia_ir::tensor::Tensor;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use std::cell::Cell;

/// Some steps compute in `f32`, whose roundings the two modes make in different places: a few
/// dozen of 6e-8 each, grown by the steps after them.
const RELATIVE: f64 = 1e-3;

/// Beyond this, and where something overflowed, nothing is left to compare.
const LARGE: f64 = 1e9;

#[test]
fn both_modes_agree_on_generated_graphs() {
    let options =
        Options { specials: false, dtypes: &[DType::F64, DType::I64], ..Options::default() };
    // The same graphs each time: the tolerance is a bound for most graphs, not for all.
    let mut runner = TestRunner::deterministic();
    let compared = Cell::new(0);
    runner
        .run(&graphs(options), |case| {
            for number in 0..case.inputs.len() {
                compared.set(compared.get() + usize::from(check(&case, number)?));
            }
            Ok(())
        })
        .unwrap_or_else(|e| panic!("{e}"));
    let compared = compared.get();
    assert!(compared > 100, "only {compared} derivatives could be compared");
}

/// The derivatives of the sum of all float outputs by one input; whether there was one.
fn check(case: &Generated, number: usize) -> Result<bool, TestCaseError> {
    let leaves: Vec<Expr> =
        case.graph.inputs.iter().map(|i| Expr::input(&i.name, Ok(i.ty.clone()), None)).collect();
    let exprs = to_exprs(&case.graph, &leaves);
    let roots = case.graph.roots.iter().map(|r| &exprs[r.node.index()]);
    let floats = roots.filter(|e| e.type_or_none().is_some_and(|t| t.dtype.is_float()));
    let cost = floats.fold(Expr::constant(0.0), |sum, e| sum + e.cast(DType::F64).sum());
    let x = &leaves[number];
    let gradient = match gradient(&cost, std::slice::from_ref(x)) {
        Ok(gradient) => gradient[0].clone(),
        Err(Error::Disconnected { .. } | Error::NotFloat { .. }) => return Ok(false),
        Err(e) => return Err(TestCaseError::fail(e.to_string())),
    };
    let tangent = Expr::input("tangent", Ok(x.ty().unwrap().clone()), None);
    let forward = jvp(&[cost], std::slice::from_ref(x), std::slice::from_ref(&tangent));
    let forward = forward.map_err(|e| TestCaseError::fail(e.to_string()))?;
    let terms = gradient * &tangent;
    let outputs = [forward[0].clone(), terms.sum(), terms.abs().sum()];
    let outputs = outputs.map(|e| ("y".into(), e));
    let first = [leaves.as_slice(), std::slice::from_ref(&tangent)].concat();
    let graph = Graph::capture(&first, &outputs).map_err(|e| TestCaseError::fail(e.to_string()))?;
    let mut inputs = case.inputs.clone();
    inputs.push(direction(&case.inputs[number]));
    let values = evaluate(&graph.graph, &inputs);
    let values = values.map_err(|e| TestCaseError::fail(format!("{e}\n{}", graph.graph)))?;
    let [a, b, size] = [0, 1, 2].map(|i| values[i].get(0).as_f64());
    if !size.is_finite() || size > LARGE || !a.is_finite() {
        return Ok(false);
    }
    let close = (a - b).abs() <= RELATIVE * size.max(1.0);
    prop_assert!(close, "forward {a}, reverse {b}\n{}", graph.graph);
    Ok(true)
}

fn direction(like: &Tensor) -> Tensor {
    let value = |i: usize| (1.3 * i as f64 + 0.7).sin();
    Tensor::from_vec(like.shape(), (0..like.len()).map(value).collect()).unwrap()
}
