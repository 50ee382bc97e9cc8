//! Maths of one, two and three tensors, and conversions, element by element.
//!
//! Invariants: rows in the order of the reference.
//!
//! Not here: comparisons and bits (`logic.rs`).

use super::Build::{Call as Args, One, Three, Two};
use super::{Call, Defect, Row};
use hypatia::dtype::DType;
use hypatia::expr::Expr;

/// The ops.
pub const ROWS: &[Row] = &[
    ("neg", One(|x| -x)),
    ("abs", One(Expr::abs)),
    ("sign", One(Expr::sign)),
    ("square", One(Expr::sqr)),
    ("sqrt", One(Expr::sqrt)),
    ("rsqrt", One(Expr::rsqrt)),
    ("reciprocal", One(|x| 1 / x)),
    ("exp", One(Expr::exp)),
    ("expm1", One(Expr::expm1)),
    ("log", One(Expr::log)),
    ("log1p", One(Expr::log1p)),
    ("sin", One(Expr::sin)),
    ("cos", One(Expr::cos)),
    ("tan", One(Expr::tan)),
    ("asin", One(Expr::asin)),
    ("acos", One(Expr::acos)),
    ("atan", One(Expr::atan)),
    ("sinh", One(Expr::sinh)),
    ("cosh", One(Expr::cosh)),
    ("tanh", One(Expr::tanh)),
    ("asinh", One(Expr::asinh)),
    ("acosh", One(Expr::acosh)),
    ("atanh", One(Expr::atanh)),
    ("floor", One(Expr::floor)),
    ("ceil", One(Expr::ceil)),
    ("trunc", One(Expr::trunc)),
    ("round_half_even", One(Expr::round)),
    ("erf", One(Expr::erf)),
    ("sigmoid", One(Expr::sigmoid)),
    ("softplus", One(Expr::softplus)),
    ("relu", One(Expr::relu)),
    ("relu6", One(Expr::relu6)),
    ("selu", One(Expr::selu)),
    ("gelu_erf", One(Expr::gelu)),
    ("gelu_tanh", One(Expr::gelu_tanh)),
    ("silu", One(Expr::silu)),
    ("mish", One(Expr::mish)),
    ("softsign", One(Expr::softsign)),
    ("hard_swish", One(Expr::hard_swish)),
    ("leaky_relu", Args(|c| Ok(c.x(0)?.leaky_relu(c.params.number_or("alpha", 0.01)?)))),
    ("elu", Args(|c| Ok(c.x(0)?.elu(c.params.number_or("alpha", 1.0)?)))),
    ("celu", Args(|c| Ok(c.x(0)?.celu(c.params.number_or("alpha", 1.0)?)))),
    ("hard_sigmoid", Args(hard_sigmoid)),
    ("clip", Args(clip)),
    ("pow_scalar", Args(|c| Ok(c.x(0)?.pow(c.params.number("exponent")?)))),
    ("add", Two(|x, y| x + y)),
    ("sub", Two(|x, y| x - y)),
    ("mul", Two(|x, y| x * y)),
    ("div", Two(|x, y| x / y)),
    ("pow", Two(|x, y| x.pow(y))),
    ("atan2", Two(|y, x| y.atan2(x))),
    ("hypot", Two(|x, y| x.hypot(y))),
    ("fmod", Two(|x, y| x.fmod(y))),
    ("mod_floor", Two(|x, y| x.modulo(y))),
    ("floor_div", Two(|x, y| x.floor_div(y))),
    ("copysign", Two(|x, y| x.copysign(y))),
    ("maximum", Two(|x, y| x.maximum(y))),
    ("minimum", Two(|x, y| x.minimum(y))),
    ("where", Three(|c, x, y| c.select(x, y))),
    ("clip_tensor", Three(|x, lo, hi| x.clip(lo, hi))),
    ("safe_sqrt", One(safe_sqrt)),
    ("cast", Args(cast)),
    ("cast_grad", One(cast_grad)),
];

fn clip(c: &Call) -> Result<Expr, Defect> {
    let (lo, hi) = (c.params.number("lo")?, c.params.number("hi")?);
    Ok(c.x(0)?.clip(lo, hi))
}

fn hard_sigmoid(c: &Call) -> Result<Expr, Defect> {
    let (alpha, beta) = (c.params.number_or("alpha", 0.2)?, c.params.number_or("beta", 0.5)?);
    Ok(c.x(0)?.hard_sigmoid(alpha, beta))
}

fn safe_sqrt(x: &Expr) -> Expr {
    let positive = x.gt(0);
    positive.select(positive.select(x, x.like(1)).sqrt(), x.like(0))
}

fn cast(c: &Call) -> Result<Expr, Defect> {
    let to = DType::from_name(c.params.word("to")?);
    Ok(c.x(0)?.cast(to.ok_or_else(|| c.params.misfit("to", "a dtype"))?))
}

/// Through the wider type and back, and squared there.
fn cast_grad(x: &Expr) -> Expr {
    x.cast(DType::F64).sqr().cast(DType::F32)
}
