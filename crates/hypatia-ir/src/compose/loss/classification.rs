//! Losses of probabilities or scores against classes.
//!
//! Invariants: classes lie on the last axis unless an axis is given; labels are integers; a
//! probability that the target weighs by 0 may be 0, and has no gradient.
//!
//! Not here: losses of numbers (`regression.rs`), of embeddings (`distance.rs`).

use super::Reduction;
use crate::compose::create::full_like;
use crate::dtype::DType;
use crate::error::Cause;
use crate::expr::Expr;
use crate::span::Span;
use crate::structure::{axis_of, build_from};

/// `weight·log x`, 0 where the weight is 0, whatever `x`.
fn weighted_log(weight: &Expr, x: &Expr) -> Expr {
    // The mask is inside: outside alone, an infinite derivative would meet a 0.
    weight * weight.eq(0).select(1, x).log()
}

/// `-log p[label]` for each row.
fn picked(log_probs: &Expr, labels: &Expr) -> Expr {
    -log_probs.take_along(labels)
}

losses! {
    /// `-log softmax(logits)[label]` for each row: `logits` are `[…, classes]`, `labels`
    /// (integers) have the shape of the leading axes.
    cross_entropy cross_entropy_rows(logits, labels) picked(&logits.log_softmax(-1), &labels);
    /// `-log probs[label]` for each row: `probs` are `[…, classes]`, `labels` (integers) have the
    /// shape of the leading axes.
    nll nll_with(probs, labels) picked(&probs.log(), &labels);
    /// `-Σ targets·log probs` for each row, over the classes on the last axis.
    categorical_cross_entropy categorical_cross_entropy_with(probs, targets) {
        -weighted_log(&targets, &probs).sum_axes(-1)
    };
    /// `-Σ targets·log softmax(logits)` for each row, over the classes on the last axis.
    categorical_cross_entropy_logits categorical_cross_entropy_logits_with(logits, targets) {
        -(&targets * logits.log_softmax(-1)).sum_axes(-1)
    };
    /// `-(target·log prob + (1 - target)·log(1 - prob))` for each element; targets in 0…1.
    binary_cross_entropy binary_cross_entropy_with(probs, targets) {
        let (no, otherwise) = (1 - &targets, 1 - &probs);
        -(weighted_log(&targets, &probs) + weighted_log(&no, &otherwise))
    };
    /// The binary cross entropy of `sigmoid(logits)` for each element, without overflow; targets
    /// in 0…1.
    binary_cross_entropy_logits binary_cross_entropy_logits_with(logits, targets) {
        logits.softplus() - &logits * &targets
    };
    /// `Σ p·log(p/q)` for each row, over the last axis: the divergence of Kullback and Leibler.
    kl_div kl_div_with(p, q) {
        (weighted_log(&p, &p) - weighted_log(&p, &q)).sum_axes(-1)
    };
    /// `max(0, 1 - target·score)` for each element; targets are -1 or 1.
    hinge hinge_with(scores, targets) (1 - &scores * &targets).relu();
    /// `Σ max(0, 1 + score[j] - score[label])` over the wrong classes `j`, for each row: `scores`
    /// are `[…, classes]`, `labels` (integers) have the shape of the leading axes.
    hinge_multiclass hinge_multiclass_with(scores, labels) {
        // The right class adds max(0, 1), a constant: it is subtracted.
        let right = scores.take_along(&labels).expand(-1);
        (1 + (&scores - right)).relu().sum_axes(-1) - 1
    };
}

/// Settings of [`cross_entropy_with`].
#[derive(Clone, Debug)]
pub struct CrossEntropy {
    /// Where the classes are. Default: -1.
    pub axis: i64,
    /// What becomes of the losses. Default: their mean, each counting by the weight of its class;
    /// ignored ones do not count.
    pub reduction: Reduction,
    /// The share of the target that is spread evenly over all classes. Default: 0.
    pub smoothing: f64,
    /// A label whose loss is 0. Default: none.
    pub ignore: Option<i64>,
    /// The weight of each class, `[classes]`. Default: 1 each.
    pub weights: Option<Expr>,
}

impl Default for CrossEntropy {
    fn default() -> CrossEntropy {
        let (axis, reduction, smoothing) = (-1, Reduction::Mean, 0.0);
        CrossEntropy { axis, reduction, smoothing, ignore: None, weights: None }
    }
}

/// `-log softmax(logits)[label]` with settings. `labels` (integers) have the shape of the logits
/// without the axis of classes.
#[track_caller]
pub fn cross_entropy_with(
    logits: impl Into<Expr>,
    labels: impl Into<Expr>,
    settings: &CrossEntropy,
) -> Expr {
    let (logits, labels): (Expr, Expr) = (logits.into(), labels.into());
    Span::caller().on_behalf_of(|| {
        build_from("cross_entropy", &[&logits, &labels], |types| {
            let axis = axis_of(settings.axis, types[0].rank())?;
            if !(0.0..=1.0).contains(&settings.smoothing) {
                let (expected, found) = ("a number from 0 to 1", settings.smoothing.to_string());
                return Err(Cause::Setting { name: "smoothing", expected, found });
            }
            if !types[1].dtype.is_int() {
                let (expected, found) = ("integer labels", types[1].dtype);
                return Err(Cause::DType { expected, found });
            }
            let rows = logits.moveaxis(axis as i64, -1).log_softmax(-1);
            Ok(weighted(&rows, &labels.cast(DType::I64), settings))
        })
    })
}

/// From log-probabilities with the classes last.
fn weighted(log_probs: &Expr, labels: &Expr, settings: &CrossEntropy) -> Expr {
    let counted = settings.ignore.map(|ignore| labels.ne(ignore));
    // An ignored label need not be a class.
    let labels = counted.as_ref().map_or(labels.clone(), |counted| counted.select(labels, 0));
    let weights = settings.weights.as_ref();
    let weight = weights.map(|w| w.take(&labels, 0));
    let mut loss = picked(log_probs, &labels);
    if let Some(weight) = &weight {
        loss = loss * weight;
    }
    if settings.smoothing != 0.0 {
        let all = weights.map_or(log_probs.clone(), |w| log_probs * w);
        let even = -all.mean_axes(-1);
        loss = loss * (1.0 - settings.smoothing) + even * settings.smoothing;
    }
    let masked = |x: &Expr| counted.as_ref().map_or(x.clone(), |counted| counted.select(x, 0));
    let loss = masked(&loss);
    match (settings.reduction, &counted, &weight) {
        (Reduction::Mean, None, None) => loss.mean(),
        (Reduction::Mean, ..) => {
            let one = full_like(&loss, 1);
            loss.sum() / masked(weight.as_ref().unwrap_or(&one)).sum()
        }
        (reduction @ (Reduction::Sum | Reduction::None), ..) => reduction.of(&loss),
    }
}
