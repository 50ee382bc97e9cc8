//! Whole derivatives of tensors by tensors: Jacobians and Hessians, and Hessians times vectors.
//!
//! Invariants: one sweep for one direction, applied to all directions of a basis at once by
//! `vmap`; the size of the result's expression does not depend on the shapes, which may be
//! symbolic.
//!
//! Not here: the sweeps (`reverse.rs`, `forward.rs`), batches (`vmap/`).

use crate::check::{check_float, check_seeds, check_types, unreached};
use crate::error::Error;
use crate::forward::jvp_at;
use crate::options::Options;
use crate::reverse::{gradient_at, sweep};
use crate::site::zeros;
use crate::vmap::{moved, vectorize};
use hypatia_ir::dim::Dim;
use hypatia_ir::dtype::DType;
use hypatia_ir::expr::Expr;
use hypatia_ir::op::Op;
use hypatia_ir::shape::{Shape, Type};
use hypatia_ir::span::Span;

/// The derivative of every element of `output` by every element of `wrt`: its shape is that of
/// `output` followed by that of `wrt`.
///
/// Forward mode is used where `wrt` is known to have fewer elements than `output`, else reverse
/// mode.
///
/// Errors: as [`vjp`](crate::vjp).
///
/// ```
/// # use hypatia_ir::expr::vector;
/// # use hypatia_grad::jacobian;
/// let x = vector::<f64>("x", "n");
/// let j = jacobian(x.slice((1..,)) * x.slice((..2,)), &x).unwrap();
/// assert_eq!(j.ty().unwrap().to_string(), "f64[2, n]");
/// ```
#[track_caller]
pub fn jacobian(output: impl Into<Expr>, wrt: impl Into<Expr>) -> Result<Expr, Error> {
    let (at, output, wrt) = (Span::caller(), output.into(), wrt.into());
    let disconnected = || unreached(at, &output, std::slice::from_ref(&wrt));
    derivatives(at, &output, &wrt)?.ok_or_else(disconnected)
}

/// The second derivatives of a float scalar by `wrt`: the shape of `wrt`, twice. A vector gives
/// the symmetric matrix that Newton's method solves with. What is linear has zeros.
///
/// Errors: as [`gradient`](crate::gradient).
///
/// ```
/// # use hypatia_ir::expr::vector;
/// # use hypatia_grad::hessian;
/// let x = vector::<f64>("x", 2);
/// let h = hessian(x.sqr().sum().exp(), &x).unwrap();
/// assert_eq!(h.ty().unwrap().to_string(), "f64[2, 2]");
/// ```
#[track_caller]
pub fn hessian(cost: impl Into<Expr>, wrt: impl Into<Expr>) -> Result<Expr, Error> {
    let (at, wrt) = (Span::caller(), wrt.into());
    let gradient = gradient_at(at, &cost.into(), std::slice::from_ref(&wrt))?;
    let missing = || Error::Internal { stage: "hessian", dump: "no gradient".into() };
    let gradient = gradient.first().ok_or_else(missing)?;
    let ty = Type::new(wrt.ty()?.dtype, by(gradient, &wrt)?);
    let second = derivatives(at, gradient, &wrt)?;
    Ok(second.unwrap_or_else(|| at.on_behalf_of(|| zeros(&ty))))
}

/// The second derivatives of a float scalar by `wrt`, times a direction: for each variable the
/// sum over all variables of second derivatives times `tangents`. One gradient and one forward
/// sweep; the Hessian itself is never formed. Each result has the type of its variable.
///
/// Errors: as [`gradient`](crate::gradient), and if tangents do not match the variables.
///
/// ```
/// # use hypatia_ir::expr::vector;
/// # use hypatia_grad::hvp;
/// let (x, v) = (vector::<f64>("x", "n"), vector::<f64>("v", "n"));
/// let hv = hvp(&(x.sqr().sum() * 0.5), &[x], &[v]).unwrap();
/// assert_eq!(hv[0].ty().unwrap().to_string(), "f64[n]");
/// ```
#[track_caller]
pub fn hvp(cost: &Expr, wrt: &[Expr], tangents: &[Expr]) -> Result<Vec<Expr>, Error> {
    let at = Span::caller();
    check_types(&[wrt, tangents])?;
    check_seeds(at, wrt, tangents)?;
    let gradients = gradient_at(at, cost, wrt)?;
    let products = jvp_at(at, &gradients, wrt, tangents)?;
    let full = |(w, product): (&Expr, Option<Expr>)| match product {
        Some(product) => Ok(product),
        None => {
            let ty = w.ty()?;
            Ok(at.on_behalf_of(|| zeros(ty)))
        }
    };
    wrt.iter().zip(products).map(full).collect()
}

/// All derivatives of `output` by `wrt`; nothing if it does not depend smoothly on it.
fn derivatives(at: Span, output: &Expr, wrt: &Expr) -> Result<Option<Expr>, Error> {
    let (outputs, wrts) = ([output.clone()], [wrt.clone()]);
    check_types(&[&outputs, &wrts])?;
    check_float(at, &outputs)?;
    check_float(at, &wrts)?;
    let (y, x) = (output.ty()?, wrt.ty()?);
    let (rows, columns) = (y.shape.count(), x.shape.count());
    let narrow = match (columns.known(), rows.known()) {
        (Some(columns), Some(rows)) => columns < rows,
        (Some(_), None) => true,
        (None, _) => false,
    };
    let of = if narrow { x } else { y };
    let direction = at.on_behalf_of(|| Expr::input("direction", Ok(of.clone()), None));
    let seeds = std::slice::from_ref(&direction);
    let mut one = if narrow {
        jvp_at(at, &outputs, &wrts, seeds)?
    } else {
        sweep(at, &outputs, &wrts, seeds, &Options::default())?
    };
    let Some(one) = one.pop().flatten() else { return Ok(None) };
    let shape = by(output, wrt)?;
    let all = at.on_behalf_of(|| {
        let all = vectorize(&[one], &[(direction, basis(of))])?;
        Ok::<_, Error>(match narrow {
            true => moved(&all[0], 0, y.rank()).reshape(&shape),
            false => all[0].reshape(&shape),
        })
    })?;
    match all.ty()?.shape == shape {
        true => Ok(Some(all)),
        false => Err(Error::Internal { stage: "jacobian", dump: all.to_string() }),
    }
}

/// The shape of derivatives of one by the other.
fn by(output: &Expr, wrt: &Expr) -> Result<Shape, Error> {
    Ok(output.ty()?.shape.iter().chain(wrt.ty()?.shape.iter()).cloned().collect())
}

/// For each element of a tensor of this type, the tensor that is 1 there and 0 elsewhere.
fn basis(ty: &Type) -> Expr {
    let count = ty.shape.count();
    let places = Expr::apply(Op::Iota(count.clone(), DType::I64), Vec::new());
    let shape: Vec<Dim> = std::iter::once(&count).chain(ty.shape.iter()).cloned().collect();
    places.expand(1).eq(&places).cast(ty.dtype).reshape(shape)
}
