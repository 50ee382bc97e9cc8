//! Normalisation, losses, cells and attention of neural networks.
//!
//! Invariants: images are NCHW, labels and channels on axis 1.
//!
//! Not here: activations (`elementwise.rs`), convolution and pooling (`images.rs`), loops over time.

use super::Build::{Call as Args, Many, Three, Two};
use super::{Call, Defect, Row, length, rank};
use hypatia::compose::{
    CrossEntropy, Reduction, binary_cross_entropy_logits_with, contrastive, cross_entropy_with,
    hinge_multiclass, huber, kl_div, mae, mse, nll_with,
};
use hypatia::expr::Expr;

/// The ops.
pub const ROWS: &[Row] = &[
    ("cross_entropy", Args(cross_entropy)),
    ("nll", Args(|c| Ok(nll_with(c.x(0)?, c.x(1)?, reduction(c)?)))),
    ("bce_logits", Args(|c| Ok(binary_cross_entropy_logits_with(c.x(0)?, c.x(1)?, reduction(c)?)))),
    ("mse", Two(|x, y| mse(x, y))),
    ("mae", Two(|x, y| mae(x, y))),
    ("huber", Args(|c| Ok(huber(c.x(0)?, c.x(1)?, c.params.number_or("delta", 1.0)?)))),
    ("hinge_multiclass", Two(|x, labels| hinge_multiclass(x, labels))),
    ("kl_div", Two(|p, q| kl_div(p, q))),
    (
        "cosine_similarity",
        Args(|c| Ok(c.x(0)?.cosine_similarity(c.x(1)?, c.params.int_or("axis", 1)?))),
    ),
    (
        "contrastive",
        Args(|c| Ok(contrastive(c.x(0)?, c.x(1)?, c.x(2)?, c.params.number("margin")?))),
    ),
    ("batch_norm_train", Many(batch_norm)),
    ("batch_norm_infer", Args(batch_norm_with)),
    ("layer_norm", Args(|c| Ok(c.x(0)?.layer_norm(&*from_axis(c)?, c.x(1)?, c.x(2)?, eps(c)?)))),
    ("rms_norm", Args(|c| Ok(c.x(0)?.rms_norm(&*from_axis(c)?, c.x(1)?, eps(c)?)))),
    (
        "group_norm",
        Args(|c| Ok(c.x(0)?.group_norm(c.params.int("groups")?, c.x(1)?, c.x(2)?, eps(c)?))),
    ),
    ("instance_norm", Args(|c| Ok(c.x(0)?.instance_norm(c.x(1)?, c.x(2)?, eps(c)?)))),
    ("l2_normalize", Args(|c| Ok(c.x(0)?.l2_normalize(c.params.int_or("axis", -1)?, eps(c)?)))),
    ("lrn_across_channels", Args(lrn)),
    ("prelu", Two(|x, alpha| x.prelu(alpha))),
    ("linear", Three(|x, w, b| x.dot(w.t()) + b)),
    ("dropout_given_mask", Args(|c| Ok(c.x(0)? * c.x(1)? / c.params.number("keep")?))),
    ("attention", Args(|c| Ok(attention(c.x(0)?, c.x(1)?, c.x(2)?, causal(c, false)?)))),
    ("multi_head_attention", Args(multi_head_attention)),
    ("rotary_embedding", Args(rotary_embedding)),
    ("lstm_cell", Many(lstm_cell)),
    ("gru_cell", Args(gru_cell)),
    ("gru_cell_reset_before", Args(gru_cell_reset_before)),
];

fn reduction(c: &Call) -> Result<Reduction, Defect> {
    Ok(match c.params.word_or("reduction", "mean")? {
        "mean" => Reduction::Mean,
        "sum" => Reduction::Sum,
        "none" => Reduction::None,
        _ => return Err(c.params.misfit("reduction", "mean, sum or none").into()),
    })
}

fn eps(c: &Call) -> Result<f64, Defect> {
    Ok(c.params.number_or("eps", 1e-5)?)
}

/// All axes from `axis` on.
fn from_axis(c: &Call) -> Result<Vec<i64>, Defect> {
    let (axis, rank) = (c.params.int_or("axis", -1)?, rank(c.x(0)?) as i64);
    Ok(((if axis < 0 { axis + rank } else { axis })..rank).collect())
}

fn cross_entropy(c: &Call) -> Result<Expr, Defect> {
    let settings = CrossEntropy { axis: 1, reduction: reduction(c)?, ..CrossEntropy::default() };
    Ok(cross_entropy_with(c.x(0)?, c.x(1)?, &settings))
}

fn batch_norm(c: &Call) -> Result<Vec<Expr>, Defect> {
    let (y, mean, var) = c.x(0)?.batch_norm(c.x(1)?, c.x(2)?, eps(c)?);
    Ok(vec![y, mean, var])
}

