//! Derivatives of elementwise functions.
//!
//! Invariants: factors are finite wherever the derivative is, and spelled so that large operands
//! do not overflow on the way; choices where there is no derivative are listed in `lib.rs`.
//!
//! Not here: `select`, `cast` (`table.rs`).

use crate::flow::Factor::{self, Drop, Negate, Over, Times};
use crate::site::{Site, constant};
use crate::special;
use crate::table::Rule;
use hypatia_ir::expr::Expr;
use hypatia_ir::op::{BinaryOp, UnaryOp};
use std::f64::consts::FRAC_2_SQRT_PI;

/// The derivative of `y = op(x)`.
pub(crate) fn unary<'a>(op: UnaryOp, x: &'a Expr, y: &'a Expr) -> Rule<'a> {
    let by = |factors: fn(&Expr, &Expr) -> Vec<Factor>| Rule::partial(move || factors(x, y));
    match op {
        UnaryOp::Neg => by(|_, _| vec![Negate]),
        UnaryOp::Abs => by(|x, _| vec![Times(x.sign())]),
        UnaryOp::Sqr => by(|x, _| vec![Times(x * 2)]),
        UnaryOp::Exp => by(|_, y| vec![Times(y.clone())]),
        UnaryOp::Expm1 => by(|x, _| vec![Times(x.exp())]),
        UnaryOp::Log => by(|x, _| vec![Over(x.clone())]),
        UnaryOp::Log1p => by(|x, _| vec![Over(x + 1)]),
        UnaryOp::Sqrt => by(|_, y| vec![Drop(y.eq(0)), Over(y * 2)]),
        UnaryOp::Rsqrt => by(|_, y| vec![Times(y.sqr() * y * -0.5)]),
        UnaryOp::Sin => by(|x, _| vec![Times(x.cos())]),
        UnaryOp::Cos => by(|x, _| vec![Times(x.sin()), Negate]),
        UnaryOp::Tan => by(|_, y| vec![Times(y.sqr() + 1)]),
        UnaryOp::Asin => by(|x, _| across(x)),
        UnaryOp::Acos => by(|x, _| negated(across(x))),
        UnaryOp::Atan => by(|x, _| vec![Over(x.sqr() + 1)]),
        UnaryOp::Sinh => by(|x, _| vec![Times(x.cosh())]),
        UnaryOp::Cosh => by(|x, _| vec![Times(x.sinh())]),
        UnaryOp::Tanh => by(|_, y| vec![Times(1 - y.sqr())]),
        UnaryOp::Asinh => by(|x, _| vec![Over(x.hypot(1))]),
        // Two roots: the product below one root would overflow.
        UnaryOp::Acosh => by(|x, _| vec![Drop(x.eq(1)), Times((x - 1).rsqrt() * (x + 1).rsqrt())]),
        UnaryOp::Atanh => by(|x, _| vec![Over((1 - x) * (x + 1))]),
        // 1 - y would lose everything where y is close to 1.
        UnaryOp::Sigmoid => by(|x, y| vec![Times(y * (-x).sigmoid())]),
        UnaryOp::Softplus => by(|x, _| vec![Times(x.sigmoid())]),
        UnaryOp::Erf => by(|x, _| vec![Times((-x.sqr()).exp() * FRAC_2_SQRT_PI)]),
        UnaryOp::Erfc => by(|x, _| vec![Times((-x.sqr()).exp() * -FRAC_2_SQRT_PI)]),
        UnaryOp::Erfcx => by(|x, y| vec![Times(special::scaled_erfc(x, y))]),
        UnaryOp::Erfinv => by(|_, y| vec![Times(y.sqr().exp() / FRAC_2_SQRT_PI)]),
        UnaryOp::Lgamma => by(|x, _| vec![Times(x.digamma())]),
        UnaryOp::Digamma => by(|x, _| vec![Times(x.trigamma())]),
        UnaryOp::Sign | UnaryOp::Not => Rule::Cut,
        UnaryOp::Floor | UnaryOp::Ceil | UnaryOp::Trunc | UnaryOp::Round => Rule::Cut,
    }
}

/// The factors and a change of sign.
fn negated(mut factors: Vec<Factor>) -> Vec<Factor> {
    factors.push(Negate);
    factors
}

