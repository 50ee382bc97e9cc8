//! Transposes, slices, pads and joined parts.
//!
//! Invariants: see `mod.rs`.
//!
//! Not here: reductions of views (`mod.rs`).

use super::{at, reshaped};
use crate::language::{Attr, Head, Term};
use crate::rules::pattern::{Binding, allowed, axes_of};
use crate::space::{Space, add};
use egg::Id;
use hypatia_ir::dim::Dim;
use hypatia_ir::op::{Axes, BinaryOp, PadAxis, ReduceOp, SliceAxis};
use hypatia_ir::shape::Shape;

/// A transpose that moves nothing.
pub(in crate::rules) fn untransposed(space: &mut Space, binding: &Binding, _: Id) -> Option<Id> {
    let Some(Attr::Perm(perm)) = space[at(binding, 'p')?].data.attr.as_deref() else {
        return None;
    };
    let moves = perm.iter().enumerate().any(|(i, &p)| i != p);
    if moves { None } else { at(binding, 'x') }
}

/// Two transposes as one.
pub(in crate::rules) fn one_transpose(space: &mut Space, binding: &Binding, _: Id) -> Option<Id> {
    let perm = |letter: char| match space[at(binding, letter)?].data.attr.as_deref() {
        Some(Attr::Perm(perm)) => Some(perm.clone()),
        _ => None,
    };
    let (outer, inner, x) = (perm('p')?, perm('q')?, at(binding, 'x')?);
    let both: Vec<usize> = outer.iter().map(|&i| inner.get(i).copied()).collect::<Option<_>>()?;
    if both.iter().enumerate().all(|(i, &p)| i == p) {
        return Some(x);
    }
    let perm = space.add(Term::attr(Attr::Perm(both)));
    Some(add(space, Term::new(Head::Transpose, [perm, x])))
}

/// A slice that takes everything in order.
pub(in crate::rules) fn unsliced(space: &mut Space, binding: &Binding, class: Id) -> Option<Id> {
    let x = at(binding, 'x')?;
    let Some(Attr::Slice(parts)) = space[at(binding, 's')?].data.attr.as_deref() else {
        return None;
    };
    let whole = parts.iter().all(|p| p.step == 1 && p.start.is(0));
    (whole && space[x].data.ty == space[class].data.ty).then_some(x)
}

fn perm_of(space: &Space, id: Id) -> Option<Vec<usize>> {
    match space[id].data.attr.as_deref() {
        Some(Attr::Perm(perm)) => Some(perm.clone()),
        _ => None,
    }
}

fn slice_of(space: &Space, id: Id) -> Option<Vec<SliceAxis>> {
    match space[id].data.attr.as_deref() {
        Some(Attr::Slice(parts)) => Some(parts.clone()),
        _ => None,
    }
}

fn pad_of(space: &Space, id: Id) -> Option<Vec<PadAxis>> {
    match space[id].data.attr.as_deref() {
        Some(Attr::Pad(parts)) => Some(parts.clone()),
        _ => None,
    }
}

/// `x` sliced, if that has a type.
fn sliced(space: &mut Space, x: Id, parts: Vec<SliceAxis>) -> Option<Id> {
    let ty = space[x].data.ty.clone()?;
    let attr = Attr::Slice(parts);
    allowed(space, &Head::Slice, Some(&attr), &[&ty])?;
    let attr = space.add(Term::attr(attr));
    Some(add(space, Term::new(Head::Slice, [attr, x])))
}

/// A transpose that only moves axes of length 1, as a reshape.
pub(in crate::rules) fn moved_ones(space: &mut Space, binding: &Binding, class: Id) -> Option<Id> {
    let (perm, x) = (perm_of(space, at(binding, 'p')?)?, at(binding, 'x')?);
    let (from, to) = (space[x].data.ty.clone()?, space[class].data.ty.clone()?);
    let long = perm.iter().filter(|&&p| !from.shape[p].is(1));
    if !long.clone().is_sorted() {
        return None;
    }
    reshaped(space, x, to.shape)
}

