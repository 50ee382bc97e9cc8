//! Rules reach what users write: spellings, and the rule that each of them needs.
//!
//! Invariants: as many ops as before, or fewer kinds of work: the op that the rule is there to remove
//! is gone.
//!
//! Not here: that rules are right (`rules/test.rs`), stable forms (`stable/`).

#![allow(clippy::unwrap_used, missing_docs)]

use hypatia_grad::gradient;
use hypatia_ir::compose::*;
use hypatia_ir::dtype::DType;
use hypatia_ir::eval::evaluate;
use hypatia_ir::expr::{Expr, matrix, vector};
use hypatia_ir::graph::Graph;
use hypatia_ir::index::iota;
use hypatia_ir::scalar::Scalar;
use hypatia_ir::structure::concat;
use hypatia_ir::tensor::Tensor;
use hypatia_opt::optimize;

/// What a user writes, the rule, and the op that is not needed any more.
type Case = (&'static str, Expr, &'static str, &'static str);

/// What cases compute with.
struct Inputs {
    x: Expr,
    y: Expr,
    v: Expr,
    w: Expr,
    a: Expr,
    label: Expr,
    table: Expr,
    rows: Expr,
    updates: Expr,
}

impl Inputs {
    fn new() -> Inputs {
        Inputs {
            x: matrix::<f64>("x", ("n", 3)),
            y: matrix::<f64>("y", ("n", 3)),
            v: vector::<f64>("v", "n"),
            w: matrix::<f64>("w", (3, 4)),
            a: matrix::<f64>("a", (3, 3)),
            label: vector::<i64>("label", "n"),
            table: matrix::<f64>("table", (50, 8)),
            rows: vector::<i64>("rows", "m"),
            updates: matrix::<f64>("updates", ("m", 8)),
        }
    }

    /// Those that have gradients.
    fn floats(&self) -> [&Expr; 7] {
        [&self.x, &self.y, &self.v, &self.w, &self.a, &self.table, &self.updates]
    }
}

fn cases(inputs: &Inputs) -> Vec<Case> {
    let Inputs { x, y, v, w, a, label, table, rows, updates } = inputs;
    let pairs = (x.expand(1) * y.expand(0)).sum_axes(2);
    let hot = label.one_hot::<f64>(3);
    vec![
        ("pairs of rows", pairs, "contraction", "sum"),
        ("inverse times vector", a.inv().dot(w), "inverse", "matmul"),
        ("identity", x.dot(eye::<f64>(3, 3, 0)), "matmul_identity", "matmul"),
        ("ones", x.dot(ones::<f64>((3, 4))), "matmul_ones", "matmul"),
        ("outer product", v.expand(1).dot(v.expand(0)), "matmul_outer", "matmul"),
        ("cross entropy", (&hot * x.softmax(1).log()).sum(), "one_hot_log_softmax", "iota"),
        ("labels", hot.sum_axes(1), "sum_one_hot", "iota"),
        (
            "sparse step",
            table - zeros::<f64>((50, 8)).scatter_add(rows, updates, 0) * 0.1,
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
        ("normalised", x / (x.sqr().mean_keep(1) + 1e-5).sqrt(), "div_sqrt", "div"),
        ("cumulative", v.expand(0).cumsum(0), "", "cumsum"),
    ]
}

#[test]
fn rules_reach_what_users_write() {
    let (mut wrong, inputs) = (Vec::new(), Inputs::new());
    for (what, y, rule, gone) in cases(&inputs) {
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

/// Values of the inputs: numbers of both signs; labels of which some are no class; rows, some twice.
fn values(graph: &Graph) -> Vec<Tensor> {
    let value = |(which, input): (usize, &hypatia_ir::graph::GraphInput)| {
        let length = |d: &hypatia_ir::dim::Dim| d.known().unwrap_or(5) as usize;
        let shape: Vec<usize> = input.ty.shape.iter().map(length).collect();
        let mut value = Tensor::zeros(input.ty.dtype, &shape);
        for at in 0..value.len() {
            let number = match input.ty.dtype {
                DType::I64 => Scalar::from_i64(DType::I64, [2, 0, 3, 2, -1][at % 5]),
                dtype => {
                    let angle = (at * 7 + which * 3 + 1) as f64;
                    Scalar::from_f64(dtype, (angle * angle).sin() * 1.5)
                }
            };
            value.set(at, number);
        }
        value
    };
    graph.inputs.iter().enumerate().map(value).collect()
}

/// The results and their gradients are what they are without rules.
#[test]
fn what_rules_reach_stays_as_it_is() {
    let inputs = Inputs::new();
    for (what, y, ..) in cases(&inputs) {
        let cost = (&y * &y).sum();
        let depends = |x: &&Expr| gradient(&cost, &[(*x).clone()]).is_ok();
        let wrt: Vec<Expr> = inputs.floats().into_iter().filter(depends).cloned().collect();
        let mut outputs = vec![("y".into(), y)];
        for (at, g) in gradient(&cost, &wrt).unwrap().into_iter().enumerate() {
            outputs.push((format!("g{at}").into(), g));
        }
        let graph = Graph::capture(&[], &outputs).unwrap().graph;
        let out = optimize(&graph, &Default::default()).unwrap();
        let given = values(&graph);
        let (before, after) = (evaluate(&graph, &given), evaluate(&out.graph, &given));
        for (before, after) in before.unwrap().iter().zip(after.unwrap()) {
            for at in 0..before.len() {
                let (b, a) = (before.get(at).as_f64(), after.get(at).as_f64());
                let near = (b - a).abs() <= 1e-12 * (1.0 + b.abs());
                assert!(near || b.is_nan() && a.is_nan(), "{what}: {b} and {a}");
            }
        }
    }
}

/// Numbers that leave their type count anew: a label is then several classes.
#[test]
fn bytes_are_no_long_sequence() {
    let label = vector::<u8>("label", 1);
    let y = label.expand(-1).eq(iota::<u8>(300)).cast(DType::F64).sum_axes(1);
    let graph = Graph::capture(&[], &[("y".into(), y)]).unwrap().graph;
    let out = optimize(&graph, &Default::default()).unwrap();
    let given = [Tensor::from(vec![20u8])];
    assert_eq!(evaluate(&graph, &given).unwrap(), evaluate(&out.graph, &given).unwrap());
    assert!(!out.report.fired.contains_key("sum_one_hot"));
}
