//! What is taken out of a loop, and that both parts compute what the whole did.
//!
//! Invariants: deterministic.
//!
//! Not here: loops.

use super::super::probe::{capture, values};
use super::{hoist, invariants};
use hypatia_ir::eval::evaluate;
use hypatia_ir::expr::{Expr, matrix, scalar, vector};
use hypatia_ir::graph::{Graph, GraphInput};

/// Inputs whose names start with `x` vary.
fn varies(input: &GraphInput) -> bool {
    input.name.starts_with('x')
}

fn check(graph: &Graph) {
    let all = values(graph);
    let whole = evaluate(graph, &all).unwrap();
    let parts = hoist(graph, 64, varies).unwrap().unwrap();
    parts.once.verify().unwrap();
    parts.each.verify().unwrap();
    let kept = evaluate(&parts.once, &all).unwrap();
    let each = evaluate(&parts.each, &[all, kept].concat()).unwrap();
    assert_eq!(whole, each, "{}{}", parts.once, parts.each);
    // Nothing that is left could still be taken out.
    assert!(invariants(&parts.each, 64, varies).is_empty(), "{}", parts.each);
}

#[test]
fn the_largest_parts_are_taken_out() {
    let x = matrix::<f64>("x", (4, 4));
    let (w, v) = (matrix::<f64>("w", (4, 4)), matrix::<f64>("v", (4, 4)));
    let (b, c) = (vector::<f64>("b", 4), scalar::<f64>("c"));
    let cases: Vec<(&str, Vec<Expr>, &[&str])> = vec![
        ("a product of weights", vec![x.matmul(w.matmul(&v))], &["matmul"]),
        ("its end alone", vec![x.matmul(w.matmul(&v).exp() * 2)], &["mul"]),
        ("two ends", vec![x.matmul(w.matmul(&v)) + (&b + &c).exp()], &["matmul", "exp"]),
        ("a value inside too", vec![&x * w.exp().sum() + w.exp()], &["exp", "reshape"]),
        ("a root that does not vary", vec![&x * 2, b.exp()], &["exp"]),
        ("a view", vec![x.matmul(w.t())], &[]),
        ("nothing", vec![(&x * &x).exp()], &[]),
    ];
    for (name, outputs, wanted) in cases {
        let graph = capture(&outputs);
        let found: Vec<&str> =
            invariants(&graph, 64, varies).iter().map(|&id| graph.node(id).op.name()).collect();
        assert_eq!(found, wanted, "{name}: {graph}");
        match wanted {
            [] => assert!(hoist(&graph, 64, varies).unwrap().is_none(), "{name}"),
            _ => check(&graph),
        }
    }
}

#[test]
fn names_do_not_clash() {
    let (x, w) = (vector::<f64>("x", 3), vector::<f64>("kept0", 3));
    let graph = capture(&[&x * (w.exp() + 1)]);
    check(&graph);
    let parts = hoist(&graph, 64, varies).unwrap().unwrap();
    assert_eq!(&*parts.each.inputs[2].name, "kept1");
}

#[test]
fn random_graphs_stay_the_same() {
    use crate::generate::{Options, graphs};
    use proptest::strategy::{Strategy, ValueTree};
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let mut split = 0;
    for _ in 0..200 {
        let g = graphs(Options::default()).new_tree(&mut runner).unwrap().current();
        // Every other input varies.
        let varies = |i: &GraphInput| i.name.as_bytes().last().is_some_and(|b| b % 2 == 0);
        let Some(parts) = hoist(&g.graph, 64, varies).unwrap() else { continue };
        let Ok(whole) = evaluate(&g.graph, &g.inputs) else { continue };
        let kept = evaluate(&parts.once, &g.inputs).unwrap();
        let each = evaluate(&parts.each, &[g.inputs.clone(), kept].concat()).unwrap();
        assert_eq!(format!("{whole:?}"), format!("{each:?}"));
        split += 1;
    }
    assert!(split > 20, "{split}");
}
