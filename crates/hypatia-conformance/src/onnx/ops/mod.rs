//! The operators of ONNX as expressions: one table for each kind.
//!
//! Invariants: a name is in one table at most; versions differ inside an operator, by
//! [`Node::opset`].
//!
//! Not here: how graphs are walked (`import.rs`).

mod attention;
mod conv;
mod elementwise;
mod index;
mod linear;
mod logic;
mod loss;
mod normal;
mod pool;
mod reduce;
mod shape;
mod signal;

use super::Stop;
use super::node::Node;
use hypatia::expr::Expr;

/// How an operator is built.
#[derive(Clone, Copy)]
pub enum Build {
    /// From one tensor alone.
    One(fn(&Expr) -> Expr),
    /// From two tensors alone.
    Two(fn(&Expr, &Expr) -> Expr),
    /// One result.
    Single(fn(&Node) -> Result<Expr, Stop>),
    /// Several results.
    Many(fn(&Node) -> Result<Vec<Expr>, Stop>),
}

/// An operator and how it is built.
pub type Row = (&'static str, Build);

const TABLES: &[&[Row]] = &[
    elementwise::ROWS,
    logic::ROWS,
    reduce::ROWS,
    shape::ROWS,
    index::ROWS,
    linear::ROWS,
    normal::ROWS,
    loss::ROWS,
    pool::ROWS,
    conv::ROWS,
    attention::ROWS,
    signal::ROWS,
];

/// How an operator is built, if it is known.
pub fn find(name: &str) -> Option<Build> {
    TABLES.iter().flat_map(|table| table.iter()).find(|row| row.0 == name).map(|row| row.1)
}

/// Every operator, in order.
pub fn names() -> Vec<&'static str> {
    let mut names: Vec<&str> = TABLES.iter().flat_map(|t| t.iter()).map(|row| row.0).collect();
    names.sort_unstable();
    names
}

impl Build {
    /// The results of a node.
    pub fn outputs(self, node: &Node) -> Result<Vec<Expr>, Stop> {
        match self {
            Build::One(build) => Ok(vec![build(node.x(0)?)]),
            Build::Two(build) => Ok(vec![build(node.x(0)?, node.x(1)?)]),
            Build::Single(build) => Ok(vec![build(node)?]),
            Build::Many(build) => build(node),
        }
    }
}