/// Two slices as one.
pub(in crate::rules) fn one_slice(space: &mut Space, binding: &Binding, _: Id) -> Option<Id> {
    let (outer, inner) = (slice_of(space, at(binding, 's')?)?, slice_of(space, at(binding, 't')?)?);
    let both = outer.iter().zip(&inner).map(|(outer, inner)| SliceAxis {
        start: &inner.start + &(&outer.start * inner.step),
        len: outer.len.clone(),
        step: outer.step * inner.step,
    });
    let both = both.collect();
    sliced(space, at(binding, 'x')?, both)
}

/// Whether a dim is surely not negative.
fn is_natural(dim: &Dim) -> bool {
    dim.known().is_some_and(|n| n >= 0)
}

/// A slice of a padded value that takes none of the padding.
pub(in crate::rules) fn unpadded(space: &mut Space, binding: &Binding, _: Id) -> Option<Id> {
    let (slice, pad) = (slice_of(space, at(binding, 's')?)?, pad_of(space, at(binding, 't')?)?);
    let x = at(binding, 'x')?;
    let ty = space[x].data.ty.clone()?;
    let inside = |((slice, pad), n): ((&SliceAxis, &PadAxis), &Dim)| {
        let start = &slice.start - &pad.low;
        let left = &(n - &start) - &slice.len;
        let fits = is_natural(&start) && is_natural(&left);
        let plain = slice.step == 1 && pad.interior == 0;
        (plain && fits).then(|| SliceAxis { start, len: slice.len.clone(), step: 1 })
    };
    let parts = slice.iter().zip(&pad).zip(ty.shape.iter());
    let parts = parts.map(inside).collect::<Option<_>>()?;
    sliced(space, x, parts)
}

/// A pad by nothing.
pub(in crate::rules) fn not_padded(space: &mut Space, binding: &Binding, _: Id) -> Option<Id> {
    let pad = pad_of(space, at(binding, 's')?)?;
    let nothing = |p: &PadAxis| p.low.is(0) && p.high.is(0) && p.interior == 0;
    pad.iter().all(nothing).then(|| at(binding, 'x')).flatten()
}

/// Two pads with one value as one.
pub(in crate::rules) fn one_pad(space: &mut Space, binding: &Binding, _: Id) -> Option<Id> {
    let (outer, inner) = (pad_of(space, at(binding, 's')?)?, pad_of(space, at(binding, 't')?)?);
    let (x, value) = (at(binding, 'x')?, at(binding, 'y')?);
    // What a negative one cuts off is not there to be padded again.
    let grows = |p: &PadAxis| is_natural(&p.low) && is_natural(&p.high);
    let join = |(outer, inner): (&PadAxis, &PadAxis)| {
        (outer.interior == 0 && grows(outer) && grows(inner)).then(|| PadAxis {
            low: &outer.low + &inner.low,
            high: &outer.high + &inner.high,
            interior: inner.interior,
        })
    };
    let both: Vec<PadAxis> = outer.iter().zip(&inner).map(join).collect::<Option<_>>()?;
    let attr = Attr::Pad(both);
    let types = [space[x].data.ty.clone()?, space[value].data.ty.clone()?];
    allowed(space, &Head::Pad, Some(&attr), &[&types[0], &types[1]])?;
    let attr = space.add(Term::attr(attr));
    Some(add(space, Term::new(Head::Pad, [attr, x, value])))
}

/// The letters of the parts that a row joins.
const PARTS: [char; 4] = ['w', 'x', 'y', 'z'];

/// The axis along which parts are joined, and those of them that the row has.
fn parts_of(space: &Space, binding: &Binding) -> Option<(usize, Vec<Id>)> {
    let Some(Attr::Axis(axis)) = space[at(binding, 'b')?].data.attr.as_deref() else { return None };
    Some((*axis, PARTS.iter().filter_map(|&letter| at(binding, letter)).collect()))
}

