//! Products of matrices, determinants.
//!
//! Invariants: see `mod.rs`.
//!
//! Not here: chains of products and products with one operand in common (graph passes).

use super::{Row, built, row};
use crate::rules::Soundness::{Accurate, Stable};
use crate::rules::build;

pub(super) const ROWS: &[Row] = &[
    row(
        "matmul_neg_left",
        Stable,
        "(matmul (neg ?x) ?y)",
        "(neg (matmul ?x ?y))",
        "sums of products come together",
    ),
    row(
        "matmul_neg_right",
        Stable,
        "(matmul ?x (neg ?y))",
        "(neg (matmul ?x ?y))",
        "sums of products come together",
    ),
    row(
        "matmul_scaled_left",
        Stable,
        "(matmul (mul ?c ?x) ?y)",
        "(mul ?c (matmul ?x ?y))",
        "scale the smallest tensor",
    )
    .when(&["scalar c"]),
    row(
        "matmul_scaled_right",
        Stable,
        "(matmul ?x (mul ?c ?y))",
        "(mul ?c (matmul ?x ?y))",
        "scale the smallest tensor",
    )
    .when(&["scalar c"]),
    built(
        "transpose_matmul",
        Stable,
        "(transpose ?p (matmul ?x ?y))",
        build::turned_factors,
        "the factors have been transposed already",
    ),
    row(
        "log_abs_det",
        Accurate,
        "(log (abs (det ?x)))",
        "(logabsdet ?x)",
        "determinants overflow and underflow",
    ),
    row(
        "log_det",
        Accurate,
        "(log (det ?x))",
        "(add (logabsdet ?x) (log (detsign ?x)))",
        "determinants overflow and underflow",
    ),
];
