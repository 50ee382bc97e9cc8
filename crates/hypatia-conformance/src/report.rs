//! What became of every case, and its text.
//!
//! Invariants: nothing is left out: each case is in exactly one count; the order is that of the
//! folder.
//!
//! Not here: how cases are judged (`case.rs`, `compare.rs`).

use crate::backend::Backend;
use crate::compare::Verdict;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;

/// What became of a case.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Right, and what came nearest to the limit.
    Passed(Nearest),
    /// Wrong, refused or broken, part by part.
    Failed(Vec<String>, Nearest),
    /// No row for its op, or for another name that it uses.
    Unknown(String),
    /// Of a family that cannot be run yet, and why.
    NotYet(&'static str),
}

/// The part of a case that uses most of its tolerance.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Nearest {
    /// The share of the tolerance.
    pub share: f64,
    /// Output, gradient, ….
    pub what: String,
}

impl Outcome {
    /// From the verdicts on the parts of a case.
    pub fn judged(verdicts: Vec<(String, Verdict)>) -> Outcome {
        let mut nearest = Nearest::default();
        let mut wrong = Vec::new();
        for (what, verdict) in verdicts {
            if let Some(why) = verdict.wrong {
                wrong.push(format!("{what}: {why}"));
            }
            if verdict.share > nearest.share {
                nearest = Nearest { share: verdict.share, what };
            }
        }
        match wrong.is_empty() {
            true => Outcome::Passed(nearest),
            false => Outcome::Failed(wrong, nearest),
        }
    }

    /// Wrong as a whole.
    pub fn failed(why: String) -> Outcome {
        Outcome::Failed(vec![why], Nearest { share: f64::INFINITY, what: "the whole".into() })
    }
}

/// A case with what became of it.
#[derive(Clone, Debug)]
pub struct Line {
    /// The family.
    pub family: String,
    /// The case.
    pub id: String,
    /// Its op.
    pub op: String,
    /// Its tier.
    pub tier: u8,
    /// What ran it.
    pub backend: Backend,
    /// What became of it.
    pub outcome: Outcome,
}

/// Everything that was run.
#[derive(Debug, Default)]
pub struct Report {
    lines: Vec<Line>,
}

/// Cases by what became of them.
#[derive(Clone, Copy, Debug, Default, Serialize)]
struct Counts {
    passed: usize,
    failed: usize,
    unknown: usize,
    not_yet: usize,
}

impl Counts {
    fn of<'a>(lines: impl Iterator<Item = &'a Line>) -> Counts {
        let mut counts = Counts::default();
        for line in lines {
            let count = match line.outcome {
                Outcome::Passed(_) => &mut counts.passed,
                Outcome::Failed(..) => &mut counts.failed,
                Outcome::Unknown(_) => &mut counts.unknown,
                Outcome::NotYet(_) => &mut counts.not_yet,
            };
            *count += 1;
        }
        counts
    }

    fn all(&self) -> usize {
        self.passed + self.failed + self.unknown + self.not_yet
    }
}

/// The case of some that uses most of its tolerance.
fn nearest<'a>(lines: impl Iterator<Item = &'a Line>) -> Option<(&'a Line, &'a Nearest)> {
    let mut found: Option<(&Line, &Nearest)> = None;
    for line in lines {
        if let Outcome::Passed(near) | Outcome::Failed(_, near) = &line.outcome
            && near.share > found.map_or(0.0, |(_, n)| n.share)
        {
            found = Some((line, near));
        }
    }
    found
}

impl Report {
    /// Adds a case.
    pub fn add(&mut self, line: Line) {
        self.lines.push(line);
    }

    /// Whether a case failed.
    pub fn failed(&self) -> bool {
        self.lines.iter().any(|line| matches!(line.outcome, Outcome::Failed(..)))
    }

    /// How many cases have each of the names that `picks` gives, most first.
    fn by_name(&self, backend: Backend, picks: fn(&Line) -> Option<&str>) -> Vec<(&str, usize)> {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for name in self.lines.iter().filter(|l| l.backend == backend).filter_map(picks) {
            *counts.entry(name).or_default() += 1;
        }
        let mut counts: Vec<(&str, usize)> = counts.into_iter().collect();
        counts.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
        counts
    }

