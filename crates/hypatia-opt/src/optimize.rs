//! Graph to graph: pulses over stretches.
//!
//! Invariants: inputs, literals, roles and types of roots stay; guards are those of before, plus
//! what stable forms need; nothing depends on clocks, threads or addresses.
//!
//! Not here: what happens in a stretch (`region.rs`), what looks at whole graphs (`pass/`).

use crate::cut::{last_uses, stretches};
use crate::error::Error;
use crate::memo::Memo;
use crate::pass;
use crate::recipe::Draft;
use crate::region::Region;
use crate::report::Report;
use crate::rules::Book;
use crate::{Opt, Optimized, Options};
use hypatia_ir::graph::{Graph, NodeId, Root};
use hypatia_ir::infer::Requirement;
use hypatia_ir::op::Op;
use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

#[cfg(test)]
#[path = "optimize_test.rs"]
mod test;

/// Graphs of up to so many nodes go through one e-graph; larger ones are cut.
const WHOLE: usize = 5_000;

/// About how many ops the stretches of a graph have that is cut.
const STRETCH: usize = 192;

/// Simplifies a graph whose gradients, if any, have been taken.
///
/// # Errors
/// Options that name no rule, or two by one name; [`Error::Internal`] if the simplifier breaks an invariant of its own.
pub fn optimize(graph: &Graph, options: &Options) -> Result<Optimized, Error> {
    let (cut, pulses) = match options.opt {
        Opt::None => (None, 0),
        Opt::Fast => (Some(STRETCH), 1),
        Opt::Full | Opt::Verify => (cut(graph), 2),
    };
    simplify(graph, options, true, cut, pulses)
}

/// Brings a graph into its stable form before gradients are taken: one pulse, which leaves
/// `stop_gradient` alone; two if the graph is cut, so that what one pulse cannot see because of
/// its cuts, the other can.
///
/// # Errors
/// As [`optimize`].
pub fn stabilize(graph: &Graph, options: &Options) -> Result<Optimized, Error> {
    let cut = cut(graph);
    simplify(graph, options, false, cut, if cut.is_some() { 2 } else { 1 })
}

/// The length of stretches, if a graph is cut.
fn cut(graph: &Graph) -> Option<usize> {
    (graph.nodes().len() > WHOLE).then_some(STRETCH)
}

fn simplify(
    graph: &Graph,
    options: &Options,
    differentiated: bool,
    cut: Option<usize>,
    pulses: usize,
) -> Result<Optimized, Error> {
    options.rules.check()?;
    by(&Book::of(options), graph, options, differentiated, cut, pulses)
}

/// Simplifies with these rules, in this order.
fn by(
    book: &Book<'_>,
    graph: &Graph,
    options: &Options,
    differentiated: bool,
    cut: Option<usize>,
    pulses: usize,
) -> Result<Optimized, Error> {
    let mut report = Report { ops_before: graph.op_count(), ..Report::default() };
    let mut simple = None;
    for number in 0..pulses {
        report.unstable.clear();
        let from = simple.as_ref().unwrap_or(graph);
        let marks = !differentiated || number + 1 < pulses;
        let pulse = Pulse { number, differentiated, cut, marks, hint: options.hint, book };
        let mut out = pulse.run(from, &mut Memo::default(), &mut report)?;
        if differentiated && number + 1 < pulses {
            // Between pulses: the first brings spellings together, the second tidies up.
            out = pass::run(out, options, &mut report)?;
        }
        simple = Some(out);
    }
    let graph = simple.unwrap_or_else(|| graph.clone());
    report.ops_after = graph.op_count();
    Ok(Optimized { graph, report })
}

/// For each node, whether the user marked it as fast.
pub(crate) fn marked(graph: &Graph, live: &[bool]) -> Vec<bool> {
    let mut marked = vec![false; live.len()];
    for (id, node) in graph.iter() {
        if node.op == Op::Fast && live[id.index()] {
            node.operands.iter().for_each(|x| marked[x.index()] = true);
        }
    }
    marked
}

/// One way through a graph.
struct Pulse<'a> {
    /// Which pulse it is, from 0: each cuts at other places.
    number: usize,
    /// Whether gradients have been taken.
    differentiated: bool,
    /// The length of stretches; the whole graph if there is none.
    cut: Option<usize>,
    /// Whether marks of the user's stay.
    marks: bool,
    /// The length that costs assume for symbolic dims.
    hint: i64,
    book: &'a Book<'a>,
}

impl Pulse<'_> {
    fn run(&self, graph: &Graph, memo: &mut Memo, report: &mut Report) -> Result<Graph, Error> {
        let known = graph.guards.iter().map(|g| g.requirement.clone()).collect();
        let known: Arc<HashSet<Requirement>> = Arc::new(known);
        let mut draft = Draft::of(graph);
        let live = graph.live();
        let needed_from = last_uses(graph);
        let marked = marked(graph, &live);
        for nodes in self.stretches(graph, &live) {
            let outside = |&i: &usize| live[i] && needed_from[i] >= nodes.end;
            let roots = nodes.clone().filter(outside).map(|i| NodeId(i as u32)).collect();
            let (live, marked, known) = (&live, &marked, &known);
            let (differentiated, marks, explains) = (self.differentiated, self.marks, false);
            let hint = self.hint;
            let region = Region {
                graph,
                nodes,
                live,
                marked,
                roots,
                differentiated,
                explains,
                marks,
                hint,
                known,
            };
            region.run(self.book, &mut draft, memo, report)?;
        }
        for root in &graph.roots {
            let node = draft.moved(root.node)?;
            draft.graph.roots.push(Root { role: root.role.clone(), node });
        }
        let mut out = draft.graph;
        // What an op needed holds even if the op is gone: it is what the user wrote.
        let own = std::mem::replace(&mut out.guards, graph.guards.clone());
        out.guards.extend(own.into_iter().filter(|g| !known.contains(&g.requirement)));
        Ok(out)
    }

    fn stretches(&self, graph: &Graph, live: &[bool]) -> Vec<Range<usize>> {
        match self.cut {
            Some(length) => stretches(graph, live, length / (self.number + 1), length),
            None => std::iter::once(0..graph.nodes().len()).collect(),
        }
    }
}
