//! A workload that is compiled and ready to be measured.
//!
//! Invariants: a step takes no data from outside: arguments are borrowed from the case, state is in
//! shared variables; every step computes the same thing from them.
//!
//! Not here: which workloads there are (`workload/`), clocks (`clock.rs`).

use crate::error::Error;
use hypatia::outputs::FromOutputs;
use hypatia::prelude::*;
use hypatia::{Builder, CallError, Profile};

/// How many losses of a training step are its check.
pub const LOSSES: usize = 5;

/// What the figures that are compared with other peers' are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// Two moments of each result.
    Results,
    /// The results of the first steps, each of which changes what the next one starts from.
    Losses,
}

/// A workload before it is compiled.
pub struct Definition {
    function: Builder,
    arguments: Vec<Tensor>,
    check: Check,
    step: Step,
}

/// One call, with results of the types that a user would ask for, which are then dropped.
type Step = fn(&Function, &[Tensor]) -> Result<(), CallError>;

fn typed<O: FromOutputs>(function: &Function, arguments: &[Tensor]) -> Result<(), CallError> {
    function.call::<O>(arguments).map(|results| drop(std::hint::black_box(results)))
}

impl Definition {
    /// Results that depend on the arguments alone, taken as `O`.
    pub fn results<O: FromOutputs>(function: Builder, arguments: Vec<Tensor>) -> Definition {
        Definition { function, arguments, check: Check::Results, step: typed::<O> }
    }

    /// A training step: the result is the loss, and weights change.
    pub fn losses(function: Builder, arguments: Vec<Tensor>) -> Definition {
        Definition { function, arguments, check: Check::Losses, step: typed::<f32> }
    }

    /// Compiles the workload for so many threads.
    ///
    /// Errors: the function does not compile.
    pub fn compile(self, threads: usize) -> Result<Case, Error> {
        let Definition { function, arguments, check, step } = self;
        Ok(Case { function: function.threads(threads).compile()?, arguments, check, step })
    }
}

/// A workload that is ready.
pub struct Case {
    function: Function,
    arguments: Vec<Tensor>,
    check: Check,
    step: Step,
}

impl Case {
    /// One step.
    ///
    /// Errors: the call failed.
    pub fn step(&self) -> Result<(), Error> {
        Ok((self.step)(&self.function, &self.arguments)?)
    }

    /// The figures that other peers' are compared with. Those of a training step are right only
    /// before any other step.
    ///
    /// Errors: a call failed.
    pub fn check(&self) -> Result<Vec<f64>, Error> {
        let call = || self.function.call::<Vec<Tensor>>(&*self.arguments);
        match self.check {
            Check::Results => Ok(call()?.iter().flat_map(moments).collect()),
            Check::Losses => {
                let losses = (0..LOSSES).map(|_| Ok(call()?[0].get(0).as_f64()));
                losses.collect()
            }
        }
    }

    /// Where the time of so many steps goes.
    ///
    /// Errors: a call failed.
    pub fn profile(&self, steps: usize) -> Result<Profile, Error> {
        self.function.start_profile();
        (0..steps).try_for_each(|_| self.step())?;
        Ok(self.function.profile())
    }

    /// What was compiled, and how.
    pub fn function(&self) -> &Function {
        &self.function
    }
}

/// `Σ yᵢ·(1 + i mod 7)/n` and `√(Σ yᵢ²/n)`, in row-major order.
fn moments(result: &Tensor) -> [f64; 2] {
    let n = result.len() as f64;
    let (mut weighted, mut squares) = (0.0, 0.0);
    for i in 0..result.len() {
        let y = result.get(i).as_f64();
        weighted += y * (1 + i % 7) as f64;
        squares += y * y;
    }
    [weighted / n, (squares / n).sqrt()]
}
