//! How fast kernels run on one thread, by the vector instructions that code may use.
//!
//! `cargo bench -p hypatia-cpu`. Each graph is measured on every emitter that the processor has,
//! one after the other in one process: ratios are what counts.
//!
//! Invariants: inputs and outputs are touched before the first measurement.
//!
//! Not here: whole functions and other libraries (`hypatia-bench`).

#![allow(clippy::unwrap_used, clippy::panic)]

use divan::Bencher;
use divan::counter::ItemsCount;
use hypatia_cpu::{Cpu, Lanes};
use hypatia_ir::dim::DimValues;
use hypatia_ir::graph::Graph;
use hypatia_lower::backend::{Backend, Executable};
use hypatia_lower::plan::{Place, SizePlan, plan};
use std::sync::Arc;

/// A name, a graph, the length of `n`, and how many elements that makes.
const GRAPHS: &[(&str, &str, i64, i64)] = &[
    ("exp 4e3", "input x: f32[n]\n%1 = exp(x)\noutput o = %1", 4096, 4096),
    ("log 4e3", "input x: f32[n]\n%1 = log(x)\noutput o = %1", 4096, 4096),
    ("tanh 4e3", "input x: f32[n]\n%1 = tanh(x)\noutput o = %1", 4096, 4096),
    ("sin 4e3", "input x: f32[n]\n%1 = sin(x)\noutput o = %1", 4096, 4096),
    ("erf 4e3", "input x: f32[n]\n%1 = erf(x)\noutput o = %1", 4096, 4096),
    ("exp of f64 4e3", "input x: f64[n]\n%1 = exp(x)\noutput o = %1", 4096, 4096),
    ("fused 1e3", FUSED, 1_000, 1_000),
    ("fused 1e5", FUSED, 100_000, 100_000),
    ("fused 1e7", FUSED, 10_000_000, 10_000_000),
    ("chain 1e6", CHAIN, 1_000_000, 1_000_000),
    ("chain 4e6", CHAIN, 4_000_000, 4_000_000),
    ("chain 1e7", CHAIN, 10_000_000, 10_000_000),
    ("chain 1e8", CHAIN, 100_000_000, 100_000_000),
    ("sum of rows", "input x: f32[n, 1000]\n%1 = sum(x, axes=[1])\noutput o = %1", 4096, 4_096_000),
    (
        "sum of columns",
        "input x: f32[4096, n]\n%1 = sum(x, axes=[0])\noutput o = %1",
        1000,
        4_096_000,
    ),
    ("sum of all", "input x: f32[n]\n%1 = sum(x, axes=[0])\noutput o = %1", 10_000_000, 10_000_000),
    ("softmax", SOFTMAX, 4096, 4_096_000),
    ("layer norm", LAYER_NORM, 4096, 4096 * 768),
];

const FUSED: &str = "input x: f32[n]\n%1 = const(1.3: f32)\n%2 = mul(x, %1)\n\
                     %3 = const(0.2: f32)\n%4 = add(%2, %3)\n%5 = tanh(%4)\n\
                     %6 = const(-0.7: f32)\n%7 = mul(x, %6)\n%8 = sigmoid(%7)\n\
                     %9 = mul(%5, %8)\n%10 = mul(x, x)\n%11 = add(%9, %10)\noutput o = %11";

const CHAIN: &str = "input x: f32[n]\ninput y: f32[n]\n%1 = mul(x, y)\n%2 = add(%1, x)\n\
                     %3 = sub(%2, y)\noutput o = %3";

const SOFTMAX: &str = "input x: f32[n, 1000]\n%1 = max(x, axes=[1])\n%2 = sub(x, %1)\n\
                       %3 = exp(%2)\n%4 = sum(%3, axes=[1])\n%5 = div(%3, %4)\noutput o = %5";

const LAYER_NORM: &str = "input x: f32[n, 768]\n%1 = const(0.0013020834: f32)\n\
                          %2 = sum(x, axes=[1])\n%3 = mul(%2, %1)\n%4 = sub(x, %3)\n\
                          %5 = sqr(%4)\n%6 = sum(%5, axes=[1])\n%7 = mul(%6, %1)\n\
                          %8 = rsqrt(%7)\n%9 = mul(%4, %8)\noutput o = %9";

fn main() {
    divan::main();
}

fn names() -> impl Iterator<Item = String> {
    let lanes = Lanes::ALL.into_iter().filter(|l| l.is_present());
    GRAPHS.iter().flat_map(move |row| lanes.clone().map(|l| format!("{} {l:?}", row.0)))
}

/// The graph and the lanes of a name.
fn text_of(name: &str) -> (&'static str, Lanes) {
    let found = GRAPHS.iter().find_map(|row| {
        let lanes = name.strip_prefix(row.0)?.trim();
        Some((row.1, Lanes::ALL.into_iter().find(|l| format!("{l:?}") == lanes)?))
    });
    found.unwrap()
}

fn graph(text: &str) -> Graph {
    format!("hyp 1\n{text}\n").parse().unwrap_or_else(|e| panic!("{text}: {e}"))
}

/// Memory whose addresses are multiples of 64.
#[repr(align(64))]
#[derive(Clone, Copy)]
struct Line(#[allow(dead_code)] [f32; 16]);

#[divan::bench(args = names(), min_time = 0.05, max_time = 0.4)]
fn kernel(bencher: Bencher<'_, '_>, name: &str) {
    let (text, lanes) = text_of(name);
    let (_, _, n, count) =
        *GRAPHS.iter().find(|row| row.1 == text && name.starts_with(row.0)).unwrap();
    let plan = Arc::new(plan(&graph(text)).unwrap());
    let executable: Box<dyn Executable> =
        Cpu { threads: Some(1), lanes: Some(lanes) }.load(plan.clone()).unwrap();
    let size = plan.size(&DimValues::from([("n".into(), n)])).unwrap();
    let room =
        |bytes: usize, value: f32| vec![Line([value; 16]); bytes.div_ceil(SizePlan::ALIGN) + 1];
    let mut arena = room(size.arena, 0.0);
    let mut own: Vec<Vec<Line>> = size.bytes.iter().map(|&b| room(b, 0.37)).collect();
    let mut addresses: Vec<*mut u8> = Vec::new();
    for ((buffer, memory), offset) in plan.buffers.iter().zip(&mut own).zip(&size.offsets) {
        addresses.push(match buffer.place {
            Place::Arena { .. } => arena.as_mut_ptr().cast::<u8>().wrapping_add(*offset),
            Place::Input(_) | Place::Literal(_) | Place::Root(_) => memory.as_mut_ptr().cast(),
        });
    }
    bencher.counter(ItemsCount::new(count as usize)).bench_local(|| {
        // SAFETY: each address has the bytes that the size plan asks for, aligned, and is used
        // here alone.
        unsafe { executable.run(&size, &addresses) }.unwrap();
    });
}

/// Making code: what a call of [`Backend::load`] takes.
#[divan::bench(args = names(), min_time = 0.02, max_time = 0.1)]
fn load(bencher: Bencher<'_, '_>, name: &str) {
    let (text, lanes) = text_of(name);
    let plan = Arc::new(plan(&graph(text)).unwrap());
    bencher.bench_local(|| {
        Cpu { threads: Some(1), lanes: Some(lanes) }.load(plan.clone()).unwrap();
    });
}
