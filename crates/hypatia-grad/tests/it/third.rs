//! Third derivatives of the elementwise functions, against central differences of the second.

use crate::{Outputs, f64s};
use hypatia_grad::gradient;
use hypatia_ir::expr::{Expr, vector};

type Build = fn(&Expr) -> Expr;

const CASES: &[(&str, Build, &[f64])] = &[
    ("tan", |x| x.tan(), &[-1.2, 0.4]),
    ("asin", |x| x.asin(), &[-0.6, 0.3]),
    ("acos", |x| x.acos(), &[-0.6, 0.3]),
    ("atan", |x| x.atan(), &[-2.0, 0.3]),
    ("atan2", |x| x.atan2(x.sqr() - 1), &[-2.0, 0.3]),
    ("sinh", |x| x.sinh(), &[-1.0, 0.3]),
    ("cosh", |x| x.cosh(), &[-1.0, 0.3]),
    ("asinh", |x| x.asinh(), &[-1.0, 0.3]),
    ("acosh", |x| x.acosh(), &[1.6, 3.0]),
    ("atanh", |x| x.atanh(), &[-0.5, 0.3]),
    ("erfc", |x| x.erfc(), &[-0.5, 1.3]),
    ("erfcx", |x| x.erfcx(), &[-0.5, 1.3, 6.0]),
    ("erfinv", |x| x.erfinv(), &[-0.5, 0.3]),
    ("lgamma", |x| x.lgamma(), &[-1.6, 0.7, 9.0]),
    ("digamma", |x| x.digamma(), &[-1.5, 0.9, 9.0]),
    ("trigamma", |x| x.trigamma(), &[-1.5, 1.4, 9.0]),
    ("cbrt", |x| x.cbrt(), &[-1.0, 2.0]),
    ("hypot", |x| x.hypot(x.sqr()), &[-1.0, 2.0]),
    ("logaddexp", |x| x.logaddexp(-x), &[-1.0, 0.0, 2.0]),
    ("log1mexp", |x| x.log1mexp(), &[-1.5, -0.5]),
    ("logit", |x| x.logit(), &[0.4, 0.6]),
    ("log2", |x| x.log2(), &[0.7, 2.0]),
    ("exp2", |x| x.exp2(), &[-0.7, 2.0]),
    ("sinc", |x| x.sinc(), &[-0.7, 0.0, 0.1, 2.0]),
    ("bessel_i0", |x| x.bessel_i0(), &[-0.7, 0.0, 4.0]),
    ("bessel_i1", |x| x.bessel_i1(), &[-0.7, 0.0, 4.0]),
];

/// As in `differences.rs`: differences with step h are off by h²·f⁽⁵⁾/6 and ε·f″/h, 1e-9 for
/// derivatives below 100, and for the steepest here by 1e-6 of themselves.
const STEP: f64 = 1e-5;
const ERROR: f64 = 1e-6;

#[test]
fn third_derivatives_are_differences_of_second() {
    let x = vector::<f64>("x", "n");
    let variables = std::slice::from_ref(&x);
    let derivative = |f: &Expr| gradient(&f.sum(), variables).unwrap().remove(0);
    for (name, build, points) in CASES {
        let second = derivative(&derivative(&build(&x)));
        let third = Outputs::new(variables, &[derivative(&second)]);
        let second = Outputs::new(variables, &[second]);
        let at = |step: f64| -> Vec<f64> {
            let moved: Vec<f64> = points.iter().map(|p| p + step).collect();
            second.call(&[f64s(&[moved.len()], &moved)]).remove(0)
        };
        let found = third.call(&[f64s(&[points.len()], points)]).remove(0);
        for (i, (above, below)) in at(STEP).into_iter().zip(at(-STEP)).enumerate() {
            let expected = (above - below) / (2.0 * STEP);
            let error = (found[i] - expected).abs() / expected.abs().max(1.0);
            assert!(error <= ERROR, "{name} at {}: {}, not {expected}", points[i], found[i]);
        }
    }
}
