//! One stretch of a graph through the e-graph: built, saturated, extracted, written down.
//!
//! Invariants: what comes out is never dearer than what went in; values that later stretches or
//! roots need keep their types.
//!
//! Not here: how graphs are cut into stretches (`optimize.rs`).

use crate::error::Error;
use crate::extract::Choice;
use crate::language::{Head, Term, split};
use crate::lint::is_worth_a_warning;
use crate::memo::{Form, Memo};
use crate::normalize::normalize;
use crate::recipe::{Draft, Place, Recipe, Source, Step, What};
use crate::report::Report;
use crate::rules::{Book, NORMALIZED, Sight};
use crate::saturate::saturate;
use crate::space::{Class, FROM_GRAPH, Rules, Space, add, exchanged, op_of};
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

/// What a stretch needs to know.
pub(crate) struct Region<'a> {
    pub graph: &'a Graph,
    pub nodes: Range<usize>,
    /// Whether any root needs a node.
    pub live: &'a [bool],
    /// Whether the user marked a node as fast.
    pub marked: &'a [bool],
    /// Nodes of the stretch that others need.
    pub roots: Vec<NodeId>,
    /// Whether gradients have been taken already.
    pub differentiated: bool,
    /// Whether reasons are kept.
    pub explains: bool,
    /// Whether others come after, so that marks have to stay.
    pub marks: bool,
    /// The length that costs assume for symbolic dims.
    pub hint: i64,
    /// Requirements that the call checks anyway.
    pub known: &'a Arc<HashSet<Requirement>>,
}

