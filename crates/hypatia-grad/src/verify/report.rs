//! What a check of derivatives takes and tells.
//!
//! Invariants: a report names the worst comparison, wrong or not.
//!
//! Not here: the check (`mod.rs`).

use crate::error::Error;
use hypatia_ir::error::{OperandNote, TypeErrors};
use hypatia_ir::eval::EvalError;
use hypatia_ir::span::Span;
use std::fmt;
use thiserror::Error;

/// How closely derivatives are checked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Verify {
    /// The step of differences, times the size of the element if that is above 1.
    pub step: f64,
    /// How far a derivative may be off, as a part of its size or, if that is below 1, as it is.
    pub tolerance: f64,
    /// How far both modes may differ, as a part of the sum of absolute terms.
    pub modes: f64,
    /// Variables with more elements than this are checked along random directions.
    pub elements: usize,
    /// How many directions.
    pub directions: usize,
}

impl Default for Verify {
    fn default() -> Verify {
        Verify { step: 6e-6, tolerance: 1e-6, modes: 1e-12, elements: 256, directions: 8 }
    }
}

/// One derivative and the difference it was held against.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// The name of the variable.
    pub variable: String,
    /// The element; `None` for a direction through all elements.
    pub element: Option<Vec<usize>>,
    /// By reverse mode.
    pub derivative: f64,
    /// By central differences.
    pub difference: f64,
    /// The distance of both, divided by the larger of them or by 1.
    pub error: f64,
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Comparison { variable, element, derivative, difference, error } = self;
        match element {
            Some(index) => write!(f, "`{variable}` at {index:?}")?,
            None => write!(f, "`{variable}` along a direction")?,
        }
        write!(f, ": derivative {derivative}, difference {difference}, error {error:e}")
    }
}

/// What a check found.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// How many derivatives were compared.
    pub compared: usize,
    /// The worst of them; `None` if there was nothing to compare.
    pub worst: Option<Comparison>,
    /// How far forward mode is from reverse mode, as a part of the sum of absolute terms.
    pub modes: f64,
}

/// Why derivatives are not what differences say, or could not be compared.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum VerifyError {
    /// There is no derivative.
    #[error(transparent)]
    Gradient(#[from] Error),
    /// An expression does not type-check.
    #[error(transparent)]
    Type(#[from] TypeErrors),
    /// The expression has no value at this point.
    #[error(transparent)]
    Eval(#[from] EvalError),
    /// A float variable or output that is no `f64`.
    #[error("derivative at {at}: differences need f64\n  expression `{}`: {}", .expr.text, Shown(.expr))]
    NotDouble {
        /// Where the check was asked for.
        at: Span,
        /// The variable or output.
        expr: Box<OperandNote>,
    },
    /// A derivative is wrong.
    #[error("derivative at {at} is wrong by {} of {} compared; the worst is\n  {}",
        .wrong, .report.compared, Worst(.report))]
    Wrong {
        /// Where the check was asked for.
        at: Span,
        /// How many derivatives are wrong.
        wrong: usize,
        /// All that was found.
        report: Box<Report>,
    },
    /// Both modes differ.
    #[error("derivative at {at}: forward mode is {:e} from reverse mode", .report.modes)]
    Modes {
        /// Where the check was asked for.
        at: Span,
        /// All that was found.
        report: Box<Report>,
    },
}

struct Shown<'a>(&'a OperandNote);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.ty.as_ref().map_or(Ok(()), |ty| write!(f, "{ty}"))
    }
}

struct Worst<'a>(&'a Report);

impl fmt::Display for Worst<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.worst.as_ref().map_or(Ok(()), |worst| write!(f, "{worst}"))
    }
}
