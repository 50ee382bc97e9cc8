//! What users write plainly stays finite, value and gradient, through the whole pipeline.

#[path = "../../crates/hypatia-opt/tests/stable/table/mod.rs"]
mod table;

use hypatia::prelude::*;
use table::{Row, Spelling, rows};

/// How many times the error of the reference the kernels may make: each function is a few ulps off,
/// and a row has a few of them in a row.
const KERNELS: f64 = 8.0;

/// The value of a spelling and its gradients, compiled.
fn compiled(row: &Row, spelling: Spelling, dtype: DType) -> Function {
    let operands = row.operands(dtype);
    let y = spelling.of(&operands);
    let by = &operands[..row.differentiated()];
    let gradients = hypatia::gradients(&y.sum(), by).unwrap();
    let outputs: Vec<Expr> = std::iter::once(y).chain(gradients).collect();
    function(operands, outputs).compile().unwrap()
}

fn run(row: &Row, spelling: Spelling, dtype: DType) -> Result<(), String> {
    let function = compiled(row, spelling, dtype);
    let (relative, tiny) = if dtype == DType::F32 { (4e-7, 1e-37) } else { (1e-14, 1e-300) };
    for witness in row.witnesses.iter().filter(|w| w.dtypes.contains(&dtype)) {
        let inputs: Vec<Tensor> = witness.inputs.iter().map(|v| row.input(dtype, v)).collect();
        let found: Vec<Tensor> = function.call(inputs.as_slice()).map_err(|e| e.to_string())?;
        let expected = std::iter::once(&witness.value).chain(witness.gradients);
        for (root, (found, expected)) in found.iter().zip(expected).enumerate() {
            for (at, &want) in expected.iter().enumerate() {
                let got = found.get(at).as_f64();
                let room = KERNELS * row.slack * relative * (want.abs() + row.around) + tiny;
                let gap = (got - want).abs();
                if got != want && (gap.is_nan() || gap > room) {
                    return Err(format!("output {root}, element {at} is {got}, expected {want}"));
                }
            }
        }
    }
    Ok(())
}

/// Every row of the simplifier's table, on the default device.
#[test]
fn the_table_holds_on_the_default_device() {
    let mut failures = Vec::new();
    for row in rows() {
        for (at, &spelling) in row.spellings.iter().enumerate() {
            for dtype in [DType::F64, DType::F32] {
                if let Err(e) = run(&row, spelling, dtype) {
                    failures.push(format!("{}, spelling {at}, {dtype}: {e}", row.name));
                }
            }
        }
    }
    assert!(failures.is_empty(), "{} fail:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn log_of_a_written_softmax() {
    let x = vector::<f64>("x", "n");
    let y = (x.exp() / x.exp().sum()).log();
    // d y₀/dx = [1 - p₀, -p₁]; d y₁/dx = [-p₀, 1 - p₁]; here p = [1, 0].
    let pick = |at: i64| y.slice([hypatia::structure::part(at, at + 1)]).sum();
    let [first] = grad(pick(0), [&x]).unwrap();
    let [second] = grad(pick(1), [&x]).unwrap();
    for device in [Device::default(), Device::Interpreter] {
        let f = function([&x], (&y, &first, &second)).device(device).compile().unwrap();
        let (value, first, second): (Array1<f64>, Array1<f64>, Array1<f64>) =
            f.call((&[1000.0, 0.0],)).unwrap();
        assert_eq!(value, array![0.0, -1000.0]);
        assert_eq!(first, array![0.0, 0.0]);
        assert_eq!(second, array![-1.0, 1.0]);
    }
}

#[test]
fn cross_entropy_written_by_hand() {
    let x = matrix::<f32>("x", ("n", 2));
    let y = vector::<i64>("y", "n");
    let p = x.exp() / x.exp().sum_keep(-1);
    let loss = -p.take_along(&y).log().mean();
    let [g] = grad(&loss, [&x]).unwrap();
    let f = function([&x, &y], (&loss, &g)).compile().unwrap();
    let (loss, g): (f32, Array2<f32>) = f.call((&array![[1000f32, 0.0]], &[1i64])).unwrap();
    assert_eq!(loss, 1000.0);
    assert_eq!(g, array![[1f32, -1.0]]);
}

#[test]
fn branches_not_taken_do_not_leak() {
    let x = scalar::<f64>("x");
    let y = x.lt(1).select(&x, (&x - 1).sqrt());
    let norm = (vector::<f64>("v", 3), 0);
    let length = norm.0.sqr().sum().sqrt();
    let [gx] = grad(&y, [&x]).unwrap();
    let [gv] = grad(&length, [&norm.0]).unwrap();
    let f = function((&x, &norm.0), (&gx, &gv)).compile().unwrap();
    let (gx, gv): (f64, Array1<f64>) = f.call((0.0, &[0.0, 0.0, 0.0])).unwrap();
    assert_eq!(gx, 1.0);
    assert_eq!(gv, array![0.0, 0.0, 0.0]);
    // 0² by its exponent.
    let (a, b) = (scalar::<f64>("a"), scalar::<f64>("b"));
    let [gb] = grad(a.pow(&b), [&b]).unwrap();
    let f = function([&a, &b], &gb).compile().unwrap();
    assert_eq!(f.call::<f64>((0.0, 2.0)).unwrap(), 0.0);
}
