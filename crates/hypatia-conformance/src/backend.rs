//! What runs expressions: the reference evaluator, or a device that functions are compiled for.
//!
//! Invariants: the same expressions and values for all of them.
//!
//! Not here: what is run and what should come out.

use crate::manifest::view::Argument;
use hypatia::dtype::DType;
use hypatia::expr::{Expr, Kind};
use hypatia::graph::Graph;
use hypatia::shared::Shared;
use hypatia::tensor::Tensor;
use hypatia::{Device, Function, eval};
use hypatia_ir::capture::Captured;
use std::fmt;
use std::sync::Arc;

/// What runs expressions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// The evaluator of graphs, as captured: no simplifier, no kernels.
    Reference,
    /// Compiled functions, kernels interpreted.
    Interpreter,
    /// Compiled functions, machine code.
    Cpu,
}

impl Backend {
    /// All of them.
    pub const ALL: [Backend; 3] = [Backend::Reference, Backend::Interpreter, Backend::Cpu];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Backend::Reference => "reference",
            Backend::Interpreter => "interpreter",
            Backend::Cpu => "cpu",
        }
    }

    /// The device of compiled functions.
    fn device(self) -> Option<Device> {
        match self {
            Backend::Reference => None,
            Backend::Interpreter => Some(Device::Interpreter),
            Backend::Cpu => Some(Device::Cpu),
        }
    }
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Why expressions could not be run, in the words of whoever refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// They are wrong, or cannot be compiled.
    #[error("refused when built: {0}")]
    Build(String),
    /// These values cannot be computed with.
    #[error("refused when called: {0}")]
    Call(String),
}

/// A function of inputs and of shared variables, which it may change.
pub struct Runner {
    inputs: Vec<Expr>,
    updates: Vec<(Shared, Expr)>,
    how: How,
}

enum How {
    Reference(Box<Captured>, usize),
    Compiled(Box<Function>),
}

impl Runner {
    /// Makes expressions runnable. Inputs that nothing depends on are fine.
    pub fn new(
        backend: Backend,
        inputs: &[Expr],
        outputs: &[Expr],
        updates: Vec<(Shared, Expr)>,
    ) -> Result<Runner, Refusal> {
        let how = match backend.device() {
            Some(device) => {
                let builder = hypatia::function(inputs, outputs.to_vec());
                let builder = builder.updates(updates.clone()).allow_unused();
                // Cases are small, and run side by side.
                let built = builder.device(device).threads(1).compile();
                How::Compiled(Box::new(built.map_err(|e| Refusal::Build(e.to_string()))?))
            }
            None => {
                let values = updates.iter().map(|(_, value)| value);
                let name = |(i, e): (usize, &Expr)| (Arc::from(format!("out{i}")), e.clone());
                let named: Vec<_> = outputs.iter().chain(values).enumerate().map(name).collect();
                let captured = Graph::capture(inputs, &named);
                let captured = captured.map_err(|e| Refusal::Build(e.to_string()))?;
                How::Reference(Box::new(captured), outputs.len())
            }
        };
        Ok(Runner { inputs: inputs.to_vec(), updates, how })
    }

    /// The values of the outputs; shared variables take their new values.
    pub fn call(&self, values: &[&dyn Argument]) -> Result<Vec<Tensor>, Refusal> {
        let refused = |e: &dyn fmt::Display| Refusal::Call(e.to_string());
        let (captured, outputs) = match &self.how {
            How::Compiled(function) => {
                let args: Vec<_> = values.iter().map(|v| v.arg()).collect();
                return function.call(args).map_err(|e| refused(&e));
            }
            How::Reference(captured, outputs) => (captured, *outputs),
        };
        let value_of = |leaf: &Expr| match leaf.kind() {
            Kind::Input(input) if input.cell.is_some() => {
                input.cell.as_ref().map(|cell| cell.lock().clone())
            }
            _ => {
                let at = self.inputs.iter().position(|i| i.id() == leaf.id())?;
                values.get(at).map(|v| v.tensor())
            }
        };
        let bound: Option<Vec<Tensor>> = captured.leaves.iter().map(value_of).collect();
        let bound = bound.ok_or_else(|| refused(&"an input has no value"))?;
        let mut results = eval::evaluate(&captured.graph, &bound).map_err(|e| refused(&e))?;
        let new = results.split_off(outputs);
        for ((variable, _), value) in self.updates.iter().zip(new) {
            variable.set(value).map_err(|e| refused(&e))?;
        }
        Ok(results)
    }
}

/// A free variable of the type of a tensor.
pub fn variable(name: &str, dtype: DType, shape: &[usize]) -> Expr {
    let shape = hypatia::shape::Shape::from(shape);
    Expr::input(name, Ok(hypatia::shape::Type::new(dtype, shape)), None)
}
