//! What users may say about rewriting: rules of their own, levels, names, and doubt.

use hypatia::prelude::*;
use hypatia::{Opt, Rule};

/// True below 1000, beyond which no trial goes.
const WRONG: &str = "thousands: floor(abs(x) / 1000) => minimum(abs(x), 0)";

#[test]
fn a_call_in_doubt_names_the_rule_and_changes_nothing() {
    let x = vector::<f64>("x", "n");
    let w = shared("w", 1.0f64);
    let y = (x.abs() / 1000).floor().sum() + &w;
    let f = function([&x], &y)
        .update(&w, &w + 1)
        .rule(Rule::parse(WRONG).unwrap())
        .opt(Opt::Verify)
        .compile()
        .unwrap();
    assert_eq!(f.call::<f64>((&[1.0, 2.0],)).unwrap(), 1.0);
    let error = f.call::<f64>((&[1.0, 2500.0],)).unwrap_err().to_string();
    assert!(error.contains("`thousands`") && error.contains("rules.rs"), "{error}");
    assert!(error.lines().count() <= 12, "{error}");
    assert_eq!(f.call::<f64>((&[1.0, 2.0],)).unwrap(), 2.0, "the failed call updated nothing");
    let help = function([&x], &y).rule(Rule::parse(WRONG).unwrap()).without_rules(["thousands"]);
    let f = help.opt(Opt::Verify).compile().unwrap();
    assert_eq!(f.call::<f64>((&[1.0, 2500.0],)).unwrap(), 5.0);
}

#[test]
fn every_level_computes_the_same() {
    let x = matrix::<f32>("x", ("n", 3));
    let loss = -x.softmax(-1).log().mean();
    let g = grad(&loss, [&x]).unwrap();
    let value = array![[1f32, 2.0, -3.0], [0.0, 40.0, 1.0]];
    let mut found = Vec::new();
    for opt in [Opt::None, Opt::Fast, Opt::Full, Opt::Verify] {
        let f = function([&x], (&loss, &g[0])).opt(opt).compile().unwrap();
        found.push(f.call::<(f32, Array2<f32>)>((&value,)).unwrap());
    }
    for (loss, g) in &found {
        assert!((loss - found[0].0).abs() <= 1e-6 * loss.abs());
        assert!(g.iter().zip(&found[0].1).all(|(a, b)| (a - b).abs() <= 1e-6));
    }
}

#[test]
fn rules_are_chosen_by_name() {
    let x = scalar::<f64>("x");
    let y = (x.exp() + 1).log();
    let text = |f: Function| f.graph().to_string();
    let all = text(function([&x], &y).compile().unwrap());
    let none = text(function([&x], &y).only_rules(["log_exp"]).compile().unwrap());
    assert!(all.contains("softplus") && !none.contains("softplus"));
    let error = function([&x], &y).without_rules(["softpluss"]).compile().unwrap_err().to_string();
    assert!(error.contains("the nearest name is `softplus`"), "{error}");
}

/// A spelling, and the words of the warnings it leads to.
type Spelling = (fn(&Expr) -> Expr, &'static [&'static str]);

#[test]
fn what_stays_unstable_is_told_with_its_line() {
    let spellings: [Spelling; 7] = [
        (|x| x.exp() / (x.exp().sum() + 1e-6), &["`exp`"]),
        (|x| (x.exp().sum() + 1e-6).log(), &["`exp`"]),
        (|x| x.exp() / x.exp().sum(), &[]),
        (|x| -x.softmax(-1).log(), &[]),
        (|x| (1 + x.exp()).log(), &[]),
        // It may overflow, but that is what the result is.
        (|x| x.exp() * 2, &[]),
        (|x| (-x.sqr()).exp(), &[]),
    ];
    for (spelling, expected) in spellings {
        let x = vector::<f32>("x", "n");
        let y = spelling(&x);
        let g = grad(y.sqr().sum(), [&x]).unwrap();
        for f in [function([&x], &y), function([&x], (&y, &g[0]))] {
            let f = f.compile().unwrap();
            let found: Vec<String> = f.warnings().iter().map(|w| w.to_string()).collect();
            let told = |w: &&str| found.iter().any(|f| f.contains(*w) && f.contains("rules.rs:"));
            assert!(expected.iter().all(told), "{y}: {found:?}");
            assert!(!expected.is_empty() || found.is_empty(), "{y}: {found:?}");
        }
    }
}

#[test]
fn functions_explain_themselves() {
    let x = vector::<f64>("x", 3);
    let f = function([&x], (1 + x.exp()).log()).compile().unwrap();
    let chain = f.chain(0).unwrap().to_string();
    assert!(chain.ends_with("= softplus(x)   by softplus"), "{chain}");
    assert!(f.chain(1).unwrap_err().to_string().contains("there is no root 1"));
    assert!(f.why_not("softplus").unwrap().to_string().contains("it fired"));
    assert!(f.why_not("soft").unwrap_err().to_string().contains("there is no rule `soft`"));
}
