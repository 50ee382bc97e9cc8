//! Derivatives of ops that move elements, and of products of matrices: linear maps with adjoints.
//!
//! Invariants: maps take tensors of exactly the operand's shape, adjoints of the result's.
//!
//! Not here: broadcasting (`flow.rs`).

use crate::flow::Factor;
use crate::site::{Site, zeros};
use crate::table::Rule;
use hypatia_ir::dim::Dim;
use hypatia_ir::dtype::DType;
use hypatia_ir::expr::Expr;
use hypatia_ir::op::{FoldAxis, Op, PadAxis, SliceAxis, WindowAxis};
use hypatia_ir::scalar::Scalar;
use hypatia_ir::shape::{Shape, Type};

/// Back to the operand's shape.
pub(crate) fn reshape<'a>(from: &'a Shape, to: &'a Shape) -> Rule<'a> {
    Rule::Relabel {
        forward: Box::new(move |t| t.reshape(to)),
        back: Box::new(move |g| g.reshape(from)),
    }
}

/// The inverse permutation.
pub(crate) fn transpose(perm: &[usize]) -> Rule<'_> {
    let inverse = move || {
        let mut inverse = vec![0; perm.len()];
        perm.iter().enumerate().for_each(|(to, &from)| inverse[from] = to);
        inverse
    };
    Rule::Relabel {
        forward: Box::new(|t| Expr::apply(Op::Transpose(perm.to_vec()), vec![t.clone()])),
        back: Box::new(move |g| Expr::apply(Op::Transpose(inverse()), vec![g.clone()])),
    }
}

/// The elements taken go back to their places, zeros go to the others.
pub(crate) fn slice<'a>(parts: &'a [SliceAxis], from: &'a Shape) -> Rule<'a> {
    Rule::linear(|t| taken(t, parts.to_vec()), |g| placed(g, parts, from))
}

/// The elements that were there before.
pub(crate) fn pad<'a>(parts: &'a [PadAxis], from: &'a Shape) -> Rule<'a> {
    let inner = move || {
        let part = |(p, len): (&PadAxis, &Dim)| SliceAxis {
            start: p.low.clone(),
            len: len.clone(),
            step: i64::try_from(p.interior).map_or(i64::MAX, |n| n.saturating_add(1)),
        };
        parts.iter().zip(from.iter()).map(part).collect()
    };
    Rule::linear(|t| padded(t, parts.to_vec()), move |g| taken(g, inner()))
}

/// The elements that a padding of a tensor of shape `from` added.
pub(crate) fn pad_value<'a>(parts: &'a [PadAxis], from: &'a Shape) -> Rule<'a> {
    Rule::partial(|| {
        let inside = zeros(&Type::new(DType::Bool, from.clone()));
        let added = vec![inside, Expr::constant(true)];
        vec![Factor::Keep(Expr::apply(Op::Pad(parts.to_vec()), added))]
    })
}

/// Operand number `which` as a part of the whole.
pub(crate) fn concat<'a>(axis: usize, site: &'a Site<'a>, which: usize) -> Rule<'a> {
    let own = move || {
        let before = site.types[..which].iter();
        let start = before.fold(Dim::Known(0), |n, ty| &n + &ty.shape[axis]);
        let mut parts: Vec<_> = site.ty.shape.iter().map(SliceAxis::whole).collect();
        parts[axis] = SliceAxis { start, len: site.types[which].shape[axis].clone(), step: 1 };
        parts
    };
    Rule::linear(move |t| placed(t, &own(), &site.ty.shape), move |g| taken(g, own()))
}

/// Windows of an axis, and their sum where they come from: each is the other's adjoint.
pub(crate) fn windows<'a>(part: &'a WindowAxis, from: &'a Shape) -> Rule<'a> {
    let WindowAxis { axis, stride, dilation, .. } = *part;
    let length = &from[axis];
    Rule::linear(
        |t| Expr::apply(Op::Windows(*part), vec![t.clone()]),
        move |g| {
            let length = length.clone();
            Expr::apply(Op::Fold(FoldAxis { axis, length, stride, dilation }), vec![g.clone()])
        },
    )
}

