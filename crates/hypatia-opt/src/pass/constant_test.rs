//! What is computed beforehand, and what is too large, too dear or left to chance.
//!
//! Invariants: deterministic.
//!
//! Not here: values (`probe.rs` compares them).

use super::super::probe::{capture, tried};
use super::run;
use crate::Mode;
use hypatia_ir::dtype::DType;
use hypatia_ir::expr::{Expr, vector};
use hypatia_ir::operators::random_bits;
use hypatia_ir::tensor::Tensor;

fn literal(shape: &[usize]) -> Expr {
    let count: usize = shape.iter().product();
    let values: Vec<f64> = (0..count).map(|i| (i % 9) as f64).collect();
    Expr::literal(Tensor::from(values).reshaped(shape).unwrap())
}

#[test]
fn what_depends_on_literals_alone_is_computed() {
    let x = vector::<f64>("x", 6);
    let (six, square) = (literal(&[6]), literal(&[30, 30]));
    let (row, column) = (literal(&[1, 100]), literal(&[100, 1]));
    let large = literal(&[400, 400]);
    let outside = Expr::literal(vec![7i64]);
    // How many ops are left.
    let cases: Vec<(&str, Expr, usize)> = vec![
        ("of one", six.exp(), 0),
        ("a chain", ((&six + 1).sqrt() * &six).sum(), 0),
        ("next to an input", &x * (&six * 2), 1),
        ("a product", square.matmul(&square), 0),
        ("grows too much", &row * &column, 1),
        ("too many bytes", &large + 1, 1),
        ("too dear", literal(&[200, 200]).matmul(literal(&[200, 200])), 1),
        ("fails", six.take(outside, 0), 1),
        ("random", random_bits(0, 1, six.cast(DType::I64), 3), 1),
        ("symbolic", vector::<f64>("s", "n") * literal(&[1]), 1),
        ("no literal", Expr::constant(2.0f64).broadcast_to([3]), 1),
    ];
    for (name, y, wanted) in cases {
        let graph = capture(&[y]);
        let after = match name {
            // Neither graph has a value.
            "fails" => None,
            _ => tried(run, &graph, Mode::Strict),
        };
        let after = after.map_or(graph, |(after, _)| after);
        let live = after.live();
        let ops = after.iter().filter(|(id, n)| live[id.index()] && !n.operands.is_empty());
        let ops = ops.count();
        assert_eq!(ops, wanted, "{name}: {after}");
    }
}

#[test]
fn what_fails_is_left_to_fail() {
    let y = literal(&[6]).take(Expr::literal(vec![7i64]), 0);
    let graph = capture(&[y]);
    let options = crate::Options::default();
    let site = super::Site::of(&graph, &options);
    assert!(run(&site, &mut crate::report::Report::default()).unwrap().is_none());
}
