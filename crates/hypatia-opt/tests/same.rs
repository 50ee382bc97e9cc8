//! One graph, one result: byte for byte, in every process, thread and build profile.
//!
//! `hashes.txt` has a number for the text of each simplified graph. The same file is checked in the
//! development and the release profile (`.ci/run`), and by another process. After a change of the
//! simplifier: `HYPATIA_REGENERATE=1 cargo test -p hypatia-opt --test same`.
//!
//! Invariants: the numbers depend on the texts alone (FNV-1a of 64 bits, Fowler, Noll and Vo).
//!
//! Not here: what the results compute.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

#[allow(dead_code)]
mod models;

use hypatia_ir::graph::Graph;
use hypatia_opt::{Options, optimize};
use std::fmt::Write;
use std::process::Command;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/hashes.txt");

fn hash(text: &str) -> u64 {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    text.bytes().fold(0xcbf2_9ce4_8422_2325, step)
}

/// A line for each graph: its name, and the number of what it becomes.
fn hashes() -> String {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    paths.retain(|p| p.extension().is_some_and(|e| e == "hyp"));
    paths.sort();
    let read = |p: &std::path::PathBuf| -> (String, Graph) {
        let name = p.file_stem().unwrap().to_string_lossy().into_owned();
        (name, std::fs::read_to_string(p).unwrap().parse().unwrap())
    };
    let mut graphs: Vec<(String, Graph)> = paths.iter().map(read).collect();
    for layers in [1, 4] {
        graphs.push((format!("mlp of {layers} layers"), models::mlp(layers)));
        graphs.push((format!("transformer of {layers} layers"), models::transformer(layers)));
    }
    let mut lines = String::new();
    for (name, graph) in graphs {
        let text = optimize(&graph, &Options::default()).unwrap().graph.to_string();
        writeln!(lines, "{:016x} {name}", hash(&text)).unwrap();
    }
    lines
}

#[test]
fn every_profile_gives_the_same_bytes() {
    let found = hashes();
    if std::env::var_os("HYPATIA_REGENERATE").is_some() {
        std::fs::write(FILE, &found).unwrap();
    }
    let expected = std::fs::read_to_string(FILE).unwrap().replace('\r', "");
    let help = "after a change: HYPATIA_REGENERATE=1 cargo test -p hypatia-opt --test same";
    assert_eq!(found, expected, "{help}");
}

#[test]
fn every_thread_gives_the_same_bytes() {
    let here = hashes();
    let there = std::thread::scope(|scope| {
        let threads = [scope.spawn(hashes), scope.spawn(hashes)];
        threads.map(|thread| thread.join().unwrap())
    });
    assert!(there.iter().all(|other| *other == here));
}

#[test]
fn every_process_gives_the_same_bytes() {
    let program = std::env::current_exe().unwrap();
    let run = || {
        let args = ["--exact", "every_profile_gives_the_same_bytes"];
        Command::new(&program).args(args).env_remove("HYPATIA_REGENERATE").output().unwrap()
    };
    for output in [run(), run()] {
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success() && text.contains("1 passed"), "{text}");
    }
}
