//! What the simplifier costs on training graphs: forward pass, gradients, Adam.
//!
//! `cargo bench -p hypatia-opt` prints one line for each graph. Each time is the best of a few, in
//! milliseconds that the processor spent on the one thread. `ratio` is to the graph of half as many
//! layers; `peak` is the most terms that an e-graph held, against what it may hold. Words after
//! `--` pick graphs by name.
//!
//! Invariants: exits with an error if a result is dearer than its input, or too many terms were
//! held. Times are only printed: they depend on the machine.
//!
//! Not here: what the results compute (`tests/`).

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, missing_docs)]

#[allow(dead_code)]
#[path = "../tests/models/mod.rs"]
mod models;

use hypatia_ir::graph::Graph;
use hypatia_opt::{Optimized, Options, optimize};
use std::process::ExitCode;
use std::time::Instant;

/// A family of graphs, and how many layers to measure.
struct Case {
    name: &'static str,
    graph: fn(usize) -> Graph,
    layers: &'static [usize],
}

const CASES: [Case; 2] = [
    Case { name: "mlp", graph: models::mlp, layers: &[1, 16] },
    Case { name: "transformer", graph: models::transformer, layers: &[2, 12, 24, 46] },
];

/// How many times are taken, of which the best counts.
const RUNS: usize = 5;

/// How long each measures at least, in seconds: the system counts in steps of a few milliseconds.
const LEAST: f64 = 0.06;

/// The seconds that this thread has run, as far as the system tells; else the time of day.
fn clock(start: Instant) -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = text.split_whitespace().next().and_then(|word| word.parse::<f64>().ok());
    nanoseconds.map_or(start.elapsed().as_secs_f64(), |n| n * 1e-9)
}

/// The best time in milliseconds, and what came out.
fn measure(graph: &Graph) -> (f64, Optimized) {
    let out = optimize(graph, &Options::default()).unwrap();
    let start = Instant::now();
    let once = || {
        let (from, mut count, mut spent) = (clock(start), 0, 0.0);
        while spent < LEAST {
            std::hint::black_box(optimize(graph, &Options::default()).unwrap());
            count += 1;
            spent = clock(start) - from;
        }
        spent / f64::from(count) * 1e3
    };
    ((0..RUNS).map(|_| once()).fold(f64::INFINITY, f64::min), out)
}

/// Prints the line of a graph; whether it keeps its bounds.
fn line(case: &Case, layers: usize) -> bool {
    let graph = (case.graph)(layers);
    let (time, out) = measure(&graph);
    let half = (layers > 1).then(|| measure(&(case.graph)(layers / 2)).0);
    let ratio = half.map_or("    -".into(), |half| format!("{:5.2}", time / half));
    let (before, after) = (graph.op_count(), out.graph.op_count());
    let (peak, bound) = (out.report.peak_terms, 4 * graph.nodes().len() + 2000);
    let (spent, left) = (out.report.cost_before, out.report.cost_after);
    println!(
        "{:<16} {before:>6} ops -> {after:>6}   {time:>7.2} ms   {:>6.2} ms per 1,000 ops   \
         ratio {ratio}   peak {peak:>6} of {bound:>6} terms",
        format!("{} {layers}", case.name),
        time / before as f64 * 1e3,
    );
    peak <= bound && left <= spent * (1.0 + 1e-12)
}

fn main() -> ExitCode {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|w| name.contains(w));
    let mut fine = true;
    for case in CASES.iter().filter(|c| is_wanted(c.name)) {
        for &layers in case.layers {
            fine &= line(case, layers);
        }
    }
    if fine { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
