//! Which library multiplies matrices fastest, by shape and layout, on one thread.
//!
//! `cargo bench -p hypatia-cpu --bench products`. The libraries take turns in one process: ratios
//! are what counts. `product.rs` uses the one that wins.
//!
//! Invariants: matrices are touched before the first measurement; the result is row-major.
//!
//! Not here: whole functions and other programs (`hypatia-bench`).

use divan::Bencher;
use divan::counter::ItemsCount;
use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};
use gemm::Parallelism;

/// `m, k, n`, and which operands are stored transposed.
type Shape = (usize, usize, usize, &'static str);

/// Those of layers forward (`nn`), of their weights' gradients (`tn`) and their inputs' (`nt`).
const SHAPES: &[Shape] = &[
    (64, 64, 64, "nn"),
    (64, 32, 64, "nt"),
    (64, 64, 32, "nn"),
    (64, 64, 32, "tn"),
    (128, 10, 512, "nt"),
    (128, 512, 10, "nn"),
    (512, 128, 10, "tn"),
    (128, 64, 128, "nn"),
    (256, 256, 256, "nn"),
    (128, 784, 512, "nn"),
    (784, 128, 512, "tn"),
    (128, 512, 256, "nn"),
    (512, 128, 256, "tn"),
    (128, 256, 512, "nt"),
    (1024, 128, 512, "nn"),
    (128, 1024, 512, "tn"),
    (1024, 512, 128, "nt"),
    (16, 150, 6400, "nn"),
    (16, 6400, 150, "nt"),
    (6, 25, 50176, "nn"),
    (128, 784, 10, "nn"),
    (784, 128, 10, "tn"),
    (128, 10, 256, "nt"),
    (64, 120, 84, "nn"),
    (400, 64, 120, "tn"),
    (64, 128, 384, "nn"),
    (16352, 20, 12, "nn"),
    (16352, 12, 20, "nn"),
    (10220, 32, 12, "nn"),
    (10220, 12, 32, "nn"),
    (1024, 1024, 1024, "nn"),
];

fn main() {
    divan::main();
}

/// One product of `f32` matrices.
struct Case {
    sizes: [usize; 3],
    /// Distances of rows and of columns.
    left_at: [isize; 2],
    right_at: [isize; 2],
    left: Vec<f32>,
    right: Vec<f32>,
    out: Vec<f32>,
}

impl Case {
    fn new(&(m, k, n, layout): &Shape) -> Case {
        let at = |rows: usize, columns: usize, stored: Option<char>| match stored {
            Some('t') => [1, rows as isize],
            _ => [columns as isize, 1],
        };
        let wave = |len: usize| (0..len).map(|i| (i as f32 * 0.37).sin()).collect();
        Case {
            sizes: [m, k, n],
            left_at: at(m, k, layout.chars().next()),
            right_at: at(k, n, layout.chars().nth(1)),
            left: wave(m * k),
            right: wave(k * n),
            out: wave(m * n),
        }
    }
}

fn measured(bencher: Bencher<'_, '_>, shape: &Shape, run: fn(&mut Case)) {
    let mut case = Case::new(shape);
    let (m, k, n, _) = shape;
    bencher.counter(ItemsCount::new(2 * m * k * n)).bench_local(|| run(&mut case));
}

#[divan::bench(args = SHAPES)]
fn by_gemm(bencher: Bencher<'_, '_>, shape: &Shape) {
    measured(bencher, shape, |case| {
        let [m, k, n] = case.sizes;
        // SAFETY: the matrices have so many elements.
        unsafe {
            gemm::gemm(
                m,
                n,
                k,
                case.out.as_mut_ptr(),
                1,
                n as isize,
                false,
                case.left.as_ptr(),
                case.left_at[1],
                case.left_at[0],
                case.right.as_ptr(),
                case.right_at[1],
                case.right_at[0],
                0.0,
                1.0,
                false,
                false,
                false,
                Parallelism::None,
            );
        }
    });
}

#[divan::bench(args = SHAPES)]
fn by_faer(bencher: Bencher<'_, '_>, shape: &Shape) {
    measured(bencher, shape, |case| {
        let [m, k, n] = case.sizes;
        let ([lr, lc], [rr, rc]) = (case.left_at, case.right_at);
        // SAFETY: the matrices have so many elements.
        let (left, right, out) = unsafe {
            (
                MatRef::from_raw_parts(case.left.as_ptr(), m, k, lr, lc),
                MatRef::from_raw_parts(case.right.as_ptr(), k, n, rr, rc),
                MatMut::from_raw_parts_mut(case.out.as_mut_ptr(), m, n, n as isize, 1),
            )
        };
        matmul(out, Accum::Replace, left, right, 1.0f32, Par::Seq);
    });
}
