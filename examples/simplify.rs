//! What the compiler makes of an expression, and by which rules.

#![allow(clippy::print_stdout)] // Programs may print.

use hypatia::prelude::*;
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let x = vector::<f64>("x", "n");

    // Written as in a textbook: the exponentials overflow, and much of the work is idle.
    let written = ((1.0 * &x + 0.0).exp() * 1.0).sum().log();
    println!("written:\n{written}\n");

    let compiled = function([&x], &written).compile()?;
    let stages = compiled.explain();
    println!("captured:\n{}", stages.captured);
    println!("rules:\n{}", compiled.report());
    println!("step by step:\n{}\n", compiled.chain(0)?);
    println!("{}\n", compiled.why_not("log_softmax")?);
    println!("compiled:\n{}", stages.optimized);
    println!("runs as:\n{}", stages.plan);

    // e^1000 is infinite, but the logarithm of the sum is not.
    let value: f64 = compiled.call((&[1000.0, 1000.0],))?;
    println!("log(e^1000 + e^1000) = {value}");
    let expected = 1000.0 + 2f64.ln();
    // A sum and a logarithm, each right to an ulp or so of 1000.
    assert!((value - expected).abs() <= 4.0 * 1000.0 * f64::EPSILON);
    Ok(())
}
