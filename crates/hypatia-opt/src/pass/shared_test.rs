//! Groups of products against what their sizes call for.
//!
//! Invariants: deterministic.
//!
//! Not here: values (`probe.rs` compares them).

use super::super::constant;
use super::super::probe::{capture, count, products, tried};
use crate::error::Error;
use crate::pass::site::Site;
use crate::report::Report;
use crate::{Mode, Options};
use hypatia_ir::dtype::DType;
use hypatia_ir::expr::{Expr, matrix, tensor};
use hypatia_ir::graph::Graph;
use hypatia_ir::tensor::Tensor;

fn literal(rows: usize, columns: usize, from: usize) -> Expr {
    let values: Vec<f64> = (0..rows * columns).map(|i| ((i + from) % 4) as f64).collect();
    Expr::literal(Tensor::from(values).reshaped(&[rows, columns]).unwrap())
}

/// The pass, and then what it made of literals as one.
fn run(site: &Site<'_>, report: &mut Report) -> Result<Option<Graph>, Error> {
    let Some(joined) = super::run(site, report)? else { return Ok(None) };
    let folded = constant::run(&Site::of(&joined, &Options::default()), report)?;
    Ok(Some(folded.unwrap_or(joined)))
}

#[test]
fn groups_pay_or_stay() {
    let x = matrix::<f64>("x", ("n", 8));
    let w = |name, columns: usize| matrix::<f64>(name, (8, columns));
    let (q, k, v, big) = (w("q", 4), w("k", 4), w("v", 4), w("big", 1000));
    let rows = |name| matrix::<f64>(name, (2, 8));
    let (batch, other) = (tensor::<f64>("t", ("b", 2, 8)), tensor::<f64>("u", ("b", 8, 2)));
    let lit = |from| literal(8, 40, from);
    // How many products there are after all.
    let cases: Vec<(&str, Vec<Expr>, usize)> = vec![
        ("three", vec![x.matmul(&q), x.matmul(&k), x.matmul(&v)], 1),
        ("a large one stays", vec![x.matmul(&q), x.matmul(&k), x.matmul(&big)], 2),
        ("one alone", vec![x.matmul(&q)], 1),
        ("two large ones", vec![x.matmul(&big), x.matmul(&big * 2)], 2),
        ("literals", vec![x.matmul(lit(0)), x.matmul(lit(1))], 1),
        ("transposed", vec![x.matmul(rows("r").t()), x.matmul(rows("s").t())], 1),
        ("right operands", vec![rows("r").matmul(&q), rows("s").matmul(&q)], 1),
        (
            "one needs the other",
            vec![
                x.matmul(&q),
                x.matmul(
                    x.matmul(&q).sum_keep(0).reshape((4, 1)).matmul(matrix::<f64>("z", (1, 8))).t(),
                ),
            ],
            3,
        ),
        ("batches", vec![batch.matmul(&other), batch.matmul(&other * 2)], 2),
    ];
    for (name, outputs, wanted) in cases {
        let graph = capture(&outputs);
        let found = tried(run, &graph, Mode::Default);
        let after = found.as_ref().map_or(&graph, |(after, _)| after);
        assert_eq!(products(after).len(), wanted, "{name}: {after}");
        let joins = usize::from(found.is_some() && name != "literals");
        assert_eq!(count(after, "concat"), joins, "{name}: {after}");
    }
}

#[test]
fn each_line_is_kept() {
    let x = matrix::<f64>("x", ("n", 8));
    let w = |name| matrix::<f64>(name, (8, 4));
    let y = x.matmul(w("q"));
    let z = x.matmul(w("k"));
    let graph = capture(&[y, z]);
    let lines = |name: &str, g: &Graph| -> Vec<hypatia_ir::span::Span> {
        let live = g.live();
        let those = g.iter().filter(|(id, n)| live[id.index()] && n.op.name() == name);
        those.map(|(_, n)| n.at).collect()
    };
    let (after, report) = tried(run, &graph, Mode::Default).unwrap();
    assert_eq!(lines("matmul", &graph), lines("slice", &after));
    assert_eq!(report.rewrites.len(), 2);
    assert_eq!(after.ty(after.roots[0].node).dtype, DType::F64);
}
