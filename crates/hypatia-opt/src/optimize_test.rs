//! Graphs that are cut, against what cutting must not change.
//!
//! Invariants: deterministic but for the graphs that proptest draws.
//!
//! Not here: what a stretch becomes (`region_test.rs`).

use super::Pulse;
use crate::memo::Memo;
use crate::report::Report;
use crate::rules::{Book, RULES};
use crate::{Mode, Options, Selection, Soundness, generate, models};
use hypatia_ir::eval::evaluate;
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
