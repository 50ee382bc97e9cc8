//! Symbolic differentiation of expressions: reverse mode ([`grad`], [`gradient`], [`vjp`]), forward
//! mode ([`jvp`]), whole matrices of derivatives ([`jacobian`], [`hessian`]), and functions of one
//! example applied to a batch ([`vmap`], [`vectorize`]).
//!
//! Both modes walk the expression once and read one table of rules, `table.rs`, with one arm for
//! each op. Derivatives are ordinary expressions, so higher orders are had by differentiating
//! again. Each derived expression carries the line of the user's expression it came from.
//!
//! What carries no gradient: comparisons and masks, integers and booleans, index operands,
//! `argmax` and `argmin`, `floor`, `sign`, `stop_gradient`. A variable that reaches the cost
//! through nothing else is an error ([`Error::Disconnected`]), never a silent zero; beside
//! another path these contribute nothing, which is their derivative wherever they have one.
//!
//! Where a function has no derivative, the choice is made for finite results:
//! - `abs` at 0: 0. `maximum`, `minimum` and reductions: equal shares among tied elements; all
//!   elements count as tied with NaN.
//! - `sqrt`, and powers with exponent between 0 and 1, at 0: 0 instead of infinity, so that the
//!   gradient of a norm at the zero vector is 0.
//! - `asin` and `acos` at 1 and -1, `acosh` at 1, `atan2` at the origin: 0.
//! - `x^y` by its exponent at `x = 0`: 0.
//! - `select`: the side not taken contributes nothing, whatever its derivative is there, infinite
//!   or NaN included.
//!
//! Users may say otherwise, for any expression, by markers: `stop_gradient`, `zero_gradient`,
//! `undefined_gradient`, `clip_gradient`, `scale_gradient`.
//!
//! Invariants: results have exactly the types of what they are derivatives of; walks are
//! iterative; the result depends on the expression alone.
//!
//! Not here: simplification (`hypatia-opt`), values (`hypatia_ir::eval`).

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::panic))]

mod check;
mod elementwise;
mod error;
mod flow;
mod forward;
mod linear;
mod matrix;
mod options;
mod reduce;
mod reverse;
mod routine;
mod site;
mod special;
mod structure;
mod table;
mod trace;
mod verify;
mod vmap;

pub use error::{Cut, Error};
pub use forward::jvp;
pub use matrix::{hessian, hvp, jacobian};
pub use options::{Disconnected, Options, Undefined};
pub use reverse::{connected_gradient, grad, gradient, gradient_with, vjp};
pub use verify::{Comparison, Report, Verify, VerifyError, numeric_gradient, verify_grad};
pub use vmap::{Vmap, vectorize, vmap};
