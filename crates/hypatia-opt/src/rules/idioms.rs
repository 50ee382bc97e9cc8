//! Spellings that lose what another form keeps: they are charged more than any form can cost.
//!
//! Inner terms count also where they lie behind views: a rule that cannot look behind them takes
//! another way, but the spelling loses as much.
//!
//! Invariants: for each there is a rule that leads elsewhere, and what it leads to is no idiom.
//!
//! Not here: charges for exponentials and logarithms of whole classes (`cost.rs`), the rules
//! (`table/`).

use super::guard::Guard;
use super::pattern::{HOLES, Pattern};
use crate::language::{Head, Heads, Term};
use crate::space::{Class, Classes, Space};
use egg::EClass;
use hypatia_ir::op::BinaryOp;
use std::sync::LazyLock;

/// Left sides with guards; inner terms may lie behind views and choices.
const THROUGH: &[(&str, &[&str])] = &[
    ("(log (add 1 ?x))", &[]),
    ("(log (sub 1 ?x))", &[]),
    ("(log (exp ?x))", &[]),
    ("(log (sigmoid ?x))", &[]),
    ("(log (softmax ?a ?x))", &[]),
    ("(log (sqr ?x))", &[]),
    ("(log1p (exp ?x))", &[]),
    ("(log (erfc ?x))", &[]),
    ("(log1p (erf ?x))", &["far_below x"]),
    ("(log1p (neg (sigmoid ?x)))", &[]),
    ("(sub 1 (sigmoid ?x))", &[]),
    ("(sub (sigmoid ?x) 1)", &[]),
    ("(add (sigmoid ?x) -1)", &[]),
    // As charged as the exponential that it is: that one is cheaper.
    ("(div (sigmoid ?x) (sigmoid (neg ?x)))", &[]),
    ("(div (sigmoid (neg ?x)) (sigmoid ?x))", &[]),
    ("(sub (exp ?x) 1)", &[]),
    ("(add (exp ?x) -1)", &[]),
    // Differences that cancel.
    ("(sub 1 (exp ?x))", &[]),
    ("(sub 1 (erf ?x))", &[]),
    ("(sub (erf ?x) 1)", &[]),
    ("(add (erf ?x) -1)", &[]),
    ("(add 1 (erf ?x))", &[]),
    ("(sub 1 (erfc ?x))", &[]),
    ("(sub (erfc ?x) 1)", &[]),
    ("(add (erfc ?x) -1)", &[]),
    ("(sub 1 (cos ?x))", &[]),
    ("(sub (cos ?x) 1)", &[]),
    ("(add (cos ?x) -1)", &[]),
    ("(sub (softplus ?x) ?x)", &[]),
    ("(sub (sqrt (add ?x ?a)) (sqrt ?x))", &[]),
    ("(sub (sqrt ?x) (sqrt (add ?x ?a)))", &[]),
    ("(sub (sqrt ?x) (sqrt (sub ?x ?a)))", &[]),
    ("(sub (sqrt (sub ?x ?a)) (sqrt ?x))", &[]),
    ("(sub (div (sum ?a (sqr ?x)) ?n) (sqr (div (sum ?a ?x) ?n)))", &["length n a x", "scalar n"]),
    ("(sub (mul ?n (sum ?a (sqr ?x))) (sqr (mul ?n (sum ?a ?x))))", &["share n a x", "scalar n"]),
    ("(log1p (neg (exp ?x)))", &["reaches_zero x"]),
    ("(log (neg (expm1 ?x)))", &["far_below x"]),
    // Overflow and underflow.
    ("(sqrt (add (sqr ?x) (sqr ?y)))", &["unscaled x", "unscaled y"]),
    ("(log (add (sqr ?x) (sqr ?y)))", &["unscaled x", "unscaled y"]),
    ("(log (prod ?a ?x))", &["unsigned x"]),
    ("(log (abs (prod ?a ?x)))", &[]),
    ("(log (det ?x))", &[]),
    ("(log (abs (det ?x)))", &[]),
    ("(log1p (neg (erf ?x)))", &["above_one x"]),
    ("(div (exp (neg (sqr ?x))) (erfc ?x))", &[]),
    ("(div (mul ?k (exp (neg (sqr ?x)))) (erfc ?x))", &[]),
    ("(log (sum ?a (select ?c ?x 0)))", &["underflows x"]),
    ("(log (sum ?a (select ?c 0 ?x)))", &["underflows x"]),
    ("(log (sum ?a (mul ?x (cast ?d ?c))))", &["underflows x", "bool c"]),
    ("(log (mul ?x (cast ?d ?c)))", &["underflows x", "bool c"]),
    // Rows that are wholly masked: 0 over 0.
    ("(div (sum ?a (select ?c ?x 0)) (sum ?a (select ?c 1 0)))", &[]),
    ("(div (sum ?a (select ?c ?x 0)) (sum ?a (cast ?d ?c)))", &["bool c"]),
    ("(div (sum ?a (mul ?x (cast ?d ?c))) (sum ?a (cast ?d ?c)))", &["bool c"]),
];

