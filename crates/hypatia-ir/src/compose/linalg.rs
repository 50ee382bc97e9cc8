//! Linear algebra of matrices in the last two axes; leading axes are batches.
//!
//! Invariants: floats only; operands keep their type; what has no result is an error of the call
//! that names the matrix, never a wrong number.
//!
//! Not here: products (`product.rs`), how systems are solved (`routine.rs`), sizes of matrices and
//! functions of them (`compose/matrix.rs`).

use crate::dim::{Dim, NeverEqual};
use crate::error::Cause;
use crate::expr::Expr;
use crate::op::Op;
use crate::product::align;
use crate::routine::{Routine, Triangle};
use crate::shape::Type;
use crate::span::Span;

/// Rows and columns of a matrix or a batch of them.
pub(super) fn matrix(ty: &Type) -> Result<(&Dim, &Dim), Cause> {
    match &ty.shape[..] {
        [.., rows, columns] => Ok((rows, columns)),
        _ => Err(Cause::Rank { expected: "a matrix, or a batch of them", found: ty.rank() }),
    }
}

/// That matrices are square, or may be.
pub(super) fn square(ty: &Type) -> Result<(), Cause> {
    let (rows, columns) = matrix(ty)?;
    match rows.solve(columns) {
        Ok(_) => Ok(()),
        Err(NeverEqual) => Err(Cause::NotSquare { rows: rows.clone(), columns: columns.clone() }),
    }
}

/// A routine of matrices.
#[track_caller]
pub(super) fn apply(op: Routine, operands: &[&Expr]) -> Expr {
    Expr::apply(Op::Routine(op), operands.iter().map(|&x| x.clone()).collect())
}

impl Expr {
    /// The lower triangular `L` with `L·Lᵀ = x`, of symmetric matrices: `(x + xᵀ)/2` is what is
    /// read. A matrix that is not positive definite is an error of the call.
    #[track_caller]
    pub fn cholesky(&self) -> Expr {
        apply(Routine::Cholesky { or_nan: false }, &[self])
    }

    /// As [`Expr::cholesky`]; NaN for matrices that are not positive definite.
    #[track_caller]
    pub fn cholesky_or_nan(&self) -> Expr {
        apply(Routine::Cholesky { or_nan: true }, &[self])
    }

    /// The `x` with `self·x = b`, where only a triangle of `self` is read. `b` is a vector, or
    /// matrices whose columns are solved for; leading axes broadcast. A 0 on the diagonal is an
    /// error of the call.
    #[track_caller]
    pub fn solve_triangular(&self, b: impl Into<Expr>, triangle: Triangle) -> Expr {
        self.system(Routine::SolveTriangular(triangle), b.into())
    }

    /// The `x` with `self·x = b`. `b` is a vector, or matrices whose columns are solved for;
    /// leading axes broadcast. A singular matrix is an error of the call.
    ///
    /// ```
    /// # use hypatia_ir::expr::{matrix, tensor, vector};
    /// let (a, b) = (matrix::<f64>("a", ("n", "n")), vector::<f64>("b", "n"));
    /// assert_eq!(a.solve(&b).ty().unwrap().to_string(), "f64[n]");
    /// let many = tensor::<f64>("c", ("k", "n", 2));
    /// assert_eq!(a.solve(&many).ty().unwrap().to_string(), "f64[k, n, 2]");
    /// ```
    #[track_caller]
    pub fn solve(&self, b: impl Into<Expr>) -> Expr {
        self.system(Routine::Solve, b.into())
    }

    #[track_caller]
    fn system(&self, op: Routine, b: Expr) -> Expr {
        let at = Span::caller();
        at.on_behalf_of(|| {
            let (Some(left), Some(right)) = (self.type_or_none(), b.type_or_none()) else {
                return apply(op, &[self, &b]);
            };
            if right.rank() == 1 && left.rank() >= 2 {
                return self.system(op, b.expand(-1)).squeeze(-1);
            }
            if left.rank() < 2 || right.rank() < 2 {
                return apply(op, &[self, &b]);
            }
            match align(self.clone(), b.clone()) {
                Ok((a, b)) => apply(op, &[&a, &b]),
                Err(cause) => Expr::invalid(op.name(), cause, vec![self.clone(), b.clone()]),
            }
        })
    }

    /// The `x` with `L·Lᵀ·x = b`, where `self` is the factor `L` that [`Expr::cholesky`] gives.
    #[track_caller]
    pub fn cho_solve(&self, b: impl Into<Expr>) -> Expr {
        let (at, b) = (Span::caller(), b.into());
        at.on_behalf_of(|| {
            let half = self.solve_triangular(b, Triangle::LOWER);
            self.solve_triangular(half, Triangle::LOWER.transposed())
        })
    }

    /// The inverse. Where it is only multiplied with, [`Expr::solve`] is faster and closer. A
    /// singular matrix is an error of the call.
    #[track_caller]
    pub fn inv(&self) -> Expr {
        let at = Span::caller();
        self.build("inv", |ty| {
            square(ty)?;
            Ok(at.on_behalf_of(|| self.solve(self.identity())))
        })
    }

    /// The identity matrix of this type.
    #[track_caller]
    pub(super) fn identity(&self) -> Expr {
        let zero = self.like(0);
        match self.type_or_none() {
            Some(ty) => zero.broadcast_to(&ty.shape).fill_diagonal(1),
            None => zero,
        }
    }

    /// The determinant; 1 of an empty matrix. Its gradient is not defined here where it is 0: an
    /// error of the call.
    #[track_caller]
    pub fn det(&self) -> Expr {
        apply(Routine::Det, &[self])
    }

    /// The sign of the determinant (-1, 0 or 1), and the logarithm of its absolute value (-∞ of a
    /// singular matrix), which does not overflow.
    #[track_caller]
    pub fn slogdet(&self) -> (Expr, Expr) {
        (apply(Routine::DetSign, &[self]), apply(Routine::LogAbsDet, &[self]))
    }

    /// The sum of the diagonal, of any number type.
    #[track_caller]
    pub fn trace(&self) -> Expr {
        let at = Span::caller();
        at.on_behalf_of(|| self.diagonal(0, -2, -1).sum_axes(-1))
    }
}
