//! What generated graphs are made of beside single ops: compositions, whole-array algorithms, and
//! spellings that the simplifier knows.
//!
//! Invariants: as those of `generate.rs`, which leaves out what does not type-check.
//!
//! Not here: how ops and operands are picked.

use super::{Kitchen, Numbers, axes, axis, dtype, rank};
use hypatia_ir::dtype::DType;
use hypatia_ir::expr::Expr;

/// What is computed along an axis as a whole.
pub(super) fn routine(k: &Kitchen, n: Numbers) -> Option<Expr> {
    let x = k.number(n, 1);
    let axis = axis(&x, n)? as i64;
    Some(match n.below(3, 7) {
        0 => x.cumsum(axis),
        1 => x.cumprod(axis),
        2 => x.cummax(axis),
        3 => x.cummin(axis),
        4 => x.sort(axis),
        5 => x.argsort(axis),
        _ => x.sort_descending(axis),
    })
}

pub(super) fn composite(k: &Kitchen, n: Numbers) -> Option<Expr> {
    let x = k.float(n, 1);
    let set = axes(&x, n);
    Some(match n.below(3, 14) {
        0 => x.softmax(set),
        1 => x.log_softmax(set),
        2 => x.logsumexp(set),
        3 => x.mean_axes(set),
        4 => x.var_keep(set),
        5 => x.layer_norm(set, 2.0, 0.5, 1e-3),
        6 => x.gelu(),
        7 => x.relu(),
        8 => x.clip(-1, 1),
        9 => x.modulo(0.75),
        10 => k.integer(n, 1).floor_div(-3),
        11 => x.copysign(k.float(n, 2).cast(dtype(&x))),
        12 => x.powi(3).nan_to_num(0, 1e3, -1e3),
        _ => x.cast(DType::I32).one_hot::<f32>(3),
    })
}

/// What users and derivatives write, over values that may be the same, of one shape or broadcast.
pub(super) fn idiom(k: &Kitchen, n: Numbers) -> Option<Expr> {
    const NUMBERS: [f64; 9] = [0.0, 1.0, -1.0, 2.0, 0.5, 3.0, -0.1, 1e-3, 10.0];
    let x = k.float(n, 1);
    let y = k.float(n, 2).cast(dtype(&x));
    let c = x.like(n.of(4, &NUMBERS));
    let set = axes(&x, n);
    let group = usize::from(n.0[0]) % 4;
    Some(match group {
        0 => arithmetic(&x, &y, &c, n.below(3, 24)),
        1 => exponentials(&x, &y, &c, n.below(3, 22)),
        2 => match n.below(3, 12) {
            0 => x.exp() / x.exp().sum_keep(set),
            1 => (x.exp() / x.exp().sum_keep(set)).log(),
            2 => x.exp().sum_keep(set).log(),
            3 => (&x * &c).sum_keep(set),
            4 => (-&x).sum_keep(set),
            5 => (&x / y.sum_keep(set)).sum_keep(set),
            6 => x.sum_keep(set).sum_keep(..),
            7 => (&x - x.mean_keep(set)) / (x.var_keep(set) + 1e-3).sqrt(),
            8 => (&x * &x).mean_keep(set) - x.mean_keep(set).sqr(),
            9 => (&x - x.max_keep(set)).exp() / (&x - x.max_keep(set)).exp().sum_keep(set),
            10 => x.max_keep(set) + (&x - x.max_keep(set)).exp().sum_keep(set).log(),
            _ => (x.broadcast_to(super::dims(&y)) + &c).sum_keep(set),
        },
        _ if rank(&x) < 2 => &x * &c + &x,
        _ => match n.below(3, 10) {
            0 => x.t().matmul(&x).t(),
            1 => (-&x).matmul(y.t()),
            2 => (&x * &c).matmul(&y),
            3 => x.matmul(&y * &c),
            4 => x.matmul(x.t()).matmul(&x),
            5 => x.matmul(&y) + x.matmul(&y * &c),
            6 => x.t().matmul(&y).sum_axes(0),
            7 => (x.t() * &c).t(),
            8 => x.matmul(y.t()).t(),
            _ => x.t().t() + (&y * &c),
        },
    })
}

fn arithmetic(x: &Expr, y: &Expr, c: &Expr, which: usize) -> Expr {
    match which {
        0 => x + c,
        1 => x * c,
        2 => c - x,
        3 => c / x,
        4 => x / c,
        5 => (x + y) - y,
        6 => (x * y) / y,
        7 => (x / y) * y,
        8 => x - x.clone(),
        9 => x / x.clone(),
        10 => x * c + x,
        11 => c * (c * x),
        12 => (c * x) * (y * c),
        13 => x / (y / x),
        14 => (x / y) / y,
        15 => -(x - y),
        16 => (-x) * (-y),
        17 => x.sqr().sqrt() * y,
        18 => x.sqrt() * x.sqrt(),
        19 => x.abs() * y.abs(),
        20 => x.le(c).select(c.clone(), x.clone()) * y,
        21 => x * y.gt(c).select(y.clone(), y * 0.0),
        22 => (x * x + c).sqrt().eq(0.0).select(y.clone(), x.clone()),
        _ => x.maximum(c).maximum(c) + x.minimum(x),
    }
}

fn exponentials(x: &Expr, y: &Expr, c: &Expr, which: usize) -> Expr {
    match which {
        0 => (x + 1).log(),
        1 => (1 - x).log(),
        2 => x.exp() - 1,
        3 => (x.exp() + 1).log(),
        4 => x.exp().log(),
        5 => x.log().exp(),
        6 => 1 / (1 + (-x).exp()),
        7 => x.exp() / (1 + x.exp()),
        8 => 1 - x.sigmoid(),
        9 => x.sigmoid().log(),
        10 => (1 - x.sigmoid()).log(),
        11 => (x.exp() + y.exp()).log(),
        12 => (x.exp() - (-x).exp()) / (x.exp() + (-x).exp()),
        13 => x.sigmoid() / (1 - x.sigmoid()),
        14 => x.sigmoid() * (-x).exp(),
        15 => x.exp() * y.exp(),
        16 => y / x.exp(),
        17 => x.exp().sqrt().log() + c,
        18 => (1 - x.erf()) * c,
        19 => x.pow(2) * x.pow(c),
        20 => x.pow(0.5) / x.pow(-0.5),
        _ => (1 - x.tanh().sqr()) * y,
    }
}
