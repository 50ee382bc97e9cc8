//! Signs and absolute values.
//!
//! Invariants: see `mod.rs`.
//!
//! Not here: signs of sums and matrix products (`reductions.rs`, `products.rs`).

use super::{Row, built, num, row};
use crate::rules::Soundness::{Exact, Stable};
use crate::rules::build;

pub(super) const ROWS: &[Row] = &[
    row("neg_neg", Exact, "(neg (neg ?x))", "?x", "derivatives negate twice"),
    row("add_neg", Exact, "(add ?x (neg ?y))", "(sub ?x ?y)", "signs have one form"),
    row("sub_neg", Exact, "(sub ?x (neg ?y))", "(add ?x ?y)", "signs have one form"),
    row("mul_neg", Exact, "(mul (neg ?x) ?y)", "(neg (mul ?x ?y))", "signs float outward"),
    row("neg_div", Exact, "(div (neg ?x) ?y)", "(neg (div ?x ?y))", "signs float outward"),
    row("div_neg", Exact, "(div ?x (neg ?y))", "(neg (div ?x ?y))", "signs float outward"),
    row("neg_sub", Stable, "(neg (sub ?x ?y))", "(sub ?y ?x)", "one op less; the sign of 0"),
    row("neg_add", Stable, "(sub (neg ?x) ?y)", "(neg (add ?x ?y))", "signs float outward"),
    built("neg_mul_constant", Exact, "(neg (mul ?c ?x))", build::negated_factor, "one op less")
        .when(&["constant c"]),
    row("abs_neg", Exact, "(abs (neg ?x))", "(abs ?x)", "the sign is lost anyway"),
    row("abs_abs", Exact, "(abs (abs ?x))", "(abs ?x)", "once is enough"),
    row("abs_nonnegative", Stable, "(abs ?x)", "?x", "nothing to change; -0 stays")
        .when(&["nonnegative x"])
        .unlike(&[num('x', &[-1.0])]),
    row("sqr_neg", Exact, "(sqr (neg ?x))", "(sqr ?x)", "the sign is lost anyway"),
    row("sqr_abs", Exact, "(sqr (abs ?x))", "(sqr ?x)", "the sign is lost anyway"),
];
