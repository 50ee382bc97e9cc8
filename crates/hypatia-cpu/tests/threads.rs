//! Any number of threads gives the same bits, and the same first error.
//!
//! Invariants: every launch and product here is large enough to be split.
//!
//! Not here: whether the results are right (`tests/it`).

#![allow(clippy::unwrap_used, clippy::panic)]

use hypatia_cpu::{Cpu, Lanes};
use hypatia_ir::dim::DimValues;
use hypatia_ir::dtype::DType;
use hypatia_ir::graph::Graph;
use hypatia_ir::scalar::Scalar;
use hypatia_lower::backend::{Backend, Executable, Failure};
use hypatia_lower::plan::{Place, Plan, SizePlan, plan};
use std::sync::Arc;

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

/// A buffer's bytes, aligned.
type Memory = Vec<[u64; 8]>;

/// Values that look random, the same each time; indices below 10, but for one in the middle and
/// one near the end.
fn fill(memory: &mut Memory, dtype: DType, count: usize) {
    let mut state = 7u64;
    let bytes: &mut [u8] = {
        let length = memory.len() * 64;
        // SAFETY: the bytes of words, which have no invalid values.
        unsafe { std::slice::from_raw_parts_mut(memory.as_mut_ptr().cast(), length) }
    };
    for (at, element) in bytes.chunks_mut(dtype.size()).take(count).enumerate() {
        // Knuth's MMIX generator.
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let random = (state >> 40) as f64;
        let value = match dtype.is_float() {
            true => random / f64::from(1 << 23) - 1.0,
            false if at == count / 2 => 77.0,
            false if at + 3 == count => 99.0,
            false => random % 10.0,
        };
        let bits = Scalar::from_f64(dtype, value).bits().to_le_bytes();
        element.copy_from_slice(&bits[..dtype.size()]);
    }
}

/// A graph with its code.
struct Loaded {
    plan: Arc<Plan>,
    executable: Box<dyn Executable>,
}

impl Loaded {
    fn new(text: &str, cpu: Cpu) -> Loaded {
        let graph: Graph =
            format!("hyp 1\n{text}\n").parse().unwrap_or_else(|e| panic!("{text}: {e}"));
        let plan = Arc::new(plan(&graph).unwrap());
        Loaded { executable: cpu.load(plan.clone()).unwrap(), plan }
    }

    /// The bytes of the output.
    fn run(&self, n: i64) -> Result<Vec<[u64; 8]>, Failure> {
        let plan = &self.plan;
        let size = plan.size(&DimValues::from([("n".into(), n)])).unwrap();
        let room = |bytes: usize| vec![[0u64; 8]; bytes.div_ceil(SizePlan::ALIGN) + 1];
        let mut arena = room(size.arena);
        let mut own: Vec<Memory> = size.bytes.iter().map(|&b| room(b)).collect();
        let mut addresses: Vec<*mut u8> = Vec::new();
        for ((buffer, memory), (bytes, offset)) in
            plan.buffers.iter().zip(&mut own).zip(size.bytes.iter().zip(&size.offsets))
        {
            if let Place::Input(_) = buffer.place {
                fill(memory, buffer.ty.dtype, bytes / buffer.ty.dtype.size());
            }
            addresses.push(match buffer.place {
                Place::Arena { .. } => arena.as_mut_ptr().cast::<u8>().wrapping_add(*offset),
                Place::Input(_) | Place::Literal(_) | Place::Root(_) => memory.as_mut_ptr().cast(),
            });
        }
        // SAFETY: each address has the bytes that the size plan asks for, aligned to 8, and is used
        // here alone.
        unsafe { self.executable.run(&size, &addresses) }?;
        Ok(own.swap_remove(plan.roots[0].index()))
    }
}

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
