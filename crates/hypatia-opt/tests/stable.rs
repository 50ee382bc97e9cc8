//! Unstable spellings reach the values that mathematics gives: the rows of the stability table.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use hypatia_ir::capture::to_exprs;
use hypatia_ir::dtype::DType;
use hypatia_ir::eval::evaluate;
use hypatia_ir::expr::{Expr, vector};
use hypatia_ir::graph::Graph;
use hypatia_ir::tensor::Tensor;
use hypatia_opt::{Options, optimize, stabilize};

struct Case {
    name: &'static str,
    spelling: fn(&Expr) -> Expr,
    x: &'static [f64],
    value: &'static [f64],
    /// The gradient of the sum of the elements, where it is asked for.
    gradient: Option<&'static [f64]>,
}

fn case(
    name: &'static str,
    spelling: fn(&Expr) -> Expr,
    x: &'static [f64],
    value: &'static [f64],
) -> Case {
    Case { name, spelling, x, value, gradient: None }
}

impl Case {
    fn gradient(self, gradient: &'static [f64]) -> Case {
        Case { gradient: Some(gradient), ..self }
    }
}

const E1: f64 = 0.268_941_421_369_995_1;
const E2: f64 = 0.731_058_578_630_004_9;

fn cases() -> Vec<Case> {
    vec![
        case("S1", |x| (x + 1).log(), &[1e-18], &[1e-18]),
        case("S1", |x| (1 + x).log(), &[1e-18], &[1e-18]),
        case("S1", |x| (1 - x).log(), &[1e-18], &[-1e-18]),
        case("S2", |x| x.exp() - 1, &[1e-18], &[1e-18]),
        case("S2", |x| x.exp() + -1, &[1e-18], &[1e-18]),
        case("S3", |x| (x.exp() + 1).log(), &[1000.0, -800.0], &[1000.0, 0.0])
            .gradient(&[1.0, 0.0]),
        case("S3", |x| (1 + x.exp()).log(), &[1000.0, -800.0], &[1000.0, 0.0])
            .gradient(&[1.0, 0.0]),
        case("S3", |x| x.exp().log1p(), &[1000.0, -800.0], &[1000.0, 0.0]).gradient(&[1.0, 0.0]),
        case("S4", |x| x.sigmoid().log(), &[-1000.0], &[-1000.0]).gradient(&[1.0]),
        case("S4", |x| (1 / ((-x).exp() + 1)).log(), &[-1000.0], &[-1000.0]).gradient(&[1.0]),
        case("S5", |x| (1 - x.sigmoid()).log(), &[1000.0], &[-1000.0]).gradient(&[-1.0]),
        case("S5", |x| (-x.sigmoid()).log1p(), &[1000.0], &[-1000.0]).gradient(&[-1.0]),
        case("S5", |x| (1 - 1 / ((-x).exp() + 1)).log(), &[1000.0], &[-1000.0]).gradient(&[-1.0]),
        case("S6", |x| 1 - x.sigmoid(), &[50.0], &[1.928_749_847_963_917_8e-22]),
        case("S6", |x| 1 - 1 / (1 + (-x).exp()), &[50.0], &[1.928_749_847_963_917_8e-22]),
        case("S7", |x| x.exp() / (x.exp() + 1), &[1000.0], &[1.0]),
        case("S7", |x| x.exp() / (1 + x.exp()), &[1000.0], &[1.0]),
        case("S7", |x| 1 / (1 + (-x).exp()), &[-1000.0, 1000.0], &[0.0, 1.0]),
        case("S7", |x| ((x / 2).tanh() + 1) / 2, &[0.0, 1000.0], &[0.5, 1.0]),
        case("S7", |x| (1 + (x * 0.5).tanh()) * 0.5, &[0.0, 1000.0], &[0.5, 1.0]),
        case("S8", |x| x.sigmoid() * (-x).exp(), &[-800.0], &[1.0]),
        case("S8", |x| x.sigmoid() / x.exp(), &[-800.0], &[1.0]),
        case("S10", |x| x.exp().sum_keep(0).log(), &[1000.0, 1000.0], &[1_000.693_147_180_559_9]),
        case(
            "S10",
            |x| x.exp().sum().log().expand(0),
            &[1000.0, 1000.0],
            &[1_000.693_147_180_559_9],
        ),
        case("S12", |x| x.exp() / x.exp().sum(), &[1000.0, 0.0], &[1.0, 0.0]),
        case("S12", |x| x.exp() / x.exp().sum_keep(0), &[1000.0, 0.0], &[1.0, 0.0]),
        case(
            "S12",
            |x| (x - x.mean()).exp() / (x - x.mean()).exp().sum(),
            &[2000.0, 0.0],
            &[1.0, 0.0],
        ),
        case("S12", |x| x.exp() * (1 / x.exp().sum()), &[1000.0, 0.0], &[1.0, 0.0]),
        case("S13", |x| x.softmax(0).log(), &[1000.0, 0.0], &[0.0, -1000.0]),
        case("S13", |x| (x.exp() / x.exp().sum()).log(), &[1000.0, 0.0], &[0.0, -1000.0])
            .gradient(&[-1.0, 1.0]),
        case("S13", |x| x - x.exp().sum().log(), &[1000.0, 0.0], &[0.0, -1000.0])
            .gradient(&[-1.0, 1.0]),
        case("S13", |x| x.le(2000).select(x.softmax(0), 1).log(), &[1000.0, 0.0], &[0.0, -1000.0])
            .gradient(&[-1.0, 1.0]),
        case(
            "S13",
            |x| x.gt(0).select(0, x.softmax(0)).log(),
            &[1000.0, 0.0],
            &[f64::NEG_INFINITY, -1000.0],
        ),
        case("S13", |x| x - x.logsumexp(0), &[1000.0, 0.0], &[0.0, -1000.0]),
        case("S13", |x| x.log_softmax(0), &[1000.0, 0.0], &[0.0, -1000.0]).gradient(&[-1.0, 1.0]),
        case("S14", |x| (x - x.exp().sum().log()).exp(), &[1000.0, 0.0], &[1.0, 0.0]),
        case("S14", |x| x.log_softmax(0).exp(), &[0.0, 1.0], &[E1, E2]),
        case("S14", |x| (x + x.like(1e17)).softmax(0), &[0.0, 1.0], &[E1, E2]),
    ]
}

