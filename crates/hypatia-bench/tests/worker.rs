//! The worker answers every command with one line, whatever it is.
//!
//! Invariants: in this process, without pipes.
//!
//! Not here: the workloads' results (`checks.rs`).

#![allow(clippy::unwrap_used)]

use hypatia_bench::protocol::{Worker, once};
use hypatia_bench::workload::workloads;
use serde_json::Value;

/// The lines that answer these commands, the greeting first.
fn answers(commands: &str) -> Vec<Value> {
    let mut out = Vec::new();
    Worker::new(workloads(), 1).serve(commands.as_bytes(), &mut out).unwrap();
    lines(out)
}

fn lines(out: Vec<u8>) -> Vec<Value> {
    let text = String::from_utf8(out).unwrap();
    let line = |l: &str| serde_json::from_str(l.strip_prefix("@@ ").unwrap()).unwrap();
    text.lines().map(line).collect()
}

#[test]
fn a_workload_is_set_up_and_measured() {
    let all = answers("setup A.tiny\nrun A.tiny 0.001\ndrop A.tiny\nquit\nsetup B.chain.1e3\n");
    assert_eq!(all.len(), 4, "nothing after `quit`");
    assert!(all.iter().all(|line| line["ok"] == true), "{all:?}");
    assert!(all[0]["cases"].as_array().unwrap().contains(&"I.gpt".into()));
    assert_eq!(all[1]["check"].as_array().unwrap().len(), 2);
    assert!(all[2]["t"].as_f64().unwrap() > 0.0 && all[2]["n"].as_u64().unwrap() > 0);
}

#[test]
fn bad_commands_are_answered() {
    let bad = [
        ("setup", "no command"),
        ("setup Z.none", "no workload is named `Z.none`"),
        ("run A.tiny 1", "not set up"),
        ("run A.tiny much", "expected seconds"),
        ("run A.tiny -1", "expected seconds"),
        ("run A.tiny inf", "expected seconds"),
        ("\u{1f4a5} \0", "no command"),
    ];
    let commands: Vec<&str> = bad.iter().map(|(line, _)| *line).collect();
    let all = answers(&commands.join("\n\n"));
    assert_eq!(all.len(), 1 + bad.len());
    for ((line, part), answer) in bad.iter().zip(&all[1..]) {
        assert_eq!(answer["ok"], false, "{line}");
        assert!(answer["err"].as_str().unwrap().contains(part), "{line}: {answer}");
    }
}

#[test]
fn one_workload_runs_by_itself() {
    let run = |name, steps| {
        let mut out = Vec::new();
        once(&workloads(), 1, name, steps, &mut out).map(|()| lines(out))
    };
    for (name, steps, count) in [("noop", "0", 1), ("A.tiny", "0", 1), ("A.tiny", "3", 2)] {
        let all = run(name, steps).unwrap();
        assert_eq!(all.len(), count, "{name} {steps}");
        assert!(all[0]["first_s"].as_f64().unwrap() >= 0.0);
    }
    assert!(run("A.tiny", "-1").is_err());
    assert!(run("Z.none", "0").is_err());
}
