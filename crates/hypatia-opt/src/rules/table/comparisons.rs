//! Comparisons.
//!
//! Invariants: see `mod.rs`.
//!
//! Not here: what is chosen by them (`choice.rs`).

use super::{Row, built, num};
use crate::rules::Soundness::{Exact, Stable};
use crate::rules::build;

pub(super) const ROWS: &[Row] = &[
    built("lt_self", Exact, "(lt ?x ?x)", build::zeros, "nothing is below itself"),
    built("gt_self", Exact, "(gt ?x ?x)", build::zeros, "nothing is above itself"),
    built("eq_self", Stable, "(eq ?x ?x)", build::ones, "only NaN differs from itself")
        .when(&["finite x"])
        .unlike(&[num('x', &[f64::NAN])]),
    built("ne_self", Stable, "(ne ?x ?x)", build::zeros, "only NaN differs from itself")
        .when(&["finite x"])
        .unlike(&[num('x', &[f64::NAN])]),
    built("le_self", Stable, "(le ?x ?x)", build::ones, "only NaN differs from itself")
        .when(&["finite x"])
        .unlike(&[num('x', &[f64::NAN])]),
    built("ge_self", Stable, "(ge ?x ?x)", build::ones, "only NaN differs from itself")
        .when(&["finite x"])
        .unlike(&[num('x', &[f64::NAN])]),
];
