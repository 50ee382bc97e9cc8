//! Transposed convolutions: the adjoint of a convolution with respect to its input, as a layer.
//!
//! One product spreads every position over the windows it came from; folds add them up. Its
//! gradients are convolutions.
//!
//! Invariants: kernels are `[in, out/groups, …]`; padding is cut off the result, whose length is
//! `(n - 1)·stride + dilation·(kernel - 1) + 1 - before - after + output_padding`.
//!
//! Not here: convolutions (`conv.rs`).

use super::conv::{
    Conv, Padding, Sizes, Typed, applied, explicit, flipped, grouped, part, setting, shape_of,
};
use crate::dim::Dim;
use crate::error::Cause;
use crate::expr::Expr;
use crate::op::{FoldAxis, Op, PadAxis, SliceAxis};
use crate::span::Span;

macro_rules! transposed {
    ($($name:ident $axes:literal $what:literal;)*) => {
        impl Expr {$(
            #[doc = concat!(
                "The adjoint of [`Expr::", $what, "`] by its input: images `[batch, in, …]` with \
                 kernels `[in, out/groups, …]` become `[batch, out, …]`. `output_padding` makes \
                 the result longer at the end, to tell lengths apart that a stride maps to one; \
                 none stands for 0 everywhere."
            )]
            #[track_caller]
            pub fn $name(
                &self,
                kernels: impl Into<Expr>,
                conv: &Conv,
                output_padding: &[i64],
            ) -> Expr {
                let (at, kernels) = (Span::caller(), kernels.into());
                at.on_behalf_of(|| {
                    let name = stringify!($name);
                    applied(name, self, &kernels, |x, w| {
                        transpose(x, w, $axes, conv, output_padding)
                    })
                })
            }
        )*}
    };
}
transposed! {
    conv_transpose1d 1 "conv1d";
    conv_transpose2d 2 "conv2d";
    conv_transpose3d 3 "conv3d";
}

fn transpose(
    (x, x_ty): Typed<'_>,
    (w, w_ty): Typed<'_>,
    axes: usize,
    conv: &Conv,
    output_padding: &[i64],
) -> Result<Expr, Cause> {
    let sizes = Sizes::of(x_ty, w_ty, axes, conv)?;
    let groups = sizes.groups;
    let (input, own) = (&x_ty.shape[1], &w_ty.shape[0]);
    if input.solve(own).is_err() {
        let (input, kernel) = (input.clone(), own.clone());
        return Err(Cause::Channels { input, kernel, groups: 1 });
    }
    let own = part(own, groups, "a divisor of the number of input channels")?;
    let cuts = cuts(&sizes, conv, output_padding, axes)?;
    let count = |dims: &[Dim]| dims.iter().fold(Dim::Known(1), |n, d| &n * d);
    let (batch, lengths) = (&x_ty.shape[0], &x_ty.shape[2..]);
    let points = batch * &count(lengths);
    let w = if conv.flip { flipped(w, w_ty) } else { w.clone() };
    let w = w.reshape(grouped(groups, [own.clone(), count(&w_ty.shape[1..])]));
    let x = x.moveaxis(1, 0).reshape(grouped(groups, [own, points]));
    // [out, kernel…, batch, positions…], then [kernel…, out, batch, positions…].
    let out = &w_ty.shape[1] * groups;
    let dims = [&out].into_iter().chain(&w_ty.shape[2..]).chain([batch]).chain(lengths);
    let spread = w.t().matmul(x).reshape(dims.cloned().collect::<Vec<Dim>>());
    let folded = folded(&spread.moveaxis(0, axes as i64), &sizes, lengths);
    Ok(cut(&folded.moveaxis(0, 1), &cuts))
}

/// `[kernel…, out, batch, positions…]` added up to `[out, batch, …]`.
fn folded(spread: &Expr, sizes: &Sizes, lengths: &[Dim]) -> Expr {
    let axis = lengths.len() + 1;
    let mut x = spread.clone();
    for (spatial, count) in lengths.iter().enumerate() {
        let window = sizes.window(spatial, axis);
        let (stride, dilation) = (window.stride, window.dilation);
        let length = &(&(count - 1) * stride) + (window.reach() + 1);
        let fold = Op::Fold(FoldAxis { axis, length, stride, dilation });
        x = Expr::apply(fold, vec![x.moveaxis(0, -1)]);
    }
    x
}

/// How much each spatial axis loses before, and loses (or gains, if negative) after.
fn cuts(
    sizes: &Sizes,
    conv: &Conv,
    output_padding: &[i64],
    axes: usize,
) -> Result<Vec<(i64, i64)>, Cause> {
    let more = if output_padding.is_empty() { &vec![0; axes] } else { output_padding };
    let window = |i: usize| sizes.window(i, 0);
    let fits = |i: usize| (0..window(i).stride.max(window(i).dilation)).contains(&more[i]);
    if more.len() != axes || !(0..axes).all(fits) {
        let expected = "a number below stride or dilation for each spatial axis";
        return Err(setting("output_padding", expected, &output_padding));
    }
    let pairs = match &conv.padding {
        Padding::Valid => vec![(0, 0); axes],
        Padding::Explicit(pairs) => {
            explicit(pairs, axes)?;
            pairs.clone()
        }
        Padding::Same => {
            let total = |i: usize| (window(i).reach() + 1 - window(i).stride).max(0);
            (0..axes).map(|i| (total(i) / 2, total(i) - total(i) / 2)).collect()
        }
    };
    Ok(pairs.iter().zip(more).map(|(&(low, high), more)| (low, high - more)).collect())
}

fn cut(x: &Expr, cuts: &[(i64, i64)]) -> Expr {
    let shape = shape_of(x);
    let whole = [(0, 0); 2];
    let cuts = || whole.iter().chain(cuts);
    let parts = shape.iter().zip(cuts()).map(|(length, &(low, high))| {
        let (start, taken) = (Dim::Known(low), low.saturating_add(high.max(0)));
        SliceAxis { start, len: length - &Dim::Known(taken), step: 1 }
    });
    let parts: Vec<SliceAxis> = parts.collect();
    let same = parts.iter().zip(shape.iter()).all(|(part, length)| part.len == *length);
    let x = if same { x.clone() } else { Expr::apply(Op::Slice(parts), vec![x.clone()]) };
    if cuts().all(|&(_, high)| high >= 0) {
        return x;
    }
    let part = |&(_, high): &(i64, i64)| PadAxis {
        low: 0.into(),
        high: (-high).max(0).into(),
        interior: 0,
    };
    Expr::apply(Op::Pad(cuts().map(part).collect()), vec![x.clone(), x.like(0)])
}
