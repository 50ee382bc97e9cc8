//! Gathers, scatters and one-hot masks.
//!
//! Invariants: see `mod.rs`.
//!
//! Not here: slices (`views.rs`).

use super::{Row, built, list, num, row};
use crate::rules::Soundness::{Exact, Stable};
use crate::rules::build;

pub(super) const ROWS: &[Row] = &[
    row("take_all", Exact, "(take ?b ?x ?i)", "?x", "everything in order").when(&["sequence i"]),
    row("take_along_one", Exact, "(take_along ?b ?x ?z)", "?x", "axes of length 1")
        .when(&["one_pick b x", "zero z"]),
    built(
        "take_take",
        Exact,
        "(take ?b (take ?b ?x ?i) ?j)",
        build::one_take,
        "gather indices instead of rows",
    )
    .when(&["integer i", "integer j"]),
    row("scatter_set_all", Exact, "(scatter_set ?b ?z ?i ?x)", "?x", "everything is replaced")
        .when(&["sequence i"]),
    row("scatter_add_all", Stable, "(scatter_add ?b ?z ?i ?x)", "(add ?z ?x)", "every place once")
        .when(&["sequence i", "alike z x"]),
    row(
        "add_scatter",
        Stable,
        "(add ?x (scatter_add ?b ?z ?i ?y))",
        "(scatter_add ?b ?x ?i ?y)",
        "sparse derivatives stay sparse",
    )
    .when(&["integer i", "zero z", "alike x z"]),
    row(
        "sub_scatter",
        Stable,
        "(sub ?x (scatter_add ?b ?z ?i ?y))",
        "(scatter_add ?b ?x ?i (neg ?y))",
        "sparse derivatives stay sparse",
    )
    .when(&["integer i", "zero z", "alike x z"]),
    row(
        "scatter_scaled",
        Stable,
        "(mul ?c (scatter_add ?b ?z ?i ?y))",
        "(scatter_add ?b ?z ?i (mul ?c ?y))",
        "scale what is there",
    )
    .when(&["integer i", "zero z", "scalar c", "finite c"])
    .unlike(&[
        num('c', &[f64::INFINITY]),
        list('z', &[0.0, 0.0]),
        list('i', &[1.0]),
        list('y', &[1.0]),
    ]),
    built(
        "sum_one_hot",
        Exact,
        "(sum ?a (cast ?d (eq ?l ?i)))",
        build::one_hot_summed,
        "a label is one class: the derivative of cross entropy loses a sum",
    )
    .when(&["integer l", "sequence i"]),
    built(
        "one_hot_log_softmax",
        Stable,
        "(sum ?e (mul (cast ?d (eq ?l ?i)) (log_softmax ?a ?x)))",
        build::picked,
        "cross entropy reads one share of each row",
    )
    .when(&["integer l", "sequence i", "elements a x"]),
];
