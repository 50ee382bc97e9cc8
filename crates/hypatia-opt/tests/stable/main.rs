//! Spellings that users write, through simplification, differentiation and simplification again:
//! values and gradients stay right where plain evaluation would not.
//!
//! Invariants: every row runs in `f32` and `f64`, as written and stabilised first.
//!
//! Not here: the rows (`table/`), back ends (`tests/it/stable.rs` of the workspace).

#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod table;

use hypatia_ir::capture::to_exprs;
use hypatia_ir::dtype::DType;
use hypatia_ir::eval::evaluate;
use hypatia_ir::graph::Graph;
use hypatia_ir::tensor::Tensor;
use hypatia_opt::{Options, optimize, stabilize};
use table::{Row, Spelling, Witness, rows};

fn simple(graph: &Graph) -> Graph {
    optimize(graph, &Options::default()).unwrap().graph
}

/// Whether a root has these values, up to a few roundings.
fn check(row: &Row, dtype: DType, found: &Tensor, expected: &[f64]) -> Result<(), String> {
    // Results that underflow in f32 are 0 there.
    let (relative, tiny) = if dtype == DType::F32 { (4e-7, 1e-37) } else { (1e-14, 1e-300) };
    if found.len() != expected.len() {
        return Err(format!("{} elements instead of {}", found.len(), expected.len()));
    }
    for (at, &want) in expected.iter().enumerate() {
        let got = found.get(at).as_f64();
        let room = row.slack * relative * (want.abs() + row.around) + tiny;
        let gap = (got - want).abs();
        if got != want && (gap.is_nan() || gap > room) {
            return Err(format!("element {at} is {got}, expected {want}"));
        }
    }
    Ok(())
}

/// Runs a spelling with all witnesses of a dtype; what is wrong.
fn run(row: &Row, spelling: Spelling, dtype: DType) -> Result<(), String> {
    let witnesses: Vec<&Witness> =
        row.witnesses.iter().filter(|w| w.dtypes.contains(&dtype)).collect();
    let operands = row.operands(dtype);
    let captured = Graph::capture(&operands, &[("y".into(), spelling.of(&operands))])
        .map_err(|e| format!("{e}"))?;
    let (plain, stable) =
        (simple(&captured.graph), stabilize(&captured.graph, &Options::default()).unwrap().graph);
    let exprs = to_exprs(&stable, &captured.leaves);
    let y = exprs[stable.roots[0].node.index()].sum_axes(..);
    let gradients = hypatia_grad::gradient(&y, &operands[..row.differentiated()])
        .map_err(|e| format!("{e}"))?;
    let outputs: Vec<_> =
        gradients.iter().enumerate().map(|(at, g)| (format!("g{at}").into(), g.clone())).collect();
    let gradients = simple(&Graph::capture(&operands, &outputs).unwrap().graph);
    for witness in witnesses {
        let values: Vec<Tensor> = witness.inputs.iter().map(|v| row.input(dtype, v)).collect();
        let test = |what: &str, graph: &Graph, expected: &[&[f64]]| {
            graph.verify().map_err(|e| format!("{what}: {e}\n{graph}"))?;
            let found = evaluate(graph, &values).map_err(|e| format!("{what}: {e}\n{graph}"))?;
            found.iter().zip(expected).try_for_each(|(found, expected)| {
                check(row, dtype, found, expected)
                    .map_err(|e| format!("{what} at {:?}: {e}\n{graph}", witness.inputs))
            })
        };
        test("value", &plain, &[witness.value])?;
        test("stable value", &stable, &[witness.value])?;
        test("gradient", &gradients, witness.gradients)?;
    }
    Ok(())
}

#[test]
fn spellings_are_stable() {
    let mut failures = Vec::new();
    for row in &rows() {
        for (at, &spelling) in row.spellings.iter().enumerate() {
            for dtype in [DType::F64, DType::F32] {
                if let Err(e) = run(row, spelling, dtype) {
                    failures.push(format!("{}, spelling {at}, {dtype}: {e}", row.name));
                }
            }
        }
    }
    assert!(failures.is_empty(), "{} fail:\n{}", failures.len(), failures.join("\n"));
}

/// The table has every row that users are promised.
#[test]
fn the_table_is_whole() {
    let rows = rows();
    for number in 1..=31 {
        let name = format!("S{number}");
        let of = || rows.iter().filter(|r| r.name == name);
        let spellings: usize = of().map(|r| r.spellings.len()).sum();
        assert!(spellings >= 3, "{name} has {spellings} spellings");
        for dtype in [DType::F32, DType::F64] {
            let mut witnesses = of().flat_map(|r| &r.witnesses);
            let complete = |w: &Witness| w.dtypes.contains(&dtype) && !w.gradients.is_empty();
            assert!(witnesses.any(complete), "{name} has no gradient in {dtype}");
        }
    }
}
