//! Calls that repeat allocate nothing.
//!
//! Invariants: the only test of its binary, as it counts what the whole process allocates.
//!
//! Not here: whose memory results have (`tests/it/reuse.rs`).

#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use hypatia_compile::outputs::{FromOutputs, Reused};
use hypatia_compile::{Function, function};
use hypatia_ir::expr::{matrix, scalar, vector};
use hypatia_ir::shared::shared;
use hypatia_ir::tensor::Tensor;
use ndarray::{Array1, Array2, ArrayD};
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

/// The system's memory, counted.
struct Counting;

static COUNT: AtomicUsize = AtomicUsize::new(0);

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: hands every call on to the system's.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, start: *mut u8, layout: Layout) {
        // SAFETY: the caller's.
        unsafe { System.dealloc(start, layout) }
    }
}

/// How many allocations ten calls make, once two have gone before. What a thread of the pool
/// allocates as it begins is in one round, so the least of several is what calls allocate.
fn allocations(mut call: impl FnMut()) -> usize {
    (0..2).for_each(|_| call());
    let mut round = || {
        let before = COUNT.load(Ordering::Relaxed);
        (0..10).for_each(|_| call());
        COUNT.load(Ordering::Relaxed) - before
    };
    [round(), round(), round(), round()].into_iter().min().unwrap_or(usize::MAX)
}

fn of_vectors<O: FromOutputs>(f: &Function, n: usize) -> usize {
    let x = vec![0.5f32; n];
    allocations(|| drop(f.call::<O>((&x,)).unwrap()))
}

#[test]
fn calls_that_repeat_allocate_nothing() {
    let x = vector::<f32>("x", "n");
    // Some sizes run on one thread, the last on all.
    for n in [0, 10, 300, 1 << 18] {
        let f = function([&x], x.tanh() + 1.0).compile().unwrap();
        assert_eq!(of_vectors::<Reused<Array1<f32>>>(&f, n), 0, "array of {n}");
        assert_eq!(of_vectors::<Reused<ArrayD<f32>>>(&f, n), 0, "array of any axes, {n}");
        assert_eq!(of_vectors::<Reused<Tensor>>(&f, n), 0, "tensor of {n}");
        let f = function([&x], x.sum()).compile().unwrap();
        assert_eq!(of_vectors::<f32>(&f, n), 0, "scalar of {n}");
        let f = function([&x], (x.sqr(), x.gt(0), x.sum())).compile().unwrap();
        type Three = (Reused<Array1<f32>>, Reused<Array1<bool>>, f32);
        assert_eq!(of_vectors::<Three>(&f, n), 0, "three of {n}");
    }
    let (a, k) = (matrix::<f64>("a", ("m", "n")), scalar::<f64>("k"));
    let f = function([&a, &k], &a * &k).compile().unwrap();
    let data = Array2::<f64>::ones((7, 3));
    let call = || drop(f.call::<Reused<Array2<f64>>>((&data, 2.0)).unwrap());
    assert_eq!(allocations(call), 0, "a matrix and a scalar");
    let w = shared("w", Array1::<f32>::ones(10));
    let f = function([&x], (&w * &x).sum()).update(&w, &w + &x).compile().unwrap();
    assert_eq!(of_vectors::<f32>(&f, 10), 0, "an update");
    // What the caller keeps for good is what it costs: the test counts.
    let f = function([&x], 2.0 * &x).compile().unwrap();
    assert_eq!(of_vectors::<Array1<f32>>(&f, 10), 10, "arrays that are the caller's");
}
