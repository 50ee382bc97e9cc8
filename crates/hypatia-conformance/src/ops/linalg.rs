//! Products, and matrices taken apart.
//!
//! Invariants: matrices are the last two axes.
//!
//! Not here: sums of matrices' elements (`reduce.rs`).

use super::Build::{Call as Args, Many, One, Three, Two};
use super::{Call, Defect, Row, length};
use hypatia::compose::{MatrixNorm, einsum};
use hypatia::expr::Expr;
use hypatia_ir::routine::Triangle;
use std::f64::consts::TAU;

/// The ops.
pub const ROWS: &[Row] = &[
    ("matmul", Two(|a, b| a.matmul(b))),
    ("dot", Two(|a, b| a.dot(b))),
    ("outer", Two(|a, b| a.outer(b))),
    ("tensordot", Args(tensordot)),
    ("einsum", Args(|c| Ok(einsum(c.params.word("subscripts")?, c.inputs)))),
    ("kron", Two(|a, b| a.kron(b))),
    ("cross", Two(|a, b| a.cross(b))),
    ("matrix_norm", Args(matrix_norm)),
    ("matrix_power", Args(|c| Ok(c.x(0)?.matrix_power(c.params.int("n")?)))),
    ("cholesky", One(Expr::cholesky)),
    ("solve", Two(|a, b| a.solve(b))),
    ("inv", One(Expr::inv)),
    ("det", One(Expr::det)),
    ("slogdet", Many(slogdet)),
    ("triangular_solve", Args(triangular_solve)),
    ("expm", One(Expr::expm)),
    ("gaussian_logpdf", Three(gaussian_logpdf)),
];

fn matrix_norm(c: &Call) -> Result<Expr, Defect> {
    let norm = match (c.params.word("ord"), c.params.number("ord")) {
        (Ok("fro"), _) => MatrixNorm::Frobenius,
        (_, Ok(1.0)) => MatrixNorm::One,
        (_, Ok(f64::INFINITY)) => MatrixNorm::Infinity,
        _ => return Err(c.params.misfit("ord", "fro, 1 or inf").into()),
    };
    Ok(c.x(0)?.matrix_norm(norm))
}

fn slogdet(c: &Call) -> Result<Vec<Expr>, Defect> {
    let (sign, log) = c.x(0)?.slogdet();
    Ok(vec![sign, log])
}

fn triangular_solve(c: &Call) -> Result<Expr, Defect> {
    let triangle = Triangle {
        lower: c.params.flag_or("lower", true)?,
        transpose: c.params.flag_or("transpose_a", false)?,
        unit: c.params.flag_or("unit_diagonal", false)?,
    };
    Ok(c.x(0)?.solve_triangular(c.x(1)?, triangle))
}

fn gaussian_logpdf(x: &Expr, mu: &Expr, cov: &Expr) -> Expr {
    let apart = x - mu;
    let solved = cov.solve(apart.expand(-1)).squeeze(-1);
    let (_, log) = cov.slogdet();
    -0.5 * (apart * solved).sum_axes(-1) - 0.5 * log - 0.5 * length(x, 0) as f64 * TAU.ln()
}

/// `axes` is a number, or a list of axes for each tensor.
fn tensordot(c: &Call) -> Result<Expr, Defect> {
    let (a, b) = (c.x(0)?, c.x(1)?);
    if let Ok(count) = c.params.int("axes") {
        return Ok(a.tensordot(b, count));
    }
    let lists = c.params.lists("axes")?;
    let [left, right] = lists.as_slice() else {
        return Err(c.params.misfit("axes", "a number or two lists").into());
    };
    Ok(a.tensordot(b, (left.as_slice(), right.as_slice())))
}
