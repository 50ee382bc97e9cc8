//! Chains of 100,000 expressions are differentiated on a small stack.

use crate::Outputs;
use hypatia_grad::{grad, jvp};
use hypatia_ir::expr::{Expr, scalar};

#[test]
fn deep_chains_are_differentiated() {
    const DEPTH: i32 = 100_000;
    let test = || {
        let x = scalar::<f64>("x");
        // The slope of each link is 1 ± 2⁻²⁰, of which the powers are known.
        let link = 1.0 + f64::powi(2.0, -20);
        let y = (0..DEPTH).fold(x.clone(), |y, _| y * link);
        let [g] = grad(&y, [&x]).unwrap();
        let forward = jvp(&[y], std::slice::from_ref(&x), &[Expr::constant(1.0)]).unwrap();
        let values = Outputs::new(std::slice::from_ref(&x), &[g, forward[0].clone()]);
        let values = values.call(&[1.0.into()]);
        // A rounding for each factor, and those of `powi`.
        let tolerance = 2.0 * f64::from(DEPTH) * f64::EPSILON;
        for value in values.concat() {
            assert!((value / link.powi(DEPTH) - 1.0).abs() < tolerance, "{value}");
        }
    };
    let thread = std::thread::Builder::new().stack_size(512 * 1024).spawn(test).unwrap();
    thread.join().unwrap();
}

#[test]
fn shared_parts_are_differentiated_once() {
    // 2^60 paths, 60 nodes.
    let x = scalar::<f64>("x");
    let y = (0..60).fold(x.clone(), |y, _| &y + &y);
    let [g] = grad(&y, [&x]).unwrap();
    let values = Outputs::new(std::slice::from_ref(&x), &[g]).call(&[1.0.into()]);
    assert_eq!(values, [[2f64.powi(60)]]);
}
