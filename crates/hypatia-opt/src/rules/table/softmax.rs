//! Softmax and its kin: several spellings get one name, and the name one stable spelling.
//!
//! Invariants: see `mod.rs`.
//!
//! Not here: exponentials that are not summed (`exponentials.rs`).

use super::{Row, built, row};
use crate::rules::Soundness::{Accurate, Stable};
use crate::rules::build;

/// The largest element, taken as a constant by differentiation: what exponentials are shifted by.
macro_rules! top {
    () => {
        "(stop (max ?a ?x))"
    };
}

/// The same, but 0 where all is -∞: -∞ less -∞ would be NaN.
macro_rules! shift {
    () => {
        concat!("(select (eq ", top!(), " -inf) 0 ", top!(), ")")
    };
}

macro_rules! shifted {
    () => {
        concat!("(exp (sub ?x ", top!(), "))")
    };
}

macro_rules! shifted_unless_low {
    () => {
        concat!("(exp (sub ?x ", shift!(), "))")
    };
}

/// Their sum: at least 1, or 0 where all is -∞.
macro_rules! total {
    () => {
        concat!("(sum ?a ", shifted_unless_low!(), ")")
    };
}

pub(super) const ROWS: &[Row] = &[
    row(
        "softmax",
        Accurate,
        "(div (exp ?x) (sum ?a (exp ?x)))",
        "(softmax ?a ?x)",
        "recognised, so that it can be shifted",
    ),
    row(
        "softmax_gradient",
        Stable,
        "(mul ?z (sub (div ?x ?s) (div ?y ?s)))",
        "(mul (div ?z ?s) (sub ?x ?y))",
        "quotients meet their exponentials",
    )
    .when(&["nonzero_in_reals s"])
    .unlike(&[
        super::num('z', &[1.0]),
        super::num('s', &[0.0]),
        super::num('x', &[3.0]),
        super::num('y', &[1.0]),
    ]),
    built(
        "sum_softmax",
        Stable,
        "(sum ?a (softmax ?a ?x))",
        build::ones,
        "shares add up to one: gradients of losses lose a sum",
    )
    .when(&["elements a x"]),
    row(
        "softmax_sub",
        Stable,
        "(softmax ?a (sub ?x ?m))",
        "(softmax ?a ?x)",
        "shifts of the user's are not needed",
    )
    .when(&["flat m a x"]),
    row(
        "softmax_add",
        Stable,
        "(softmax ?a (add ?x ?m))",
        "(softmax ?a ?x)",
        "shifts of the user's are not needed",
    )
    .when(&["flat m a x"]),
    row(
        "softmax_sub_viewed",
        Stable,
        "(softmax ?a (reshape ?s (sub ?x ?m)))",
        "(softmax ?a (reshape ?s ?x))",
        "shifts of the user's are not needed",
    )
    .when(&["scalar m"]),
    row(
        "softmax_add_viewed",
        Stable,
        "(softmax ?a (reshape ?s (add ?x ?m)))",
        "(softmax ?a (reshape ?s ?x))",
        "shifts of the user's are not needed",
    )
    .when(&["scalar m"]),
    row(
        "softmax_shifted",
        Accurate,
        "(softmax ?a ?x)",
        concat!("(div ", shifted!(), " (sum ?a ", shifted!(), "))"),
        "no exponential overflows, and one is 1",
    )
    .when(&["loose a x"]),
    row(
        "softmax_masked",
        Accurate,
        "(softmax ?a ?x)",
        // A half is never the larger one but beside 0, so that no derivative is halved.
        concat!("(div ", shifted_unless_low!(), " (maximum ", total!(), " 0.5))"),
        "rows that are wholly masked are 0",
    )
    .when(&["masked x"]),
    row(
        "mean_masked",
        Stable,
        "(div (sum ?a (select ?c ?x 0)) (sum ?a (select ?c 1 0)))",
        "(div (sum ?a (select ?c ?x 0)) (maximum (sum ?a (select ?c 1 0)) 1))",
        "rows that are wholly masked are 0",
    ),
    row(
        "mean_masked_count",
        Stable,
        "(div (sum ?a (select ?c ?x 0)) (sum ?a (cast ?d ?c)))",
        "(div (sum ?a (select ?c ?x 0)) (maximum (sum ?a (cast ?d ?c)) 1))",
        "rows that are wholly masked are 0",
    )
    .when(&["bool c"]),
    row(
        "mean_masked_product",
        Stable,
        "(div (sum ?a (mul ?x (cast ?d ?c))) (sum ?a (cast ?d ?c)))",
        "(div (sum ?a (mul ?x (cast ?d ?c))) (maximum (sum ?a (cast ?d ?c)) 1))",
        "rows that are wholly masked are 0",
    )
    .when(&["bool c"]),
    row(
        "log_softmax",
        Accurate,
        "(log (softmax ?a ?x))",
        "(log_softmax ?a ?x)",
        "shares underflow",
    ),
    row(
        "log_softmax_shifted",
        Accurate,
        "(log_softmax ?a ?x)",
        concat!("(sub (sub ?x ", top!(), ") (log (sum ?a ", shifted!(), ")))"),
        "no exponential overflows, and one is 1",
    )
    .when(&["loose a x"]),
    row(
        "logsumexp",
        Accurate,
        "(log (sum ?a (exp ?x)))",
        "(logsumexp ?a ?x)",
        "exponentials overflow, and all may underflow",
    )
    .when(&["loose a x"]),
    row(
        "logsumexp_shifted",
        Accurate,
        "(logsumexp ?a ?x)",
        // Where all is -∞ there is no derivative; the choice makes it 0.
        concat!(
            "(select (lt ",
            top!(),
            " inf) (add (select (gt ",
            total!(),
            " 0) (log (maximum ",
            total!(),
            " 0.5)) -inf) ",
            shift!(),
            ") ",
            top!(),
            ")"
        ),
        "no exponential overflows, and one is 1",
    )
    .when(&["loose a x"]),
    row(
        "log_sum",
        Accurate,
        "(log (sum ?a ?x))",
        "(logsumexp ?a (log ?x))",
        "all terms may have underflowed",
    )
    .when(&["underflows x"]),
    row(
        "log_sum_select",
        Accurate,
        "(log (sum ?a (select ?c ?x 0)))",
        "(logsumexp ?a (select ?c (log ?x) -inf))",
        "all terms may have underflowed",
    )
    .when(&["underflows x"]),
    row(
        "log_sum_select_else",
        Accurate,
        "(log (sum ?a (select ?c 0 ?x)))",
        "(logsumexp ?a (select ?c -inf (log ?x)))",
        "all terms may have underflowed",
    )
    .when(&["underflows x"]),
    row(
        "log_sum_masked",
        Accurate,
        "(log (sum ?a (mul ?x (cast ?d ?c))))",
        "(logsumexp ?a (select ?c (log ?x) -inf))",
        "all terms may have underflowed",
    )
    .when(&["underflows x", "bool c"]),
    row(
        "log_masked",
        Accurate,
        "(log (mul ?x (cast ?d ?c)))",
        "(select ?c (log ?x) -inf)",
        "what is kept may have underflowed",
    )
    .when(&["underflows x", "bool c"]),
    row(
        "log_scaled",
        Accurate,
        "(log (mul ?c ?x))",
        "(add (log ?c) (log ?x))",
        "what is scaled may have underflowed",
    )
    .when(&["constant c", "positive c", "underflows x"])
    .unlike(&[super::num('c', &[-1.0]), super::num('x', &[-1.0])]),
    row(
        "log_divided",
        Accurate,
        "(log (div ?x ?n))",
        "(sub (log ?x) (log ?n))",
        "what is divided may have underflowed",
    )
    .when(&["whole n", "nonnegative n", "underflows x"])
    .unlike(&[super::num('n', &[-1.0]), super::num('x', &[-1.0])]),
    row(
        "sub_logsumexp",
        Accurate,
        "(sub ?x (logsumexp ?a ?x))",
        "(log_softmax ?a ?x)",
        "shares its exponentials with the softmax",
    ),
    row(
        "exp_log_softmax",
        Accurate,
        "(exp (log_softmax ?a ?x))",
        "(softmax ?a ?x)",
        "shares its exponentials with the logarithm",
    ),
    row(
        "log_softmax_sub",
        Stable,
        "(log_softmax ?a (sub ?x ?m))",
        "(log_softmax ?a ?x)",
        "shifts of the user's are not needed",
    )
    .when(&["flat m a x"]),
    row(
        "log_softmax_add",
        Stable,
        "(log_softmax ?a (add ?x ?m))",
        "(log_softmax ?a ?x)",
        "shifts of the user's are not needed",
    )
    .when(&["flat m a x"]),
    row(
        "logsumexp_shift",
        Accurate,
        "(add ?m (logsumexp ?a (sub ?x ?m)))",
        "(logsumexp ?a ?x)",
        "shifts of the user's are not needed",
    )
    .when(&["flat m a x"]),
];
