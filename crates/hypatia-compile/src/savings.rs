//! What the simplifier saves: a function as it was written beside what it became.
//!
//! Invariants: nothing is compiled for it; both sides are lowered in the same way.
//!
//! Not here: what it costs in time (`profile/`).

use crate::function::Function;
use hypatia_ir::graph::Graph;
use hypatia_lower::plan::{Plan, Step, plan};
use hypatia_opt::{Opt, Options, optimize};
use std::fmt;

/// How much there is to do in a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Amount {
    /// Ops of the graph.
    pub ops: usize,
    /// Kernels that are launched.
    pub launches: usize,
    /// Matrix products.
    pub products: usize,
    /// Values that are stored between steps.
    pub stored: usize,
}

/// A function as written and as simplified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Savings {
    /// As it was written, common parts shared.
    pub written: Amount,
    /// As it is computed.
    pub simplified: Amount,
}

impl Amount {
    fn of(graph: &Graph, plan: &Plan) -> Amount {
        let mut amount = Amount { ops: graph.op_count(), launches: 0, products: 0, stored: 0 };
        for step in &plan.steps {
            match step {
                Step::Launches(launches) => amount.launches += launches.len(),
                Step::Product(_) => amount.products += 1,
                Step::Routine(_) | Step::Copy { .. } => {}
            }
        }
        let in_arena = |b: &hypatia_lower::plan::Buffer| {
            matches!(b.place, hypatia_lower::plan::Place::Arena { .. })
        };
        amount.stored = plan.buffers.iter().filter(|b| in_arena(b)).count();
        amount
    }
}

impl Function {
    /// What the simplifier saves, by lowering the function once more as it was written. `None` if
    /// that cannot be lowered.
    ///
    /// ```
    /// # use hypatia_compile::function;
    /// # use hypatia_ir::expr::vector;
    /// let x = vector::<f32>("x", "n");
    /// let f = function([&x], (x.exp() * 1.0 + 0.0).log()).compile().unwrap();
    /// let savings = f.savings().unwrap();
    /// assert_eq!((savings.written.ops, savings.simplified.ops), (4, 0));
    /// ```
    pub fn savings(&self) -> Option<Savings> {
        let (captured, options) = self.origin();
        let options = Options { opt: Opt::None, ..options.clone() };
        let written = optimize(captured, &options).ok()?.graph;
        let lowered = plan(&written).ok()?;
        Some(Savings {
            written: Amount::of(&written, &lowered),
            simplified: Amount::of(&self.graph, &self.plan),
        })
    }
}

impl fmt::Display for Savings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Savings { written: x, simplified: y } = self;
        write!(
            f,
            "simplified: ops {} -> {}, kernels {} -> {}, products {} -> {}, stored values {} -> {}",
            x.ops, y.ops, x.launches, y.launches, x.products, y.products, x.stored, y.stored
        )
    }
}
