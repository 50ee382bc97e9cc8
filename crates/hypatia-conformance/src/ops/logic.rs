//! Comparisons, truth, bits, and kinds of floats.
//!
//! Invariants: none beyond the table's.
//!
//! Not here: reductions of truth values (`reduce.rs`).

use super::Build::{Call as Args, One, Two};
use super::{Call, Defect, Row};
use hypatia::dtype::DType;
use hypatia::expr::Expr;

/// The ops.
pub const ROWS: &[Row] = &[
    ("eq", Two(|x, y| x.eq(y))),
    ("ne", Two(|x, y| x.ne(y))),
    ("lt", Two(|x, y| x.lt(y))),
    ("le", Two(|x, y| x.le(y))),
    ("gt", Two(|x, y| x.gt(y))),
    ("ge", Two(|x, y| x.ge(y))),
    ("logical_and", Two(|x, y| x.and(y))),
    ("logical_or", Two(|x, y| x.or(y))),
    ("logical_xor", Two(|x, y| x.xor(y))),
    ("logical_not", One(Expr::logical_not)),
    ("bitwise_and", Two(|x, y| x & y)),
    ("bitwise_or", Two(|x, y| x | y)),
    ("bitwise_xor", Two(|x, y| x ^ y)),
    ("bitwise_not", One(|x| !x)),
    ("shift_left", Two(|x, y| x << y)),
    ("shift_right", Two(|x, y| x >> y)),
    ("isnan", One(Expr::is_nan)),
    ("isinf", One(Expr::is_inf)),
    ("isfinite", One(Expr::is_finite)),
    ("isclose", Args(is_close)),
    ("nan_to_num", Args(nan_to_num)),
    ("signbit", One(Expr::signbit)),
];

fn is_close(c: &Call) -> Result<Expr, Defect> {
    let (rtol, atol) = (c.params.number_or("rtol", 1e-5)?, c.params.number_or("atol", 1e-8)?);
    Ok(c.x(0)?.is_close(c.x(1)?, rtol, atol))
}

fn nan_to_num(c: &Call) -> Result<Expr, Defect> {
    let most = if c.dtype == DType::F32 { f64::from(f32::MAX) } else { f64::MAX };
    let number = |name, default| c.params.number_or(name, default);
    Ok(c.x(0)?.nan_to_num(number("nan", 0.0)?, number("posinf", most)?, number("neginf", -most)?))
}
