//! Tests of plans through the public face of the crate.
//!
//! Invariants: graphs are text; every expectation is worked out by hand.
//!
//! Not here: that plans compute what graphs mean (`tests/it/agree.rs` of the workspace).

#![allow(clippy::unwrap_used, clippy::panic)]

mod deep;
mod fusion;
mod memory;
mod updates;
mod verify;

use hypatia_ir::dim::DimValues;
use hypatia_ir::graph::Graph;
use hypatia_lower::plan::{Plan, plan};

/// The plan of a graph given as text, without its first line.
pub fn plan_of(text: &str) -> Plan {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|l| !l.is_empty()).collect();
    let text = format!("hyp 1\n{}\n", lines.join("\n"));
    let graph: Graph = text.parse().unwrap_or_else(|e| panic!("{e}\n{text}"));
    plan(&graph).unwrap_or_else(|e| panic!("{e}\n{text}"))
}

/// Values of dims.
pub fn dims(values: &[(&str, i64)]) -> DimValues {
    values.iter().map(|&(name, value)| (name.into(), value)).collect()
}
