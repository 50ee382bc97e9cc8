//! The expressions that a derivative has to visit, and why others are out of its reach.
//!
//! Invariants: operands come before users; an expression is active if its value can change
//! smoothly with one of the variables.
//!
//! Not here: derivatives (`table.rs`).

use crate::error::Cut;
use crate::site::Site;
use crate::table::{Rule, rule};
use hypatia_ir::expr::{Expr, ExprId, post_order};
use std::collections::HashMap;

/// Everything below some outputs, with what depends on some variables.
pub(crate) struct Trace<'a> {
    /// Every expression, operands before users.
    pub order: Vec<&'a Expr>,
    /// Whether each depends smoothly on a variable.
    pub active: Vec<bool>,
    constant: Vec<bool>,
    index: HashMap<ExprId, usize>,
}

impl<'a> Trace<'a> {
    /// The expressions below `outputs`, with those active for `wrt`. Nothing is active because of
    /// what expressions in `constants` are built from.
    pub fn new(outputs: &'a [Expr], wrt: &[Expr], constants: &[Expr]) -> Trace<'a> {
        let order = post_order(outputs);
        let index: HashMap<ExprId, usize> =
            order.iter().enumerate().map(|(i, e)| (e.id(), i)).collect();
        let (active, constant) = (vec![false; order.len()], vec![false; order.len()]);
        let mut trace = Trace { active, constant, order, index };
        for place in constants.iter().filter_map(|c| trace.place(c)).collect::<Vec<_>>() {
            trace.constant[place] = true;
        }
        for place in wrt.iter().filter_map(|w| trace.place(w)).collect::<Vec<_>>() {
            trace.active[place] = true;
        }
        for at in 0..trace.order.len() {
            trace.active[at] = trace.active[at] || trace.follows(at);
        }
        trace
    }

    /// The position of an expression, if it is below the outputs.
    pub fn place(&self, expr: &Expr) -> Option<usize> {
        self.index.get(&expr.id()).copied()
    }

    /// Whether the operands of the position are out of reach because it is taken as a constant.
    pub fn is_constant(&self, at: usize) -> bool {
        self.constant[at]
    }

    /// Whether the position is active because an operand is.
    fn follows(&self, at: usize) -> bool {
        if self.is_constant(at) {
            return false;
        }
        let operands = self.order[at].operands();
        let mut active = (0..operands.len()).filter(|&i| self.is_active(&operands[i])).peekable();
        if active.peek().is_none() {
            return false;
        }
        let site = Site::of(self.order[at]);
        site.is_some_and(|site| active.any(|i| !matches!(rule(&site, i), Rule::Cut)))
    }

    fn is_active(&self, expr: &Expr) -> bool {
        self.place(expr).is_some_and(|at| self.active[at])
    }

    /// The first op that an active expression enters and nothing leaves.
    pub fn cut(&self) -> Option<Cut> {
        let cuts = |at: &usize| {
            let enters = self.order[*at].operands().iter().any(|x| self.is_active(x));
            !self.active[*at] && enters
        };
        let at = (0..self.order.len()).find(cuts)?;
        let site = Site::of(self.order[at])?;
        let op = if self.is_constant(at) { "consider_constant" } else { site.op.name() };
        Some(Cut { op, ty: site.ty.clone(), at: self.order[at].at() })
    }
}
