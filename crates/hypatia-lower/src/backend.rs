//! What a back end has to offer.
//!
//! Invariants: an executable is immutable and may run in several threads at once, each with
//! memory of its own.
//!
//! Not here: any back end; who owns the memory (`hypatia-compile`).

use crate::plan::{Check, Plan, SizePlan};
use hypatia_ir::routine::Breakdown;
use std::sync::Arc;
use thiserror::Error;

/// An index outside its axis, found while a plan ran.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("index error in `{}` at {}: index {index} is outside axis {} of length {extent}", .check.op, .check.at, .check.axis)]
pub struct IndexError {
    /// The op that was indexing.
    pub check: Check,
    /// The index as given.
    pub index: i64,
    /// The length of the axis.
    pub extent: i64,
}

/// Why a run stopped.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Failure {
    /// An index outside its axis.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// A matrix that a routine has no result for.
    #[error(transparent)]
    Breakdown(#[from] Breakdown),
    /// Memory that a routine needs and could not have.
    #[error("{bytes} bytes of memory could not be allocated")]
    Memory {
        /// How many bytes.
        bytes: usize,
    },
    /// A routine that refused operands which the plan says it takes: a bug of the compiler.
    #[error("internal error in stage `{stage}`: {dump}")]
    Internal {
        /// The stage that noticed.
        stage: &'static str,
        /// What it saw.
        dump: String,
    },
}

/// What a device can do at most.
#[derive(Clone, Debug, PartialEq)]
pub struct Limits {
    /// Floating-point operations per second in `f32`, a fused product and sum counting two.
    pub f32_flops: f64,
    /// The same in `f64`.
    pub f64_flops: f64,
    /// By bytes of the working set, ascending: how many bytes per second are read and written.
    pub bandwidths: Vec<(usize, f64)>,
}

impl Limits {
    /// Bytes per second for a working set of so many bytes; the last figure holds for all larger
    /// ones.
    pub fn bandwidth(&self, working_set: usize) -> f64 {
        let fits = self.bandwidths.iter().find(|(bytes, _)| working_set <= *bytes);
        fits.or(self.bandwidths.last()).map_or(f64::INFINITY, |(_, rate)| *rate)
    }
}

/// A plan that a back end made runnable.
pub trait Executable: Send + Sync {
    /// Runs all steps. The first failure in the order of steps and rows stops the run.
    ///
    /// # Safety
    /// `buffers` has one address for each buffer of the plan, valid for its bytes in `size`
    /// (any address if that is 0) and aligned for its dtype; buffers may overlap only as arena
    /// offsets in `size` say. Nobody else uses writable buffers during the run. `size` comes from
    /// the same plan.
    unsafe fn run(&self, size: &SizePlan, buffers: &[*mut u8]) -> Result<(), Failure> {
        // SAFETY: the caller's.
        unsafe { self.run_watched(size, buffers, &mut |_| {}) }
    }

    /// As [`Executable::run`]; `after` is called after each step with its number.
    ///
    /// # Safety
    /// As [`Executable::run`].
    unsafe fn run_watched(
        &self,
        size: &SizePlan,
        buffers: &[*mut u8],
        after: &mut (dyn FnMut(usize) + Send),
    ) -> Result<(), Failure>;

    /// What the device can do at most, measured when first asked for; `None` where no step is
    /// meant to be near it.
    fn limits(&self) -> Option<Limits>;

    /// Text of the code for each kernel, for people.
    fn explain(&self) -> String;
}

/// Makes plans runnable.
pub trait Backend {
    /// Why a plan cannot be made runnable.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Code for every kernel of the plan, ready to run.
    fn load(&self, plan: Arc<Plan>) -> Result<Box<dyn Executable>, Self::Error>;
}
