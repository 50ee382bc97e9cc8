//! Running a plan, step by step.
//!
//! Invariants: the first failure in the order of steps is the one that is reported.
//!
//! Not here: code (`emit/`), launches (`launch.rs`), products (`product.rs`), routines (`routine/`).

use crate::jit::{compile, target, text};
use crate::lanes::Lanes;
use crate::launch::{self, Extent};
use crate::link::{Code, link};
use crate::object::{Object, Size};
use crate::pool::Pool;
use crate::{Error, limits, product, routine};
use hypatia_lower::backend::{Backend, Executable, Failure, Limits};
use hypatia_lower::kernel::Kernel;
use hypatia_lower::notice::notice;
use hypatia_lower::plan::{BufferId, Plan, SizePlan, Step};
use std::sync::Arc;

/// The back end for this processor.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cpu {
    /// How many threads functions run on; `None`: one for each core.
    pub threads: Option<usize>,
    /// Which vector instructions code may use; `None`: those that the environment variable
    /// `HYPATIA_LANES` names (`portable`, `avx2`, `avx512`), else the widest that the processor has.
    pub lanes: Option<Lanes>,
}

impl Backend for Cpu {
    type Error = Error;

    fn load(&self, plan: Arc<Plan>) -> Result<Box<dyn Executable>, Error> {
        Ok(self.load_with(plan, None)?.0)
    }
}

/// What runs, and its code if that had to be made.
pub type WithCode = (Box<dyn Executable>, Option<Vec<u8>>);

impl Cpu {
    /// What code depends on besides the plan: code that was made under the same text fits.
    ///
    /// # Errors
    /// [`Error::Processor`] if the code generator does not know the processor;
    /// [`Error::Variable`] if `HYPATIA_LANES` names no instructions.
    pub fn target(&self) -> Result<String, Error> {
        target(self.lanes()?)
    }

    /// Makes a plan runnable with code that was made before, if that is what these bytes are; else
    /// makes code, and gives its bytes for later.
    ///
    /// # Errors
    /// As those of [`Backend::load`].
    pub fn load_with(&self, plan: Arc<Plan>, code: Option<&[u8]>) -> Result<WithCode, Error> {
        let (lanes, pool) = (self.lanes()?, Pool::new(self.threads)?);
        let known = code.and_then(Object::unpack);
        let known = known.filter(|all| all.len() == plan.kernels.len());
        let (objects, made) = match known {
            Some(objects) => (objects, None),
            None => {
                let objects = compile(&plan.kernels, lanes, pool.threads())?;
                let made = Object::pack(&objects);
                (objects, Some(made))
            }
        };
        let names: Vec<&str> = plan.kernels.iter().map(|k| k.name.as_str()).collect();
        let code = link(&objects, &names)?;
        let extents = plan.kernels.iter().zip(&code.sizes).map(|(k, s)| Extent::of(k, s.rows));
        let extents = extents.collect();
        Ok((Box::new(Loaded { plan, code, extents, pool }), made))
    }

    fn lanes(&self) -> Result<Lanes, Error> {
        if cfg!(target_arch = "x86_64") && Lanes::widest() == Lanes::Portable {
            let slower = "this processor has no AVX2: functions use vectors of 128 bits and take two to \
                          four times as long";
            notice("vector instructions", slower);
        }
        self.lanes.map_or_else(Lanes::chosen, Ok)
    }
}

/// A plan with its code.
struct Loaded {
    plan: Arc<Plan>,
    code: Code,
    extents: Vec<Extent>,
    pool: Pool,
}

impl Loaded {
    /// # Safety
    /// As [`Executable::run`].
    unsafe fn steps(
        &self,
        size: &SizePlan,
        buffers: &[*mut u8],
        after: &mut (dyn FnMut(usize) + Send),
    ) -> Result<(), Failure> {
        for (at, (step, numbers)) in self.plan.steps.iter().zip(&size.numbers).enumerate() {
            match step {
                Step::Launches(all) => {
                    let kernels = (self.code.entries.as_slice(), self.extents.as_slice());
                    // SAFETY: the caller's; the plan keeps launches of a step apart.
                    unsafe { launch::run(all, kernels, numbers, buffers, &self.pool)? }
                }
                Step::Product(p) => {
                    let parts = [p.left.buffer, p.right.buffer, p.out.buffer];
                    let parts = parts.map(|b| buffers[b.index()]);
                    // SAFETY: the caller's; the plan keeps the result apart from the operands.
                    unsafe { product::run(p, numbers, parts, &self.pool) }
                }
                Step::Routine(apply) => {
                    let address = |b: BufferId| buffers[b.index()];
                    // SAFETY: the caller's; the plan keeps the result apart from the operands.
                    unsafe { routine::run(apply, numbers, address)? }
                }
                Step::Copy { from, to } => {
                    let bytes = size.bytes[from.index()];
                    let (from, to) = (buffers[from.index()], buffers[to.index()]);
                    // SAFETY: both hold so many bytes.
                    unsafe { std::ptr::copy(from, to, bytes) }
                }
            }
            after(at);
        }
        Ok(())
    }
}

impl Executable for Loaded {
    unsafe fn run_watched(
        &self,
        size: &SizePlan,
        buffers: &[*mut u8],
        after: &mut (dyn FnMut(usize) + Send),
    ) -> Result<(), Failure> {
        // SAFETY: the caller's.
        unsafe { self.steps(size, buffers, after) }
    }

    fn limits(&self) -> Option<Limits> {
        Some(limits::measured(self.pool.threads()))
    }

    fn explain(&self) -> String {
        let kernel = |(kernel, size): (&Kernel, &Size)| {
            let code = text(kernel).unwrap_or_else(|e| e.to_string());
            let bytes = size.bytes;
            let place = match size.lanes {
                Lanes::Portable => String::new(),
                wide => format!("; {wide:?} code in place of"),
            };
            format!("{}: {bytes} bytes{place}\n{code}", kernel.name)
        };
        let all = self.plan.kernels.iter().zip(&self.code.sizes).map(kernel);
        all.collect::<Vec<_>>().join("\n")
    }
}
