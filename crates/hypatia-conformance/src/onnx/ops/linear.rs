//! Products of matrices.
//!
//! Invariants: none beyond the table's.
//!
//! Not here: convolution.

use super::super::Stop;
use super::super::node::Node;
use super::Build::{Single, Two};
use super::Row;
use hypatia::compose::einsum;
use hypatia::expr::Expr;

/// The operators.
pub const ROWS: &[Row] = &[
    ("Einsum", Single(|n| Ok(einsum(&n.text("equation", ""), &n.all()?)))),
    ("Gemm", Single(gemm)),
    ("MatMul", Two(|a, b| a.matmul(b))),
];

fn gemm(n: &Node) -> Result<Expr, Stop> {
    let turned = |at: usize, name: &str| {
        let x = n.x(at)?;
        Ok::<Expr, Stop>(if n.int(name, 0) != 0 { x.t() } else { x.clone() })
    };
    let mut product = turned(0, "transA")?.matmul(turned(1, "transB")?);
    let (alpha, beta) = (n.float("alpha", 1.0), n.float("beta", 1.0));
    if alpha != 1.0 {
        product = product * alpha;
    }
    Ok(match n.opt(2) {
        Some(c) if beta == 1.0 => product + c,
        Some(c) => product + c * beta,
        None => product,
    })
}
