//! Chains of rules, and why rules did not fire.
//!
//! Invariants: deterministic.
//!
//! Not here: what rules are worth (`rules/test.rs`).

#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use hypatia_ir::expr::{Expr, matrix, scalar, vector};
use hypatia_ir::graph::Graph;
use hypatia_opt::{Error, Mode, Options, explain, explain_graphs, optimize, why_not};

fn graph(y: Expr) -> Graph {
    Graph::capture(&[], &[("y".into(), y)]).unwrap().graph
}

fn chain(before: &Expr, after: &Expr) -> String {
    explain(before, after, &Options::default()).unwrap().to_string()
}

#[test]
fn chains_are_maths_line_by_line() {
    let (x, w) = (matrix::<f64>("x", ("n", 3)), matrix::<f64>("w", (3, 2)));
    let s = scalar::<f64>("s");
    let mut text = String::new();
    for (before, after) in [
        ((1 + x.exp()).log(), x.softplus()),
        (-(1 - x.sigmoid()).log(), x.softplus()),
        (x.exp() / x.exp().sum_keep(1), x.softmax(1)),
        ((&x * &s).dot(&w), &s * x.dot(&w)),
        ((&x * 2) * 3 - &x, &x * 5),
        (x.t().t() + 0, x.clone()),
        ((&x * &x).sqrt(), x.abs()),
    ] {
        text += &format!("{}\n\n", chain(&before, &after));
    }
    insta::assert_snapshot!(text);
}

#[test]
fn every_step_is_one_rule_of_the_book() {
    let x = matrix::<f64>("x", ("n", 3));
    let y = (x.exp() / x.exp().sum_keep(1)).log().mean() + (x.sqr().sqrt() * 2 / 2).sum();
    let before = graph(y);
    let options = Options::default();
    let after = optimize(&before, &options).unwrap();
    let chain = explain_graphs(&before, &after.graph, 0, &options).unwrap();
    let book = hypatia_opt::rule_book();
    assert!(chain.links.len() >= 3, "{chain}");
    for link in &chain.links {
        let known = book.contains(&format!("| {} |", link.rule));
        assert!(known || ["normalize", "constant", "exchange"].contains(&&*link.rule), "{chain}");
    }
}

#[test]
fn what_is_not_equal_has_no_chain() {
    let x = vector::<f64>("x", "n");
    let why = |before: &Expr, after: &Expr| {
        explain(before, after, &Options::default()).unwrap_err().to_string()
    };
    let error = why(&x.sin(), &x.cos());
    assert!(error.contains("from `sin(x)`") && error.contains("to   `cos(x)`"), "{error}");
    assert!(why(&x.sum(), &x).contains("the types differ"));
    let wrong = x.dot(vector::<f64>("y", 3)).dot(matrix::<f64>("m", (4, 4)));
    assert!(matches!(explain(&wrong, &wrong, &Options::default()), Err(Error::Type(_))));
    let large = (0..12).fold(x.clone(), |y, _| &y * &y.sin());
    let error = why(&large, &x);
    assert!(error.contains("too many to be explained"), "{error}");
}

#[test]
fn a_rule_tells_what_kept_it() {
    let x = vector::<f64>("x", 3);
    let about = |y: Expr, rule: &str| {
        let found = why_not(&graph(y), rule, &Options::default()).unwrap();
        let text = found.to_string();
        // The line is this file's.
        let start = text.find(" from ").zip(text.find(".rs:"));
        assert!(found.places.is_empty() || start.is_some(), "{text}");
        text
    };
    let guard = about(&x / &x, "div_self");
    assert!(guard.contains("`x / x` from") && guard.contains("cannot prove that `x` is nonzero"));
    let none = about(x.sin(), "div_self");
    assert_eq!(none, "`div_self`: nothing has the form `(div ?x ?x)`");
    let fired = about((1 + &x).log(), "log1p");
    assert!(fired.contains("it fired"), "{fired}");
    let mode = about(x.exp() * x.cos().exp(), "exp_product");
    assert!(mode.contains("only used in fast mode"), "{mode}");
    let options = Options { mode: Mode::Fast, ..Options::default() };
    let y = graph(x.exp() * x.cos().exp());
    assert!(why_not(&y, "exp_product", &options).unwrap().to_string().contains("it fired"));
    let error = why_not(&y, "exp_produkt", &options).unwrap_err().to_string();
    assert!(error.contains("`exp_product`"), "{error}");
}

/// What does not fit a line is shown by the part that changes, and whole at the end.
#[test]
fn long_steps_show_what_changes() {
    let x = hypatia_ir::expr::vector::<f64>("x", "n");
    let graph = hypatia_ir::graph::Graph::capture(
        std::slice::from_ref(&x),
        &[("y".into(), (x.exp() * 1.0).sum().log())],
    );
    let graph = graph.unwrap().graph;
    let simple = hypatia_opt::optimize(&graph, &Default::default()).unwrap().graph;
    let chain = hypatia_opt::explain_graphs(&graph, &simple, 0, &Default::default()).unwrap();
    let text = chain.to_string();
    let lines: Vec<&str> = text.lines().collect();
    let part = lines.iter().find(|l| l.contains("by logsumexp_shifted")).unwrap();
    assert!(part.contains("logsumexp(x, axes=[0]) becomes select("), "{text}");
    assert!(part.chars().count() < 200, "{part}");
    let last = chain.links.last().unwrap();
    assert_eq!(lines.last().unwrap(), &format!("= {}", last.text));
    assert!(chain.links.iter().all(|l| l.text.contains(&l.part[1])), "{chain:?}");
}

/// Shares add up to one, along their own axes and where there are any.
#[test]
fn shares_add_up_to_one() {
    use hypatia_ir::expr::matrix;
    let x = matrix::<f64>("x", ("n", 3));
    let adds_up = |y: hypatia_ir::expr::Expr| {
        let graph = hypatia_ir::graph::Graph::capture(&[], &[("y".into(), y)]).unwrap().graph;
        let simple = hypatia_opt::optimize(&graph, &Default::default()).unwrap();
        simple.report.fired.contains_key("sum_softmax")
    };
    assert!(adds_up(x.softmax(1).sum_axes(1)));
    assert!(adds_up((x.exp() / x.exp().sum_keep(1)).sum_axes(1)), "as it is written");
    assert!(!adds_up(x.softmax(1).sum_axes(0)), "other axes");
    assert!(!adds_up((x.exp() / x.exp().sum_keep(0)).sum_axes(0)), "there may be no rows");
}
