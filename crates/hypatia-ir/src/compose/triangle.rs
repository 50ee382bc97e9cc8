//! Diagonals and triangles of matrices.
//!
//! Invariants: `k` counts diagonals from the main one, upwards if positive; leading axes are
//! batches; lengths may be names.
//!
//! Not here: solving with triangles.

use super::arrange::along;
use super::create::{below_diagonal, on_diagonal};
use crate::dim::Dim;
use crate::error::Cause;
use crate::expr::Expr;
use crate::operators::Operand;
use crate::shape::Type;
use crate::span::Span;
use crate::structure::{axis_of, concat, part};

/// Rows and columns of a matrix or a batch of them.
fn matrix(ty: &Type) -> Result<(&Dim, &Dim), Cause> {
    match &ty.shape[..] {
        [.., rows, columns] => Ok((rows, columns)),
        _ => Err(Cause::Rank { expected: "a matrix", found: ty.rank() }),
    }
}

impl Expr {
    /// Of a vector: the square matrix with it on the `k`-th diagonal. Of a matrix: its `k`-th
    /// diagonal.
    #[track_caller]
    pub fn diag(&self, k: i64) -> Expr {
        Span::caller().on_behalf_of(|| {
            self.build("diag", |ty| match &ty.shape[..] {
                [length] => Ok(self.diagonal_matrix(length, k)),
                [_, _] => Ok(self.diagonal(k, 0, 1)),
                _ => Err(Cause::Rank { expected: "a vector or a matrix", found: ty.rank() }),
            })
        })
    }

    fn diagonal_matrix(&self, length: &Dim, k: i64) -> Expr {
        let wider = usize::try_from(k.unsigned_abs()).unwrap_or(usize::MAX);
        let size = length + &Dim::from(wider);
        let padded = self.pad(&[(0, wider)], self.like(0));
        // Row i has element i above the main diagonal, column j has element j below it.
        let element = if k >= 0 { padded.expand(-1) } else { padded };
        on_diagonal(&size, &size, k).select(element, self.like(0))
    }

    /// The `k`-th diagonal of the matrices in axes `a` (rows) and `b` (columns), as a new last
    /// axis in place of both.
    #[track_caller]
    pub fn diagonal(&self, k: i64, a: i64, b: i64) -> Expr {
        Span::caller().on_behalf_of(|| {
            self.build("diagonal", |ty| {
                let (row, column) = (axis_of(a, ty.rank())?, axis_of(b, ty.rank())?);
                if row == column {
                    return Err(Cause::DuplicateAxis { axis: b });
                }
                let others = (0..ty.rank()).filter(|&i| i != row && i != column);
                let perm: Vec<i64> = others.chain([row, column]).map(|i| i as i64).collect();
                let (low, high) = (Dim::Known((-k).max(0)), Dim::Known(k.max(0)));
                let length = shorter(&(&ty.shape[row] - &low), &(&ty.shape[column] - &high))?;
                Ok(self.permute(&perm).on_main_diagonal(&low, &high, &length))
            })
        })
    }

    /// `x[…, low + i, high + i]` for `i` below `length`: the elements in row-major order, with one
    /// row of one element more, stand below each other.
    fn on_main_diagonal(&self, low: &Dim, high: &Dim, length: &Dim) -> Expr {
        self.build("diagonal", |ty| {
            let lead = ty.rank() - 2;
            let (low, high) = match length.is(0) {
                true => (part(0, 0), part(0, 0)),
                false => (part(low, low + length), part(high, high + length)),
            };
            let mut parts = along(lead, low);
            parts.push(high);
            let dims = |last: &[Dim]| [&ty.shape[..lead], last].concat();
            let flat = self.slice(parts).reshape(dims(&[length * length]));
            let mut rest = ty.shape[..lead].to_vec();
            rest.push(length.clone());
            let rest = self.like(0).broadcast_to(rest);
            let joined = concat(&[flat, rest], -1);
            let rows = joined.reshape(dims(&[length.clone(), length + 1]));
            Ok(rows.slice(along(lead + 1, 0)))
        })
    }

    /// A copy with `value` on the main diagonal of the last two axes; a value of rank 1 or more
    /// broadcasts against the whole.
    #[track_caller]
    pub fn fill_diagonal(&self, value: impl Into<Operand>) -> Expr {
        let value = value.into();
        self.where_matrix("fill_diagonal", |rows, columns| {
            on_diagonal(rows, columns, 0).select(value, self)
        })
    }

    /// The elements on and below the `k`-th diagonal of the last two axes, 0 above.
    #[track_caller]
    pub fn tril(&self, k: i64) -> Expr {
        self.where_matrix("tril", |rows, columns| {
            below_diagonal(rows, columns, k).select(self, self.like(0))
        })
    }

    /// The elements on and above the `k`-th diagonal of the last two axes, 0 below.
    #[track_caller]
    pub fn triu(&self, k: i64) -> Expr {
        self.where_matrix("triu", |rows, columns| {
            below_diagonal(rows, columns, k - 1).select(self.like(0), self)
        })
    }

    #[track_caller]
    fn where_matrix(&self, op: &'static str, build: impl FnOnce(&Dim, &Dim) -> Expr) -> Expr {
        Span::caller().on_behalf_of(|| {
            self.build(op, |ty| {
                let (rows, columns) = matrix(ty)?;
                Ok(build(rows, columns))
            })
        })
    }
}

/// The smaller of two lengths, not below 0, if it is known which.
pub(super) fn shorter(rows: &Dim, columns: &Dim) -> Result<Dim, Cause> {
    let longer_by = (rows - columns).known();
    match (longer_by, rows.known(), columns.known()) {
        (_, Some(n), Some(m)) => Ok(Dim::Known(n.min(m).max(0))),
        (Some(d), ..) => Ok(if d > 0 { columns.clone() } else { rows.clone() }),
        (None, ..) => Err(Cause::Diagonal { rows: rows.clone(), columns: columns.clone() }),
    }
}
