//! What holds of every simplified graph, on generated ones.
//!
//! Two graphs that are equal in exact arithmetic differ by roundings of intermediate values. Each
//! makes a few for each value, so results lie apart by at most what these move them, to first
//! order: `wobble` measures it, and says nothing at jumps. A hundred times that covers terms that
//! the measured signs cancel, and rewritten sums.
//!
//! Invariants: deterministic.
//!
//! Not here: edge values (`tests/it` of the workspace), single rules (`rules/trial`).

#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

#[path = "../../../tests/it/generate.rs"]
#[allow(dead_code)]
mod generate;
#[allow(dead_code)]
mod models;
#[path = "../src/rules/trial/wobble.rs"]
#[allow(dead_code)]
mod wobble;

use generate::{Generated, graphs};
use hypatia_ir::dtype::DType;
use hypatia_ir::eval::evaluate;
use hypatia_ir::graph::Graph;
use hypatia_opt::{Mode, Options, optimize, stabilize};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use wobble::wobble;

/// How often roundings are tried, while something seems to have moved too far.
const SAMPLES: [u64; 3] = [16, 64, 512];

const MODES: [Mode; 3] = [Mode::Strict, Mode::Default, Mode::Fast];

/// The graphs are the same in every run; `HYPATIA_SEED` asks for others. One run of thirty would find
/// a comparison of two roundings of one value, which no rewriting can keep.
fn seed() -> u64 {
    std::env::var("HYPATIA_SEED").ok().and_then(|s| s.parse().ok()).unwrap_or(0)
}

fn options(mode: Mode) -> Options {
    Options { mode, ..Options::default() }
}

fn roots(graph: &Graph) -> Vec<String> {
    graph.roots.iter().map(|r| format!("{:?}: {}", r.role, graph.ty(r.node))).collect()
}

/// Graphs of ordinary `f64` values.
fn ordinary() -> impl Strategy<Value = Generated> {
    let dtypes = &[DType::F64];
    graphs(generate::Options { steps: 14, specials: false, idioms: true, dtypes })
}

fn check_values(before: &Graph, after: &Graph, g: &Generated, mode: Mode) {
    let Ok(expected) = evaluate(before, &g.inputs) else { return };
    let found = match evaluate(after, &g.inputs) {
        Ok(found) => found,
        // Stable forms may need axes that are not empty, and say so.
        Err(_) if after.guards.len() > before.guards.len() => return,
        Err(e) => panic!("{e}\n{after}"),
    };
    for (root, (x, y)) in expected.iter().zip(&found).enumerate() {
        let values = |at: usize| (x.get(at).as_f64(), y.get(at).as_f64());
        let mut open: Vec<usize> = (0..x.len()).collect();
        // More samples where a few signs have cancelled.
        for samples in SAMPLES {
            let wobble = wobble(before, &g.inputs, root, samples);
            open.retain(|&at| {
                let (v, w) = values(at);
                // Stable forms may be finite where the original is not.
                let fits = !v.is_finite() || (v - w).abs() <= 100.0 * wobble[at] + 1e-300;
                !fits
            });
            if open.is_empty() {
                break;
            }
        }
        if let Some(&at) = open.first() {
            let (v, w) = values(at);
            panic!("{mode:?}: root {root}, element {at}: {v} became {w}\n{g:?}{after}");
        }
    }
}

/// That nothing of the interface changed.
fn check_form(before: &Graph, after: &Graph) {
    after.verify().unwrap_or_else(|e| panic!("{e}\n{before}{after}"));
    assert_eq!(before.inputs, after.inputs);
    assert_eq!(roots(before), roots(after));
}

/// The same graph again, also from another thread.
fn check_same(graph: &Graph) {
    let text = || optimize(graph, &Options::default()).unwrap().graph.to_string();
    let here = text();
    let there: Vec<String> = std::thread::scope(|s| {
        let threads = [s.spawn(text), s.spawn(text)];
        threads.map(|t| t.join().unwrap()).into()
    });
    assert!(there.iter().all(|t| *t == here), "{here}{}", there.join(""));
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 200,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(seed()),
        ..ProptestConfig::default()
    })]

    #[test]
    fn values_and_interfaces_stay(g in ordinary()) {
        for mode in MODES {
            let after = optimize(&g.graph, &options(mode)).unwrap().graph;
            check_form(&g.graph, &after);
            if mode != Mode::Fast {
                check_values(&g.graph, &after, &g, mode);
            }
            let stable = stabilize(&g.graph, &options(mode)).unwrap().graph;
            check_form(&g.graph, &stable);
        }
    }

    #[test]
    fn results_are_never_dearer(g in graphs(generate::Options::default())) {
        let report = optimize(&g.graph, &Options::default()).unwrap().report;
        prop_assert!(report.cost_after <= report.cost_before * (1.0 + 1e-12), "{report:?}");
    }

    #[test]
    fn results_are_reproducible(g in graphs(generate::Options::default())) {
        check_same(&g.graph);
    }
}

#[test]
fn training_graphs_are_reproducible() {
    check_same(&models::transformer(1));
    check_same(&models::mlp(3));
}
