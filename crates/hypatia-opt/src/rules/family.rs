//! Rules that many ops have: how views and choices pass elementwise ops, how maxima and minima pass
//! functions that never decrease.
//!
//! Invariants: one rule for each row, op and place of the viewed operand.
//!
//! Not here: the rows (`table/views.rs`).

use super::table::{Ops, VIEWS, View};
use super::{Rule, Side, Soundness};
use crate::language::Head;
use hypatia_ir::op::{BinaryOp, CompareOp, UnaryOp};

/// The holes of operands.
const LETTERS: [&str; 3] = ["?x", "?y", "?z"];

/// The holes of what operands are joined with.
const FURTHER: [&str; 3] = ["?p", "?q", "?r"];

/// An elementwise op.
struct Elementwise {
    name: &'static str,
    arity: usize,
    commutes: bool,
    /// Whether it is one of sums, differences and products: a quotient with a constant 0 of a branch
    /// not taken would tell zeros apart, which classes do not.
    arithmetic: bool,
}

impl Elementwise {
    fn all() -> Vec<Elementwise> {
        let op = |name, head: Head, arity| {
            use BinaryOp::{Add, Mul, Sub};
            let arithmetic = matches!(head, Head::Binary(Add | Sub | Mul));
            Elementwise { name, arity, commutes: head.commutes(), arithmetic }
        };
        let unary = UnaryOp::ALL.iter().map(|o| op(o.name(), Head::Unary(*o), 1));
        let binary = BinaryOp::ALL.iter().map(|o| op(o.name(), Head::Binary(*o), 2));
        let compare = CompareOp::ALL.iter().map(|o| op(o.name(), Head::Compare(*o), 2));
        let select = std::iter::once(op("select", Head::Select, 3));
        unary.chain(binary).chain(compare).chain(select).collect()
    }

    fn has(&self, view: &View) -> bool {
        match view.ops {
            Ops::Single => self.arity == 1,
            Ops::Pair => self.arity == 2,
            Ops::Several => self.arity > 1,
            Ops::Arithmetic => self.arithmetic,
        }
    }

    /// A text with `OP[x]` as the op with `x` at a place, and `ALL[x]` as the op with `x` for every
    /// operand.
    fn write(&self, text: &str, place: usize) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, marker, inner, after)) = cut(rest) {
            let operand = |at: usize| match marker {
                "OP" if at != place => LETTERS[at].to_string(),
                _ => inner.replace("?v", LETTERS[at]).replace("?w", FURTHER[at]),
            };
            let operands: Vec<String> = (0..self.arity).map(operand).collect();
            out += &format!("{before}({} {})", self.name, operands.join(" "));
            rest = after;
        }
        let other = LETTERS[usize::from(place == 0)];
        (out + rest).replace("?v", LETTERS[place]).replace("?o", other)
    }

    fn rule(&self, view: &View, place: usize) -> Option<Rule> {
        let suffix = match self.arity > 1 && !self.commutes && view.left.contains("OP[") {
            true => format!("_{}", &LETTERS[place][1..]),
            false => String::new(),
        };
        let title = format!("{}_of_{}{suffix}", self.name, view.name);
        let guard = |g: &&str| {
            let letter = |place: usize| &LETTERS[place][1..];
            let words = g.split(' ').map(|w| match w {
                "v" => letter(place),
                "o" => letter(usize::from(place == 0)),
                word => word,
            });
            words.collect::<Vec<_>>().join(" ")
        };
        let guards: Vec<String> = view.guards.iter().map(guard).collect();
        let guards: Vec<&str> = guards.iter().map(String::as_str).collect();
        let (left, right) = (self.write(view.left, place), self.write(view.right, place));
        let rule = Rule::new(title, Soundness::Exact, left, Side::Text(right), &guards)?;
        Some(Rule { theme: "views of elementwise ops", why: view.why, ..rule })
    }
}

/// The text before the first marker, the marker, what is in its brackets, and the text after.
fn cut(text: &str) -> Option<(&str, &str, &str, &str)> {
    let (start, marker) = ["OP[", "ALL["].iter().filter_map(|m| Some((text.find(m)?, *m))).min()?;
    let (before, rest) = (&text[..start], &text[start + marker.len()..]);
    let (inner, after) = rest.split_once(']')?;
    Some((before, marker.trim_end_matches('['), inner, after))
}

/// Functions that never decrease, with a guard where they are not defined everywhere: the largest
/// element must not hide one that is no number.
const RISING: &[(UnaryOp, Option<&str>)] = &[
    (UnaryOp::Exp, None),
    (UnaryOp::Expm1, None),
    (UnaryOp::Log, Some("nonnegative x")),
    (UnaryOp::Log1p, Some("nonnegative x")),
    (UnaryOp::Sqrt, Some("nonnegative x")),
    (UnaryOp::Softplus, None),
    (UnaryOp::Sigmoid, None),
    (UnaryOp::Tanh, None),
    (UnaryOp::Atan, None),
    (UnaryOp::Sinh, None),
    (UnaryOp::Asinh, None),
    (UnaryOp::Erf, None),
    (UnaryOp::Floor, None),
    (UnaryOp::Ceil, None),
    (UnaryOp::Trunc, None),
    (UnaryOp::Round, None),
];

/// The largest value of a function that never decreases is its value at the largest element.
fn extremes() -> impl Iterator<Item = Rule> {
    let rule = |reduction: &str, (op, guard): &(UnaryOp, Option<&'static str>)| {
        let op = op.name();
        let (name, left) = (format!("{reduction}_of_{op}"), format!("({reduction} ?a ({op} ?x))"));
        let right = Side::Text(format!("({op} ({reduction} ?a ?x))"));
        let rule = Rule::new(name, Soundness::Stable, left, right, guard.as_slice())?;
        Some(Rule { theme: "extremes of rising functions", why: "fewer values", ..rule })
    };
    ["max", "min"].into_iter().flat_map(move |r| RISING.iter().filter_map(move |f| rule(r, f)))
}

/// Every such rule.
pub(super) fn rules() -> Vec<Rule> {
    let mut rules = Vec::new();
    for op in Elementwise::all() {
        for view in VIEWS.iter().filter(|v| op.has(v)) {
            let alike = op.commutes || !view.left.contains("OP[") && !view.right.contains("OP[");
            let places = if alike { 1 } else { op.arity };
            rules.extend((0..places).filter_map(|place| op.rule(view, place)));
        }
    }
    rules.extend(extremes());
    rules
}
