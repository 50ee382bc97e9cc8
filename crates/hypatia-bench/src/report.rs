//! Figures of chosen workloads, without other peers: a table, or JSON.
//!
//! Invariants: a figure stands beside how far its check is from the reference.
//!
//! Not here: the comparison (`peers/`).

use crate::clock::Moment;
use crate::error::Error;
use crate::protocol::warm_up;
use crate::reference::{TOLERANCE, deviation};
use crate::workload::Workload;
use serde::Serialize;
use std::fmt;
use std::time::Instant;

/// What is measured, and how.
#[derive(Clone, Debug)]
pub struct Settings {
    /// On how many threads functions run.
    pub threads: usize,
    /// How long a round is, in seconds.
    pub seconds: f64,
    /// How many rounds there are. The fastest counts: others were disturbed.
    pub rounds: usize,
    /// Whether a profile of one round is taken as well.
    pub profile: bool,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings { threads: 1, seconds: 0.05, rounds: 5, profile: false }
    }
}

/// The figures of one workload. Times are in seconds.
#[derive(Clone, Debug, Serialize)]
pub struct Figures {
    /// The workload.
    pub name: String,
    /// What is special about it.
    pub note: Option<&'static str>,
    /// On how many threads.
    pub threads: usize,
    /// To build expressions and data and compile.
    pub build: f64,
    /// Of a step, by the clock on the wall.
    pub wall: f64,
    /// Of a step, of processors.
    pub cpu: Option<f64>,
    /// What is compared with the reference.
    pub check: Vec<f64>,
    /// How far that is from it, relative.
    pub deviation: Option<f64>,
    /// Where the time goes, as tables.
    pub profile: Option<String>,
}

impl Figures {
    /// Measures one workload.
    ///
    /// Errors: it does not compile, or a call fails.
    pub fn of(workload: &Workload, settings: &Settings) -> Result<Figures, Error> {
        let start = Instant::now();
        let case = workload.build(settings.threads)?;
        let build = start.elapsed().as_secs_f64();
        let check = case.check()?;
        let steps = (settings.seconds / warm_up(&case)?).ceil().max(1.0) as usize;
        let (mut wall, mut cpu) = (f64::INFINITY, None::<f64>);
        for _ in 0..settings.rounds.max(1) {
            let start = Moment::now();
            (0..steps).try_for_each(|_| case.step())?;
            let elapsed = start.per_step(steps);
            wall = wall.min(elapsed.wall);
            cpu = elapsed.cpu.map(|now| cpu.map_or(now, |least| least.min(now)));
        }
        let profile = settings.profile.then(|| case.profile(steps)).transpose()?;
        Ok(Figures {
            profile: profile.map(|p| {
                let (times, savings) = (case.function().times(), case.function().savings());
                let savings = savings.map_or_else(String::new, |s| format!("{s}\n"));
                let warnings = case.function().warnings().iter();
                let warnings: String = warnings.map(|w| format!("unstable: {w}\n")).collect();
                format!("compiled: {times}\n{savings}{warnings}{p}")
            }),
            deviation: deviation(&workload.name, &check),
            name: workload.name.clone(),
            note: workload.note,
            threads: settings.threads,
            build,
            wall,
            cpu,
            check,
        })
    }
}

/// The head of the table whose rows are [`Figures`].
pub const HEAD: &str = "workload              build ms      wall ms       cpu ms  check";

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [build, wall] = [self.build, self.wall].map(|s| s * 1e3);
        write!(f, "{:<20} {build:>9.1} {wall:>12.5} ", self.name)?;
        match self.cpu {
            Some(cpu) => write!(f, "{:>12.5}  ", cpu * 1e3)?,
            None => write!(f, "{:>12}  ", "unknown")?,
        }
        match self.deviation {
            Some(far) if far < TOLERANCE => f.write_str("right")?,
            Some(far) => write!(f, "WRONG by {far:.1e}")?,
            None => f.write_str("no reference")?,
        }
        self.note.map_or(Ok(()), |note| write!(f, "  ({note})"))?;
        self.profile.as_ref().map_or(Ok(()), |profile| write!(f, "\n{profile}"))
    }
}
