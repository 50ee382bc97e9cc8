//! What kind of number an element is: NaN, infinite, negative, close to another.
//!
//! Invariants: integers and bools are finite and not NaN; results are bool, except those of
//! `copysign` and `nan_to_num`.
//!
//! Not here: comparisons (`operators.rs`).

use crate::expr::Expr;
use crate::operators::{Operand, common};
use crate::span::Span;

impl Expr {
    /// Whether elements are NaN.
    #[track_caller]
    pub fn is_nan(&self) -> Expr {
        self.ne(self)
    }

    /// Whether elements are infinite.
    #[track_caller]
    pub fn is_inf(&self) -> Expr {
        let at = Span::caller();
        at.on_behalf_of(|| match self.holds_floats() {
            true => self.abs().eq(f64::INFINITY),
            false => self.ne(self),
        })
    }

    /// Whether elements are neither infinite nor NaN.
    #[track_caller]
    pub fn is_finite(&self) -> Expr {
        let at = Span::caller();
        at.on_behalf_of(|| match self.holds_floats() {
            true => self.abs().lt(f64::INFINITY),
            false => self.eq(self),
        })
    }

    /// Whether elements are below 0 or the zero `-0`; the sign of NaN does not count.
    #[track_caller]
    pub fn signbit(&self) -> Expr {
        let at = Span::caller();
        at.on_behalf_of(|| match self.holds_floats() {
            true => self.lt(0).or(self.eq(0).and((1.0 / self).lt(0))),
            false => self.lt(0),
        })
    }

    /// `|x|` with the sign of `right`, zeros too, elementwise, broadcasting.
    #[track_caller]
    pub fn copysign(&self, right: impl Into<Operand>) -> Expr {
        let at = Span::caller();
        at.on_behalf_of(|| {
            let (x, y) = common("copysign", self.into(), right.into());
            y.signbit().select(-x.abs(), x.abs())
        })
    }

    /// The elements with `nan`, `highest` and `lowest` in place of NaN and the infinities.
    #[track_caller]
    pub fn nan_to_num(
        &self,
        nan: impl Into<Operand>,
        highest: impl Into<Operand>,
        lowest: impl Into<Operand>,
    ) -> Expr {
        let at = Span::caller();
        at.on_behalf_of(|| {
            if !self.holds_floats() {
                return self.clone();
            }
            let above = self.eq(f64::INFINITY).select(highest, self);
            let both = self.eq(f64::NEG_INFINITY).select(lowest, above);
            self.is_nan().select(nan, both)
        })
    }

    /// Whether `|x - y| ≤ absolute + relative·|y|`, elementwise, broadcasting; an infinite
    /// element is only close to itself, NaN to nothing. Floats.
    #[track_caller]
    pub fn is_close(&self, right: impl Into<Operand>, relative: f64, absolute: f64) -> Expr {
        let at = Span::caller();
        at.on_behalf_of(|| {
            let (x, y) = common("is_close", self.into(), right.into());
            let near = (&x - &y).abs().le(y.abs() * relative + absolute);
            x.eq(&y).or(y.is_finite().and(near))
        })
    }

    /// Whether all elements are close, as [`Expr::is_close`]: one bool.
    #[track_caller]
    pub fn all_close(&self, right: impl Into<Operand>, relative: f64, absolute: f64) -> Expr {
        let at = Span::caller();
        at.on_behalf_of(|| self.is_close(right, relative, absolute).all())
    }

    /// Whether elements may be other than finite; of an unknown type, which its own error says.
    fn holds_floats(&self) -> bool {
        self.type_or_none().is_none_or(|ty| ty.dtype.is_float())
    }
}