fn batch_norm_with(c: &Call) -> Result<Expr, Defect> {
    Ok(c.x(0)?.batch_norm_with(c.x(3)?, c.x(4)?, c.x(1)?, c.x(2)?, eps(c)?))
}

fn lrn(c: &Call) -> Result<Expr, Defect> {
    let size = usize::try_from(c.params.int("local_size")?);
    let size = size.map_err(|_| c.params.misfit("local_size", "a length"))?;
    let number = |name| c.params.number(name);
    Ok(c.x(0)?.lrn(size, number("alpha")?, number("beta")?, c.params.number_or("k", 1.0)?))
}

fn causal(c: &Call, default: bool) -> Result<bool, Defect> {
    Ok(c.params.flag_or("causal", default)?)
}

/// `softmax(q·kᵀ/√d)·v`; with `causal`, of nothing that comes later.
fn attention(q: &Expr, k: &Expr, v: &Expr, causal: bool) -> Expr {
    let width = length(q, rank(q).saturating_sub(1));
    let mut scores = q.matmul(k.t()) / (width as f64).sqrt();
    if causal {
        let later = hypatia::compose::ones_like(&scores).triu(1).gt(0);
        scores = scores.masked_fill(later, f64::NEG_INFINITY);
    }
    scores.softmax(-1).matmul(v)
}

fn multi_head_attention(c: &Call) -> Result<Expr, Defect> {
    let (x, heads) = (c.x(0)?, c.params.int("heads")?);
    let (batch, time, width) = (length(x, 0), length(x, 1), length(x, 2));
    let split = |w: &Expr| {
        let each = x.dot(w).reshape([batch, time, heads, width / heads.max(1)]);
        each.transpose([0, 2, 1, 3])
    };
    let (q, k, v) = (split(c.x(1)?), split(c.x(2)?), split(c.x(3)?));
    let seen = attention(&q, &k, &v, causal(c, true)?).transpose([0, 2, 1, 3]);
    Ok(seen.reshape([batch, time, width]).dot(c.x(4)?))
}

fn rotary_embedding(c: &Call) -> Result<Expr, Defect> {
    let (x, base) = (c.x(0)?, c.params.number_or("base", 10000.0)?);
    let (time, half) = (length(x, 1), length(x, 2) / 2);
    let turns: Vec<f64> = (0..time)
        .flat_map(|t| (0..half).map(move |i| t as f64 * base.powf(-(i as f64) / half as f64)))
        .collect();
    let turns = Expr::literal(turns).reshape([time, half]);
    let (cos, sin) = (turns.cos().cast(c.dtype), turns.sin().cast(c.dtype));
    let halves = x.split([half, half], -1);
    let (a, b) = (&halves[0], &halves[1]);
    Ok(hypatia::structure::concat(&[a * &cos - b * &sin, a * &sin + b * &cos], -1))
}

/// Equal parts of the last axis.
fn gates<const N: usize>(z: &Expr) -> [Expr; N] {
    let size = length(z, rank(z).saturating_sub(1)) / N as i64;
    let mut parts = z.split(vec![size.into(); N], -1).into_iter();
    std::array::from_fn(|_| parts.next().unwrap_or_else(|| z.clone()))
}

fn lstm_cell(c: &Call) -> Result<Vec<Expr>, Defect> {
    let z = c.x(0)?.dot(c.x(3)?) + c.x(1)?.dot(c.x(4)?) + c.x(5)?;
    let [i, f, g, o] = gates(&z);
    let state = f.sigmoid() * c.x(2)? + i.sigmoid() * g.tanh();
    Ok(vec![o.sigmoid() * state.tanh(), state])
}

fn gru_cell(c: &Call) -> Result<Expr, Defect> {
    let h = c.x(1)?;
    let [xr, xz, xn] = gates(&(c.x(0)?.dot(c.x(2)?) + c.x(4)?));
    let [hr, hz, hn] = gates(&(h.dot(c.x(3)?) + c.x(5)?));
    let (r, z) = ((xr + hr).sigmoid(), (xz + hz).sigmoid());
    let n = (xn + r * hn).tanh();
    Ok((1 - &z) * n + z * h)
}

fn gru_cell_reset_before(c: &Call) -> Result<Expr, Defect> {
    let (h, wh) = (c.x(1)?, c.x(3)?);
    let [xr, xz, xn] = gates(&(c.x(0)?.dot(c.x(2)?) + c.x(4)?));
    let [wr, wz, wn] = gates(wh);
    let (r, z) = ((xr + h.dot(wr)).sigmoid(), (xz + h.dot(wz)).sigmoid());
    let n = (xn + (r * h).dot(wn)).tanh();
    Ok((1 - &z) * n + z * h)
}
