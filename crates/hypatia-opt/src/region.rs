//! One stretch of a graph through the e-graph: built, saturated, extracted, appended.
//!
//! Invariants: what comes out is never dearer than what went in; values that later stretches or
//! roots need keep their types.
//!
//! Not here: how graphs are cut into stretches (`optimize.rs`).

use crate::Options;
use crate::cost::is_unstable;
use crate::error::Error;
use crate::extract::Choice;
use crate::facts::Facts;
use crate::language::{Head, Term, split};
use crate::normalize::normalize;
use crate::report::{Report, Rewrite, Unstable};
use crate::rules::RULES;
use crate::saturate::saturate;
use crate::space::{FROM_GRAPH, Rules, Space, add, op_of};
use egg::Id;
use hypatia_ir::graph::{Graph, Node, NodeId};
use hypatia_ir::infer::Requirement;
use hypatia_ir::op::Op;
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

#[cfg(test)]
#[path = "region_test.rs"]
mod test;

/// Rounds of matching before and after sums and products are normalised.
const ROUNDS: usize = 3;

/// From nodes of the old graph to nodes of the new one.
pub(crate) type Moved = Vec<Option<NodeId>>;

/// What a stretch needs to know.
pub(crate) struct Region<'a> {
    pub graph: &'a Graph,
    pub nodes: Range<usize>,
    /// Whether any root needs a node.
    pub live: &'a [bool],
    /// Nodes of the stretch that others need.
    pub roots: Vec<NodeId>,
    /// Whether gradients have been taken already.
    pub differentiated: bool,
    /// Requirements that the call checks anyway.
    pub known: &'a Arc<HashSet<Requirement>>,
}

