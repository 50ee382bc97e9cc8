//! The same elements in other places: axes moved, merged and split, tiles, rolls, flips.
//!
//! Invariants: only slices, concats, reshapes, transposes and broadcasts: no element is computed,
//! nothing is gathered.
//!
//! Not here: the primitives themselves (`structure.rs`), padding (`pad.rs`).

use crate::dim::Dim;
use crate::dtype::DType;
use crate::error::Cause;
use crate::expr::{Expr, IntoDims};
use crate::reduce::IntoAxes;
use crate::span::Span;
use crate::structure::{Part, axes_of, axis_of, concat, full, part};

/// This part of one axis, all of the axes before it.
pub(crate) fn along(axis: usize, taken: impl Into<Part>) -> Vec<Part> {
    let mut parts = vec![full(); axis];
    parts.push(taken.into());
    parts
}

impl Expr {
    /// All axes from `axis` on as one. A scalar becomes a vector of length 1.
    #[track_caller]
    pub fn flatten(&self, axis: i64) -> Expr {
        Span::caller().on_behalf_of(|| {
            self.build("flatten", |ty| {
                let kept = axis_of(axis, ty.rank().max(1))?;
                let mut dims = ty.shape[..kept.min(ty.rank())].to_vec();
                dims.push(ty.shape[kept.min(ty.rank())..].iter().fold(1.into(), |n, d| &n * d));
                Ok(self.reshape(dims))
            })
        })
    }

    /// One axis at another place; the others keep their order.
    #[track_caller]
    pub fn moveaxis(&self, source: i64, destination: i64) -> Expr {
        Span::caller().on_behalf_of(|| {
            self.build("moveaxis", |ty| {
                let (from, to) = (axis_of(source, ty.rank())?, axis_of(destination, ty.rank())?);
                let mut perm: Vec<i64> = (0..ty.rank() as i64).collect();
                let axis = perm.remove(from);
                perm.insert(to, axis);
                Ok(self.permute(&perm))
            })
        })
    }

    /// New axes of length 1 at these places of the result.
    #[track_caller]
    pub fn expand_dims(&self, axes: &[i64]) -> Expr {
        Span::caller().on_behalf_of(|| {
            self.build("expand_dims", |ty| {
                let new = axes_of(axes, ty.rank() + axes.len())?;
                let mut old = ty.shape.iter();
                let places = 0..ty.rank() + axes.len();
                let dims = places.filter_map(|i| match new.contains(i) {
                    true => Some(Dim::Known(1)),
                    false => old.next().cloned(),
                });
                Ok(self.reshape(dims.collect::<Vec<_>>()))
            })
        })
    }

    /// Without these axes, which must have length 1.
    #[track_caller]
    pub fn squeeze_axes(&self, axes: impl IntoAxes) -> Expr {
        Span::caller().on_behalf_of(|| {
            self.build("squeeze_axes", |ty| {
                let axes = axes.into_axes(ty.rank())?;
                match axes.iter().find(|&a| !ty.shape[a].is(1)) {
                    Some(axis) => Err(Cause::NotOne { axis, length: ty.shape[axis].clone() }),
                    None => Ok(self.without(axes)),
                }
            })
        })
    }

    /// The tensor cut along an axis into pieces of these lengths, which make up the axis. An
    /// error is the only element.
    #[track_caller]
    pub fn split(&self, sizes: impl IntoDims, axis: i64) -> Vec<Expr> {
        let sizes = sizes.into_dims();
        Span::caller().on_behalf_of(|| {
            let Some(ty) = self.type_or_none() else { return vec![self.ravel()] };
            let checked = axis_of(axis, ty.rank()).and_then(|axis| {
                let length = ty.shape[axis].clone();
                let total = sizes.iter().fold(Dim::Known(0), |n, d| &n + d);
                let misfit = total.solve(&length).is_err() || sizes.is_empty();
                match misfit || sizes.iter().any(|d| d.known().is_some_and(|n| n < 0)) {
                    true => Err(Cause::Split { axis, sizes: sizes.clone(), length }),
                    false => Ok(axis),
                }
            });
            match checked {
                Ok(axis) => self.pieces(&sizes, axis),
                Err(cause) => vec![Expr::invalid("split", cause, vec![self.clone()])],
            }
        })
    }

