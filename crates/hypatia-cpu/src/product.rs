//! Matrix products, by the `gemm` crate.
//!
//! Invariants: every element is summed over `k` in an order that depends on the sizes alone, so
//! any number of threads gives the same bits (tested).
//!
//! Not here: integer products, which are kernels.

use crate::pool::Pool;
use gemm::Parallelism;
use hypatia_ir::dtype::DType;
use hypatia_lower::plan::Product;

/// Below so many multiplications a product runs on the caller's thread.
const PARALLEL_FROM: i64 = 1 << 19;

/// Whether each product of a batch is large enough for several threads. The numbers are those of
/// the size plan.
pub(crate) fn is_large(numbers: &[i64]) -> bool {
    numbers[..3].iter().product::<i64>() >= PARALLEL_FROM
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
    if m == 0 || n == 0 || batch.contains(&0) {
        return;
    }
    let threads = if is_large(numbers) { pool.threads() } else { 1 };
    let parallelism = match threads {
        1 => Parallelism::None,
        threads => Parallelism::Rayon(threads),
    };
    let addresses = Addresses([left, right, out]);
    let matrix = Matrix { m, k, n, left_at, right_at, out_at, parallelism };
    let mut point = vec![0i64; rank];
    pool.install(threads, || {
        for _ in 0..batch.iter().product::<i64>() {
            let at = |strides: &[i64]| {
                strides[3..].iter().zip(&point).fold(strides[0], |at, (s, p)| at + s * p)
            };
            let starts = [at(left_at), at(right_at), at(out_at)];
            // SAFETY: the caller's.
            unsafe {
                match product.dtype {
                    DType::F32 => matrix.multiply::<f32>(addresses.all(), starts, 0.0, 1.0),
                    _ => matrix.multiply::<f64>(addresses.all(), starts, 0.0, 1.0),
                }
            }
            for axis in (0..rank).rev() {
                point[axis] += 1;
                if point[axis] < batch[axis] {
                    break;
                }
                point[axis] = 0;
            }
        }
    });
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

/// One product of the batch.
struct Matrix<'a> {
    m: i64,
    k: i64,
    n: i64,
    /// Offset, distance of rows, distance of columns, then of the batch axes.
    left_at: &'a [i64],
    right_at: &'a [i64],
    out_at: &'a [i64],
    parallelism: Parallelism,
}

impl Matrix<'_> {
    /// # Safety
    /// As [`run`], with elements of type `T`.
    unsafe fn multiply<T: 'static>(
        &self,
        [left, right, out]: [*mut u8; 3],
        [left_start, right_start, out_start]: [i64; 3],
        zero: T,
        one: T,
    ) {
        // SAFETY: the starts and strides stay inside the matrices.
        unsafe {
            gemm::gemm(
                self.m as usize,
                self.n as usize,
                self.k as usize,
                out.cast::<T>().offset(out_start as isize),
                self.out_at[2] as isize,
                self.out_at[1] as isize,
                false,
                left.cast::<T>().offset(left_start as isize),
                self.left_at[2] as isize,
                self.left_at[1] as isize,
                right.cast::<T>().offset(right_start as isize),
                self.right_at[2] as isize,
                self.right_at[1] as isize,
                zero,
                one,
                false,
                false,
                false,
                self.parallelism,
            );
        }
    }
}