/// The same; inner terms are those of the operands themselves: choices are what makes them stable.
const DIRECT: &[(&str, &[&str])] = &[
    // 0 times infinity, 0 over 0, infinity less infinity.
    ("(mul ?x (log ?y))", &["may_vanish x", "may_vanish y"]),
    ("(mul ?x (neg (log ?y)))", &["may_vanish x", "may_vanish y"]),
    ("(sub ?x (max ?a ?x))", &["masked x"]),
    ("(sub ?x (stop (max ?a ?x)))", &["masked x"]),
];

/// The same for those who asked for a rule.
const REQUESTED: &[(&str, &str, &[&str])] =
    &[("scaled_norm", "(sqrt (sum ?a (sqr ?x)))", &["unscaled x"])];

struct Idiom {
    /// The rule that has to be asked for.
    of: Option<&'static str>,
    left: Pattern,
    guards: Vec<Guard>,
    through: bool,
}

/// By the bit of the head.
static IDIOMS: LazyLock<Vec<Vec<Idiom>>> = LazyLock::new(|| {
    let mut all: Vec<Vec<Idiom>> = Vec::new();
    all.resize_with(Heads::BITS as usize, Vec::new);
    let through = THROUGH.iter().map(|&(left, guards)| (None, left, guards, true));
    let direct = DIRECT.iter().map(|&(left, guards)| (None, left, guards, false));
    let requested = REQUESTED.iter().map(|&(of, left, guards)| (Some(of), left, guards, true));
    for (of, left, guards, through) in through.chain(direct).chain(requested) {
        let guards = guards.iter().map(|g| Guard::parse(g)).collect::<Option<_>>();
        if let (Some(left), Some(guards)) = (Pattern::parse(left), guards)
            && let Pattern::Term(head, _) = &left
        {
            let bit = head.bit() as usize;
            all[bit].push(Idiom { of, left, guards, through });
        }
    }
    all
});

/// The classes, and the same for patterns that look through views and choices.
pub(crate) struct Sight<'a> {
    direct: Classes<'a>,
    through: Classes<'a>,
}

impl<'a> Sight<'a> {
    /// Of a space that has been rebuilt.
    pub fn of(space: &'a Space) -> Sight<'a> {
        let direct = Classes::of(space);
        let through = direct.through_views();
        Sight { direct, through }
    }
}

/// Whether a term is one of the idioms.
fn is_idiom(space: &Space, sight: &Sight<'_>, term: &Term) -> bool {
    let asked = |name: &str| space.analysis.requested.iter().any(|r| **r == *name);
    IDIOMS[term.head.bit() as usize].iter().filter(|i| i.of.is_none_or(asked)).any(|idiom| {
        let mut found = false;
        let classes = if idiom.through { &sight.through } else { &sight.direct };
        idiom.left.fits(classes, term, &mut [None; HOLES], &mut |binding| {
            found = idiom.guards.iter().all(|g| g.holds(space, binding));
            !found
        });
        found
    })
}

/// Whether a term of a class computes what an idiom does: it is one, or it is a sum or difference
/// and so is an idiom of the class.
pub(crate) fn loses(
    space: &Space,
    sight: &Sight<'_>,
    class: &EClass<Term, Class>,
    term: &Term,
) -> bool {
    let is_sum = |t: &Term| matches!(t.head, Head::Binary(BinaryOp::Add | BinaryOp::Sub));
    if !is_sum(term) {
        return is_idiom(space, sight, term);
    }
    class.nodes.iter().any(|t| is_sum(t) && is_idiom(space, sight, t))
}

#[cfg(test)]
mod tests {
    use super::{DIRECT, IDIOMS, REQUESTED, THROUGH};

    #[test]
    fn every_idiom_parses() {
        let all = THROUGH.len() + DIRECT.len() + REQUESTED.len();
        assert_eq!(IDIOMS.iter().map(Vec::len).sum::<usize>(), all);
    }
}
