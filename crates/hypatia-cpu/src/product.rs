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
use std::cell::Cell;
use std::ops::Range;

/// So many multiplications, or more, are a piece of their own.
const PIECE: i64 = 1 << 18;

/// Of so many multiplications, or more, preparing the operands for more pieces is of no account.
const LARGE: i64 = 1 << 23;

/// Pieces have so many rows or columns at least.
const TOGETHER: i64 = 64;

/// Pieces have a multiple of so many rows or columns.
const BLOCK: i64 = 16;

/// Results of at most so many columns leave lanes of vectors idle.
const NARROW: i64 = 24;

/// How products are computed. Narrow ones whose left operand has its columns in one piece, as those of
/// weights' gradients, are twice as fast if the columns of the result are, too, and turned after
/// that; of the others `faer` computes the narrow ones 7 to 49 % faster.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Gemm,
    Faer,
    Turned,
}

thread_local! {
    /// Memory for results that are turned, so that calls allocate none.
    static COLUMNS: Cell<Vec<f64>> = const { Cell::new(Vec::new()) };
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
    let matrices = Matrices { m, k, n, left_at, right_at, out_at, batch };
    let cut = matrices.cut(pool.threads());
    let addresses = Addresses([left, right, out]);
    let piece = |number: i64| {
        let (item, at) = (number / cut.pieces, number % cut.pieces * cut.length);
        let part = at..(at + cut.length).min(if cut.by_rows { m } else { n });
        let parts = if cut.by_rows { (part, 0..n) } else { (0..m, part) };
        // SAFETY: the caller's.
        unsafe {
            match product.dtype {
                DType::F32 => matrices.multiply::<f32>(addresses.all(), item, parts),
                _ => matrices.multiply::<f64>(addresses.all(), item, parts),
            }
        }
    };
    let pieces = cut.pieces * count;
    match m * k * n * count >= 2 * PIECE {
        true => pool.run(pieces, &piece),
        false => (0..pieces).for_each(piece),
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

/// How a product is cut.
struct Cut {
    /// Into rows, else into columns of the result.
    by_rows: bool,
    /// Rows or columns of a piece.
    length: i64,
    pieces: i64,
}

impl Matrices<'_> {
    fn way(&self) -> Way {
        match self.n <= NARROW {
            true if self.left_at[1] == 1 && self.left_at[2] != 1 => Way::Turned,
            true => Way::Faer,
            false => Way::Gemm,
        }
    }

    /// How each product is cut for so many threads. A piece has the bits that the whole has: the
    /// blocks over which libraries sum depend on `k` alone.
    fn cut(&self, threads: usize) -> Cut {
        let by_rows = self.way() != Way::Gemm || self.m >= self.n;
        let (length, other) = if by_rows { (self.m, self.n) } else { (self.n, self.m) };
        let least = (PIECE / (self.k * other).max(1)).max(TOGETHER);
        // As many pieces as threads, so that what they share is prepared no more often; twice as many
        // of large products, so that a thread that is held up holds up less; none so
        // short that it would be computed in another way: `gemm` has other blocks where neither
        // rows nor columns are more than 64, and all libraries where there are a few.
        let is_low = self.way() != Way::Faer && other <= TOGETHER;
        let shortest = if is_low { TOGETHER + 1 } else { TOGETHER / 2 };
        let shared = if self.m * self.k * self.n >= LARGE { 2 * threads } else { threads };
        let most = if threads == 1 { 1 } else { shared as i64 };
        let mut pieces = (length / least).min(most).max(1);
        loop {
            let each = ((length - 1) / pieces / BLOCK + 1) * BLOCK;
            if pieces == 1 || length - (pieces - 1) * each >= shortest {
                return Cut { by_rows, length: if pieces == 1 { length } else { each }, pieces };
            }
            pieces -= 1;
        }
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

    /// Some rows and columns of one product.
    ///
    /// # Safety
    /// As [`run`], with elements of type `T`.
    unsafe fn multiply<T: Real>(
        &self,
        addresses: [*mut u8; 3],
        item: i64,
        (rows, columns): (Range<i64>, Range<i64>),
    ) {
        let [left_start, right_start, out_start] = self.starts(item);
        let all = [self.left_at, self.right_at, self.out_at];
        let strides = all.map(|at| [at[1] as isize, at[2] as isize]);
        let [row, column] = [rows.start as isize, columns.start as isize];
        let sizes = [rows.end - rows.start, self.k, columns.end - columns.start];
        let sizes = sizes.map(|l| l as usize);
        let [left, right, out] = addresses.map(|a| a.cast::<T>());
        // SAFETY: the starts and strides stay inside the matrices; nobody else writes this part.
        unsafe {
            let left = left.offset(left_start + row * strides[0][0]);
            let right = right.offset(right_start + column * strides[1][1]);
            let out = out.offset(out_start + row * strides[2][0] + column * strides[2][1]);
            match self.way() {
                Way::Gemm => by_gemm([left, right, out], sizes, strides),
                Way::Faer => by_faer([left, right, out], sizes, strides),
                Way::Turned => turned([left, right, out], sizes, strides),
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

/// `out = left · right` on this thread, by columns first. Strides are those of rows and of columns.
///
/// # Safety
/// The matrices have these sizes; nobody else uses `out`.
unsafe fn turned<T: Real>(
    [left, right, out]: [*mut T; 3],
    [m, k, n]: [usize; 3],
    [left_by, right_by, out_by]: [[isize; 2]; 3],
) {
    let mut memory = COLUMNS.take();
    if memory.len() < m * n {
        memory.resize(m * n, 0.0);
    }
    // Elements are no larger than those of the memory, and aligned as they are.
    let columns: *mut T = memory.as_mut_ptr().cast();
    // SAFETY: the caller's; the memory has room for all columns.
    unsafe { by_gemm([left, right, columns], [m, k, n], [left_by, right_by, [1, m as isize]]) };
    for row in 0..m {
        for column in 0..n {
            let at = row as isize * out_by[0] + column as isize * out_by[1];
            // SAFETY: as above; all columns have been written.
            unsafe { out.offset(at).write(columns.add(column * m + row).read()) };
        }
    }
    COLUMNS.set(memory);
}

/// `out = left · right` on this thread. Strides are those of rows and of columns.
///
/// # Safety
/// The matrices have these sizes; nobody else uses `out`.
unsafe fn by_gemm<T: Real>(
    [left, right, out]: [*mut T; 3],
    [m, k, n]: [usize; 3],
    [left_by, right_by, out_by]: [[isize; 2]; 3],
) {
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
            Parallelism::None,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hypatia_ir::dim::Dim;
    use hypatia_ir::graph::NodeId;
    use hypatia_lower::plan::{BufferId, Matrices as Place};

    /// A product of these sizes, and its numbers; which operands are stored turned.
    fn product(
        dtype: DType,
        sizes: [i64; 3],
        batch: i64,
        turned: [bool; 2],
    ) -> (Product, Vec<i64>) {
        let [m, k, n] = sizes;
        let place = || Place {
            buffer: BufferId(0),
            offset: Dim::Known(0),
            batch: vec![Dim::Known(0)],
            row: Dim::Known(0),
            column: Dim::Known(0),
        };
        let strides = |rows: i64, columns: i64, turned: bool| match turned {
            true => [0, 1, rows, rows * columns],
            false => [0, columns, 1, rows * columns],
        };
        let numbers = [
            sizes.to_vec(),
            strides(m, k, turned[0]).to_vec(),
            strides(k, n, turned[1]).to_vec(),
            strides(m, n, false).to_vec(),
            vec![batch],
        ];
        let [m, k, n] = [m, k, n].map(Dim::Known);
        let (left, right, out) = (place(), place(), place());
        let batch = vec![Dim::Known(batch)];
        (Product { dtype, batch, m, k, n, left, right, out, computes: NodeId(0) }, numbers.concat())
    }

    fn bytes(dtype: DType, count: i64) -> Vec<u8> {
        let value = |i: i64| ((i * 7919 + 13) % 1009) as f64 / 504.5 - 1.0;
        match dtype {
            DType::F32 => (0..count).flat_map(|i| (value(i) as f32).to_ne_bytes()).collect(),
            _ => (0..count).flat_map(|i| value(i).to_ne_bytes()).collect(),
        }
    }

    /// Cut into as many pieces as there are threads, every product has the bits of the whole one.
    #[test]
    fn pieces_have_the_bits_of_the_whole() {
        let pools = [1, 2, 3, 8].map(|threads| Pool::new(Some(threads)).unwrap());
        let lengths = [1, 7, 16, 33, 64, 65, 127, 129, 200, 257];
        let mut number = 0usize;
        let mut next = || {
            number = (number * 31 + 17) % 1_000_003;
            lengths[number / 7 % lengths.len()]
        };
        for round in 0..200 {
            let depth = [next(), next() * 5, 600][round % 3];
            let (sizes, dtype) = (
                [next() * 2, depth, next() * 2 / [1, 1, 9][round % 3]],
                [DType::F32, DType::F64][round % 2],
            );
            let turned = [round % 4 > 1, round % 8 > 3];
            let batch = 1 + (round % 3) as i64;
            let (product, numbers) = product(dtype, sizes, batch, turned);
            let [m, k, n] = sizes;
            let (mut left, mut right) = (bytes(dtype, batch * m * k), bytes(dtype, batch * k * n));
            let results = pools.each_ref().map(|pool| {
                let mut out = bytes(dtype, batch * m * n);
                let all = [left.as_mut_ptr(), right.as_mut_ptr(), out.as_mut_ptr()];
                // SAFETY: the matrices have these sizes.
                unsafe { run(&product, &numbers, all, pool) };
                out
            });
            assert!(results.iter().all(|r| *r == results[0]), "{sizes:?} {dtype:?} {turned:?}");
        }
    }
}
