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
    row(
        "transpose_scaled",
        Exact,
        "(transpose ?p (mul ?c ?x))",
        "(mul ?c (transpose ?p ?x))",
        "scales come together",
    )
    .when(&["scalar c"]),
    built("slice_all", Exact, "(slice ?s ?x)", build::unsliced, "nothing is cut off"),
    built(
        "transpose_of_ones",
        Exact,
        "(transpose ?p ?x)",
        build::moved_ones,
        "moving axes of length 1 moves nothing",
    ),
    built("slice_slice", Exact, "(slice ?s (slice ?t ?x))", build::one_slice, "chains of views"),
    built("pad_nothing", Exact, "(pad ?s ?x ?y)", build::not_padded, "nothing is added"),
    built("pad_pad", Exact, "(pad ?s (pad ?t ?x ?y) ?y)", build::one_pad, "chains of pads"),
    built(
        "slice_pad",
        Exact,
        "(slice ?s (pad ?t ?x ?y))",
        build::unpadded,
        "derivatives cut off what was added",
    ),
    built(
        "slice_concat",
        Exact,
        "(slice ?s (concat ?b ?x ?y))",
        build::part_sliced,
        "parts that are taken apart again",
    ),
    built(
        "slice_concat_of_three",
        Exact,
        "(slice ?s (concat ?b ?x ?y ?z))",
        build::part_sliced,
        "parts that are taken apart again",
    ),
    built(
        "slice_concat_of_four",
        Exact,
        "(slice ?s (concat ?b ?w ?x ?y ?z))",
        build::part_sliced,
        "parts that are taken apart again",
    ),
    built(
        "concat_left",
        Exact,
        "(concat ?b (concat ?b ?x ?y) ?z)",
        build::joined_at_once,
        "nothing is joined twice",
    ),
    built(
        "concat_right",
        Exact,
        "(concat ?b ?x (concat ?b ?y ?z))",
        build::joined_at_once,
        "nothing is joined twice",
    ),
];

/// Which elementwise ops a row is for.
#[derive(Clone, Copy)]
pub(crate) enum Ops {
    /// Those of one operand.
    Single,
    /// Those of two.
    Pair,
    /// Those of two and three.
    Several,
    /// Sums, differences and products.
    Arithmetic,
}

/// How an elementwise op and a view or a choice exchange places. `OP[…]` is the op with what is in
/// the brackets as one operand, `ALL[…]` the op with every operand like this; `?v` is that operand,
/// `?w` what it is joined with, `?o` the other operand.
pub(crate) struct View {
    pub name: &'static str,
    pub ops: Ops,
    pub left: &'static str,
    pub right: &'static str,
    pub guards: &'static [&'static str],
    pub why: &'static str,
}

const fn view(
    name: &'static str,
    ops: Ops,
    left: &'static str,
    right: &'static str,
    guards: &'static [&'static str],
    why: &'static str,
) -> View {
    View { name, ops, left, right, guards, why }
}

const TOGETHER: &str = "views come together";
const SMALL: &str = "compute on the small tensor";
const LESS: &str = "compute no more than is read";
const SINK: &str = "what is between an op and its operand does not hide it";

pub(crate) const VIEWS: &[View] = &[
    view("broadcast", Ops::Single, "OP[(broadcast ?s ?v)]", "(broadcast ?s OP[?v])", &[], SMALL),
    view("reshape", Ops::Single, "OP[(reshape ?s ?v)]", "(reshape ?s OP[?v])", &[], TOGETHER),
    view("transpose", Ops::Single, "OP[(transpose ?p ?v)]", "(transpose ?p OP[?v])", &[], TOGETHER),
    view("slice", Ops::Single, "(slice ?s OP[?v])", "OP[(slice ?s ?v)]", &[], LESS),
    view(
        "broadcast",
        Ops::Several,
        "OP[(broadcast ?s ?v)]",
        "OP[?v]",
        &[],
        "elementwise ops broadcast by themselves",
    ),
    view(
        "reshape",
        Ops::Several,
        "OP[(reshape ?s ?v)]",
        "OP[?v]",
        &["aligned s v"],
        "leading ones change nothing",
    ),
    view(
        "reshape_beside_scalar",
        Ops::Pair,
        "OP[(reshape ?s ?v)]",
        "(reshape ?s OP[?v])",
        &["scalar o"],
        TOGETHER,
    ),
    view(
        "transpose_beside_scalar",
        Ops::Pair,
        "OP[(transpose ?p ?v)]",
        "(transpose ?p OP[?v])",
        &["scalar o"],
        TOGETHER,
    ),
    view(
        "slice_beside_scalar",
        Ops::Pair,
        "(slice ?s OP[?v])",
        "OP[(slice ?s ?v)]",
        &["scalar o"],
        LESS,
    ),
    view("reshapes", Ops::Pair, "ALL[(reshape ?s ?v)]", "(reshape ?s ALL[?v])", &[], TOGETHER),
    view(
        "transposes",
        Ops::Pair,
        "ALL[(transpose ?p ?v)]",
        "(transpose ?p ALL[?v])",
        &[],
        TOGETHER,
    ),
    view("slices", Ops::Pair, "(slice ?s ALL[?v])", "ALL[(slice ?s ?v)]", &[], LESS),
    view(
        "concats",
        Ops::Pair,
        "ALL[(concat ?b ?v ?w)]",
        "(concat ?b ALL[?v] ALL[?w])",
        &["alike v o"],
        "one value to join instead of two",
    ),
    view(
        "choice",
        Ops::Single,
        "OP[(select ?c ?v ?k)]",
        "(select ?c OP[?v] OP[?k])",
        &["constant k"],
        SINK,
    ),
    view(
        "choice_else",
        Ops::Single,
        "OP[(select ?c ?k ?v)]",
        "(select ?c OP[?k] OP[?v])",
        &["constant k"],
        SINK,
    ),
    view(
        "choice_beside_constant",
        Ops::Arithmetic,
        "OP[(select ?c ?v ?k)]",
        "(select ?c OP[?v] OP[?k])",
        &["constant k", "constant o"],
        SINK,
    ),
    view(
        "choice_else_beside_constant",
        Ops::Arithmetic,
        "OP[(select ?c ?k ?v)]",
        "(select ?c OP[?k] OP[?v])",
        &["constant k", "constant o"],
        SINK,
    ),
];
