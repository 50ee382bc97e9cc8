//! Division that rounds down, and its remainder: those of NumPy and Python.
//!
//! The remainder has the sign of the divisor; both have the special values of `numpy.mod` and
//! `numpy.floor_divide`: signed zeros, infinite operands, and 0 by 0 for integers.
//!
//! Invariants: exact for integers; remainders of floats are the exact ones of [`Expr::rem`] plus
//! at most one rounded sum. Derivatives of the remainder are 1 and `-⌊x/y⌋`, where it is 0 too.
//!
//! Not here: division that truncates (`op.rs`).

use crate::expr::Expr;
use crate::operators::{Operand, common};
use crate::shared::Shared;
use crate::span::Span;
use std::ops;

impl Expr {
    /// `x - y·⌊x/y⌋`, elementwise, broadcasting: the remainder with the sign of `y`, as
    /// `numpy.mod`. By 0 it is 0 for integers and NaN for floats. Also written `x % y`.
    #[track_caller]
    pub fn modulo(&self, right: impl Into<Operand>) -> Expr {
        self.divmod(right).1
    }

    /// `⌊x/y⌋`, elementwise, broadcasting, as `numpy.floor_divide`; by 0 it is 0 for integers and
    /// `x/y` for floats.
    #[track_caller]
    pub fn floor_div(&self, right: impl Into<Operand>) -> Expr {
        self.divmod(right).0
    }

    /// [`Expr::floor_div`] and [`Expr::modulo`].
    #[track_caller]
    pub fn divmod(&self, right: impl Into<Operand>) -> (Expr, Expr) {
        let at = Span::caller();
        at.on_behalf_of(|| {
            let (x, y) = common("divmod", self.into(), right.into());
            match x.type_or_none() {
                Some(ty) if !ty.dtype.is_float() => integers(&x, &y),
                _ => floats(&x, &y),
            }
        })
    }

    /// [`Expr::rem`] by its name in C and NumPy: the remainder with the sign of `x`.
    #[track_caller]
    pub fn fmod(&self, right: impl Into<Operand>) -> Expr {
        self.rem(right)
    }
}

/// Where the truncated remainder has the other sign than the divisor, both go one step down.
fn integers(x: &Expr, y: &Expr) -> (Expr, Expr) {
    let (quotient, rest) = (x.quot(y), x.rem(y));
    let down = rest.ne(0).and(rest.lt(0).xor(y.lt(0)));
    (down.select(&quotient - 1, &quotient), down.select(&rest + y, &rest))
}

fn floats(x: &Expr, y: &Expr) -> (Expr, Expr) {
    let rest = x.rem(y);
    let down = rest.lt(0).xor(y.lt(0));
    // An integer but for the rounding of the division.
    let quotient = (x - &rest) / y;
    let quotient = rest.ne(0).and(&down).select(&quotient - 1, quotient);
    let signed = (x / y).signbit().select(y.like(-0.0), y.like(0.0));
    let quotient = quotient.eq(0).select(signed, quotient.round());
    let quotient = y.eq(0).select(x / y, quotient);
    // The zero with the sign of the divisor, less a zero that has the derivative of the remainder.
    let zero = y.lt(0).select(y.like(-0.0), y.like(0.0)) - (rest.stop_gradient() - &rest);
    let modulo = rest.eq(0).select(zero, down.select(&rest + y, &rest));
    (quotient, modulo)
}

macro_rules! percent {
    ($($left:ty: $($right:ty),*;)*) => {$($(
        impl ops::Rem<$right> for $left {
            type Output = Expr;
            #[track_caller]
            fn rem(self, right: $right) -> Expr {
                let at = Span::caller();
                at.on_behalf_of(|| {
                    let (x, y) = common("modulo", self.into(), right.into());
                    x.modulo(y)
                })
            }
        }
    )*)*};
}
percent! {
    Expr: Expr, &Expr, Shared, &Shared, f32, f64, i32, i64;
    &Expr: Expr, &Expr, Shared, &Shared, f32, f64, i32, i64;
    Shared: Expr, &Expr, Shared, &Shared, f32, f64, i32, i64;
    &Shared: Expr, &Expr, Shared, &Shared, f32, f64, i32, i64;
    f64: Expr, &Expr, Shared, &Shared;
    i64: Expr, &Expr, Shared, &Shared;
}
