//! Recurrent layers, unrolled: a step for each element of the sequence.
//!
//! Invariants: sequences are `[time, batch, features]` inside; the length is known.
//!
//! Not here: loops whose length is data.

use super::super::Stop;
use super::super::node::Node;
use super::Build::Many;
use super::Row;
use crate::ops::length;
use hypatia::expr::Expr;
use hypatia::structure::{single, stack};

/// The operators.
pub const ROWS: &[Row] = &[
    ("GRU", Many(|n| layer(n, 3, gru))),
    ("LSTM", Many(|n| layer(n, 4, lstm))),
    ("RNN", Many(|n| layer(n, 1, rnn))),
];

/// Weights of one direction: `[features, gates·size]`, and biases.
struct Weights {
    w: Expr,
    r: Expr,
    w_bias: Expr,
    r_bias: Expr,
    /// Weights by which the memory of an LSTM looks at its gates: input, output, forget.
    peepholes: Option<Expr>,
}

/// State and memory; a layer without memory passes on what it has.
type State = (Expr, Expr);
type Step = fn(&Node, &Weights, &Expr, &State) -> State;

fn gates<const N: usize>(x: &Expr, size: i64) -> [Expr; N] {
    let mut parts = x.split(vec![size.into(); N], -1).into_iter();
    std::array::from_fn(|_| parts.next().unwrap_or_else(|| x.clone()))
}

fn rnn(_: &Node, k: &Weights, x: &Expr, (h, c): &State) -> State {
    ((x.dot(&k.w) + h.dot(&k.r) + &k.w_bias + &k.r_bias).tanh(), c.clone())
}

/// Gates in the standard's order: input, output, forget, cell.
fn lstm(_: &Node, k: &Weights, x: &Expr, (h, c): &State) -> State {
    let size = length(h, 1);
    let [i, o, f, g] = gates(&(x.dot(&k.w) + h.dot(&k.r) + &k.w_bias + &k.r_bias), size);
    let look = |memory: &Expr, at: i64, gate: Expr| match &k.peepholes {
        Some(p) => gate + memory * p.slice([hypatia::structure::part(at * size, (at + 1) * size)]),
        None => gate,
    };
    let (i, f) = (look(c, 0, i).sigmoid(), look(c, 2, f).sigmoid());
    let memory = f * c + i * g.tanh();
    (look(&memory, 1, o).sigmoid() * memory.tanh(), memory)
}

/// Gates in the standard's order: update, reset, hidden.
fn gru(n: &Node, k: &Weights, x: &Expr, (h, c): &State) -> State {
    let size = length(h, 1);
    let [xz, xr, xn] = gates(&(x.dot(&k.w) + &k.w_bias), size);
    let [rz, rr, rn] = gates(&k.r, size);
    let [bz, br, bn] = gates(&k.r_bias, size);
    let z = (xz + h.dot(rz) + bz).sigmoid();
    let r = (xr + h.dot(rr) + br).sigmoid();
    let inner = match n.int("linear_before_reset", 0) {
        0 => (r * h).dot(rn) + bn,
        _ => r * (h.dot(rn) + bn),
    };
    ((1 - &z) * (xn + inner).tanh() + z * h, c.clone())
}

/// Weights of one direction; biases that are left out are zero.
fn weights(n: &Node, direction: i64, width: i64) -> Result<Weights, Stop> {
    let of = |x: &Expr| x.slice([single(direction)]);
    let (w, r) = (of(n.x(1)?).t(), of(n.x(2)?).t());
    let (w_bias, r_bias) = match n.opt(3) {
        Some(bias) => {
            let parts = of(bias).split([width, width], 0);
            (parts[0].clone(), parts[1].clone())
        }
        None => {
            let zeros = w.like(0.0).broadcast_to([width]);
            (zeros.clone(), zeros)
        }
    };
    Ok(Weights { w, r, w_bias, r_bias, peepholes: n.opt(7).map(of) })
}

/// What this reader does not have of recurrent layers.
fn refused(n: &Node) -> Option<Stop> {
    let lengths = n.opt(4).map(|_| n.unsupported("sequence_lens"));
    let settings = ["activations", "clip"].into_iter().find(|name| n.attribute(name).is_some());
    lengths.or(settings.map(|name| n.unsupported(name)))
}

fn layer(n: &Node, gate_count: i64, step: Step) -> Result<Vec<Expr>, Stop> {
    if let Some(stop) = refused(n) {
        return Err(stop);
    }
    let batch_first = n.int("layout", 0) != 0;
    let turned = |x: &Expr| if batch_first { x.swap_axes(0, 1) } else { x.clone() };
    let x = turned(n.x(0)?);
    let (time, batch, size) = (length(&x, 0), length(&x, 1), length(n.x(2)?, 2));
    let directions: &[bool] = match n.text("direction", "forward").as_str() {
        "forward" => &[false],
        "reverse" => &[true],
        _ => &[false, true],
    };
    let (mut lines, mut last_h, mut last_c) = (Vec::new(), Vec::new(), Vec::new());
    for (direction, &backwards) in (0i64..).zip(directions) {
        let weights = weights(n, direction, gate_count * size)?;
        let start = |at: usize| match n.opt(at) {
            Some(given) => turned(given).slice([single(direction)]),
            None => x.like(0.0).broadcast_to([batch, size]),
        };
        let mut state = (start(5), start(6));
        let mut line: Vec<Expr> = Vec::new();
        for at in 0..time {
            let at = if backwards { time - 1 - at } else { at };
            state = step(n, &weights, &x.slice([single(at)]), &state);
            line.push(state.0.clone());
        }
        if backwards {
            line.reverse();
        }
        lines.push(stack(&line, 0));
        last_h.push(state.0);
        last_c.push(state.1);
    }
    // `[time, directions, batch, size]`, or batch first.
    let all = stack(&lines, 1);
    let all = if batch_first { all.transpose([2, 0, 1, 3]) } else { all };
    Ok(vec![all, turned(&stack(&last_h, 0)), turned(&stack(&last_c, 0))])
}
