//! Routines: algorithms over whole arrays that are no loop nest, as ops with one result each.
//!
//! Invariants: a routine's attributes live in its variant; operands and results are whole tensors,
//! in row-major order; the same operands give the same result on every run.
//!
//! Not here: result types (`infer/routine.rs`), values (`eval/routine/`), what is built from them
//! (`compose/sort.rs`, `compose/cumulative.rs`, `compose/linalg.rs`).

use crate::op::ArgOp;
use crate::span::Span;
use std::fmt;
use thiserror::Error;

/// Which triangle of a matrix counts, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Triangle {
    /// The lower one; else the upper one. The other is not read.
    pub lower: bool,
    /// Whether it is transposed before use.
    pub transpose: bool,
    /// Whether the diagonal counts as ones and is not read.
    pub unit: bool,
}

impl Triangle {
    /// The upper triangle as it is.
    pub const UPPER: Triangle = Triangle { lower: false, transpose: false, unit: false };
    /// The lower triangle as it is.
    pub const LOWER: Triangle = Triangle { lower: true, ..Triangle::UPPER };

    /// The words of the text form, each for what is true.
    pub const WORDS: [&'static str; 3] = ["lower", "transpose", "unit"];

    /// The same triangle, transposed once more.
    #[must_use]
    pub const fn transposed(self) -> Triangle {
        Triangle { transpose: !self.transpose, ..self }
    }

    /// In the order of [`Triangle::WORDS`].
    pub const fn flags(self) -> [bool; 3] {
        [self.lower, self.transpose, self.unit]
    }

    /// The inverse of [`Triangle::flags`].
    pub const fn from_flags([lower, transpose, unit]: [bool; 3]) -> Triangle {
        Triangle { lower, transpose, unit }
    }
}

/// A whole-array algorithm with its attributes.
///
/// Those without an axis are for matrices of floats in the last two axes; leading axes are
/// batches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Routine {
    /// The positions (i64) that sort each line along an axis: stable, NaN last in both orders.
    ArgSort {
        /// The axis.
        axis: usize,
        /// Whether the largest comes first.
        descending: bool,
    },
    /// Running sums along an axis. Float sums are carried in f64 and rounded for each element;
    /// integers wrap.
    CumSum(usize),
    /// `recurrence(a, b)`: `yᵢ = aᵢ·yᵢ₋₁ + bᵢ` along an axis, from `y₀ = b₀`; the first factor is
    /// not used. Floats are carried in f64 and rounded for each element; integers wrap.
    Recurrence(usize),
    /// The position (i64) of the extreme so far along an axis: the first on ties, the first NaN if
    /// there was one.
    CumArg(ArgOp, usize),
    /// The lower triangular `L` with `L·Lᵀ = (x + xᵀ)/2`, 0 above the diagonal. Where there is
    /// none, an error of the call or NaN.
    Cholesky {
        /// NaN in place of an error.
        or_nan: bool,
    },
    /// `solve_triangular(a, b)`: the `x` with `a·x = b`, where `a` is a triangle. An error of the
    /// call if it has a 0 on its diagonal.
    SolveTriangular(Triangle),
    /// `solve(a, b)`: the `x` with `a·x = b`. An error of the call if `a` is singular.
    Solve,
    /// The determinant; 1 of an empty matrix.
    Det,
    /// The logarithm of the absolute value of the determinant; -∞ of a singular matrix.
    LogAbsDet,
    /// The sign of the determinant: -1, 0 or 1.
    DetSign,
    /// The eigenvectors of the symmetric matrix `(x + xᵀ)/2` as columns, and its eigenvalues,
    /// ascending, as one more column. Vectors have length 1 and their component of the largest
    /// magnitude (the first on ties) is positive. NaN where an element is not finite.
    Eigh,
    /// `Q` over `R` with `Q·R = x`, where columns of `Q` are orthonormal and `R` is upper
    /// triangular without negative numbers on the diagonal. At least as many rows as columns.
    Qr,
}

