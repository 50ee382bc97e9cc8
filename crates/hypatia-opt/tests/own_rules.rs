//! Rules of users: their text, their trial, and their use.
//!
//! Invariants: deterministic.
//!
//! Not here: the rules of the book (`rules/test.rs`).

#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use hypatia_ir::expr::{Expr, vector};
use hypatia_ir::graph::Graph;
use hypatia_opt::{Error, Mode, Optimized, Options, Rule, Selection, optimize};

fn graph(y: Expr) -> Graph {
    Graph::capture(&[], &[("y".into(), y)]).unwrap().graph
}

fn with(rules: Selection, mode: Mode, y: Expr) -> Result<Optimized, Error> {
    optimize(&graph(y), &Options { mode, rules, ..Options::default() })
}

fn own(text: &str) -> Selection {
    Selection { own: vec![Rule::parse(text).unwrap()], ..Selection::default() }
}

/// Rules that are true, as far as their conditions go.
const TRUE: &[&str] = &[
    "near_zero: log(1 + x) => log1p(x) if real(x)",
    "cos(x) ** 2 => 1 - sin(x) ** 2 if real(x)",
    "-(x - y) => y - x",
    "(a + b) * (a - b) => a * a - b * b",
    "sqrt(x * x) => x if nonnegative(x)",
    "sum(c * x, axes=a) => c * sum(x, axes=a) if scalar(c)",
    "maximum(x, -x) => abs(x)",
    "select(lt(x, y), x, y) => minimum(x, y) if finite(x) and finite(y)",
    "(x @ y) @ z => x @ (y @ z)",
    "x / inf => 0 * x if finite(x)",
    "reshape(exp(x), shape=s) => exp(reshape(x, shape=s))",
    "((x)) + 1e0 => 1 + x",
    "2 * pi * x => 6.283185307179586 * x if real(x)",
];

#[test]
fn true_rules_are_accepted() {
    for text in TRUE {
        let rule = Rule::parse(text).unwrap_or_else(|e| panic!("{text}: {e}"));
        assert_eq!(rule.to_string(), *text);
    }
}

/// Texts, and what is said about them.
const FALSE: &[(&str, &str)] = &[
    ("sqrt(x * x) => x", "differ"),
    ("log(1 + x) => log1p(x) + 1e-9 if real(x)", "differ"),
    ("x - y => y - x", "differ"),
    ("sum(x, axes=a) => sum(x * 2, axes=a)", "differ"),
    ("exp(x) => exp(x) + 0 * y", "`y` is not on the left side"),
    ("exp(x) => exp(x) if real(y)", "`y` is not on the left side"),
    ("x => x + 0", "the left side must be an op"),
    ("1 => 2", "the left side must be an op"),
    ("exp(x => x", "expected `,` or `)`, found `=> x`"),
    ("exp(x)", "expected `=>`, found the end"),
    ("exp(x) => ", "expected a name, a number or `(`"),
    ("exp(x) => x x", "expected the end of the rule"),
    ("exp(x, y) => x", "`exp` has 1 operands, found 2"),
    ("sum(x) => x", "`sum` needs `axes=` and a name for it"),
    ("exp(x, axes=a) => x", "`exp` has operands only"),
    ("expo(x) => x", "there is no op `expo`"),
    ("exp(x) => x if tiny(x)", "there is no condition `tiny`"),
    ("exp(x) => x if real(x, x)", "`real` is about one name, found 2"),
    ("exp(x) => x if real", "expected `(`"),
    ("", "expected a name, a number or `(`"),
    ("matmul(x, exp(y)) => sum(y, axes=z)", "`z` is not on the left side"),
    ("exp(x) => transpose(x, perm=x)", "was not tested"),
    ("exp(-1e400) => 0 ** **", "expected a name, a number or `(`"),
    ("é(x) => x", "there is no op `é`"),
];

#[test]
fn wrong_rules_are_refused() {
    for (text, message) in FALSE {
        let error = Rule::parse(text).expect_err(text).to_string();
        assert!(error.contains(message), "{text}: {error}");
        assert!(error.lines().count() <= 12, "{error}");
    }
    let deep = format!("{}x{} => x", "exp(".repeat(100_000), ")".repeat(100_000));
    assert!(Rule::parse(&deep).unwrap_err().to_string().contains("more than 64 deep"));
}

