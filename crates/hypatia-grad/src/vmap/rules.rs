//! The table of batching rules: what each op becomes when operands have a batch axis in front.
//!
//! Invariants: exhaustive over [`Op`]; the result has the batch axis in front of the axes it had;
//! element `i` of the result is the op on elements `i` of the operands, errors of indices
//! included.
//!
//! Not here: operands (`batch.rs`), the walk (`mod.rs`).

use crate::site::zeros;
use crate::vmap::batch::{Batch, moved, with_first};
use hypatia_ir::dim::Dim;
use hypatia_ir::dtype::DType;
use hypatia_ir::expr::Expr;
use hypatia_ir::op::{Axes, FoldAxis, Op, PadAxis, SliceAxis, WindowAxis};
use hypatia_ir::scalar::Scalar;
use hypatia_ir::shape::{Shape, Type};

/// The op on batched operands, of which there is at least one.
pub(crate) fn batched(b: &Batch) -> Expr {
    match b.site.op {
        // No operands, so never batched.
        Op::Input(_) | Op::Literal(_) | Op::Const(_) | Op::Dim(_) | Op::Iota(..) => {
            b.site.result.clone()
        }
        Op::Unary(_)
        | Op::Binary(_)
        | Op::Compare(_)
        | Op::Select
        | Op::RandomBits(_)
        | Op::Marker(_)
        | Op::Fast
        | Op::Cast(_) => b.elementwise(),
        Op::Reduce(op, axes) => {
            let axes: Axes = axes.iter().map(|axis| axis + 1).collect();
            b.apply(Op::Reduce(*op, axes))
        }
        Op::ArgReduce(op, axis) => b.apply(Op::ArgReduce(*op, axis + 1)),
        Op::Reshape(_) => b.apply(Op::Reshape(b.result())),
        Op::Transpose(perm) => {
            let perm = perm.iter().map(|axis| axis + 1);
            b.apply(Op::Transpose(std::iter::once(0).chain(perm).collect()))
        }
        Op::Broadcast(shape) => b.aligned(0, shape.rank()).broadcast_to(&b.result()),
        Op::Slice(parts) => {
            let all = SliceAxis::whole(b.length);
            b.apply(Op::Slice(std::iter::once(&all).chain(parts).cloned().collect()))
        }
        Op::Pad(parts) => pad(b, parts),
        // The axis of places in a window is the last, with a batch axis or without.
        Op::Windows(part) => b.apply(Op::Windows(WindowAxis { axis: part.axis + 1, ..*part })),
        Op::Fold(part) => b.apply(Op::Fold(FoldAxis { axis: part.axis + 1, ..part.clone() })),
        Op::Concat(axis) => b.apply_whole(Op::Concat(axis + 1)),
        Op::MatMul => matmul(b),
        Op::Take(axis) => take(b, *axis),
        Op::TakeAlong(axis) => b.apply_whole(Op::TakeAlong(axis + 1)),
        Op::Scatter(op, axis) => {
            scatter(b, *axis, Op::Scatter(*op, axis + 1), Op::ScatterAlong(*op, axis + 1))
        }
        Op::ScatterAlong(op, axis) => b.apply_whole(Op::ScatterAlong(*op, axis + 1)),
        // Without an axis they are for the last two, whatever is in front.
        Op::Routine(op) => {
            b.apply_whole(Op::Routine(op.axis().map_or(*op, |axis| op.along(axis + 1))))
        }
    }
}

/// Values to pad with that differ along the batch are put in where the padding is.
fn pad(b: &Batch, parts: &[PadAxis]) -> Expr {
    let padded =
        |x: Expr, parts: Vec<PadAxis>, value: Expr| Expr::apply(Op::Pad(parts), vec![x, value]);
    let around = |x: Expr, value: Expr| {
        let none = PadAxis { low: Dim::Known(0), high: Dim::Known(0), interior: 0 };
        let batch = b.varies(0).then_some(none);
        padded(x, batch.into_iter().chain(parts.iter().cloned()).collect(), value)
    };
    if !b.varies(1) {
        return around(b.operand(0), b.operand(1));
    }
    let zero = Scalar::from_i64(b.site.ty.dtype, 0);
    let values = around(b.operand(0), Expr::apply(Op::Const(zero), Vec::new()));
    let inside = zeros(&Type::new(DType::Bool, b.shape(0).clone()));
    let outside = padded(inside, parts.to_vec(), Expr::constant(true));
    outside.select(b.aligned(1, b.site.ty.rank()), values)
}

