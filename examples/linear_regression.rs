//! Fits a straight line, then finds that the compiler did not keep what it did not need.
//!
//! The model is `y = x·w + b`. Its loss is a mean of squares, its gradient is symbolic, and one
//! compiled function does a whole step of gradient descent.

#![allow(clippy::print_stdout)] // Programs may print.

use hypatia::prelude::*;
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    // Symbols: any number of points `n`, three numbers each.
    let x = matrix::<f64>("x", ("n", 3));
    let y = vector::<f64>("y", "n");
    let w = shared("w", Array1::<f64>::zeros(3));
    let b = shared("b", 0.0f64);

    // Maths: nothing is computed here.
    let loss = (x.dot(&w) + &b - &y).sqr().mean();
    let [gw, gb] = grad(&loss, [&w, &b])?;
    println!("loss   = {loss}\n∂/∂b   = {gb}");

    let step =
        function([&x, &y], &loss).update(&w, &w - 0.1 * gw).update(&b, &b - 0.1 * gb).compile()?;
    if let Some(savings) = step.savings() {
        println!("{savings}");
    }

    // Data: points on a grid, and a target that is linear but for a small wave.
    let points =
        Array2::from_shape_fn((200, 3), |(i, j)| ((i * (3 * j + 7)) % 41) as f64 / 20.0 - 1.0);
    let truth = array![2.0, -3.0, 0.5];
    let targets =
        points.dot(&truth) + 1.5 + Array1::from_shape_fn(200, |i| 0.01 * (i as f64).sin());

    for round in 0..=300 {
        let loss: f64 = step.call((&points, &targets))?;
        if round % 60 == 0 {
            println!("round {round:3}: loss {loss:.6}");
        }
    }

    let (w, b) = (w.get(), b.get());
    println!("w = {w:?}, b = {b:?}");
    let found = w.view::<f64>().ok_or("w is f64")?;
    for (found, truth) in found.iter().zip(&truth) {
        // The wave has amplitude 0.01, so no weight is off by more than a few of those.
        assert!((found - truth).abs() < 0.02, "{found} is not {truth}");
    }
    Ok(())
}
