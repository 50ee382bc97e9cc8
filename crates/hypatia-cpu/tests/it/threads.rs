//! Any number of threads gives the same bits, and the same first error.
//!
//! Invariants: every launch and product here is large enough to be split.
//!
//! Not here: whether the results are right (`tests/it`).

use crate::run::Loaded;
use hypatia_cpu::Cpu;
use hypatia_lower::backend::Failure;

/// A name, a graph of one output, and the length of `n`.
const GRAPHS: [(&str, &str, i64); 8] = [
    ("elementwise", "input x: f32[n]\n%1 = tanh(x)\n%2 = mul(%1, x)\noutput o = %2", 300_001),
    ("sums of rows", "input x: f32[n, 301]\n%1 = sum(x, axes=[1])\noutput o = %1", 2_003),
    ("sums of columns", "input x: f32[301, n]\n%1 = sum(x, axes=[0])\noutput o = %1", 2_003),
    (
        "softmax",
        "input x: f64[n, 37]\n%1 = max(x, axes=[1])\n%2 = sub(x, %1)\n%3 = exp(%2)\n\
         %4 = sum(%3, axes=[1])\n%5 = div(%3, %4)\noutput o = %5",
        3_001,
    ),
    ("broadcast", "input x: f32[n, 1]\ninput y: f32[509]\n%1 = sub(x, y)\noutput o = %1", 1_001),
    (
        "product",
        "input x: f32[n, 301]\ninput y: f32[301, 211]\n%1 = matmul(x, y)\noutput o = %1",
        257,
    ),
    (
        "product of a transposed operand",
        "input x: f64[n, 131]\ninput y: f64[n, 67]\n%1 = transpose(x, perm=[1, 0])\n\
         %2 = matmul(%1, y)\noutput o = %2",
        1_029,
    ),
    (
        "batch of products",
        "input x: f32[n, 33, 65]\ninput y: f32[n, 65, 31]\n%1 = matmul(x, y)\noutput o = %1",
        67,
    ),
];

/// The bytes of the output.
fn run(text: &str, n: i64, threads: usize) -> Result<Vec<[u64; 8]>, Failure> {
    Loaded::new(text, Cpu { threads: Some(threads), ..Cpu::default() }).run(n)
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    for (name, text, n) in GRAPHS {
        let one = run(text, n, 1).unwrap();
        assert!(one.iter().flatten().any(|&word| word != 0), "{name}: nothing but zeros");
        for threads in [2, 3, 5] {
            assert!(run(text, n, threads).unwrap() == one, "{name}: {threads} threads differ");
        }
    }
}

/// Two indices are out of range; the error is always the one of the earlier row.
#[test]
fn the_first_error_is_reported() {
    let text = "input x: f32[10]\ninput i: i32[n]\n%1 = take(x, i, axis=0)\noutput o = %1";
    for threads in [1, 2, 3] {
        let Failure::Index(error) = run(text, 400_000, threads).unwrap_err() else {
            panic!("no index error with {threads} threads");
        };
        assert_eq!((error.index, error.extent), (77, 10), "{threads} threads");
    }
}
