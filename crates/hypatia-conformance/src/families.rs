//! Every case of every family, side by side, whatever happens to one.
//!
//! Invariants: outcomes come in the order of the folder, for any number of jobs; a panic ends its
//! case alone.
//!
//! Not here: what a case is (`case.rs` and its neighbours).

use crate::backend::Backend;
use crate::manifest::{Case, Family};
use crate::report::{Line, Outcome, Report};
use crate::{case, optim, parallel, refuse, train};
use hypatia::dtype::DType;

/// Something to run, with its names.
struct Task<'a> {
    family: &'a str,
    id: String,
    op: String,
    tier: u8,
    run: Box<dyn Fn(Backend) -> Outcome + Sync + Send + 'a>,
}

/// Families whose cases cannot be run yet.
const NOT_YET: &[(&str, &str)] = &[
    ("scan", "not yet supported: control flow"),
    ("caffe_nets", "not yet supported: Caffe models"),
    ("optima", "not a call: minima that training has to reach"),
];

fn tasks<'a>(families: &'a [Family]) -> Vec<Task<'a>> {
    let mut tasks = Vec::new();
    for family in families {
        let later = NOT_YET.iter().find(|(name, _)| *name == family.name).map(|(_, why)| *why);
        if train::is_run(family) {
            for float in [DType::F64, DType::F32] {
                let run = Box::new(move |backend: Backend| train::run(family, float, backend));
                let (id, op) = (float.to_string(), family.name.clone());
                tasks.push(Task { family: &family.name, id, op, tier: 1, run });
            }
        }
        if let (Some(why), true) = (later, family.cases.is_empty()) {
            let run = Box::new(move |_: Backend| Outcome::NotYet(why));
            let (id, op) = (family.name.clone(), family.name.clone());
            tasks.push(Task { family: &family.name, id, op, tier: 2, run });
        }
        for case in &family.cases {
            let run = move |backend: Backend| match later {
                Some(why) => Outcome::NotYet(why),
                None => one(family, case, backend),
            };
            let (id, op, tier) = (case.id.clone(), case.op.clone(), case.tier);
            tasks.push(Task { family: &family.name, id, op, tier, run: Box::new(run) });
        }
    }
    tasks
}

fn one(family: &Family, case: &Case, backend: Backend) -> Outcome {
    match case.expect.as_deref() {
        Some("error") => refuse::run(case, backend),
        _ if family.name == "stabilize" && backend == Backend::Reference => {
            Outcome::NotYet("the reference evaluator does not rewrite")
        }
        _ if case.op.starts_with("optim_") => optim::run(case, &family.tensors, backend),
        _ => case::run(case, &family.tensors, backend),
    }
}

/// Runs every case whose `family/id` contains `filter`.
pub fn run(families: &[Family], backend: Backend, filter: &str, jobs: usize, report: &mut Report) {
    let mut tasks = tasks(families);
    tasks.retain(|t| format!("{}/{}", t.family, t.id).contains(filter));
    let outcomes = parallel::each(&tasks, jobs, |task| (task.run)(backend));
    for (task, outcome) in tasks.iter().zip(outcomes) {
        report.add(Line {
            family: task.family.into(),
            id: task.id.clone(),
            op: task.op.clone(),
            tier: task.tier,
            backend,
            outcome: outcome.unwrap_or_else(Outcome::failed),
        });
    }
}
