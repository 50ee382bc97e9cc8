//! Family G: convolutions, pooling, batch norm, trained.
//!
//! Invariants: see `mod.rs`; images are `[batch, channels, height, width]`.
//!
//! Not here: dense layers (`dense.rs`).

use super::Workload;
use super::dense::layers;
use crate::case::Definition;
use crate::data::{integers, uniform, weights};
use crate::error::Error;
use crate::optimize::{Rule, Weights};
use hypatia::compose::{Conv, Padding, Pool, cross_entropy};
use hypatia::prelude::*;

pub fn workloads() -> Vec<Workload> {
    vec![Workload::new("G.lenet", lenet), Workload::new("G.resblock", residual_block)]
}

fn same() -> Conv {
    Conv { padding: Padding::Same, ..Conv::default() }
}

/// A network of two convolutions and three dense layers (LeCun et al. 1998).
fn lenet() -> Result<Definition, Error> {
    let (batch, side) = (64, 28);
    let x = tensor::<f32>("x", (batch, 1, side, side));
    let y = vector::<i64>("y", batch);
    let mut state = Weights::default();
    let pool = Pool::new(&[2, 2]);
    let mut convolve = |x: &Expr, seed, kernel: [usize; 4], conv: &Conv| {
        let fan = kernel[1..].iter().product();
        let k = state.add(weights(seed, &kernel, fan));
        let b = state.zeros(&kernel[..1]);
        (x.conv2d(k, conv) + b.reshape((-1, 1, 1))).relu().max_pool(&pool)
    };
    let h = convolve(&x, 32, [6, 1, 5, 5], &same());
    let h = convolve(&h, 33, [16, 6, 5, 5], &Conv::default());
    let scores = layers(&h.flatten(1), &mut state, 34, &[400, 120, 84, 10]);
    let loss = cross_entropy(scores, &y);
    let step = function([&x, &y], &loss).updates(state.updates(&loss, Rule::Descent(0.05))?);
    let images = uniform(30, &[batch, 1, side, side], 0.0, 1.0);
    Ok(Definition::losses(step, vec![images.into(), integers(31, &[batch], 10).into()]))
}

/// Two convolutions with batch norm around which the input passes (He et al. 2016).
fn residual_block() -> Result<Definition, Error> {
    let (batch, channels, side) = (16, 64, 32);
    let x = tensor::<f32>("x", (batch, channels, side, side));
    let mut state = Weights::default();
    let mut convolve = |x: &Expr, seed| {
        let k = state.add(weights(seed, &[channels, channels, 3, 3], channels * 9));
        let (gain, offset) = (state.ones(&[channels]), state.zeros(&[channels]));
        x.conv2d(k, &same()).batch_norm(gain, offset, 1e-5).0
    };
    let h = convolve(&x, 41).relu();
    let y = (&x + convolve(&h, 42)).relu();
    let loss = y.sqr().mean();
    let step = function([&x], &loss).updates(state.updates(&loss, Rule::Descent(0.01))?);
    let images = uniform(40, &[batch, channels, side, side], -1.0, 1.0);
    Ok(Definition::losses(step, vec![images.into()]))
}
