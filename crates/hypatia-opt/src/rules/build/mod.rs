//! Right sides that have to be computed: joined axes, composed permutations, folded factors.
//!
//! Invariants: nothing is added before it is known to have a type.
//!
//! Not here: when the rules fire (`table/`).

mod indexing;
mod products;
mod views;

pub(super) use indexing::*;
pub(super) use products::*;
pub(super) use views::*;

use super::pattern::{Binding, allowed, axes_of, hole};
use crate::language::{Attr, Head, Term};
use crate::space::{Space, add, filled};
use egg::Id;
use hypatia_ir::dim::Dim;
use hypatia_ir::dtype::DType;
use hypatia_ir::op::{BinaryOp, Op, ReduceOp};
use hypatia_ir::scalar::Scalar;
use hypatia_ir::shape::Shape;
use std::sync::Arc;

/// What a letter stands for.
fn at(binding: &Binding, letter: char) -> Option<Id> {
    binding[hole(letter)]
}

/// The shape that a class stands for.
fn shape_of(space: &Space, id: Id) -> Option<Shape> {
    match space[id].data.attr.as_deref() {
        Some(Attr::Shape(shape)) => Some(shape.clone()),
        _ => None,
    }
}

/// `x` in another shape of as many elements.
fn reshaped(space: &mut Space, x: Id, shape: Shape) -> Option<Id> {
    let ty = space[x].data.ty.clone()?;
    if ty.shape == shape {
        return Some(x);
    }
    let shape = Attr::Shape(shape);
    allowed(space, &Head::Reshape, Some(&shape), &[&ty])?;
    let shape = space.add(Term::attr(shape));
    Some(add(space, Term::new(Head::Reshape, [shape, x])))
}

fn everywhere(space: &mut Space, class: Id, number: i64) -> Option<Id> {
    let ty = space[class].data.ty.clone()?;
    Some(filled(space, Scalar::from_i64(ty.dtype, number), &ty.shape))
}

/// Zeros of the type of the class.
pub(super) fn zeros(space: &mut Space, _: &Binding, class: Id) -> Option<Id> {
    everywhere(space, class, 0)
}

/// Ones of the type of the class.
pub(super) fn ones(space: &mut Space, _: &Binding, class: Id) -> Option<Id> {
    everywhere(space, class, 1)
}

/// `x / c` as `x · (1/c)`.
pub(super) fn by_reciprocal(space: &mut Space, binding: &Binding, _: Id) -> Option<Id> {
    let (x, c) = (at(binding, 'x')?, at(binding, 'c')?);
    let value = space[c].data.facts.constant?;
    let shape = space[c].data.ty.as_ref()?.shape.clone();
    let reciprocal = Scalar::from_f64(value.dtype(), 1.0 / value.as_f64());
    if !reciprocal.as_f64().is_normal() || !value.dtype().is_float() {
        return None;
    }
    let factor = filled(space, reciprocal, &shape);
    Some(add(space, Term::new(Head::Binary(BinaryOp::Mul), [factor, x])))
}

/// `x - c` as `x + (-c)`.
pub(super) fn by_negative(space: &mut Space, binding: &Binding, _: Id) -> Option<Id> {
    let (x, c) = (at(binding, 'x')?, at(binding, 'c')?);
    let value = space[c].data.facts.constant?;
    let shape = space[c].data.ty.as_ref()?.shape.clone();
    let negative = hypatia_ir::eval::elementwise::unary(hypatia_ir::op::UnaryOp::Neg, value);
    // A class that is 0 everywhere is `x`, not a sum with -0.
    if value.as_f64() == 0.0 || !value.dtype().is_float() {
        return None;
    }
    let negative = filled(space, negative, &shape);
    Some(add(space, Term::new(Head::Binary(BinaryOp::Add), [x, negative])))
}

/// `-(c·x)` as `(-c)·x`.
pub(super) fn negated_factor(space: &mut Space, binding: &Binding, _: Id) -> Option<Id> {
    let (x, c) = (at(binding, 'x')?, at(binding, 'c')?);
    let value = space[c].data.facts.constant?;
    let shape = space[c].data.ty.as_ref()?.shape.clone();
    let negated = hypatia_ir::eval::elementwise::unary(hypatia_ir::op::UnaryOp::Neg, value);
    let factor = filled(space, negated, &shape);
    Some(add(space, Term::new(Head::Binary(BinaryOp::Mul), [factor, x])))
}

