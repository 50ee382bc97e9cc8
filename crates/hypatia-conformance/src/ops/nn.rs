//! Layers and losses of neural networks.
//!
//! Invariants: images are NCHW, kernels OIHW, convolution is cross-correlation.
//!
//! Not here: activations (`elementwise.rs`), loops over time.

use super::Build::{Call as Args, Two};
use super::{Call, Defect, Row};
use hypatia::compose::mse;
use hypatia::expr::Expr;

/// The ops.
pub const ROWS: &[Row] = &[("cross_entropy", Args(cross_entropy)), ("mse", Two(|x, y| mse(x, y)))];

/// A loss of each element, reduced as the case says.
fn reduced(c: &Call, each: Expr) -> Result<Expr, Defect> {
    Ok(match c.params.word_or("reduction", "mean")? {
        "mean" => each.mean(),
        "sum" => each.sum(),
        "none" => each,
        _ => return Err(c.params.misfit("reduction", "mean, sum or none").into()),
    })
}

fn cross_entropy(c: &Call) -> Result<Expr, Defect> {
    let (logits, labels) = (c.x(0)?, c.x(1)?);
    let picked = logits.log_softmax(1).take_along_axis(labels.expand(1), 1);
    reduced(c, -picked.squeeze(1))
}