    fn pieces(&self, sizes: &[Dim], axis: usize) -> Vec<Expr> {
        let mut start = Dim::Known(0);
        let cut = |(i, size): (usize, &Dim)| {
            let end = &start + size;
            let taken =
                if i + 1 < sizes.len() { part(&start, &end) } else { Part::from(start.clone()..) };
            start = end;
            let piece = self.slice(along(axis, taken));
            // The rest of the axis is the last piece: that its length fits is required here.
            let dims = piece.type_or_none().map(|ty| ty.shape.to_vec()).map(|mut dims| {
                dims[axis] = size.clone();
                dims
            });
            dims.map_or(piece.clone(), |dims| piece.broadcast_to(dims))
        };
        sizes.iter().enumerate().map(cut).collect()
    }

    /// The whole tensor `reps` times along each axis, as NumPy's `tile`: missing leading axes are
    /// added to the tensor, missing leading counts are 1.
    #[track_caller]
    pub fn tile(&self, reps: impl IntoDims) -> Expr {
        let reps = reps.into_dims();
        Span::caller().on_behalf_of(|| {
            self.build("tile", |ty| {
                let rank = ty.rank().max(reps.len());
                let aligned = |dims: &[Dim]| {
                    let lead = std::iter::repeat_n(Dim::Known(1), rank - dims.len());
                    lead.chain(dims.iter().cloned()).collect::<Vec<_>>()
                };
                let (lengths, reps) = (aligned(&ty.shape), aligned(&reps));
                Ok(self
                    .blocks(lengths.iter().zip(&reps).map(|(n, r)| (r.clone(), n.clone(), None))))
            })
        })
    }

    /// Each element `count` times in a row along an axis.
    #[track_caller]
    pub fn repeat(&self, count: impl Into<Dim>, axis: i64) -> Expr {
        let count = count.into();
        Span::caller().on_behalf_of(|| {
            self.build("repeat", |ty| {
                let axis = axis_of(axis, ty.rank())?;
                Ok(self.blocks(ty.shape.iter().enumerate().map(|(i, n)| {
                    let after = (i == axis).then(|| count.clone());
                    (Dim::Known(1), n.clone(), after)
                })))
            })
        })
    }

    /// Copies along each axis: `(copies of the whole, length, copies of each element)`.
    fn blocks(&self, axes: impl Iterator<Item = (Dim, Dim, Option<Dim>)>) -> Expr {
        let (mut split, mut copied, mut merged) = (Vec::new(), Vec::new(), Vec::new());
        for (whole, length, each) in axes {
            let each = each.unwrap_or(Dim::Known(1));
            merged.push(&(&whole * &length) * &each);
            for (copies, length) in [(whole, None), (Dim::Known(1), Some(length)), (each, None)] {
                if length.is_some() || !copies.is(1) {
                    copied.push(length.clone().unwrap_or(copies));
                    split.push(length.unwrap_or(Dim::Known(1)));
                }
            }
        }
        self.reshape(split).broadcast_to(copied).reshape(merged)
    }

    /// The elements moved by `shift` places towards higher indices, cyclically. An axis of
    /// symbolic length must not be empty.
    #[track_caller]
    pub fn roll(&self, shift: i64, axis: i64) -> Expr {
        Span::caller().on_behalf_of(|| {
            self.build("roll", |ty| {
                let axis = axis_of(axis, ty.rank())?;
                let (length, shift) = (&ty.shape[axis], Dim::Known(shift));
                let by = &shift - &(length * &shift.floor_div(length));
                if length.is(0) || by.is(0) {
                    return Ok(self.clone());
                }
                let cut = length - &by;
                let (low, high) = (part(0, &cut), Part::from(cut..));
                let pieces = [self.slice(along(axis, high)), self.slice(along(axis, low))];
                Ok(concat(&pieces, axis as i64).broadcast_to(&ty.shape))
            })
        })
    }

