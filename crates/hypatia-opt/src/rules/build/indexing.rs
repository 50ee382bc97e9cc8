//! Gathers and one-hot masks.
//!
//! Invariants: see `mod.rs`.
//!
//! Not here: slices (`views.rs`).

use super::{at, number};
use crate::language::{Attr, Head, Term};
use crate::rules::pattern::{Binding, allowed, axes_of};
use crate::space::{Space, add};
use egg::Id;
use hypatia_ir::dim::Dim;
use hypatia_ir::dtype::DType;
use hypatia_ir::op::{BinaryOp, CompareOp, ReduceOp};

/// A gather of a gather, as one by gathered indices.
pub(in crate::rules) fn one_take(space: &mut Space, binding: &Binding, _: Id) -> Option<Id> {
    let (axis, x) = (at(binding, 'b')?, at(binding, 'x')?);
    let (i, j) = (at(binding, 'i')?, at(binding, 'j')?);
    let types = [space[i].data.ty.clone()?, space[j].data.ty.clone()?];
    if types[0].rank() != 1 {
        return None;
    }
    let first = Attr::Axis(0);
    allowed(space, &Head::Take, Some(&first), &[&types[0], &types[1]])?;
    let first = space.add(Term::attr(first));
    let index = add(space, Term::new(Head::Take, [first, i, j]));
    Some(add(space, Term::new(Head::Take, [axis, x, index])))
}

/// Labels compared with the classes, and how many classes there are: along the last axis, where the
/// labels have length 1.
struct OneHot {
    labels: Id,
    classes: Dim,
    axis: usize,
    dtype: DType,
}

impl OneHot {
    fn of(space: &Space, binding: &Binding) -> Option<OneHot> {
        let (labels, sequence) = (at(binding, 'l')?, at(binding, 'i')?);
        let ty = space[labels].data.ty.as_ref()?;
        let classes = space[sequence].data.ty.as_ref()?.shape.last()?.clone();
        let axis = ty.rank().checked_sub(1)?;
        let fits = ty.dtype.is_int()
            && ty.shape[axis].is(1)
            && space[sequence].data.ty.as_ref()?.rank() == 1;
        fits.then_some(OneHot { labels, classes, axis, dtype: ty.dtype })
    }

    /// Where a label is one of the classes.
    fn within(&self, space: &mut Space) -> Id {
        let zero = number(space, &Dim::Known(0), self.dtype);
        let count = number(space, &self.classes, self.dtype);
        let low = add(space, Term::new(Head::Compare(CompareOp::Ge), [self.labels, zero]));
        let high = add(space, Term::new(Head::Compare(CompareOp::Lt), [self.labels, count]));
        add(space, Term::new(Head::Binary(BinaryOp::And), [low, high]))
    }
}

/// The sum of a one-hot mask: 1 where the label is one of the classes.
pub(in crate::rules) fn one_hot_summed(space: &mut Space, b: &Binding, _: Id) -> Option<Id> {
    let one_hot = OneHot::of(space, b)?;
    let mut axes = axes_of(space, at(b, 'a')?)?.iter();
    if (axes.next(), axes.next()) != (Some(one_hot.axis), None) {
        return None;
    }
    let within = one_hot.within(space);
    Some(add(space, Term::new(Head::Cast, [at(b, 'd')?, within])))
}

/// The sum of logarithms of shares under a one-hot mask: the one at the label.
pub(in crate::rules) fn picked(space: &mut Space, b: &Binding, class: Id) -> Option<Id> {
    let one_hot = OneHot::of(space, b)?;
    let (a, over, x) = (at(b, 'a')?, at(b, 'e')?, at(b, 'x')?);
    let (along, outer) = (axes_of(space, a)?, axes_of(space, over)?);
    let last = along.iter().eq([one_hot.axis]) && outer.contains(one_hot.axis);
    let ty = space[x].data.ty.clone()?;
    let index = space[one_hot.labels].data.ty.clone()?;
    let others = |a: usize| a == one_hot.axis || ty.shape.get(a) == index.shape.get(a);
    let whole = ty.rank() == index.rank() && (0..ty.rank()).all(others);
    if !last || !whole || ty.shape[one_hot.axis] != one_hot.classes {
        return None;
    }
    let axis = Attr::Axis(one_hot.axis);
    allowed(space, &Head::TakeAlong, Some(&axis), &[&ty, &index])?;
    let within = one_hot.within(space);
    let first = number(space, &Dim::Known(0), one_hot.dtype);
    let safe = add(space, Term::new(Head::Select, [within, one_hot.labels, first]));
    let shares = add(space, Term::new(Head::LogSoftmax, [a, x]));
    let axis = space.add(Term::attr(axis));
    let found = add(space, Term::new(Head::TakeAlong, [axis, shares, safe]));
    let dtype = space[class].data.ty.as_ref()?.dtype;
    let zero = number(space, &Dim::Known(0), dtype);
    let chosen = add(space, Term::new(Head::Select, [within, found, zero]));
    Some(add(space, Term::new(Head::Reduce(ReduceOp::Sum), [over, chosen])))
}
