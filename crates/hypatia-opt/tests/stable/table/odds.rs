//! Sigmoids, their logarithms and odds.
//!
//! Invariants: as in `mod.rs`.
//!
//! Not here: softmax (`softmax.rs`).

use super::Row;
use hypatia_ir::structure::{full, single};

/// `σ(-50)`.
const SMALL: f64 = 1.928_749_847_963_917_8e-22;

pub fn rows() -> Vec<Row> {
    vec![
        Row::of1(
            "S4",
            [
                |x| x.sigmoid().log(),
                |x| (1 / ((-x).exp() + 1)).log(),
                |x| (x.exp() / (x.exp() + 1)).log(),
                |x| x.sigmoid().expand(1).log().squeeze(1),
                |x| x.expand(1).t().sigmoid().squeeze(0).log(),
                |x| x.lt(0).select(x.sigmoid(), 1).log(),
                |x| x.sigmoid().expand(0).slice((single(0), full())).log(),
            ],
        )
        .gives(&[&[-1000.0]], &[-1000.0], &[&[1.0]]),
        Row::of1(
            "S5",
            [
                |x| (1 - x.sigmoid()).log(),
                |x| (-x.sigmoid()).log1p(),
                |x| (1 - 1 / ((-x).exp() + 1)).log(),
                |x| (1 - x.sigmoid().expand(1)).log().squeeze(1),
                |x| (-x.sigmoid() + 1).log(),
                |x| x.gt(0).select(1 - x.sigmoid(), 1).log(),
            ],
        )
        .gives(&[&[1000.0]], &[-1000.0], &[&[-1.0]]),
        Row::of1(
            "S6",
            [
                |x| 1 - x.sigmoid(),
                |x| -x.sigmoid() + 1,
                |x| 1 - 1 / (1 + (-x).exp()),
                |x| (1 - x.sigmoid().expand(1)).squeeze(1),
                |x| 1 - x.expand(1).t().sigmoid().squeeze(0),
                |x| 1 - x.gt(0).select(x.sigmoid(), 1),
            ],
        )
        .gives(&[&[50.0]], &[SMALL], &[&[-SMALL]]),
        Row::of1(
            "S7",
            [
                |x| x.exp() / (x.exp() + 1),
                |x| x.exp() / (1 + x.exp()),
                |x| 1 / (1 + (-x).exp()),
                |x| ((x / 2).tanh() + 1) / 2,
                |x| (1 + (x * 0.5).tanh()) * 0.5,
                |x| 0.5 + 0.5 * (0.5 * x).tanh(),
                |x| x.exp().expand(1).squeeze(1) / (1 + x.exp()),
                |x| (x.exp().expand(1) / (1 + x.expand(1).exp())).squeeze(1),
                |x| x.lt(5000).select(x.exp() / (1 + x.exp()), 0),
            ],
        )
        .gives(&[&[-1000.0, 0.0, 1000.0]], &[0.0, 0.5, 1.0], &[&[0.0, 0.25, 0.0]]),
        Row::of1(
            "S8",
            [
                |x| x.sigmoid() * (-x).exp(),
                |x| (-x).exp() * x.sigmoid(),
                |x| x.sigmoid() / x.exp(),
                |x| x.exp() / (1 + x.exp()) * (-x).exp(),
                |x| (x.sigmoid().expand(1) / x.expand(1).exp()).squeeze(1),
                |x| (3 * x.sigmoid()) * ((-x).exp() / 3),
            ],
        )
        .gives(&[&[-800.0, 0.0]], &[1.0, 0.5], &[&[0.0, -0.25]]),
        Row::of1(
            "S9",
            [
                |x| x.sigmoid() / (1 - x.sigmoid()),
                |x| (1 / (1 + (-x).exp())) / (1 - 1 / (1 + (-x).exp())),
                |x| (x.sigmoid().expand(1) / (1 - x.sigmoid()).expand(1)).squeeze(1),
                |x| x.sigmoid() * (1 / (1 - x.sigmoid())),
            ],
        )
        // The relative error of an exponential is that of its argument times the argument.
        .within(40.0)
        .gives(
            &[&[40.0, 0.0]],
            &[235_385_266_837_019_985.4, 1.0],
            &[&[235_385_266_837_019_985.4, 1.0]],
        ),
        Row::of1(
            "S9",
            [
                |x| (1 - x.sigmoid()) / x.sigmoid(),
                |x| (1 / x.sigmoid()) * (1 - x.sigmoid()),
                |x| ((1 - x.sigmoid()).expand(1) / x.expand(1).sigmoid()).squeeze(1),
            ],
        )
        .within(40.0)
        .gives(&[&[40.0]], &[4.248_354_255_291_589e-18], &[&[-4.248_354_255_291_589e-18]]),
        Row::of1(
            "S9",
            [
                |x| x.sigmoid().logit(),
                |x| (x.sigmoid() / (1 - x.sigmoid())).log(),
                |x| x.sigmoid().log() - (1 - x.sigmoid()).log(),
                |x| -((1 - x.sigmoid()).log() - x.sigmoid().log()),
                |x| x.sigmoid().expand(1).logit().squeeze(1),
            ],
        )
        .gives(&[&[40.0, -800.0, 0.0]], &[40.0, -800.0, 0.0], &[&[1.0, 1.0, 1.0]]),
        Row::of1(
            "S9",
            [
                |x| x.logit().sigmoid(),
                |x| (x / (1 - x)).log().sigmoid(),
                |x| (x.log() - (1 - x).log()).sigmoid(),
                |x| x.expand(1).logit().squeeze(1).sigmoid(),
            ],
        )
        .gives(&[&[1e-30, 0.25]], &[1e-30, 0.25], &[&[1.0, 1.0]]),
        Row::of2(
            "S16",
            [
                |x, t| -(t * x.sigmoid().log() + (1 - t) * (1 - x.sigmoid()).log()),
                |x, t| -((1 - x.sigmoid()).log() * (1 - t) + x.sigmoid().log() * t),
                |x, t| (t - 1) * (1 - x.sigmoid()).log() - t * x.sigmoid().log(),
                |x, t| {
                    let p = 1 / (1 + (-x).exp());
                    -(t * p.log() + (1 - t) * (-p).log1p())
                },
                |x, t| {
                    let p = x.sigmoid().expand(1);
                    let t = t.expand(1);
                    -(&t * p.log() + (1 - &t) * (1 - p).log()).squeeze(1)
                },
            ],
        )
        .gives(
            &[&[1000.0, 1000.0, -1000.0, -1000.0], &[1.0, 0.0, 0.0, 1.0]],
            &[0.0, 1000.0, 0.0, 1000.0],
            &[&[0.0, 1.0, 0.0, -1.0], &[-1000.0, -1000.0, 1000.0, 1000.0]],
        ),
    ]
}