    /// Backends and families in the order of the lines.
    fn groups(&self) -> Vec<(Backend, Vec<&str>)> {
        let mut groups: Vec<(Backend, Vec<&str>)> = Vec::new();
        for line in &self.lines {
            let at = groups.iter().position(|(backend, _)| *backend == line.backend);
            let at = at.unwrap_or_else(|| {
                groups.push((line.backend, Vec::new()));
                groups.len() - 1
            });
            if !groups[at].1.contains(&line.family.as_str()) {
                groups[at].1.push(&line.family);
            }
        }
        groups
    }

    /// Everything as JSON.
    pub fn json(&self) -> serde_json::Value {
        let case = |line: &Line| {
            let (outcome, share, why) = match &line.outcome {
                Outcome::Passed(near) => ("passed", near.share, Vec::new()),
                Outcome::Failed(why, near) => ("failed", near.share, why.clone()),
                Outcome::Unknown(name) => ("unknown", 0.0, vec![name.clone()]),
                Outcome::NotYet(why) => ("not yet", 0.0, vec![(*why).to_string()]),
            };
            // JSON has no infinity.
            let share = if share.is_finite() { share.into() } else { serde_json::Value::Null };
            serde_json::json!({
                "family": line.family, "id": line.id, "op": line.op, "tier": line.tier,
                "backend": line.backend.name(), "outcome": outcome,
                "share_of_tolerance": share, "why": why,
            })
        };
        let totals: BTreeMap<&str, Counts> = self
            .groups()
            .iter()
            .map(|(b, _)| (b.name(), Counts::of(self.lines.iter().filter(|l| l.backend == *b))))
            .collect();
        let cases: Vec<serde_json::Value> = self.lines.iter().map(case).collect();
        serde_json::json!({ "totals": totals, "cases": cases })
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>5} of {:<5}", self.passed, self.all())?;
        let rest = [(self.failed, "failed"), (self.unknown, "unknown"), (self.not_yet, "not yet")];
        for (count, name) in rest.into_iter().filter(|(count, _)| *count > 0) {
            write!(f, " {count} {name}")?;
        }
        Ok(())
    }
}

/// One line: counts, tiers, the case nearest to its limit.
fn row<'a>(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    lines: impl Iterator<Item = &'a Line> + Clone,
) -> fmt::Result {
    write!(f, "  {name:<32} {}", Counts::of(lines.clone()))?;
    for tier in 1..=3 {
        let counts = Counts::of(lines.clone().filter(|l| l.tier == tier));
        if counts.all() > 0 {
            write!(f, "  tier {tier} {}/{}", counts.passed, counts.all())?;
        }
    }
    if let Some((line, near)) = nearest(lines) {
        write!(f, "  worst {:.3} at {} ({})", near.share, line.id, near.what)?;
    }
    writeln!(f)
}

fn unknown(line: &Line) -> Option<&str> {
    match &line.outcome {
        Outcome::Unknown(name) => Some(name),
        Outcome::Passed(_) | Outcome::Failed(..) | Outcome::NotYet(_) => None,
    }
}

fn failed(line: &Line) -> Option<&str> {
    matches!(line.outcome, Outcome::Failed(..)).then_some(&line.op)
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (backend, families) in self.groups() {
            let own = |l: &&Line| l.backend == backend;
            for line in self.lines.iter().filter(own) {
                if let Outcome::Failed(why, _) = &line.outcome {
                    writeln!(f, "FAILED {backend} {} {}", line.family, line.id)?;
                    for part in why.iter().flat_map(|w| w.lines()) {
                        writeln!(f, "    {part}")?;
                    }
                }
            }
            writeln!(f, "{backend}: passed of all, worst as a share of its tolerance")?;
            for family in families {
                row(f, family, self.lines.iter().filter(own).filter(|l| l.family == family))?;
            }
            row(f, "all", self.lines.iter().filter(own))?;
            for (what, picks) in
                [("unknown", unknown as fn(&Line) -> Option<&str>), ("failed", failed)]
            {
                let names = self.by_name(backend, picks);
                if !names.is_empty() {
                    let names: Vec<String> =
                        names.iter().map(|(name, n)| format!("{name} {n}")).collect();
                    writeln!(f, "  {what}: {}", names.join(", "))?;
                }
            }
            let mut reasons: BTreeMap<(&str, &str), usize> = BTreeMap::new();
            for line in self.lines.iter().filter(own) {
                if let Outcome::NotYet(why) = line.outcome {
                    *reasons.entry((&line.family, why)).or_default() += 1;
                }
            }
            for ((family, why), count) in reasons {
                writeln!(f, "  {family}: {why} ({count})")?;
            }
        }
        Ok(())
    }
}
