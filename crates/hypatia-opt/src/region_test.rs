//! The matching loop against its definition: rules tried only near what changed give the e-graph
//! that trying every rule everywhere gives.
//!
//! Invariants: deterministic but for the graphs that proptest draws.
//!
//! Not here: what the rules are worth (`rules/trial`).

use super::{ROUNDS, Region};
use crate::extract::Choice;
use crate::normalize::normalize;
use crate::optimize::marked;
use crate::recipe::{Draft, Place, Recipe};
use crate::report::Report;
use crate::rules::Book;
use crate::saturate::saturate;
use crate::space::size;
use crate::{Mode, Options, generate, models};
use hypatia_ir::graph::{Graph, NodeId, Root};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What a pulse leaves: classes, terms, and the text of what is extracted.
#[derive(Debug, PartialEq)]
struct Outcome {
    classes: usize,
    terms: usize,
    text: String,
}

/// One pulse; `everywhere` tries every rule on every class in each round.
fn pulse(graph: &Graph, mode: Mode, everywhere: bool) -> Outcome {
    let options = Options { mode, ..Options::default() };
    let (book, hint) = (Book::of(&options), options.hint);
    let mut draft = Draft::of(graph);
    let roots: BTreeSet<NodeId> = graph.roots.iter().map(|r| r.node).collect();
    let nodes = 0..graph.nodes().len();
    let live = graph.live();
    let known = Arc::new(graph.guards.iter().map(|g| g.requirement.clone()).collect());
    let roots = roots.into_iter().collect();
    let marked = marked(graph, &live);
    let (live, marked, known) = (&live, &marked, &known);
    let (differentiated, marks, explains) = (true, true, false);
    let region =
        Region { graph, nodes, live, marked, roots, differentiated, explains, marks, hint, known };
    let (mut space, classes) = region.build(&draft).unwrap();
    let roots: Vec<_> = region.roots.iter().map(|r| classes[r]).collect();
    for segment in 0..2 {
        for _ in 0..ROUNDS {
            if everywhere {
                space.analysis.dirty = space.classes().map(|c| c.id).collect();
            }
            saturate(&mut space, &book, 1, usize::MAX);
        }
        if segment == 0 {
            normalize(&mut space, &roots, mode);
        }
    }
    let original = region.original(&space, &classes);
    let (_, choice) = Choice::find(&space, &roots, hint, &original).unwrap();
    let (reads, mut recipe) = (region.reads(), Recipe::default());
    region.write(&space, &book, &choice, &classes, &reads, &mut recipe).unwrap();
    let reads: Vec<NodeId> = reads.iter().map(|&r| draft.moved(r).unwrap()).collect();
    let place = Place { graph, start: 0, reads: &reads, roots: &region.roots, marks: true };
    recipe.cook(&place, &mut draft, &mut Report::default()).unwrap();
    let root = |r: &Root| Root { role: r.role.clone(), node: draft.moved(r.node).unwrap() };
    draft.graph.roots = graph.roots.iter().map(root).collect();
    let text = draft.graph.to_string();
    Outcome { classes: space.number_of_classes(), terms: size(&space), text }
}

fn check(graph: &Graph) {
    for mode in [Mode::Strict, Mode::Default, Mode::Fast] {
        assert_eq!(pulse(graph, mode, false), pulse(graph, mode, true), "{mode:?}\n{graph}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn near_is_everywhere_on_generated_graphs(g in generate::graphs(generate::Options::default())) {
        check(&g.graph);
    }
}

#[test]
fn near_is_everywhere_on_training_graphs() {
    check(&models::mlp(2));
    check(&models::transformer(1));
}
