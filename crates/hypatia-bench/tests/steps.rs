//! How many steps update the weights of a model: a step forks and joins once.
//!
//! Invariants: read from the text of plans, where an input that is updated in place has a buffer
//! for its new value before the one for its old.
//!
//! Not here: which kernels there are (`hypatia-lower`).

#![allow(clippy::unwrap_used)]

use hypatia_bench::workload::{named, workloads};
use std::collections::BTreeMap;

/// The buffers of new values that lie where the old ones were.
fn updated(plan: &str) -> Vec<String> {
    let mut inputs: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for line in plan.lines().filter(|line| line.starts_with('b')) {
        if let Some((buffer, input)) = line.split_once(" input ") {
            let (name, _) = buffer.split_once(':').unwrap();
            inputs.entry(input).or_default().push(name);
        }
    }
    let twice = inputs.into_values().filter(|buffers| buffers.len() == 2);
    twice.map(|buffers| buffers[0].to_string()).collect()
}

/// The launches of each step, as text.
fn steps(plan: &str) -> Vec<String> {
    let mut steps: Vec<String> = Vec::new();
    for line in plan.lines().take_while(|line| !line.is_empty()) {
        match steps.last_mut() {
            Some(step) if line.starts_with("   with ") => *step += line,
            _ if line.starts_with(|c: char| c.is_ascii_digit()) => steps.push(line.to_string()),
            _ => {}
        }
    }
    steps
}

#[test]
fn all_weights_are_updated_in_few_steps() {
    let all = workloads();
    // Name, values updated in place: three for each weight with Adam, and its count, unless
    // a step after that may fail.
    for (name, values) in [("F.adam", 19), ("G.lenet", 10), ("I.gpt", 159), ("J.vae", 25)] {
        let case = named(&all, name).and_then(|w| w.build(1)).unwrap();
        let plan = case.function().explain().plan.clone();
        let updated = updated(&plan);
        assert_eq!(updated.len(), values, "{name}\n{plan}");
        let names = |step: &String, buffer: &String| {
            let parts = step.split(|c: char| !c.is_ascii_alphanumeric());
            parts.into_iter().any(|part| part == buffer)
        };
        let writes = |step: &&String| updated.iter().any(|buffer| names(step, buffer));
        let count = steps(&plan).iter().filter(writes).count();
        assert!((1..=4).contains(&count), "{name}: {count}\n{plan}");
    }
}
