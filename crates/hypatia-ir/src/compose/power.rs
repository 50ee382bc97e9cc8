//! Powers with constant integer exponents, by repeated squaring.
//!
//! Invariants: exact modulo the width for integers; at most `2 log₂ n` products.
//!
//! Not here: powers with any exponent (`pow`: `op.rs`).

use crate::expr::Expr;
use crate::span::Span;

impl Expr {
    /// `x^exponent`, elementwise, for integers (which wrap) and floats; `x^0` is 1.
    #[track_caller]
    pub fn powi(&self, exponent: u32) -> Expr {
        let at = Span::caller();
        at.on_behalf_of(|| {
            let mut result: Option<Expr> = None;
            let mut square = self.clone();
            let mut left = exponent;
            while left > 0 {
                if left & 1 == 1 {
                    result = Some(result.map_or_else(|| square.clone(), |r| r * &square));
                }
                left >>= 1;
                if left > 0 {
                    square = square.sqr();
                }
            }
            // A mask that is true everywhere has the shape.
            result.unwrap_or_else(|| self.eq(self).select(self.like(1), self.like(1)))
        })
    }
}
