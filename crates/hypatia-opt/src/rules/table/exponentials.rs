//! Exponentials, logarithms, sigmoids and odds.
//!
//! Invariants: see `mod.rs`.
//!
//! Not here: sums of exponentials over axes (`softmax.rs`).

use super::{Row, num, row};
use crate::rules::Soundness::{Accurate, Exact, Stable};

/// The branches of a stable form overlap, so that at no point both the choice and a bound of its
/// operand switch: there derivatives would be halved.
macro_rules! log1mexp {
    ($x:expr) => {
        concat!(
            "(select (gt ",
            $x,
            " -0.6931471805599453) (log (neg (expm1 (maximum ",
            $x,
            " -0.75)))) (log1p (neg (exp (minimum ",
            $x,
            " -0.625)))))"
        )
    };
}

pub(super) const ROWS: &[Row] = &[
    row("log_exp", Accurate, "(log (exp ?x))", "?x", "the exponential overflows"),
    row("exp_log", Stable, "(exp (log ?x))", "?x", "two ops less")
        .when(&["nonnegative x"])
        .unlike(&[num('x', &[-1.0])]),
    row(
        "log_sqr",
        Accurate,
        "(log (sqr ?x))",
        "(mul 2 (log (abs ?x)))",
        "squares overflow long before the logarithm",
    ),
    row("log1p", Accurate, "(log (add 1 ?x))", "(log1p ?x)", "the sum loses what is small"),
    row(
        "log1p_neg",
        Accurate,
        "(log (sub 1 ?x))",
        "(log1p (neg ?x))",
        "the difference loses what is small",
    ),
    row("expm1", Accurate, "(sub (exp ?x) 1)", "(expm1 ?x)", "cancels near 0"),
    row("expm1_add", Accurate, "(add (exp ?x) -1)", "(expm1 ?x)", "cancels near 0"),
    row("expm1_neg", Accurate, "(sub 1 (exp ?x))", "(neg (expm1 ?x))", "cancels near 0"),
    row("sinh", Accurate, "(sub (exp ?x) (exp (neg ?x)))", "(mul 2 (sinh ?x))", "cancels near 0"),
    row("softplus", Accurate, "(log1p (exp ?x))", "(softplus ?x)", "the exponential overflows"),
    row(
        "logaddexp",
        Accurate,
        "(log (add (exp ?x) (exp ?y)))",
        // The difference of equal infinities would be NaN.
        "(add (maximum ?x ?y) (softplus (neg (abs (select (eq ?x ?y) 0 (sub ?x ?y))))))",
        "the exponentials overflow",
    ),
    row(
        "log1mexp",
        Accurate,
        "(log1p (neg (exp ?x)))",
        log1mexp!("?x"),
        "cancels where the exponential is near 1 (Mächler 2012)",
    )
    .when(&["reaches_zero x"]),
    row(
        "log_neg_expm1",
        Accurate,
        "(log (neg (expm1 ?x)))",
        log1mexp!("?x"),
        "is 0 where the exponential is small",
    )
    .when(&["far_below x"]),
    row(
        "logsubexp",
        Accurate,
        "(log (sub (exp ?x) (exp ?y)))",
        concat!("(add ?x ", log1mexp!("(select (eq ?x ?y) 0 (sub ?y ?x))"), ")"),
        "the exponentials overflow, and cancel",
    ),
    row(
        "softplus_minus",
        Stable,
        "(sub (softplus ?x) ?x)",
        "(softplus (neg ?x))",
        "cancels at large numbers",
    ),
    row(
        "softplus_odds",
        Accurate,
        "(sub (softplus ?x) (softplus (neg ?x)))",
        "?x",
        "the logit of a sigmoid",
    ),
    row(
        "log_sigmoid",
        Accurate,
        "(log (sigmoid ?x))",
        "(neg (softplus (neg ?x)))",
        "sigmoids underflow",
    ),
    row(
        "log_one_minus_sigmoid",
        Accurate,
        "(log1p (neg (sigmoid ?x)))",
        "(neg (softplus ?x))",
        "sigmoids come close to 1",
    ),
    row(
        "sigmoid_minus_one",
        Accurate,
        "(sub (sigmoid ?x) 1)",
        "(neg (sigmoid (neg ?x)))",
        "sigmoids come close to 1",
    ),
    row(
        "sigmoid_less_one",
        Accurate,
        "(add (sigmoid ?x) -1)",
        "(neg (sigmoid (neg ?x)))",
        "sigmoids come close to 1",
    ),
    row(
        "one_minus_sigmoid",
        Accurate,
        "(sub 1 (sigmoid ?x))",
        "(sigmoid (neg ?x))",
        "sigmoids come close to 1",
    ),
    row("sigmoid", Accurate, "(div 1 (add 1 (exp ?x)))", "(sigmoid (neg ?x))", "one op"),
    row(
        "sigmoid_scaled",
        Accurate,
        "(div ?k (add 1 (exp ?x)))",
        "(mul ?k (sigmoid (neg ?x)))",
        "derivatives of the exponential overflow",
    ),
    row(
        "sigmoid_ratio",
        Accurate,
        "(div (exp ?x) (add 1 (exp ?x)))",
        "(sigmoid ?x)",
        "infinity over infinity",
    ),
    row(
        "sigmoid_tanh",
        Stable,
        "(mul 0.5 (add 1 (tanh (mul 0.5 ?x))))",
        "(sigmoid ?x)",
        "cancels far below 0",
    ),
    row(
        "sigmoid_exp",
        Accurate,
        "(mul (sigmoid ?x) (exp (neg ?x)))",
        "(sigmoid (neg ?x))",
        "0 times infinity",
    ),
    row(
        "sigmoid_over_exp",
        Accurate,
        "(div (sigmoid ?x) (exp ?x))",
        "(sigmoid (neg ?x))",
        "0 over 0",
    ),
    row(
        "div_exp",
        Stable,
        "(div ?y (exp ?x))",
        "(mul ?y (exp (neg ?x)))",
        "a product is cheaper than a quotient",
    ),
    row(
        "odds",
        Stable,
        "(div (sigmoid ?x) (sigmoid (neg ?x)))",
        "(exp ?x)",
        "one op; the quotient overflows no earlier",
    ),
    row(
        "inverse_odds",
        Stable,
        "(div (sigmoid (neg ?x)) (sigmoid ?x))",
        "(exp (neg ?x))",
        "one op; the quotient overflows no earlier",
    ),
    row(
        "sigmoid_logit",
        Stable,
        "(sigmoid (sub (log ?x) (log1p (neg ?x))))",
        "(select (and (ge ?x 0) (le ?x 1)) ?x nan)",
        "the inverse of the inverse",
    ),
    row(
        "sigmoid_log_odds",
        Stable,
        "(sigmoid (log (div ?x (sub 1 ?x))))",
        "(select (and (ge ?x 0) (le ?x 1)) ?x nan)",
        "the inverse of the inverse",
    ),
    row(
        "tanh",
        Stable,
        "(div (sub (exp ?x) (exp (neg ?x))) (add (exp ?x) (exp (neg ?x))))",
        "(tanh ?x)",
        "infinity over infinity",
    ),
    row(
        "tanh_of_half",
        Accurate,
        "(div (sub (exp ?x) 1) (add 1 (exp ?x)))",
        "(tanh (mul 0.5 ?x))",
        "infinity over infinity",
    ),
    row(
        "tanh_of_half_neg",
        Accurate,
        "(div (sub 1 (exp ?x)) (add 1 (exp ?x)))",
        "(tanh (mul -0.5 ?x))",
        "infinity over infinity",
    ),
    row("tanh_ratio", Accurate, "(div (sinh ?x) (cosh ?x))", "(tanh ?x)", "infinity over infinity"),
    row(
        "tanh_sigmoid",
        Accurate,
        "(sub (mul 2 (sigmoid ?x)) 1)",
        "(tanh (mul 0.5 ?x))",
        "cancels near 0",
    ),
    row(
        "tanh_sigmoid_neg",
        Accurate,
        "(sub 1 (mul 2 (sigmoid ?x)))",
        "(tanh (mul -0.5 ?x))",
        "cancels near 0",
    ),
    row(
        "mul_log_self",
        Stable,
        "(mul ?x (log ?x))",
        "(mul ?x (log (select (eq ?x 0) 1 ?x)))",
        "0 times infinity",
    )
    .when(&["may_vanish x"]),
    row(
        "mul_log",
        Stable,
        "(mul ?x (log ?y))",
        "(mul ?x (log (select (and (eq ?x 0) (eq ?y 0)) 1 ?y)))",
        "0 times infinity",
    )
    .when(&["may_vanish x", "may_vanish y"]),
    row(
        "log_take_along",
        Accurate,
        "(log (take_along ?k ?x ?i))",
        "(take_along ?k (log ?x) ?i)",
        "what is picked may have underflowed",
    ),
    row(
        "take_along_sub",
        Exact,
        "(take_along ?k (sub ?x ?c) ?i)",
        "(sub (take_along ?k ?x ?i) ?c)",
        "subtract fewer numbers",
    )
    .when(&["flat_axis c k x", "one_pick k i"]),
    row(
        "log_take",
        Accurate,
        "(log (take ?k ?x ?i))",
        "(take ?k (log ?x) ?i)",
        "what is picked may have underflowed",
    ),
    row(
        "log_slice",
        Accurate,
        "(log (slice ?s ?x))",
        "(slice ?s (log ?x))",
        "what is cut out may have underflowed",
    ),
    row(
        "log_select",
        Exact,
        "(log (select ?c ?x ?y))",
        "(select ?c (log ?x) (log ?y))",
        "what is chosen may have underflowed",
    ),
    row("log_max", Accurate, "(log (max ?a ?x))", "(max ?a (log ?x))", "all may have underflowed")
        .when(&["underflows x"]),
    row(
        "log_min",
        Accurate,
        "(log (min ?a ?x))",
        "(min ?a (log ?x))",
        "the least may have underflowed",
    )
    .when(&["underflows x"]),
    row(
        "log_cast",
        Accurate,
        "(log (cast ?d ?x))",
        "(cast ?d (log ?x))",
        "what is converted may have underflowed",
    )
    .when(&["underflows x"]),
    row("log_sqrt", Stable, "(log (sqrt ?x))", "(mul 0.5 (log ?x))", "one root less"),
    row("log_rsqrt", Stable, "(log (rsqrt ?x))", "(mul -0.5 (log ?x))", "one root less"),
    row("log_reciprocal", Stable, "(log (div 1 ?x))", "(neg (log ?x))", "one quotient less")
        .when(&["nonnegative x"])
        .unlike(&[num('x', &[-0.0])]),
    row("log_pow", Stable, "(log (pow ?x ?c))", "(mul ?c (log ?x))", "powers overflow")
        .when(&["nonnegative x", "constant c", "nonzero c"])
        .unlike(&[num('x', &[-1.0]), num('c', &[2.0])]),
];
