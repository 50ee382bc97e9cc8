//! Launches of kernels, cut into pieces of rows that threads share.
//!
//! Invariants: how rows are cut depends on sizes alone; the first index error in the order of
//! launches and rows is the one that is reported.
//!
//! Not here: the order of steps (`executable.rs`), threads (`pool.rs`).

use crate::link::{Entry, Fault};
use crate::pool::Pool;
use hypatia_ir::dim::Dim;
use hypatia_lower::backend::IndexError;
use hypatia_lower::kernel::Kernel;
use hypatia_lower::plan::Launch;
use smallvec::SmallVec;
use std::sync::{Mutex, PoisonError};

/// Launches of less work, in instructions, run in one piece; more is cut into such pieces.
const PIECE: i64 = 1 << 17;

/// Pieces hold a multiple of so many rows at least, so that groups that run together stay whole.
const ROWS: i64 = 16;

/// Lengths of the axes of a kernel, found without looking up names.
pub(crate) struct Extent {
    rows: Vec<Length>,
    columns: Vec<Length>,
    /// How much a point costs, in instructions.
    weight: i64,
    /// Pieces hold a multiple of so many rows.
    together: i64,
    /// How many numbers a launch has.
    pub numbers: usize,
}

enum Length {
    Known(i64),
    /// The position among the numbers of the launch.
    Number(usize),
}

impl Extent {
    /// Of a kernel whose code runs so many rows together.
    pub fn of(kernel: &Kernel, rows: usize) -> Extent {
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
            numbers: symbols.len(),
        }
    }

    fn rows(&self, numbers: &[i64]) -> i64 {
        product_of(&self.rows, numbers)
    }

    /// How many rows a piece of a launch has.
    fn piece(&self, numbers: &[i64]) -> i64 {
        let columns = product_of(&self.columns, numbers).max(1);
        let row_cost = columns.saturating_mul(self.weight);
        let together = self.together;
        (PIECE / row_cost).max(1).saturating_add(together - 1) / together * together
    }
}

fn product_of(lengths: &[Length], numbers: &[i64]) -> i64 {
    let value = |l: &Length| match l {
        Length::Known(value) => *value,
        Length::Number(at) => numbers[*at],
    };
    lengths.iter().map(value).product()
}

/// A launch with everything that its code needs.
struct Ready<'a> {
    launch: &'a Launch,
    entry: Entry,
    numbers: &'a [i64],
    addresses: SmallVec<[*mut u8; 8]>,
    rows: i64,
    /// Rows of a piece.
    piece: i64,
    /// Pieces of the launches before.
    before: i64,
}

/// Launches that do not touch what others of them write.
struct Batch<'a>(SmallVec<[Ready<'a>; 2]>);

// SAFETY: rows of one launch never write the same element, launches of a batch do not touch what
// others write, and the caller of `run` vouches that nobody else uses the buffers.
unsafe impl Sync for Batch<'_> {}

impl Ready<'_> {
    /// # Safety
    /// As [`run`].
    unsafe fn rows(&self, start: i64, end: i64) -> Fault {
        let mut fault = Fault::NONE;
        let (addresses, numbers) = (self.addresses.as_ptr(), self.numbers.as_ptr());
        // SAFETY: the entry belongs to this kernel; the caller vouches for the buffers.
        unsafe { (self.entry)(addresses, numbers, start, end, &mut fault) };
        fault
    }

    /// What to say of a fault.
    fn error(&self, fault: Fault) -> Option<IndexError> {
        let check = self.launch.checks.get(usize::try_from(fault.number).ok()?)?;
        let Fault { index, extent, .. } = fault;
        Some(IndexError { check: check.clone(), index, extent })
    }
}

impl Batch<'_> {
    /// # Safety
    /// As [`run`].
    unsafe fn piece(&self, number: i64) -> Option<IndexError> {
        let at = self.0.partition_point(|ready| ready.before <= number) - 1;
        let ready = &self.0[at];
        let start = (number - ready.before) * ready.piece;
        // SAFETY: the caller's.
        let fault = unsafe { ready.rows(start, ready.rows.min(start + ready.piece)) };
        ready.error(fault)
    }
}

/// Runs launches that do not touch what others of them write. The numbers are those of all, one
/// after the other.
///
/// # Safety
/// Entries and extents are those of the kernels; the buffers have what the launches need, and nobody
/// else uses them.
pub(crate) unsafe fn run(
    launches: &[Launch],
    (entries, extents): (&[Entry], &[Extent]),
    mut numbers: &[i64],
    buffers: &[*mut u8],
    pool: &Pool,
) -> Result<(), IndexError> {
    let (mut batch, mut before) = (Batch(SmallVec::new()), 0);
    for launch in launches {
        let kernel = launch.kernel as usize;
        let extent = &extents[kernel];
        let (own, others) = numbers.split_at(extent.numbers);
        numbers = others;
        let (rows, piece) = (extent.rows(own), extent.piece(own));
        if rows <= 0 {
            continue;
        }
        let mut addresses = SmallVec::new();
        launch.buffers.iter().for_each(|b| addresses.push(buffers[b.index()]));
        let entry = entries[kernel];
        batch.0.push(Ready { launch, entry, numbers: own, addresses, rows, piece, before });
        before += (rows - 1) / piece + 1;
    }
    let is_small = before as usize <= batch.0.len();
    if pool.threads() == 1 || is_small && batch.0.len() < MANY {
        // SAFETY: the caller's.
        let errors = batch.0.iter().map(|ready| ready.error(unsafe { ready.rows(0, ready.rows) }));
        return errors.flatten().next().map_or(Ok(()), Err);
    }
    let first: Mutex<Option<(i64, IndexError)>> = Mutex::new(None);
    pool.run(before, &|number| {
        // SAFETY: the caller's.
        if let Some(error) = unsafe { batch.piece(number) } {
            let mut first = first.lock().unwrap_or_else(PoisonError::into_inner);
            if first.as_ref().is_none_or(|(known, _)| number < *known) {
                *first = Some((number, error));
            }
        }
    });
    let first = first.into_inner().unwrap_or_else(PoisonError::into_inner);
    first.map_or(Ok(()), |(_, error)| Err(error))
}

/// So many small launches are worth the threads.
const MANY: usize = 16;
