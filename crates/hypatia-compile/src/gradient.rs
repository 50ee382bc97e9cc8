//! Derivatives of expressions as users write them: the forward expression is made stable first.
//!
//! Invariants: results have exactly the types of what they are derivatives of; handles that the
//! user holds stay valid as variables of later derivatives.
//!
//! Not here: derivatives of ops (`hypatia-grad`), rewriting (`hypatia-opt`).

pub use crate::request::{Gradient, gradient_from, gradient_of};
pub use crate::verify::verify_grad;
pub use hypatia_grad::{Disconnected, Report, Undefined, Verify, VerifyError};

use crate::error::GradientError;
use crate::stable::Stable;
use hypatia_ir::expr::Expr;
use hypatia_ir::span::Span;

/// The gradients of a float scalar by each of `wrt`: free variables, shared variables, or any
/// expressions that `cost` was built from. Each has the type of its variable.
///
/// The forward expression is brought into its stable form before it is differentiated, so the
/// gradient of `log(exp(x)/sum(exp(x)))` is that of a log-softmax.
///
/// Errors: `cost` or a variable is no float, `cost` is no scalar, `cost` does not depend smoothly
/// on a variable, or an expression does not type-check.
#[track_caller]
pub fn grad<E: Into<Expr>, const N: usize>(
    cost: impl Into<Expr>,
    wrt: [E; N],
) -> Result<[Expr; N], GradientError> {
    let at = Span::caller();
    let wrt = wrt.map(Into::into);
    let found = at.on_behalf_of(|| gradients(&cost.into(), &wrt))?;
    let mut found = found.into_iter();
    Ok(wrt.map(|variable| found.next().unwrap_or(variable)))
}

/// As [`grad`], for any number of variables.
#[track_caller]
pub fn gradients(cost: &Expr, wrt: &[Expr]) -> Result<Vec<Expr>, GradientError> {
    let at = Span::caller();
    with_stable(std::slice::from_ref(cost), wrt, |outputs, wrt| {
        at.on_behalf_of(|| hypatia_grad::gradient(&outputs[0], wrt))
    })
}

/// The sum over `outputs` of each cotangent times the derivative of its output by each of `wrt`.
#[track_caller]
pub fn vjp(
    outputs: &[Expr],
    wrt: &[Expr],
    cotangents: &[Expr],
) -> Result<Vec<Expr>, GradientError> {
    let at = Span::caller();
    with_stable(outputs, wrt, |outputs, wrt| {
        at.on_behalf_of(|| hypatia_grad::vjp(outputs, wrt, cotangents))
    })
}

/// The derivative of each of `outputs` along the directions `tangents`, one for each of `wrt`.
#[track_caller]
pub fn jvp(outputs: &[Expr], wrt: &[Expr], tangents: &[Expr]) -> Result<Vec<Expr>, GradientError> {
    let at = Span::caller();
    with_stable(outputs, wrt, |outputs, wrt| {
        at.on_behalf_of(|| hypatia_grad::jvp(outputs, wrt, tangents))
    })
}

/// The derivative of every element of `output` by every element of `wrt`: its shape is that of
/// `output` followed by that of `wrt`. Built by one sweep for all directions at once, forward
/// where `wrt` is known to have fewer elements than `output`, else backward.
///
/// Errors: as [`vjp`].
#[track_caller]
pub fn jacobian(output: impl Into<Expr>, wrt: impl Into<Expr>) -> Result<Expr, GradientError> {
    let (at, output, wrt) = (Span::caller(), output.into(), wrt.into());
    let whole = with_stable(&[output], &[wrt], |outputs, wrt| {
        at.on_behalf_of(|| Ok(vec![hypatia_grad::jacobian(&outputs[0], &wrt[0])?]))
    });
    Ok(whole?.remove(0))
}

/// The second derivatives of a float scalar by `wrt`: the shape of `wrt`, twice. What is linear
/// has zeros.
///
/// Errors: as [`grad`].
#[track_caller]
pub fn hessian(cost: impl Into<Expr>, wrt: impl Into<Expr>) -> Result<Expr, GradientError> {
    let (at, cost, wrt) = (Span::caller(), cost.into(), wrt.into());
    let whole = with_stable(&[cost], &[wrt], |costs, wrt| {
        at.on_behalf_of(|| Ok(vec![hypatia_grad::hessian(&costs[0], &wrt[0])?]))
    });
    Ok(whole?.remove(0))
}

/// The second derivatives of a float scalar by `wrt`, times a direction: for each variable the
/// sum over all variables of second derivatives times `tangents`. The Hessian itself is never
/// formed: memory and time are a few times those of the gradient.
///
/// Errors: as [`grad`], and if tangents do not match the variables.
#[track_caller]
pub fn hvp(cost: &Expr, wrt: &[Expr], tangents: &[Expr]) -> Result<Vec<Expr>, GradientError> {
    let at = Span::caller();
    with_stable(std::slice::from_ref(cost), wrt, |costs, wrt| {
        at.on_behalf_of(|| hypatia_grad::hvp(&costs[0], wrt, tangents))
    })
}

/// Runs `derive` on the stable form of `outputs`, with `wrt` as parts of it. If that does not depend
/// on one of them, `outputs` as they are written decide: what cancels has a derivative of zeros.
fn with_stable(
    outputs: &[Expr],
    wrt: &[Expr],
    derive: impl Fn(&[Expr], &[Expr]) -> Result<Vec<Expr>, hypatia_grad::Error>,
) -> Result<Vec<Expr>, GradientError> {
    let stable = Stable::of(outputs, wrt)?;
    match derive(&stable.roots, &stable.pinned(wrt)) {
        Err(hypatia_grad::Error::Disconnected { .. }) => Ok(derive(outputs, wrt)?),
        found => Ok(stable.unpinned(&found?)),
    }
}
