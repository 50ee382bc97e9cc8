//! Where a function runs.
//!
//! Invariants: nothing falls back silently: a device that is not there is an error.
//!
//! Not here: the back ends.

use crate::error::CompileError;
use hypatia_lower::backend::{Backend, Executable};
use hypatia_lower::interpret::Interpreter;
use hypatia_lower::plan::Plan;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Where a function runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Device {
    /// Machine code on this processor. Needs the feature `cpu`, which is on by default.
    Cpu,
    /// The kernel interpreter: slow, exact, for tests and for targets without a code generator.
    Interpreter,
    /// A CUDA device, by number.
    Cuda(u32),
}

impl Default for Device {
    /// The processor, if its back end was built in.
    fn default() -> Device {
        if cfg!(feature = "cpu") { Device::Cpu } else { Device::Interpreter }
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Device::Cpu => f.write_str("cpu"),
            Device::Interpreter => f.write_str("interpreter"),
            Device::Cuda(number) => write!(f, "cuda:{number}"),
        }
    }
}

impl Device {
    /// Makes a plan runnable here, on so many threads (`None`: as many as there are cores), and
    /// counts that. The only place where code is generated.
    pub(crate) fn load(
        self,
        plan: Arc<Plan>,
        threads: Option<usize>,
        count: &AtomicUsize,
    ) -> Result<Box<dyn Executable>, CompileError> {
        count.fetch_add(1, Ordering::Relaxed);
        match self {
            Device::Cpu => cpu(plan, threads),
            Device::Interpreter => match Interpreter.load(plan) {
                Ok(executable) => Ok(executable),
                Err(never) => match never {},
            },
            Device::Cuda(_) => {
                let why = "this build of Hypatia has no CUDA back end";
                Err(CompileError::Device { device: self, why, help: "use `Device::Cpu`" })
            }
        }
    }
}

#[cfg(feature = "cpu")]
fn cpu(plan: Arc<Plan>, threads: Option<usize>) -> Result<Box<dyn Executable>, CompileError> {
    Ok(hypatia_cpu::Cpu { threads, lanes: None }.load(plan)?)
}

#[cfg(not(feature = "cpu"))]
fn cpu(_: Arc<Plan>, _: Option<usize>) -> Result<Box<dyn Executable>, CompileError> {
    let why = "the feature `cpu` is off";
    let help = "turn the feature on, or use `Device::Interpreter`";
    Err(CompileError::Device { device: Device::Cpu, why, help })
}
