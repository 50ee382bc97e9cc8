//! Running a plan: step by step, rows of large kernels in parallel.
//!
//! Invariants: how rows are split depends on sizes alone; the first index error in the order of
//! rows is the one that is reported.
//!
//! Not here: code (`emit/`), products (`product.rs`), routines (`routine/`).

use crate::jit::{compile, target, text};
use crate::lanes::Lanes;
use crate::link::{Code, Fault, link};
use crate::object::{Object, Size};
use crate::pool::Pool;
use crate::{Error, limits, product, routine};
use hypatia_ir::dim::Dim;
use hypatia_lower::backend::{Backend, Executable, Failure, IndexError, Limits};
use hypatia_lower::kernel::Kernel;
use hypatia_lower::notice::notice;
use hypatia_lower::plan::{BufferId, Launch, Plan, SizePlan, Step};
use smallvec::SmallVec;
use std::sync::{Arc, Mutex, PoisonError};

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
        let (lanes, mut pool) = (self.lanes()?, Pool::new(self.threads)?);
        if plan.steps.iter().any(|step| matches!(step, Step::Product(_))) {
            pool = pool.with_library()?;
        }
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
        let counts = plan.kernels.iter().map(|k| k.symbolic_dims().len()).collect();
        let extents = plan.kernels.iter().zip(&code.sizes).map(|(k, s)| Extent::of(k, s.rows));
        let extents = extents.collect();
        Ok((Box::new(Loaded { plan, code, extents, counts, pool }), made))
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
    /// How many numbers a launch of each kernel has.
    counts: Vec<usize>,
    pool: Pool,
}

/// Lengths of the axes of a kernel, found without looking up names.
struct Extent {
    rows: Vec<Length>,
    columns: Vec<Length>,
    /// How much a point costs, in instructions.
    weight: i64,
    /// Pieces hold a multiple of so many rows.
    together: i64,
}

enum Length {
    Known(i64),
    /// The position among the numbers of the launch.
    Number(usize),
}

/// Launches of less work, in instructions, run in one piece; more is cut into such pieces.
const PIECE: i64 = 1 << 17;

/// Pieces hold a multiple of so many rows at least, so that groups that run together stay whole.
const ROWS: i64 = 16;

impl Extent {
    fn of(kernel: &Kernel, rows: usize) -> Extent {
        let symbols = kernel.symbolic_dims();
        let length = |d: &Dim| match (d.known(), symbols.iter().position(|s| s == d)) {
            (Some(value), _) => Length::Known(value),
            (None, Some(at)) => Length::Number(at),
            (None, None) => Length::Known(0),
        };
        let programs = kernel.phases.iter().map(|p| p.program.instructions.len() as i64);
        Extent {
            rows: kernel.rows.iter().map(length).collect(),
            columns: kernel.columns.iter().map(length).collect(),
            weight: programs.sum::<i64>().max(1),
            together: (rows as i64).max(ROWS),
        }
    }
}

impl Extent {
    /// What a launch costs, in instructions.
    fn cost(&self, numbers: &[i64]) -> i64 {
        let [rows, columns] = [&self.rows, &self.columns].map(|l| product_of(l, numbers).max(1));
        rows.saturating_mul(columns).saturating_mul(self.weight)
    }

    /// How many rows a piece of a launch has, and how many pieces that makes.
    fn pieces(&self, rows: i64, numbers: &[i64]) -> (i64, i64) {
        let columns = product_of(&self.columns, numbers).max(1);
        let row_cost = columns.saturating_mul(self.weight);
        let together = self.together;
        let piece = (PIECE / row_cost).max(1).saturating_add(together - 1) / together * together;
        (piece, (rows.max(1) - 1) / piece + 1)
    }
}

fn product_of(lengths: &[Length], numbers: &[i64]) -> i64 {
    let value = |l: &Length| match l {
        Length::Known(value) => *value,
        Length::Number(at) => numbers[*at],
    };
    lengths.iter().map(value).product()
}

/// The error that a fault of a launch stands for, if it is one.
fn raise(launch: &Launch, fault: &Fault) -> Result<(), IndexError> {
    let &Fault { number, index, extent, .. } = fault;
    match usize::try_from(number).ok().and_then(|n| launch.checks.get(n)) {
        None => Ok(()),
        Some(check) => Err(IndexError { check: check.clone(), index, extent }),
    }
}

/// Addresses that threads share.
struct Shared<'a>(&'a [*mut u8]);

// SAFETY: rows of one launch never write the same element, and the caller of `run` vouches that
// nobody else uses the buffers.
unsafe impl Sync for Shared<'_> {}

impl Shared<'_> {
    fn all(&self) -> &[*mut u8] {
        self.0
    }
}

/// A launch of a step, cut into pieces.
struct Part<'a> {
    launch: &'a Launch,
    numbers: &'a [i64],
    rows: i64,
    /// Rows of a piece.
    piece: i64,
    /// The number in the step of its first piece.
    first: i64,
}

