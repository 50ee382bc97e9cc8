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
    built("prod_prod", Stable, "(prod ?a (prod ?b ?x))", build::one_product, "one pass"),
    built("min_min", Exact, "(min ?a (min ?b ?x))", build::one_minimum, "one pass"),
    built("max_broadcast", Exact, "(max ?a (broadcast ?s ?x))", build::repeated, "one value"),
    built("min_broadcast", Exact, "(min ?a (broadcast ?s ?x))", build::repeated, "one value"),
    row("max_add", Exact, "(max ?a (add ?c ?x))", "(add ?c (max ?a ?x))", "add fewer numbers")
        .when(&["flat c a x", "finite c", "real c"])
        .unlike(&[line('x', &[f64::NEG_INFINITY, 1.0]), num('c', &[f64::INFINITY])]),
    row("min_add", Exact, "(min ?a (add ?c ?x))", "(add ?c (min ?a ?x))", "add fewer numbers")
        .when(&["flat c a x", "finite c", "real c"])
        .unlike(&[line('x', &[f64::INFINITY, 1.0]), num('c', &[f64::NEG_INFINITY])]),
    row("max_scaled", Exact, "(max ?a (mul ?c ?x))", "(mul ?c (max ?a ?x))", "scale fewer numbers")
        .when(&["flat c a x", "positive c", "finite c", "real c"])
        .unlike(&[line('x', &[3.0, 1.0]), num('c', &[-1.0])]),
    row("min_scaled", Exact, "(min ?a (mul ?c ?x))", "(mul ?c (min ?a ?x))", "scale fewer numbers")
        .when(&["flat c a x", "positive c", "finite c", "real c"])
        .unlike(&[line('x', &[3.0, 1.0]), num('c', &[-1.0])]),
    built(
        "sum_transpose",
        Stable,
        "(sum ?a (transpose ?p ?x))",
        build::transpose_summed,
        "move fewer numbers",
    ),
    built(
        "max_transpose",
        Exact,
        "(max ?a (transpose ?p ?x))",
        build::transpose_maximum,
        "move fewer numbers",
    ),
    built(
        "min_transpose",
        Exact,
        "(min ?a (transpose ?p ?x))",
        build::transpose_minimum,
        "move fewer numbers",
    ),
    built(
        "sum_reshape",
        Stable,
        "(sum ?a (reshape ?s ?x))",
        build::reshape_summed,
        "a sum of everything has no shape",
    ),
    built(
        "sum_concat",
        Stable,
        "(sum ?a (concat ?b ?x ?y))",
        build::parts_summed,
        "nothing has to be joined",
    ),
    built(
        "sum_concat_of_three",
        Stable,
        "(sum ?a (concat ?b ?x ?y ?z))",
        build::parts_summed,
        "nothing has to be joined",
    ),
    built("argmax_of_one", Exact, "(argmax ?b ?x)", build::zeros, "axes of length 1")
        .when(&["one_pick b x"]),
    built("argmin_of_one", Exact, "(argmin ?b ?x)", build::zeros, "axes of length 1")
        .when(&["one_pick b x"]),
];
