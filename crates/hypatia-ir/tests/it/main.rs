//! Tests of the vocabulary through its public face: tables of cases, one file a concept.
//!
//! Invariants: expected values are worked out by hand or known from NumPy, never printed by the
//! code under test and pasted.
//!
//! Not here: tests that need private parts (beside the code).

#![allow(clippy::unwrap_used, clippy::panic)]

mod arrange;
mod attention;
mod compose_errors;
mod deep;
mod dims;
mod einsum;
mod elementwise;
mod evaluate;
mod generated;
mod images;
mod infer;
mod network;
mod print;
mod routine;
mod special;
mod text_errors;
mod type_errors;

use hypatia_ir::eval::{EvalError, evaluate};
use hypatia_ir::expr::Expr;
use hypatia_ir::graph::Graph;
use hypatia_ir::tensor::Tensor;
use std::sync::Arc;

/// The graph of unnamed outputs, with these free variables first.
pub fn graph_of(first: &[&Expr], outputs: &[&Expr]) -> Graph {
    let first: Vec<Expr> = first.iter().map(|&e| e.clone()).collect();
    let named = outputs.iter().enumerate().map(|(i, &e)| (Arc::from(format!("y{i}")), e.clone()));
    let named: Vec<(Arc<str>, Expr)> = named.collect();
    Graph::capture(&first, &named).unwrap_or_else(|e| panic!("{e}")).graph
}

/// The value of an expression for these values of these free variables.
pub fn value(expr: &Expr, inputs: &[(&Expr, Tensor)]) -> Result<Tensor, EvalError> {
    let (first, values): (Vec<&Expr>, Vec<Tensor>) = inputs.iter().cloned().unzip();
    evaluate(&graph_of(&first, &[expr]), &values).map(|mut v| v.remove(0))
}

/// That a graph verifies, and that its text reads back as the same graph.
pub fn assert_round_trip(graph: &Graph) {
    graph.verify().unwrap_or_else(|e| panic!("{e}\n{graph}"));
    let text = graph.to_string();
    let back: Graph = text.parse().unwrap_or_else(|e| panic!("{e}\n{text}"));
    assert_eq!(back.to_string(), text);
    assert_eq!(back.inputs.len(), graph.inputs.len());
    assert_eq!(back.roots, graph.roots);
    let nodes = back.nodes().iter().zip(graph.nodes());
    for (a, b) in nodes {
        assert_eq!((&a.op, &a.operands, &a.ty), (&b.op, &b.operands, &b.ty));
    }
    let requirements =
        |g: &Graph| g.guards.iter().map(|g| g.requirement.clone()).collect::<Vec<_>>();
    assert_eq!(requirements(&back), requirements(graph));
}
