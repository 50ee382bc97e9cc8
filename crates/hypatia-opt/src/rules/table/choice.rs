//! Choices: maxima, minima, selections and logic.
//!
//! Invariants: see `mod.rs`.
//!
//! Not here: comparisons (`comparisons.rs`).

use super::{Row, num, row};
use crate::rules::Soundness::{Exact, Stable};

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
];
