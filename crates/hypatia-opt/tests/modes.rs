//! What each mode promises: which sums and products keep their order, which errors shrink, and
//! where floats may be taken for real numbers.
//!
//! Invariants: values are chosen so that another order gives other bits.
//!
//! Not here: single rules (`rules/trial`), the stable forms (`stable.rs`).

#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use hypatia_ir::capture::to_exprs;
use hypatia_ir::eval::evaluate;
use hypatia_ir::expr::{Expr, matrix};
use hypatia_ir::graph::Graph;
use hypatia_ir::tensor::Tensor;
use hypatia_opt::{Mode, Options, optimize, stabilize};

/// Three matrices of one shape.
fn inputs() -> [Expr; 3] {
    ["a", "b", "c"].map(|name| matrix::<f64>(name, [3, 3]))
}

/// Sums and products of these depend on the order: a few large numbers cancel, many are odd.
fn values() -> Vec<Tensor> {
    let number = |matrix: usize, at: usize| {
        let odd = 1.0 / (3.0 + at as f64 + 7.0 * matrix as f64);
        let large = [1e16, -1e16, 1.0][matrix] * if at % 3 == 1 { 1.0 } else { 1e-16 };
        odd + if at.is_multiple_of(2) { large } else { -large }
    };
    let tensor = |m: usize| {
        let values: Vec<f64> = (0..9).map(|at| number(m, at)).collect();
        Tensor::from(values).reshaped(&[3, 3]).unwrap()
    };
    (0..3).map(tensor).collect()
}

fn capture(outputs: &[Expr]) -> Graph {
    let outputs: Vec<_> =
        (0..).zip(outputs).map(|(i, e)| (format!("y{i}").into(), e.clone())).collect();
    Graph::capture(&inputs_first(), &outputs).unwrap().graph
}

thread_local! {
    static INPUTS: [Expr; 3] = inputs();
}

fn inputs_first() -> Vec<Expr> {
    INPUTS.with(|i| i.to_vec())
}

fn abc() -> [Expr; 3] {
    INPUTS.with(Clone::clone)
}

fn simple(graph: &Graph, mode: Mode) -> Graph {
    optimize(graph, &Options { mode, ..Options::default() }).unwrap().graph
}

fn bits(graph: &Graph) -> Vec<String> {
    evaluate(graph, &values()).unwrap().iter().map(|t| format!("{t:?}")).collect()
}

/// What a user wrote in an order of their own.
fn ordered() -> Vec<(&'static str, Expr)> {
    let [a, b, c] = abc();
    vec![
        ("(a + b) + c", (&a + &b) + &c),
        ("a + (b + c)", &a + (&b + &c)),
        ("(a - b) + c", (&a - &b) + &c),
        ("a - (b - c)", &a - (&b - &c)),
        ("(a · b) · c", (&a * &b) * &c),
        ("a · (b · c)", &a * (&b * &c)),
        ("(a / b) / c", (&a / &b) / &c),
        ("a / (b / c)", &a / (&b / &c)),
        ("(a / b) · c", (&a / &b) * &c),
        ("a·c + b·c", &a * &c + &b * &c),
        ("(a + b) · c", (&a + &b) * &c),
        ("a·(b + c)", &a * (&b + &c)),
        ("sum(a) + sum(b)", a.sum_axes(0) + b.sum_axes(0)),
        ("sum(a + b)", (&a + &b).sum_axes(0)),
        ("sum(a, 0), then 1", a.sum_axes(0) + c.sum_axes(1)),
        ("a@b + a@c", a.matmul(&b) + a.matmul(&c)),
        ("a@(b + c)", a.matmul(&(&b + &c))),
        ("(a@b)@c", a.matmul(&b).matmul(&c)),
        ("a@(b@c)", a.matmul(b.matmul(&c))),
        ("exp(a)·exp(b)", a.exp() * b.exp()),
    ]
}

#[test]
fn orders_stay_unless_asked_for() {
    for (name, y) in ordered() {
        let graph = capture(&[y]);
        for mode in [Mode::Strict, Mode::Default] {
            let after = simple(&graph, mode);
            assert_eq!(bits(&graph), bits(&after), "{name} in {mode:?}\n{graph}{after}");
        }
    }
}

/// Spellings that only real numbers make equal to shorter ones.
fn shortened() -> Vec<(&'static str, Expr)> {
    let wanted = ["a·c + b·c", "(a / b) / c", "a / (b / c)", "a@b + a@c", "exp(a)·exp(b)"];
    ordered().into_iter().filter(|(name, _)| wanted.contains(name)).collect()
}

#[test]
fn fast_rules_fire_in_fast_mode_and_under_marks_alone() {
    for (name, y) in shortened() {
        let (plain, marked) = (capture(std::slice::from_ref(&y)), capture(&[y.fast()]));
        let short = simple(&plain, Mode::Fast);
        assert!(short.op_count() < plain.op_count() || name.contains('/'), "{name}\n{short}");
        assert_ne!(short.to_string(), simple(&plain, Mode::Default).to_string(), "{name}");
        for mode in [Mode::Strict, Mode::Default] {
            let under = simple(&marked, mode);
            assert_eq!(short.to_string(), under.to_string(), "{name} in {mode:?}");
        }
    }
}

#[test]
fn marks_are_about_one_value() {
    let [a, b, c] = abc();
    let (y, z) = (&a * &c + &b * &c, &a * &b + &c * &b);
    let both = simple(&capture(&[y.fast(), z.clone()]), Mode::Default);
    let alone = simple(&capture(&[z]), Mode::Default);
    assert_eq!(bits(&both)[1], bits(&alone)[0]);
    assert_eq!(both.nodes().iter().filter(|n| n.op.name() == "mul").count(), 3, "{both}");
}

#[test]
fn marks_survive_text_stabilising_and_gradients() {
    let [a, b, c] = abc();
    let y = (&a * &c + &b * &c).fast();
    let captured = Graph::capture(&inputs_first(), &[("y".into(), y)]).unwrap();
    let text = captured.graph.to_string();
    assert!(text.contains("= fast(%"), "{text}");
    let read: Graph = text.parse().unwrap();
    assert_eq!(read.to_string(), text);
    let stable = stabilize(&read, &Options::default()).unwrap().graph;
    assert!(stable.to_string().contains("= fast(%"), "{stable}");
    assert!(!simple(&stable, Mode::Default).to_string().contains("fast"));
    let y =
        to_exprs(&captured.graph, &captured.leaves)[captured.graph.roots[0].node.index()].clone();
    let [g] = hypatia_grad::grad(y.sum_axes(..), [&a]).unwrap();
    let g = capture(&[g]);
    let c = &evaluate(&g, &values()).unwrap()[0];
    assert_eq!(format!("{c:?}"), format!("{:?}", values()[2]));
}

#[test]
fn strict_mode_makes_errors_smaller_and_rounds_nothing_else() {
    let [a, ..] = abc();
    let names = |y: Expr| -> Vec<&'static str> {
        simple(&capture(&[y]), Mode::Strict).nodes().iter().map(|n| n.op.name()).collect()
    };
    assert!(names((&a + 1).log()).contains(&"log1p"));
    assert!(names(a.exp() - 1).contains(&"expm1"));
    assert!(names((&a.exp() + 1).log()).contains(&"softplus"));
    // Default mode multiplies by a third, and squares.
    assert!(names(&a / 3).contains(&"div"));
    assert!(names(a.pow(2)).contains(&"pow"));
}
