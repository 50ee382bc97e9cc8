//! Rewrites that look at whole graphs: what an e-graph would drown in, or needs several roots.
//!
//! Invariants: a pass computes the same roots of the same types and asks no more of the dims; its
//! result is not dearer, or it is dropped.
//!
//! Not here: rules for single terms (`rules/`).

mod batch;
mod chain;
mod constant;
mod invariant;
mod pads;
#[cfg(test)]
mod probe;
mod shared;
mod site;

pub use invariant::{Hoisted, hoist, invariants};

use crate::cost::of_graph;
use crate::error::Error;
use crate::report::Report;
use crate::rules::Soundness;
use crate::{Mode, Options};
use hypatia_ir::graph::Graph;
use site::Site;

/// A pass.
struct Pass {
    /// The name in reports and selections.
    name: &'static str,
    soundness: Soundness,
    /// The new graph, if there was anything to do.
    run: fn(&Site<'_>, &mut Report) -> Result<Option<Graph>, Error>,
}

/// Every pass in the order in which they run.
const PASSES: [Pass; 5] = [
    Pass { name: batch::NAME, soundness: Soundness::Stable, run: batch::run },
    // Asks for leave itself: a mark allows it for one product.
    Pass { name: chain::NAME, soundness: Soundness::Exact, run: chain::run },
    Pass { name: shared::NAME, soundness: Soundness::Stable, run: shared::run },
    Pass { name: pads::NAME, soundness: Soundness::Stable, run: pads::run },
    Pass { name: constant::NAME, soundness: Soundness::Exact, run: constant::run },
];

/// The names of the passes.
pub(crate) fn names<'a>() -> impl Iterator<Item = &'a str> {
    PASSES.iter().map(|p| p.name)
}

/// Runs every pass that the options allow.
pub(crate) fn run(graph: Graph, options: &Options, report: &mut Report) -> Result<Graph, Error> {
    let allowed = |p: &&Pass| {
        let mode = options.mode != Mode::Strict || p.soundness <= Soundness::Accurate;
        mode && options.rules.has(p.name)
    };
    let mut graph = graph;
    for pass in PASSES.iter().filter(allowed) {
        let mut told = Report::default();
        let found = (pass.run)(&Site::of(&graph, options), &mut told)?;
        let Some(mut found) = found else { continue };
        if options.rules.has(constant::NAME)
            && let Some(folded) = constant::run(&Site::of(&found, options), &mut told)?
        {
            found = folded;
        }
        let (before, after) = (of_graph(&graph, options.hint), of_graph(&found, options.hint));
        // What passes weigh is a part of the graph, and values may be shared beyond it.
        if after <= before {
            graph = found;
            report.cost_before += before;
            report.cost_after += after;
            report.rewrites.append(&mut told.rewrites);
            for (name, count) in told.fired {
                *report.fired.entry(name).or_insert(0) += count;
            }
        }
    }
    Ok(graph)
}
