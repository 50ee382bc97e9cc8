//! What the simplifier did, for people.
//!
//! Invariants: depends on the graph and the options alone.
//!
//! Not here: the texts of graphs (`hypatia_ir::text`).

use hypatia_ir::span::Span;
use std::collections::BTreeMap;
use std::fmt;

/// A value that rules changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rewrite {
    /// The user's line that the value is for.
    pub at: Span,
    /// The op that computes it now.
    pub op: String,
    /// The rules that led there, in the order of the rule book.
    pub rules: Vec<String>,
}

/// An op that may overflow or cancel and for which no stable form was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unstable {
    /// The op's name.
    pub op: String,
    /// The user's line.
    pub at: Span,
}

impl fmt::Display for Unstable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Unstable { op, at } = self;
        write!(
            f,
            "warning at {at}: `{op}` may overflow, underflow or cancel here, and no stable form was \
             found\n  help: write a named form, such as `softmax`, `logsumexp` or `log1p`, or shift \
             the argument"
        )
    }
}

/// What the simplifier did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// Ops before.
    pub ops_before: usize,
    /// Ops after.
    pub ops_after: usize,
    /// What the ops that pulses were given cost, in nanoseconds of the model, by what is known at
    /// the end of the pulse; summed over pulses, since each knows something else.
    pub cost_before: f64,
    /// What the ops that pulses gave back cost, summed likewise.
    pub cost_after: f64,
    /// The most terms that an e-graph had.
    pub peak_terms: usize,
    /// How often each rule changed something.
    pub fired: BTreeMap<String, usize>,
    /// What became of values.
    pub rewrites: Vec<Rewrite>,
    /// What is still unstable.
    pub unstable: Vec<Unstable>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} ops before, {} after", self.ops_before, self.ops_after)?;
        for rewrite in &self.rewrites {
            writeln!(f, "  {} at {}: {}", rewrite.op, rewrite.at, rewrite.rules.join(", "))?;
        }
        for unstable in &self.unstable {
            writeln!(f, "  unstable: {} at {}", unstable.op, unstable.at)?;
        }
        Ok(())
    }
}
