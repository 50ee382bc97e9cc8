//! What has to hold of a function before it is compiled.
//!
//! Invariants: every error names the user's lines.
//!
//! Not here: types of expressions (`hypatia_ir::infer`).

use crate::builder::{Builder, Update};
use crate::error::{CompileError, Replacement};
use hypatia_ir::capture::Captured;
use hypatia_ir::dim::Dim;
use hypatia_ir::expr::{Expr, ExprId, Input, Kind, post_order};
use hypatia_ir::shape::Type;
use hypatia_ir::span::Span;
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

/// A free variable of the function, as declared.
pub(crate) fn variable(expr: &Expr) -> Option<&Arc<Input>> {
    match expr.kind() {
        Kind::Input(input) => Some(input),
        Kind::Literal(_) | Kind::Apply(..) | Kind::Invalid(..) | Kind::Unknown(..) => None,
    }
}

/// That inputs are free variables, each once.
pub(crate) fn inputs(builder: &Builder) -> Result<(), CompileError> {
    let at = builder.at;
    for (position, expr) in builder.inputs.iter().enumerate() {
        expr.ty()?;
        let Some(input) = variable(expr).filter(|v| v.cell.is_none()) else {
            let (expr, from) = (expr.note().text, expr.span());
            return Err(CompileError::NotInput { at, position, expr, from });
        };
        let earlier = builder.inputs[..position].iter().filter_map(variable);
        if let Some(first) = earlier.into_iter().find(|e| e.name == input.name) {
            let (name, first, second) = (input.name.clone(), first.at, input.at);
            return Err(CompileError::DuplicateInput { at, name, first, second });
        }
    }
    Ok(())
}

/// That shared variables have one update each, of their own type.
pub(crate) fn updates(updates: &[Update]) -> Result<(), CompileError> {
    for (position, update) in updates.iter().enumerate() {
        let id = update.variable.id();
        if let Some(first) = updates[..position].iter().find(|u| u.variable.id() == id) {
            let name = update.variable.to_string().into();
            return Err(CompileError::DoubleUpdate { name, first: first.at, second: update.at });
        }
        let help = "sum over the extra axes, or `.cast` the value";
        replacement("update", update.at, &update.variable, &update.value, help)?;
    }
    Ok(())
}

/// That the new expression has, or can have, the type of the old.
pub(crate) fn replacement(
    what: &'static str,
    at: Span,
    old: &Expr,
    new: &Expr,
    help: &'static str,
) -> Result<(), CompileError> {
    let (expected, found) = (old.ty()?, new.ty()?);
    if fits(expected, found) {
        return Ok(());
    }
    Err(CompileError::Replacement(Box::new(Replacement {
        what,
        at,
        name: old.note().text,
        expected: expected.clone(),
        from: old.span(),
        expr: new.note().text,
        found: found.clone(),
        built: new.span(),
        help,
    })))
}

/// Whether types are equal for some values of the dims.
fn fits(a: &Type, b: &Type) -> bool {
    let mut dims = a.shape.iter().zip(b.shape.iter());
    a.dtype == b.dtype && a.rank() == b.rank() && dims.all(|(m, n)| m.solve(n).is_ok())
}

/// That defaults belong to inputs and have their types.
pub(crate) fn defaults(builder: &Builder) -> Result<(), CompileError> {
    for default in &builder.defaults {
        let wrong = |why: String| CompileError::Default {
            at: default.at,
            name: default.input.note().text,
            from: default.input.span(),
            why,
        };
        if !builder.inputs.iter().any(|i| i.id() == default.input.id()) {
            return Err(wrong("it is not among the inputs".into()));
        }
        let ty = default.input.ty()?;
        let found = Type::new(default.value.dtype(), default.value.shape().into());
        if !fits(ty, &found) {
            return Err(wrong(format!("expected {ty}, found {found}")));
        }
    }
    Ok(())
}

/// That every input is used and every free variable is an input.
pub(crate) fn variables(builder: &Builder, roots: &[Expr]) -> Result<(), CompileError> {
    let at = builder.at;
    let declared: HashSet<_> = builder.inputs.iter().map(Expr::id).collect();
    let mut used = HashSet::new();
    let order = post_order(roots);
    for expr in &order {
        let Some(input) = variable(expr) else { continue };
        used.insert(expr.id());
        if input.cell.is_none() && !declared.contains(&expr.id()) {
            let (name, ty, from) = (input.name.clone(), input.ty.clone(), input.at);
            return Err(CompileError::MissingInput { at, name, ty, from });
        }
    }
    let sized = sized_by(builder, &order, &used);
    let idle = |i: &&Expr| !used.contains(&i.id()) && !sized.contains(&i.id());
    let unused = builder.inputs.iter().find(idle);
    match unused.and_then(variable) {
        Some(input) if !builder.allow_unused => {
            let (name, ty, from) = (input.name.clone(), input.ty.clone(), input.at);
            Err(CompileError::UnusedInput { at, name, ty, from })
        }
        _ => Ok(()),
    }
}

/// Inputs that are only there to tell how long an axis is: nothing else binds a dim of theirs that
/// some expression has.
fn sized_by(builder: &Builder, order: &[&Expr], used: &HashSet<ExprId>) -> HashSet<ExprId> {
    let names = |e: &Expr| -> Vec<Arc<str>> {
        let dims = e.type_or_none().into_iter().flat_map(|t| t.shape.iter());
        dims.filter_map(Dim::as_symbol).cloned().collect()
    };
    let is_variable = |e: &&&Expr| variable(e).is_some();
    let bound: HashSet<Arc<str>> =
        order.iter().filter(is_variable).flat_map(|e| names(e)).collect();
    let types = order.iter().filter_map(|e| e.type_or_none());
    let wanted: HashSet<Arc<str>> =
        types.flat_map(|t| t.shape.iter().flat_map(Dim::symbols)).collect();
    let tells = |i: &&Expr| names(i).iter().any(|n| wanted.contains(n) && !bound.contains(n));
    let idle = builder.inputs.iter().filter(|i| !used.contains(&i.id()));
    idle.filter(tells).map(Expr::id).collect()
}

/// That the shapes of a call determine every dim.
pub(crate) fn dims(at: Span, captured: &Captured) -> Result<(), CompileError> {
    let graph = &captured.graph;
    let bound: BTreeSet<_> = graph.bound_symbols().into_iter().collect();
    for node in graph.nodes() {
        let own = match &node.op {
            hypatia_ir::op::Op::Dim(dim) => dim.symbols(),
            _ => Vec::new(),
        };
        let symbols = node.ty.shape.iter().flat_map(|d| d.symbols()).chain(own);
        if let Some(dim) = symbols.into_iter().find(|s| !bound.contains(s)) {
            let (op, ty, from) = (node.op.name(), node.ty.clone(), node.at);
            return Err(CompileError::UnknownDim { at, dim, op, ty, from });
        }
    }
    Ok(())
}
