//! Products of matrices.
//!
//! Invariants: see `mod.rs`.
//!
//! Not here: chains of products (`pass/`).

use super::{at, reshaped, spread};
use crate::language::{Attr, Head, Term};
use crate::rules::pattern::{Binding, allowed, axes_of};
use crate::space::{Space, add};
use egg::Id;
use hypatia_ir::dim::Dim;
use hypatia_ir::op::{Axes, ReduceOp};
use hypatia_ir::shape::Shape;

/// `(x·y)ᵀ` as `yᵀ·xᵀ`.
pub(in crate::rules) fn turned_factors(space: &mut Space, binding: &Binding, _: Id) -> Option<Id> {
    let (p, x, y) = (at(binding, 'p')?, at(binding, 'x')?, at(binding, 'y')?);
    let Some(Attr::Perm(perm)) = space[p].data.attr.as_deref() else { return None };
    let low = perm.len().checked_sub(2)?;
    let turns =
        perm[low..] == [low + 1, low] && perm[..low].iter().enumerate().all(|(i, &p)| i == p);
    if !turns {
        return None;
    }
    let [x, y] = [x, y].map(|x| add(space, Term::new(Head::Transpose, [p, x])));
    Some(add(space, Term::new(Head::MatMul, [y, x])))
}

/// A product with ones: sums along an axis counted from the end, for every row or column.
fn sums(space: &mut Space, x: Id, back: usize, class: Id) -> Option<Id> {
    let axis = space[x].data.ty.as_ref()?.rank().checked_sub(back)?;
    let axes = space.add(Term::attr(Attr::Axes(Axes::one(axis))));
    let sum = add(space, Term::new(Head::Reduce(ReduceOp::Sum), [axes, x]));
    spread(space, sum, class)
}

/// `x·1`: the sums of rows.
pub(in crate::rules) fn row_sums(space: &mut Space, b: &Binding, class: Id) -> Option<Id> {
    sums(space, at(b, 'x')?, 1, class)
}

/// `1·x`: the sums of columns.
pub(in crate::rules) fn column_sums(space: &mut Space, b: &Binding, class: Id) -> Option<Id> {
    sums(space, at(b, 'x')?, 2, class)
}

/// `Σₖ x[i, k]·y[j, k]` of operands that are repeated along the axes they lack, as a product of
/// matrices: nothing of the size of all three axes is computed.
pub(in crate::rules) fn contracted(space: &mut Space, b: &Binding, class: Id) -> Option<Id> {
    let axes = axes_of(space, at(b, 'a')?)?;
    let (x, y) = (at(b, 'x')?, at(b, 'y')?);
    let wanted = space[class].data.ty.clone()?;
    let mut over = axes.iter();
    let (Some(k), None) = (over.next(), over.next()) else { return None };
    if wanted.rank() != 3 || !wanted.dtype.is_float() {
        return None;
    }
    let mut kept = (0..3).filter(|&a| a != k);
    let (i, j) = (kept.next()?, kept.next()?);
    let rows = matrix(space, x, [i, k], j).zip(matrix(space, y, [j, k], i));
    let rows = rows.or_else(|| matrix(space, y, [i, k], j).zip(matrix(space, x, [j, k], i)));
    let (left, right) = rows?;
    let turn = space.add(Term::attr(Attr::Perm(vec![1, 0])));
    let right = add(space, Term::new(Head::Transpose, [turn, right]));
    let types = [space[left].data.ty.clone()?, space[right].data.ty.clone()?];
    allowed(space, &Head::MatMul, None, &[&types[0], &types[1]])?;
    let product = add(space, Term::new(Head::MatMul, [left, right]));
    reshaped(space, product, wanted.shape)
}

/// What has three axes, one of them of length 1, as a matrix of the two others; `None` if the axis
/// is longer, or one of the others has length 1 itself and would be repeated.
fn matrix(space: &mut Space, x: Id, [row, column]: [usize; 2], one: usize) -> Option<Id> {
    let ty = space[x].data.ty.clone()?;
    let lead = 3usize.checked_sub(ty.rank())?;
    let length = |a: usize| a.checked_sub(lead).map_or(Dim::Known(1), |a| ty.shape[a].clone());
    if !length(one).is(1) || length(row).is(1) || length(column).is(1) {
        return None;
    }
    let flat =
        reshaped(space, x, Shape::from_iter([row.min(column), row.max(column)].map(length)))?;
    if row < column {
        return Some(flat);
    }
    let turn = space.add(Term::attr(Attr::Perm(vec![1, 0])));
    Some(add(space, Term::new(Head::Transpose, [turn, flat])))
}