    /// The elements along these axes in reverse order.
    #[track_caller]
    pub fn flip(&self, axes: impl IntoAxes) -> Expr {
        Span::caller().on_behalf_of(|| {
            self.build("flip", |ty| {
                let axes = axes.into_axes(ty.rank())?;
                let part = |i| full().step_by(if axes.contains(i) { -1 } else { 1 });
                Ok(self.slice((0..ty.rank()).map(part).collect::<Vec<_>>()))
            })
        })
    }

    /// The `n`-th difference of neighbours along an axis, which gets `n` shorter; of bool, whether
    /// neighbours differ.
    #[track_caller]
    pub fn diff(&self, n: usize, axis: i64) -> Expr {
        Span::caller().on_behalf_of(|| {
            self.build("diff", |ty| {
                let axis = axis_of(axis, ty.rank())?;
                Ok((0..n).fold(self.clone(), |x, _| {
                    let (low, high) = (x.slice(along(axis, ..-1)), x.slice(along(axis, 1..)));
                    if ty.dtype == DType::Bool { high.ne(low) } else { high - low }
                }))
            })
        })
    }

    /// Channels to pixels: `[batch, c·block², h, w]` to `[batch, c, h·block, w·block]`, blocks in
    /// depth-column-row order.
    #[track_caller]
    pub fn depth_to_space(&self, block: i64) -> Expr {
        Span::caller().on_behalf_of(|| {
            self.build("depth_to_space", |ty| {
                let [n, c, h, w] = image(&ty.shape, block)?;
                let c = divided(c, 1, block * block)?;
                let r = &Dim::Known(block);
                let split = [n, r, r, &c, h, w].map(Dim::clone);
                let merged = [n.clone(), c.clone(), h * r, w * r];
                Ok(self.reshape(split).transpose([0, 3, 4, 1, 5, 2]).reshape(merged))
            })
        })
    }

    /// Pixels to channels: the inverse of [`Expr::depth_to_space`].
    #[track_caller]
    pub fn space_to_depth(&self, block: i64) -> Expr {
        Span::caller().on_behalf_of(|| {
            self.build("space_to_depth", |ty| {
                let [n, c, h, w] = image(&ty.shape, block)?;
                let (h, w) = (divided(h, 2, block)?, divided(w, 3, block)?);
                let r = &Dim::Known(block);
                let split = [n, c, &h, r, &w, r].map(Dim::clone);
                let merged = [n.clone(), c * &Dim::Known(block * block), h.clone(), w.clone()];
                Ok(self.reshape(split).transpose([0, 3, 5, 1, 2, 4]).reshape(merged))
            })
        })
    }
}

/// The four lengths of a batch of images, if the block size makes sense.
fn image(shape: &[Dim], block: i64) -> Result<[&Dim; 4], Cause> {
    // Its square must fit.
    if !(1..=1 << 20).contains(&block) {
        let (name, expected, found) = ("block", "a positive number", block.to_string());
        return Err(Cause::Setting { name, expected, found });
    }
    match shape {
        [n, c, h, w] => Ok([n, c, h, w]),
        _ => Err(Cause::Rank { expected: "[batch, channels, height, width]", found: shape.len() }),
    }
}

/// The exact quotient of the length of an axis; of a symbolic one it is required to be exact where
/// it is used.
pub(crate) fn divided(length: &Dim, axis: usize, by: i64) -> Result<Dim, Cause> {
    match length.known() {
        Some(n) if by == 0 || n % by != 0 => {
            Err(Cause::Indivisible { axis, length: length.clone(), by: by.into() })
        }
        _ => Ok(length.floor_div(&Dim::Known(by))),
    }
}