impl Region<'_> {
    /// Simplifies the stretch and appends it to a draft. The memo has recipes of the same pulse.
    pub fn run(
        &self,
        book: &Book<'_>,
        draft: &mut Draft,
        memo: &mut Memo,
        report: &mut Report,
    ) -> Result<(), Error> {
        let reads = self.reads();
        let form = Form::of(self, draft, &reads)?;
        let recipe = memo.recipe(form, || self.recipe(book, draft, &reads))?;
        let reads: Vec<NodeId> = reads.iter().map(|&r| draft.moved(r)).collect::<Result<_, _>>()?;
        let place = Place {
            graph: self.graph,
            start: self.nodes.start,
            reads: &reads,
            roots: &self.roots,
            marks: self.marks,
        };
        recipe.cook(&place, draft, report)
    }

    /// Simplifies the stretch.
    pub fn recipe(
        &self,
        book: &Book<'_>,
        draft: &Draft,
        reads: &[NodeId],
    ) -> Result<Recipe, Error> {
        let mut recipe = Recipe::default();
        let (mut space, classes) = self.build(draft)?;
        space.analysis.requested = book.requested();
        let roots: Vec<Id> = self.roots.iter().map(|r| classes[r]).collect();
        let limit = 4 * classes.len() + 2000;
        for segment in 0..2 {
            let counts = saturate(&mut space, book, ROUNDS, limit);
            recipe.peak_terms = recipe.peak_terms.max(counts.peak);
            for (rule, &count) in (0u16..).zip(&counts.fired).filter(|(_, c)| **c > 0) {
                *recipe.fired.entry(book.name(rule)).or_insert(0) += count;
            }
            if segment == 0 && book.normalizes {
                let added = normalize(&mut space, &roots, book.mode);
                if added > 0 {
                    *recipe.fired.entry(NORMALIZED.into()).or_insert(0) += added;
                }
            }
        }
        if let Some(broken) = &space.analysis.broken {
            return Err(Error::internal("saturate", broken.clone()));
        }
        let original = self.original(&space, &classes);
        let (before, choice) = Choice::find(&space, &roots, self.hint, &original)
            .ok_or_else(|| Error::internal("extract", "a root has no finite cost"))?;
        recipe.cost_before = before;
        recipe.cost_after = choice.total();
        self.write(&space, book, &choice, &classes, reads, &mut recipe)?;
        Ok(recipe)
    }

    /// The live nodes of the stretch.
    pub fn nodes(&self) -> impl Iterator<Item = (NodeId, &Node)> {
        let live = self.nodes.clone().filter(|&i| self.live[i]);
        live.map(|i| (NodeId(i as u32), &self.graph.nodes()[i]))
    }

    /// The nodes that the stretch reads but does not compute, in the order in which it meets them.
    pub fn reads(&self) -> Vec<NodeId> {
        let mut seen = HashSet::new();
        let mut reads = Vec::new();
        let mut meet = |id: NodeId| {
            if seen.insert(id) {
                reads.push(id);
            }
        };
        for (id, node) in self.nodes() {
            let before = |x: &&NodeId| x.index() < self.nodes.start;
            node.operands.iter().filter(before).for_each(|&x| meet(x));
            if matches!(node.op, Op::Input(_) | Op::Literal(_)) {
                meet(id);
            }
        }
        reads
    }

    /// The e-graph of the stretch, and the class of every node in or before it that it needs.
    pub fn build(&self, draft: &Draft) -> Result<(Space, HashMap<NodeId, Id>), Error> {
        let rules = Rules {
            known: self.known.clone(),
            differentiated: self.differentiated,
            rule: FROM_GRAPH,
            ..Rules::default()
        };
        let space = Space::new(rules);
        let mut space = if self.explains { space.with_explanations_enabled() } else { space };
        let mut classes: HashMap<NodeId, Id> = HashMap::new();
        for (id, node) in self.nodes() {
            space.analysis.at = (id.0, node.at);
            for &x in node.operands.iter().filter(|x| x.index() < self.nodes.start) {
                if let Entry::Vacant(place) = classes.entry(x) {
                    place.insert(outer(&mut space, draft, x)?);
                }
            }
            space.analysis.at = (id.0, node.at);
            let class = match split(&node.op) {
                // Other rules see through the mark.
                None if node.op == Op::Fast => classes[&node.operands[0]],
                None => outer(&mut space, draft, id)?,
                Some((head, attr)) => {
                    let attr = attr.map(|a| space.add(Term::attr(a)));
                    let operands = node.operands.iter().map(|x| classes[x]);
                    let args: Vec<Id> = attr.into_iter().chain(operands).collect();
                    add(&mut space, Term::new(head, args))
                }
            };
            if self.marked[id.index()] {
                let class = space.find(class);
                space[class].data.fast = true;
            }
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
            let term = Term::new(head, attr.into_iter().chain(operands));
            let there = space.lookup(term.clone()).is_some();
            let other = || exchanged(&term).filter(|t| space.lookup(t.clone()).is_some());
            let term = if there { term } else { other().unwrap_or(term) };
            Some((classes[&id], term))
        };
        self.nodes().filter_map(term).collect()
    }

    /// Writes the chosen terms down.
    fn write(
        &self,
        space: &Space,
        book: &Book<'_>,
        choice: &Choice<'_>,
        classes: &HashMap<NodeId, Id>,
        reads: &[NodeId],
        recipe: &mut Recipe,
    ) -> Result<(), Error> {
        let numbers: HashMap<NodeId, usize> = reads.iter().copied().zip(0..).collect();
        let mut made: HashMap<Id, usize> = HashMap::new();
        let sight = Sight::of(space);
        for class in choice.order() {
            let Some(term) = choice.term(class) else { continue };
            let data = &space[class].data;
            let broken = || Error::internal("extract", format!("{term:?}"));
            let what = match &term.head {
                Head::Attr(_) => continue,
                Head::Outer(number) => {
                    let old = space.analysis.origins[*number as usize];
                    What::Read(*numbers.get(&old).ok_or_else(broken)?)
                }
                _ => {
                    let operands = term.operands().iter().map(|&x| made.get(&space.find(x)));
                    let operands = operands.map(|x| x.copied()).collect::<Option<_>>();
                    let op = op_of(space, term).ok_or_else(broken)?;
                    What::Op(op, operands.ok_or_else(broken)?)
                }
            };
            let line = NodeId(data.at.0);
            let source = match numbers.get(&line) {
                Some(&number) => Source::Read(number),
                None => Source::Own(line.index().saturating_sub(self.nodes.start)),
            };
            made.insert(class, recipe.steps.len());
            let facts = data.facts;
            let unstable = is_worth_a_warning(space, &sight, class, term);
            let (rules, fast) = (behind(data, book), data.fast);
            recipe.steps.push(Step { what, source, facts, rules, unstable, fast });
        }
        for root in &self.roots {
            let step = made.get(&space.find(classes[root])).copied();
            let lost = || Error::internal("extract", format!("root %{}", root.0));
            recipe.roots.push(step.ok_or_else(lost)?);
        }
        Ok(())
    }
}

/// The names of the rules behind a class, in the order of the rule book.
fn behind(class: &Class, book: &Book<'_>) -> Vec<Arc<str>> {
    let mut rules: Vec<u16> = class.marks.iter().map(|m| m.rule).collect();
    rules.sort_unstable();
    rules.dedup();
    rules.into_iter().map(|r| book.name(r)).collect()
}

/// The class of a node that has been moved already.
fn outer(space: &mut Space, draft: &Draft, id: NodeId) -> Result<Id, Error> {
    let new = draft.moved(id)?;
    let node = draft.graph.node(new);
    if let Op::Const(value) = node.op {
        return Ok(space.add(Term::new(Head::Const(value), [])));
    }
    let rules = &mut space.analysis;
    rules.at = (id.0, node.at);
    let number = *rules.numbers.entry(new).or_insert_with(|| {
        rules.origins.push(id);
        rules.outer.push(node.ty.clone());
        rules.outer_facts.push(draft.facts(new));
        rules.origins.len() as u32 - 1
    });
    Ok(space.add(Term::new(Head::Outer(number), [])))
}
