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
use std::cell::Cell;
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

/// A launch that has something to do, cut.
#[derive(Clone, Copy)]
struct Ready {
    /// Its place among the launches.
    launch: usize,
    /// Where its numbers start.
    numbers: usize,
    rows: i64,
    /// Rows of a piece.
    piece: i64,
    /// Pieces of the launches before.
    before: i64,
}

thread_local! {
    /// Memory for cut launches, so that calls allocate none.
    static CUT: Cell<Vec<Ready>> = const { Cell::new(Vec::new()) };
}

/// Launches that do not touch what others of them write, and what they need.
struct Batch<'a> {
    launches: &'a [Launch],
    entries: &'a [Entry],
    numbers: &'a [i64],
    buffers: &'a [*mut u8],
}

// SAFETY: rows of one launch never write the same element, launches of a batch do not touch what
// others write, and the caller of `run` vouches that nobody else uses the buffers.
unsafe impl Sync for Batch<'_> {}

impl Batch<'_> {
    /// Runs some rows of a launch.
    ///
    /// # Safety
    /// As [`run`].
    unsafe fn rows(&self, ready: &Ready, start: i64, end: i64) -> Option<IndexError> {
        let launch = &self.launches[ready.launch];
        let mut addresses: SmallVec<[*mut u8; 32]> = SmallVec::new();
        launch.buffers.iter().for_each(|b| addresses.push(self.buffers[b.index()]));
        let entry = self.entries[launch.kernel as usize];
        let (numbers, mut fault) = (&self.numbers[ready.numbers..], Fault::NONE);
        // SAFETY: the entry belongs to this kernel; the caller vouches for the buffers.
        unsafe { entry(addresses.as_ptr(), numbers.as_ptr(), start, end, &mut fault) };
        let check = launch.checks.get(usize::try_from(fault.number).ok()?)?;
        let Fault { index, extent, .. } = fault;
        Some(IndexError { check: check.clone(), index, extent })
    }
}

/// Cuts launches into pieces; how many pieces there are.
fn cut(launches: &[Launch], extents: &[Extent], numbers: &[i64], out: &mut Vec<Ready>) -> i64 {
    let (mut before, mut start) = (0, 0);
    for (at, launch) in launches.iter().enumerate() {
        let extent = &extents[launch.kernel as usize];
        let own = &numbers[start..start + extent.numbers];
        let (rows, piece) = (extent.rows(own), extent.piece(own));
        if rows > 0 {
            out.push(Ready { launch: at, numbers: start, rows, piece, before });
            before += (rows - 1) / piece + 1;
        }
        start += extent.numbers;
    }
    before
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
    numbers: &[i64],
    buffers: &[*mut u8],
    pool: &Pool,
) -> Result<(), IndexError> {
    let mut ready = CUT.take();
    ready.clear();
    let pieces = cut(launches, extents, numbers, &mut ready);
    let batch = Batch { launches, entries, numbers, buffers };
    let is_small = pieces as usize <= ready.len() && ready.len() < MANY;
    let first = if pool.threads() == 1 || is_small {
        // SAFETY: the caller's.
        ready.iter().find_map(|own| unsafe { batch.rows(own, 0, own.rows) })
    } else {
        let first: Mutex<Option<(i64, IndexError)>> = Mutex::new(None);
        pool.run(pieces, &|number| {
            let own = &ready[ready.partition_point(|r| r.before <= number) - 1];
            let start = (number - own.before) * own.piece;
            // SAFETY: the caller's.
            let error = unsafe { batch.rows(own, start, own.rows.min(start + own.piece)) };
            let Some(error) = error else { return };
            let mut first = first.lock().unwrap_or_else(PoisonError::into_inner);
            if first.as_ref().is_none_or(|(known, _)| number < *known) {
                *first = Some((number, error));
            }
        });
        let first = first.into_inner().unwrap_or_else(PoisonError::into_inner);
        first.map(|(_, error)| error)
    };
    CUT.set(ready);
    first.map_or(Ok(()), Err)
}

/// So many small launches are worth the threads.
const MANY: usize = 16;
