//! Softmax, its logarithm, and cross entropy.
//!
//! Invariants: as in `mod.rs`.
//!
//! Not here: masked softmax (`masks.rs`).

use super::{Row, numbers};
use hypatia_ir::dtype::DType;
use hypatia_ir::expr::Expr;
use hypatia_ir::index::iota;
use hypatia_ir::structure::{full, part, single};

const LOW: f64 = f64::NEG_INFINITY;
const E1: f64 = 0.268_941_421_369_995_1;
const E2: f64 = 0.731_058_578_630_004_9;

/// Softmax without the shift that the library makes.
fn plain(x: &Expr, axis: i64) -> Expr {
    x.exp() / x.exp().sum_keep(axis)
}

fn labels(values: &[i64]) -> Expr {
    Expr::literal(values.to_vec())
}

pub fn rows() -> Vec<Row> {
    let mut rows = shares();
    rows.extend(logarithms());
    rows.extend(losses());
    rows
}

fn shares() -> Vec<Row> {
    vec![
        Row::of1(
            "S12",
            [
                |x| x.exp() / x.exp().sum(),
                |x| plain(x, 0),
                |x| x.exp() * (1 / x.exp().sum()),
                |x| (x - x.mean()).exp() / (x - x.mean()).exp().sum(),
                |x| (x - x.max_keep(0)).exp() / (x - x.max_keep(0)).exp().sum_keep(0),
                |x| plain(&x.expand(1), 0).squeeze(1),
                |x| plain(&x.expand(1).t(), 1).squeeze(0),
                |x| x.lt(5000).select(x.exp() / x.exp().sum(), 0),
                |x| x.exp().expand(0).slice((single(0), full())) / x.exp().sum(),
                |x| x.softmax(0),
            ],
        )
        // The derivative of a sum that is 1 whatever the operand.
        .around(1.0)
        .gives(&[&[1000.0, 0.0]], &[1.0, 0.0], &[&[0.0, 0.0]])
        .gives(&[&[0.0, 1.0]], &[E1, E2], &[&[0.0, 0.0]]),
        // The gradient of one element, where it is not 0.
        Row::of1(
            "S12",
            [
                |x| (x.exp() / x.exp().sum()).slice([part(0, 1)]),
                |x| plain(x, 0).slice([part(0, 1)]),
                |x| (x - x.max_keep(0)).softmax(0).slice([part(0, 1)]),
            ],
        )
        .gives(&[&[0.0, 1.0]], &[E1], &[&[E1 * E2, -E1 * E2]])
        .gives(&[&[1000.0, 0.0]], &[1.0], &[&[0.0, 0.0]]),
        Row::of1(
            "S14",
            [
                |x| (x - x.exp().sum().log()).exp(),
                |x| x.log_softmax(0).exp(),
                |x| plain(x, 0).log().exp(),
                |x| (x.expand(1) - x.expand(1).logsumexp(0).expand(0)).exp().squeeze(1),
                |x| (x + x.like(1e17)).softmax(0),
                |x| plain(&(x - x.like(1e17)), 0),
                |x| plain(&(x.like(1e17) + x).expand(1), 0).squeeze(1),
            ],
        )
        .around(1.0)
        .gives(&[&[0.0, 1.0]], &[E1, E2], &[&[0.0, 0.0]])
        .gives(&[&[1000.0, 0.0]], &[1.0, 0.0], &[&[0.0, 0.0]]),
    ]
}

