//! Borders made from the tensor itself: repeated, mirrored, wrapped around.
//!
//! Invariants: as NumPy's `pad`; one axis after another, so corners come from borders; every
//! border is made of slices.
//!
//! Not here: padding by a value (`structure.rs`).

use super::arrange::along;
use crate::dim::Dim;
use crate::error::Cause;
use crate::expr::Expr;
use crate::operators::Operand;
use crate::shape::Type;
use crate::span::Span;
use crate::structure::{Part, concat, part};

/// What a border is made of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PadMode {
    /// A value.
    Constant(f64),
    /// The outermost element, repeated.
    Edge,
    /// The elements mirrored at the outermost one, which is not repeated.
    Reflect,
    /// The elements mirrored at the border: the outermost one is repeated.
    Symmetric,
    /// The elements of the other end.
    Wrap,
}

impl Expr {
    /// The tensor with a border: `(before, after)` for each axis. Mirrored and wrapped borders
    /// wider than the tensor go on periodically; on an axis of symbolic length they must not be
    /// wider than it.
    #[track_caller]
    pub fn pad_with(&self, widths: &[(usize, usize)], mode: PadMode) -> Expr {
        Span::caller().on_behalf_of(|| {
            self.build("pad_with", |ty| {
                if let PadMode::Constant(value) = mode {
                    return Ok(self.pad(widths, number(ty, value)));
                }
                if widths.len() != ty.rank() {
                    let (expected, found) = ("one entry for each axis", widths.len());
                    return Err(Cause::Rank { expected, found });
                }
                let mut padded = (0..ty.rank()).filter(|&axis| widths[axis] != (0, 0));
                padded.try_fold(self.clone(), |x, axis| {
                    let (low, high) = widths[axis];
                    border(&x, axis, &ty.shape[axis], (low as i64, high as i64), mode)
                })
            })
        })
    }
}

/// The value as a literal of the type, if it can be one.
fn number(ty: &Type, value: f64) -> Operand {
    match ty.dtype.is_float() || value.fract() != 0.0 {
        true => Operand::Float(value),
        false => Operand::Int(value as i64),
    }
}

/// `x` with a border before and after one axis, which had this length.
fn border(
    x: &Expr,
    axis: usize,
    length: &Dim,
    (mut low, mut high): (i64, i64),
    mode: PadMode,
) -> Result<Expr, Cause> {
    if length.is(0) {
        return Err(Cause::EmptyBorder { axis });
    }
    // The most that one round of mirroring can make.
    let step = match (mode, length.known()) {
        (PadMode::Constant(_) | PadMode::Edge, _) => i64::MAX,
        (PadMode::Symmetric | PadMode::Wrap, n) => n.unwrap_or(i64::MAX),
        (PadMode::Reflect, n) => n.map_or(i64::MAX, |n| n - 1),
    };
    // One element has nothing to mirror; NumPy repeats it.
    let (mode, step) = if step == 0 { (PadMode::Edge, i64::MAX) } else { (mode, step) };
    let mut padded = x.clone();
    while low > 0 || high > 0 {
        let (l, h) = (low.min(step), high.min(step));
        let now = padded.type_or_none().map_or(length.clone(), |ty| ty.shape[axis].clone());
        let before = (l > 0).then(|| strip(&padded, axis, &now, length, l, true, mode));
        let after = (h > 0).then(|| strip(&padded, axis, &now, length, h, false, mode));
        let parts: Vec<Expr> = before.into_iter().chain([padded]).chain(after).collect();
        padded = concat(&parts, axis as i64);
        (low, high) = (low - l, high - h);
    }
    Ok(padded)
}

/// A border of this width before or after an axis of length `now`, whose period is `length`.
fn strip(
    x: &Expr,
    axis: usize,
    now: &Dim,
    length: &Dim,
    width: i64,
    before: bool,
    mode: PadMode,
) -> Expr {
    let flipped = |taken: Part| x.slice(along(axis, taken)).flip([axis as i64]);
    match (mode, before) {
        (PadMode::Constant(_) | PadMode::Edge, _) => {
            let edge = if before { part(0, 1) } else { part(now - 1, now) };
            x.slice(along(axis, edge)).repeat(width, axis as i64)
        }
        (PadMode::Reflect, true) => flipped(part(1, width + 1)),
        (PadMode::Reflect, false) => flipped(part(now - (width + 1), now - 1)),
        (PadMode::Symmetric, true) => flipped(part(0, width)),
        (PadMode::Symmetric, false) => flipped(part(now - width, now)),
        (PadMode::Wrap, true) => x.slice(along(axis, part(length - width, length))),
        (PadMode::Wrap, false) => {
            let start = now - length;
            x.slice(along(axis, part(&start, &start + width)))
        }
    }
}
