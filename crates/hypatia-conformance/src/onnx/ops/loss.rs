//! Losses of classification.
//!
//! Invariants: classes are axis 1.
//!
//! Not here: losses that ONNX writes as other operators.

use super::super::Stop;
use super::super::node::Node;
use super::Build::{Many, Single};
use super::Row;
use hypatia::compose::zeros_like;
use hypatia::dtype::DType;
use hypatia::expr::Expr;

/// The operators.
pub const ROWS: &[Row] = &[
    ("NegativeLogLikelihoodLoss", Single(|n| picked(n, n.x(0)?))),
    ("SoftmaxCrossEntropyLoss", Many(softmax_cross_entropy)),
];

fn softmax_cross_entropy(n: &Node) -> Result<Vec<Expr>, Stop> {
    let logs = n.x(0)?.log_softmax(1);
    Ok(vec![picked(n, &logs)?, logs])
}

/// The log-probability of each label, weighted by its class, ignored labels left out.
fn picked(n: &Node, logs: &Expr) -> Result<Expr, Stop> {
    let labels = n.x(1)?.cast(DType::I64);
    let ignored = n.attribute("ignore_index").map(|a| labels.eq(a.i));
    let safe = match &ignored {
        Some(ignored) => ignored.select(0, &labels),
        None => labels.clone(),
    };
    let each = -logs.take_along_axis(safe.expand(1), 1).squeeze(1);
    let ones = zeros_like(&each) + 1;
    let mut weights = n.opt(2).map_or(ones, |by_class| by_class.take(&safe, 0));
    if let Some(ignored) = ignored {
        weights = ignored.select(0, weights);
    }
    let each = each * &weights;
    Ok(match n.text("reduction", "mean").as_str() {
        "none" => each,
        "sum" => each.sum(),
        _ => each.sum() / weights.sum(),
    })
}
