//! Expressions of any depth go through every stage: nothing recurses, nothing is quadratic.
//!
//! Invariants: values are checked, so that the depth is really computed.
//!
//! Not here: depth within one crate (tests of the crates).

use hypatia::prelude::*;

const AT: f64 = 1e-3;

/// `y ← sin(y/2) + x`, again and again, from `y = x`.
fn chain(x: &Expr, depth: usize) -> Expr {
    (0..depth).fold(x.clone(), |y, _| (y * 0.5).sin() + x)
}

/// Where the chain goes for `x = AT`: each step halves the distance.
fn limit() -> f64 {
    (0..100).fold(AT, |y: f64, _| (y * 0.5).sin() + AT)
}

/// A step halves the errors so far and adds a rounding of each op, `sin` with at most 2.5 ulp: less
/// than 10 ulps in all.
const ERROR: f64 = 10.0 * f64::EPSILON;

#[test]
fn a_chain_of_100_000_steps_runs() {
    let x = scalar::<f64>("x");
    let f = function([&x], chain(&x, 100_000)).compile().unwrap();
    let value: f64 = f.call((AT,)).unwrap();
    assert!((value / limit() - 1.0).abs() < ERROR, "{value} is not {}", limit());
}

#[test]
fn a_chain_of_10_000_steps_has_a_gradient() {
    let x = scalar::<f64>("x");
    let [slope] = grad(chain(&x, 10_000), [&x]).unwrap();
    let f = function([&x], slope).compile().unwrap();
    let slope: f64 = f.call((AT,)).unwrap();
    // From y = sin(y/2) + x.
    let exact = 1.0 / (1.0 - 0.5 * (0.5 * limit()).cos());
    // A sum of products of up to 10,000 factors near 1/2: all but the first hundred vanish.
    assert!((slope / exact - 1.0).abs() < 10.0 * ERROR, "{slope} is not {exact}");
}
