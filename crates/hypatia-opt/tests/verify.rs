//! A wrong rule is found on values that its trial did not try, and named.
//!
//! Invariants: deterministic.
//!
//! Not here: calls of functions (`tests/it` of the workspace).

#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use hypatia_ir::expr::{Expr, vector};
use hypatia_ir::graph::Graph;
use hypatia_ir::tensor::Tensor;
use hypatia_opt::{Error, Mode, Opt, Options, Rule, Selection, optimize, verify};

fn graph(x: &Expr, y: Expr) -> Graph {
    Graph::capture(std::slice::from_ref(x), &[("y".into(), y)]).unwrap().graph
}

/// True below 1000, beyond which no trial goes.
const WRONG: &str = "thousands: floor(abs(x) / 1000) => minimum(abs(x), 0)";

fn check(options: &Options, values: Vec<f64>) -> Result<(), Error> {
    let x = vector::<f64>("x", values.len());
    let y = ((&x / 4).exp() + 1).log() * (x.sin() + 2)
        + (x.abs() / 1000).floor() / (&x + &x).sum().sqr();
    let before = graph(&x, y);
    let after = optimize(&before, options).unwrap();
    verify(&before, &after, options, &[values.into()])
}

#[test]
fn the_guilty_rule_is_named() {
    let own = vec![Rule::parse(WRONG).unwrap()];
    let options =
        Options { rules: Selection { own, ..Selection::default() }, ..Options::default() };
    check(&options, vec![0.5, 3.0]).unwrap();
    let Err(Error::Disagreement(found)) = check(&options, vec![0.5, 2500.0]) else { panic!() };
    assert_eq!((found.root.as_str(), found.element), ("y", 1));
    assert!(found.at.to_string().contains("verify.rs"));
    let (rule, line) = found.rule.clone().unwrap();
    assert_eq!(rule, "thousands");
    assert!(line.unwrap().to_string().contains("verify.rs"));
    let shown = found.to_string();
    assert!(shown.contains("by rule `thousands`, first at") && shown.lines().count() <= 12);
}

#[test]
fn simplifying_as_it_is_passes() {
    for mode in [Mode::Strict, Mode::Default, Mode::Fast] {
        for opt in [Opt::None, Opt::Fast, Opt::Full] {
            let options = Options { opt, mode, ..Options::default() };
            check(&options, vec![0.5, -3.0, 700.0, 1000.0]).unwrap();
        }
    }
}

#[test]
fn levels_do_more_and_more() {
    let x = vector::<f64>("x", 3);
    let before = graph(&x, (x.exp() + 1).log() + 0);
    let text = |opt| optimize(&before, &Options { opt, ..Options::default() }).unwrap().graph;
    assert_eq!(text(Opt::None).to_string(), before.to_string());
    assert!(text(Opt::Fast).to_string().contains("softplus"));
    assert_eq!(text(Opt::Full).to_string(), text(Opt::Verify).to_string());
}

#[test]
fn single_precision_has_its_own_roundings() {
    let x = vector::<f32>("x", 4);
    let y = x.exp() / x.exp().sum() + (x.cos() - 1).log1p();
    let before = graph(&x, y);
    let options = Options::default();
    let after = optimize(&before, &options).unwrap();
    let values: Tensor = vec![0.5f32, -0.3, 0.7, 0.1].into();
    verify(&before, &after, &options, &[values]).unwrap();
}
