//! Rules reach what users write: spellings, and the rule that each of them needs.
//!
//! Invariants: as many ops as before, or fewer kinds of work: the op that the rule is there to remove
//! is gone.
//!
//! Not here: that rules are right (`rules/test.rs`), stable forms (`stable/`).

#![allow(clippy::unwrap_used, missing_docs)]

use hypatia_ir::compose::*;
use hypatia_ir::expr::{Expr, matrix, vector};
use hypatia_ir::graph::Graph;
use hypatia_ir::index::iota;
use hypatia_ir::structure::concat;
use hypatia_opt::optimize;

/// What a user writes, the rule, and the op that is not needed any more.
type Case = (&'static str, Expr, &'static str, &'static str);

fn cases() -> Vec<Case> {
    let (x, y) = (matrix::<f64>("x", ("n", 3)), matrix::<f64>("y", ("n", 3)));
    let (v, w) = (vector::<f64>("v", "n"), matrix::<f64>("w", (3, 4)));
    let a = matrix::<f64>("a", (3, 3));
    let label = vector::<i64>("label", "n");
    let table = matrix::<f64>("table", (50, 8));
    let rows = vector::<i64>("rows", "m");
    let updates = matrix::<f64>("updates", ("m", 8));
    let pairs = (x.expand(1) * y.expand(0)).sum_axes(2);
    let hot = label.one_hot::<f64>(3);
    vec![
        ("pairs of rows", pairs, "contraction", "sum"),
        ("inverse times vector", a.inv().dot(&w), "inverse", "matmul"),
        ("identity", x.dot(eye::<f64>(3, 3, 0)), "matmul_identity", "matmul"),
        ("ones", x.dot(ones::<f64>((3, 4))), "matmul_ones", "matmul"),
        ("outer product", v.expand(1).dot(v.expand(0)), "matmul_outer", "matmul"),
        ("cross entropy", (&hot * x.softmax(1).log()).sum(), "one_hot_log_softmax", "iota"),
        ("labels", hot.sum_axes(1), "sum_one_hot", "iota"),
        (
            "sparse step",
            &table - zeros::<f64>((50, 8)).scatter_add(&rows, &updates, 0) * 0.1,
            "sub_scatter",
            "sub",
        ),
        ("all rows", w.take(iota::<i64>(3), 0), "take_all", "take"),
        (
            "part of a whole",
            concat(&[x.clone(), y.clone()], 1).slice((.., 3..6)),
            "slice_concat",
            "concat",
        ),
        ("sum of a whole", concat(&[x.clone(), y.clone()], 1).sum(), "sum_concat", "concat"),
        ("sum of a transpose", x.t().sum(), "sum_transpose", "transpose"),
        ("largest exponential", x.exp().max_axes(1), "max_of_exp", ""),
        ("bounds", x.clip(-1.0, 1.0).clip(-0.5, 2.0), "clamp_max", ""),
        ("relu of a square", x.sqr().maximum(0.0), "max_above", "maximum"),
        ("norm", x.sqr().sum_keep(1).sqrt().log(), "log_sqrt", "sqrt"),
        ("normalised", &x / (x.sqr().mean_keep(1) + 1e-5).sqrt(), "div_sqrt", "div"),
        ("cumulative", v.expand(0).cumsum(0), "", "cumsum"),
    ]
}

#[test]
fn rules_reach_what_users_write() {
    let mut wrong = Vec::new();
    for (what, y, rule, gone) in cases() {
        let graph = Graph::capture(&[], &[("y".into(), y)]).unwrap().graph;
        let out = optimize(&graph, &Default::default()).unwrap();
        let fired = rule.is_empty() || out.report.fired.contains_key(rule);
        let left = out.graph.iter().any(|(_, node)| node.op.name() == gone);
        if !fired || left {
            wrong.push(format!("{what}: {rule} {:?}\n{}", out.report.fired, out.graph));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
