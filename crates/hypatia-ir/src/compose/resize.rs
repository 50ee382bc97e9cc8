//! Images at other sizes.
//!
//! Invariants: pixels are areas: the centre of pixel `i` is at `i + 1/2`; what lies outside is the
//! nearest pixel.
//!
//! Not here: pooling (`pool.rs`).

use super::conv::{at_least_one, shape_of};
use crate::dim::Dim;
use crate::dtype::DType;
use crate::error::Cause;
use crate::expr::Expr;
use crate::index::iota;
use crate::span::Span;

impl Expr {
    /// Every element as a block: so many times along each of the last axes.
    #[track_caller]
    pub fn upsample_nearest(&self, scales: &[i64]) -> Expr {
        let at = Span::caller();
        self.build("upsample_nearest", |ty| {
            let lead = ty.rank().checked_sub(scales.len()).ok_or(Cause::Rank {
                expected: "a tensor with an axis for each number of `scales`",
                found: ty.rank(),
            })?;
            at_least_one("scales", scales, scales.len())?;
            Ok(at.on_behalf_of(|| {
                let scaled = scales.iter().enumerate().filter(|(_, n)| **n > 1);
                scaled.fold(self.clone(), |x, (i, &n)| x.repeat(n, (lead + i) as i64))
            }))
        })
    }

    /// The last two axes at another size, linear between the centres of the four pixels around.
    /// With `align_corners` the centres of the corners stay where they are, and distances between
    /// centres scale. Floats only.
    #[track_caller]
    pub fn resize_bilinear(
        &self,
        (height, width): (impl Into<Dim>, impl Into<Dim>),
        align_corners: bool,
    ) -> Expr {
        let (at, to) = (Span::caller(), [height.into(), width.into()]);
        self.build("resize_bilinear", |ty| {
            if !ty.dtype.is_float() {
                return Err(Cause::DType { expected: "a float type", found: ty.dtype });
            }
            if ty.rank() < 2 {
                let (expected, found) = ("images […, height, width]", ty.rank());
                return Err(Cause::Rank { expected, found });
            }
            if let Some(length) = to.iter().find(|d| d.known().is_some_and(|n| n < 0)) {
                return Err(Cause::NegativeDim { length: length.clone() });
            }
            let empty = (ty.rank() - 2..ty.rank()).find(|&axis| ty.shape[axis].is(0));
            if let Some(axis) = empty {
                return Err(Cause::EmptyBorder { axis });
            }
            Ok(at.on_behalf_of(|| {
                let once = |x: Expr, back: usize, to: &Dim| linear(&x, back, to, align_corners);
                once(once(self.clone(), 2, &to[0]), 1, &to[1])
            }))
        })
    }
}

/// One axis, counted from the end, linear between its elements.
fn linear(x: &Expr, back: usize, to: &Dim, align_corners: bool) -> Expr {
    let shape = shape_of(x);
    let from = &shape[shape.rank() - back];
    if from == to {
        return x.clone();
    }
    let dtype = x.type_or_none().map_or(DType::F32, |ty| ty.dtype);
    let number = |dim: &Dim| Expr::dim(dim).cast(DType::F64);
    // Numerators are exact, so places are off by one rounding.
    let place = match align_corners {
        true => iota::<f64>(to.clone()) * number(&(from - 1)) / number(&(to - 1)).maximum(1),
        false => {
            let twice = (iota::<f64>(to.clone()) * 2 + 1) * number(from) - number(to);
            (twice / number(&(to * &Dim::Known(2)))).maximum(0)
        }
    };
    let last = Expr::dim(&(from - 1));
    let low = place.floor().cast(DType::I64).minimum(&last);
    let high = (&low + 1).minimum(&last);
    let share = (&place - low.cast(DType::F64)).minimum(1).cast(dtype);
    let share = (1..back).fold(share, |s, _| s.expand(-1));
    let axis = -(back as i64);
    x.take(&low, axis) * (1 - &share) + x.take(&high, axis) * share
}
