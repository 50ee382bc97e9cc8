//! What a stretch became, in words that hold for every stretch of the same form.
//!
//! Invariants: steps only speak of what the stretch reads, of its own nodes and of earlier steps,
//! never of places in a graph; cooking a recipe is the only way in which a stretch is appended.
//!
//! Not here: how the steps are found (`region.rs`), when two stretches have one form (`memo.rs`).

use crate::error::Error;
use crate::facts::Facts;
use crate::report::{Report, Rewrite, Unstable};
use hypatia_ir::error::Cause;
use hypatia_ir::graph::{Graph, NodeId};
use hypatia_ir::op::Op;
use hypatia_ir::span::Span;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A graph in the making, from another.
#[derive(Default)]
pub(crate) struct Draft {
    pub graph: Graph,
    /// From nodes of the old graph to nodes of the new one.
    pub moves: Vec<Option<NodeId>>,
    /// What is known of new nodes, where that is more than the type tells.
    pub facts: Vec<Option<Facts>>,
}

impl Draft {
    /// A draft with the inputs and literals of a graph.
    pub fn of(graph: &Graph) -> Draft {
        let mut draft = Draft::default();
        for (_, node) in graph.iter() {
            let new = match node.op {
                Op::Input(i) => Some(draft.graph.add_input(graph.inputs[i as usize].clone())),
                Op::Literal(i) => {
                    Some(draft.graph.add_literal(graph.literals[i as usize].clone(), node.at))
                }
                _ => None,
            };
            draft.moves.push(new);
        }
        draft
    }

    /// The new node of an old one that has been moved already.
    pub fn moved(&self, id: NodeId) -> Result<NodeId, Error> {
        let new = self.moves.get(id.index()).copied().flatten();
        new.ok_or_else(|| Error::internal("build", format!("%{}", id.0)))
    }

    /// What is known of a new node.
    pub fn facts(&self, id: NodeId) -> Facts {
        let known = self.facts.get(id.index()).copied().flatten();
        known.unwrap_or_else(|| Facts::of_dtype(self.graph.ty(id).dtype))
    }

    fn learn(&mut self, id: NodeId, facts: Facts) {
        if self.facts.len() <= id.index() {
            self.facts.resize(id.index() + 1, None);
        }
        // Of two stretches that compute one value, the first tells what is known of it.
        self.facts[id.index()].get_or_insert(facts);
    }
}

/// Whose line a value is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// That of the value that a stretch reads, by the order in which it meets them.
    Read(usize),
    /// That of a node of the stretch, counted from its start.
    Own(usize),
}

/// One value of the result.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Step {
    pub what: What,
    pub source: Source,
    pub facts: Facts,
    /// The rules behind the value.
    pub rules: Vec<Arc<str>>,
    pub unstable: bool,
    /// Whether it is marked as one for which floats may be taken for real numbers.
    pub fast: bool,
}

/// How a value comes about.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum What {
    /// It is read, by the order in which the stretch meets what it reads.
    Read(usize),
    /// An op on earlier steps.
    Op(Op, Vec<usize>),
}

/// What a stretch became.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Recipe {
    pub steps: Vec<Step>,
    /// The step of each root.
    pub roots: Vec<usize>,
    pub cost_before: f64,
    pub cost_after: f64,
    pub peak_terms: usize,
    pub fired: BTreeMap<Arc<str>, usize>,
}

/// Where a recipe is used.
pub(crate) struct Place<'a> {
    /// The graph that it is for.
    pub graph: &'a Graph,
    /// Where the stretch starts.
    pub start: usize,
    /// The new nodes of what the stretch reads, in the order in which it meets them.
    pub reads: &'a [NodeId],
    /// The nodes that others need.
    pub roots: &'a [NodeId],
    /// Whether marks are written out, for those who come after.
    pub marks: bool,
}

impl Recipe {
    /// Appends the result to a draft, and says so in the report.
    pub fn cook(
        &self,
        place: &Place<'_>,
        draft: &mut Draft,
        report: &mut Report,
    ) -> Result<(), Error> {
        let mut made: Vec<NodeId> = Vec::with_capacity(self.steps.len());
        let wrong = |e: Cause| Error::internal("extract", e.to_string());
        for step in &self.steps {
            let at = step.source.line(place, draft);
            let (id, op) = match &step.what {
                What::Read(number) => (place.reads[*number], None),
                What::Op(op, operands) => {
                    let operands: Vec<NodeId> = operands.iter().map(|&x| made[x]).collect();
                    let id = draft.graph.add(op.clone(), &operands, at);
                    let id = id.map_err(wrong)?;
                    draft.learn(id, step.facts);
                    (id, Some(op))
                }
            };
            let marked = step.fast && place.marks && op.is_some();
            let mut mark = || draft.graph.add(Op::Fast, &[id], at);
            made.push(if marked { mark().map_err(wrong)? } else { id });
            if let Some(op) = op {
                step.tell(op, at, report);
            }
        }
        for (root, &step) in place.roots.iter().zip(&self.roots) {
            draft.moves[root.index()] = Some(made[step]);
        }
        report.cost_before += self.cost_before;
        report.cost_after += self.cost_after;
        report.peak_terms = report.peak_terms.max(self.peak_terms);
        for (name, count) in &self.fired {
            *report.fired.entry(name.to_string()).or_insert(0) += count;
        }
        Ok(())
    }
}

impl Step {
    fn tell(&self, op: &Op, at: Span, report: &mut Report) {
        if self.unstable {
            report.unstable.push(Unstable { op: op.name().to_string(), at });
        }
        if !self.rules.is_empty() && !matches!(op, Op::Const(_)) {
            let rules = self.rules.iter().map(|r| r.to_string()).collect();
            report.rewrites.push(Rewrite { at, op: op.name().to_string(), rules });
        }
    }
}

impl Source {
    fn line(self, place: &Place<'_>, draft: &Draft) -> Span {
        match self {
            Source::Read(number) => draft.graph.node(place.reads[number]).at,
            Source::Own(offset) => place.graph.nodes()[place.start + offset].at,
        }
    }
}
