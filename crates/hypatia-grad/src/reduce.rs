//! Derivatives of reductions, as factors before summing over the reduced axes.
//!
//! Invariants: nothing is divided by an element that is 0; ties share equally.
//!
//! Not here: the summing itself (`flow.rs`).

use crate::flow::Factor::{Drop, Over, Times};
use crate::table::Rule;
use hypatia_ir::expr::Expr;
use hypatia_ir::op::{Axes, ReduceOp};

/// The derivative of `y = op(x)` over these axes.
pub(crate) fn reduce<'a>(op: ReduceOp, axes: Axes, x: &'a Expr, y: &'a Expr) -> Rule<'a> {
    match op {
        ReduceOp::Sum => Rule::identity(),
        ReduceOp::Prod => Rule::partial(move || vec![Times(others(x, axes))]),
        ReduceOp::Max => Rule::partial(move || {
            let lost = x.lt(y);
            vec![Over(ties(x, &lost, axes)), Drop(lost)]
        }),
        ReduceOp::Min => Rule::partial(move || {
            let lost = y.lt(x);
            vec![Over(ties(x, &lost, axes)), Drop(lost)]
        }),
        ReduceOp::Any | ReduceOp::All => Rule::Cut,
    }
}

/// How many elements are not `lost`.
fn ties(x: &Expr, lost: &Expr, axes: Axes) -> Expr {
    lost.select(x.like(0), x.like(1)).sum_keep(axes)
}

/// For each element, the product of the others along the axes.
///
/// Elements that are 0 are multiplied apart from the rest, whose product `p` may be divided by
/// any of them. For an element that is not 0, the others make `p/x` times all zeros. For a zero
/// they make `p` times the other zeros: 1 if there are none; if there is one, `sum of zeros - x`,
/// which is 0 but has the right derivative; else 0. First and second derivatives are exact
/// everywhere, higher ones unless three elements or more are 0.
fn others(x: &Expr, axes: Axes) -> Expr {
    let zero = x.eq(0);
    let rest = zero.select(1, x);
    let product = rest.prod_keep(axes);
    let zeros = zero.select(x, 0);
    let count = zero.select(x.like(1), x.like(0)).sum_keep(axes);
    let second = zeros.sum_keep(axes) - x;
    let other_zeros = count.le(1).select(1, count.le(2).select(second, 0));
    let all_zeros = zero.select(x, 1).prod_keep(axes);
    zero.select(&product * other_zeros, &product / &rest * all_zeros)
}