impl Routine {
    /// One of every name, with attributes that stand for any.
    pub const NAMED: &'static [Routine] = &[
        Routine::ArgSort { axis: 0, descending: false },
        Routine::ArgSort { axis: 0, descending: true },
        Routine::CumSum(0),
        Routine::Recurrence(0),
        Routine::CumArg(ArgOp::ArgMax, 0),
        Routine::CumArg(ArgOp::ArgMin, 0),
        Routine::Cholesky { or_nan: false },
        Routine::Cholesky { or_nan: true },
        Routine::SolveTriangular(Triangle::UPPER),
        Routine::Solve,
        Routine::Det,
        Routine::LogAbsDet,
        Routine::DetSign,
        Routine::Eigh,
        Routine::Qr,
    ];

    /// The name in the text form and in messages, without axis and triangle.
    pub const fn name(self) -> &'static str {
        match self {
            Routine::ArgSort { descending: false, .. } => "argsort",
            Routine::ArgSort { descending: true, .. } => "argsort_descending",
            Routine::CumSum(_) => "cumsum",
            Routine::Recurrence(_) => "recurrence",
            Routine::CumArg(ArgOp::ArgMax, _) => "cumargmax",
            Routine::CumArg(ArgOp::ArgMin, _) => "cumargmin",
            Routine::Cholesky { or_nan: false } => "cholesky",
            Routine::Cholesky { or_nan: true } => "cholesky_or_nan",
            Routine::SolveTriangular(_) => "solve_triangular",
            Routine::Solve => "solve",
            Routine::Det => "det",
            Routine::LogAbsDet => "logabsdet",
            Routine::DetSign => "detsign",
            Routine::Eigh => "eigh",
            Routine::Qr => "qr",
        }
    }

    /// The number of operands.
    pub const fn arity(self) -> usize {
        match self {
            Routine::ArgSort { .. } | Routine::CumSum(_) | Routine::CumArg(..) => 1,
            Routine::Cholesky { .. } | Routine::Det | Routine::LogAbsDet | Routine::DetSign => 1,
            Routine::Eigh | Routine::Qr => 1,
            Routine::Recurrence(_) | Routine::SolveTriangular(_) | Routine::Solve => 2,
        }
    }

    /// The axis that it runs along, if it has one.
    pub const fn axis(self) -> Option<usize> {
        match self {
            Routine::ArgSort { axis, .. }
            | Routine::CumSum(axis)
            | Routine::Recurrence(axis)
            | Routine::CumArg(_, axis) => Some(axis),
            Routine::Cholesky { .. }
            | Routine::SolveTriangular(_)
            | Routine::Solve
            | Routine::Det
            | Routine::LogAbsDet
            | Routine::DetSign
            | Routine::Eigh
            | Routine::Qr => None,
        }
    }

    /// The same along another axis; unchanged if it has none.
    #[must_use]
    pub const fn along(self, axis: usize) -> Routine {
        match self {
            Routine::ArgSort { descending, .. } => Routine::ArgSort { axis, descending },
            Routine::CumSum(_) => Routine::CumSum(axis),
            Routine::Recurrence(_) => Routine::Recurrence(axis),
            Routine::CumArg(op, _) => Routine::CumArg(op, axis),
            Routine::Cholesky { .. }
            | Routine::SolveTriangular(_)
            | Routine::Solve
            | Routine::Det
            | Routine::LogAbsDet
            | Routine::DetSign
            | Routine::Eigh
            | Routine::Qr => self,
        }
    }

    /// What follows the operands in the text form, if anything does.
    pub fn attribute(self) -> Option<String> {
        if let Routine::SolveTriangular(triangle) = self {
            let words = Triangle::WORDS.into_iter().zip(triangle.flags());
            let set: Vec<&str> = words.filter(|(_, set)| *set).map(|(word, _)| word).collect();
            return Some(format!("triangle=[{}]", set.join(", ")));
        }
        self.axis().map(|axis| format!("axis={axis}"))
    }

    /// Whether a call may stop here: some operands have no result.
    pub const fn may_break_down(self) -> bool {
        match self {
            Routine::Cholesky { or_nan } => !or_nan,
            Routine::SolveTriangular(_) | Routine::Solve | Routine::Eigh => true,
            Routine::ArgSort { .. }
            | Routine::CumSum(_)
            | Routine::Recurrence(_)
            | Routine::CumArg(..)
            | Routine::Det
            | Routine::LogAbsDet
            | Routine::DetSign
            | Routine::Qr => false,
        }
    }
}

/// Why a routine has no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// A Cholesky factor does not exist.
    NotPositiveDefinite,
    /// A system of equations has no unique solution: a pivot is 0.
    Singular,
    /// An iteration did not come to an end.
    NotConverged,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Fault::NotPositiveDefinite => "is not positive definite",
            Fault::Singular => "is singular",
            Fault::NotConverged => "has no eigenvalues that could be found",
        })
    }
}

/// A matrix that a routine has no result for.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("matrix error in `{}` at {at}: {} {fault}", .routine.name(), Matrix(.matrix))]
pub struct Breakdown {
    /// The routine.
    pub routine: Routine,
    /// What is wrong.
    pub fault: Fault,
    /// Which matrix of the batch, by its index on the leading axes.
    pub matrix: Vec<usize>,
    /// Where the op was applied.
    pub at: Span,
}

impl Breakdown {
    /// Of the matrix with this row-major number in a batch of these lengths.
    pub fn new(routine: Routine, fault: Fault, batch: &[usize], number: usize, at: Span) -> Self {
        let mut matrix = vec![0; batch.len()];
        let mut rest = number;
        for (index, &length) in matrix.iter_mut().zip(batch).rev() {
            *index = rest % length.max(1);
            rest /= length.max(1);
        }
        Breakdown { routine, fault, matrix, at }
    }
}

/// A matrix by its index.
struct Matrix<'a>(&'a [usize]);

impl fmt::Display for Matrix<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            [] => f.write_str("the matrix"),
            index => write!(f, "matrix {index:?} of the batch"),
        }
    }
}
