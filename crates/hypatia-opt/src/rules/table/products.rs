//! Products of matrices, determinants.
//!
//! Invariants: see `mod.rs`.
//!
//! Not here: chains of products and products with one operand in common (graph passes).

use super::{Row, built, line, row};
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
    row(
        "matmul_scaled_rows",
        Stable,
        "(matmul (mul ?r ?x) ?y)",
        "(mul ?r (matmul ?x ?y))",
        "scale the smaller tensor",
    )
    .when(&["one_column r x"]),
    row(
        "matmul_scaled_columns",
        Stable,
        "(matmul ?x (mul ?r ?y))",
        "(mul ?r (matmul ?x ?y))",
        "scale the smaller tensor",
    )
    .when(&["one_row r y"]),
    built("matmul_zero", Stable, "(matmul ?x ?z)", build::zeros, "dead derivatives")
        .when(&["finite x", "zero z"])
        .unlike(&[line('x', &[f64::INFINITY]), line('z', &[0.0])]),
    built("zero_matmul", Stable, "(matmul ?z ?x)", build::zeros, "dead derivatives")
        .when(&["finite x", "zero z"])
        .unlike(&[line('x', &[f64::INFINITY]), line('z', &[0.0])]),
    row("matmul_outer", Stable, "(matmul ?x ?y)", "(mul ?x ?y)", "one product for each element")
        .when(&["thin x"]),
    built("matmul_ones", Stable, "(matmul ?x ?o)", build::row_sums, "derivatives of sums")
        .when(&["one o"]),
    built("ones_matmul", Stable, "(matmul ?o ?x)", build::column_sums, "derivatives of sums")
        .when(&["one o"]),
    row("matmul_identity", Stable, "(matmul ?x ?i)", "?x", "nothing changes").when(&["identity i"]),
    row("identity_matmul", Stable, "(matmul ?i ?x)", "?x", "nothing changes").when(&["identity i"]),
    row(
        "inverse",
        Stable,
        "(matmul (solve ?x ?i) ?y)",
        "(solve ?x ?y)",
        "closer, and one product less",
    )
    .when(&["identity i"]),
    built(
        "contraction",
        Stable,
        "(sum ?a (mul ?x ?y))",
        build::contracted,
        "a product of matrices, written with repeated operands",
    ),
];
