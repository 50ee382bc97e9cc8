//! Softmax and means of the elements that a mask names.
//!
//! Invariants: what the mask leaves out has no influence, on values or on gradients, not even
//! NaN; lines of which it leaves out everything are 0, and so is their gradient.
//!
//! Not here: those of all elements (`softmax.rs`, `moments.rs`).

use super::moments::reductions;
use crate::dtype::DType;
use crate::expr::Expr;
use crate::reduce::IntoAxes;
use crate::span::Span;

impl Expr {
    /// [`Expr::softmax`] of the elements where the bool `mask` is true, which broadcasts; 0 at the
    /// others, and where a line has no others.
    #[track_caller]
    pub fn softmax_where(&self, mask: impl Into<Expr>, axes: impl IntoAxes) -> Expr {
        let mask = mask.into();
        Span::caller().on_behalf_of(|| {
            let dtype = self.type_or_none().map_or(DType::F32, |ty| ty.dtype);
            let lowest = if dtype == DType::F64 { f64::MIN } else { f64::from(f32::MIN) };
            mask.select(mask.select(self, lowest).softmax(axes), 0)
        })
    }
}

reductions! {
    /// The mean of the elements where the bool `mask` is true, which broadcasts to the tensor; 0 if
    /// there are none.
    "mean_where" mean_where mean_where_axes mean_where_keep(mask: &Expr) |x, ty, axes| {
        let (sum, count) = (mask.select(x, 0), mask.select(x.like(1), 0));
        let count = count.broadcast_to(&ty.shape).sum_keep(axes);
        sum.sum_keep(axes) / count.maximum(1)
    };
}
