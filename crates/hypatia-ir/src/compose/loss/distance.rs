//! Losses of embeddings, and how alike two embeddings are.
//!
//! Invariants: embeddings lie on the last axis; a distance of 0 has gradient 0.
//!
//! Not here: norms (`norm.rs`).

use crate::expr::Expr;
use crate::reduce::IntoAxes;
use crate::span::Span;

losses! {
    /// `(same·d² + (1 - same)·max(0, margin - d)²)/2` for each row, with the Euclidean distance
    /// `d` of its two embeddings; `same` is 1 for pairs that belong together, else 0 (Hadsell,
    /// Chopra and LeCun 2006).
    contrastive contrastive_with(x, y, same; margin) {
        let difference = &x - &y;
        let near = (margin - difference.norm_l2_axes(-1)).relu().sqr();
        (&same * difference.sum_square_axes(-1) + (1 - &same) * near) * 0.5
    };
    /// `max(0, d(anchor, positive) - d(anchor, negative) + margin)` for each row, with Euclidean
    /// distances `d`.
    triplet triplet_with(anchor, positive, negative; margin) {
        let near = (&anchor - &positive).norm_l2_axes(-1);
        let far = (&anchor - &negative).norm_l2_axes(-1);
        (near - far + margin).relu()
    };
}

impl Expr {
    /// `Σ x·y / (√Σx² · √Σy²)` along these axes, which are dropped; NaN for zero vectors.
    #[track_caller]
    pub fn cosine_similarity(&self, other: impl Into<Expr>, axes: impl IntoAxes) -> Expr {
        let other = other.into();
        Span::caller().on_behalf_of(|| {
            let joint = self * &other;
            joint.build("cosine_similarity", |ty| {
                let axes = axes.into_axes(ty.rank())?;
                let norm = |x: &Expr| x.broadcast_to(&ty.shape).norm_l2_axes(axes);
                Ok(joint.sum_axes(axes) / (norm(self) * norm(&other)))
            })
        })
    }
}
