//! Newton's method without a Hessian: products of it with vectors are enough.
//!
//! `cargo run --release --example newton_cg`
//!
//! Logistic regression on irises, all three classes at once. Each step of Newton's method solves
//! `H · step = gradient` by conjugate gradients (Hestenes and Stiefel 1952), which only ask for
//! `H · v`: one compiled function, as dear as two gradients, however many weights there are.

#![allow(clippy::print_stdout)] // Programs may print.

use hypatia::prelude::*;
use std::error::Error;
use std::path::Path;

const FEATURES: usize = 4;
const CLASSES: usize = 3;
/// Weights and biases, one after the other.
const WEIGHTS: usize = (FEATURES + 1) * CLASSES;
const PENALTY: f64 = 0.01;
/// The least penalised loss, to 1e-9: by another program, with another method (L-BFGS).
const LEAST: f64 = 0.22428890289472186;

fn main() -> Result<(), Box<dyn Error>> {
    let (lengths, classes) = irises()?;

    let x = matrix::<f64>("x", ("n", FEATURES));
    let y = vector::<i64>("y", "n");
    let weights = vector::<f64>("weights", WEIGHTS);
    let w = weights.slice((..FEATURES * CLASSES,)).reshape((FEATURES, CLASSES));
    let b = weights.slice((FEATURES * CLASSES..,));
    let loss =
        -(x.dot(&w) + b).softmax(-1).take_along(&y).log().mean() + 0.5 * PENALTY * w.sqr().sum();

    let [gradient] = grad(&loss, [&weights])?;
    let direction = vector::<f64>("direction", WEIGHTS);
    let one = std::slice::from_ref;
    let curved = hvp(&loss, one(&weights), one(&direction))?;
    let look = function([&x, &y, &weights], (&loss, &gradient)).compile()?;
    if let Some(savings) = look.savings() {
        println!("{savings}");
    }
    // How the loss curves depends on the lengths and the weights, not on the classes.
    let curve = function([&x, &weights, &direction], &curved[0]).compile()?;

    let mut at = Array1::<f64>::zeros(WEIGHTS);
    println!("{:>4}  {:>12}  {:>10}  {:>8}", "step", "loss", "gradient", "products");
    let mut least = f64::INFINITY;
    for step in 0..12 {
        let (loss, slope): (f64, Array1<f64>) = look.call((&lengths, &classes, &at))?;
        least = loss;
        let steepness = slope.dot(&slope).sqrt();
        if steepness < 1e-10 {
            println!("{step:4}  {loss:12.9}  {steepness:10.2e}");
            break;
        }
        let product = |v: &Array1<f64>| -> Result<Array1<f64>, Box<dyn Error>> {
            Ok(curve.call((&lengths, &at, v))?)
        };
        let (newton, products) = conjugate_gradients(product, &slope)?;
        println!("{step:4}  {loss:12.9}  {steepness:10.2e}  {products:8}");
        at = at - newton;
    }
    assert!((least - LEAST).abs() < 1e-9, "{least}, expected {LEAST}");
    Ok(())
}

/// The solution of `H · x = b`, given products with the positive definite `H`, and how many
/// it took. Stops where the rest is small against `b`: more would not make the step better.
fn conjugate_gradients(
    product: impl Fn(&Array1<f64>) -> Result<Array1<f64>, Box<dyn Error>>,
    b: &Array1<f64>,
) -> Result<(Array1<f64>, usize), Box<dyn Error>> {
    let mut x = Array1::<f64>::zeros(b.len());
    let mut rest = b.clone();
    let mut direction = rest.clone();
    let enough = 1e-8 * b.dot(b);
    let mut products = 0;
    while rest.dot(&rest) > enough && products < 4 * b.len() {
        let curved = product(&direction)?;
        products += 1;
        let size = rest.dot(&rest);
        let step = size / direction.dot(&curved);
        x = x + step * &direction;
        rest = rest - step * &curved;
        direction = &rest + (rest.dot(&rest) / size) * &direction;
    }
    Ok((x, products))
}

/// The lengths and the class of each flower.
fn irises() -> Result<(Array2<f64>, Vec<i64>), Box<dyn Error>> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/data/iris.csv");
    let text = std::fs::read_to_string(file)?;
    let (mut lengths, mut classes) = (Vec::new(), Vec::new());
    for line in text.lines().skip(1) {
        let mut fields = line.split(',');
        for _ in 0..FEATURES {
            lengths.push(fields.next().ok_or("a length is missing")?.parse()?);
        }
        classes.push(fields.next().ok_or("a class is missing")?.parse()?);
    }
    Ok((Array2::from_shape_vec((classes.len(), FEATURES), lengths)?, classes))
}
