//! Choices: maxima, minima, selections and logic.
//!
//! Invariants: see `mod.rs`.
//!
//! Not here: comparisons (`comparisons.rs`).

use super::{Row, built, num, row};
use crate::rules::Soundness::{Exact, Stable};
use crate::rules::build;

pub(super) const ROWS: &[Row] = &[
    row("max_self", Exact, "(maximum ?x ?x)", "?x", "idempotent"),
    row("min_self", Exact, "(minimum ?x ?x)", "?x", "idempotent"),
    row("and_self", Exact, "(and ?x ?x)", "?x", "idempotent"),
    row("or_self", Exact, "(or ?x ?x)", "?x", "idempotent"),
    row("and_true", Exact, "(and ?x 1)", "?x", "neutral").when(&["bool x"]),
    row("or_false", Exact, "(or ?x 0)", "?x", "neutral"),
    row("not_not", Exact, "(not (not ?x))", "?x", "derivatives negate twice"),
    row("select_same", Exact, "(select ?c ?x ?x)", "?x", "nothing to choose"),
    row("select_true", Exact, "(select 1 ?x ?y)", "?x", "dead branches"),
    row("select_false", Exact, "(select 0 ?x ?y)", "?y", "dead branches"),
    row("select_not", Exact, "(select (not ?c) ?x ?y)", "(select ?c ?y ?x)", "one op less"),
    row(
        "select_then",
        Exact,
        "(select ?c (select ?c ?x ?y) ?z)",
        "(select ?c ?x ?z)",
        "nested masks",
    ),
    row(
        "select_else",
        Exact,
        "(select ?c ?x (select ?c ?y ?z))",
        "(select ?c ?x ?z)",
        "nested masks",
    ),
    row(
        "mul_select",
        Stable,
        "(mul ?x (select ?c ?y 0))",
        "(select ?c (mul ?x ?y) 0)",
        "masks sink, and hide infinities",
    )
    .when(&["finite x"])
    .unlike(&[num('x', &[f64::INFINITY]), num('c', &[0.0]), num('y', &[1.0])]),
    row(
        "mul_select_else",
        Stable,
        "(mul ?x (select ?c 0 ?y))",
        "(select ?c 0 (mul ?x ?y))",
        "masks sink, and hide infinities",
    )
    .when(&["finite x"])
    .unlike(&[num('x', &[f64::INFINITY]), num('c', &[1.0]), num('y', &[1.0])]),
    row("max_again", Exact, "(maximum (maximum ?x ?y) ?y)", "(maximum ?x ?y)", "idempotent"),
    row("min_again", Exact, "(minimum (minimum ?x ?y) ?y)", "(minimum ?x ?y)", "idempotent"),
    row(
        "max_of_constants",
        Exact,
        "(maximum (maximum ?x ?c) ?d)",
        "(maximum ?x (maximum ?c ?d))",
        "chains of bounds",
    )
    .when(&["constant c", "constant d"]),
    row(
        "min_of_constants",
        Exact,
        "(minimum (minimum ?x ?c) ?d)",
        "(minimum ?x (minimum ?c ?d))",
        "chains of bounds",
    )
    .when(&["constant c", "constant d"]),
    row(
        "clamp_max",
        Exact,
        "(maximum (minimum (maximum ?x ?c) ?d) ?e)",
        "(minimum (maximum ?x (maximum ?c ?e)) (maximum ?d ?e))",
        "chains of bounds",
    )
    .when(&["constant c", "constant d", "constant e"]),
    row(
        "clamp_min",
        Exact,
        "(minimum (maximum (minimum ?x ?c) ?d) ?e)",
        "(maximum (minimum ?x (minimum ?c ?e)) (minimum ?d ?e))",
        "chains of bounds",
    )
    .when(&["constant c", "constant d", "constant e"]),
    row("max_above", Stable, "(maximum ?x ?c)", "?x", "bounds that are kept anyway")
        .when(&["constant c", "above x c"])
        .unlike(&[num('x', &[-1.0]), num('c', &[0.0])]),
    row("min_below", Stable, "(minimum ?x ?c)", "?x", "bounds that are kept anyway")
        .when(&["constant c", "above c x"])
        .unlike(&[num('x', &[1.0]), num('c', &[0.0])]),
    built("max_below", Stable, "(maximum ?x ?c)", build::constant, "bounds that are always met")
        .when(&["constant c", "above c x", "finite x"])
        .unlike(&[num('x', &[1.0]), num('c', &[0.0])]),
    built("min_above", Stable, "(minimum ?x ?c)", build::constant, "bounds that are always met")
        .when(&["constant c", "above x c", "finite x"])
        .unlike(&[num('x', &[-1.0]), num('c', &[0.0])]),
    row("mul_mask", Stable, "(mul ?x (cast ?d ?c))", "(select ?c ?x 0)", "a choice is no product")
        .when(&["bool c", "finite x"])
        .unlike(&[num('x', &[f64::INFINITY]), num('c', &[0.0])]),
];
