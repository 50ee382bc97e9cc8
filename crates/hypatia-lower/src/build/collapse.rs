//! Neighbouring axes that every access walks as one become one axis.
//!
//! Invariants: rows never merge with columns; the order of points does not change.
//!
//! Not here: the choice of the vector axis (the back ends).

use crate::kernel::{Affine, Kernel};
use hypatia_ir::dim::Dim;

/// Merges axes `i` and `i + 1` of a kernel while that is possible.
pub(super) fn collapse(kernel: &mut Kernel) {
    let mut i = 0;
    while i + 1 < kernel.rows.len() + kernel.columns.len() {
        let boundary = i + 1 == kernel.rows.len();
        if !boundary && merges(kernel, i) {
            merge(kernel, i);
        } else {
            i += 1;
        }
    }
}

fn length(kernel: &Kernel, axis: usize) -> &Dim {
    match axis.checked_sub(kernel.rows.len()) {
        None => &kernel.rows[axis],
        Some(column) => &kernel.columns[column],
    }
}

fn merges(kernel: &Kernel, axis: usize) -> bool {
    let inner = length(kernel, axis + 1);
    let walks_as_one = |a: &Affine| a.strides[axis] == &a.strides[axis + 1] * inner;
    kernel.phases.iter().flat_map(|p| p.affines()).all(walks_as_one)
}

fn merge(kernel: &mut Kernel, axis: usize) {
    let length = length(kernel, axis) * length(kernel, axis + 1);
    let rows = kernel.rows.len();
    let lengths = if axis < rows { &mut kernel.rows } else { &mut kernel.columns };
    let at = if axis < rows { axis } else { axis - rows };
    lengths[at] = length;
    lengths.remove(at + 1);
    for phase in &mut kernel.phases {
        for affine in phase.affines_mut() {
            affine.strides.remove(axis);
        }
    }
}
