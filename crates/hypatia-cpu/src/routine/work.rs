//! Working memory for the matrices of a batch, and the walk over them.
//!
//! Invariants: memory is taken once for a whole batch, and not having it is an error.
//!
//! Not here: what is computed of a matrix.

use faer::dyn_stack::{MemBuffer, StackReq};
use faer::traits::RealField;
use hypatia_ir::routine::{Breakdown, Fault};
use hypatia_ir::scalar::Element;
use hypatia_lower::backend::Failure;
use hypatia_lower::plan::Apply;
use std::ops::{Add, Mul, Neg};

/// A float that linear algebra is done in.
pub(super) trait Float:
    RealField + Element + PartialOrd + Add<Output = Self> + Mul<Output = Self> + Neg<Output = Self>
{
    /// 0.
    const ZERO: Self;
    /// 1/2.
    const HALF: Self;
    /// 1.
    const ONE: Self;
    /// ∞.
    const INFINITY: Self;
    /// NaN.
    const NAN: Self;
    /// The magnitude.
    fn size(self) -> Self;
    /// The natural logarithm.
    fn log(self) -> Self;
}

macro_rules! float {
    ($($t:ident)*) => {$(
        impl Float for $t {
            const ZERO: $t = 0.0;
            const HALF: $t = 0.5;
            const ONE: $t = 1.0;
            const INFINITY: $t = $t::INFINITY;
            const NAN: $t = $t::NAN;
            fn size(self) -> $t { $t::abs(self) }
            fn log(self) -> $t { $t::ln(self) }
        }
    )*};
}
float!(f32 f64);

/// The mean of two numbers, without overflow.
pub(super) fn mean<T: Float>(a: T, b: T) -> T {
    T::HALF * a + T::HALF * b
}

/// So many elements of working memory.
pub(super) fn room<T: Float>(len: usize) -> Result<Vec<T>, Failure> {
    let mut room = Vec::new();
    let bytes = len.saturating_mul(size_of::<T>());
    room.try_reserve_exact(len).map_err(|_| Failure::Memory { bytes })?;
    room.resize(len, T::ZERO);
    Ok(room)
}

/// Working memory of an algorithm.
pub(super) fn stack(needs: StackReq) -> Result<MemBuffer, Failure> {
    let bytes = needs.size_bytes();
    MemBuffer::try_new(needs).map_err(|_| Failure::Memory { bytes })
}

/// Calls `compute` for every matrix of a batch, by its number. `lead` are the lengths of the batch.
pub(super) fn each(
    apply: &Apply,
    lead: &[usize],
    mut compute: impl FnMut(usize) -> Result<(), Fault>,
) -> Result<(), Failure> {
    for which in 0..lead.iter().product() {
        compute(which)
            .map_err(|fault| Breakdown::new(apply.routine, fault, lead, which, apply.at))?;
    }
    Ok(())
}

/// The elements of one matrix of a batch, each of so many.
pub(super) fn one<T>(batch: &[T], which: usize, size: usize) -> &[T] {
    &batch[which * size..][..size]
}

/// As [`one`], to be written.
pub(super) fn one_mut<T>(batch: &mut [T], which: usize, size: usize) -> &mut [T] {
    &mut batch[which * size..][..size]
}
