//! Matrix products, by the library that measures best for their shape (`benches/products.rs`).
//!
//! Invariants: every element is summed over `k` in an order that depends on the sizes alone, so
//! any number of threads gives the same bits (tested).
//!
//! Not here: integer products, which are kernels.

use crate::pool::Pool;
use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};
use gemm::Parallelism;
use hypatia_ir::dtype::DType;
use hypatia_lower::plan::Product;
use std::ops::Range;

/// Below so many multiplications products run on the caller's thread.
const PARALLEL_FROM: i64 = 1 << 19;

/// So many multiplications, or more, are a piece of their own.
const PIECE: i64 = 1 << 19;

/// So many multiplications, or more, keep all threads busy by themselves.
const ALONE: i64 = 1 << 23;

/// Pieces have a multiple of so many rows: the most that a library computes at once.
const ROWS: i64 = 64;

/// Up to so many columns of the result `faer` is faster, by 7 to 49 %.
const NARROW: i64 = 24;

/// Whether the product is large enough for several threads. The numbers are those of the size plan.
fn is_large(product: &Product, numbers: &[i64]) -> bool {
    let batch = &numbers[numbers.len() - product.batch.len()..];
    numbers[..3].iter().chain(batch).product::<i64>() >= PARALLEL_FROM
}

/// Whether a library splits the product over its threads. The numbers are those of the size plan.
pub(crate) fn is_split_by_library(product: &Product, numbers: &[i64]) -> bool {
    let batch = &numbers[numbers.len() - product.batch.len()..];
    let [m, k, n] = [numbers[0], numbers[1], numbers[2]];
    is_large(product, numbers) && is_alone([m, k, n], batch.iter().product())
}

/// Whether each product of a batch has all threads, one after the other; small ones run side by
/// side.
fn is_alone([m, k, n]: [i64; 3], count: i64) -> bool {
    n > NARROW && (count == 1 || m * k * n >= ALONE)
}

/// Runs a product. The numbers are those of the size plan.
///
/// # Safety
/// The addresses are of matrices as the product and the numbers say; `out` overlaps neither
/// operand.
pub(crate) unsafe fn run(
    product: &Product,
    numbers: &[i64],
    [left, right, out]: [*mut u8; 3],
    pool: &Pool,
) {
    let rank = product.batch.len();
    let (sizes, rest) = numbers.split_at(3);
    let (left_at, rest) = rest.split_at(3 + rank);
    let (right_at, rest) = rest.split_at(3 + rank);
    let (out_at, batch) = rest.split_at(3 + rank);
    let [m, k, n] = [sizes[0], sizes[1], sizes[2]];
    let count: i64 = batch.iter().product();
    if m == 0 || n == 0 || count == 0 {
        return;
    }
    let threads = if is_large(product, numbers) { pool.threads() } else { 1 };
    let matrices = Matrices { m, k, n, left_at, right_at, out_at, batch };
    let (pieces, rows) = matrices.pieces();
    let alone = is_alone([m, k, n], count);
    let within = if alone { threads } else { 1 };
    let addresses = Addresses([left, right, out]);
    let piece = |number: i64| {
        let (item, first) = (number / pieces, number % pieces * rows);
        let part = first..m.min(first + rows);
        // SAFETY: the caller's.
        unsafe {
            match product.dtype {
                DType::F32 => matrices.multiply::<f32>(addresses.all(), item, part, within),
                _ => matrices.multiply::<f64>(addresses.all(), item, part, within),
            }
        }
    };
    match threads > 1 && !alone {
        true => pool.each(pieces * count, piece),
        // Its threads are those of the library that all steps run on.
        false => (0..pieces * count).for_each(piece),
    }
}

/// Addresses that go to another thread with the work.
struct Addresses([*mut u8; 3]);

// SAFETY: the caller of `run` waits for the work, and nobody else uses the buffers meanwhile.
unsafe impl Sync for Addresses {}

impl Addresses {
    fn all(&self) -> [*mut u8; 3] {
        self.0
    }
}

/// The elements that both libraries multiply.
trait Real: faer::traits::RealField + Copy + 'static {
    const ZERO: Self;
    const ONE: Self;
}

impl Real for f32 {
    const ZERO: f32 = 0.0;
    const ONE: f32 = 1.0;
}

