//! Family J: a variational autoencoder, trained.
//!
//! Invariants: see `mod.rs`; the noise is data, the same in every step.
//!
//! Not here: random numbers.

use super::Workload;
use super::dense::layers;
use crate::case::Definition;
use crate::data::uniform;
use crate::error::Error;
use crate::optimize::{Rule, Weights};
use hypatia::prelude::*;

const BATCH: usize = 128;
const PIXELS: usize = 784;
const HIDDEN: usize = 400;
const CODE: usize = 20;

pub fn workloads() -> Vec<Workload> {
    vec![Workload::new("J.vae", vae)]
}

/// Images are encoded as a distribution and decoded from a draw (Kingma and Welling 2014).
fn vae() -> Result<Definition, Error> {
    let x = matrix::<f32>("x", (BATCH, PIXELS));
    let noise = matrix::<f32>("noise", (BATCH, CODE));
    let mut state = Weights::default();
    let code = layers(&x, &mut state, 112, &[PIXELS, HIDDEN, 2 * CODE]);
    let half = CODE as i64;
    let (mean, log_var) = (code.slice((.., ..half)), code.slice((.., half..)));
    let draw = &mean + &noise * (0.5 * &log_var).exp();
    let y = layers(&draw, &mut state, 114, &[CODE, HIDDEN, PIXELS]);

    let error = (y.maximum(0) - &x * &y + (-y.abs()).exp().log1p()).sum();
    let divergence = -0.5 * (1 + &log_var - mean.sqr() - log_var.exp()).sum();
    let loss = (error + divergence) / BATCH as f64;
    let step = function([&x, &noise], &loss).updates(state.updates(&loss, Rule::Adam)?);
    let images = uniform(110, &[BATCH, PIXELS], 0.0, 1.0);
    Ok(Definition::losses(
        step,
        vec![images.into(), uniform(111, &[BATCH, CODE], -1.7, 1.7).into()],
    ))
}
