//! Eigenvalues of symmetric matrices, orthogonal factors, singular values and least squares, of
//! matrices in the last two axes; leading axes are batches.
//!
//! Invariants: floats only; which axis is longer must be known, or else there are taken to be at
//! least as many rows as columns, which each call checks.
//!
//! Not here: systems of equations (`compose/linalg.rs`).

use super::linalg::{apply, matrix};
use super::triangle::shorter;
use crate::dim::Dim;
use crate::error::Cause;
use crate::expr::Expr;
use crate::product::align;
use crate::routine::{Routine, Triangle};
use crate::shape::Type;
use crate::span::Span;
use crate::structure::concat;

/// Whether there are known to be fewer rows than columns.
fn is_wide(ty: &Type) -> Result<bool, Cause> {
    let (rows, columns) = matrix(ty)?;
    Ok((rows - columns).known().is_some_and(|more| more < 0))
}

impl Expr {
    /// Two expressions, or an error twice.
    #[track_caller]
    fn build_two(
        &self,
        op: &'static str,
        build: impl FnOnce(&Type) -> Result<(Expr, Expr), Cause>,
    ) -> (Expr, Expr) {
        let mut second = None;
        let first = self.build(op, |ty| {
            let (a, b) = build(ty)?;
            second = Some(b);
            Ok(a)
        });
        let second = second.unwrap_or_else(|| first.clone());
        (first, second)
    }

    /// Eigenvalues, ascending, and eigenvectors, as columns, of symmetric matrices: `(x + xᵀ)/2`
    /// is what is read. Vectors have length 1 and their component of the largest magnitude is
    /// positive. Gradients through vectors hold where eigenvalues differ.
    #[track_caller]
    pub fn eigh(&self) -> (Expr, Expr) {
        let at = Span::caller();
        self.build_two("eigh", |ty| {
            let (axis, n) = (ty.rank().saturating_sub(1), matrix(ty)?.1.clone());
            Ok(at.on_behalf_of(|| {
                let both = apply(Routine::Eigh, &[self]);
                let values = both.cut(axis, n.clone(), Dim::Known(1)).squeeze(-1);
                (values, both.cut(axis, Dim::Known(0), n))
            }))
        })
    }

    /// The eigenvalues of symmetric matrices, ascending, as [`Expr::eigh`].
    #[track_caller]
    pub fn eigvalsh(&self) -> Expr {
        let at = Span::caller();
        at.on_behalf_of(|| self.eigh().0)
    }

    /// `Q` and `R` with `Q·R = x`: orthonormal columns, as many as the shorter axis is long, and an
    /// upper triangle without negative numbers on the diagonal. The gradient holds where the first
    /// columns, as many, are independent; else it is an error of the call.
    #[track_caller]
    pub fn qr(&self) -> (Expr, Expr) {
        let at = Span::caller();
        self.build_two("qr", |ty| {
            let (rows, columns) = matrix(ty)?;
            let lead = ty.rank() - 2;
            let start = || Dim::Known(0);
            let wide = is_wide(ty)?;
            Ok(at.on_behalf_of(|| {
                if wide {
                    let (q, r) = self.cut(lead + 1, start(), rows.clone()).qr();
                    let rest = self.cut(lead + 1, rows.clone(), columns - rows);
                    let r = concat(&[r, q.t().matmul(rest)], -1);
                    return (q, r);
                }
                let both = apply(Routine::Qr, &[self]);
                let q = both.cut(lead, start(), rows.clone());
                (q, both.cut(lead, rows.clone(), columns.clone()))
            }))
        })
    }

    /// The singular values, descending: the eigenvalues of `[[0, x], [xᵀ, 0]]` that are not
    /// negative, which keeps the small ones as exact as the large ones. Which axis is longer must
    /// be known. The gradient holds where they differ from each other and from 0.
    #[track_caller]
    pub fn svdvals(&self) -> Expr {
        let at = Span::caller();
        self.build("svdvals", |ty| {
            let (rows, columns) = matrix(ty)?;
            let (lead, count) = (ty.rank() - 2, shorter(rows, columns)?);
            let square = |n: &Dim| {
                let mut dims = ty.shape[..lead].to_vec();
                dims.extend([n.clone(), n.clone()]);
                self.like(0).broadcast_to(dims)
            };
            Ok(at.on_behalf_of(|| {
                let above = concat(&[square(rows), self.clone()], -1);
                let below = concat(&[self.t(), square(columns)], -1);
                let all = concat(&[above, below], -2).eigvalsh();
                all.cut(lead, &(rows + columns) - &count, count.clone()).flip(-1)
            }))
        })
    }

    /// The Moore-Penrose inverse of matrices of full rank, through [`Expr::qr`]; others are errors
    /// of the call where a number on the diagonal of `R` comes out as 0, and inexact near there.
    #[track_caller]
    pub fn pinv(&self) -> Expr {
        let at = Span::caller();
        self.build("pinv", |ty| {
            let wide = is_wide(ty)?;
            Ok(at.on_behalf_of(|| {
                if wide {
                    return self.t().pinv().t();
                }
                let (q, r) = self.qr();
                r.solve_triangular(q.t(), Triangle::UPPER)
            }))
        })
    }

    /// The `x` that makes `self·x - b` shortest, of full rank, through [`Expr::qr`]; the shortest
    /// `x` if many solve the system, for fewer rows than columns. `b` is a vector, or matrices
    /// whose columns are solved for; leading axes broadcast. Rank deficiency as [`Expr::pinv`].
    #[track_caller]
    pub fn lstsq(&self, b: impl Into<Expr>) -> Expr {
        let (at, b) = (Span::caller(), b.into());
        self.build("lstsq", |ty| {
            let wide = is_wide(ty)?;
            let Some(right) = b.type_or_none() else { return Ok(b.clone()) };
            if right.rank() == 1 {
                return Ok(at.on_behalf_of(|| self.lstsq(b.expand(-1)).squeeze(-1)));
            }
            matrix(right)?;
            let (a, b) = at.on_behalf_of(|| align(self.clone(), b.clone()))?;
            Ok(at.on_behalf_of(|| {
                if wide {
                    let (q, r) = a.t().qr();
                    return q.matmul(r.solve_triangular(&b, Triangle::UPPER.transposed()));
                }
                let (q, r) = a.qr();
                r.solve_triangular(q.t().matmul(&b), Triangle::UPPER)
            }))
        })
    }
}