/// Where one factor is the same for the whole batch, the batch joins the rows (or columns) of the
/// other, so that one product stays one product.
fn matmul(b: &Batch) -> Expr {
    match (b.varies(0), b.varies(1)) {
        (true, false) => joined(b, &b.operand(0), &b.operand(1)),
        (false, true) => turned(&joined(b, &turned(&b.operand(1)), &turned(&b.operand(0)))),
        (true, true) | (false, false) => b.apply_whole(Op::MatMul),
    }
}

/// `[batch, …, m, k] · […, k, n]`.
fn joined(b: &Batch, x: &Expr, y: &Expr) -> Expr {
    let (Some(x_ty), Some(y_ty)) = (x.type_or_none(), y.type_or_none()) else {
        return Expr::apply(Op::MatMul, vec![x.clone(), y.clone()]);
    };
    let lead = y_ty.rank() - 2;
    let (batch, rows, inner) = (b.length, &x_ty.shape[lead + 1], &x_ty.shape[lead + 2]);
    let leading =
        |rest: [&Dim; 2]| -> Shape { y_ty.shape[..lead].iter().chain(rest).cloned().collect() };
    let flat = moved(x, 0, lead).reshape(&leading([&(batch * rows), inner]));
    let product = Expr::apply(Op::MatMul, vec![flat, y.clone()]);
    let split: Shape =
        leading([batch, rows]).iter().chain(&y_ty.shape[lead + 1..]).cloned().collect();
    moved(&product.reshape(&split), lead, 0)
}

/// The last two axes exchanged; where one of them has length 1, without moving elements.
fn turned(x: &Expr) -> Expr {
    let Some(ty) = x.type_or_none() else { return x.t() };
    let (low, last) = (ty.rank() - 2, ty.rank() - 1);
    if ty.shape[low].is(1) || ty.shape[last].is(1) {
        let mut dims = ty.shape.to_vec();
        dims.swap(low, last);
        return x.reshape(dims);
    }
    x.t()
}

fn take(b: &Batch, axis: usize) -> Expr {
    match (b.varies(0), b.varies(1)) {
        // The batch axis of the indices comes out where the axis was.
        (false, _) => moved(&b.apply(Op::Take(axis)), axis, 0),
        (true, false) => b.apply(Op::Take(axis + 1)),
        (true, true) => {
            let along = Op::TakeAlong(axis + 1);
            Expr::apply(along, vec![b.operand(0), spread(b, axis)]).reshape(&b.result())
        }
    }
}

/// A scatter at places that are the same for the whole batch, or at places of each its own.
fn scatter(b: &Batch, axis: usize, together: Op, along: Op) -> Expr {
    if !b.varies(1) {
        return Expr::apply(together, vec![b.whole(0), b.operand(1), b.whole(2)]);
    }
    let indices = spread(b, axis);
    let shape = indices.type_or_none().map_or_else(Shape::scalar, |ty| ty.shape.clone());
    Expr::apply(along, vec![b.whole(0), indices, b.whole(2).reshape(&shape)])
}

/// Batched indices into an axis of operand 0, as `take_along` wants them: one axis of all
/// indices, the same for every element off the axis.
fn spread(b: &Batch, axis: usize) -> Expr {
    let (from, count) = (b.shape(0), b.shape(1).count());
    let with_axis = |dim: &dyn Fn(usize) -> Dim| -> Shape {
        (0..from.rank()).map(|i| if i == axis { count.clone() } else { dim(i) }).collect()
    };
    let column = with_first(b.length, &with_axis(&|_| Dim::Known(1)));
    let all = with_first(b.length, &with_axis(&|i| from[i].clone()));
    b.operand(1).reshape(&column).broadcast_to(&all)
}
