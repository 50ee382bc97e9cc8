//! Every workload, for people: `cargo bench -p hypatia-bench -- lenet`.
//!
//! Invariants: one thread, and a step at a time, as in `peers/run.sh --threads 1`.
//!
//! Not here: the comparison with other peers (`peers/`).

use divan::Bencher;
use hypatia_bench::workload::{named, workloads};

fn main() {
    divan::main();
}

fn names() -> Vec<String> {
    workloads().into_iter().map(|w| w.name).collect()
}

#[divan::bench(args = names())]
fn step(bencher: Bencher<'_, '_>, name: &str) {
    let all = workloads();
    let case = named(&all, name).and_then(|w| w.build(1)).expect("every workload compiles");
    bencher.bench_local(|| case.step().expect("every step succeeds"));
}
