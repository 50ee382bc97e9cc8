//! Which kernels have accesses that wide code can make.
//!
//! Along the axis whose points run side by side, elements are neighbours, one and the same, or evenly
//! spaced. An index that is looked up must be one for all points of a loop along that axis.
//!
//! Invariants: depends on the kernel and on the axis alone.
//!
//! Not here: ops (`select.rs` finds out while it writes).

use super::Wide;
use super::pointers::Access;
use super::strip::Strip;
use crate::emit::Fours;
use hypatia_ir::op::ScatterOp;
use hypatia_lower::kernel::{Indirect, Kernel, Phase, Scope, Source};

/// How the lanes of an access lie in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lay {
    /// All are one element.
    Same,
    /// Neighbours, in order.
    Side,
    /// Evenly spaced.
    Apart,
}

/// Whether there is wide code for the accesses of a kernel.
pub(super) fn takes(kernel: &Kernel, fours: Fours) -> bool {
    let (rows, columns) = (kernel.rows.len(), kernel.columns.len());
    let axis = match fours {
        Fours::Rows => rows.checked_sub(1),
        Fours::Columns if columns == 0 => None,
        Fours::Columns => Some(rows + columns - 1),
        Fours::Nothing => None,
    };
    axis.is_some_and(|axis| kernel.phases.iter().all(|p| takes_phase(kernel, fours, axis, p)))
}

fn takes_phase(kernel: &Kernel, fours: Fours, axis: usize, phase: &Phase) -> bool {
    let single = fours == Fours::Columns && phase.scope == Scope::Row;
    // Pointers are set once for a run along the innermost axis of the loops.
    let inner = match phase.scope {
        Scope::Row => axis,
        Scope::Point => kernel.rows.len() + kernel.columns.len() - 1,
    };
    let fixed = |found: &Option<Indirect>| {
        let still = |i: &Indirect| i.at.strides[axis].is(0) && i.at.strides[inner].is(0);
        single || found.as_ref().is_none_or(still)
    };
    let loads = phase.inputs.iter().all(|source| match source {
        Source::Load { indirect, .. } => fixed(indirect),
        Source::Index(_) | Source::Row(_) => true,
    });
    loads
        && phase.stores.iter().all(|store| {
            let stride = &store.index.strides[axis];
            // What combines with what is there must not meet it in another lane.
            let apart = match store.onto {
                ScatterOp::Set => !stride.is(0),
                ScatterOp::Add | ScatterOp::Max | ScatterOp::Min => stride.is(1),
            };
            fixed(&store.scatter) && (single || apart)
        })
}

impl Wide<'_> {
    /// How the lanes of an access lie.
    pub fn lay(&self, strip: &Strip, access: Access) -> Lay {
        match (self.lanes_along(strip), self.affine(access)) {
            (Some(axis), Some((affine, _))) if affine.strides[axis].is(1) => Lay::Side,
            (Some(axis), Some((affine, _))) if !affine.strides[axis].is(0) => Lay::Apart,
            _ => Lay::Same,
        }
    }
}
