//! Tests of differentiation against central differences, against the other mode, and at the
//! places where there is no derivative.
//!
//! Invariants: points are away from kinks unless a test is about them.
//!
//! Not here: values of functions (`hypatia-ir`).

#![allow(clippy::unwrap_used, clippy::panic)]

mod batches;
mod deep;
mod differences;
mod errors;
mod generated;
mod kinks;
mod matrices;
mod options;
mod third;
mod verify;

use hypatia_ir::eval::evaluate;
use hypatia_ir::expr::Expr;
use hypatia_ir::graph::Graph;
use hypatia_ir::tensor::Tensor;
use std::sync::Arc;

/// A compiled set of `f64` outputs.
pub struct Outputs(Graph);

impl Outputs {
    /// Of these free variables, in order.
    pub fn new(first: &[Expr], outputs: &[Expr]) -> Outputs {
        let named = outputs.iter().enumerate();
        let named = named.map(|(i, e)| (Arc::from(format!("y{i}")), e.clone()));
        let named: Vec<(Arc<str>, Expr)> = named.collect();
        let captured = Graph::capture(first, &named).unwrap_or_else(|e| panic!("{e}"));
        captured.graph.verify().unwrap_or_else(|e| panic!("{e}\n{}", captured.graph));
        Outputs(captured.graph)
    }

    /// The values, in row-major order.
    pub fn call(&self, inputs: &[Tensor]) -> Vec<Vec<f64>> {
        let values = evaluate(&self.0, inputs).unwrap_or_else(|e| panic!("{e}\n{}", self.0));
        values.iter().map(|t| t.as_slice::<f64>().unwrap().to_vec()).collect()
    }
}

/// A tensor of these elements.
pub fn f64s(shape: &[usize], elements: &[f64]) -> Tensor {
    Tensor::from_vec(shape, elements.to_vec()).unwrap()
}