#[test]
fn a_fault_is_shown_where_it_is() {
    let error = Rule::parse("exp(x) => expo(x)").unwrap_err().to_string();
    assert!(error.contains("\n  exp(x) => expo(x)\n            ^"), "{error}");
}

#[test]
fn a_rule_is_used_and_counted() {
    let x = vector::<f64>("x", 3);
    let y = || x.sin().sqr() + x.cos().sqr();
    let text = "circle: sqr(sin(x)) + sqr(cos(x)) => 1 + 0 * x if finite(x)";
    let found = with(own(text), Mode::Default, y()).unwrap();
    assert!(!found.report.fired.contains_key("circle"), "nothing says that x is finite");
    let text = "circle: sqr(sin(x)) + sqr(cos(x)) => 1 + 0 * sin(x) if real(x)";
    let found = with(own(text), Mode::Default, y()).unwrap();
    assert_eq!(found.report.fired["circle"], 1);
    assert!(!found.graph.to_string().contains("cos"), "{}", found.graph);
}

#[test]
fn fast_rules_are_for_fast_mode() {
    let fast = || Rule::parse_fast("logs: log(x) + log(y) => log(x * y)").unwrap();
    let rules = || Selection { own: vec![fast()], ..Selection::default() };
    let (x, z) = (vector::<f64>("x", 3), vector::<f64>("z", 3));
    let fired = |mode, y: Expr| {
        let found = with(rules(), mode, y).unwrap();
        found.report.fired.contains_key("logs")
    };
    let y = || x.log() + z.log();
    assert!(!fired(Mode::Strict, y()) && !fired(Mode::Default, y()) && fired(Mode::Fast, y()));
    assert!(fired(Mode::Default, y().fast()));
}

#[test]
fn rules_are_chosen_by_name() {
    let x = vector::<f64>("x", 3);
    let y = || (x.exp() + 1).log();
    let text = |rules| with(rules, Mode::Default, y()).unwrap().graph.to_string();
    let all = text(Selection::default());
    assert!(all.contains("softplus"), "{all}");
    let without = Selection { without: vec!["softplus".into()], ..Selection::default() };
    let without = text(without);
    assert!(without.contains("log1p"), "{without}");
    let only = Selection { only: Some(Vec::new()), ..Selection::default() };
    assert!(text(only).contains("log("));
    let wrong = Selection { without: vec!["softplas".into()], ..Selection::default() };
    let error = with(wrong, Mode::Default, y()).unwrap_err().to_string();
    assert!(error.contains("there is no rule `softplas`") && error.contains("`softplus`"));
    let twice = own("softplus: log1p(exp(x)) => softplus(x)");
    let error = with(twice, Mode::Default, y()).unwrap_err().to_string();
    assert!(error.contains("there is a rule `softplus` already"), "{error}");
}

/// What joins any number of operands, none among them, is read or refused, never a panic.
#[test]
fn joined_operands_are_read_or_refused() {
    for text in [
        "concat(axis=k) => concat(axis=k)",
        "concat(x, axis=k) => 1",
        "concat(x, y) => x",
        "slice(concat(x, y, axis=k), part=s) => x",
    ] {
        assert!(Rule::parse(text).is_err(), "{text}");
    }
    assert!(Rule::parse("concat(x, axis=k) => x").is_ok(), "one part is the whole");
}

#[test]
fn rules_on_request_have_to_be_named() {
    let y = || vector::<f64>("x", 3).sqr().sum_keep(0).sqrt();
    let fired = |also: &[&str], only: Option<Vec<String>>| {
        let also = also.iter().map(|n| (*n).to_string()).collect();
        let rules = Selection { also, only, ..Selection::default() };
        with(rules, Mode::Default, y()).unwrap().report.fired.contains_key("scaled_norm")
    };
    assert!(!fired(&[], None));
    assert!(fired(&["scaled_norm"], None));
    assert!(fired(&[], Some(vec!["scaled_norm".into()])));
    let rules = Selection { also: vec!["scaled_nrm".into()], ..Selection::default() };
    let error = with(rules, Mode::Default, y()).unwrap_err().to_string();
    assert!(error.contains("`scaled_norm`"), "{error}");
}