fn input(dtype: DType, values: &[f64]) -> Tensor {
    match dtype {
        DType::F32 => values.iter().map(|&v| v as f32).collect::<Vec<f32>>().into(),
        _ => values.to_vec().into(),
    }
}

fn check(
    case: &Case,
    what: &str,
    dtype: DType,
    graph: &Graph,
    values: &[Tensor],
    expected: &[f64],
) -> Result<(), String> {
    graph.verify().map_err(|e| format!("{} {what}: {e}\n{graph}", case.name))?;
    let found = &evaluate(graph, values).unwrap()[0];
    // A few roundings of the dtype, relative; results that underflow in f32 are 0 there.
    let (relative, tiny) = if dtype == DType::F32 { (4e-7, 1e-37) } else { (1e-14, 1e-300) };
    for (at, &want) in expected.iter().enumerate() {
        let got = found.get(at).as_f64();
        let fits = got == want || (got - want).abs() <= relative * want.abs() + tiny;
        if !fits {
            let name = case.name;
            return Err(format!(
                "{name} {what} {dtype}: element {at} is {got}, expected {want}\n{graph}"
            ));
        }
    }
    Ok(())
}

fn run(case: &Case, dtype: DType) -> Result<(), String> {
    let x = match dtype {
        DType::F32 => vector::<f32>("x", "n"),
        _ => vector::<f64>("x", "n"),
    };
    let y = (case.spelling)(&x);
    let captured = Graph::capture(&[], &[("y".into(), y)]).unwrap();
    let values = [input(dtype, case.x)];
    let simple = |g: &Graph| optimize(g, &Options::default()).unwrap().graph;
    check(case, "value", dtype, &simple(&captured.graph), &values, case.value)?;
    let stable = stabilize(&captured.graph, &Options::default()).unwrap().graph;
    check(case, "stable value", dtype, &stable, &values, case.value)?;
    let Some(gradient) = case.gradient else { return Ok(()) };
    let exprs = to_exprs(&stable, &captured.leaves);
    let y = exprs[stable.roots[0].node.index()].sum_axes(..);
    let [g] = hypatia_grad::grad(&y, [&x]).unwrap();
    let graph = Graph::capture(&[], &[("g".into(), g)]).unwrap().graph;
    check(case, "gradient", dtype, &simple(&graph), &values, gradient)
}

#[test]
fn spellings_are_stable() {
    let mut failures = Vec::new();
    for (at, case) in cases().iter().enumerate() {
        for dtype in [DType::F64, DType::F32] {
            let failed = |e: String| failures.push(format!("row {at}: {e}"));
            run(case, dtype).unwrap_or_else(failed);
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
