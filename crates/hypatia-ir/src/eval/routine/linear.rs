//! Factors, determinants and solutions of systems of equations.
//!
//! Invariants: partial pivoting by the largest element, the first one on ties; NaN goes on.
//!
//! Not here: eigenvalues and orthogonal factors (`spectral.rs`).

use super::matrix::Matrix;
use crate::routine::{Fault, Triangle};

/// The lower factor of the symmetric part, by rows.
pub(super) fn cholesky(x: &Matrix) -> Result<Matrix, Fault> {
    let (x, n) = (x.symmetric(), x.rows);
    let mut l = Matrix::from_fn(n, n, |_, _| 0.0);
    for i in 0..n {
        for j in 0..=i {
            let sum: f64 = (0..j).map(|k| l[(i, k)] * l[(j, k)]).sum();
            let rest = x[(i, j)] - sum;
            if i != j {
                l[(i, j)] = rest / l[(j, j)];
            } else if rest > 0.0 {
                l[(i, i)] = rest.sqrt();
            } else {
                return Err(Fault::NotPositiveDefinite);
            }
        }
    }
    Ok(l)
}

/// The solution of a system with a triangle, from the end that has one unknown.
pub(super) fn solve_triangular(
    a: &Matrix,
    b: &Matrix,
    triangle: Triangle,
) -> Result<Matrix, Fault> {
    let at = |i: usize, j: usize| if triangle.transpose { a[(j, i)] } else { a[(i, j)] };
    let n = a.rows;
    if !triangle.unit && (0..n).any(|i| a[(i, i)] == 0.0) {
        return Err(Fault::Singular);
    }
    let mut x = b.clone();
    for step in 0..n {
        let lower = triangle.lower != triangle.transpose;
        let (i, known) = if lower { (step, 0..step) } else { (n - 1 - step, n - step..n) };
        for column in 0..b.columns {
            let sum: f64 = known.clone().map(|j| at(i, j) * x[(j, column)]).sum();
            let rest = x[(i, column)] - sum;
            x[(i, column)] = if triangle.unit { rest } else { rest / at(i, i) };
        }
    }
    Ok(x)
}

/// Elimination with row exchanges, of a matrix with whatever stands to its right. Both factors in
/// place, and the sign of the exchanges.
fn eliminate(x: &mut Matrix, n: usize) -> f64 {
    let mut sign = 1.0;
    for k in 0..n {
        let larger =
            |best: usize, i: usize| if x[(i, k)].abs() > x[(best, k)].abs() { i } else { best };
        let pivot = (k..n).fold(k, larger);
        if pivot != k {
            x.swap_rows(pivot, k);
            sign = -sign;
        }
        if x[(k, k)] == 0.0 {
            continue;
        }
        for i in k + 1..n {
            let factor = x[(i, k)] / x[(k, k)];
            x[(i, k)] = factor;
            for j in k + 1..x.columns {
                x[(i, j)] -= factor * x[(k, j)];
            }
        }
    }
    sign
}

/// The solution of a system of equations.
pub(super) fn solve(a: &Matrix, b: &Matrix) -> Result<Matrix, Fault> {
    let n = a.rows;
    let both = |i: usize, j: usize| if j < n { a[(i, j)] } else { b[(i, j - n)] };
    let mut joined = Matrix::from_fn(n, n + b.columns, both);
    eliminate(&mut joined, n);
    let upper = Matrix::from_fn(n, n, |i, j| joined[(i, j)]);
    let right = Matrix::from_fn(n, b.columns, |i, j| joined[(i, n + j)]);
    solve_triangular(&upper, &right, Triangle::UPPER)
}

/// The sign of the exchanges, and the pivots, whose product is the determinant.
fn pivots(x: &Matrix) -> (f64, Vec<f64>) {
    let mut x = x.clone();
    let n = x.rows;
    let sign = eliminate(&mut x, n);
    (sign, (0..n).map(|i| x[(i, i)]).collect())
}

/// The determinant.
pub(super) fn det(x: &Matrix) -> f64 {
    let (sign, pivots) = pivots(x);
    pivots.iter().fold(sign, |product, p| product * p)
}

/// The logarithm of the absolute value of the determinant.
pub(super) fn logabsdet(x: &Matrix) -> f64 {
    let (_, pivots) = pivots(x);
    pivots.iter().map(|p| libm::log(p.abs())).sum()
}

/// The sign of the determinant.
pub(super) fn detsign(x: &Matrix) -> f64 {
    let (sign, pivots) = pivots(x);
    let of = |p: &f64| if *p == 0.0 { 0.0 } else { p.signum() };
    pivots.iter().fold(sign, |sign, p| sign * of(p))
}
