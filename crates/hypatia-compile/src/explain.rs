//! What a function became at every stage, and what each stage took.
//!
//! Invariants: texts depend on the function alone, times are only ever shown.
//!
//! Not here: the texts of stages.

use std::fmt;
use std::time::{Duration, Instant};

/// How long each stage of a compilation took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Times {
    /// Checks, and from expressions to a graph.
    pub capture: Duration,
    /// The simplifier.
    pub optimize: Duration,
    /// Fusion, kernels, plan.
    pub lower: Duration,
    /// Machine code.
    pub emit: Duration,
    /// Reading from the compile cache, and writing to it.
    pub cache: Duration,
}

impl Times {
    /// All stages together.
    pub fn total(&self) -> Duration {
        self.capture + self.optimize + self.lower + self.emit + self.cache
    }
}

impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stages = [
            ("capture", self.capture),
            ("optimize", self.optimize),
            ("lower", self.lower),
            ("emit", self.emit),
            ("cache", self.cache),
            ("total", self.total()),
        ];
        for (at, (name, time)) in stages.into_iter().enumerate() {
            let comma = if at == 0 { "" } else { ", " };
            write!(f, "{comma}{name} {:.1} ms", time.as_secs_f64() * 1e3)?;
        }
        Ok(())
    }
}

/// A stopwatch that gives the time since it was last asked.
pub(crate) struct Laps(Instant);

impl Laps {
    pub fn start() -> Laps {
        Laps(Instant::now())
    }

    pub fn lap(&mut self) -> Duration {
        let now = Instant::now();
        now.duration_since(std::mem::replace(&mut self.0, now))
    }
}

/// The text of a function at every stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The graph as captured.
    pub captured: String,
    /// The graph after the simplifier.
    pub optimized: String,
    /// Which rewrite rules fired, and what they led to.
    pub rewrites: String,
    /// Buffers, steps and kernels.
    pub plan: String,
    /// The code of the kernels.
    pub code: String,
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stages = [
            ("captured graph", &self.captured),
            ("rewrites", &self.rewrites),
            ("optimized graph", &self.optimized),
            ("plan", &self.plan),
            ("code", &self.code),
        ];
        for (name, text) in stages {
            writeln!(f, "== {name} ==\n{}\n", text.trim_end())?;
        }
        Ok(())
    }
}
