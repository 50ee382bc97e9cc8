//! Sums, products, maxima and minima along axes.
//!
//! Invariants: see `mod.rs`.
//!
//! Not here: sums of exponentials (`softmax.rs`).

use super::{Row, built, line, num, row};
use crate::rules::Soundness::{Accurate, Exact, Stable};
use crate::rules::build;

pub(super) const ROWS: &[Row] = &[
    row("sum_of_one", Stable, "(sum ?a ?x)", "?x", "axes of length 1"),
    row("prod_of_one", Exact, "(prod ?a ?x)", "?x", "axes of length 1"),
    row("max_of_one", Exact, "(max ?a ?x)", "?x", "axes of length 1"),
    row("min_of_one", Exact, "(min ?a ?x)", "?x", "axes of length 1"),
    built("sum_sum", Stable, "(sum ?a (sum ?b ?x))", build::one_sum, "one pass"),
    built("max_max", Exact, "(max ?a (max ?b ?x))", build::one_maximum, "one pass"),
    built(
        "sum_broadcast",
        Stable,
        "(sum ?a (broadcast ?s ?x))",
        build::counted,
        "derivatives of broadcasts",
    ),
    row("sum_neg", Stable, "(sum ?a (neg ?x))", "(neg (sum ?a ?x))", "negate fewer numbers"),
    row(
        "sum_scaled",
        Stable,
        "(sum ?a (mul ?c ?x))",
        "(mul ?c (sum ?a ?x))",
        "scale fewer numbers",
    )
    .when(&["flat c a x", "multiplier c a x"]),
    row(
        "sum_divided",
        Stable,
        "(sum ?a (div ?x ?c))",
        "(div (sum ?a ?x) ?c)",
        "divide fewer numbers",
    )
    .when(&["flat c a x", "divisor c a x"]),
    row(
        "variance",
        Accurate,
        "(sub (div (sum ?a (sqr ?x)) ?n) (sqr (div (sum ?a ?x) ?n)))",
        "(div (sum ?a (sqr (sub ?x (div (sum ?a ?x) ?n)))) ?n)",
        "the difference of large squares cancels",
    )
    .when(&["length n a x", "scalar n"])
    .unlike(&[line('x', &[1.0, 2.0]), num('n', &[3.0])]),
    row(
        "variance_scaled",
        Accurate,
        "(sub (mul ?n (sum ?a (sqr ?x))) (sqr (mul ?n (sum ?a ?x))))",
        "(mul ?n (sum ?a (sqr (sub ?x (mul ?n (sum ?a ?x))))))",
        "the difference of large squares cancels",
    )
    .when(&["share n a x", "scalar n"])
    .unlike(&[line('x', &[1.0, 2.0]), num('n', &[3.0])]),
    row(
        "log_product",
        Accurate,
        "(log (abs (prod ?a ?x)))",
        "(sum ?a (log (abs ?x)))",
        "products overflow and underflow",
    ),
    row(
        "log_product_signed",
        Accurate,
        "(log (prod ?a ?x))",
        "(add (sum ?a (log (abs ?x))) (log (prod ?a (sign ?x))))",
        "products overflow and underflow",
    ),
];
