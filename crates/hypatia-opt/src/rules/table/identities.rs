//! Neutral elements, inverses, and constants.
//!
//! Invariants: see `mod.rs`.
//!
//! Not here: signs (`signs.rs`).

use super::{Row, built, num, row};
use crate::rules::Soundness::{Exact, Stable};
use crate::rules::build;

pub(super) const ROWS: &[Row] = &[
    row("add_zero", Stable, "(add ?x 0)", "?x", "derivatives leave zeros; -0 becomes 0"),
    row("sub_zero", Exact, "(sub ?x 0)", "?x", "derivatives leave zeros"),
    row("mul_one", Exact, "(mul ?x 1)", "?x", "derivatives leave ones"),
    row("div_one", Exact, "(div ?x 1)", "?x", "derivatives leave ones"),
    row("zero_sub", Stable, "(sub 0 ?x)", "(neg ?x)", "one operand less; the sign of 0"),
    row("mul_minus_one", Exact, "(mul ?x -1)", "(neg ?x)", "signs have one form"),
    row("div_minus_one", Exact, "(div ?x -1)", "(neg ?x)", "signs have one form"),
    built("sub_constant", Exact, "(sub ?x ?c)", build::by_negative, "signs have one form")
        .when(&["constant c"]),
    built("mul_zero", Stable, "(mul ?x 0)", build::zeros, "dead derivatives")
        .when(&["finite x"])
        .unlike(&[num('x', &[f64::INFINITY])]),
    built("zero_div", Stable, "(div 0 ?x)", build::zeros, "dead derivatives")
        .when(&["nonzero x", "finite x"])
        .unlike(&[num('x', &[0.0])]),
    built("sub_self", Stable, "(sub ?x ?x)", build::zeros, "unrolled loops")
        .when(&["finite x"])
        .unlike(&[num('x', &[f64::INFINITY])]),
    built("div_self", Stable, "(div ?x ?x)", build::ones, "normalisations")
        .when(&["nonzero x", "finite x"])
        .unlike(&[num('x', &[0.0])]),
    built(
        "div_constant_exactly",
        Exact,
        "(div ?x ?c)",
        build::by_reciprocal,
        "a product is cheaper than a quotient",
    )
    .when(&["power_of_two c"])
    .unlike(&[num('x', &[5.55]), num('c', &[0.1])]),
    built(
        "div_constant",
        Stable,
        "(div ?x ?c)",
        build::by_reciprocal,
        "a product is cheaper than a quotient",
    )
    .when(&["constant c", "nonzero c"]),
];
