//! Family H: a recurrent network that reads letters, trained.
//!
//! Invariants: see `mod.rs`.
//!
//! Not here: loops; the steps of time are written out one by one.

use super::Workload;
use crate::case::Definition;
use crate::data::{integers, uniform, weights};
use crate::error::Error;
use crate::optimize::{Rule, Weights};
use hypatia::compose::{cross_entropy, zeros};
use hypatia::ndarray::s;
use hypatia::operators::Operand;
use hypatia::prelude::*;
use hypatia::structure::{part, single, stack};

const TIME: usize = 64;
const BATCH: usize = 32;
const WIDTH: usize = 128;
const LETTERS: usize = 65;

pub fn workloads() -> Vec<Workload> {
    let note = "unrolled over its 64 steps of time";
    vec![Workload::new("H.lstm", lstm).noted(note)]
}

/// A network with a memory cell and three gates (Hochreiter and Schmidhuber 1997).
fn lstm() -> Result<Definition, Error> {
    let read = matrix::<i64>("read", (TIME, BATCH));
    let next = matrix::<i64>("next", (TIME, BATCH));
    let mut state = Weights::default();
    let table = state.add(uniform(51, &[LETTERS, WIDTH], -0.5, 0.5));
    let from_input = state.add(weights(52, &[WIDTH, 4 * WIDTH], WIDTH));
    let from_hidden = state.add(weights(53, &[WIDTH, 4 * WIDTH], WIDTH));
    let bias = state.zeros(&[4 * WIDTH]);
    let out = state.add(weights(54, &[WIDTH, LETTERS], WIDTH));
    let out_bias = state.zeros(&[LETTERS]);

    let inputs = table.take(&read, 0).dot(from_input) + bias;
    let mut h = zeros::<f32>((BATCH, WIDTH));
    let mut c = h.clone();
    let mut all = Vec::with_capacity(TIME);
    for time in 0..TIME {
        let gates = inputs.slice((single(time as i64),)) + h.dot(&from_hidden);
        let gate = |k: usize| gates.slice((.., part((k * WIDTH) as i64, ((k + 1) * WIDTH) as i64)));
        let (input, forget, update, output) = (gate(0), gate(1), gate(2), gate(3));
        c = forget.sigmoid() * &c + input.sigmoid() * update.tanh();
        h = output.sigmoid() * c.tanh();
        all.push(h.clone());
    }
    let scores = stack(&all, 0).dot(out) + Operand::from(out_bias);
    let loss = cross_entropy(scores, &next);
    let step = function([&read, &next], &loss).updates(state.updates(&loss, Rule::Descent(0.5))?);
    let letters = integers(50, &[TIME + 1, BATCH], LETTERS as i64);
    let (read, next) = (letters.slice(s![..TIME, ..]), letters.slice(s![1.., ..]));
    Ok(Definition::losses(step, vec![Tensor::from(&read), Tensor::from(&next)]))
}
