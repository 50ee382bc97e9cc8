//! The lines of a tensor along one axis.
//!
//! Invariants: lines come in row-major order of the other axes.
//!
//! Not here: what is done with a line.

use crate::eval::error::{EvalError, internal};

/// Where the lines along an axis are.
pub(super) struct Lines {
    /// How many elements a line has.
    pub len: usize,
    /// The distance of neighbours.
    pub step: usize,
    outer: usize,
}

impl Lines {
    /// Those of a tensor of this shape.
    pub fn of(shape: &[usize], axis: usize) -> Result<Lines, EvalError> {
        let len = *shape.get(axis).ok_or_else(|| internal(format!("no axis {axis}")))?;
        let (outer, step) = (shape[..axis].iter().product(), shape[axis + 1..].iter().product());
        Ok(Lines { len, step, outer })
    }

    /// The first element of every line.
    pub fn starts(&self) -> impl Iterator<Item = usize> {
        let (len, step) = (self.len, self.step);
        (0..self.outer).flat_map(move |o| (0..step).map(move |i| o * len * step + i))
    }

    /// The elements of the line that starts there.
    pub fn line(&self, start: usize) -> impl Iterator<Item = usize> {
        let step = self.step;
        (0..self.len).map(move |k| start + k * step)
    }
}