fn logarithms() -> Vec<Row> {
    vec![
        Row::of1(
            "S13",
            [
                |x| x.softmax(0).log(),
                |x| plain(x, 0).log(),
                |x| x - x.exp().sum().log(),
                |x| x - x.logsumexp(0),
                |x| x.log_softmax(0),
                |x| plain(&(x - x.max_keep(0)), 0).log(),
                |x| x.exp().log() - x.exp().sum().log(),
                |x| x.softmax(0).expand(1).log().squeeze(1),
                |x| plain(&x.expand(1).t(), 1).squeeze(0).log(),
                |x| plain(x, 0).expand(0).slice((single(0), full())).log(),
                |x| x.le(2000).select(x.softmax(0), 1).log(),
                |x| plain(x, 0).take(labels(&[0, 1]), 0).log(),
                |x| plain(&x.expand(0), 1).squeeze(0).take_along_axis(labels(&[0, 1]), 0).log(),
                |x| plain(x, 0).expand(0).max_axes(0).log(),
                |x| plain(x, 0).expand(1).broadcast_to([2, 3]).min_axes(1).log(),
                |x| (plain(x, 0).expand(1) * plain(x, 0).expand(1).like(1)).sum_axes(1).log(),
            ],
        )
        .shaped(&[2])
        .gives(&[&[1000.0, 0.0]], &[0.0, -1000.0], &[&[-1.0, 1.0]]),
        // Other conversions than to a wider type would lose what f32 has.
        Row::of1(
            "S13",
            [
                |x| x.softmax(0).cast(DType::F64).log(),
                |x| plain(x, 0).cast(DType::F64).log(),
                |x| plain(x, 0).log().cast(DType::F64),
            ],
        )
        .gives(&[&[1000.0, 0.0]], &[0.0, -1000.0], &[&[-1.0, 1.0]]),
        // Sums over classes between the softmax and the logarithm.
        Row::of1(
            "S13",
            [
                |x| plain(x, 0).slice([part(1, 3)]).sum().log().expand(0),
                |x| plain(x, 0).take(labels(&[1, 2]), 0).sum_keep(0).log(),
                |x| x.lt(500).select(x.softmax(0), 0).sum_keep(0).log(),
                |x| (x.softmax(0) * numbers(&x.lt(500), x)).sum_keep(0).log(),
                |x| plain(x, 0).slice([part(1, 3)]).max_keep(0).log(),
            ],
        )
        .gives(&[&[1000.0, 0.0, LOW]], &[-1000.0], &[&[-1.0, 1.0, 0.0]]),
        Row::of1(
            "S13",
            [
                |x| plain(x, 1).mean_axes(0).log(),
                |x| (plain(x, 1).sum_axes(0) / 2).log(),
                |x| (0.5 * x.softmax(1)).sum_axes(0).log(),
            ],
        )
        .shaped(&[2, 2])
        .gives(&[&[1000.0, 0.0, 1000.0, 0.0]], &[0.0, -1000.0], &[&[-0.5, 0.5, -0.5, 0.5]]),
        Row::of1(
            "S13",
            [
                |x| x.gt(0).select(0, x.softmax(0)).log(),
                |x| x.le(0).select(plain(x, 0), 0).log(),
                |x| (x.softmax(0) * numbers(&x.le(0), x)).log(),
            ],
        )
        .gives(&[&[1000.0, 0.0]], &[LOW, -1000.0], &[&[-1.0, 1.0]]),
    ]
}

fn losses() -> Vec<Row> {
    vec![
        Row::of2(
            "S15",
            [
                |x, t| -(t * x.softmax(0).log()).sum_keep(0),
                |x, t| -(plain(x, 0).log() * t).sum_keep(0),
                |x, t| (-t * (x.exp() / x.exp().sum()).log()).sum_keep(0),
                |x, t| (t * (x.logsumexp(0) - x)).sum_keep(0),
                |x, t| -(t.expand(0) * plain(&x.expand(0), 1).log()).sum_axes(1),
                |x, t| -(t * plain(&(x - x.max_keep(0)), 0).log()).sum_keep(0),
            ],
        )
        .gives(&[&[1000.0, 0.0], &[0.0, 1.0]], &[1000.0], &[&[1.0, -1.0], &[0.0, 1000.0]]),
        Row::of1(
            "S15",
            [
                |x| -x.softmax(-1).log().take_along(labels(&[1])),
                |x| -plain(x, -1).take_along(labels(&[1])).log(),
                |x| -x.softmax(-1).at([labels(&[0]), labels(&[1])]).log(),
                |x| -plain(x, -1).log().at([labels(&[0]), labels(&[1])]),
                |x| -plain(&(x - x.max_keep(-1)), -1).take_along(labels(&[1])).log(),
                |x| {
                    let hot = numbers(&labels(&[1]).eq(iota::<i64>(2)), x);
                    -(x.softmax(-1) * hot).sum_axes(-1).log()
                },
                |x| -plain(x, -1).slice((full(), single(1))).log(),
            ],
        )
        .shaped(&[1, 2])
        .gives(&[&[1000.0, 0.0]], &[1000.0], &[&[1.0, -1.0]]),
    ]
}
