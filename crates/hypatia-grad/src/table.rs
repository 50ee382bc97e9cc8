//! The table of derivatives: one arm for each op, read by both modes.
//!
//! Invariants: exhaustive over [`Op`] and the enums in it; a rule is the derivative of the result
//! by one operand as a linear map, with its adjoint; nothing is built until a rule is used.
//!
//! Not here: formulas of elementwise functions (`elementwise.rs`), of reductions (`reduce.rs`),
//! moves of elements (`structure.rs`, `scatter.rs`), routines (`routine.rs`).

use crate::flow::Factor;
use crate::scatter::{self, Places};
use crate::site::{Site, zeros};
use crate::{elementwise, reduce, routine, structure};
use hypatia_ir::expr::Expr;
use hypatia_ir::op::{GradientMarker, Op, ScatterOp};

/// A function of a whole tensor.
pub(crate) type Map<'a> = Box<dyn Fn(&Expr) -> Expr + 'a>;

/// How the result changes with one operand.
pub(crate) enum Rule<'a> {
    /// Not at all, or nowhere smoothly: nothing flows.
    Cut,
    /// In a way that nobody may ask for.
    Undefined,
    /// By factors for each element, after broadcasting the operand or before summing over axes:
    /// whichever the two shapes say.
    Partial(Box<dyn FnOnce() -> Vec<Factor> + 'a>),
    /// A bijection of elements.
    Relabel {
        /// Of tangents.
        forward: Map<'a>,
        /// Of cotangents: the inverse.
        back: Map<'a>,
    },
    /// Any other linear map.
    Linear {
        /// Of tangents.
        forward: Map<'a>,
        /// Of cotangents: the adjoint.
        back: Map<'a>,
    },
}

impl<'a> Rule<'a> {
    /// A rule by factors.
    pub fn partial(factors: impl FnOnce() -> Vec<Factor> + 'a) -> Rule<'a> {
        Rule::Partial(Box::new(factors))
    }

    /// The identity, but for broadcasting or summing.
    pub fn identity() -> Rule<'a> {
        Rule::partial(Vec::new)
    }

    /// A linear map and its adjoint.
    pub fn linear(
        forward: impl Fn(&Expr) -> Expr + 'a,
        back: impl Fn(&Expr) -> Expr + 'a,
    ) -> Rule<'a> {
        Rule::Linear { forward: Box::new(forward), back: Box::new(back) }
    }
}

/// How the result of `site` changes with operand number `which`.
pub(crate) fn rule<'a>(site: &'a Site<'a>, which: usize) -> Rule<'a> {
    let Some(from) = site.types.get(which) else {
        return Rule::Cut;
    };
    if !from.dtype.is_float() || !site.ty.dtype.is_float() {
        return Rule::Cut;
    }
    match (site.op, which) {
        (Op::Input(_) | Op::Literal(_) | Op::Const(_) | Op::Dim(_) | Op::Iota(..), _) => Rule::Cut,
        (Op::Unary(op), _) => elementwise::unary(*op, &site.operands[0], site.result),
        (Op::Binary(op), _) => elementwise::binary(*op, site, which),
        (Op::Compare(_) | Op::RandomBits(_), _) => Rule::Cut,
        (Op::Select, 1) => Rule::partial(|| vec![Factor::Keep(site.operands[0].clone())]),
        (Op::Select, _) => Rule::partial(|| vec![Factor::Drop(site.operands[0].clone())]),
        (Op::Marker(marker), _) => mark(*marker, site.result),
        (Op::Fast, _) => Rule::identity(),
        (Op::Cast(to), _) => {
            let (from, to) = (from.dtype, *to);
            Rule::partial(move || vec![Factor::Cast { from, to }])
        }
        (Op::Reduce(op, axes), _) => reduce::reduce(*op, *axes, &site.operands[0], site.result),
        (Op::ArgReduce(..), _) => Rule::Cut,
        (Op::Reshape(_), _) => structure::reshape(&from.shape, &site.ty.shape),
        (Op::Transpose(perm), _) => structure::transpose(perm),
        (Op::Broadcast(_), _) => Rule::identity(),
        (Op::Slice(parts), _) => structure::slice(parts, &from.shape),
        (Op::Pad(parts), 0) => structure::pad(parts, &from.shape),
        (Op::Pad(parts), _) => structure::pad_value(parts, &site.types[0].shape),
        (Op::Concat(axis), _) => structure::concat(*axis, site, which),
        (Op::Windows(part), _) => structure::windows(part, &from.shape),
        (Op::Fold(part), _) => structure::fold(part, &from.shape),
        (Op::MatMul, _) => structure::matmul(site.operands, which),
        (Op::Take(axis), _) => {
            structure::take(Op::Take(*axis), Op::Scatter(ScatterOp::Add, *axis), site)
        }
        (Op::TakeAlong(axis), _) if site.ty.shape[*axis].is(1) => structure::pick(*axis, site),
        (Op::TakeAlong(axis), _) => {
            structure::take(Op::TakeAlong(*axis), Op::ScatterAlong(ScatterOp::Add, *axis), site)
        }
        (Op::Scatter(op, axis), _) => {
            scatter::scatter(*op, Places { site, axis: *axis, along: false }, which)
        }
        (Op::ScatterAlong(op, axis), _) => {
            scatter::scatter(*op, Places { site, axis: *axis, along: true }, which)
        }
        (Op::Routine(op), _) => routine::routine(*op, site, which),
    }
}

/// What the marker says about `y`, which it passes unchanged.
fn mark(marker: GradientMarker, y: &Expr) -> Rule<'_> {
    let nothing = |t: &Expr| t.type_or_none().map_or_else(|| t.clone(), zeros);
    match marker {
        GradientMarker::Stop => Rule::Cut,
        GradientMarker::Zero => Rule::linear(nothing, nothing),
        GradientMarker::Undefined => Rule::Undefined,
        GradientMarker::Clip(lo, hi) => {
            Rule::linear(Expr::clone, move |g| g.clip(lo.as_f64(), hi.as_f64()))
        }
        GradientMarker::Scale(by) => {
            Rule::partial(move || vec![Factor::Times(y.like(by.as_f64()))])
        }
    }
}
