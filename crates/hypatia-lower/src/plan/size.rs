//! Size plans: a plan for one set of dim values.
//!
//! Invariants: everything that depends on dims is a number here, so that a call only looks up;
//! no two live arena buffers overlap.
//!
//! Not here: allocation of the arena (the executables).

use hypatia_ir::dim::DimValues;

/// Sizes, offsets and trip counts of a plan for one set of dim values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SizePlan {
    /// The values of the dim names.
    pub dims: DimValues,
    /// Bytes of each buffer.
    pub bytes: Vec<usize>,
    /// Lengths of the axes of each buffer.
    pub lengths: Vec<Vec<usize>>,
    /// The offset of each arena buffer in the arena, in bytes, a multiple of [`SizePlan::ALIGN`];
    /// 0 for others.
    pub offsets: Vec<usize>,
    /// Bytes of the arena.
    pub arena: usize,
    /// For each step, the numbers it needs: of a launch, the values of
    /// [`crate::kernel::Kernel::symbolic_dims`]; of a product, `m k n`, then offset, row, column
    /// and batch strides of left, right and out, then the batch lengths; nothing for copies.
    pub numbers: Vec<Vec<i64>>,
}

impl SizePlan {
    /// Alignment of arena buffers, in bytes.
    pub const ALIGN: usize = 64;
}
