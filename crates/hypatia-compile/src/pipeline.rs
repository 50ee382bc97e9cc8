//! The whole pipeline: expressions, graph, simplified graph, plan, code, function.
//!
//! Invariants: passes run in the order that their types force.
//!
//! Not here: any pass.

use crate::builder::{Builder, Update};
use crate::cache::Slot;
use crate::check;
use crate::error::CompileError;
use crate::explain::{Laps, Times};
use crate::function::{Function, Parts};
use hypatia_ir::capture::Captured;
use hypatia_ir::expr::{Expr, ExprId, post_order};
use hypatia_ir::graph::{Graph, Role};
use hypatia_ir::shared::Shared;
use hypatia_ir::span::Span;
use hypatia_ir::substitute::substitute;
use hypatia_opt::optimize;
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

/// Compiles a function.
pub(crate) fn compile(builder: Builder) -> Result<Function, CompileError> {
    let (mut laps, mut times) = (Laps::start(), Times::default());
    let captured = capture(&builder)?;
    times.capture = laps.lap();

    let slot = Slot::of(&builder, &captured.graph);
    let found = slot.as_ref().and_then(|slot| slot.graph(&captured.graph));
    times.cache = laps.lap();

    let (graph, report) = match found {
        Some(graph) => (graph, None),
        None => {
            let optimized = optimize(&captured.graph, &builder.options)?;
            (optimized.graph, Some(optimized.report))
        }
    };
    times.optimize = laps.lap();

    let plan = Arc::new(hypatia_lower::plan::plan(&graph)?);
    times.lower = laps.lap();

    let compile_count = AtomicUsize::new(0);
    let code = slot.as_ref().and_then(|slot| slot.code(&plan));
    let device = builder.device;
    let (executable, made) = device.load(plan.clone(), builder.threads, code, &compile_count)?;
    times.emit = laps.lap();

    if let (Some(slot), Some(made)) = (&slot, made) {
        slot.keep(&captured.graph, &graph, &plan, made);
        times.cache += laps.lap();
    }
    let parts = Parts { captured, graph, report, plan, executable, compile_count, times };
    Ok(Function::new(&builder, parts))
}

/// The checked graph of a function: arguments first, then shared variables; outputs first, then
/// updates.
fn capture(builder: &Builder) -> Result<Captured, CompileError> {
    check::inputs(builder)?;
    check::defaults(builder)?;
    let help = "the replacement must have the same element type and shape";
    for given in &builder.givens {
        check::replacement("given", given.at, &given.old, &given.new, help)?;
    }
    let (outputs, mut updates) = replaced(builder);
    if builder.default_updates {
        add_defaults(builder.at, &outputs, &mut updates);
    }
    let values = updates.iter().map(|u| &u.value);
    let roots: Vec<Expr> = outputs.iter().map(|(_, e)| e).chain(values).cloned().collect();
    let errors = roots.iter().find(|r| r.type_or_none().is_none());
    if errors.is_none() {
        check::updates(&updates)?;
        check::variables(builder, &roots)?;
    }
    let variables = updates.iter().map(|u| u.variable.expr());
    let first: Vec<Expr> = builder.inputs.iter().cloned().chain(variables).collect();
    let named: Vec<(Arc<str>, Expr)> =
        outputs.into_iter().chain(updates.iter().map(Update::as_root)).collect();
    let mut captured = Graph::capture(&first, &named)?;
    let from = builder.outputs.len();
    for (update, number) in updates.iter().zip(from..) {
        let input = check::variable(&update.variable).and_then(|v| captured.position(v));
        if let (Some(input), Some(root)) = (input, captured.graph.roots.get_mut(number)) {
            root.role = Role::Update(input);
        }
    }
    check::dims(builder.at, &captured)?;
    Ok(captured)
}

impl Update {
    /// The new value with exactly the type of the variable: what symbolic dims leave open is
    /// checked when sizes are known.
    fn as_root(&self) -> (Arc<str>, Expr) {
        let name = self.variable.to_string().into();
        let value = match (self.variable.type_or_none(), self.value.type_or_none()) {
            (Some(variable), Some(value)) if variable != value => {
                self.at.on_behalf_of(|| self.value.broadcast_to(&variable.shape))
            }
            _ => self.value.clone(),
        };
        (name, value)
    }
}

/// Adds the default update of every shared variable that is read and has no other, those that
/// the added ones read included.
fn add_defaults(at: Span, outputs: &[(Arc<str>, Expr)], updates: &mut Vec<Update>) {
    let mut seen: HashSet<ExprId> = updates.iter().map(|u| u.variable.id()).collect();
    let values = updates.iter().map(|u| &u.value);
    let mut roots: Vec<Expr> = outputs.iter().map(|(_, e)| e).chain(values).cloned().collect();
    while !roots.is_empty() {
        let read = post_order(&roots).into_iter().filter_map(Shared::of);
        let new = read.filter(|variable| seen.insert(variable.id()));
        let added: Vec<Update> = new
            .filter_map(|variable| {
                let value = variable.default_update()?;
                Some(Update { variable, value, at })
            })
            .collect();
        roots = added.iter().map(|u| u.value.clone()).collect();
        updates.extend(added);
    }
}

/// Outputs and updates after the givens.
fn replaced(builder: &Builder) -> (Vec<(Arc<str>, Expr)>, Vec<Update>) {
    let by: Vec<(Expr, Expr)> =
        builder.givens.iter().map(|g| (g.old.clone(), g.new.clone())).collect();
    let outputs = builder.outputs.iter().map(|(_, e)| e);
    let values = builder.updates.iter().map(|u| &u.value);
    let roots: Vec<Expr> = outputs.chain(values).cloned().collect();
    let mut roots = substitute(&roots, &by).into_iter();
    let outputs = builder.outputs.iter().zip(roots.by_ref());
    let outputs = outputs.map(|((name, _), e)| (name.clone(), e)).collect();
    let updates = builder.updates.iter().zip(roots);
    let updates = updates.map(|(u, value)| Update { value, ..u.clone() }).collect();
    (outputs, updates)
}
