//! Error functions and trigonometric functions.
//!
//! Invariants: see `mod.rs`.
//!
//! Not here: hyperbolic functions (`exponentials.rs`).

use super::{Row, row};
use crate::rules::Soundness::Accurate;

/// The branches overlap, so that no derivative is halved.
macro_rules! log_erfc {
    ($x:literal) => {
        concat!(
            "(select (gt ",
            $x,
            " 0.5) (sub (log (erfcx (maximum ",
            $x,
            " 0.25))) (sqr ",
            $x,
            ")) (log1p (neg (erf (minimum ",
            $x,
            " 1)))))"
        )
    };
}

pub(super) const ROWS: &[Row] = &[
    row("one_minus_erf", Accurate, "(sub 1 (erf ?x))", "(erfc ?x)", "cancels above 1"),
    row("erf_minus_one", Accurate, "(sub (erf ?x) 1)", "(neg (erfc ?x))", "cancels above 1"),
    row("erf_less_one", Accurate, "(add (erf ?x) -1)", "(neg (erfc ?x))", "cancels above 1"),
    row("one_plus_erf", Accurate, "(add 1 (erf ?x))", "(erfc (neg ?x))", "cancels below -1"),
    row("one_minus_erfc", Accurate, "(sub 1 (erfc ?x))", "(erf ?x)", "cancels near 0"),
    row("erfc_minus_one", Accurate, "(sub (erfc ?x) 1)", "(neg (erf ?x))", "cancels near 0"),
    row("erfc_less_one", Accurate, "(add (erfc ?x) -1)", "(neg (erf ?x))", "cancels near 0"),
    row(
        "log_erfc",
        Accurate,
        "(log (erfc ?x))",
        log_erfc!("?x"),
        "underflows from 9 on in f32, from 26 on in f64",
    ),
    row(
        "log1p_neg_erf",
        Accurate,
        "(log1p (neg (erf ?x)))",
        log_erfc!("?x"),
        "underflows from 9 on in f32, from 26 on in f64",
    )
    .when(&["above_one x"]),
    row(
        "log1p_erf",
        Accurate,
        "(log1p (erf ?x))",
        log_erfc!("(neg ?x)"),
        "underflows below -9 in f32, below -26 in f64",
    )
    .when(&["far_below x"]),
    row(
        "gauss_over_erfc",
        Accurate,
        "(div (exp (neg (sqr ?x))) (erfc ?x))",
        "(div 1 (erfcx ?x))",
        "0 over 0",
    ),
    row(
        "scaled_gauss_over_erfc",
        Accurate,
        "(div (mul ?k (exp (neg (sqr ?x)))) (erfc ?x))",
        "(div ?k (erfcx ?x))",
        "0 over 0",
    ),
    row("erfcx", Accurate, "(mul (exp (sqr ?x)) (erfc ?x))", "(erfcx ?x)", "infinity times 0"),
    row(
        "one_minus_cos",
        Accurate,
        "(sub 1 (cos ?x))",
        "(mul 2 (sqr (sin (mul 0.5 ?x))))",
        "cancels near 0",
    ),
    row(
        "cos_minus_one",
        Accurate,
        "(sub (cos ?x) 1)",
        "(mul -2 (sqr (sin (mul 0.5 ?x))))",
        "cancels near 0",
    ),
    row(
        "cos_less_one",
        Accurate,
        "(add (cos ?x) -1)",
        "(mul -2 (sqr (sin (mul 0.5 ?x))))",
        "cancels near 0",
    ),
];
