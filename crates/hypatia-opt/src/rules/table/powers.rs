//! Powers and roots.
//!
//! Invariants: see `mod.rs`.
//!
//! Not here: exponentials (`exponentials.rs`).

use super::{Row, built, num, row};
use crate::rules::Soundness::{Accurate, Exact, Stable};
use crate::rules::build;

/// The larger of two sizes where it can divide, else 1. The quotient does not depend on it, so
/// differentiation takes it as a constant.
macro_rules! scale {
    () => {
        "(stop (select (and (gt (maximum (abs ?x) (abs ?y)) 0) (lt (maximum (abs ?x) (abs ?y)) \
         inf)) (maximum (abs ?x) (abs ?y)) 1))"
    };
}

/// The same for the elements along axes.
macro_rules! top {
    () => {
        "(stop (select (and (gt (max ?a (abs ?x)) 0) (lt (max ?a (abs ?x)) inf)) (max ?a (abs ?x)) \
         1))"
    };
}

/// `√(x² + y²)`, infinite if either is.
macro_rules! hypot {
    () => {
        concat!(
            "(mul (sqrt (add (sqr (div ?x ",
            scale!(),
            ")) (sqr (div ?y ",
            scale!(),
            ")))) ",
            scale!(),
            ")"
        )
    };
}

/// `a / (upper + lower)`, which is the difference of the roots; 0 at 0, infinite if `a` is.
macro_rules! step {
    ($upper:literal, $lower:literal) => {
        concat!(
            "(select (eq ?a inf) (sub ?a ",
            $lower,
            ") (select (eq (add ",
            $upper,
            " ",
            $lower,
            ") 0) 0 (div ?a (add ",
            $upper,
            " ",
            $lower,
            "))))"
        )
    };
}

pub(super) const ROWS: &[Row] = &[
    row("mul_self", Exact, "(mul ?x ?x)", "(sqr ?x)", "one operand; roots see it"),
    row("pow_one", Exact, "(pow ?x 1)", "?x", "powers that users write"),
    built("pow_zero", Exact, "(pow ?x 0)", build::ones, "powers that users write"),
    row("pow_two", Stable, "(pow ?x 2)", "(sqr ?x)", "a power is far dearer"),
    row("pow_three", Stable, "(pow ?x 3)", "(mul ?x (sqr ?x))", "a power is far dearer"),
    row("pow_minus_one", Stable, "(pow ?x -1)", "(div 1 ?x)", "a power is far dearer"),
    row("pow_half", Stable, "(pow ?x 0.5)", "(sqrt ?x)", "a power is far dearer")
        .when(&["nonnegative x"])
        .unlike(&[num('x', &[f64::NEG_INFINITY])]),
    row("pow_minus_half", Stable, "(pow ?x -0.5)", "(rsqrt ?x)", "a power is far dearer")
        .when(&["nonnegative x"])
        .unlike(&[num('x', &[f64::NEG_INFINITY])]),
    row("sqrt_sqr", Accurate, "(sqrt (sqr ?x))", "(abs ?x)", "the square may overflow"),
    row("sqr_sqrt", Stable, "(sqr (sqrt ?x))", "?x", "norms and Adam")
        .when(&["nonnegative x"])
        .unlike(&[num('x', &[-1.0])]),
    row(
        "hypot",
        Accurate,
        "(sqrt (add (sqr ?x) (sqr ?y)))",
        hypot!(),
        "squares overflow long before the root",
    )
    .when(&["unscaled x", "unscaled y"]),
    row(
        "scaled_norm",
        Accurate,
        "(sqrt (sum ?a (sqr ?x)))",
        concat!("(mul (sqrt (sum ?a (sqr (div ?x ", top!(), ")))) ", top!(), ")"),
        "squares overflow long before the root; a pass more",
    )
    .when(&["unscaled x"])
    .on_request(),
    row(
        "log_hypot",
        Accurate,
        "(log (add (sqr ?x) (sqr ?y)))",
        concat!("(mul 2 (log ", hypot!(), "))"),
        "squares overflow long before the logarithm",
    )
    .when(&["unscaled x", "unscaled y"]),
    row(
        "root_step_up",
        Accurate,
        "(sub (sqrt (add ?x ?a)) (sqrt ?x))",
        step!("(sqrt (add ?x ?a))", "(sqrt ?x)"),
        "the difference of close roots cancels",
    ),
    row(
        "root_step_down",
        Accurate,
        "(sub (sqrt ?x) (sqrt (sub ?x ?a)))",
        step!("(sqrt ?x)", "(sqrt (sub ?x ?a))"),
        "the difference of close roots cancels",
    ),
    row(
        "root_step_up_neg",
        Accurate,
        "(sub (sqrt ?x) (sqrt (add ?x ?a)))",
        concat!("(neg ", step!("(sqrt (add ?x ?a))", "(sqrt ?x)"), ")"),
        "the difference of close roots cancels",
    ),
    row(
        "root_step_down_neg",
        Accurate,
        "(sub (sqrt (sub ?x ?a)) (sqrt ?x))",
        concat!("(neg ", step!("(sqrt ?x)", "(sqrt (sub ?x ?a))"), ")"),
        "the difference of close roots cancels",
    ),
    row("div_sqrt_self", Stable, "(div ?x (sqrt ?x))", "(sqrt ?x)", "norms")
        .when(&["positive x"])
        .unlike(&[num('x', &[0.0])]),
    row("rsqrt", Stable, "(div 1 (sqrt ?x))", "(rsqrt ?x)", "one op; normalisations share it"),
    row(
        "div_sqrt",
        Stable,
        "(div ?y (sqrt ?x))",
        "(mul ?y (rsqrt ?x))",
        "one quotient for each row instead of each element",
    ),
];
