//! Large graphs stay cheap: what is counted, and times for people to read.
//!
//! Invariants: only counts are asserted; times depend on the machine.
//!
//! Not here: the graphs (`models/`).

#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod models;

use hypatia_ir::graph::Graph;
use hypatia_opt::{Options, optimize, stabilize};
use std::time::Instant;

fn check(name: &str, graph: &Graph) {
    let start = Instant::now();
    let simple = optimize(graph, &Options::default()).unwrap();
    let time = start.elapsed().as_secs_f64() * 1e3;
    let start = Instant::now();
    stabilize(graph, &Options::default()).unwrap();
    let stable = start.elapsed().as_secs_f64() * 1e3;
    let (before, after) = (graph.op_count(), simple.graph.op_count());
    let peak = simple.report.peak_terms;
    eprintln!(
        "{name}: {before} ops, {after} after, {peak} terms, {time:.1} ms ({stable:.1} ms before gradients)"
    );
    simple.graph.verify().unwrap();
    assert!(after <= before, "{name}: {before} ops became {after}");
    let nodes = graph.nodes().len();
    assert!(peak <= 4 * nodes + 2000, "{name}: {peak} terms for {nodes} nodes");
}

#[test]
fn transformers() {
    for layers in [1, 6, 24] {
        check(&format!("transformer of {layers} layers"), &models::transformer(layers));
    }
}

#[test]
fn mlps() {
    for layers in [2, 30] {
        check(&format!("mlp of {layers} layers"), &models::mlp(layers));
    }
}

#[test]
fn chains() {
    check("chain", &models::chain(5_000));
}
