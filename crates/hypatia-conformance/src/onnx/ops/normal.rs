//! Normalisation.
//!
//! Invariants: channels are axis 1.
//!
//! Not here: softmax (`reduce.rs`).

use super::super::Stop;
use super::super::node::Node;
use super::Build::{Many, Single};
use super::Row;
use hypatia::expr::Expr;

/// The operators.
pub const ROWS: &[Row] = &[
    ("BatchNormalization", Many(batch_norm)),
    ("GroupNormalization", Single(group_norm)),
    ("InstanceNormalization", Single(instance_norm)),
    ("LayerNormalization", Many(layer_norm)),
    ("LpNormalization", Single(lp_norm)),
    ("LRN", Single(lrn)),
    ("MeanVarianceNormalization", Single(mean_variance)),
    ("RMSNormalization", Single(rms_norm)),
];

fn eps(n: &Node) -> f64 {
    n.float("epsilon", 1e-5)
}

fn batch_norm(n: &Node) -> Result<Vec<Expr>, Stop> {
    let (x, gamma, beta, mean, var) = (n.x(0)?, n.x(1)?, n.x(2)?, n.x(3)?, n.x(4)?);
    if n.int("training_mode", 0) == 0 {
        return Ok(vec![x.batch_norm_with(mean, var, gamma, beta, eps(n))]);
    }
    let keep = n.float("momentum", 0.9);
    let (y, now_mean, now_var) = x.batch_norm(gamma, beta, eps(n));
    let running = |old: &Expr, new: Expr| old * keep + new * (1.0 - keep);
    Ok(vec![y, running(mean, now_mean), running(var, now_var)])
}

/// Before version 21 scale and bias are by group.
fn group_norm(n: &Node) -> Result<Expr, Stop> {
    let (x, groups) = (n.x(0)?, n.int("num_groups", 1));
    let channels = n.shape(0)?.get(1).copied().unwrap_or_default();
    let wide = |at: usize| {
        let given = n.x(at)?;
        let by_group = n.opset() < 21 && groups > 0;
        Ok::<Expr, Stop>(if by_group { given.repeat(channels / groups, 0) } else { given.clone() })
    };
    Ok(x.group_norm(groups, wide(1)?, wide(2)?, eps(n)))
}

fn instance_norm(n: &Node) -> Result<Expr, Stop> {
    Ok(n.x(0)?.instance_norm(n.x(1)?, n.x(2)?, eps(n)))
}

/// All axes from the attribute's on.
fn from_axis(n: &Node) -> Result<Vec<i64>, Stop> {
    let rank = n.shape(0)?.len();
    Ok((n.axis(n.int("axis", -1), rank)? as i64..rank as i64).collect())
}

fn layer_norm(n: &Node) -> Result<Vec<Expr>, Stop> {
    let (x, axes) = (n.x(0)?, from_axis(n)?);
    let axes = axes.as_slice();
    let bias = n.opt(2).cloned().unwrap_or_else(|| x.like(0.0));
    let mean = x.mean_keep(axes);
    let inverse = (x.var_keep(axes) + eps(n)).sqrt();
    Ok(vec![x.layer_norm(axes, n.x(1)?, bias, eps(n)), mean, 1 / inverse])
}

fn rms_norm(n: &Node) -> Result<Expr, Stop> {
    Ok(n.x(0)?.rms_norm(from_axis(n)?.as_slice(), n.x(1)?, eps(n)))
}

fn lp_norm(n: &Node) -> Result<Expr, Stop> {
    let (x, axis) = (n.x(0)?, n.int("axis", -1));
    let norm = match n.int("p", 2) {
        1 => x.norm_l1_keep(axis),
        _ => x.norm_l2_keep(axis),
    };
    Ok(norm.eq(0).select(0, x / norm))
}

fn lrn(n: &Node) -> Result<Expr, Stop> {
    let size = usize::try_from(n.int("size", 0)).map_err(|_| n.wrong("a negative size"))?;
    let (alpha, beta) = (n.float("alpha", 1e-4), n.float("beta", 0.75));
    Ok(n.x(0)?.lrn(size, alpha, beta, n.float("bias", 1.0)))
}

fn mean_variance(n: &Node) -> Result<Expr, Stop> {
    let x = n.x(0)?;
    let axes = n.ints("axes").unwrap_or_else(|| vec![0, 2, 3]);
    let axes = axes.as_slice();
    // The standard adds its epsilon to the deviation.
    Ok((x - x.mean_keep(axes)) / (x.var_keep(axes).sqrt() + 1e-9))
}
