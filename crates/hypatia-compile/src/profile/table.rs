//! A profile as tables for people.
//!
//! Invariants: figures are of one call, the mean of all; what is left out is said.
//!
//! Not here: what the figures are (`report.rs`).

use super::report::{Place, Profile};
use std::fmt::{self, Display, Formatter};
use std::time::Duration;

/// Rows below this share of the wall time are summed up in one.
const SHOWN: f64 = 0.002;

impl Display for Profile {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.calls == 0 {
            return f.write_str("no calls recorded: `start_profile` comes first, then calls");
        }
        let per_call = |time: Duration| time.as_secs_f64() / self.calls as f64;
        let (wall, inside) = (per_call(self.wall), per_call(self.in_steps()));
        let count = self.calls;
        let calls = if count == 1 { "1 call".into() } else { format!("{count} calls of the mean") };
        let share = 100.0 * inside / wall;
        writeln!(f, "{calls} {}; {share:.1} % of it in {} steps", Seconds(wall), self.steps.len())?;
        writeln!(f, "\n      time   share  GFLOP/s     GB/s  of limit  step (lines)")?;
        let mut order: Vec<_> = self.steps.iter().collect();
        order.sort_by_key(|step| std::cmp::Reverse(step.time));
        let is_shown = |time: Duration| per_call(time) >= SHOWN * wall;
        for step in order.iter().filter(|step| is_shown(step.time)) {
            self.figures(f, step.time, step.flops, step.bytes)?;
            match step.of_limit {
                Some(share) => write!(f, "  {:>6.0} %", 100.0 * share)?,
                None => write!(f, "  {:>8}", "")?,
            }
            let lines = step.lines.iter().map(|(place, _)| At(*place).to_string());
            let lines: Vec<String> = lines.take(LINES).collect();
            let more = if step.lines.len() > LINES { ", …" } else { "" };
            writeln!(f, "  {} ({}{more})", step.name, lines.join(", "))?;
        }
        let rest = order.iter().filter(|step| !is_shown(step.time));
        let (rest, time) = rest.fold((0, Duration::ZERO), |(n, t), s| (n + 1, t + s.time));
        if rest > 0 {
            self.figures(f, time, 0.0, 0.0)?;
            writeln!(f, "  {:>8}  {rest} more steps", "")?;
        }
        self.figures(f, self.wall.saturating_sub(self.in_steps()), 0.0, 0.0)?;
        writeln!(f, "  {:>8}  around the steps: arguments, results", "")?;
        writeln!(f, "\n      time   share  GFLOP/s     GB/s  line (with its gradients)")?;
        for line in self.lines.iter().filter(|line| is_shown(line.time)) {
            self.figures(f, line.time, line.flops, line.bytes)?;
            writeln!(f, "  {}, in {} steps", At(line.place), line.steps)?;
        }
        Ok(())
    }
}

/// Most lines that are named with a step.
const LINES: usize = 3;

impl Profile {
    fn figures(
        &self,
        f: &mut Formatter<'_>,
        time: Duration,
        flops: f64,
        bytes: f64,
    ) -> fmt::Result {
        let seconds = time.as_secs_f64();
        let share = 100.0 * seconds / self.wall.as_secs_f64();
        let each = Seconds(seconds / self.calls as f64).to_string();
        write!(f, "{each:>10} {share:>5.1} %")?;
        for amount in [flops, bytes] {
            match amount > 0.0 && seconds > 0.0 {
                true => write!(f, " {:>8.1}", amount / seconds / 1e9)?,
                false => write!(f, " {:>8}", "")?,
            }
        }
        Ok(())
    }
}

/// Seconds with a fitting unit.
struct Seconds(f64);

impl Display for Seconds {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            s if s >= 1.0 => write!(f, "{s:.2} s"),
            s if s >= 1e-3 => write!(f, "{:.2} ms", s * 1e3),
            s => write!(f, "{:.2} µs", s * 1e6),
        }
    }
}

/// A line, or that there is none.
struct At(Option<Place>);

impl Display for At {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some((file, line)) => write!(f, "{file}:{line}"),
            None => f.write_str("no line"),
        }
    }
}
