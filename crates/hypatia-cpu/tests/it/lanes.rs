//! Every emitter gives the same bits.
//!
//! Invariants: every kind of kernel is here, at lengths around those of registers and blocks.
//!
//! Not here: single ops (`src/jit/tests.rs`), graphs of the golden set (`tests/it` of the workspace).

use crate::run::Loaded;
use hypatia_cpu::{Cpu, Lanes};

/// Graphs of every kind of kernel, for the emitters: each is run with several `n`.
const KERNELS: &[(&str, &str)] = &[
    ("tanh", "input x: f32[n]\n%1 = tanh(x)\n%2 = sigmoid(%1)\n%3 = mul(%2, x)\noutput o = %3"),
    ("f64", "input x: f64[n]\n%1 = exp(x)\n%2 = log(%1)\noutput o = %2"),
    ("through f64", "input x: f32[n]\n%1 = erfc(x)\noutput o = %1"),
    ("masks", "input x: f32[n]\ninput y: f32[n]\n%1 = gt(x, y)\noutput o = %1"),
    ("bytes", "input x: u8[n]\ninput y: u8[n]\n%1 = mul(x, y)\n%2 = add(%1, y)\noutput o = %2"),
    ("long", "input x: i64[n]\ninput y: i64[n]\n%1 = mul(x, y)\n%2 = add(%1, y)\noutput o = %2"),
    ("sum", "input x: f32[7, n]\n%1 = sum(x, axes=[1])\noutput o = %1"),
    ("sum of f64", "input x: f64[7, n]\n%1 = sum(x, axes=[1])\noutput o = %1"),
    (
        "sum of exp in f64",
        "input x: f32[7, n]\n%1 = erfc(x)\n%2 = sum(%1, axes=[1])\noutput o = %2",
    ),
    ("sum of all", "input x: f32[5, n]\n%1 = sum(x, axes=[0, 1])\noutput o = %1"),
    ("product", "input x: f32[3, n]\n%1 = add(x, x)\n%2 = prod(%1, axes=[1])\noutput o = %2"),
    ("largest", "input x: f32[7, n]\n%1 = max(x, axes=[1])\noutput o = %1"),
    ("smallest", "input x: f64[7, n]\n%1 = min(x, axes=[1])\noutput o = %1"),
    ("sum of integers", "input x: i32[7, n]\n%1 = sum(x, axes=[1])\noutput o = %1"),
    ("largest integer", "input x: i64[7, n]\n%1 = max(x, axes=[1])\noutput o = %1"),
    ("columns", "input x: f32[301, n]\n%1 = sum(x, axes=[0])\noutput o = %1"),
    ("long columns", "input x: f32[5003, n]\n%1 = sum(x, axes=[0])\noutput o = %1"),
    ("columns of f64", "input x: f64[301, n]\n%1 = max(x, axes=[0])\noutput o = %1"),
    ("few columns", "input x: f32[n, 7]\n%1 = sum(x, axes=[1])\noutput o = %1"),
    (
        "softmax",
        "input x: f32[9, n]\n%1 = max(x, axes=[1])\n%2 = sub(x, %1)\n%3 = exp(%2)\n\
         %4 = sum(%3, axes=[1])\n%5 = div(%3, %4)\noutput o = %5",
    ),
    (
        "softmax along rows",
        "input x: f32[23, n]\n%1 = max(x, axes=[0])\n%2 = sub(x, %1)\n%3 = exp(%2)\n\
         %4 = sum(%3, axes=[0])\n%5 = div(%3, %4)\noutput o = %5",
    ),
    (
        "transposed",
        "input x: f32[n, 37]\n%1 = transpose(x, perm=[1, 0])\n%2 = exp(%1)\noutput o = %2",
    ),
    ("transposed f64", "input x: f64[19, n]\n%1 = transpose(x, perm=[1, 0])\noutput o = %1"),
    ("reversed", "input x: i64[n, 3]\n%1 = sum(x, axes=[1])\n%2 = mul(%1, %1)\noutput o = %2"),
    (
        "softmax of few",
        "input x: f32[n, 10]\n%1 = max(x, axes=[1])\n%2 = sub(x, %1)\n%3 = exp(%2)\n\
         %4 = sum(%3, axes=[1])\n%5 = div(%3, %4)\noutput o = %5",
    ),
    (
        "rows by index",
        "input x: f32[10, n]\ninput i: i32[5]\n%1 = take(x, i, axis=0)\n%2 = mul(%1, %1)\noutput o = %2",
    ),
    (
        "columns by index",
        "input x: f64[5, 10]\ninput i: i64[n]\n%1 = take(x, i, axis=1)\noutput o = %1",
    ),
    ("outer", "input x: f32[n, 1]\ninput y: f32[37]\n%1 = sub(x, y)\n%2 = exp(%1)\noutput o = %2"),
];

/// Whatever instructions code may use, results are the same bits.
#[test]
fn any_lanes_give_the_same_bits() {
    let lengths = [0, 1, 2, 7, 8, 15, 16, 17, 31, 33, 64, 129, 1000, 4099];
    for (name, text) in KERNELS {
        let all = Lanes::ALL
            .into_iter()
            .filter(|l| l.is_present())
            .map(|lanes| (lanes, Loaded::new(text, Cpu { threads: Some(1), lanes: Some(lanes) })));
        let all: Vec<(Lanes, Loaded)> = all.collect();
        for n in lengths {
            let portable = all[0].1.run(n);
            for (lanes, loaded) in &all[1..] {
                assert!(loaded.run(n) == portable, "{name} of {n}: {lanes:?} differ");
            }
        }
    }
}

/// Outputs that go past the cache, whole and in pieces.
#[test]
fn large_outputs_are_the_same_bits() {
    let text = "input x: f32[n]\n%1 = mul(x, x)\n%2 = add(%1, x)\noutput o = %2";
    let n = (32 << 20) / 4 + 21;
    let cpu = |lanes, threads| Cpu { threads: Some(threads), lanes: Some(lanes) };
    let portable = Loaded::new(text, cpu(Lanes::Portable, 1)).run(n).unwrap();
    for threads in [1, 2] {
        let found = Loaded::new(text, cpu(Lanes::widest(), threads)).run(n).unwrap();
        assert!(found == portable, "{threads} threads");
    }
}