/// Two conversions as one, where the one in the middle loses nothing.
pub(super) fn one_cast(space: &mut Space, binding: &Binding, _: Id) -> Option<Id> {
    let (to, through, x) = (at(binding, 'd')?, at(binding, 'e')?, at(binding, 'x')?);
    let from = space[x].data.ty.as_ref()?.dtype;
    let Some(Attr::DType(through)) = space[through].data.attr.as_deref() else { return None };
    holds_all(from, *through).then(|| add(space, Term::new(Head::Cast, [to, x])))
}

/// Whether every value of `from` is one of `to`.
fn holds_all(from: DType, to: DType) -> bool {
    use DType::{Bool, F32, F64, I32, I64, U8};
    match (from, to) {
        (a, b) if a == b => true,
        (Bool, U8 | I32 | I64 | F32 | F64) => true,
        (U8, I32 | I64 | F32 | F64) => true,
        (I32, I64 | F64) => true,
        (F32, F64) => true,
        _ => false,
    }
}

fn joined(space: &mut Space, binding: &Binding, op: ReduceOp) -> Option<Id> {
    let axes = axes_of(space, at(binding, 'a')?)?.union(axes_of(space, at(binding, 'b')?)?);
    let axes = space.add(Term::attr(Attr::Axes(axes)));
    Some(add(space, Term::new(Head::Reduce(op), [axes, at(binding, 'x')?])))
}

/// Two sums as one.
pub(super) fn one_sum(space: &mut Space, binding: &Binding, _: Id) -> Option<Id> {
    joined(space, binding, ReduceOp::Sum)
}

/// Two products as one.
pub(super) fn one_product(space: &mut Space, binding: &Binding, _: Id) -> Option<Id> {
    joined(space, binding, ReduceOp::Prod)
}

/// Two maxima as one.
pub(super) fn one_maximum(space: &mut Space, binding: &Binding, _: Id) -> Option<Id> {
    joined(space, binding, ReduceOp::Max)
}

/// Two minima as one.
pub(super) fn one_minimum(space: &mut Space, binding: &Binding, _: Id) -> Option<Id> {
    joined(space, binding, ReduceOp::Min)
}

/// The constant everywhere.
pub(super) fn constant(space: &mut Space, binding: &Binding, class: Id) -> Option<Id> {
    let value = space[at(binding, 'c')?].data.facts.constant?;
    let shape = space[class].data.ty.as_ref()?.shape.clone();
    Some(filled(space, value, &shape))
}

/// `x` repeated to the shape of a class.
fn spread(space: &mut Space, x: Id, class: Id) -> Option<Id> {
    let (ty, wanted) = (space[x].data.ty.clone()?, space[class].data.ty.clone()?);
    let shape = Attr::Shape(wanted.shape);
    allowed(space, &Head::Broadcast, Some(&shape), &[&ty])?;
    let shape = space.add(Term::attr(shape));
    Some(add(space, Term::new(Head::Broadcast, [shape, x])))
}

/// How many elements a reduction has of one, if only broadcasting made its axes.
fn times(space: &Space, binding: &Binding) -> Option<Dim> {
    let axes = axes_of(space, at(binding, 'a')?)?;
    let to = shape_of(space, at(binding, 's')?)?;
    let ty = space[at(binding, 'x')?].data.ty.as_ref()?;
    let lead = to.rank().checked_sub(ty.rank())?;
    let made = |a: usize| a.checked_sub(lead).is_none_or(|i| ty.shape[i].is(1));
    axes.iter().all(made).then(|| axes.iter().fold(Dim::Known(1), |n, a| &n * &to[a]))
}

/// A maximum over axes that only broadcasting made: the value.
pub(super) fn repeated(space: &mut Space, binding: &Binding, class: Id) -> Option<Id> {
    times(space, binding)?;
    spread(space, at(binding, 'x')?, class)
}

/// A sum over axes that only broadcasting made: as many times the value.
pub(super) fn counted(space: &mut Space, binding: &Binding, class: Id) -> Option<Id> {
    let (x, count) = (at(binding, 'x')?, times(space, binding)?);
    let dtype = space[x].data.ty.as_ref().map(|t| t.dtype).filter(|d| d.is_float())?;
    let factor = number(space, &count, dtype);
    let scaled = add(space, Term::new(Head::Binary(BinaryOp::Mul), [factor, x]));
    spread(space, scaled, class)
}

/// The value of a dim as a scalar.
fn number(space: &mut Space, dim: &Dim, dtype: DType) -> Id {
    if let Some(n) = dim.known() {
        return space.add(Term::new(Head::Const(Scalar::from_i64(dtype, n)), []));
    }
    let leaf = space.add(Term::new(Head::Leaf(Arc::new(Op::Dim(dim.clone()))), []));
    let to = space.add(Term::attr(Attr::DType(dtype)));
    space.add(Term::new(Head::Cast, [to, leaf]))
}
