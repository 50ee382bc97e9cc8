//! Normalisation, losses, cells and attention of neural networks.
//!
//! Invariants: images are NCHW, labels and channels on axis 1.
//!
//! Not here: activations (`elementwise.rs`), convolution and pooling (`images.rs`), loops over time.

use super::Build::{Call as Args, Many, Three, Two};
use super::{Call, Defect, Row, rank};
use hypatia::compose::{
    Attention, CrossEntropy, Reduction, attention, binary_cross_entropy_logits_with, contrastive,
    cross_entropy_with, gru_cell, gru_cell_reset_before, hinge_multiclass, huber, kl_div, linear,
    lstm_cell, mae, mse, multi_head_attention, nll_with,
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
    ("linear", Three(|x, w, b| linear(x, w, b))),
    ("dropout_given_mask", Args(|c| Ok(c.x(0)? * c.x(1)? / c.params.number("keep")?))),
    ("attention", Args(|c| Ok(attention(c.x(0)?, c.x(1)?, c.x(2)?, &settings(c, false)?)))),
    ("multi_head_attention", Args(heads)),
    ("rotary_embedding", Args(|c| Ok(c.x(0)?.rotary_embedding(c.params.number_or("base", 1e4)?)))),
    ("lstm_cell", Many(lstm)),
    ("gru_cell", Args(gru)),
    ("gru_cell_reset_before", Args(gru_before)),
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

fn settings(c: &Call, causal: bool) -> Result<Attention, Defect> {
    let causal = c.params.flag_or("causal", causal)?;
    Ok(Attention { causal, ..Attention::default() })
}

fn heads(c: &Call) -> Result<Expr, Defect> {
    let weights = [c.x(1)?, c.x(2)?, c.x(3)?, c.x(4)?];
    Ok(multi_head_attention(c.x(0)?, weights, c.params.int("heads")?, &settings(c, true)?))
}

fn lstm(c: &Call) -> Result<Vec<Expr>, Defect> {
    let (h, memory) = lstm_cell(c.x(0)?, (c.x(1)?, c.x(2)?), c.x(3)?, c.x(4)?, c.x(5)?);
    Ok(vec![h, memory])
}

fn gru(c: &Call) -> Result<Expr, Defect> {
    Ok(gru_cell(c.x(0)?, c.x(1)?, c.x(2)?, c.x(3)?, c.x(4)?, c.x(5)?))
}

fn gru_before(c: &Call) -> Result<Expr, Defect> {
    Ok(gru_cell_reset_before(c.x(0)?, c.x(1)?, c.x(2)?, c.x(3)?, c.x(4)?))
}
