//! Modified Bessel functions of the first kind, of orders 0 and 1.
//!
//! Up to 8 the power series, whose terms all have one sign; above, `e^x/√x` times a polynomial in
//! `1/x`. Derivatives lose nothing: those of the series are exact, and the polynomial's is divided
//! by `x²`. Coefficients: Remez exchange in 250-bit arithmetic, for uniform relative error.
//!
//! Invariants: plain maths over primitive ops; relative error below 1e-14 (`f64`) and 4e-6
//! (`f32`); finite wherever the result is, to the last factor of 2.
//!
//! Not here: other orders.

use crate::expr::Expr;
use crate::span::Span;

/// `√x·e^-x·I₀(x)` in powers of `1/x` for `x ≥ 8`: error 2^-53.0.
const FAR_0: [f64; 22] = [
    0.39894228040143265,
    0.04986778505052256,
    0.02805062866378805,
    0.029219615672020686,
    0.04468743616050336,
    0.0993105049258179,
    -0.6920600053760343,
    69.08029560008477,
    -3706.331127250906,
    150668.78460029434,
    -4666925.028303884,
    111518410.42400402,
    -2068529043.4668756,
    29831972472.679077,
    -333503758147.915,
    2867026895863.073,
    -18686150132919.06,
    90261152904113.81,
    -311603329528793.0,
    723124091585643.5,
    -1004113284808554.4,
    624654214482181.4,
];

/// `√x·e^-x·I₁(x)` in powers of `1/x` for `x ≥ 8`: error 2^-52.8.
const FAR_1: [f64; 22] = [
    0.3989422804014327,
    -0.1496033551509035,
    -0.04675104803084343,
    -0.04090739023838003,
    -0.05746786851726881,
    -0.11990274209758134,
    0.696143818354518,
    -72.37030828312339,
    3867.7103636494544,
    -156793.99448093094,
    4842675.68566173,
    -115375382.62970313,
    2133422374.6777732,
    -30665725323.9121,
    341584190312.31506,
    -2924662069297.647,
    18974368532704.824,
    -91163270102975.31,
    312702169628672.9,
    -719923285223780.8,
    989445923566533.2,
    -606940452654508.0,
];

/// The largest operand of the series, and how many terms it takes there for 2^-54.
const NEAR: (f64, i32) = (8.0, 26);

impl Expr {
    /// The modified Bessel function `I₀`, elementwise.
    #[track_caller]
    pub fn bessel_i0(&self) -> Expr {
        let at = Span::caller();
        at.on_behalf_of(|| {
            let near = self.bessel_series(0);
            self.abs().le(NEAR.0).select(near, self.abs().bessel_far(&FAR_0))
        })
    }

    /// The modified Bessel function `I₁`, elementwise; odd.
    #[track_caller]
    pub fn bessel_i1(&self) -> Expr {
        let at = Span::caller();
        at.on_behalf_of(|| {
            let near = self.bessel_series(1) * self * 0.5;
            self.abs().le(NEAR.0).select(near, self.abs().bessel_far(&FAR_1) * self.sign())
        })
    }

    /// `Σ (x²/4)^k / (k!·(k + order)!)`, from its smallest terms.
    #[track_caller]
    fn bessel_series(&self, order: i32) -> Expr {
        let square = self.sqr();
        (1..NEAR.1).rev().fold(self.like(1), |sum, k| {
            let ratio = 0.25 / (f64::from(k) * f64::from(k + order));
            &square * ratio * sum + 1
        })
    }

    /// The polynomial in `1/x` times `e^x/√x`. The exponential comes in two halves, as it
    /// overflows before the product.
    #[track_caller]
    fn bessel_far(&self, coefficients: &[f64]) -> Expr {
        // Where the result is infinite anyway, but not the operand: `∞/√∞` is NaN.
        let x = self.minimum(1500);
        let inverse = 1 / &x;
        let rest = coefficients.iter().rev();
        let sum = rest.fold(self.like(0), |sum, &c| sum * &inverse + c);
        let half = (&x * 0.5).exp();
        sum * x.rsqrt() * &half * half
    }
}
