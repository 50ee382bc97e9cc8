//! Conversions and views: reshapes, broadcasts, transposes, slices; how they pass elementwise ops.
//!
//! Invariants: see `mod.rs`.
//!
//! Not here: which ops the rows for elementwise ops stand for (`rules/mod.rs`).

use super::{Row, built, row};
use crate::rules::Soundness::Exact;
use crate::rules::build;

pub(super) const ROWS: &[Row] = &[
    row("cast_same", Exact, "(cast ?d ?x)", "?x", "nothing to convert"),
    built("cast_cast", Exact, "(cast ?d (cast ?e ?x))", build::one_cast, "chains of conversions"),
    row("reshape_same", Exact, "(reshape ?s ?x)", "?x", "nothing moves"),
    row(
        "reshape_reshape",
        Exact,
        "(reshape ?s (reshape ?t ?x))",
        "(reshape ?s ?x)",
        "chains of views",
    ),
    row("broadcast_same", Exact, "(broadcast ?s ?x)", "?x", "nothing to repeat"),
    row(
        "broadcast_broadcast",
        Exact,
        "(broadcast ?s (broadcast ?t ?x))",
        "(broadcast ?s ?x)",
        "chains of views",
    ),
    built("transpose_same", Exact, "(transpose ?p ?x)", build::untransposed, "nothing moves"),
    built(
        "transpose_transpose",
        Exact,
        "(transpose ?p (transpose ?q ?x))",
        build::one_transpose,
        "chains of views",
    ),
    built("slice_all", Exact, "(slice ?s ?x)", build::unsliced, "nothing is cut off"),
];

/// How an elementwise op and a view of one operand exchange places. `OP` is the op on plain
/// operands, `?v` the operand that is viewed.
pub(crate) struct View {
    pub name: &'static str,
    /// Whether it is for ops of one operand.
    pub single: bool,
    pub left: &'static str,
    pub right: &'static str,
    pub guards: &'static [&'static str],
    pub why: &'static str,
}

pub(crate) const VIEWS: &[View] = &[
    View {
        name: "broadcast",
        single: true,
        left: "(broadcast ?s ?v)",
        right: "(broadcast ?s OP)",
        guards: &[],
        why: "compute on the small tensor",
    },
    View {
        name: "reshape",
        single: true,
        left: "(reshape ?s ?v)",
        right: "(reshape ?s OP)",
        guards: &[],
        why: "views come together",
    },
    View {
        name: "transpose",
        single: true,
        left: "(transpose ?p ?v)",
        right: "(transpose ?p OP)",
        guards: &[],
        why: "views come together",
    },
    View {
        name: "broadcast",
        single: false,
        left: "(broadcast ?s ?v)",
        right: "OP",
        guards: &[],
        why: "elementwise ops broadcast by themselves",
    },
    View {
        name: "reshape",
        single: false,
        left: "(reshape ?s ?v)",
        right: "OP",
        guards: &["aligned s v"],
        why: "leading ones change nothing",
    },
];
