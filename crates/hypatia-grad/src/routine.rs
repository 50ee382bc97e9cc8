//! Derivatives of routines, written in routines again.
//!
//! Invariants: exhaustive over [`Routine`]; maps take tensors of exactly the operand's shape,
//! adjoints of the result's.
//!
//! Not here: matrices (`linear.rs`); sorting and running extremes, which are selections by an
//! index.

use crate::linear;
use crate::site::Site;
use crate::table::Rule;
use hypatia_ir::compose::delayed;
use hypatia_ir::expr::Expr;
use hypatia_ir::op::{Axes, Op};
use hypatia_ir::routine::Routine;

/// How the result changes with operand number `which`.
pub(crate) fn routine<'a>(op: Routine, site: &'a Site<'a>, which: usize) -> Rule<'a> {
    match op {
        Routine::ArgSort { .. } | Routine::CumArg(..) => Rule::Cut,
        Routine::CumSum(axis) => Rule::linear(
            move |t| apply(op, &[t]),
            move |g| reversed(&apply(op, &[&reversed(g, axis)]), axis),
        ),
        Routine::Recurrence(axis) => recurrence(axis, site, which),
        Routine::Cholesky { .. } => linear::cholesky(site),
        Routine::SolveTriangular(triangle) => linear::solve_triangular(triangle, site, which),
        Routine::Solve => linear::solve(site, which),
        Routine::Det => linear::det(site, Some(site.result)),
        Routine::LogAbsDet => linear::det(site, None),
        Routine::DetSign => Rule::Cut,
        Routine::Eigh => linear::eigh(site),
        Routine::Qr => linear::qr(site),
    }
}

fn apply(op: Routine, operands: &[&Expr]) -> Expr {
    Expr::apply(Op::Routine(op), operands.iter().map(|&x| x.clone()).collect())
}

/// `yᵢ = aᵢ·yᵢ₋₁ + bᵢ`. Cotangents of `b` run backwards, `b̄ᵢ = gᵢ + aᵢ₊₁·b̄ᵢ₊₁`; a change of `a`
/// is one of `b` by `yᵢ₋₁` times as much.
fn recurrence<'a>(axis: usize, site: &'a Site<'a>, which: usize) -> Rule<'a> {
    let op = Routine::Recurrence(axis);
    let a = &site.operands[0];
    let of_terms = move |g: &Expr| {
        let factors = delayed(&reversed(a, axis), axis);
        reversed(&apply(op, &[&factors, &reversed(g, axis)]), axis)
    };
    let before = move || delayed(site.result, axis);
    match which {
        0 => {
            Rule::linear(move |t| apply(op, &[a, &(t * before())]), move |g| of_terms(g) * before())
        }
        _ => Rule::linear(move |t| apply(op, &[a, t]), of_terms),
    }
}

/// The elements along an axis in the opposite order.
fn reversed(x: &Expr, axis: usize) -> Expr {
    x.flip(Axes::one(axis))
}
