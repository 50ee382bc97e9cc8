//! Memory of results: kept ones stay, dropped ones come back, all of them are the caller's to free.

use hypatia::function;
use hypatia::ndarray::{Axis, arr0};
use hypatia::outputs::Reused;
use hypatia::prelude::*;
use std::thread;

/// Lengths at the borders of what `memory.rs` treats differently: none, small, aligned, huge.
const LENGTHS: [usize; 7] = [0, 1, 255, 256, 257, 5000, 1 << 20];

#[test]
fn what_is_kept_is_never_overwritten() {
    let x = vector::<f32>("x", "n");
    let f = function([&x], (2.0 * &x, x.gt(0))).compile().unwrap();
    type Kept = (Reused<Array1<f32>>, Reused<Array1<bool>>);
    for n in LENGTHS {
        let call = |k: f32| f.call::<Kept>((&vec![k; n],)).unwrap();
        let kept: Vec<(f32, Kept)> = (-3..3).map(|k| (k as f32, call(k as f32))).collect();
        for k in 10..13 {
            drop(call(k as f32));
        }
        for (k, (doubled, positive)) in kept {
            assert_eq!(*doubled, Array1::from_elem(n, 2.0 * k), "{n}");
            assert_eq!(positive.into_inner(), Array1::from_elem(n, k > 0.0), "{n}");
        }
    }
}

#[test]
fn memory_comes_back_and_is_aligned() {
    let x = vector::<f64>("x", "n");
    let f = function([&x], &x + 1.0).compile().unwrap();
    for n in [300, 5000, 1 << 20] {
        let data = vec![1.0; n];
        let call = || f.call::<Reused<Array1<f64>>>((&data,)).unwrap();
        let first = call();
        let address = first.as_ptr();
        assert_eq!(address.align_offset(64), 0, "{n}");
        let second = call();
        assert_ne!(second.as_ptr(), address, "{n}: the first is still there");
        drop(first);
        assert_eq!(call().as_ptr(), address, "{n}");
    }
}

#[test]
fn results_are_ordinary_arrays() {
    let x = vector::<f32>("x", "n");
    let f = function([&x], -&x).compile().unwrap();
    for n in LENGTHS {
        let mut mine: Array1<f32> = f.call((&vec![1.0f32; n],)).unwrap();
        mine.push(Axis(0), arr0(7.0).view()).unwrap();
        assert_eq!(mine.len(), n + 1);
        assert_eq!(mine.into_iter().sum::<f32>(), 7.0 - n as f32);
    }
}

#[test]
fn a_result_outlives_its_function() {
    let x = vector::<f32>("x", 300);
    let f = function([&x], x.exp()).compile().unwrap();
    let kept: Reused<Tensor> = f.call((&vec![0.0f32; 300],)).unwrap();
    drop(f);
    assert_eq!(kept.as_slice::<f32>().unwrap(), [1.0; 300]);
}

#[test]
fn calls_that_run_at_once_have_memory_of_their_own() {
    let x = vector::<f32>("x", "n");
    let f = function([&x], (&x * &x).sum() + &x).threads(1).compile().unwrap();
    thread::scope(|scope| {
        for t in 0..4usize {
            let f = &f;
            scope.spawn(move || {
                for i in 0..200 {
                    let n = 1 + (i * 7 + t) % 300;
                    let y: Reused<Array1<f32>> = f.call((&vec![1.0f32; n],)).unwrap();
                    assert_eq!(*y, Array1::from_elem(n, n as f32 + 1.0));
                }
            });
        }
    });
}