/// A slice of joined parts that takes from one of them only.
pub(in crate::rules) fn part_sliced(space: &mut Space, binding: &Binding, _: Id) -> Option<Id> {
    let (slice, (axis, parts)) = (slice_of(space, at(binding, 's')?)?, parts_of(space, binding)?);
    let along = slice.get(axis).filter(|s| s.step == 1)?;
    let mut start = along.start.clone();
    for part in parts {
        let length = space[part].data.ty.as_ref()?.shape.get(axis)?.clone();
        let left = &(&length - &start) - &along.len;
        if is_natural(&start) && is_natural(&left) {
            let mut slice = slice.clone();
            slice[axis].start = start;
            return sliced(space, part, slice);
        }
        start = &start - &length;
    }
    None
}

/// A sum along the axis along which parts are joined, as a sum of sums.
pub(in crate::rules) fn parts_summed(space: &mut Space, binding: &Binding, _: Id) -> Option<Id> {
    let (attr, (axis, parts)) = (at(binding, 'a')?, parts_of(space, binding)?);
    if !axes_of(space, attr)?.contains(axis) {
        return None;
    }
    let sum = Head::Reduce(ReduceOp::Sum);
    let sums = parts.iter().map(|&x| add(space, Term::new(sum.clone(), [attr, x])));
    let sums: Vec<Id> = sums.collect();
    let plus = |a: Id, b: Id| add(space, Term::new(Head::Binary(BinaryOp::Add), [a, b]));
    sums.into_iter().reduce(plus)
}

/// Parts of which one is joined itself, joined at once.
pub(in crate::rules) fn joined_at_once(space: &mut Space, binding: &Binding, _: Id) -> Option<Id> {
    let (_, parts) = parts_of(space, binding)?;
    let axis = at(binding, 'b')?;
    Some(add(space, Term::new(Head::Concat, std::iter::once(axis).chain(parts))))
}

/// A reduction of a transpose, as the transpose of a reduction.
fn reduced_first(space: &mut Space, binding: &Binding, op: ReduceOp) -> Option<Id> {
    let (p, x) = (at(binding, 'p')?, at(binding, 'x')?);
    let (axes, perm) = (axes_of(space, at(binding, 'a')?)?, perm_of(space, p)?);
    let moved = axes.iter().map(|a| perm.get(a).map(|&a| Axes::one(a)));
    let moved = moved.collect::<Option<Vec<_>>>()?.into_iter().fold(Axes::NONE, Axes::union);
    let attr = space.add(Term::attr(Attr::Axes(moved)));
    let reduced = add(space, Term::new(Head::Reduce(op), [attr, x]));
    Some(add(space, Term::new(Head::Transpose, [p, reduced])))
}

/// A sum of a transpose.
pub(in crate::rules) fn transpose_summed(s: &mut Space, b: &Binding, _: Id) -> Option<Id> {
    reduced_first(s, b, ReduceOp::Sum)
}

/// A maximum of a transpose.
pub(in crate::rules) fn transpose_maximum(s: &mut Space, b: &Binding, _: Id) -> Option<Id> {
    reduced_first(s, b, ReduceOp::Max)
}

/// A minimum of a transpose.
pub(in crate::rules) fn transpose_minimum(s: &mut Space, b: &Binding, _: Id) -> Option<Id> {
    reduced_first(s, b, ReduceOp::Min)
}

/// A sum of all elements of a reshape.
pub(in crate::rules) fn reshape_summed(space: &mut Space, b: &Binding, class: Id) -> Option<Id> {
    let (axes, x) = (axes_of(space, at(b, 'a')?)?, at(b, 'x')?);
    let shown = super::shape_of(space, at(b, 's')?)?;
    let (ty, wanted) = (space[x].data.ty.clone()?, space[class].data.ty.clone()?);
    if !(0..shown.rank()).all(|a| axes.contains(a) || shown[a].is(1)) {
        return None;
    }
    let all = space.add(Term::attr(Attr::Axes(Axes::all(ty.rank()))));
    let sum = add(space, Term::new(Head::Reduce(ReduceOp::Sum), [all, x]));
    reshaped(space, sum, Shape::clone(&wanted.shape))
}
