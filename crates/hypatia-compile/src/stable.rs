//! Expressions brought into their stable form, with some of their parts held in place.
//!
//! Invariants: a pinned part is a part of the stable form too, under a handle of its own: rewriting
//! neither dissolves it nor takes it for another; everything below it is stable as well. Leaves
//! keep the user's handles.
//!
//! Not here: rewriting (`hypatia-opt`), what is made of the stable form (`gradient.rs`).

use crate::error::GradientError;
use hypatia_ir::capture::to_exprs;
use hypatia_ir::expr::{Expr, ExprId, Kind, post_order};
use hypatia_ir::graph::Graph;
use hypatia_ir::substitute::substitute;
use hypatia_opt::{Options, stabilize};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// The stable form of some expressions.
pub(crate) struct Stable {
    /// The expressions, in the order they were given.
    pub roots: Vec<Expr>,
    /// The user's pins that were cut out, with their stable forms.
    pins: Vec<(Expr, Expr)>,
}

impl Stable {
    /// The stable form of `roots`, of which `pins` stay parts. Expressions that do not type-check
    /// are left as they are, for others to report.
    pub fn of(roots: &[Expr], pins: &[Expr]) -> Result<Stable, GradientError> {
        if roots.iter().chain(pins).any(|e| e.type_or_none().is_none()) {
            return Ok(Stable { roots: roots.to_vec(), pins: Vec::new() });
        }
        let wanted: HashSet<ExprId> = pins.iter().map(Expr::id).collect();
        let below = post_order(roots).into_iter();
        let inner = |e: &&Expr| wanted.contains(&e.id()) && !e.operands().is_empty();
        let pins: Vec<Expr> = below.filter(inner).cloned().collect();
        let apart: Vec<Expr> = pins.iter().enumerate().map(|(i, p)| stand_in(i, p)).collect();
        let there: Vec<(Expr, Expr)> = pins.iter().cloned().zip(apart.iter().cloned()).collect();
        let mut stable = stabilized(&[substitute(roots, &there), cut(&pins, &there)].concat())?;
        let forms = stable.split_off(roots.len());
        let mut back: Vec<(Expr, Expr)> = Vec::new();
        for ((pin, apart), form) in pins.iter().zip(apart).zip(forms) {
            // Operands come before users, so pins inside are there already.
            let form = substitute(&[form], &back).remove(0);
            back.push((apart, own_handle(pin, &form)));
        }
        let roots = substitute(&stable, &back);
        let forms = back.into_iter().map(|(_, form)| form);
        Ok(Stable { roots, pins: pins.into_iter().zip(forms).collect() })
    }

    /// What the user's expressions, leaves or pins, are called in the stable form.
    pub fn pinned(&self, exprs: &[Expr]) -> Vec<Expr> {
        let forms: HashMap<ExprId, &Expr> = self.pins.iter().map(|(p, f)| (p.id(), f)).collect();
        exprs.iter().map(|e| forms.get(&e.id()).copied().unwrap_or(e).clone()).collect()
    }

    /// Expressions built on the stable form, built on the user's own pins instead.
    pub fn unpinned(&self, exprs: &[Expr]) -> Vec<Expr> {
        let back: Vec<(Expr, Expr)> =
            self.pins.iter().map(|(pin, form)| (form.clone(), pin.clone())).collect();
        substitute(exprs, &back)
    }
}

/// The pins with other pins inside them, but not themselves, replaced.
fn cut(pins: &[Expr], there: &[(Expr, Expr)]) -> Vec<Expr> {
    let operands: Vec<Expr> = pins.iter().flat_map(|p| p.operands()).cloned().collect();
    let mut operands = substitute(&operands, there).into_iter();
    let rebuilt = |pin: &Expr| match pin.kind() {
        Kind::Apply(op, old) => {
            let operands = operands.by_ref().take(old.len()).collect();
            pin.at().on_behalf_of(|| Expr::apply(op.clone(), operands))
        }
        Kind::Input(_) | Kind::Literal(_) | Kind::Invalid(..) | Kind::Unknown(..) => pin.clone(),
    };
    pins.iter().map(rebuilt).collect()
}

/// The stable form of a pin under a handle that nothing else has; the pin itself if its form is a
/// leaf, which others may use too.
fn own_handle(pin: &Expr, form: &Expr) -> Expr {
    match form.kind() {
        Kind::Apply(op, operands) => {
            pin.at().on_behalf_of(|| Expr::apply(op.clone(), operands.clone()))
        }
        Kind::Input(_) | Kind::Literal(_) | Kind::Invalid(..) | Kind::Unknown(..) => pin.clone(),
    }
}

fn stabilized(exprs: &[Expr]) -> Result<Vec<Expr>, GradientError> {
    let name = |i: usize| Arc::from(format!("output{i}"));
    let named: Vec<_> = exprs.iter().enumerate().map(|(i, e)| (name(i), e.clone())).collect();
    let captured = Graph::capture(&[], &named)?;
    let stable = stabilize(&captured.graph, &Options::default())?.graph;
    // Names of dims that the capture unified are the user's own again in the leaves.
    let exprs = to_exprs(&stable, &captured.leaves);
    Ok(stable.roots.iter().map(|r| exprs[r.node.index()].clone()).collect())
}

/// A free variable of the type of an expression.
fn stand_in(position: usize, expr: &Expr) -> Expr {
    let ty = expr.ty().cloned().map_err(|_| hypatia_ir::error::Cause::Leaf);
    expr.at().on_behalf_of(|| Expr::input(&format!("variable{position}"), ty, None))
}
