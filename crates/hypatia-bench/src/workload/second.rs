//! Family M: second derivatives of small functions.
//!
//! Invariants: see `mod.rs`.
//!
//! Not here: training.

use super::Workload;
use crate::case::Definition;
use crate::data::{integers, uniform, weights};
use crate::error::Error;
use hypatia::compose::cross_entropy;
use hypatia::outputs::Reused;
use hypatia::prelude::*;
use hypatia::structure::part;
use std::slice::from_ref;

/// Widths of the layers of the network, and how many points it sees.
const WIDTHS: [usize; 4] = [10, 20, 12, 3];
const POINTS: usize = 32;
/// Unknowns of Rosenbrock's function.
const UNKNOWNS: usize = 1000;

pub fn workloads() -> Vec<Workload> {
    vec![
        Workload::new("M.hvp_mlp", network_product),
        Workload::new("M.hess_mlp", network_hessian),
        Workload::new("M.rosen_grad", valley_slope),
        Workload::new("M.rosen_hvp", valley_product),
    ]
}

/// A network whose weights are one vector.
struct Network {
    theta: Expr,
    x: Expr,
    y: Expr,
    loss: Expr,
}

impl Network {
    fn new() -> Network {
        let theta = vector::<f32>("theta", size());
        let x = matrix::<f32>("x", (POINTS, WIDTHS[0]));
        let y = vector::<i64>("y", POINTS);
        let mut at = 0;
        let mut next = |count: usize| {
            at += count;
            theta.slice((part((at - count) as i64, at as i64),))
        };
        let mut h = x.clone();
        for (layer, pair) in WIDTHS.windows(2).enumerate() {
            if layer > 0 {
                h = h.tanh();
            }
            let w = next(pair[0] * pair[1]).reshape((pair[0], pair[1]));
            h = h.dot(w) + next(pair[1]);
        }
        let loss = cross_entropy(h, &y);
        Network { theta, x, y, loss }
    }

    /// Values of `theta`, `x` and `y`.
    fn data() -> [Tensor; 3] {
        let layer = |(i, pair): (usize, &[usize])| {
            let w = weights(120 + i as u64, &[pair[0] * pair[1]], pair[0]);
            [w, ArrayD::zeros(&pair[1..])]
        };
        let parts: Vec<ArrayD<f32>> = WIDTHS.windows(2).enumerate().flat_map(layer).collect();
        let theta: Array1<f32> = parts.iter().flatten().copied().collect();
        let x = uniform(131, &[POINTS, WIDTHS[0]], -1.0, 1.0);
        [theta.into(), x.into(), integers(132, &[POINTS], 3).into()]
    }
}

fn size() -> usize {
    WIDTHS.windows(2).map(|pair| pair[0] * pair[1] + pair[1]).sum()
}

fn network_product() -> Result<Definition, Error> {
    let Network { theta, x, y, loss } = Network::new();
    let v = vector::<f32>("v", size());
    let product = hypatia::hvp(&loss, from_ref(&theta), from_ref(&v))?.remove(0);
    let [at, points, labels] = Network::data();
    let data = vec![at, uniform(130, &[size()], -1.0, 1.0).into(), points, labels];
    Ok(Definition::results::<Reused<Array1<f32>>>(function([&theta, &v, &x, &y], product), data))
}

fn network_hessian() -> Result<Definition, Error> {
    let Network { theta, x, y, loss } = Network::new();
    let function = function([&theta, &x, &y], hessian(&loss, &theta)?);
    Ok(Definition::results::<Reused<Array2<f32>>>(function, Network::data().to_vec()))
}

/// Rosenbrock's function, a sum over pairs of neighbours.
fn valley(x: &Expr) -> Expr {
    let (left, right) = (x.slice((..-1,)), x.slice((1..,)));
    (100.0 * (right - left.sqr()).sqr() + (1.0 - left).sqr()).sum()
}

fn point() -> Tensor {
    uniform(140, &[UNKNOWNS], 0.5, 1.5).into()
}

fn valley_slope() -> Result<Definition, Error> {
    let x = vector::<f32>("x", UNKNOWNS);
    let [slope] = grad(valley(&x), [&x])?;
    Ok(Definition::results::<Reused<Array1<f32>>>(function([&x], slope), vec![point()]))
}

/// The gradient, and the Hessian times a direction.
fn valley_product() -> Result<Definition, Error> {
    let (x, v) = (vector::<f32>("x", UNKNOWNS), vector::<f32>("v", UNKNOWNS));
    let height = valley(&x);
    let [slope] = grad(&height, [&x])?;
    let product = hypatia::hvp(&height, from_ref(&x), from_ref(&v))?.remove(0);
    let function = function([&x, &v], (slope, product));
    let data = vec![point(), uniform(141, &[UNKNOWNS], -1.0, 1.0).into()];
    Ok(Definition::results::<(Reused<Array1<f32>>, Reused<Array1<f32>>)>(function, data))
}