impl Region<'_> {
    /// Simplifies the stretch and appends it to `out`.
    pub fn run(
        &self,
        options: &Options,
        out: &mut Graph,
        moved: &mut Moved,
        report: &mut Report,
    ) -> Result<(), Error> {
        let (mut space, classes) = self.build(out, moved)?;
        let roots: Vec<Id> = self.roots.iter().map(|r| classes[r]).collect();
        let limit = 4 * classes.len() + 2000;
        for segment in 0..2 {
            let counts = saturate(&mut space, options.mode, ROUNDS, limit);
            report.peak_terms = report.peak_terms.max(counts.peak);
            for (rule, &count) in RULES.iter().zip(&counts.fired).filter(|(_, c)| **c > 0) {
                *report.fired.entry(rule.name.clone()).or_insert(0) += count;
            }
            if segment == 0 {
                let added = normalize(&mut space, &roots, options.mode);
                if added > 0 {
                    *report.fired.entry("normalize".into()).or_insert(0) += added;
                }
            }
        }
        if let Some(broken) = &space.analysis.broken {
            return Err(Error::internal("saturate", broken.clone()));
        }
        let original = self.original(&space, &classes);
        let (before, choice) = Choice::find(&space, &roots, options.hint, &original)
            .ok_or_else(|| Error::internal("extract", "a root has no finite cost"))?;
        report.cost_before += before;
        report.cost_after += choice.total();
        self.append(&space, &choice, &classes, out, moved, report)
    }

    fn nodes(&self) -> impl Iterator<Item = (NodeId, &Node)> {
        let live = self.nodes.clone().filter(|&i| self.live[i]);
        live.map(|i| (NodeId(i as u32), &self.graph.nodes()[i]))
    }

    /// The e-graph of the stretch, and the class of every node in or before it that it needs.
    fn build(&self, out: &Graph, moved: &Moved) -> Result<(Space, HashMap<NodeId, Id>), Error> {
        let rules = Rules {
            known: self.known.clone(),
            differentiated: self.differentiated,
            rule: FROM_GRAPH,
            ..Rules::default()
        };
        let mut space = Space::new(rules);
        let mut classes: HashMap<NodeId, Id> = HashMap::new();
        for (id, node) in self.nodes() {
            space.analysis.at = (id.0, node.at);
            for &x in node.operands.iter().filter(|x| x.index() < self.nodes.start) {
                if let Entry::Vacant(place) = classes.entry(x) {
                    place.insert(outer(&mut space, out, moved, x)?);
                }
            }
            space.analysis.at = (id.0, node.at);
            let class = match split(&node.op) {
                None => outer(&mut space, out, moved, id)?,
                Some((head, attr)) => {
                    let attr = attr.map(|a| space.add(Term::attr(a)));
                    let operands = node.operands.iter().map(|x| classes[x]);
                    let args: Vec<Id> = attr.into_iter().chain(operands).collect();
                    add(&mut space, Term::new(head, args))
                }
            };
            classes.insert(id, class);
        }
        space.rebuild();
        Ok((space, classes))
    }

    /// The terms of the stretch as it was, with their classes: of each class the first. Operands
    /// of a first term are of earlier nodes, so these are acyclic.
    fn original(&self, space: &Space, classes: &HashMap<NodeId, Id>) -> Vec<(Id, Term)> {
        let term = |(id, node): (NodeId, &Node)| {
            let erased = self.differentiated && matches!(node.op, Op::Marker(_));
            let (head, attr) = split(&node.op).filter(|_| !erased)?;
            let attr = match attr {
                Some(attr) => Some(space.lookup(Term::attr(attr))?),
                None => None,
            };
            let operands = node.operands.iter().map(|x| space.find(classes[x]));
            Some((classes[&id], Term::new(head, attr.into_iter().chain(operands))))
        };
        self.nodes().filter_map(term).collect()
    }

    /// Appends the chosen terms.
    fn append(
        &self,
        space: &Space,
        choice: &Choice<'_>,
        classes: &HashMap<NodeId, Id>,
        out: &mut Graph,
        moved: &mut Moved,
        report: &mut Report,
    ) -> Result<(), Error> {
        let mut made: HashMap<Id, NodeId> = HashMap::new();
        for class in choice.order() {
            let Some(term) = choice.term(class) else { continue };
            let data = &space[class].data;
            let id = match &term.head {
                Head::Attr(_) => continue,
                Head::Outer(number) => space.analysis.origins[*number as usize],
                _ => {
                    let broken = || Error::internal("extract", format!("{term:?}"));
                    let op = op_of(space, term).ok_or_else(broken)?;
                    let operands = term.operands().iter().map(|&x| made.get(&space.find(x)));
                    let operands: Vec<NodeId> =
                        operands.map(|x| x.copied()).collect::<Option<_>>().ok_or_else(broken)?;
                    if is_unstable(space, term) {
                        let op = op.name().to_string();
                        report.unstable.push(Unstable { op, at: data.at.1 });
                    }
                    let id = out.add(op, &operands, data.at.1);
                    id.map_err(|cause| Error::internal("extract", cause.to_string()))?
                }
            };
            made.insert(class, id);
            self.note(space, class, term, report);
        }
        for root in &self.roots {
            moved[root.index()] = made.get(&space.find(classes[root])).copied();
        }
        Ok(())
    }

    /// Reports the rules behind a class.
    fn note(&self, space: &Space, class: Id, term: &Term, report: &mut Report) {
        let data = &space[class].data;
        let mut rules: Vec<u16> = data.marks.iter().map(|m| m.rule).collect();
        rules.sort_unstable();
        rules.dedup();
        let rules: Vec<String> = rules
            .into_iter()
            .map(|r| RULES.get(usize::from(r)).map_or("normalize".into(), |r| r.name.clone()))
            .collect();
        if !rules.is_empty() && !matches!(term.head, Head::Const(_) | Head::Outer(_)) {
            let op = op_of(space, term).map_or(String::new(), |op| op.name().to_string());
            report.rewrites.push(Rewrite { at: data.at.1, op, rules });
        }
    }
}

/// The class of a node that has been moved already.
fn outer(space: &mut Space, out: &Graph, moved: &Moved, id: NodeId) -> Result<Id, Error> {
    let new = moved[id.index()].ok_or_else(|| Error::internal("build", format!("%{}", id.0)))?;
    let node = out.node(new);
    if let Op::Const(value) = node.op {
        return Ok(space.add(Term::new(Head::Const(value), [])));
    }
    let rules = &mut space.analysis;
    rules.at = (id.0, node.at);
    let number = *rules.numbers.entry(new).or_insert_with(|| {
        rules.origins.push(new);
        rules.outer.push(node.ty.clone());
        rules.outer_facts.push(Facts::of_dtype(node.ty.dtype));
        rules.origins.len() as u32 - 1
    });
    Ok(space.add(Term::new(Head::Outer(number), [])))
}
