//! Family I: a small transformer that reads letters, trained.
//!
//! Invariants: see `mod.rs`.
//!
//! Not here: attention as one op (`hypatia::compose::attention`, of which this is a user).

use super::Workload;
use crate::case::Definition;
use crate::data::{integers, uniform, weights};
use crate::error::Error;
use crate::optimize::{Rule, Weights};
use hypatia::compose::{Attention, attention, cross_entropy};
use hypatia::ndarray::s;
use hypatia::prelude::*;
use hypatia::structure::single;

const LAYERS: usize = 4;
const WIDTH: usize = 128;
const HEADS: usize = 4;
const TIME: usize = 64;
const BATCH: usize = 16;
const LETTERS: usize = 65;

pub fn workloads() -> Vec<Workload> {
    vec![Workload::new("I.gpt", gpt)]
}

/// A decoder with layer norm before each part (Radford et al. 2019).
fn gpt() -> Result<Definition, Error> {
    let read = matrix::<i64>("read", (BATCH, TIME));
    let next = matrix::<i64>("next", (BATCH, TIME));
    let mut state = Weights::default();
    let letters = state.add(uniform(61, &[LETTERS, WIDTH], -0.05, 0.05));
    let places = state.add(uniform(62, &[TIME, WIDTH], -0.05, 0.05));
    let mut x = letters.take(&read, 0) + places;
    for layer in 0..LAYERS as u64 {
        let seed = 70 + 10 * layer;
        let h = linear(&normal(&x, &mut state), &mut state, seed, 3 * WIDTH);
        x = x + linear(&attended(&h), &mut state, seed + 1, WIDTH);
        let h = linear(&normal(&x, &mut state), &mut state, seed + 2, 4 * WIDTH).gelu_tanh();
        x = x + linear(&h, &mut state, seed + 3, WIDTH);
    }
    let head = normal(&x, &mut state);
    let scores = head.dot(state.add(weights(63, &[WIDTH, LETTERS], WIDTH)));
    let loss = cross_entropy(scores, &next);
    let step = function([&read, &next], &loss).updates(state.updates(&loss, Rule::Adam)?);
    let letters = integers(60, &[BATCH, TIME + 1], LETTERS as i64);
    let (read, next) = (letters.slice(s![.., ..TIME]), letters.slice(s![.., 1..]));
    Ok(Definition::losses(step, vec![Tensor::from(&read), Tensor::from(&next)]))
}

fn normal(x: &Expr, state: &mut Weights) -> Expr {
    x.layer_norm(-1, state.ones(&[WIDTH]), state.zeros(&[WIDTH]), 1e-5)
}

/// A dense layer from the last axis of `x` to `out` features.
fn linear(x: &Expr, state: &mut Weights, seed: u64, out: usize) -> Expr {
    let features = x.ty().ok().and_then(|ty| ty.shape.last()?.known()).unwrap_or_default();
    let features = features as usize;
    let w = state.add(weights(seed, &[features, out], features));
    x.dot(w) + state.zeros(&[out])
}

/// Queries, keys and values side by side become what each head has seen, side by side.
fn attended(h: &Expr) -> Expr {
    let size = WIDTH / HEADS;
    let split = h.reshape((BATCH, TIME, 3, HEADS, size)).transpose([2, 0, 3, 1, 4]);
    let [q, k, v] = [0, 1, 2].map(|i| split.slice((single(i),)));
    let settings = Attention { causal: true, ..Attention::default() };
    attention(q, k, v, &settings).transpose([0, 2, 1, 3]).reshape((BATCH, TIME, WIDTH))
}
