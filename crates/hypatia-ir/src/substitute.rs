//! Expressions with some of their parts replaced.
//!
//! Invariants: what does not change keeps its handle; replacements are taken as they are; the walk
//! is iterative.
//!
//! Not here: renaming of dims (`capture.rs`).

use crate::expr::{Expr, ExprId, Kind, post_order};
use std::collections::HashMap;

/// `roots` with every expression on the left of a pair, known by its handle, replaced by the one
/// on the right.
pub fn substitute(roots: &[Expr], by: &[(Expr, Expr)]) -> Vec<Expr> {
    let replaced: HashMap<ExprId, &Expr> = by.iter().map(|(old, new)| (old.id(), new)).collect();
    if replaced.is_empty() {
        return roots.to_vec();
    }
    let mut changed: HashMap<ExprId, Expr> = HashMap::new();
    for expr in post_order(roots) {
        if let Some(new) = replaced.get(&expr.id()) {
            changed.insert(expr.id(), (*new).clone());
            continue;
        }
        let Kind::Apply(op, operands) = expr.kind() else { continue };
        if operands.iter().any(|x| changed.contains_key(&x.id())) {
            let operands = operands.iter().map(|x| changed.get(&x.id()).unwrap_or(x).clone());
            let operands = operands.collect();
            let new = expr.span().on_behalf_of(|| Expr::apply(op.clone(), operands));
            changed.insert(expr.id(), new);
        }
    }
    roots.iter().map(|x| changed.get(&x.id()).unwrap_or(x).clone()).collect()
}
