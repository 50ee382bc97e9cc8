//! Where the time of a function's calls goes: by step and by line of the user's program.
//!
//! [`Function::start_profile`] turns recording on, calls leave their times behind (`record.rs`),
//! [`Function::profile`] makes a [`Profile`] of them.
//!
//! Invariants: times are only ever shown; a function that is profiled gives the same bits.
//!
//! Not here: what a step has to do (`hypatia_lower::plan::effort`).

mod record;
mod report;
mod table;
mod trace;

pub(crate) use record::{Recorder, Recording};
pub use report::{Line, Profile, StepProfile};

use crate::function::Function;

impl Function {
    /// Records the time of each step of all calls from now on, and forgets what was recorded. The
    /// first function to be profiled in a process measures the processor's limits, which takes about
    /// 0.2 s.
    pub fn start_profile(&self) {
        self.recorder.start(self.executable.limits());
    }

    /// Stops recording; what was recorded since [`Function::start_profile`], nothing without it.
    ///
    /// ```
    /// # use hypatia_compile::function;
    /// # use hypatia_ir::expr::vector;
    /// # use ndarray::Array1;
    /// let x = vector::<f32>("x", "n");
    /// let f = function([&x], x.exp() / (1.0 + x.exp())).compile().unwrap();
    /// f.start_profile();
    /// for _ in 0..10 {
    ///     let _: Array1<f32> = f.call((&Array1::<f32>::zeros(1000),)).unwrap();
    /// }
    /// let profile = f.profile();
    /// assert_eq!((profile.calls, profile.steps.len()), (10, 1));
    /// println!("{profile}");
    /// ```
    pub fn profile(&self) -> Profile {
        report::report(&self.plan, &self.graph, self.recorder.take())
    }
}
