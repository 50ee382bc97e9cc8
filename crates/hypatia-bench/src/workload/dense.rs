//! Families E and F: classifiers of dense layers, trained.
//!
//! Invariants: see `mod.rs`.
//!
//! Not here: convolutions (`image.rs`).

use super::Workload;
use crate::case::Definition;
use crate::data::{integers, uniform, weights};
use crate::error::Error;
use crate::optimize::{Rule, Weights};
use hypatia::compose::cross_entropy;
use hypatia::prelude::*;

const BATCH: usize = 128;
const PIXELS: usize = 784;
const CLASSES: usize = 10;

pub fn workloads() -> Vec<Workload> {
    vec![
        Workload::new("E.logreg", || classifier(10, &[PIXELS, CLASSES], Rule::Descent(0.1))),
        Workload::new("F.sgd", || classifier(20, &MLP, Rule::Descent(0.1))),
        Workload::new("F.adam", || classifier(20, &MLP, Rule::Adam)),
    ]
}

const MLP: [usize; 4] = [PIXELS, 512, 256, CLASSES];

/// Layers of these widths; the streams of data start at `seed`.
fn classifier(seed: u64, widths: &[usize], rule: Rule) -> Result<Definition, Error> {
    let (x, y) = (matrix::<f32>("x", (BATCH, PIXELS)), vector::<i64>("y", BATCH));
    let mut state = Weights::default();
    let scores = layers(&x, &mut state, seed + 2, widths);
    let loss = cross_entropy(scores, &y);
    let step = function([&x, &y], &loss).updates(state.updates(&loss, rule)?);
    let images = uniform(seed, &[BATCH, PIXELS], 0.0, 1.0);
    let labels = integers(seed + 1, &[BATCH], CLASSES as i64);
    Ok(Definition::losses(step, vec![images.into(), labels.into()]))
}

/// Dense layers with biases, each but the last followed by `relu`.
pub fn layers(x: &Expr, state: &mut Weights, seed: u64, widths: &[usize]) -> Expr {
    let mut h = x.clone();
    for (layer, pair) in widths.windows(2).enumerate() {
        if layer > 0 {
            h = h.relu();
        }
        let w = state.add(weights(seed + layer as u64, pair, pair[0]));
        h = h.dot(w) + state.zeros(&pair[1..]);
    }
    h
}
