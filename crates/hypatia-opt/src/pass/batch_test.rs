//! Batches of products against the one product that they are.
//!
//! Invariants: deterministic.
//!
//! Not here: values (`probe.rs` compares them).

use super::super::probe::{capture, count, products, tried};
use super::run;
use crate::Mode;
use hypatia_grad::gradient;
use hypatia_ir::expr::{Expr, matrix, tensor};

#[test]
fn batches_become_one_product() {
    let x = tensor::<f64>("x", ("b", "n", 4));
    let w = matrix::<f64>("w", (4, 3));
    let (g, t) = (tensor::<f64>("g", ("b", "n", 3)), tensor::<f64>("t", ("b", 4, "n")));
    let one = tensor::<f64>("one", (1, 4, 3));
    let deep = tensor::<f64>("d", ("b", "m", "n", 4));
    let heads = deep.swap_axes(1, 2);
    let weights = |x: &Expr, axes: &[i64]| x.t().matmul(&g).sum_axes(axes);
    // The products that are left; the same as before where nothing is done.
    let cases: Vec<(&str, Expr, &[&str])> = vec![
        ("one matrix for all", x.matmul(&w), &["f64[b*n, 3]"]),
        ("turned", x.matmul(matrix::<f64>("v", (3, 4)).t()), &["f64[b*n, 3]"]),
        ("turned after", x.matmul(w.t().broadcast_to(("b", 3, 4)).t()), &["f64[b*n, 3]"]),
        ("with an axis of one", x.matmul(one.broadcast_to(("b", 4, 3))), &["f64[b*n, 3]"]),
        ("two batch axes", deep.matmul(&w), &["f64[b*m*n, 3]"]),
        ("rows that do not lie in order", heads.matmul(&w), &["f64[b, n, m, 3]"]),
        ("rows of another order", t.t().matmul(&w), &["f64[b, n, 3]"]),
        ("both differ", x.matmul(&t), &["f64[b, n, n]"]),
        ("weights", weights(&x, &[0]), &["f64[4, 3]"]),
        ("only some rows", x.t().matmul(&g).sum_axes([0, 1]), &["f64[b, 4, 3]"]),
        ("not turned", t.matmul(&g).sum_axes(0), &["f64[b, 4, 3]"]),
    ];
    for (name, y, wanted) in cases {
        let graph = capture(&[y]);
        assert!(
            tried(run, &graph, Mode::Default).is_some() == (products(&graph) != wanted),
            "{name}"
        );
        let after = tried(run, &graph, Mode::Default).map_or(graph, |(after, _)| after);
        assert_eq!(products(&after), wanted, "{name}: {after}");
    }
}

#[test]
fn gradients_of_layers_have_no_batches() {
    let x = tensor::<f64>("x", ("b", "n", 4));
    let (w, v) = (matrix::<f64>("w", (4, 3)), matrix::<f64>("v", (3, 2)));
    let loss = x.matmul(&w).relu().matmul(&v).relu().sum();
    let gradients = gradient(&loss, &[w, v]).unwrap();
    let graph = capture(&gradients);
    let (after, _) = tried(run, &graph, Mode::Default).unwrap();
    assert!(products(&after).iter().all(|p| p.matches(',').count() == 1), "{after}");
    assert_eq!(count(&after, "sum"), 0, "{after}");
}

#[test]
fn products_that_others_use_are_not_summed_anew() {
    let (x, g) = (tensor::<f64>("x", ("b", "n", 4)), tensor::<f64>("g", ("b", "n", 3)));
    let each = x.t().matmul(g);
    assert!(tried(run, &capture(&[each.sum_axes(0), each]), Mode::Default).is_none());
}
