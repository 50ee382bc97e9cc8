//! Unstable idioms that are left: what users are warned of.
//!
//! Every term that may lose all digits is charged (`cost.rs`), but an exponential that may overflow
//! is only worth a word where that turns into NaN or an infinity elsewhere: below a logarithm, or
//! below a fraction.
//!
//! Invariants: depends on the terms around a class, not on what else is chosen.
//!
//! Not here: the charge (`cost.rs`), how warnings look (`report.rs`).

use crate::cost::is_unstable;
use crate::language::{Head, Term};
use crate::rules::Sight;
use crate::space::Space;
use egg::Id;
use hypatia_ir::op::{BinaryOp, ReduceOp, UnaryOp};
use std::collections::BTreeSet;

/// How far up an exponential is followed.
const DEPTH: usize = 6;

/// The most classes that are looked at on the way.
const MOST: usize = 64;

/// Whether the user should hear of a term that was chosen for a class.
pub(crate) fn is_worth_a_warning(space: &Space, sight: &Sight<'_>, class: Id, term: &Term) -> bool {
    let is_exponential = term.head == Head::Unary(UnaryOp::Exp);
    is_unstable(space, sight, &space[class], term) && (!is_exponential || is_below(space, class))
}

/// Whether a value gets below a logarithm or a fraction by sums, products and views.
fn is_below(space: &Space, class: Id) -> bool {
    let mut seen: BTreeSet<Id> = BTreeSet::new();
    let mut level = vec![space.find(class)];
    for _ in 0..DEPTH {
        let mut next = Vec::new();
        for at in std::mem::take(&mut level) {
            for parent in space[at].parents() {
                let parent = space.find(parent);
                for term in &space[parent].nodes {
                    let uses = |x: &Id| space.find(*x) == at;
                    match (&term.head, term.operands()) {
                        (Head::Unary(UnaryOp::Log), [x]) if uses(x) => return true,
                        (Head::Binary(BinaryOp::Div), [_, y]) if uses(y) => return true,
                        (head, operands) if carries(head) && operands.iter().any(uses) => {
                            next.push(parent);
                        }
                        _ => {}
                    }
                }
            }
        }
        next.retain(|&id| seen.len() < MOST && seen.insert(id));
        level = next;
    }
    false
}

/// Whether an infinity in an operand is one in the result.
fn carries(head: &Head) -> bool {
    matches!(
        head,
        Head::Binary(BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul | BinaryOp::Max)
            | Head::Unary(UnaryOp::Neg | UnaryOp::Sqrt | UnaryOp::Sqr)
            | Head::Reduce(ReduceOp::Sum | ReduceOp::Max | ReduceOp::Prod)
            | Head::Broadcast
            | Head::Reshape
            | Head::Transpose
            | Head::Slice
            | Head::Select
            | Head::MatMul
    )
}
