//! Sums and products of many operands, brought into one form.
//!
//! What rules of two operands would need associativity for, and never end, is done here once: a
//! chain is taken apart, equal factors and terms are collected, and it is rebuilt smallest shape
//! first.
//!
//! Invariants: only adds an alternative, so that extraction still decides; operands of one shape
//! keep the user's order; nothing is added unless a constant is folded, a factor or term cancels
//! or repeats, or small operands come together.
//!
//! Not here: rules of two operands (`rules/`).

mod product;
mod sum;

use crate::Mode;
use crate::language::{Head, Term};
use crate::rules::{NORMALIZE, NORMALIZED, allowed};
use crate::space::{FROM_GRAPH, Space, add, unite};
use egg::{Id, Language};
use hypatia_ir::op::{BinaryOp, UnaryOp};
use hypatia_ir::shape::Type;
use std::collections::HashSet;

/// How deep a chain is followed.
const DEPTH: usize = 12;

/// The most operands of a chain.
const OPERANDS: usize = 20;

/// The ops of a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Product,
    Sum,
}

impl Kind {
    fn has(self, head: &Head) -> bool {
        match self {
            Kind::Product => matches!(
                head,
                Head::Binary(BinaryOp::Mul | BinaryOp::Div)
                    | Head::Unary(UnaryOp::Sqr | UnaryOp::Neg)
            ),
            Kind::Sum => matches!(
                head,
                Head::Binary(BinaryOp::Add | BinaryOp::Sub) | Head::Unary(UnaryOp::Neg)
            ),
        }
    }
}

/// What has a normal form, for people.
pub(crate) const FORM: &str = "a sum or product of several";

/// Adds the normal form of every maximal sum and product. How many were new.
pub(crate) fn normalize(space: &mut Space, roots: &[Id], mode: Mode) -> usize {
    let mut added = 0;
    // What repeats in a sum gets a factor, which a product may have room for.
    for kind in [Kind::Sum, Kind::Product] {
        for class in maximal(space, roots, kind) {
            let class = space.find(class);
            let mode = if space[class].data.fast { Mode::Fast } else { mode };
            if mode == Mode::Strict {
                continue;
            }
            space.analysis.at = space[class].data.at;
            space.analysis.rule = NORMALIZE;
            let new = match kind {
                Kind::Product => product::normal_form(space, class, mode),
                Kind::Sum => sum::normal_form(space, class, mode),
            };
            if let Some(new) = new
                && space[new].data.ty == space[class].data.ty
                && unite(space, class, new, NORMALIZED)
            {
                added += 1;
            }
        }
        space.analysis.rule = FROM_GRAPH;
        space.rebuild();
    }
    added
}

/// Float classes with a chain that are roots, or that something other than the chain uses.
fn maximal(space: &Space, roots: &[Id], kind: Kind) -> Vec<Id> {
    let roots: HashSet<Id> = roots.iter().map(|&r| space.find(r)).collect();
    let mut found: Vec<Id> = Vec::new();
    for class in space.classes() {
        let is_float = class.data.ty.as_ref().is_some_and(|t| t.dtype.is_float());
        if !is_float || !class.nodes.iter().any(|t| kind.has(&t.head)) {
            continue;
        }
        let used = |parent: Id| space[parent].nodes.iter().any(|t| !kind.has(&t.head));
        if roots.contains(&class.id) || class.parents().any(used) {
            found.push(class.id);
        }
    }
    found.sort_unstable();
    found
}

/// The first term of a class that continues a chain.
fn link(space: &Space, class: Id, kind: Kind) -> Option<Term> {
    let class = space.find(class);
    // A term of the class itself would be a cycle.
    let ends = |t: &Term| t.children().iter().any(|&x| space.find(x) == class);
    space[class].nodes.iter().find(|t| kind.has(&t.head) && !ends(t)).cloned()
}

/// A binary op on two classes, if it has a type.
fn binary(space: &mut Space, op: BinaryOp, x: Id, y: Id) -> Option<Id> {
    build(space, Head::Binary(op), &[x, y])
}

/// A unary op on a class, if it has a type.
fn unary(space: &mut Space, op: UnaryOp, x: Id) -> Option<Id> {
    build(space, Head::Unary(op), &[x])
}

fn build(space: &mut Space, head: Head, operands: &[Id]) -> Option<Id> {
    let types: Vec<&Type> =
        operands.iter().map(|&x| space[x].data.ty.as_ref()).collect::<Option<_>>()?;
    allowed(space, &head, None, &types)?;
    Some(add(space, Term::new(head, operands.iter().copied())))
}
