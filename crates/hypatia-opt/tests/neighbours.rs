//! What other compilers of tensor expressions got wrong, each restated as a small case of our own.
//!
//! Invariants: values are chosen so that the plain spelling fails.
//!
//! Not here: the whole table of stable spellings (`stable/`).

#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use hypatia_ir::capture::to_exprs;
use hypatia_ir::eval::evaluate;
use hypatia_ir::expr::{Expr, matrix, tensor, vector};
use hypatia_ir::graph::Graph;
use hypatia_ir::index::iota;
use hypatia_ir::tensor::Tensor;
use hypatia_opt::{Options, Report, optimize, stabilize};

fn simple(graph: &Graph) -> (Graph, Report) {
    let found = optimize(graph, &Options::default()).unwrap();
    (found.graph, found.report)
}

fn capture(inputs: &[Expr], y: Expr) -> (Graph, Vec<Expr>) {
    let captured = Graph::capture(inputs, &[("y".into(), y)]).unwrap();
    (captured.graph, captured.leaves)
}

fn numbers(graph: &Graph, inputs: &[Tensor]) -> Vec<f64> {
    let found = &evaluate(graph, inputs).unwrap()[0];
    (0..found.len()).map(|at| found.get(at).as_f64()).collect()
}

/// The simplified value, and the gradient of the sum of the stabilised value.
fn both(x: &Expr, y: Expr, at: &Tensor) -> (Vec<f64>, Vec<f64>) {
    let (graph, leaves) = capture(std::slice::from_ref(x), y);
    let value = numbers(&simple(&graph).0, std::slice::from_ref(at));
    let stable = stabilize(&graph, &Options::default()).unwrap().graph;
    let y = to_exprs(&stable, &leaves)[stable.roots[0].node.index()].sum_axes(..);
    let [g] = hypatia_grad::grad(&y, [x]).unwrap();
    let (gradient, _) = simple(&capture(std::slice::from_ref(x), g).0);
    (value, numbers(&gradient, std::slice::from_ref(at)))
}

/// pytensor#1476: an earlier phase writes a sign as a factor of -1, and the rule for
/// `log(1 - e^x)`, which looks for a sign, is blind to it.
#[test]
fn one_spelling_does_not_hide_another() {
    let x = vector::<f64>("x", "n");
    let spellings = [
        (-x.exp()).log1p(),
        (x.exp() * -1).log1p(),
        (-1 * x.exp()).log1p(),
        (x.exp() / -1).log1p(),
        (1 - x.exp()).log(),
        (x.exp() * -1 + 1).log(),
        (x.expm1() * -1).log(),
        (0 - x.expm1()).log(),
    ];
    for y in spellings {
        let (value, gradient) = both(&x, y, &vec![-1e-20, -50.0].into());
        let close = |a: f64, b: f64| (a - b).abs() <= 1e-14 * b.abs();
        assert!(close(value[0], -46.051_701_859_880_91), "{value:?}");
        assert!(close(value[1], -1.928_749_847_963_918e-22), "{value:?}");
        assert!(close(gradient[0], -1e20), "{gradient:?}");
    }
}

/// Theano#2944: the logarithm of a softmax of rows, shaped back to batches and steps.
#[test]
fn views_between_do_not_hide_a_softmax() {
    let x = tensor::<f64>("x", [2, 2, 2]);
    let rows = x.reshape([4, 2]);
    let p = (rows.exp() / rows.exp().sum_keep(1)).reshape([2, 2, 2]);
    let at = Tensor::from(vec![0.0, 1000.0, 2000.0, 3000.0, 0.0, 0.0, 5.0, -5000.0]);
    let (value, gradient) = both(&x, p.log(), &at.reshaped(&[2, 2, 2]).unwrap());
    assert_eq!(value[..4], [-1000.0, 0.0, -1000.0, 0.0]);
    assert_eq!(value[7], -5005.0);
    assert_eq!(gradient[..2], [1.0, -1.0]);
}

/// Theano#2781: the operand is known, so the softmax was folded, with its zeros, before the rule
/// for its logarithm was tried.
#[test]
fn known_operands_are_not_folded_into_zeros() {
    let x = (iota::<f32>(9) + 1) * 130;
    let p = x.exp() / x.exp().sum();
    let loss = -p.slice([hypatia_ir::structure::part(0, 1)]).log();
    let (graph, _) = capture(&[], loss);
    assert!(!numbers(&graph, &[])[0].is_finite());
    assert_eq!(numbers(&simple(&graph).0, &[]), [1040.0]);
    let literal = Expr::literal(vec![0f32, 1000.0]);
    let loss = -(literal.exp() / literal.exp().sum()).log();
    assert_eq!(numbers(&simple(&capture(&[], loss).0).0, &[]), [1000.0, 0.0]);
}

/// Theano#4797: multiplying out, again and again, made millions of terms of a product of sums.
#[test]
fn products_of_sums_stay_products() {
    let x = matrix::<f64>("x", ("n", "n"));
    let mut y = x.clone();
    for k in 1..40 {
        y = (&y + &x * k) * (&x - &y / f64::from(k + 1)) + &y;
    }
    let (graph, _) = capture(std::slice::from_ref(&x), y);
    let (after, report) = simple(&graph);
    assert!(after.op_count() <= graph.op_count(), "{report}");
    assert!(report.peak_terms <= 4 * graph.nodes().len() + 2000, "{report}");
}

/// Theano#4918, jax#5798: derivatives of a branch that is not taken are NaN, and times 0 they stay
/// NaN.
#[test]
fn branches_not_taken_have_no_derivatives() {
    let x = vector::<f64>("x", "n");
    let spellings: [(Expr, f64); 5] = [
        (x.gt(0).select(x.log(), 0), 0.0),
        (x.gt(0).select(x.sqrt(), &x * 3), 3.0),
        (x.eq(0).select(&x, x.abs().pow(0.5)), 1.0),
        (x.eq(0).select(x.like(1), x.sin() / &x), 0.0),
        (x.le(0).select(&x + 1, 1 / (x.sqrt() + x.log())), 1.0),
    ];
    for (y, slope) in spellings {
        let (_, gradient) = both(&x, y, &vec![0.0].into());
        assert_eq!(gradient, [slope]);
    }
}

/// egg#334: with associativity and commutativity as rules, the zero of `x - x` breeds without end.
#[test]
fn zeros_in_long_sums_end() {
    let names: Vec<Expr> = (0..12).map(|k| vector::<f64>(&format!("x{k}"), "n")).collect();
    let sum = |names: &mut dyn Iterator<Item = &Expr>| {
        let first = names.next().unwrap().clone();
        names.fold(first, |sum, x| sum + x)
    };
    let forth = sum(&mut names.iter());
    let back = sum(&mut names.iter().rev());
    let y = (forth - &back) * 0.5 + (&back - &back) * (&names[0] + -&names[0]);
    let (graph, _) = capture(&names, y);
    let (after, report) = simple(&graph);
    assert!(after.op_count() <= graph.op_count(), "{after}");
    assert!(report.peak_terms <= 4 * graph.nodes().len() + 500, "{report}");
    let values: Vec<Tensor> = (0..12).map(|k| vec![f64::from(1 << k)].into()).collect();
    assert_eq!(numbers(&after, &values), [0.0]);
}
