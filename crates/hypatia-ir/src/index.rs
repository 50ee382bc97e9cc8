//! Selection by index tensors, writing where it reads, and index sequences.
//!
//! Invariants: negative indices count from the end; an index outside the axis is an error of the
//! call, found before anything is read.
//!
//! Not here: slices with fixed bounds (`structure.rs`).

use crate::dim::Dim;
use crate::dtype::DType;
use crate::expr::Expr;
use crate::op::{Op, ScatterOp};
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

macro_rules! scatters {
    ($($op:ident $what:literal $repeated:literal: $replacing:ident $along:ident;)*) => {
        impl Expr {$(
            #[doc = concat!(
                "A copy where `updates` ", $what, " at `indices` along an axis; ", $repeated,
                " The shape of the updates is that of [`Expr::take`] with these indices."
            )]
            #[track_caller]
            pub fn $replacing(
                &self,
                indices: impl Into<Expr>,
                updates: impl Into<Expr>,
                axis: i64,
            ) -> Expr {
                let (op, operands) = (ScatterOp::$op, vec![indices.into(), updates.into()]);
                self.with_axis(op.name(), axis, |axis| Op::Scatter(op, axis), operands)
            }

            #[doc = concat!(
                "A copy where `updates` ", $what, " where [`Expr::take_along_axis`] with these \
                 indices reads; ", $repeated
            )]
            #[track_caller]
            pub fn $along(
                &self,
                indices: impl Into<Expr>,
                updates: impl Into<Expr>,
                axis: i64,
            ) -> Expr {
                let (op, operands) = (ScatterOp::$op, vec![indices.into(), updates.into()]);
                self.with_axis(op.along(), axis, |axis| Op::ScatterAlong(op, axis), operands)
            }
        )*}
    };
}
scatters! {
    Set "replace elements" "of several for one element the last one stays, and has the gradient.":
        scatter_set scatter_set_along_axis;
    Add "are added" "repeated indices accumulate.": scatter_add scatter_add_along_axis;
    Max "replace smaller elements" "the largest share the gradient equally.":
        scatter_max scatter_max_along_axis;
    Min "replace larger elements" "the smallest share the gradient equally.":
        scatter_min scatter_min_along_axis;
}

/// `0, 1, … n-1`.
#[track_caller]
pub fn iota<T: Element>(n: impl Into<Dim>) -> Expr {
    Expr::apply(Op::Iota(n.into(), T::DTYPE), Vec::new())
}
