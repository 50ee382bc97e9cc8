//! Families A and B: elementwise maths of one array, and its gradient.
//!
//! Invariants: see `mod.rs`.
//!
//! Not here: reductions (`rows.rs`).

use super::Workload;
use crate::case::Definition;
use crate::data::uniform;
use crate::error::Error;
use hypatia::outputs::Reused;
use hypatia::prelude::*;

const SIZES: [(&str, usize); 3] = [("1e3", 1_000), ("1e5", 100_000), ("1e7", 10_000_000)];

type Formula = fn(&Expr) -> Expr;

/// The formulas of family B, by name.
const FORMULAS: [(&str, Formula); 2] = [("fused", fused), ("chain", chain)];

fn fused(x: &Expr) -> Expr {
    (1.3 * x + 0.2).tanh() * (-0.7 * x).sigmoid() + x * x
}

fn chain(x: &Expr) -> Expr {
    (((x * 0.9 + 0.3) * x - 0.5) * x + 0.7) * x - 0.2
}

pub fn workloads() -> Vec<Workload> {
    let mut all = vec![Workload::new("A.tiny", tiny)];
    for (size, n) in SIZES {
        for (name, formula) in FORMULAS {
            all.push(Workload::new(format!("B.{name}.{size}"), move || value(formula, n)));
            all.push(Workload::new(format!("B.{name}grad.{size}"), move || slope(formula, n)));
        }
    }
    all
}

fn tiny() -> Result<Definition, Error> {
    let x = vector::<f32>("x", 10);
    let function = function([&x], 2.5 * &x - 1.0);
    Ok(Definition::results::<Reused<Array1<f32>>>(
        function,
        vec![uniform(1, &[10], -1.0, 1.0).into()],
    ))
}

fn value(formula: Formula, n: usize) -> Result<Definition, Error> {
    let x = vector::<f32>("x", n);
    Ok(of(function([&x], formula(&x)), n))
}

fn slope(formula: Formula, n: usize) -> Result<Definition, Error> {
    let x = vector::<f32>("x", n);
    let [slope] = grad(formula(&x).sum(), [&x])?;
    Ok(of(function([&x], slope), n))
}

fn of(function: hypatia::Builder, n: usize) -> Definition {
    Definition::results::<Reused<Array1<f32>>>(function, vec![uniform(2, &[n], -2.0, 2.0).into()])
}
