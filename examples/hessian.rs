//! Newton's method: gradients of gradients are expressions like any other.
//!
//! Rosenbrock's function has its minimum, 0, at (1, 1), at the end of a curved valley in which
//! gradient descent needs thousands of steps. With second derivatives it takes a few.

#![allow(clippy::print_stdout)] // Programs may print.

use hypatia::prelude::*;
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let p = vector::<f64>("p", 2);
    let (x, y) = (p.slice((..1,)), p.slice((1..,)));
    let height = ((1.0 - &x).sqr() + 100.0 * (&y - x.sqr()).sqr()).sum();

    let [slope] = grad(&height, [&p])?;
    let curvature = hessian(&height, &p)?;
    println!("slope = {slope}\n");
    let look = function([&p], (&height, &slope, &curvature)).compile()?;

    let mut at = array![-1.2, 1.0];
    let mut last = f64::INFINITY;
    println!("{:>4}  {:>24}  {:>10}", "step", "point", "height");
    for step in 0..=7 {
        let (height, slope, h): (f64, Array1<f64>, Array2<f64>) = look.call((&at,))?;
        println!("{step:4}  {:>24}  {height:10.3e}", format!("{at:.8}"));
        last = height;

        // The step solves `h · step = slope`; for two unknowns Cramer's rule is enough.
        let determinant = h[[0, 0]] * h[[1, 1]] - h[[0, 1]] * h[[1, 0]];
        at[0] -= (h[[1, 1]] * slope[0] - h[[0, 1]] * slope[1]) / determinant;
        at[1] -= (h[[0, 0]] * slope[1] - h[[1, 0]] * slope[0]) / determinant;
    }
    assert!(last < 1e-20, "{last} is not the minimum");

    let (_, _, h): (f64, Array1<f64>, Array2<f64>) = look.call((&array![1.0, 1.0],))?;
    assert_eq!(h, array![[802.0, -400.0], [-400.0, 200.0]]); // by hand, and exact in binary
    println!("curvature at the minimum:\n{h}");
    Ok(())
}
