//! Graphs that are cut, against what cutting must not change.
//!
//! Invariants: deterministic but for the graphs that proptest draws.
//!
//! Not here: what a stretch becomes (`region_test.rs`).

use super::{Pulse, by};
use crate::memo::Memo;
use crate::report::Report;
use crate::rules::{Book, RULES};
use crate::{Mode, Options, Selection, Soundness, generate, models, optimize};
use hypatia_ir::eval::evaluate;
use hypatia_ir::expr::{Expr, matrix, tensor};
use hypatia_ir::graph::Graph;
use proptest::prelude::*;

/// One pulse over stretches of about `length` ops.
fn pulse(graph: &Graph, length: usize, options: &Options, memo: &mut Memo) -> (Graph, Report) {
    let (number, cut) = (0, Some(length));
    let book = Book::of(options);
    let pulse =
        Pulse { number, differentiated: true, cut, marks: true, hint: options.hint, book: &book };
    let mut report = Report::default();
    (pulse.run(graph, memo, &mut report).unwrap(), report)
}

/// What is remembered is what would be found; how often something was.
fn check_memo(graph: &Graph, length: usize) -> usize {
    let (mut memo, mut none) = (Memo::default(), Memo::default());
    none.forgets = true;
    let (with, report) = pulse(graph, length, &Options::default(), &mut memo);
    let (without, plain) = pulse(graph, length, &Options::default(), &mut none);
    assert_eq!(with.to_string(), without.to_string(), "{graph}");
    let lines = |g: &Graph| g.nodes().iter().map(|n| n.at).collect::<Vec<_>>();
    assert_eq!(lines(&with), lines(&without), "{graph}");
    assert_eq!(report, plain, "{graph}");
    memo.hits
}

/// Only the rules that keep every bit.
fn exact() -> Options {
    let exact = RULES.iter().filter(|r| r.soundness == Soundness::Exact);
    let only = Some(exact.map(|r| r.name.to_string()).collect());
    Options {
        mode: Mode::Strict,
        rules: Selection { only, ..Selection::default() },
        ..Options::default()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    /// Only exact rules: whatever lies on the two sides of a cut, the bits stay.
    #[test]
    fn cuts_keep_values(g in generate::graphs(generate::Options::default()), length in 1usize..9) {
        let (after, _) = pulse(&g.graph, length, &exact(), &mut Memo::default());
        after.verify().unwrap();
        let Ok(before) = evaluate(&g.graph, &g.inputs) else { return Ok(()) };
        let after = evaluate(&after, &g.inputs).unwrap();
        for (x, y) in before.iter().zip(&after) {
            prop_assert_eq!(format!("{:?}", x), format!("{:?}", y));
        }
    }

    #[test]
    fn memory_is_recomputation(g in generate::graphs(generate::Options::default()), length in 1usize..9) {
        check_memo(&g.graph, length);
    }
}

#[test]
fn equal_layers_are_remembered() {
    for (graph, length) in [(models::transformer(6), 64), (models::mlp(12), 16)] {
        assert!(check_memo(&graph, length) > 5);
    }
}

#[test]
fn what_no_root_needs_is_dropped() {
    let mut graph = models::mlp(3);
    let all = optimize(&graph, &Options::default()).unwrap();
    let loss = graph.roots[0].clone();
    graph.roots = vec![loss.clone()];
    let one = optimize(&graph, &Options::default()).unwrap().graph;
    assert!(one.live().iter().zip(one.nodes()).all(|(live, n)| *live || n.operands.is_empty()));
    assert!(one.op_count() < all.graph.op_count() / 2, "{one}");
    assert_eq!(one.roots[0].role, loss.role);
    // Inputs stay, so that calls look the same.
    assert_eq!(one.inputs, graph.inputs);
}

/// A graph for every pass.
fn for_passes() -> Graph {
    let (x, w) = (tensor::<f64>("x", ("b", "n", 4)), matrix::<f64>("w", (4, 3)));
    let (q, k) = (matrix::<f64>("q", (3, 4)), matrix::<f64>("k", (3, 4)));
    let table = Expr::literal(vec![1.0, 2.0, 3.0, 4.0]);
    let y = x.matmul(&w).tanh();
    let scores = y.reshape(("b*n", 3));
    let outputs = [
        scores.matmul(&q).exp(),
        scores.matmul(&k) * (table.exp() + 1),
        w.matmul(&q).matmul(&w).fast(),
    ];
    let named: Vec<_> =
        outputs.into_iter().enumerate().map(|(i, e)| (format!("y{i}").into(), e)).collect();
    Graph::capture(&[], &named).unwrap().graph
}

#[test]
fn passes_are_told_of_and_chosen_by_name() {
    let graph = for_passes();
    let fired = |rules: Selection| {
        let options = Options { rules, ..Options::default() };
        optimize(&graph, &options).unwrap().report.fired
    };
    let all = fired(Selection::default());
    let names = ["matmul_folded", "matmul_chain", "matmul_shared", "fold_literals"];
    for name in names {
        assert!(all.contains_key(name), "{name}: {all:?}");
        let without = fired(Selection { without: vec![name.into()], ..Selection::default() });
        assert!(!without.contains_key(name), "{name}");
    }
    let lines = optimize(&graph, &Options::default()).unwrap().report.rewrites;
    for name in names {
        let told = lines.iter().any(|r| r.rules.iter().any(|r| r == name) && r.at.line().is_some());
        assert!(told, "{name}: {lines:?}");
    }
}

/// The golden graphs and two training graphs.
fn golden() -> Vec<(String, Graph)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden");
    let paths = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path());
    let mut all: Vec<(String, Graph)> = paths
        .filter(|p| p.extension().is_some_and(|e| e == "hyp"))
        .map(|p| (p.display().to_string(), std::fs::read_to_string(&p).unwrap().parse().unwrap()))
        .collect();
    assert!(all.len() >= 25, "{} golden graphs", all.len());
    all.push(("mlp".into(), models::mlp(1)));
    all.push(("transformer".into(), models::transformer(1)));
    all
}

/// A hundred orders of the rules: which match comes first decides nothing about the cost.
#[test]
fn the_order_of_rules_does_not_matter() {
    let options = Options::default();
    let graphs = golden();
    let cost = |book: &Book<'_>, graph: &Graph| {
        by(book, graph, &options, true, None, 2).unwrap().report.cost_after
    };
    let expected: Vec<f64> = graphs.iter().map(|(_, g)| cost(&Book::of(&options), g)).collect();
    let mut state = 1u64;
    let mut random = |below: usize| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    for round in 0..100 {
        let mut book = Book::of(&options);
        (1..book.rules.len()).rev().for_each(|at| book.rules.swap(at, random(at + 1)));
        for ((name, graph), expected) in graphs.iter().zip(&expected) {
            let found = cost(&book, graph);
            // Sums of costs in another order round otherwise.
            let near = (found - expected).abs() <= 1e-9 * expected.abs();
            assert!(near, "{name}, order {round}: {found} instead of {expected}");
        }
    }
}
