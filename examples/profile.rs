//! Where the time of a training step goes, by step and by line of this file.
//!
//! `cargo run --release --example profile [TRACE]` prints the tables and, with a path, writes a trace
//! that browsers' tracing pages and Perfetto show.

#![allow(clippy::print_stdout)] // Programs may print.

use hypatia::prelude::*;
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let (x, labels) = (matrix::<f32>("x", ("n", 784)), vector::<i64>("labels", "n"));
    let (w1, b1) = weights("1", 784, 512);
    let (w2, b2) = weights("2", 512, 10);

    // Each of these lines has a row in the second table, with its share of the gradients.
    let hidden = (x.dot(&w1) + &b1).relu();
    let logits = hidden.dot(&w2) + &b2;
    let loss = -logits.log_softmax(-1).take_along(&labels).mean();

    let mut train = function([&x, &labels], &loss);
    for (parameter, gradient) in
        [&w1, &b1, &w2, &b2].into_iter().zip(grad(&loss, [&w1, &b1, &w2, &b2])?)
    {
        train = train.update(parameter, parameter - 0.1 * gradient);
    }
    let train = train.compile()?;

    let points =
        Array2::from_shape_fn((128, 784), |(i, j)| ((i * 31 + j * 17) % 255) as f32 / 255.0);
    let digits = Array1::from_shape_fn(128, |i| (i % 10) as i64);
    let first: f32 = train.call((&points, &digits))?;
    train.start_profile();
    let mut last = first;
    for _ in 0..50 {
        last = train.call((&points, &digits))?;
    }
    let profile = train.profile();
    println!("{profile}");
    println!("loss {first:.3} at first, {last:.3} at last");
    assert!(last < first);

    if let Some(path) = std::env::args().nth(1) {
        profile.save_chrome_trace(&path)?;
        println!("trace written to {path}");
    }
    Ok(())
}

/// A matrix and a bias of a layer. The matrix is a wave, small enough for a start.
fn weights(layer: &str, inputs: usize, outputs: usize) -> (Shared, Shared) {
    let wave = |(i, j): (usize, usize)| 0.05 * ((i * outputs + j) as f32 * 0.7).sin();
    (
        shared(&format!("w{layer}"), Array2::from_shape_fn((inputs, outputs), wave)),
        shared(&format!("b{layer}"), Array1::<f32>::zeros(outputs)),
    )
}