/// The derivative of the arc sine: `1/√(1 - x²)`, without cancellation; 0 at 1 and -1.
fn across(x: &Expr) -> Vec<Factor> {
    vec![Drop(x.abs().eq(1)), Times(((1 - x) * (x + 1)).rsqrt())]
}

/// The derivative of the angle of `(x, y)` by `y` is `x/(x² + y²)`, by `x` it is `-y/(x² + y²)`.
///
/// All are scaled by the larger coordinate, which the derivative does not depend on, so that no
/// square overflows. At the origin there is no derivative, and 0 is taken.
fn angle(y: &Expr, x: &Expr, by: &Expr) -> Vec<Factor> {
    let scale = y.abs().maximum(x.abs()).stop_gradient();
    let (u, v) = (x / &scale, y / &scale);
    vec![Drop(scale.eq(0)), Times(by / &scale / (u.sqr() + v.sqr())), Over(scale)]
}

/// The derivative of `op(x, y)` by one of its operands.
pub(crate) fn binary<'a>(op: BinaryOp, site: &'a Site<'a>, which: usize) -> Rule<'a> {
    let (Some(x), Some(y)) = (site.operands.first(), site.operands.get(1)) else {
        return Rule::Cut;
    };
    let z = site.result;
    let other = if which == 0 { y } else { x };
    match (op, which) {
        (BinaryOp::Add, _) | (BinaryOp::Sub, 0) => Rule::identity(),
        (BinaryOp::Sub, _) => Rule::partial(move || vec![Negate]),
        (BinaryOp::Mul, _) => Rule::partial(move || vec![Times(other.clone())]),
        (BinaryOp::Div, 0) => Rule::partial(move || vec![Over(y.clone())]),
        (BinaryOp::Div, _) => Rule::partial(move || vec![Times(z / y), Negate]),
        (BinaryOp::Pow, 0) => Rule::partial(move || base(x, y)),
        // x^y · log x.
        (BinaryOp::Pow, _) => Rule::partial(move || vec![Drop(x.eq(0)), Times(z * x.log())]),
        (BinaryOp::Atan2, 0) => Rule::partial(move || angle(x, y, y)),
        (BinaryOp::Atan2, _) => Rule::partial(move || negated(angle(x, y, x))),
        (BinaryOp::Max, 0) => Rule::partial(move || chosen(x, y, x.lt(y))),
        (BinaryOp::Max, _) => Rule::partial(move || chosen(x, y, y.lt(x))),
        (BinaryOp::Min, 0) => Rule::partial(move || chosen(x, y, y.lt(x))),
        (BinaryOp::Min, _) => Rule::partial(move || chosen(x, y, x.lt(y))),
        (BinaryOp::Rem, 0) => Rule::identity(),
        // The quotient is an integer up to roundings, which may leave it below.
        (BinaryOp::Rem, _) => Rule::partial(move || vec![Times(((x - z) / y).round()), Negate]),
        (BinaryOp::And | BinaryOp::Or | BinaryOp::Xor, _) => Rule::Cut,
        (BinaryOp::Shl | BinaryOp::Shr | BinaryOp::Quot, _) => Rule::Cut,
    }
}

/// The derivative of the larger or smaller operand by the one that is not chosen where `lost`:
/// 1, or a half at ties.
fn chosen(x: &Expr, y: &Expr, lost: Expr) -> Vec<Factor> {
    vec![Drop(lost), Times(x.eq(y).select(x.like(0.5), x.like(1)))]
}

/// The derivative of `x^y` by `x`: `y·x^(y-1)`, without a logarithm.
fn base(x: &Expr, y: &Expr) -> Vec<Factor> {
    match constant(y) {
        Some(1.0) => Vec::new(),
        Some(0.0) => vec![Times(x.like(0))],
        Some(c) if c > 0.0 && c < 1.0 => vec![Drop(x.eq(0)), Times(x.pow(c - 1.0) * c)],
        Some(c) => vec![Times(power(x, c - 1.0) * c)],
        None => {
            // Where y = 0 the product may be 0·∞; between 0 and 1 it is infinite at x = 0.
            let infinite = x.eq(0).and(y.gt(0)).and(y.lt(1));
            vec![Drop(y.eq(0).or(infinite)), Times(x.pow(y - 1) * y)]
        }
    }
}

fn power(x: &Expr, exponent: f64) -> Expr {
    match exponent {
        1.0 => x.clone(),
        2.0 => x.sqr(),
        other => x.pow(other),
    }
}
