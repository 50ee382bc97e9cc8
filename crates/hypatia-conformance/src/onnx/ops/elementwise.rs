//! Maths element by element.
//!
//! Invariants: arguments broadcast as NumPy's.
//!
//! Not here: comparisons (`logic.rs`).

use super::super::Stop;
use super::super::node::Node;
use super::super::tensor::dtype;
use super::Build::{Many, One, Single, Two};
use super::Row;
use hypatia::compose::{ones_like, zeros_like};
use hypatia::dtype::DType;
use hypatia::expr::Expr;

/// The operators.
pub const ROWS: &[Row] = &[
    ("Abs", One(Expr::abs)),
    ("Acos", One(Expr::acos)),
    ("Acosh", One(Expr::acosh)),
    ("Add", Two(|x, y| x + y)),
    ("Asin", One(Expr::asin)),
    ("Asinh", One(Expr::asinh)),
    ("Atan", One(Expr::atan)),
    ("Atanh", One(Expr::atanh)),
    ("Ceil", One(Expr::ceil)),
    ("BitShift", Single(shift)),
    ("BitwiseAnd", Two(|x, y| x & y)),
    ("BitwiseNot", One(|x| !x)),
    ("BitwiseOr", Two(|x, y| x | y)),
    ("BitwiseXor", Two(|x, y| x ^ y)),
    ("Cast", Single(|n| Ok(n.x(0)?.cast(dtype(n.int("to", 0))?)))),
    ("CastLike", Single(|n| Ok(n.x(0)?.cast(n.dtype(1)?)))),
    ("Celu", Single(|n| Ok(n.x(0)?.celu(n.float("alpha", 1.0))))),
    ("Clip", Single(clip)),
    ("Cos", One(Expr::cos)),
    ("Cosh", One(Expr::cosh)),
    ("Div", Single(divide)),
    ("Elu", Single(|n| Ok(n.x(0)?.elu(n.float("alpha", 1.0))))),
    ("Erf", One(Expr::erf)),
    ("Exp", One(Expr::exp)),
    ("Floor", One(Expr::floor)),
    ("Gelu", Single(gelu)),
    (
        "HardSigmoid",
        Single(|n| Ok(n.x(0)?.hard_sigmoid(n.float("alpha", 0.2), n.float("beta", 0.5)))),
    ),
    ("HardSwish", One(Expr::hard_swish)),
    ("Identity", One(Clone::clone)),
    ("LeakyRelu", Single(|n| Ok(n.x(0)?.leaky_relu(n.float("alpha", 0.01))))),
    ("Log", One(Expr::log)),
    ("Max", Single(|n| fold(n, |x, y| x.maximum(y)))),
    ("Mean", Single(|n| Ok(fold(n, |x, y| x + y)? / n.inputs.len() as f64))),
    ("Min", Single(|n| fold(n, |x, y| x.minimum(y)))),
    ("Mish", One(Expr::mish)),
    ("Mod", Single(modulo)),
    ("Mul", Two(|x, y| x * y)),
    ("Neg", One(|x| -x)),
    ("Pow", Single(power)),
    ("PRelu", Two(|x, slope| x.lt(0).select(x * slope, x))),
    ("Reciprocal", One(|x| 1 / x)),
    ("Relu", One(Expr::relu)),
    ("Round", One(Expr::round)),
    ("Selu", Single(selu)),
    ("Shrink", Single(shrink)),
    ("Sigmoid", One(Expr::sigmoid)),
    ("Sign", One(Expr::sign)),
    ("Sin", One(Expr::sin)),
    ("Sinh", One(Expr::sinh)),
    ("Softplus", One(Expr::softplus)),
    ("Softsign", One(Expr::softsign)),
    ("Sqrt", One(Expr::sqrt)),
    ("Sub", Two(|x, y| x - y)),
    ("Sum", Single(|n| fold(n, |x, y| x + y))),
    ("Swish", Single(|n| Ok(n.x(0)? * (n.x(0)? * n.float("alpha", 1.0)).sigmoid()))),
    ("Tan", One(Expr::tan)),
    ("Tanh", One(Expr::tanh)),
    ("ThresholdedRelu", Single(thresholded)),
    ("Dropout", Many(dropout)),
];

