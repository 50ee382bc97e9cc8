//! Selection by index tensors, its adjoints, and index sequences.
//!
//! Invariants: negative indices count from the end; an index outside the axis is an error of the
//! call, found before anything is read.
//!
//! Not here: slices with fixed bounds (`structure.rs`).

use crate::dim::Dim;
use crate::dtype::DType;
use crate::expr::Expr;
use crate::op::Op;
use crate::scalar::Element;
use crate::span::Span;
use crate::structure::axis_of;

impl Expr {
    /// Parts of the tensor along an axis: the axis is replaced by the axes of `indices`
    /// (integers). The gradient adds up over repeated indices.
    #[track_caller]
    pub fn take(&self, indices: impl Into<Expr>, axis: i64) -> Expr {
        self.with_axis("take", axis, Op::Take, vec![indices.into()])
    }

    /// One element of the axis for each index: `out[i, j] = x[i, indices[i, j]]` for axis 1 of a
    /// matrix. Shapes agree off the axis.
    #[track_caller]
    pub fn take_along_axis(&self, indices: impl Into<Expr>, axis: i64) -> Expr {
        self.with_axis("take_along", axis, Op::TakeAlong, vec![indices.into()])
    }

    /// One element of the last axis for each index; the axis disappears. `indices` has the shape
    /// of the leading axes. With labels this picks a class for each row.
    #[track_caller]
    pub fn take_along(&self, indices: impl Into<Expr>) -> Expr {
        let (at, indices) = (Span::caller(), indices.into());
        at.on_behalf_of(|| self.take_along_axis(indices.expand(-1), -1).squeeze(-1))
    }

    /// A copy with `updates` added at `indices` along an axis; repeated indices accumulate.
    #[track_caller]
    pub fn scatter_add(
        &self,
        indices: impl Into<Expr>,
        updates: impl Into<Expr>,
        axis: i64,
    ) -> Expr {
        let operands = vec![indices.into(), updates.into()];
        self.with_axis("scatter_add", axis, Op::ScatterAdd, operands)
    }

    /// A copy with `updates` added where [`Expr::take_along_axis`] with these indices reads.
    #[track_caller]
    pub fn scatter_add_along_axis(
        &self,
        indices: impl Into<Expr>,
        updates: impl Into<Expr>,
        axis: i64,
    ) -> Expr {
        let operands = vec![indices.into(), updates.into()];
        self.with_axis("scatter_add_along", axis, Op::ScatterAddAlong, operands)
    }

    #[track_caller]
    fn with_axis(
        &self,
        name: &'static str,
        axis: i64,
        op: impl FnOnce(usize) -> Op,
        rest: Vec<Expr>,
    ) -> Expr {
        let at = Span::caller();
        self.build(name, |ty| {
            let op = op(axis_of(axis, ty.rank())?);
            let operands = std::iter::once(self.clone()).chain(rest).collect();
            Ok(at.on_behalf_of(|| Expr::apply(op, operands)))
        })
    }

    /// 1 where the class equals the label, else 0, in type `T`: a new last axis of `classes`.
    #[track_caller]
    pub fn one_hot<T: Element>(&self, classes: impl Into<Dim>) -> Expr {
        let (at, classes) = (Span::caller(), classes.into());
        at.on_behalf_of(|| {
            let labels = self.cast(DType::I64).expand(-1);
            labels.eq(iota::<i64>(classes)).cast(T::DTYPE)
        })
    }
}

/// `0, 1, … n-1`.
#[track_caller]
pub fn iota<T: Element>(n: impl Into<Dim>) -> Expr {
    Expr::apply(Op::Iota(n.into(), T::DTYPE), Vec::new())
}
