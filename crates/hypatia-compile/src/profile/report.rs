//! From what calls left behind to figures by step and by line.
//!
//! Invariants: the times of lines add up to those of steps.
//!
//! Not here: how figures are shown (`table.rs`, `trace.rs`).

use super::record::{Event, Record};
use hypatia_ir::graph::{Graph, NodeId};
use hypatia_lower::plan::{Plan, Step};
use std::collections::BTreeMap;
use std::time::Duration;

/// A line of the user's program: file and number.
pub type Place = (&'static str, u32);

/// Where the time of a function's calls went.
#[derive(Clone, Debug)]
pub struct Profile {
    /// How many calls were recorded.
    pub calls: usize,
    /// From the beginning to the end of each call, all calls together.
    pub wall: Duration,
    /// The steps of the function, in the order in which they run.
    pub steps: Vec<StepProfile>,
    /// The lines that the steps compute for, the slowest first.
    pub lines: Vec<Line>,
    pub(super) events: Vec<Event>,
}

/// What a step did in all calls together.
#[derive(Clone, Debug, PartialEq)]
pub struct StepProfile {
    /// The kernel's name, `product [m, k] · [k, n]`, the routine's name, or `copy`.
    pub name: String,
    /// How long it ran.
    pub time: Duration,
    /// Bytes that had to be read and written, each buffer once.
    pub bytes: f64,
    /// Floating-point operations; functions such as `exp` count as their polynomials.
    pub flops: f64,
    /// The best time that the processor's limits allow over the time it took; `None` if the device
    /// states no limits.
    pub of_limit: Option<f64>,
    /// The lines that it computes for, with the share of each in its work, the largest first.
    pub lines: Vec<(Option<Place>, f64)>,
}

/// What was computed for a line of the user's program, its gradients included.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// File and line number; `None` for what has no line (graphs read from texts).
    pub place: Option<Place>,
    /// Time of the steps that compute for it, shared out by operations where a step computes for
    /// several lines.
    pub time: Duration,
    /// Bytes, shared out likewise.
    pub bytes: f64,
    /// Operations, shared out likewise.
    pub flops: f64,
    /// In how many steps it has a part.
    pub steps: usize,
}

impl Profile {
    /// The time of all steps.
    pub fn in_steps(&self) -> Duration {
        self.steps.iter().map(|s| s.time).sum()
    }
}

pub(super) fn report(plan: &Plan, graph: &Graph, record: Record) -> Profile {
    let Record { limits, calls, wall, steps: sums, events, latest, .. } = record;
    let Some((size, _)) = latest else {
        return Profile { calls, wall, steps: Vec::new(), lines: Vec::new(), events };
    };
    let shares = plan.shares(graph, &size.dims);
    let parts = plan.steps.iter().zip(&size.numbers).zip(sums).zip(shares);
    let steps = parts.map(|(((step, numbers), sum), shares)| StepProfile {
        name: name(plan, step, numbers),
        time: sum.time,
        bytes: sum.effort.bytes,
        flops: sum.effort.flops(),
        of_limit: limits
            .as_ref()
            .map(|_| sum.least.as_secs_f64() / sum.time.as_secs_f64().max(f64::MIN_POSITIVE)),
        lines: by_line(graph, &shares),
    });
    let steps: Vec<StepProfile> = steps.collect();
    Profile { calls, wall, lines: lines(&steps), steps, events }
}

fn name(plan: &Plan, step: &Step, numbers: &[i64]) -> String {
    match step {
        Step::Launches(launches) => {
            let names = launches.iter().map(|l| plan.kernels[l.kernel as usize].name.as_str());
            match launches.len() {
                0..=3 => names.collect::<Vec<_>>().join(", "),
                many => format!(
                    "{} and {} more",
                    names.take(2).collect::<Vec<_>>().join(", "),
                    many - 2
                ),
            }
        }
        Step::Product(product) => {
            let [m, k, n] = [numbers[0], numbers[1], numbers[2]];
            let batch = &numbers[numbers.len() - product.batch.len()..];
            let times = match batch.iter().product::<i64>() {
                1 => String::new(),
                times => format!("{times} × "),
            };
            format!("product {times}[{m}, {k}] · [{k}, {n}]")
        }
        Step::Routine(apply) => apply.routine.name().into(),
        Step::Copy { .. } => "copy".into(),
    }
}

/// The shares of nodes as shares of their lines.
fn by_line(graph: &Graph, shares: &[(NodeId, f64)]) -> Vec<(Option<Place>, f64)> {
    let mut sums: BTreeMap<Option<Place>, f64> = BTreeMap::new();
    for &(id, share) in shares {
        *sums.entry(graph.node(id).at.line()).or_insert(0.0) += share;
    }
    if sums.is_empty() {
        sums.insert(None, 1.0);
    }
    let mut lines: Vec<_> = sums.into_iter().collect();
    lines.sort_by(|(_, x), (_, y)| y.total_cmp(x));
    lines
}

fn lines(steps: &[StepProfile]) -> Vec<Line> {
    let mut sums: BTreeMap<Option<Place>, Line> = BTreeMap::new();
    for step in steps {
        for &(place, share) in &step.lines {
            let time = Duration::ZERO;
            let none = Line { place, time, bytes: 0.0, flops: 0.0, steps: 0 };
            let line = sums.entry(place).or_insert(none);
            line.time += step.time.mul_f64(share);
            line.bytes += step.bytes * share;
            line.flops += step.flops * share;
            line.steps += 1;
        }
    }
    let mut lines: Vec<Line> = sums.into_values().collect();
    lines.sort_by_key(|line| std::cmp::Reverse(line.time));
    lines
}
