//! Measures chosen workloads, without other peers.
//!
//! Invariants: a wrong check makes the program fail, after everything was measured.
//!
//! Not here: the comparison with other peers (`peers/run.sh`).

use hypatia_bench::error::Error;
use hypatia_bench::reference::TOLERANCE;
use hypatia_bench::report::{Figures, HEAD, Settings};
use hypatia_bench::workload::workloads;
use lexopt::{Arg, Parser, ValueExt};
use std::io::{Write, stderr, stdout};
use std::process::ExitCode;

const USAGE: &str =
    "hypatia-bench [--json] [--threads N] [--rounds N] [--seconds S] [--profile] [PART OF A NAME]...
Measures the workloads whose names hold one of the parts; all, if there are none.";

fn main() -> ExitCode {
    match report() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            // Nobody listens any more if this fails too.
            let _ = writeln!(stderr(), "{error}\n\n{USAGE}");
            ExitCode::FAILURE
        }
    }
}

/// Whether all checks were right.
fn report() -> Result<bool, Error> {
    let (mut settings, mut json, mut parts) = (Settings::default(), false, Vec::new());
    let mut parser = Parser::from_env();
    while let Some(arg) = parser.next()? {
        match arg {
            Arg::Long("json") => json = true,
            Arg::Long("threads") => settings.threads = parser.value()?.parse()?,
            Arg::Long("rounds") => settings.rounds = parser.value()?.parse()?,
            Arg::Long("seconds") => settings.seconds = parser.value()?.parse()?,
            Arg::Long("profile") => settings.profile = true,
            Arg::Long("help") => {
                writeln!(stdout(), "{USAGE}")?;
                return Ok(true);
            }
            Arg::Value(part) => parts.push(part.string()?),
            other => return Err(other.unexpected().into()),
        }
    }
    let chosen = |name: &str| parts.is_empty() || parts.iter().any(|part| name.contains(&**part));
    let mut all = Vec::new();
    if !json {
        writeln!(stdout(), "{HEAD}")?;
    }
    for workload in workloads().iter().filter(|w| chosen(&w.name)) {
        let figures = Figures::of(workload, &settings)?;
        if !json {
            writeln!(stdout(), "{figures}")?;
        }
        all.push(figures);
    }
    if json {
        writeln!(stdout(), "{}", serde_json::to_string_pretty(&all)?)?;
    }
    Ok(all.iter().all(|f| f.deviation.is_some_and(|far| far < TOLERANCE)))
}
