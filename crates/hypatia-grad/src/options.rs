//! Choices of a gradient: what is constant, what is known, and what missing connections mean.
//!
//! Invariants: the default never makes up a derivative: what is not connected is an error.
//!
//! Not here: the sweep that follows them (`reverse.rs`).

use hypatia_ir::expr::Expr;

/// What the derivative by a variable is that the cost does not depend on smoothly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Disconnected {
    /// An error that names what is in the way.
    #[default]
    Error,
    /// Zeros of the type of the variable.
    Zero,
}

/// What flows through `undefined_gradient`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Undefined {
    /// An error that names the line.
    #[default]
    Error,
    /// NaN, which reaches every variable on the way.
    Nan,
}

/// The choices of [`gradient_with`](crate::gradient_with).
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Expressions, known by their handles, through which nothing flows to what they are built
    /// from. They may be variables themselves.
    pub constants: Vec<Expr>,
    /// Expressions with their cotangents, which are taken as they are: what would come from the
    /// users of the expression does not count.
    pub known: Vec<(Expr, Expr)>,
    /// Of variables that the cost does not depend on smoothly.
    pub disconnected: Disconnected,
    /// Of variables that the cost reaches through `undefined_gradient`.
    pub undefined: Undefined,
}
