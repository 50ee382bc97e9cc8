//! What has to hold before and after a derivative is built.
//!
//! Invariants: nothing is differentiated that does not type-check; every refusal names the
//! user's lines.
//!
//! Not here: the texts of messages (`error.rs`).

use crate::error::{Error, note};
use crate::trace::Trace;
use hypatia_ir::error::TypeErrors;
use hypatia_ir::expr::{Expr, Kind, post_order};
use hypatia_ir::shape::Type;
use hypatia_ir::span::Span;

/// Every independent type error of the expressions.
pub(crate) fn check_types(groups: &[&[Expr]]) -> Result<(), Error> {
    if groups.iter().copied().flatten().all(|e| e.type_or_none().is_some()) {
        return Ok(());
    }
    let roots: Vec<Expr> = groups.concat();
    let errors = post_order(&roots).into_iter().filter_map(|e| match e.kind() {
        Kind::Invalid(error, _) => Some(error.clone()),
        Kind::Input(_) | Kind::Literal(_) | Kind::Apply(..) | Kind::Unknown(..) => None,
    });
    Err(Error::Type(TypeErrors(errors.collect())))
}

/// That the cost is a float scalar; its type.
pub(crate) fn check_scalar(at: Span, cost: &Expr) -> Result<&Type, Error> {
    let ty = cost.ty()?;
    check_float(at, std::slice::from_ref(cost))?;
    match ty.rank() {
        0 => Ok(ty),
        _ => Err(Error::NotScalar { at, cost: note(cost) }),
    }
}

/// That these can be differentiated.
pub(crate) fn check_float(at: Span, exprs: &[Expr]) -> Result<(), Error> {
    let discrete = |e: &&Expr| e.type_or_none().is_some_and(|ty| !ty.dtype.is_float());
    match exprs.iter().find(discrete) {
        Some(expr) => Err(Error::NotFloat { at, expr: note(expr) }),
        None => Ok(()),
    }
}

/// That cotangents or tangents are of the types of what they belong to.
pub(crate) fn check_seeds(at: Span, of: &[Expr], seeds: &[Expr]) -> Result<(), Error> {
    if of.len() != seeds.len() {
        return Err(Error::SeedCount { at, expected: of.len(), found: seeds.len() });
    }
    for (expr, seed) in of.iter().zip(seeds) {
        let (a, b) = (expr.ty()?, seed.ty()?);
        let dims = || a.shape.iter().zip(b.shape.iter());
        let fits = a.rank() == b.rank() && dims().all(|(m, n)| m.solve(n).is_ok());
        if a.dtype != b.dtype || !fits {
            return Err(Error::SeedType { at, of: note(expr), seed: note(seed) });
        }
    }
    Ok(())
}

/// The derivative, if it has the type of what it belongs to.
pub(crate) fn finish(stage: &'static str, of: &Expr, derivative: Expr) -> Result<Expr, Error> {
    let (expected, found) = (of.type_or_none(), derivative.type_or_none());
    if found.is_some() && found == expected {
        return Ok(derivative);
    }
    let dump = match (found, expected) {
        (Some(found), Some(expected)) => format!("{derivative}: {found}, expected {expected}"),
        _ => derivative.errors().to_string(),
    };
    Err(Error::Internal { stage, dump })
}

/// Why a variable has no derivative.
pub(crate) fn unreachable(
    at: Span,
    outputs: &[Expr],
    variable: &Expr,
    constants: &[Expr],
) -> Error {
    let trace = Trace::new(outputs, std::slice::from_ref(variable), constants);
    let output = outputs.iter().find(|o| uses(o, variable)).or(outputs.first());
    disconnected(at, output.unwrap_or(variable), variable, &trace)
}

/// Whether the variable occurs in the expression.
fn uses(expr: &Expr, variable: &Expr) -> bool {
    post_order(std::slice::from_ref(expr)).iter().any(|e| e.id() == variable.id())
}

/// Why an output has no derivative along any of the variables.
pub(crate) fn unreached(at: Span, output: &Expr, wrt: &[Expr]) -> Error {
    let trace = Trace::new(std::slice::from_ref(output), wrt, &[]);
    let variable = wrt.iter().find(|w| trace.place(w).is_some()).or(wrt.first());
    disconnected(at, output, variable.unwrap_or(output), &trace)
}

fn disconnected(at: Span, output: &Expr, variable: &Expr, trace: &Trace) -> Error {
    Error::Disconnected {
        at,
        output: note(output),
        variable: note(variable),
        cut: trace.cut().map(Box::new),
    }
}
