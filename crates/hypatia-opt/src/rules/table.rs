//! The rule book: one row for each rule.
//!
//! Invariants: a row is tested by evaluating both sides on random values of every shape that its
//! type allows.
//!
//! Not here: rules that are computed for families of ops (`mod.rs`), sums and products of many
//! operands (`normalize.rs`).

use super::Build;
use super::Soundness::{self, Accurate, Exact, Fast, Stable};
use super::build;

/// A rule.
pub(crate) struct Row {
    pub name: &'static str,
    pub soundness: Soundness,
    pub left: &'static str,
    pub right: Right,
    pub guards: &'static [&'static str],
}

/// The right side of a row.
#[derive(Clone, Copy)]
pub(crate) enum Right {
    Text(&'static str),
    Built(Build),
}

/// How an elementwise op and a view of one operand exchange places. `OP` is the op on plain
/// operands, `?v` the operand that is viewed.
pub(crate) struct View {
    pub name: &'static str,
    /// Whether it is for ops of one operand.
    pub single: bool,
    pub left: &'static str,
    pub right: &'static str,
    pub guards: &'static [&'static str],
}

pub(crate) const VIEWS: &[View] = &[
    View {
        name: "broadcast",
        single: true,
        left: "(broadcast ?s ?v)",
        right: "(broadcast ?s OP)",
        guards: &[],
    },
    View {
        name: "reshape",
        single: true,
        left: "(reshape ?s ?v)",
        right: "(reshape ?s OP)",
        guards: &[],
    },
    View {
        name: "transpose",
        single: true,
        left: "(transpose ?p ?v)",
        right: "(transpose ?p OP)",
        guards: &[],
    },
    View { name: "broadcast", single: false, left: "(broadcast ?s ?v)", right: "OP", guards: &[] },
    View {
        name: "reshape",
        single: false,
        left: "(reshape ?s ?v)",
        right: "OP",
        guards: &["aligned s v"],
    },
];

const fn row(
    name: &'static str,
    soundness: Soundness,
    left: &'static str,
    right: &'static str,
    guards: &'static [&'static str],
) -> Row {
    Row { name, soundness, left, right: Right::Text(right), guards }
}

const fn built(
    name: &'static str,
    soundness: Soundness,
    left: &'static str,
    right: Build,
    guards: &'static [&'static str],
) -> Row {
    Row { name, soundness, left, right: Right::Built(right), guards }
}

/// Every row.
pub(crate) fn rows() -> &'static [Row] {
    &ROWS
}

/// The largest element, taken as a constant by differentiation: what exponentials are shifted by.
macro_rules! top {
    () => {
        "(stop (max ?a ?x))"
    };
}

/// The same where it is finite, else 0: ∞ - ∞ would be NaN.
macro_rules! shift {
    () => {
        concat!("(select (lt (abs ", top!(), ") inf) ", top!(), " 0)")
    };
}

macro_rules! shifted {
    () => {
        concat!("(exp (sub ?x ", top!(), "))")
    };
}

