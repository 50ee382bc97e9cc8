//! Every op and composite of the table: reverse mode against central differences and forward mode,
//! the same for second derivatives, and for third derivatives of what is elementwise.
//!
//! Invariants: every op with a derivative is in the table.
//!
//! Not here: the table (`differences.rs`).

use crate::Outputs;
use crate::differences::{CASES, Case, cost, direction, point, variables};
use hypatia_grad::{
    Disconnected, Options, Verify, gradient, gradient_with, numeric_gradient, verify_grad,
};
use hypatia_ir::expr::{Expr, Kind, post_order, tensor};
use hypatia_ir::graph::Graph;
use hypatia_ir::op::{BinaryOp, ReduceOp, UnaryOp};
use hypatia_ir::tensor::Tensor;
use std::collections::HashSet;

/// Central differences with step h are off by h²·f‴/6 and by ε·f/h: about 1e-10 for the functions
/// here, whose values and derivatives are below 100. 1e-6 leaves room for those that curve more.
const STEP: f64 = 6e-6;
const RELATIVE: f64 = 1e-6;

fn points(case: &Case) -> Vec<Tensor> {
    case.shapes.iter().enumerate().map(|(i, s)| point(i, s)).collect()
}

/// Reverse mode against differences, and forward mode against reverse mode.
fn check(name: &str, f: &Expr, v: &[Expr], at: &[Tensor]) {
    verify_grad(f, v, at, &Verify::default()).unwrap_or_else(|e| panic!("{name}: {e}"));
}

/// The derivative of a scalar along fixed directions; where it is not connected, 0.
fn slope(f: &Expr, v: &[Expr]) -> Expr {
    let options = Options { disconnected: Disconnected::Zero, ..Options::default() };
    let gradients = gradient_with(Some(f), v, &options).unwrap();
    let along = |sum: Expr, (g, x): (&Expr, &Expr)| sum + (g * direction(x)).sum();
    gradients.iter().zip(v).fold(Expr::constant(0.0), along)
}

#[test]
fn gradients_are_central_differences_twice() {
    for case in CASES {
        let (v, at) = (variables(case), points(case));
        let f = cost(case, &v);
        gradient(&f, &v).unwrap_or_else(|e| panic!("{}: {e}", case.name));
        check(case.name, &f, &v, &at);
        check(&format!("second derivatives of {}", case.name), &slope(&f, &v), &v, &at);
    }
}

/// Third derivatives are differences of second derivatives, for every elementwise op.
#[test]
fn elementwise_ops_are_differentiated_three_times() {
    let mut count = 0;
    for case in CASES {
        let (v, at) = (variables(case), points(case));
        let f = (case.build)(&v);
        let elementwise = |e: &&Expr| match e.kind() {
            Kind::Apply(op, _) => op.is_elementwise() || op.arity() == Some(0),
            Kind::Input(_) | Kind::Literal(_) | Kind::Invalid(..) | Kind::Unknown(..) => true,
        };
        if post_order(std::slice::from_ref(&f)).iter().all(elementwise) {
            let second = slope(&slope(&cost(case, &v), &v), &v);
            check(&format!("third derivatives of {}", case.name), &second, &v, &at);
            count += 1;
        }
    }
    assert!(count >= 35, "only {count} functions are elementwise");
}

#[test]
fn the_table_has_every_op_with_a_derivative() {
    let mut used: HashSet<&'static str> = HashSet::new();
    for case in CASES {
        let output = ("y".into(), cost(case, &variables(case)));
        let graph = Graph::capture(&[], &[output]).unwrap().graph;
        used.extend(graph.nodes().iter().map(|n| n.op.name()));
    }
    let structural = "select fast cast reshape transpose broadcast slice pad concat matmul take \
                      take_along windows fold scatter_add scatter_add_along scatter_set scatter_set_along \
                      scatter_max scatter_max_along scatter_min scatter_min_along stop_gradient \
                      iota cumsum recurrence cholesky cholesky_or_nan solve_triangular solve det \
                      logabsdet eigh qr";
    let unary = UnaryOp::ALL.iter().map(|op| op.name());
    let binary = BinaryOp::ALL.iter().map(|op| op.name());
    let smooth = [ReduceOp::Sum, ReduceOp::Prod, ReduceOp::Max, ReduceOp::Min];
    let reductions = smooth.iter().map(|op| op.name());
    for name in unary.chain(binary).chain(reductions).chain(structural.split_whitespace()) {
        assert!(used.contains(name), "no case has {name}");
    }
}

#[test]
fn symbolic_dims_differentiate_once_for_all_sizes() {
    let x = tensor::<f64>("x", ("n", "m"));
    let w = tensor::<f64>("w", ["m"]);
    let v = [x.clone(), w.clone()];
    let f = (x.dot(&w).sigmoid() * x.mean_axes(1)).sum() + x.slice((.., 1..)).var();
    let gradients = Outputs::new(&v, &gradient(&f, &v).unwrap());
    for (n, m) in [(1, 2), (3, 4), (5, 2)] {
        let at = [point(0, &[n, m]), point(1, &[m])];
        let expected = numeric_gradient(&f, &v, &at, STEP).unwrap();
        for (found, expected) in gradients.call(&at).iter().zip(&expected) {
            for (a, b) in found.iter().zip(expected.as_slice::<f64>().unwrap()) {
                assert!((a - b).abs() <= RELATIVE * b.abs().max(1.0), "{n}, {m}: {a}, {b}");
            }
        }
    }
}
