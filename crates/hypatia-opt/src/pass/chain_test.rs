//! Chains of products against what their lengths call for.
//!
//! Invariants: deterministic.
//!
//! Not here: values (`probe.rs` compares them).

use super::super::probe::{capture, count, products, tried};
use super::{cheapest, run};
use crate::Mode;
use crate::cost::product;
use hypatia_ir::expr::{Expr, matrix, tensor};

/// The matrices `a` to `e` that fit in a row.
fn factors() -> [Expr; 5] {
    let m = |name, rows: &str, columns: &str| matrix::<f64>(name, [rows, columns]);
    [
        m("a", "4", "20"),
        m("b", "20", "20"),
        m("c", "20", "20"),
        m("d", "20", "2"),
        m("e", "2", "20"),
    ]
}

#[test]
fn orders_are_the_cheapest() {
    let [a, b, c, d, e] = factors();
    let (x, w) = (tensor::<f64>("x", ("n", 20, 20)), matrix::<f64>("w", ("n", 20)));
    let v = tensor::<f64>("v", ("n", 20, 1));
    // The matrices that are made on the way; none if nothing is cheaper.
    let cases: Vec<(&str, Expr, &[&str])> = vec![
        (
            "to a thin one",
            a.matmul(&b).matmul(&c).matmul(&d),
            &["f64[20, 2]", "f64[20, 2]", "f64[4, 2]"],
        ),
        ("already best", a.matmul(b.matmul(c.matmul(&d))), &[]),
        ("two alone", a.matmul(&b), &[]),
        (
            "outer product last",
            b.matmul(d.matmul(&e)).matmul(&d),
            &["f64[2, 2]", "f64[20, 2]", "f64[20, 2]"],
        ),
        ("through transposes", d.t().matmul(b.matmul(&c).t()).t(), &["f64[2, 20]", "f64[2, 20]"]),
        (
            "a transposed product inside",
            d.t().matmul(b.matmul(&c).t()),
            &["f64[2, 20]", "f64[2, 20]"],
        ),
        ("a batch", x.matmul(&x).matmul(&v), &["f64[n, 20, 1]", "f64[n, 20, 1]"]),
        ("by the hint", w.matmul(&b).matmul(&d), &["f64[20, 2]", "f64[n, 2]"]),
    ];
    for (name, y, wanted) in cases {
        let graph = capture(&[y]);
        assert!(tried(run, &graph, Mode::Default).is_none(), "{name} without leave");
        match tried(run, &graph, Mode::Fast) {
            Some((after, _)) => assert_eq!(products(&after), wanted, "{name}: {after}"),
            None => assert!(wanted.is_empty(), "{name}: {graph}"),
        }
    }
}

#[test]
fn products_that_others_use_stay() {
    let [a, b, c, d, _] = factors();
    let inner = b.matmul(&c);
    let graph = capture(&[a.matmul(&inner).matmul(&d), inner.clone()]);
    let (after, _) = tried(run, &graph, Mode::Fast).unwrap();
    assert_eq!(products(&after), ["f64[20, 20]", "f64[20, 2]", "f64[4, 2]"], "{after}");
    let graph = capture(&[a.matmul(&b), a.matmul(&b).matmul(&d)]);
    assert!(tried(run, &graph, Mode::Fast).is_none());
}

#[test]
fn a_mark_is_leave_for_one_regrouping() {
    let [a, b, c, d, _] = factors();
    let two = a.matmul(&b).matmul(&d).fast();
    let (after, report) = tried(run, &capture(&[two]), Mode::Default).unwrap();
    assert_eq!(products(&after), ["f64[20, 2]", "f64[4, 2]"]);
    assert_eq!(report.fired[super::NAME], 1);
    // The product of `a` and `b` has no mark, so it stays whole.
    let three = a.matmul(&b).matmul(&c).matmul(&d).fast();
    let (after, _) = tried(run, &capture(&[three]), Mode::Strict).unwrap();
    assert_eq!(products(&after), ["f64[4, 20]", "f64[20, 2]", "f64[4, 2]"]);
    let all = a.matmul(&b).fast().matmul(&c).fast().matmul(&d).fast();
    let (after, _) = tried(run, &capture(&[all]), Mode::Default).unwrap();
    assert_eq!(products(&after).len(), 3);
    assert_eq!(count(&after, "transpose"), 0);
}

#[test]
fn long_chains_are_ordered_in_parts() {
    let square = matrix::<f64>("s", (3, 3));
    let one = matrix::<f64>("v", (3, 1));
    let chain = (0..200).fold(square.clone(), |x, _| x.matmul(&square - &square));
    let graph = capture(&[chain.matmul(one)]);
    let (after, _) = tried(run, &graph, Mode::Fast).unwrap();
    assert!(products(&after).iter().filter(|p| *p == "f64[3, 1]").count() > 50);
}

/// Every way to put parentheses, by brute force.
fn least(batch: f64, sizes: &[f64]) -> f64 {
    let count = sizes.len() - 1;
    let part = |split: usize| {
        least(batch, &sizes[..=split])
            + least(batch, &sizes[split..])
            + product(batch, [sizes[0], sizes[split], sizes[count]])
    };
    (1..count).map(part).reduce(f64::min).unwrap_or(0.0)
}

#[test]
fn the_least_cost_is_found() {
    for seed in 0..60u64 {
        let count = 3 + seed as usize % 6;
        let size = |i: usize| ((seed * 31 + i as u64 * 17).pow(2) % 97 + 1) as f64;
        let sizes: Vec<f64> = (0..=count).map(size).collect();
        let (found, wanted) = (cheapest(2.0, &sizes).0, least(2.0, &sizes));
        assert!((found - wanted).abs() <= 1e-9 * wanted, "{sizes:?}: {found} for {wanted}");
    }
}
