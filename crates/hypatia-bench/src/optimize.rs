//! How weights move along their gradients.
//!
//! Invariants: all state is in shared variables; formulas are those of `peers/README.md`.
//!
//! Not here: gradients.

use hypatia::ndarray::ArrayD;
use hypatia::prelude::*;
use hypatia::{GradientError, gradients};

/// How weights move.
#[derive(Clone, Copy, Debug)]
pub enum Rule {
    /// Against the gradient, times this.
    Descent(f64),
    /// By Kingma and Ba (2015), with their settings.
    Adam,
}

/// Size of a step of Adam, how fast its moments forget, and what keeps its division finite.
const ADAM: (f64, f64, f64, f64) = (1e-3, 0.9, 0.999, 1e-8);

/// Weights, in the order they were made in.
#[derive(Default)]
pub struct Weights(Vec<Shared>);

impl Weights {
    /// One more.
    pub fn add(&mut self, value: ArrayD<f32>) -> Expr {
        let weight = shared(&format!("w{}", self.0.len()), value);
        let expr = weight.expr();
        self.0.push(weight);
        expr
    }

    /// One more, all zeros.
    pub fn zeros(&mut self, shape: &[usize]) -> Expr {
        self.add(ArrayD::zeros(shape))
    }

    /// One more, all ones.
    pub fn ones(&mut self, shape: &[usize]) -> Expr {
        self.add(ArrayD::ones(shape))
    }

    /// Their values after a step that makes `loss` smaller.
    ///
    /// Errors: the loss has no gradient by one of them.
    pub fn updates(&self, loss: &Expr, rule: Rule) -> Result<Vec<(Shared, Expr)>, GradientError> {
        let weights: Vec<Expr> = self.0.iter().map(Shared::expr).collect();
        let slopes = gradients(loss, &weights)?;
        let moves = self.0.iter().zip(&slopes);
        Ok(match rule {
            Rule::Descent(rate) => {
                moves.map(|(w, slope)| (w.clone(), w.expr() - rate * slope)).collect()
            }
            Rule::Adam => adam(moves),
        })
    }
}

fn adam<'a>(moves: impl Iterator<Item = (&'a Shared, &'a Expr)>) -> Vec<(Shared, Expr)> {
    let (rate, forget_m, forget_v, epsilon) = ADAM;
    // In double precision: one less a power close to one, which f32 has few digits of.
    let count = shared("count", 0.0f64);
    let now = count.expr() + 1;
    let whole = |forget: f64| (1.0 - constant(forget).pow(&now)).cast(DType::F32);
    let (whole_m, whole_v) = (whole(forget_m), whole(forget_v));
    let mut updates = vec![(count, now)];
    for (w, slope) in moves {
        let value = w.get();
        let still =
            |name| shared(&format!("{name}_{}", **w), Tensor::zeros(DType::F32, value.shape()));
        let (m, v) = (still("m"), still("v"));
        let new_m = forget_m * m.expr() + (1.0 - forget_m) * slope;
        let new_v = forget_v * v.expr() + (1.0 - forget_v) * slope.sqr();
        let step = (&new_m / &whole_m) / ((&new_v / &whole_v).sqrt() + epsilon);
        updates.push((w.clone(), w.expr() - rate * step));
        updates.extend([(m, new_m), (v, new_v)]);
    }
    updates
}
