//! Activation functions.
//!
//! Invariants: plain maths over primitive ops, elementwise; a branch that is not taken is clipped
//! to where it is finite, so that its derivative is too.
//!
//! Not here: activations that are ops themselves (`tanh`, `sigmoid`, `softplus`: `op.rs`).

use super::normalize::by_channel;
use crate::error::Cause;
use crate::expr::Expr;
use crate::operators::Operand;
use crate::span::Span;

/// One method for each row, of the expression and of settings.
macro_rules! activations {
    ($($(#[$doc:meta])* $name:ident($($setting:ident),*) |$x:ident| $body:expr;)*) => {
        impl Expr {$(
            $(#[$doc])*
            #[track_caller]
            pub fn $name(&self $(, $setting: f64)*) -> Expr {
                let $x = self;
                Span::caller().on_behalf_of(|| $body)
            }
        )*}
    };
}

activations! {
    /// `max(x, 0)`, elementwise; NaN stays NaN; the derivative at 0 is 0.
    relu() |x| x.le(0).select(0, x);
    /// `max(x, 0)`, at most 6.
    relu6() |x| x.relu().minimum(6);
    /// `x` above 0, else `slope·x`; the derivative at 0 is the slope.
    leaky_relu(slope) |x| x.gt(0).select(x, x * slope);
    /// `x` above 0, else `alpha·(e^x - 1)` (Clevert, Unterthiner and Hochreiter 2016).
    elu(alpha) |x| x.gt(0).select(x, x.minimum(0).expm1() * alpha);
    /// `x` above 0, else `alpha·(e^(x/alpha) - 1)` (Barron 2017). `alpha` is not 0.
    celu(alpha) |x| match alpha == 0.0 {
        true => Expr::invalid("celu", Cause::Setting {
            name: "alpha", expected: "a number other than 0", found: alpha.to_string(),
        }, vec![x.clone()]),
        false => x.gt(0).select(x, (x.minimum(0) / alpha).expm1() * alpha),
    };
    /// `scale·x` above 0, else `scale·alpha·(e^x - 1)`, with the constants that keep mean 0 and
    /// variance 1 (Klambauer, Unterthiner, Mayr and Hochreiter 2017).
    selu() |x| x.elu(1.673_263_242_354_377_2) * 1.050_700_987_355_480_5;
    /// `x/2 · (1 + erf(x/√2))`, elementwise (Hendrycks and Gimpel 2016, exact form).
    gelu() |x| {
        let cdf = ((x * std::f64::consts::FRAC_1_SQRT_2).erf() + 1) * 0.5;
        x * cdf
    };
    /// `x/2 · (1 + tanh(√(2/π)·(x + 0.044715·x³)))` (Hendrycks and Gimpel 2016, approximate form).
    gelu_tanh() |x| {
        let slope = std::f64::consts::FRAC_2_PI.sqrt();
        let inner = x * (x.sqr() * (0.044715 * slope) + slope);
        x * ((inner.tanh() + 1) * 0.5)
    };
    /// `x·sigmoid(x)`.
    silu() |x| x * x.sigmoid();
    /// `x·tanh(softplus(x))` (Misra 2019).
    mish() |x| x * x.softplus().tanh();
    /// `alpha·x + beta`, clipped to 0…1.
    hard_sigmoid(alpha, beta) |x| (x * alpha + beta).clip(0, 1);
    /// `x/(1 + |x|)`.
    softsign() |x| x / (x.abs() + 1);
    /// `x·max(0, min(6, x + 3))/6` (Howard and others 2019).
    hard_swish() |x| x * x.hard_sigmoid(1.0 / 6.0, 0.5);
}

impl Expr {
    /// `x` above 0, else `alpha·x`: `alpha` is one slope for each channel (axis 1), or anything
    /// that broadcasts (He, Zhang, Ren and Sun 2015).
    #[track_caller]
    pub fn prelu(&self, alpha: impl Into<Operand>) -> Expr {
        Span::caller().on_behalf_of(|| {
            self.build("prelu", |ty| {
                Ok(self.gt(0).select(self, self * by_channel(alpha, ty.rank())))
            })
        })
    }
}