/// The adjoint of [`windows`]; `from` is the shape of the windows.
pub(crate) fn fold<'a>(part: &'a FoldAxis, from: &'a Shape) -> Rule<'a> {
    // A fold of windows of no known size has no type.
    let size = from.last().and_then(Dim::known).unwrap_or(0);
    Rule::linear(
        |t| Expr::apply(Op::Fold(part.clone()), vec![t.clone()]),
        move |g| Expr::apply(Op::Windows(part.windows(size)), vec![g.clone()]),
    )
}

/// `d(x·y) = dx·y + x·dy`.
pub(crate) fn matmul(operands: &[Expr], which: usize) -> Rule<'_> {
    fn product(x: &Expr, y: &Expr) -> Expr {
        Expr::apply(Op::MatMul, vec![x.clone(), y.clone()])
    }
    let (x, y) = (&operands[0], &operands[1]);
    if which == 0 {
        Rule::linear(|t| product(t, y), |g| product(g, &y.t()))
    } else {
        Rule::linear(|t| product(x, t), |g| product(&x.t(), g))
    }
}

/// `take(x, indices)`, whose adjoint adds to zeros.
pub(crate) fn take<'a>(take: Op, scatter: Op, site: &'a Site<'a>) -> Rule<'a> {
    let (indices, ty) = (&site.operands[1], site.types[0]);
    Rule::linear(
        move |t| Expr::apply(take.clone(), vec![t.clone(), indices.clone()]),
        move |g| Expr::apply(scatter.clone(), vec![zeros(ty), indices.clone(), g.clone()]),
    )
}

/// `take_along` with one index for each row: a mask of the axis, which fuses where scattering
/// would not.
pub(crate) fn pick<'a>(axis: usize, site: &'a Site<'a>) -> Rule<'a> {
    Rule::partial(move || {
        let shape = &site.types[0].shape;
        let length = &shape[axis];
        let index = site.operands[1].cast(DType::I64);
        let wrapped = index.lt(0).select(&index + Expr::dim(length), &index);
        let places = Expr::apply(Op::Iota(length.clone(), DType::I64), Vec::new());
        let mut column = vec![Dim::Known(1); shape.rank() - axis];
        column[0] = length.clone();
        vec![Factor::Keep(places.reshape(column).eq(wrapped))]
    })
}

fn taken(x: &Expr, parts: Vec<SliceAxis>) -> Expr {
    Expr::apply(Op::Slice(parts), vec![x.clone()])
}

fn padded(x: &Expr, parts: Vec<PadAxis>) -> Expr {
    let zero = x.type_or_none().map_or(DType::F32, |ty| ty.dtype);
    let zero = Expr::apply(Op::Const(Scalar::from_i64(zero, 0)), Vec::new());
    Expr::apply(Op::Pad(parts), vec![x.clone(), zero])
}

/// The adjoint of a slice of a tensor of shape `from`.
fn placed(x: &Expr, parts: &[SliceAxis], from: &Shape) -> Expr {
    let backwards = |p: &SliceAxis| p.step < 0 && !p.len.is(0) && !p.len.is(1);
    let ordered = if parts.iter().any(backwards) {
        let flip = |p: &SliceAxis| match backwards(p) {
            true => SliceAxis { start: &p.len - 1, len: p.len.clone(), step: -1 },
            false => SliceAxis::whole(&p.len),
        };
        taken(x, parts.iter().map(flip).collect())
    } else {
        x.clone()
    };
    padded(&ordered, parts.iter().zip(from.iter()).map(surroundings).collect())
}

/// What lies around the elements that a slice takes of an axis.
fn surroundings((part, length): (&SliceAxis, &Dim)) -> PadAxis {
    if part.len.is(0) {
        return PadAxis { low: length.clone(), high: Dim::Known(0), interior: 0 };
    }
    let last = &part.start + &(&(&part.len - 1) * part.step);
    let (first, last) = if part.step < 0 { (&last, &part.start) } else { (&part.start, &last) };
    PadAxis {
        low: first.clone(),
        high: &(length - last) - 1,
        interior: part.step.unsigned_abs() as usize - 1,
    }
}