impl Loaded {
    /// Some rows of a launch.
    ///
    /// # Safety
    /// As [`Executable::run`].
    unsafe fn rows(
        &self,
        launch: &Launch,
        numbers: &[i64],
        buffers: &[*mut u8],
        [start, end]: [i64; 2],
    ) -> Fault {
        let own: SmallVec<[*mut u8; 16]> =
            launch.buffers.iter().map(|b| buffers[b.index()]).collect();
        let mut fault = Fault::NONE;
        let entry = self.code.entries[launch.kernel as usize];
        if start < end {
            // SAFETY: the entry belongs to this kernel; the caller vouches for the buffers.
            unsafe { entry(own.as_ptr(), numbers.as_ptr(), start, end, &mut fault) };
        }
        fault
    }

    /// Launches of one step, at the same time if they are large together.
    ///
    /// # Safety
    /// As [`Executable::run`].
    unsafe fn launches(
        &self,
        launches: &[Launch],
        numbers: &[i64],
        buffers: &[*mut u8],
    ) -> Result<(), IndexError> {
        if self.pool.threads() > 1 && self.cost(launches, numbers) > PIECE {
            // SAFETY: the caller's.
            return unsafe { self.side_by_side(launches, numbers, buffers) };
        }
        for (launch, own) in self.numbered(launches, numbers) {
            let rows = product_of(&self.extents[launch.kernel as usize].rows, own);
            // SAFETY: the caller's.
            raise(launch, &unsafe { self.rows(launch, own, buffers, [0, rows]) })?;
        }
        Ok(())
    }

    /// The pieces of all launches of a step, on the threads of the pool.
    ///
    /// # Safety
    /// As [`Executable::run`].
    unsafe fn side_by_side(
        &self,
        launches: &[Launch],
        numbers: &[i64],
        buffers: &[*mut u8],
    ) -> Result<(), IndexError> {
        let mut parts = SmallVec::<[Part<'_>; 8]>::new();
        let mut all = 0;
        for (launch, numbers) in self.numbered(launches, numbers) {
            let extent = &self.extents[launch.kernel as usize];
            let rows = product_of(&extent.rows, numbers);
            let (piece, pieces) = extent.pieces(rows, numbers);
            parts.push(Part { launch, numbers, rows, piece, first: all });
            all += pieces;
        }
        let buffers = Shared(buffers);
        // The first fault in the order of launches and rows, whatever the order in time.
        let first = Mutex::new(None::<(i64, usize, Fault)>);
        self.pool.each(all, |number| {
            let at = parts.partition_point(|part| part.first <= number) - 1;
            let Part { launch, numbers, rows, piece, first: before } = parts[at];
            let start = (number - before) * piece;
            // SAFETY: the caller's; pieces do not touch what others of the step write.
            let fault = unsafe {
                self.rows(launch, numbers, buffers.all(), [start, rows.min(start + piece)])
            };
            if fault.number >= 0 {
                let mut first = first.lock().unwrap_or_else(PoisonError::into_inner);
                if first.as_ref().is_none_or(|(earlier, ..)| number < *earlier) {
                    *first = Some((number, at, fault));
                }
            }
        });
        match first.into_inner().unwrap_or_else(PoisonError::into_inner) {
            Some((_, at, fault)) => raise(parts[at].launch, &fault),
            None => Ok(()),
        }
    }

    /// Each launch with its numbers.
    fn numbered<'a>(
        &'a self,
        launches: &'a [Launch],
        numbers: &'a [i64],
    ) -> impl Iterator<Item = (&'a Launch, &'a [i64])> {
        let mut rest = numbers;
        launches.iter().map(move |launch| {
            let (own, others) = rest.split_at(self.counts[launch.kernel as usize]);
            rest = others;
            (launch, own)
        })
    }

    /// What all launches cost, in instructions.
    fn cost(&self, launches: &[Launch], numbers: &[i64]) -> i64 {
        let cost = |(l, own): (&Launch, &[i64])| self.extents[l.kernel as usize].cost(own);
        self.numbered(launches, numbers).map(cost).fold(0, i64::saturating_add)
    }

    /// Whether a library splits a step over threads of its own.
    fn is_split_elsewhere(&self, step: &Step, numbers: &[i64]) -> bool {
        match step {
            Step::Product(product) => product::is_split_by_library(product, numbers),
            Step::Launches(_) | Step::Routine(_) | Step::Copy { .. } => false,
        }
    }

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
                // SAFETY: the caller's.
                Step::Launches(all) => unsafe { self.launches(all, numbers, buffers)? },
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
        let buffers = Shared(buffers);
        // SAFETY: the caller's.
        let mut steps = || unsafe { self.steps(size, buffers.all(), after) };
        let mut all = self.plan.steps.iter().zip(&size.numbers);
        match self.pool.threads() {
            1 => steps(),
            // All steps on one thread of the library's: handing over each such one takes longer.
            _ if all.any(|(step, numbers)| self.is_split_elsewhere(step, numbers)) => {
                self.pool.install(steps)
            }
            _ => steps(),
        }
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