impl Real for f64 {
    const ZERO: f64 = 0.0;
    const ONE: f64 = 1.0;
}

/// Products of one size.
struct Matrices<'a> {
    m: i64,
    k: i64,
    n: i64,
    /// Offset, distance of rows, distance of columns, then of the batch axes.
    left_at: &'a [i64],
    right_at: &'a [i64],
    out_at: &'a [i64],
    batch: &'a [i64],
}

impl Matrices<'_> {
    fn by_faer(&self) -> bool {
        self.n <= NARROW
    }

    /// Into how many pieces each product is cut, and the rows of each: one where `gemm` splits it
    /// itself.
    fn pieces(&self) -> (i64, i64) {
        if !self.by_faer() {
            return (1, self.m);
        }
        let row_cost = (self.k * self.n).max(1);
        let rows = (PIECE / row_cost).max(1).saturating_add(ROWS - 1) / ROWS * ROWS;
        ((self.m - 1) / rows + 1, rows)
    }

    /// Where the matrices of a point of the batch start.
    fn starts(&self, item: i64) -> [isize; 3] {
        let (mut rest, mut starts) =
            (item, [self.left_at, self.right_at, self.out_at].map(|a| a[0]));
        for (axis, &length) in self.batch.iter().enumerate().rev() {
            let at = rest % length;
            rest /= length;
            let all = [self.left_at, self.right_at, self.out_at];
            starts.iter_mut().zip(all).for_each(|(start, own)| *start += at * own[3 + axis]);
        }
        starts.map(|s| s as isize)
    }

    /// Some rows of one product.
    ///
    /// # Safety
    /// As [`run`], with elements of type `T`.
    unsafe fn multiply<T: Real>(
        &self,
        addresses: [*mut u8; 3],
        item: i64,
        rows: Range<i64>,
        threads: usize,
    ) {
        let [left_start, right_start, out_start] = self.starts(item);
        let all = [self.left_at, self.right_at, self.out_at];
        let strides = all.map(|at| [at[1] as isize, at[2] as isize]);
        let first = rows.start as isize;
        let sizes = [rows.end - rows.start, self.k, self.n].map(|l| l as usize);
        let [left, right, out] = addresses.map(|a| a.cast::<T>());
        // SAFETY: the starts and strides stay inside the matrices; nobody else writes these rows.
        unsafe {
            let left = left.offset(left_start + first * strides[0][0]);
            let out = out.offset(out_start + first * strides[2][0]);
            let parts = [left, right.offset(right_start), out];
            match self.by_faer() {
                true => by_faer(parts, sizes, strides),
                false => by_gemm(parts, sizes, strides, threads),
            }
        }
    }
}

/// `out = left · right` on this thread. Strides are those of rows and of columns.
///
/// # Safety
/// The matrices have these sizes; nobody else uses `out`.
unsafe fn by_faer<T: Real>(
    [left, right, out]: [*mut T; 3],
    [m, k, n]: [usize; 3],
    [left_by, right_by, out_by]: [[isize; 2]; 3],
) {
    // SAFETY: the caller's.
    let (left, right, out) = unsafe {
        (
            MatRef::from_raw_parts(left.cast_const(), m, k, left_by[0], left_by[1]),
            MatRef::from_raw_parts(right.cast_const(), k, n, right_by[0], right_by[1]),
            MatMut::from_raw_parts_mut(out, m, n, out_by[0], out_by[1]),
        )
    };
    matmul(out, Accum::Replace, left, right, T::ONE, Par::Seq);
}

/// `out = left · right` on threads of the pool that this runs in. Strides are those of rows and of
/// columns.
///
/// # Safety
/// The matrices have these sizes; nobody else uses `out`.
unsafe fn by_gemm<T: Real>(
    [left, right, out]: [*mut T; 3],
    [m, k, n]: [usize; 3],
    [left_by, right_by, out_by]: [[isize; 2]; 3],
    threads: usize,
) {
    let parallelism = match threads {
        1 => Parallelism::None,
        threads => Parallelism::Rayon(threads),
    };
    // SAFETY: the caller's.
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            out,
            out_by[1],
            out_by[0],
            false,
            left,
            left_by[1],
            left_by[0],
            right,
            right_by[1],
            right_by[0],
            T::ZERO,
            T::ONE,
            false,
            false,
            false,
            parallelism,
        );
    }
}