/// All arguments, from the first to the last.
fn fold(n: &Node, join: fn(&Expr, &Expr) -> Expr) -> Result<Expr, Stop> {
    let all = n.all()?;
    let joined = all.iter().skip(1).fold(n.x(0)?.clone(), |x, y| join(&x, y));
    Ok(joined)
}

/// Bounds are arguments from version 11 on.
fn clip(n: &Node) -> Result<Expr, Stop> {
    let mut x = n.x(0)?.clone();
    let bound = |at: usize, name: &str| match (n.opt(at), n.attribute(name)) {
        (Some(bound), _) => Some(bound.clone()),
        (None, Some(given)) => Some(x.like(f64::from(given.f))),
        (None, None) => None,
    };
    let (lo, hi) = (bound(1, "min"), bound(2, "max"));
    if let Some(lo) = lo {
        x = x.maximum(lo);
    }
    Ok(hi.map_or(x.clone(), |hi| x.minimum(hi)))
}

fn gelu(n: &Node) -> Result<Expr, Stop> {
    Ok(match n.text("approximate", "none").as_str() {
        "tanh" => n.x(0)?.gelu_tanh(),
        _ => n.x(0)?.gelu(),
    })
}

fn selu(n: &Node) -> Result<Expr, Stop> {
    let alpha = n.float("alpha", 1.673_263_192_176_818_8);
    Ok(n.x(0)?.elu(alpha) * n.float("gamma", 1.050_701_022_148_132_3))
}

fn shrink(n: &Node) -> Result<Expr, Stop> {
    let (x, bias, lambd) = (n.x(0)?, n.float("bias", 0.0), n.float("lambd", 0.5));
    let zero = zeros_like(x);
    Ok(x.lt(-lambd).select(x + bias, x.gt(lambd).select(x - bias, zero)))
}

fn thresholded(n: &Node) -> Result<Expr, Stop> {
    let x = n.x(0)?;
    Ok(x.gt(n.float("alpha", 1.0)).select(x, 0))
}

/// As at inference: nothing is dropped.
fn dropout(n: &Node) -> Result<Vec<Expr>, Stop> {
    let training = n.known(2)?.is_some_and(|t| !t.is_empty() && t.get(0).as_i64() != 0);
    let ratio = n.known_floats(1)?.and_then(|r| r.first().copied()).unwrap_or(0.5);
    if training && ratio != 0.0 {
        return Err(n.unsupported("training mode"));
    }
    let x = n.x(0)?;
    Ok(vec![x.clone(), ones_like(x).cast(DType::Bool)])
}

/// Integers are truncated.
fn divide(n: &Node) -> Result<Expr, Stop> {
    let (x, y) = (n.x(0)?, n.x(1)?);
    Ok(if n.dtype(0)?.is_float() { x / y } else { x.quot(y) })
}

fn modulo(n: &Node) -> Result<Expr, Stop> {
    let (x, y) = (n.x(0)?, n.x(1)?);
    Ok(if n.int("fmod", 0) != 0 { x.fmod(y) } else { x.modulo(y) })
}

fn shift(n: &Node) -> Result<Expr, Stop> {
    let (x, y) = (n.x(0)?, n.x(1)?);
    Ok(if n.text("direction", "LEFT") == "LEFT" { x << y } else { x >> y })
}

/// Integers are raised in the widest float and converted back: exact below 2^53.
fn power(n: &Node) -> Result<Expr, Stop> {
    let (x, y, dtype) = (n.x(0)?, n.x(1)?, n.dtype(0)?);
    let wide = if dtype.is_float() { dtype } else { DType::F64 };
    Ok(x.cast(wide).pow(y.cast(wide)).cast(dtype))
}
