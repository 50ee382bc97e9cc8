//! Losses.
//!
//! Invariants: plain maths over primitive ops; losses are means over all elements or rows.
//!
//! Not here: the stable form of logarithms of softmax (the simplifier).

use crate::expr::Expr;
use crate::span::Span;

/// The mean of `-log softmax(logits)[label]` over all rows: `logits` are `[…, classes]`, `labels`
/// (integers) have the shape of the leading axes.
#[track_caller]
pub fn cross_entropy(logits: impl Into<Expr>, labels: impl Into<Expr>) -> Expr {
    let (at, logits, labels) = (Span::caller(), logits.into(), labels.into());
    at.on_behalf_of(|| -logits.log_softmax(-1).take_along(labels).mean())
}

/// The mean of `(prediction - target)²` over all elements.
#[track_caller]
pub fn mse(prediction: impl Into<Expr>, target: impl Into<Expr>) -> Expr {
    let (at, prediction, target) = (Span::caller(), prediction.into(), target.into());
    at.on_behalf_of(|| (prediction - target).sqr().mean())
}
