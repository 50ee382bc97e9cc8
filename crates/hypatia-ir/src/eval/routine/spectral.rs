//! Eigenvalues of symmetric matrices, and orthogonal factors.
//!
//! Invariants: signs are fixed: of an eigenvector, the component of the largest magnitude (the
//! first on ties) is positive; of `R`, the diagonal is not negative.
//!
//! Not here: systems of equations (`linear.rs`).

use super::matrix::Matrix;
use crate::routine::Fault;

/// More sweeps than Jacobi's method takes for any matrix that fits in memory.
const SWEEPS: usize = 64;

/// Eigenvectors as columns, then the eigenvalues, ascending, as the last column; of the symmetric
/// part. NaN where an element is not finite.
pub(super) fn eigh(x: &Matrix) -> Result<Vec<f64>, Fault> {
    let n = x.rows;
    let mut a = x.symmetric();
    if !a.is_finite() {
        return Ok(vec![f64::NAN; n * (n + 1)]);
    }
    let mut v = Matrix::from_fn(n, n, |i, j| f64::from(u8::from(i == j)));
    let mut sweeps = 0;
    let norm = a.elements.iter().fold(0.0, |norm: f64, v| norm.hypot(*v));
    while !sweep(&mut a, &mut v, f64::EPSILON / 16.0 * norm) {
        sweeps += 1;
        if sweeps > SWEEPS {
            return Err(Fault::NotConverged);
        }
    }
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&i, &j| a[(i, i)].total_cmp(&a[(j, j)]));
    let sign = |column: usize| {
        let larger = |best: f64, i: usize| {
            if v[(i, column)].abs() > best.abs() { v[(i, column)] } else { best }
        };
        (0..n).fold(0.0, larger).signum()
    };
    let signs: Vec<f64> = order.iter().map(|&k| sign(k)).collect();
    let packed = |i: usize, j: usize| match j == n {
        true => a[(order[i], order[i])],
        false => signs[j] * v[(i, order[j])],
    };
    Ok(Matrix::from_fn(n, n + 1, packed).elements)
}

/// Turns every pair of axes once so that the element between them is 0; whether all of these were
/// at most `small` before.
fn sweep(a: &mut Matrix, v: &mut Matrix, small: f64) -> bool {
    let mut done = true;
    for p in 0..a.rows {
        for q in p + 1..a.rows {
            let between = a[(p, q)];
            if between.abs() <= small {
                continue;
            }
            done = false;
            // The smaller angle (Golub and Van Loan, "Matrix computations", 8.5).
            let theta = (a[(q, q)] - a[(p, p)]) / (2.0 * between);
            let t = theta.signum() / (theta.abs() + theta.hypot(1.0));
            let c = 1.0 / t.hypot(1.0);
            turn(a, v, [p, q], [c, t * c]);
        }
    }
    done
}

/// `Jᵀ·a·J` and `v·J` for the rotation of two axes with this cosine and sine.
fn turn(a: &mut Matrix, v: &mut Matrix, [p, q]: [usize; 2], [c, s]: [f64; 2]) {
    for k in 0..a.rows {
        let (x, y) = (a[(k, p)], a[(k, q)]);
        (a[(k, p)], a[(k, q)]) = (c * x - s * y, s * x + c * y);
        let (x, y) = (v[(k, p)], v[(k, q)]);
        (v[(k, p)], v[(k, q)]) = (c * x - s * y, s * x + c * y);
    }
    for k in 0..a.rows {
        let (x, y) = (a[(p, k)], a[(q, k)]);
        (a[(p, k)], a[(q, k)]) = (c * x - s * y, s * x + c * y);
    }
    (a[(p, q)], a[(q, p)]) = (0.0, 0.0);
}

/// `Q` over `R` of a matrix with at least as many rows as columns, by Householder's reflections.
pub(super) fn qr(x: &Matrix) -> Vec<f64> {
    let (m, n) = (x.rows, x.columns);
    let mut r = x.clone();
    let mut mirrors: Vec<Vec<f64>> = Vec::with_capacity(n);
    for k in 0..n {
        let mut mirror: Vec<f64> = (0..m).map(|i| if i < k { 0.0 } else { r[(i, k)] }).collect();
        let norm = mirror.iter().fold(0.0, |norm: f64, v| norm.hypot(*v));
        mirror[k] += if mirror[k] < 0.0 { -norm } else { norm };
        reflect(&mut r, &mirror);
        mirrors.push(mirror);
    }
    let mut q = Matrix::from_fn(m, n, |i, j| f64::from(u8::from(i == j)));
    mirrors.iter().rev().for_each(|mirror| reflect(&mut q, mirror));
    let sign = |k: usize| if r[(k, k)] < 0.0 { -1.0 } else { 1.0 };
    let packed = |i: usize, j: usize| match i.checked_sub(m) {
        None => q[(i, j)] * sign(j),
        Some(i) if i <= j => r[(i, j)] * sign(i),
        Some(_) => 0.0,
    };
    Matrix::from_fn(m + n, n, packed).elements
}

/// `(1 - 2·v·vᵀ/|v|²)·x`; `x` if `v` is 0.
fn reflect(x: &mut Matrix, v: &[f64]) {
    let norm = v.iter().fold(0.0, |norm: f64, v| norm.hypot(*v));
    if norm == 0.0 {
        return;
    }
    for j in 0..x.columns {
        let along: f64 = v.iter().enumerate().map(|(i, v)| v / norm * x[(i, j)]).sum();
        for (i, v) in v.iter().enumerate() {
            x[(i, j)] -= 2.0 * along * (v / norm);
        }
    }
}
