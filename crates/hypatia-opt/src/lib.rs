//! The simplifier: equality saturation over expression graphs.
//!
//! In order: a graph is cut into stretches ([`optimize`]), a stretch becomes an e-graph
//! (`region`, `language`, `facts`, `space`), rules add equal terms (`rules`, `saturate`), sums and
//! products of many operands are brought into one form (`normalize`), and the cheapest terms come
//! out (`cost`, `extract`). What an e-graph must not be asked to find is looked for in graphs
//! (`pass`).
//!
//! Invariants: root types do not change; results are never dearer; equal inputs give equal
//! outputs. This is the only crate that names `egg`.
//!
//! Not here: derivatives, kernels.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout))]

mod cost;
mod cut;
mod error;
mod extract;
mod facts;
mod language;
mod lint;
mod look;
mod memo;
mod normalize;
mod optimize;
mod pass;
mod recipe;
mod region;
mod report;
mod rules;
mod saturate;
mod space;
mod verify;

#[cfg(test)]
#[path = "../../../tests/it/generate.rs"]
#[allow(dead_code)]
mod generate;
#[cfg(test)]
#[path = "../tests/models/mod.rs"]
#[allow(dead_code)]
mod models;
#[cfg(test)]
mod promise;

pub use error::Error;
pub use look::{Chain, Link, Refusal, WhyNot, explain, explain_graphs, why_not};
pub use optimize::{optimize, stabilize};
pub use pass::{Hoisted, hoist, invariants};
pub use report::{Report, Rewrite, Unstable};
pub use rules::{Selection, Soundness, UserRule as Rule, rule_book};
pub use verify::{Disagreement, verify};

use hypatia_ir::graph::Graph;

/// Which rules may be used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Mode {
    /// Only rules that keep every bit, and those that make the largest error smaller.
    Strict,
    /// Also rules that are as accurate or better on floats.
    #[default]
    Default,
    /// Also rules that are only true of real numbers.
    Fast,
}

/// How hard to try.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Opt {
    /// Not at all: what runs is what was written.
    None,
    /// One pulse in short stretches, for functions that are called a few times.
    Fast,
    /// Everything.
    #[default]
    Full,
    /// As [`Opt::Full`]; in each call the graph is also evaluated as it was written, and where the
    /// results differ the call fails and names the rule. Slow, for finding faults.
    Verify,
}

/// How to simplify.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// How hard to try.
    pub opt: Opt,
    /// Which rules may be used.
    pub mode: Mode,
    /// The length that costs assume for symbolic dims.
    pub hint: i64,
    /// Which rules may be used, on top of the mode.
    pub rules: Selection,
}

impl Default for Options {
    fn default() -> Options {
        Options { opt: Opt::Full, mode: Mode::Default, hint: 64, rules: Selection::default() }
    }
}

/// A simplified graph.
#[derive(Clone, Debug)]
pub struct Optimized {
    /// The graph.
    pub graph: Graph,
    /// What was done.
    pub report: Report,
}
