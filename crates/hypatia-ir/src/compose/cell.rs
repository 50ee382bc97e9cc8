//! Layers and recurrent cells: one step of what a loop repeats.
//!
//! Invariants: weights of all gates of a cell lie side by side, `[in, gates·size]`; states are
//! `[batch, size]`, or a vector for one sample.
//!
//! Not here: loops over time.

use super::arrange::divided;
use crate::dim::Dim;
use crate::error::Cause;
use crate::expr::Expr;
use crate::operators::Operand;
use crate::span::Span;

/// The pieces of the last axis, one for each gate; an error stands for all of them.
fn gates<const N: usize>(op: &'static str, all: &Expr) -> [Expr; N] {
    let mut size = Dim::Known(0);
    let checked = all.build(op, |ty| {
        let Some(length) = ty.shape.last() else {
            return Err(Cause::Rank { expected: "gates on the last axis", found: 0 });
        };
        size = divided(length, ty.rank() - 1, N as i64)?;
        Ok(all.clone())
    });
    let mut pieces = match checked.type_or_none() {
        Some(_) => checked.split(vec![size; N], -1),
        None => vec![checked; N],
    }
    .into_iter();
    std::array::from_fn(|_| pieces.next().unwrap_or_else(|| all.clone()))
}

/// `x·weightᵀ + bias`: `x` `[…, in]`, `weight` `[out, in]`, `bias` `[out]`.
#[track_caller]
pub fn linear(x: impl Into<Expr>, weight: impl Into<Expr>, bias: impl Into<Operand>) -> Expr {
    let (x, weight): (Expr, Expr) = (x.into(), weight.into());
    Span::caller().on_behalf_of(|| x.matmul(weight.t()) + bias)
}

/// `tanh(x·wx + h·wh + bias)`: the next state of a plain cell (Elman 1990).
#[track_caller]
pub fn rnn_cell(
    x: impl Into<Expr>,
    h: impl Into<Expr>,
    wx: impl Into<Expr>,
    wh: impl Into<Expr>,
    bias: impl Into<Operand>,
) -> Expr {
    let (x, h): (Expr, Expr) = (x.into(), h.into());
    Span::caller().on_behalf_of(|| (x.matmul(wx) + h.matmul(wh) + bias).tanh())
}

/// The next state and memory `(h, c)` of a cell with long short-term memory: gates `i, f, g, o`
/// of `x·wx + h·wh + bias`; `c' = sigmoid(f)·c + sigmoid(i)·tanh(g)`, `h' = sigmoid(o)·tanh(c')`
/// (Hochreiter and Schmidhuber 1997; Gers, Schmidhuber and Cummins 2000).
#[track_caller]
pub fn lstm_cell(
    x: impl Into<Expr>,
    (h, c): (&Expr, &Expr),
    wx: impl Into<Expr>,
    wh: impl Into<Expr>,
    bias: impl Into<Operand>,
) -> (Expr, Expr) {
    let x = x.into();
    Span::caller().on_behalf_of(|| {
        let [i, f, g, o] = gates("lstm_cell", &(x.matmul(wx) + h.matmul(wh) + bias));
        let memory = f.sigmoid() * c + i.sigmoid() * g.tanh();
        (o.sigmoid() * memory.tanh(), memory)
    })
}

/// The next state of a gated recurrent unit: gates `r, z, n` of `x·wx + bx` and of `h·wh + bh`;
/// `n = tanh(n_x + sigmoid(r)·n_h)`, `h' = (1 - sigmoid(z))·n + sigmoid(z)·h` (Cho and others
/// 2014, the reset after the product).
#[track_caller]
pub fn gru_cell(
    x: impl Into<Expr>,
    h: impl Into<Expr>,
    wx: impl Into<Expr>,
    wh: impl Into<Expr>,
    bx: impl Into<Operand>,
    bh: impl Into<Operand>,
) -> Expr {
    let (x, h): (Expr, Expr) = (x.into(), h.into());
    Span::caller().on_behalf_of(|| {
        let [rx, zx, nx] = gates("gru_cell", &(x.matmul(wx) + bx));
        let [rh, zh, nh] = gates("gru_cell", &(h.matmul(wh) + bh));
        let new = (nx + (rx + rh).sigmoid() * nh).tanh();
        mixed(&(zx + zh).sigmoid(), &new, &h)
    })
}

/// As [`gru_cell`], with the reset before the product: `n = tanh(n_x + (sigmoid(r)·h)·wh_n)`, and
/// one bias.
#[track_caller]
pub fn gru_cell_reset_before(
    x: impl Into<Expr>,
    h: impl Into<Expr>,
    wx: impl Into<Expr>,
    wh: impl Into<Expr>,
    bias: impl Into<Operand>,
) -> Expr {
    let (x, h, wh): (Expr, Expr, Expr) = (x.into(), h.into(), wh.into());
    Span::caller().on_behalf_of(|| {
        let [rx, zx, nx] = gates("gru_cell", &(x.matmul(wx) + bias));
        let [wr, wz, wn] = gates("gru_cell", &wh);
        let reset = (rx + h.matmul(wr)).sigmoid();
        let new = (nx + (reset * &h).matmul(wn)).tanh();
        mixed(&(zx + h.matmul(wz)).sigmoid(), &new, &h)
    })
}

/// `(1 - keep)·new + keep·old`.
fn mixed(keep: &Expr, new: &Expr, old: &Expr) -> Expr {
    (1 - keep) * new + keep * old
}