static ROWS: [Row; 130] = [
    // Identities.
    row("add_zero", Stable, "(add ?x 0)", "?x", &[]),
    row("sub_zero", Exact, "(sub ?x 0)", "?x", &[]),
    row("mul_one", Exact, "(mul ?x 1)", "?x", &[]),
    row("div_one", Exact, "(div ?x 1)", "?x", &[]),
    row("zero_sub", Stable, "(sub 0 ?x)", "(neg ?x)", &[]),
    row("mul_minus_one", Exact, "(mul ?x -1)", "(neg ?x)", &[]),
    row("div_minus_one", Exact, "(div ?x -1)", "(neg ?x)", &[]),
    built("mul_zero", Stable, "(mul ?x 0)", build::zeros, &["finite x"]),
    built("zero_div", Stable, "(div 0 ?x)", build::zeros, &["nonzero x", "finite x"]),
    built("sub_self", Stable, "(sub ?x ?x)", build::zeros, &["finite x"]),
    built("div_self", Stable, "(div ?x ?x)", build::ones, &["nonzero x", "finite x"]),
    built("div_constant_exactly", Exact, "(div ?x ?c)", build::by_reciprocal, &["power_of_two c"]),
    built(
        "div_constant",
        Stable,
        "(div ?x ?c)",
        build::by_reciprocal,
        &["constant c", "nonzero c"],
    ),
    // Signs.
    row("neg_neg", Exact, "(neg (neg ?x))", "?x", &[]),
    row("add_neg", Exact, "(add ?x (neg ?y))", "(sub ?x ?y)", &[]),
    row("sub_neg", Exact, "(sub ?x (neg ?y))", "(add ?x ?y)", &[]),
    row("mul_neg", Exact, "(mul (neg ?x) ?y)", "(neg (mul ?x ?y))", &[]),
    row("neg_div", Exact, "(div (neg ?x) ?y)", "(neg (div ?x ?y))", &[]),
    row("div_neg", Exact, "(div ?x (neg ?y))", "(neg (div ?x ?y))", &[]),
    row("neg_sub", Stable, "(neg (sub ?x ?y))", "(sub ?y ?x)", &[]),
    row("neg_add", Stable, "(sub (neg ?x) ?y)", "(neg (add ?x ?y))", &[]),
    built("neg_mul_constant", Exact, "(neg (mul ?c ?x))", build::negated_factor, &["constant c"]),
    row("abs_neg", Exact, "(abs (neg ?x))", "(abs ?x)", &[]),
    row("abs_abs", Exact, "(abs (abs ?x))", "(abs ?x)", &[]),
    row("abs_nonnegative", Stable, "(abs ?x)", "?x", &["nonnegative x"]),
    row("sqr_neg", Exact, "(sqr (neg ?x))", "(sqr ?x)", &[]),
    row("sqr_abs", Exact, "(sqr (abs ?x))", "(sqr ?x)", &[]),
    // Powers.
    row("mul_self", Exact, "(mul ?x ?x)", "(sqr ?x)", &[]),
    row("pow_one", Exact, "(pow ?x 1)", "?x", &[]),
    built("pow_zero", Exact, "(pow ?x 0)", build::ones, &[]),
    row("pow_two", Stable, "(pow ?x 2)", "(sqr ?x)", &[]),
    row("pow_three", Stable, "(pow ?x 3)", "(mul ?x (sqr ?x))", &[]),
    row("pow_minus_one", Stable, "(pow ?x -1)", "(div 1 ?x)", &[]),
    row("pow_half", Stable, "(pow ?x 0.5)", "(sqrt ?x)", &["nonnegative x"]),
    row("pow_minus_half", Stable, "(pow ?x -0.5)", "(rsqrt ?x)", &["nonnegative x"]),
    row("sqrt_sqr", Accurate, "(sqrt (sqr ?x))", "(abs ?x)", &[]),
    row("sqr_sqrt", Stable, "(sqr (sqrt ?x))", "?x", &["nonnegative x"]),
    // Choice and logic.
    row("max_self", Exact, "(maximum ?x ?x)", "?x", &[]),
    row("min_self", Exact, "(minimum ?x ?x)", "?x", &[]),
    row("and_self", Exact, "(and ?x ?x)", "?x", &[]),
    row("or_self", Exact, "(or ?x ?x)", "?x", &[]),
    row("and_true", Exact, "(and ?x 1)", "?x", &["bool x"]),
    row("or_false", Exact, "(or ?x 0)", "?x", &[]),
    row("not_not", Exact, "(not (not ?x))", "?x", &[]),
    row("select_same", Exact, "(select ?c ?x ?x)", "?x", &[]),
    row("select_true", Exact, "(select 1 ?x ?y)", "?x", &[]),
    row("select_false", Exact, "(select 0 ?x ?y)", "?y", &[]),
    row("select_not", Exact, "(select (not ?c) ?x ?y)", "(select ?c ?y ?x)", &[]),
    row("select_then", Exact, "(select ?c (select ?c ?x ?y) ?z)", "(select ?c ?x ?z)", &[]),
    row("select_else", Exact, "(select ?c ?x (select ?c ?y ?z))", "(select ?c ?x ?z)", &[]),
    row(
        "mul_select",
        Stable,
        "(mul ?x (select ?c ?y 0))",
        "(select ?c (mul ?x ?y) 0)",
        &["finite x"],
    ),
    row(
        "mul_select_else",
        Stable,
        "(mul ?x (select ?c 0 ?y))",
        "(select ?c 0 (mul ?x ?y))",
        &["finite x"],
    ),
    // Views and conversions.
    row("cast_same", Exact, "(cast ?d ?x)", "?x", &[]),
    built("cast_cast", Exact, "(cast ?d (cast ?e ?x))", build::one_cast, &[]),
    row("reshape_same", Exact, "(reshape ?s ?x)", "?x", &[]),
    row("reshape_reshape", Exact, "(reshape ?s (reshape ?t ?x))", "(reshape ?s ?x)", &[]),
    row("broadcast_same", Exact, "(broadcast ?s ?x)", "?x", &[]),
    row("broadcast_broadcast", Exact, "(broadcast ?s (broadcast ?t ?x))", "(broadcast ?s ?x)", &[]),
    built("transpose_same", Exact, "(transpose ?p ?x)", build::untransposed, &[]),
    built(
        "transpose_transpose",
        Exact,
        "(transpose ?p (transpose ?q ?x))",
        build::one_transpose,
        &[],
    ),
    row(
        "transpose_scaled",
        Exact,
        "(transpose ?p (mul ?c ?x))",
        "(mul ?c (transpose ?p ?x))",
        &["scalar c"],
    ),
    built("slice_all", Exact, "(slice ?s ?x)", build::unsliced, &[]),
    // Reductions.
    row("sum_of_one", Stable, "(sum ?a ?x)", "?x", &[]),
    row("prod_of_one", Exact, "(prod ?a ?x)", "?x", &[]),
    row("max_of_one", Exact, "(max ?a ?x)", "?x", &[]),
    row("min_of_one", Exact, "(min ?a ?x)", "?x", &[]),
    built("sum_sum", Stable, "(sum ?a (sum ?b ?x))", build::one_sum, &[]),
    built("max_max", Exact, "(max ?a (max ?b ?x))", build::one_maximum, &[]),
    built("sum_broadcast", Stable, "(sum ?a (broadcast ?s ?x))", build::counted, &[]),
    row("sum_neg", Stable, "(sum ?a (neg ?x))", "(neg (sum ?a ?x))", &[]),
    row(
        "sum_scaled",
        Stable,
        "(sum ?a (mul ?c ?x))",
        "(mul ?c (sum ?a ?x))",
        &["flat c a x", "multiplier c a x"],
    ),
    row(
        "sum_divided",
        Stable,
        "(sum ?a (div ?x ?c))",
        "(div (sum ?a ?x) ?c)",
        &["flat c a x", "divisor c a x"],
    ),
    // Products of matrices.
    row("matmul_neg_left", Stable, "(matmul (neg ?x) ?y)", "(neg (matmul ?x ?y))", &[]),
    row("matmul_neg_right", Stable, "(matmul ?x (neg ?y))", "(neg (matmul ?x ?y))", &[]),
    row(
        "matmul_scaled_left",
        Stable,
        "(matmul (mul ?c ?x) ?y)",
        "(mul ?c (matmul ?x ?y))",
        &["scalar c"],
    ),
    row(
        "matmul_scaled_right",
        Stable,
        "(matmul ?x (mul ?c ?y))",
        "(mul ?c (matmul ?x ?y))",
        &["scalar c"],
    ),
    built("transpose_matmul", Stable, "(transpose ?p (matmul ?x ?y))", build::turned_factors, &[]),
    // Exponentials and logarithms.
    row("log_exp", Accurate, "(log (exp ?x))", "?x", &[]),
    row("exp_log", Stable, "(exp (log ?x))", "?x", &["nonnegative x"]),
    row("log1p", Accurate, "(log (add 1 ?x))", "(log1p ?x)", &[]),
    row("log1p_neg", Accurate, "(log (sub 1 ?x))", "(log1p (neg ?x))", &[]),
    row("expm1", Accurate, "(sub (exp ?x) 1)", "(expm1 ?x)", &[]),
    row("expm1_add", Accurate, "(add (exp ?x) -1)", "(expm1 ?x)", &[]),
    row("sinh", Accurate, "(sub (exp ?x) (exp (neg ?x)))", "(mul 2 (sinh ?x))", &[]),
    row("softplus", Accurate, "(log1p (exp ?x))", "(softplus ?x)", &[]),
    row(
        "logaddexp",
        Accurate,
        "(log (add (exp ?x) (exp ?y)))",
        // The difference of equal infinities would be NaN.
        "(add (maximum ?x ?y) (softplus (neg (abs (select (eq ?x ?y) 0 (sub ?x ?y))))))",
        &[],
    ),
    row("softplus_minus", Stable, "(sub (softplus ?x) ?x)", "(softplus (neg ?x))", &[]),
    row("log_sigmoid", Accurate, "(log (sigmoid ?x))", "(neg (softplus (neg ?x)))", &[]),
    row(
        "log_one_minus_sigmoid",
        Accurate,
        "(log1p (neg (sigmoid ?x)))",
        "(neg (softplus ?x))",
        &[],
    ),
    row("one_minus_sigmoid", Accurate, "(sub 1 (sigmoid ?x))", "(sigmoid (neg ?x))", &[]),
    row("sigmoid", Accurate, "(div 1 (add 1 (exp ?x)))", "(sigmoid (neg ?x))", &[]),
    row("sigmoid_ratio", Accurate, "(div (exp ?x) (add 1 (exp ?x)))", "(sigmoid ?x)", &[]),
    row("sigmoid_tanh", Stable, "(mul 0.5 (add 1 (tanh (mul 0.5 ?x))))", "(sigmoid ?x)", &[]),
    row("sigmoid_exp", Accurate, "(mul (sigmoid ?x) (exp (neg ?x)))", "(sigmoid (neg ?x))", &[]),
    row("sigmoid_over_exp", Accurate, "(div (sigmoid ?x) (exp ?x))", "(sigmoid (neg ?x))", &[]),
    row("div_exp", Stable, "(div ?y (exp ?x))", "(mul ?y (exp (neg ?x)))", &[]),
    row("odds", Stable, "(div (sigmoid ?x) (sigmoid (neg ?x)))", "(exp ?x)", &[]),
    row("inverse_odds", Stable, "(div (sigmoid (neg ?x)) (sigmoid ?x))", "(exp (neg ?x))", &[]),
    row(
        "tanh",
        Stable,
        "(div (sub (exp ?x) (exp (neg ?x))) (add (exp ?x) (exp (neg ?x))))",
        "(tanh ?x)",
        &[],
    ),
    // Softmax and its kin: several spellings get one name, and the name one stable spelling.
    row("softmax", Accurate, "(div (exp ?x) (sum ?a (exp ?x)))", "(softmax ?a ?x)", &[]),
    row(
        "softmax_gradient",
        Stable,
        "(mul ?z (sub (div ?x ?s) (div ?y ?s)))",
        "(mul (div ?z ?s) (sub ?x ?y))",
        &["nonzero_in_reals s"],
    ),
    row("softmax_sub", Stable, "(softmax ?a (sub ?x ?m))", "(softmax ?a ?x)", &["flat m a x"]),
    row("softmax_add", Stable, "(softmax ?a (add ?x ?m))", "(softmax ?a ?x)", &["flat m a x"]),
    row(
        "softmax_shifted",
        Accurate,
        "(softmax ?a ?x)",
        concat!("(div ", shifted!(), " (sum ?a ", shifted!(), "))"),
        &["not_below_zero_bound x"],
    ),
    row("log_softmax", Accurate, "(log (softmax ?a ?x))", "(log_softmax ?a ?x)", &[]),
    row(
        "log_softmax_shifted",
        Accurate,
        "(log_softmax ?a ?x)",
        concat!("(sub (sub ?x ", top!(), ") (log (sum ?a ", shifted!(), ")))"),
        &["not_below_zero_bound x"],
    ),
    row(
        "logsumexp",
        Accurate,
        "(log (sum ?a (exp ?x)))",
        "(logsumexp ?a ?x)",
        &["not_below_zero_bound x"],
    ),
    row(
        "logsumexp_shifted",
        Accurate,
        "(logsumexp ?a ?x)",
        concat!("(add (log (sum ?a (exp (sub ?x ", shift!(), ")))) ", shift!(), ")"),
        &["not_below_zero_bound x"],
    ),
    row("sub_logsumexp", Accurate, "(sub ?x (logsumexp ?a ?x))", "(log_softmax ?a ?x)", &[]),
    row("exp_log_softmax", Accurate, "(exp (log_softmax ?a ?x))", "(softmax ?a ?x)", &[]),
    row(
        "log_softmax_sub",
        Stable,
        "(log_softmax ?a (sub ?x ?m))",
        "(log_softmax ?a ?x)",
        &["flat m a x"],
    ),
    row(
        "log_softmax_add",
        Stable,
        "(log_softmax ?a (add ?x ?m))",
        "(log_softmax ?a ?x)",
        &["flat m a x"],
    ),
    row(
        "logsumexp_shift",
        Accurate,
        "(add ?m (logsumexp ?a (sub ?x ?m)))",
        "(logsumexp ?a ?x)",
        &["flat m a x"],
    ),
    row(
        "log_take_along",
        Accurate,
        "(log (take_along ?k ?x ?i))",
        "(take_along ?k (log ?x) ?i)",
        &[],
    ),
    row(
        "take_along_sub",
        Exact,
        "(take_along ?k (sub ?x ?c) ?i)",
        "(sub (take_along ?k ?x ?i) ?c)",
        &["flat_axis c k x", "one_pick k i"],
    ),
    row("log_take", Accurate, "(log (take ?k ?x ?i))", "(take ?k (log ?x) ?i)", &[]),
    row("log_slice", Accurate, "(log (slice ?s ?x))", "(slice ?s (log ?x))", &[]),
    row(
        "log_select",
        Exact,
        "(log (select ?c ?x ?y))",
        "(select ?c (log ?x) (log ?y))",
        &["underflows x"],
    ),
    row(
        "log_select_else",
        Exact,
        "(log (select ?c ?x ?y))",
        "(select ?c (log ?x) (log ?y))",
        &["underflows y"],
    ),
    // Only true of real numbers.
    row("factor", Fast, "(add (mul ?a ?x) (mul ?b ?x))", "(mul (add ?a ?b) ?x)", &[]),
    row("factor_sub", Fast, "(sub (mul ?a ?x) (mul ?b ?x))", "(mul (sub ?a ?b) ?x)", &[]),
    row("factor_divisor", Fast, "(add (div ?a ?x) (div ?b ?x))", "(div (add ?a ?b) ?x)", &[]),
    row("div_div", Fast, "(div (div ?x ?y) ?z)", "(div ?x (mul ?y ?z))", &[]),
    row("div_of_div", Fast, "(div ?x (div ?y ?z))", "(div (mul ?x ?z) ?y)", &[]),
    row("exp_product", Fast, "(mul (exp ?x) (exp ?y))", "(exp (add ?x ?y))", &[]),
    row("exp_quotient", Fast, "(div (exp ?x) (exp ?y))", "(exp (sub ?x ?y))", &[]),
    row(
        "sqrt_product",
        Fast,
        "(mul (sqrt ?x) (sqrt ?y))",
        "(sqrt (mul ?x ?y))",
        // What is no real number must not be taken for one.
        &["nonnegative x", "nonnegative y"],
    ),
    row(
        "pow_pow",
        Fast,
        "(pow (pow ?x ?c) ?d)",
        "(pow ?x (mul ?c ?d))",
        &["nonnegative x", "constant c", "constant d"],
    ),
    row(
        "matmul_factor_left",
        Fast,
        "(add (matmul ?x ?y) (matmul ?x ?z))",
        "(matmul ?x (add ?y ?z))",
        &[],
    ),
    row(
        "matmul_factor_right",
        Fast,
        "(add (matmul ?y ?x) (matmul ?z ?x))",
        "(matmul (add ?y ?z) ?x)",
        &[],
    ),
];

#[cfg(test)]
mod tests {
    use super::super::RULES;
    use super::{ROWS, VIEWS};

    #[test]
    fn every_row_is_a_rule() {
        for row in &ROWS {
            assert!(RULES.iter().any(|r| *r.name == *row.name), "{} does not parse", row.name);
        }
        for view in VIEWS {
            let suffix = format!("_of_{}", view.name);
            assert!(RULES.iter().any(|r| r.name.contains(&suffix)), "{}", view.name);
        }
    }
}
