//! Random graphs: each verifies, reads back as it prints, and has a value.

#[path = "../../../../tests/it/generate.rs"]
#[allow(dead_code)]
mod generate;

use crate::assert_round_trip;
use generate::{Options, graphs};
use hypatia_ir::capture::to_exprs;
use hypatia_ir::eval::{evaluate, evaluate_all};
use hypatia_ir::expr::Expr;
use hypatia_ir::graph::Graph;
use hypatia_ir::op::{ArgOp, BinaryOp, CompareOp, ReduceOp, ScatterOp, UnaryOp};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use std::collections::HashSet;

fn config() -> ProptestConfig {
    ProptestConfig {
        failure_persistence: None,
        rng_seed: proptest::test_runner::RngSeed::Fixed(1),
        cases: 500,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn generated_graphs_verify_read_back_and_evaluate(case in graphs(Options::default())) {
        let graph = &case.graph;
        assert_round_trip(graph);
        let values = match evaluate(graph, &case.inputs) {
            Ok(values) => values,
            Err(e) => return Err(TestCaseError::fail(e.to_string())),
        };
        // The text's graph has the same values, and so has each root among all nodes.
        let back: Graph = graph.to_string().parse().unwrap();
        let texts = |v: &[_]| format!("{v:?}");
        prop_assert_eq!(texts(&evaluate(&back, &case.inputs).unwrap()), texts(&values));
        let all = evaluate_all(graph, &case.inputs).unwrap();
        for (root, value) in graph.roots.iter().zip(&values) {
            prop_assert_eq!(format!("{value:?}"), format!("{:?}", all[root.node.index()]));
            let sizes = graph.ty(root.node).shape.iter().map(|d| d.known());
            let known = sizes.zip(value.shape()).all(|(d, &n)| d.is_none_or(|d| d == n as i64));
            prop_assert!(known && value.dtype() == graph.ty(root.node).dtype);
        }
    }

    /// Capturing the expressions of a graph gives the graph again.
    #[test]
    fn graphs_survive_the_way_through_expressions(case in graphs(Options::default())) {
        let leaves: Vec<Expr> = case.graph.inputs.iter()
            .map(|i| Expr::input(&i.name, Ok(i.ty.clone()), None))
            .collect();
        let exprs = to_exprs(&case.graph, &leaves);
        let roots: Vec<_> = case.graph.roots.iter().enumerate()
            .map(|(i, r)| (format!("y{i}").into(), exprs[r.node.index()].clone()))
            .collect();
        let again = Graph::capture(&leaves, &roots).unwrap_or_else(|e| panic!("{e}")).graph;
        again.verify().unwrap_or_else(|e| panic!("{e}"));
        prop_assert_eq!(
            format!("{:?}", evaluate(&again, &case.inputs)),
            format!("{:?}", evaluate(&case.graph, &case.inputs))
        );
    }
}

/// That the generator reaches what it is for.
#[test]
fn generated_graphs_have_all_ops_and_sizes() {
    let mut runner = TestRunner::deterministic();
    let strategy = graphs(Options { steps: 30, ..Options::default() });
    let (mut ops, mut sizes, mut updates) = (HashSet::new(), HashSet::new(), 0);
    for _ in 0..1000 {
        let case = strategy.new_tree(&mut runner).unwrap().current();
        ops.extend(case.graph.nodes().iter().map(|n| n.op.name()));
        sizes.extend(case.inputs.iter().flat_map(|t| t.shape().to_vec()));
        updates += case
            .graph
            .roots
            .iter()
            .filter(|r| format!("{:?}", r.role).starts_with("Update"))
            .count();
    }
    let elementwise = UnaryOp::ALL.len() + BinaryOp::ALL.len() + CompareOp::ALL.len();
    let structural = 20 + 2 * ScatterOp::ALL.len();
    // Running sums and extremes, orders, recurrences: those whose results do not depend on the method.
    let routines = 6;
    let all = elementwise + ReduceOp::ALL.len() + ArgOp::ALL.len() + structural + routines;
    assert_eq!(ops.len(), all, "{ops:?}");
    assert!(updates > 0 && (0..4).all(|n| sizes.contains(&n)), "{updates} {sizes:?}");
}
