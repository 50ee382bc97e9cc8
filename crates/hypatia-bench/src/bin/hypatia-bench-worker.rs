//! One more peer for `peers/run.sh`: `--extra 'hypatia=PATH-OF-THIS'`.
//!
//! `hypatia-bench-worker` reads commands; `hypatia-bench-worker oneshot NAME STEPS` runs one
//! workload. `BENCH_THREADS` says on how many threads, by default 1.
//!
//! Invariants: a failure is a line like any other.
//!
//! Not here: the commands (`protocol.rs`).

use hypatia_bench::error::Error;
use hypatia_bench::protocol::{Worker, once, say};
use hypatia_bench::workload::workloads;
use serde_json::json;
use std::env;
use std::io::{stdin, stdout};
use std::process::ExitCode;

fn main() -> ExitCode {
    match work() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let failure = json!({ "ok": false, "err": error.to_string() });
            // Nobody listens any more if this fails too.
            let _ = say(&mut stdout(), &failure);
            ExitCode::FAILURE
        }
    }
}

fn work() -> Result<(), Error> {
    let args: Vec<String> = env::args().skip(1).collect();
    let threads = threads()?;
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => Worker::new(workloads(), threads).serve(stdin().lock(), stdout().lock()),
        ["oneshot", name] => once(&workloads(), threads, name, "0", stdout().lock()),
        ["oneshot", name, steps] => once(&workloads(), threads, name, steps, stdout().lock()),
        _ => Err(Error::Command { line: args.join(" ") }),
    }
}

fn threads() -> Result<usize, Error> {
    let Ok(found) = env::var("BENCH_THREADS") else { return Ok(1) };
    let number = found.parse().ok().filter(|&n| n > 0);
    let (what, expected) = ("BENCH_THREADS", "a number of threads, at least 1");
    number.ok_or(Error::Number { what, found, expected })
}
