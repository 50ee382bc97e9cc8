//! Family C: sums, and what is done with rows.
//!
//! Invariants: see `mod.rs`.
//!
//! Not here: the same things inside networks.

use super::Workload;
use crate::case::Definition;
use crate::data::uniform;
use crate::error::Error;
use hypatia::outputs::FromOutputs;
use hypatia::outputs::Reused;
use hypatia::prelude::*;

const SQUARE: [usize; 2] = [4096, 4096];
const ROWS: [usize; 2] = [4096, 1000];

pub fn workloads() -> Vec<Workload> {
    vec![
        Workload::new("C.sum_all", || of::<f32>(SQUARE, Expr::sum)),
        Workload::new("C.sum_rows", || of::<Reused<Array1<f32>>>(SQUARE, |x| x.sum_axes(1))),
        Workload::new("C.sum_cols", || of::<Reused<Array1<f32>>>(SQUARE, |x| x.sum_axes(0))),
        Workload::new("C.softmax", || of::<Reused<Array2<f32>>>(ROWS, |x| x.softmax(1))),
        Workload::new("C.logsumexp", || of::<Reused<Array1<f32>>>(ROWS, |x| x.logsumexp(1))),
        Workload::new("C.layernorm", layer_norm),
    ]
}

fn of<O: FromOutputs>(shape: [usize; 2], f: fn(&Expr) -> Expr) -> Result<Definition, Error> {
    let x = matrix::<f32>("x", shape);
    let function = function([&x], f(&x));
    Ok(Definition::results::<O>(function, vec![uniform(3, &shape, -1.0, 1.0).into()]))
}

/// The layer, and what a gradient of its result becomes.
fn layer_norm() -> Result<Definition, Error> {
    let (rows, columns) = (4096, 1024);
    let (x, g) = (matrix::<f32>("x", (rows, columns)), matrix::<f32>("g", (rows, columns)));
    let (gamma, beta) = (vector::<f32>("gamma", columns), vector::<f32>("beta", columns));
    let y = x.layer_norm(-1, &gamma, &beta, 1e-5);
    let inputs = [x.clone(), gamma.clone(), beta.clone()];
    let mut results = vec![y.clone()];
    results.extend(hypatia::vjp(&[y], &inputs, std::slice::from_ref(&g))?);
    let data = vec![
        uniform(4, &[rows, columns], -1.0, 1.0).into(),
        uniform(5, &[columns], 0.5, 1.5).into(),
        uniform(6, &[columns], -0.5, 0.5).into(),
        uniform(7, &[rows, columns], -1.0, 1.0).into(),
    ];
    type Results =
        (Reused<Array2<f32>>, Reused<Array2<f32>>, Reused<Array1<f32>>, Reused<Array1<f32>>);
    Ok(Definition::results::<Results>(function([&x, &gamma, &beta, &g], results), data))
}
