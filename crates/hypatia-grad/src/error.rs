//! Why an expression cannot be differentiated, said so that the user can repair it.
//!
//! Invariants: a message has at most 12 lines and names the user's lines: of the derivative, of
//! the expressions, and of the op in the way.
//!
//! Not here: type errors, which are passed on (`hypatia_ir::error`).

use hypatia_ir::dim::Dim;
use hypatia_ir::error::{OperandNote, TypeErrors};
use hypatia_ir::expr::Expr;
use hypatia_ir::shape::Type;
use hypatia_ir::span::Span;
use std::fmt;
use thiserror::Error;

/// The op that stands between a variable and what depends on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// The op's name.
    pub op: &'static str,
    /// The type of its result.
    pub ty: Type,
    /// Where it was applied.
    pub at: Span,
}

/// Why there is no derivative.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Error {
    /// The expression does not type-check.
    #[error(transparent)]
    Type(#[from] TypeErrors),
    /// The cost has axes.
    #[error(
        "gradient at {at}: the cost must be a scalar\n  cost {}\n  \
         help: reduce it with `.sum()` or `.mean()`, or use `vjp` with cotangents",
        Shown(.cost)
    )]
    NotScalar {
        /// Where the derivative was asked for.
        at: Span,
        /// The cost.
        cost: Box<OperandNote>,
    },
    /// A derivative of, or by, integers or booleans.
    #[error(
        "derivative at {at}: integers and booleans have no derivative\n  expression {}\n  \
         help: convert with `.cast(DType::…)` before the variable is used, or leave it out",
        Shown(.expr)
    )]
    NotFloat {
        /// Where the derivative was asked for.
        at: Span,
        /// The integer or bool expression.
        expr: Box<OperandNote>,
    },
    /// No way from the variable to the output that a derivative could take.
    #[error(
        "derivative at {at}: the output does not depend smoothly on the variable\n  \
         output {}\n  variable {}\n{}",
        Shown(.output), Shown(.variable), Reason(.cut.as_deref())
    )]
    Disconnected {
        /// Where the derivative was asked for.
        at: Span,
        /// What was to be differentiated.
        output: Box<OperandNote>,
        /// By what.
        variable: Box<OperandNote>,
        /// The op in between that carries no gradient; `None` if the variable does not occur.
        cut: Option<Box<Cut>>,
    },
    /// Too many or too few cotangents or tangents.
    #[error("derivative at {at}: expected {expected} cotangents or tangents, found {found}")]
    SeedCount {
        /// Where the derivative was asked for.
        at: Span,
        /// One for each output (cotangents) or variable (tangents).
        expected: usize,
        /// How many came.
        found: usize,
    },
    /// A cotangent or tangent of another type than its output or variable.
    #[error(
        "derivative at {at}: a cotangent or tangent must have the type of what it belongs to\n  \
         expression {}\n  given {}",
        Shown(.of), Shown(.seed)
    )]
    SeedType {
        /// Where the derivative was asked for.
        at: Span,
        /// The output or variable.
        of: Box<OperandNote>,
        /// The cotangent or tangent.
        seed: Box<OperandNote>,
    },
    /// A derivative through `undefined_gradient`.
    #[error(
        "derivative at {at}: undefined here\n  expression {}\n  \
         help: `undefined_gradient` forbids it; stop it before with `stop_gradient` or `consider_constant`",
        Shown(.marked)
    )]
    Undefined {
        /// Where the derivative was asked for.
        at: Span,
        /// The expression that forbids derivatives.
        marked: Box<OperandNote>,
    },
    /// Values for a batch that are not of the type of their variable behind a batch axis.
    #[error(
        "batch at {at}: values need the type of their variable with one more axis in front\n  \
         variable {}\n  values {}",
        Shown(.variable), Shown(.values)
    )]
    BatchType {
        /// Where the batch was asked for.
        at: Span,
        /// The variable of one example.
        variable: Box<OperandNote>,
        /// Its values for the whole batch.
        values: Box<OperandNote>,
    },
    /// Batch axes of different lengths.
    #[error("batch at {at}: batch axes differ in length: {before} before\n  values {}", Shown(.values))]
    BatchLength {
        /// Where the batch was asked for.
        at: Span,
        /// The length of the values before.
        before: Dim,
        /// The values with another length.
        values: Box<OperandNote>,
    },
    /// Nothing has a batch axis.
    #[error("batch at {at}: no variable has a batch axis\n  help: give one an axis to run over")]
    Unbatched {
        /// Where the batch was asked for.
        at: Span,
    },
    /// A result that should be the same for the whole batch depends on the example.
    #[error(
        "batch at {at}: a result without a batch axis depends on the example\n  result {}\n  \
         help: give it an axis in `out_axes`",
        Shown(.output)
    )]
    Varies {
        /// Where the batch was asked for.
        at: Span,
        /// The result for one example.
        output: Box<OperandNote>,
    },
    /// A derivative came out wrong: a fault of the table, not of the user.
    #[error("internal error in {stage}: the derivative does not type-check\n{dump}")]
    Internal {
        /// What was being built.
        stage: &'static str,
        /// What came out.
        dump: String,
    },
}

/// An expression as messages show it.
pub(crate) fn note(expr: &Expr) -> Box<OperandNote> {
    Box::new(expr.note())
}

struct Shown<'a>(&'a OperandNote);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.0.text)?;
        if let Some(ty) = &self.0.ty {
            write!(f, ": {ty}")?;
        }
        write!(f, "   from {}", self.0.at)
    }
}

struct Reason<'a>(Option<&'a Cut>);

impl fmt::Display for Reason<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(Cut { op, ty, at }) => write!(
                f,
                "  cut by `{op}`: {ty}   at {at}\n  \
                 help: comparisons, integers, indices, `floor`, `sign` and `stop_gradient` carry no gradient"
            ),
            None => f.write_str(
                "  help: the variable does not occur in the output; pass the same handle that the output was built from",
            ),
        }
    }
}
