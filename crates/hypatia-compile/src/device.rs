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
    /// Makes a plan runnable here, on so many threads (`None`: as many as there are cores), with
    /// code that an earlier process made if there is some; else makes code, counts that, and gives
    /// it for later processes. The only place where code is generated.
    pub(crate) fn load(
        self,
        plan: Arc<Plan>,
        threads: Option<usize>,
        code: Option<&[u8]>,
        count: &AtomicUsize,
    ) -> Result<Loaded, CompileError> {
        match self {
            Device::Cpu => {
                let (executable, made) = cpu(plan, threads, code)?;
                count.fetch_add(usize::from(made.is_some()), Ordering::Relaxed);
                Ok((executable, made))
            }
            Device::Interpreter => {
                count.fetch_add(1, Ordering::Relaxed);
                match Interpreter.load(plan) {
                    Ok(executable) => Ok((executable, None)),
                    Err(never) => match never {},
                }
            }
            Device::Cuda(_) => {
                let why = "this build of Hypatia has no CUDA back end";
                Err(CompileError::Device { device: self, why, help: "use `Device::Cpu`" })
            }
        }
    }
}

/// What runs, and its code if that had to be made.
type Loaded = (Box<dyn Executable>, Option<Vec<u8>>);

#[cfg(feature = "cpu")]
fn cpu(
    plan: Arc<Plan>,
    threads: Option<usize>,
    code: Option<&[u8]>,
) -> Result<Loaded, CompileError> {
    Ok(hypatia_cpu::Cpu { threads, lanes: None }.load_with(plan, code)?)
}

#[cfg(not(feature = "cpu"))]
fn cpu(_: Arc<Plan>, _: Option<usize>, _: Option<&[u8]>) -> Result<Loaded, CompileError> {
    let why = "the feature `cpu` is off";
    let help = "turn the feature on, or use `Device::Interpreter`";
    Err(CompileError::Device { device: Device::Cpu, why, help })
}
