//! Rules that are only true of real numbers, for those who ask for speed.
//!
//! Invariants: see `mod.rs`; each row changes bits somewhere.
//!
//! Not here: rules that floats bear.

use super::{Row, column, line, num, row};
use crate::rules::Soundness::Fast;

pub(super) const ROWS: &[Row] = &[
    row(
        "factor",
        Fast,
        "(add (mul ?a ?x) (mul ?b ?x))",
        "(mul (add ?a ?b) ?x)",
        "one product less",
    )
    .unlike(&[num('a', &[1.0]), num('b', &[1e-16]), num('x', &[3.0])]),
    row(
        "factor_sub",
        Fast,
        "(sub (mul ?a ?x) (mul ?b ?x))",
        "(mul (sub ?a ?b) ?x)",
        "one product less",
    )
    .unlike(&[num('a', &[0.1]), num('b', &[0.3]), num('x', &[0.7])]),
    row(
        "factor_divisor",
        Fast,
        "(add (div ?a ?x) (div ?b ?x))",
        "(div (add ?a ?b) ?x)",
        "one quotient less",
    )
    .unlike(&[num('a', &[7.81]), num('b', &[7.86]), num('x', &[0.03])]),
    row("div_div", Fast, "(div (div ?x ?y) ?z)", "(div ?x (mul ?y ?z))", "one quotient less")
        .unlike(&[num('x', &[1e300]), num('y', &[1e200]), num('z', &[1e200])]),
    row("div_of_div", Fast, "(div ?x (div ?y ?z))", "(div (mul ?x ?z) ?y)", "one quotient less")
        .unlike(&[num('x', &[1e200]), num('y', &[1e200]), num('z', &[1e200])]),
    row(
        "exp_product",
        Fast,
        "(mul (exp ?x) (exp ?y))",
        "(exp (add ?x ?y))",
        "one exponential less",
    )
    .unlike(&[num('x', &[800.0]), num('y', &[-800.0])]),
    row(
        "exp_quotient",
        Fast,
        "(div (exp ?x) (exp ?y))",
        "(exp (sub ?x ?y))",
        "one exponential less",
    )
    .unlike(&[num('x', &[800.0]), num('y', &[800.0])]),
    row("sqrt_product", Fast, "(mul (sqrt ?x) (sqrt ?y))", "(sqrt (mul ?x ?y))", "one root less")
        // What is no real number must not be taken for one.
        .when(&["nonnegative x", "nonnegative y"])
        .unlike(&[num('x', &[1e200]), num('y', &[1e200])]),
    row("pow_pow", Fast, "(pow (pow ?x ?c) ?d)", "(pow ?x (mul ?c ?d))", "one power less")
        .when(&["nonnegative x", "constant c", "constant d"])
        .unlike(&[num('x', &[-1.0]), num('c', &[2.0]), num('d', &[0.5])]),
    row("log_of_product", Fast, "(log (mul ?x ?y))", "(add (log ?x) (log ?y))", "likelihoods")
        .when(&["positive x", "positive y"])
        .unlike(&[num('x', &[1e200]), num('y', &[1e200])]),
    row("log_of_quotient", Fast, "(log (div ?x ?y))", "(sub (log ?x) (log ?y))", "likelihoods")
        .when(&["positive x", "positive y"])
        .unlike(&[num('x', &[1e200]), num('y', &[1e-200])]),
    row(
        "matmul_factor_left",
        Fast,
        "(add (matmul ?x ?y) (matmul ?x ?z))",
        "(matmul ?x (add ?y ?z))",
        "one product of matrices less",
    )
    .unlike(&[line('x', &[2.73]), line('y', &[7.13]), line('z', &[4.57])]),
    row(
        "matmul_factor_right",
        Fast,
        "(add (matmul ?y ?x) (matmul ?z ?x))",
        "(matmul (add ?y ?z) ?x)",
        "one product of matrices less",
    )
    .unlike(&[column('x', &[2.73]), line('y', &[7.13]), line('z', &[4.57])]),
];
