//! What a call costs besides its maths: `cargo bench -p hypatia-bench --bench calls`.
//!
//! Invariants: results give their memory back; sizes are those of the call before.
//!
//! Not here: whole workloads (`workloads.rs`).

use divan::{Bencher, black_box};
use hypatia::function;
use hypatia::outputs::Reused;
use hypatia::prelude::*;

fn main() {
    divan::main();
}

#[divan::bench]
fn scalar_of_ten(bencher: Bencher<'_, '_>) {
    let x = vector::<f32>("x", 10);
    let f = function([&x], x.sum()).threads(1).compile().expect("compiles");
    let data = [0.5f32; 10];
    bencher.bench_local(|| f.call::<f32>((black_box(&data),)).expect("runs"));
}

/// Workload A.
#[divan::bench]
fn array_of_ten(bencher: Bencher<'_, '_>) {
    let x = vector::<f32>("x", 10);
    let f = function([&x], 2.5 * &x - 1.0).threads(1).compile().expect("compiles");
    let data = [0.5f32; 10];
    bencher.bench_local(|| f.call::<Reused<Array1<f32>>>((black_box(&data),)).expect("runs"));
}

/// Work of several pieces: two threads have to be worth it.
#[divan::bench(args = [1, 2], consts = [10_000, 30_000, 100_000, 1_000_000])]
fn split<const N: usize>(bencher: Bencher<'_, '_>, threads: usize) {
    let x = vector::<f32>("x", "n");
    let f = function([&x], (&x * &x + 1.0).sqrt()).threads(threads).compile().expect("compiles");
    let data = vec![0.5f32; N];
    bencher.bench_local(|| f.call::<Reused<Array1<f32>>>((black_box(&data),)).expect("runs"));
}

/// A sum of everything.
#[divan::bench(args = [1, 2], consts = [100_000, 10_000_000])]
fn sum<const N: usize>(bencher: Bencher<'_, '_>, threads: usize) {
    let x = vector::<f32>("x", "n");
    let f = function([&x], x.sum()).threads(threads).compile().expect("compiles");
    let data = vec![0.5f32; N];
    bencher.bench_local(|| f.call::<f32>((black_box(&data),)).expect("runs"));
}
