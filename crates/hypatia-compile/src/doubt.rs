//! Calls of functions compiled with [`Opt::Verify`]: each is evaluated as it was written, too.
//!
//! Invariants: nothing has run when a fault is found.
//!
//! Not here: how results are compared and rules found guilty (`hypatia-opt`).

use crate::error::CallCause;
use hypatia_ir::graph::Graph;
use hypatia_ir::tensor::Tensor;
use hypatia_opt::{Opt, Optimized, Options, verify};

/// What a function was, and what became of it.
pub(crate) struct Doubt {
    before: Graph,
    after: Optimized,
    options: Options,
}

impl Doubt {
    /// If it is asked for.
    pub fn of(options: &Options, before: &Graph, after: Option<Optimized>) -> Option<Doubt> {
        let after = after.filter(|_| options.opt == Opt::Verify)?;
        Some(Doubt { before: before.clone(), after, options: options.clone() })
    }

    /// Holds what is computed against what was written, for these arguments and shared values.
    pub fn check(&self, inputs: Vec<Tensor>) -> Result<(), CallCause> {
        verify(&self.before, &self.after, &self.options, &inputs).map_err(CallCause::Simplifier)
    }
}
