//! The worker's side of the comparison: commands in, one line of JSON for each (`peers/README.md`).
//!
//! Invariants: every command gets exactly one line, whatever was written; lines start with `@@ `.
//!
//! Not here: the other side (`peers/run.py`).

use crate::case::Case;
use crate::clock::{Moment, memory_kib};
use crate::error::Error;
use crate::workload::{Workload, named};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{BufRead, Write};
use std::str::FromStr;
use std::time::Instant;

/// Steps run for so long, in seconds, before they are measured, to know how long one takes.
const WARM_UP: f64 = 0.02;

/// A workload that is set up, and about how many seconds a step takes.
struct Ready {
    case: Case,
    estimate: f64,
}

/// A worker: all workloads, and those that are set up.
pub struct Worker {
    workloads: Vec<Workload>,
    threads: usize,
    ready: BTreeMap<String, Ready>,
}

impl Worker {
    /// A worker whose functions run on so many threads.
    pub fn new(workloads: Vec<Workload>, threads: usize) -> Worker {
        Worker { workloads, threads, ready: BTreeMap::new() }
    }

    /// Answers commands until one says `quit`, or there are no more.
    ///
    /// Errors: reading or writing failed.
    pub fn serve(&mut self, commands: impl BufRead, mut answers: impl Write) -> Result<(), Error> {
        say(&mut answers, &self.greeting())?;
        for line in commands.lines() {
            let line = line?;
            let words: Vec<&str> = line.split_whitespace().collect();
            let answer = match *words {
                [] => continue,
                ["quit"] => return Ok(()),
                ["setup", name] => self.set_up(name),
                ["run", name, seconds] => self.run(name, seconds),
                ["drop", name] => {
                    self.ready.remove(name);
                    Ok(json!({ "ok": true }))
                }
                _ => Err(Error::Command { line: line.clone() }),
            };
            let failure = |error: Error| json!({ "ok": false, "err": error.to_string() });
            say(&mut answers, &answer.unwrap_or_else(failure))?;
        }
        Ok(())
    }

    fn greeting(&self) -> Value {
        let cases: Vec<&str> = self.workloads.iter().map(|w| &*w.name).collect();
        let version = concat!("hypatia ", env!("CARGO_PKG_VERSION"));
        json!({ "ok": true, "version": version, "cases": cases })
    }

    fn set_up(&mut self, name: &str) -> Result<Value, Error> {
        let start = Instant::now();
        let workload = named(&self.workloads, name)?;
        let case = workload.build(self.threads)?;
        let check = case.check()?;
        let seconds = start.elapsed().as_secs_f64();
        let estimate = warm_up(&case)?;
        self.ready.insert(name.to_string(), Ready { case, estimate });
        Ok(json!({
            "ok": true, "setup_s": seconds, "est_s": estimate, "check": check, "info": workload.note,
        }))
    }

    fn run(&mut self, name: &str, seconds: &str) -> Result<Value, Error> {
        let seconds = parsed("the time to run", seconds, "seconds, at least 0", |s: &f64| {
            s.is_finite() && *s >= 0.0
        })?;
        let ready = self.ready.get_mut(name);
        let ready = ready.ok_or_else(|| Error::NotReady { name: name.to_string() })?;
        let steps = (seconds / ready.estimate).ceil().max(1.0) as usize;
        let start = Moment::now();
        for _ in 0..steps {
            ready.case.step()?;
        }
        let elapsed = start.per_step(steps);
        ready.estimate = elapsed.wall.max(1e-9);
        Ok(json!({ "ok": true, "t": elapsed.wall, "cpu": elapsed.cpu, "n": steps }))
    }
}

/// Runs steps until the time of one is known, and tells it.
pub(crate) fn warm_up(case: &Case) -> Result<f64, Error> {
    for _ in 0..2 {
        case.step()?;
    }
    let (start, mut steps) = (Instant::now(), 0);
    while steps == 0 || start.elapsed().as_secs_f64() < WARM_UP {
        case.step()?;
        steps += 1;
    }
    Ok((start.elapsed().as_secs_f64() / f64::from(steps)).max(1e-9))
}

/// The time from nothing to the first result, and after that, if `steps` are above 0, the memory
/// that so many more took. The workload `noop` does nothing.
///
/// Errors: no such workload, or it failed.
pub fn once(
    workloads: &[Workload],
    threads: usize,
    name: &str,
    steps: &str,
    mut answers: impl Write,
) -> Result<(), Error> {
    let steps: usize = parsed("the number of steps", steps, "0 or more", |_| true)?;
    let base = memory_kib("VmRSS");
    let start = Instant::now();
    let case = match name {
        "noop" => None,
        _ => Some(named(workloads, name)?.build(threads)?),
    };
    let step = || case.as_ref().map_or(Ok(()), Case::step);
    step()?;
    let first = start.elapsed().as_secs_f64();
    let report = |first: Option<f64>| json!({ "ok": true, "first_s": first, "base_kib": base, "peak_kib": memory_kib("VmHWM") });
    say(&mut answers, &report(Some(first)))?;
    if steps > 0 {
        (0..steps).try_for_each(|_| step())?;
        let mut last = report(None);
        last["end_kib"] = json!(memory_kib("VmRSS"));
        say(&mut answers, &last)?;
    }
    Ok(())
}

/// A number in the bounds that `right` tests.
pub(crate) fn parsed<T: FromStr>(
    what: &'static str,
    found: &str,
    expected: &'static str,
    right: impl Fn(&T) -> bool,
) -> Result<T, Error> {
    let number = found.parse().ok().filter(right);
    number.ok_or_else(|| Error::Number { what, found: found.to_string(), expected })
}

/// Writes one line, at once.
pub fn say(answers: &mut impl Write, answer: &Value) -> Result<(), Error> {
    writeln!(answers, "@@ {answer}")?;
    Ok(answers.flush()?)
}
