//! Looking inside: why one expression is another, and why a rule did not fire.
//!
//! Invariants: what is shown depends on graph and options alone.
//!
//! Not here: what a run did (`report.rs`).

mod chain;
mod maths;
mod refusal;

pub use chain::{Chain, Link, explain, explain_graphs};
pub use refusal::{Refusal, WhyNot, why_not};

use crate::error::Error;
use crate::recipe::Draft;
use crate::region::Region;
use crate::rules::{Book, NORMALIZED};
use crate::space::Space;
use crate::{Options, normalize, saturate};
use egg::Id;
use hypatia_ir::graph::{Graph, NodeId};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// Rounds of matching before sums and products are normalised, as in a run.
const ROUNDS: usize = 3;

/// A whole graph as an e-graph, with the class of each of its nodes.
struct View<'a> {
    graph: &'a Graph,
    space: Space,
    classes: HashMap<NodeId, Id>,
    book: Book<'a>,
    limit: usize,
}

impl<'a> View<'a> {
    fn of(graph: &'a Graph, options: &'a Options, explains: bool) -> Result<View<'a>, Error> {
        options.rules.check()?;
        let live = graph.live();
        let marked = crate::optimize::marked(graph, &live);
        let known = Arc::new(graph.guards.iter().map(|g| g.requirement.clone()).collect());
        let roots: BTreeSet<NodeId> = graph.roots.iter().map(|r| r.node).collect();
        let region = Region {
            graph,
            nodes: 0..graph.nodes().len(),
            live: &live,
            marked: &marked,
            roots: roots.into_iter().collect(),
            differentiated: true,
            explains,
            marks: false,
            hint: options.hint,
            known: &known,
        };
        let (space, classes) = region.build(&Draft::of(graph))?;
        let limit = 4 * classes.len() + 2000;
        Ok(View { graph, space, classes, book: Book::of(options), limit })
    }

    /// A few rounds of matching, and sums and products in their normal form.
    fn grow(&mut self) -> Result<(), Error> {
        saturate::saturate(&mut self.space, &self.book, ROUNDS, self.limit);
        if self.book.normalizes {
            let roots: Vec<Id> = self.graph.roots.iter().map(|r| self.classes[&r.node]).collect();
            normalize::normalize(&mut self.space, &roots, self.book.mode);
        }
        match &self.space.analysis.broken {
            Some(broken) => Err(Error::internal(NORMALIZED, broken.clone())),
            None => Ok(()),
        }
    }
}
