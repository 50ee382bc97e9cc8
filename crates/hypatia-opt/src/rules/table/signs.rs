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
    row(
        "max_neg",
        Stable,
        "(maximum (neg ?x) (neg ?y))",
        "(neg (minimum ?x ?y))",
        "one sign instead of two",
    ),
    row(
        "min_neg",
        Stable,
        "(minimum (neg ?x) (neg ?y))",
        "(neg (maximum ?x ?y))",
        "one sign instead of two",
    ),
    row("max_of_neg", Stable, "(max ?a (neg ?x))", "(neg (min ?a ?x))", "negate fewer numbers"),
    row("min_of_neg", Stable, "(min ?a (neg ?x))", "(neg (max ?a ?x))", "negate fewer numbers"),
    row("abs_product", Exact, "(mul (abs ?x) (abs ?y))", "(abs (mul ?x ?y))", "one op less")
        .when(&["real x"]),
    row("abs_quotient", Exact, "(div (abs ?x) (abs ?y))", "(abs (div ?x ?y))", "one op less"),
    row("sign", Stable, "(div ?x (abs ?x))", "(sign ?x)", "derivatives of absolute values")
        .when(&["nonzero x"])
        .unlike(&[num('x', &[0.0])]),
    row(
        "sign_inverted",
        Stable,
        "(div (abs ?x) ?x)",
        "(sign ?x)",
        "derivatives of absolute values",
    )
    .when(&["nonzero x"])
    .unlike(&[num('x', &[0.0])]),
];
