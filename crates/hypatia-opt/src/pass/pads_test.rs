//! Sums of padded parts against the parts side by side.
//!
//! Invariants: deterministic.
//!
//! Not here: values (`probe.rs` compares them).

use super::super::probe::{capture, count, tried};
use super::run;
use crate::Mode;
use hypatia_grad::gradient;
use hypatia_ir::expr::{Expr, tensor};
use hypatia_ir::structure::part;

/// A tensor between zeros along an axis.
fn padded(x: &Expr, axis: usize, low: usize, high: usize) -> Expr {
    let rank = x.ty().unwrap().shape.rank();
    let widths: Vec<(usize, usize)> =
        (0..rank).map(|a| if a == axis { (low, high) } else { (0, 0) }).collect();
    x.pad(&widths, 0)
}

#[test]
fn parts_that_do_not_overlap_are_joined() {
    let (a, b) = (tensor::<f64>("a", ("n", 2)), tensor::<f64>("b", ("n", 3)));
    let c = tensor::<f64>("c", ("n", 7));
    let first = |low: usize, high: usize| padded(&a, 1, low, high);
    let second = |low: usize, high: usize| padded(&b, 1, low, high);
    // The sum, and how many pads are left if anything is done.
    let cases: Vec<(&str, Expr, Option<usize>)> = vec![
        ("side by side", first(0, 5) + second(2, 2), Some(0)),
        ("in any order, with something else", second(4, 0) + (&c + first(1, 4)), Some(0)),
        ("a gap between", first(0, 5) + second(4, 0), Some(0)),
        ("overlapping", first(1, 4) + second(2, 2), None),
        ("one alone", first(0, 5) + &c, None),
        ("used elsewhere", (first(0, 5) + &c) * (first(0, 5) + second(2, 2)), Some(1)),
        ("along different axes", padded(&c, 0, 1, 0) + padded(&c, 0, 0, 1), None),
    ];
    for (about, sum, left) in cases {
        let graph = capture(&[sum]);
        let found = tried(run, &graph, Mode::Default);
        let found = found.map(|(after, _)| count(&after, "pad"));
        assert_eq!(found, left, "{about}");
    }
}

#[test]
fn gradients_of_slices_are_joined() {
    let theta = tensor::<f64>("theta", (9,));
    let weights = [(0i64, 2i64), (2, 5), (5, 9)].map(|(low, high)| theta.slice((part(low, high),)));
    let loss = weights.iter().map(|w| w.sqr().sum()).reduce(|x, y| x + y).unwrap();
    let graph = capture(&gradient(&loss, &[theta]).unwrap());
    let (after, _) = tried(run, &graph, Mode::Default).unwrap();
    assert_eq!(count(&after, "pad"), 0, "{after}");
    assert_eq!(count(&after, "concat"), 1, "{after}");
}
