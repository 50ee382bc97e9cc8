//! Logarithms and exponentials near 0, and logarithms of sums of exponentials.
//!
//! Invariants: as in `mod.rs`.
//!
//! Not here: sigmoids and odds (`odds.rs`), softmax and its kin (`softmax.rs`).

use super::Row;
use hypatia_ir::structure::{full, single};

const LOW: f64 = f64::NEG_INFINITY;

pub fn rows() -> Vec<Row> {
    vec![
        Row::of1(
            "S1",
            [
                |x| (x + 1).log(),
                |x| (1 + x).log(),
                |x| (x.expand(1) + 1).log().squeeze(1),
                |x| (1 + x.expand(1).t()).squeeze(0).log(),
                |x| x.lt(2).select(x + 1, 2).log(),
                |x| (x.expand(0) + 1).slice((single(0), full())).log(),
                |x| (x - (-1)).log(),
            ],
        )
        .gives(&[&[1e-18, 0.5]], &[1e-18, 0.405_465_108_108_164_4], &[&[1.0, 1.0 / 1.5]]),
        Row::of1(
            "S1",
            [
                |x| (1 - x).log(),
                |x| (-x + 1).log(),
                |x| (1 - x.expand(1)).log().squeeze(1),
                |x| x.lt(0.75).select(1 - x, 1).log(),
            ],
        )
        .gives(&[&[1e-18, 0.5]], &[-1e-18, -0.693_147_180_559_945_3], &[&[-1.0, -2.0]]),
        Row::of1(
            "S2",
            [
                |x| x.exp() - 1,
                |x| x.exp() + -1,
                |x| -(1 - x.exp()),
                |x| (x.expand(1).exp() - 1).squeeze(1),
                |x| x.exp().expand(1).t().squeeze(0) - 1,
                |x| x.lt(3).select(x.exp(), 1) - 1,
                |x| x.exp().expand(0).slice((single(0), full())) - 1,
            ],
        )
        .gives(
            &[&[1e-18, 1.0]],
            &[1e-18, 1.718_281_828_459_045_2],
            &[&[1.0, std::f64::consts::E]],
        ),
        Row::of1(
            "S3",
            [
                |x| (x.exp() + 1).log(),
                |x| (1 + x.exp()).log(),
                |x| x.exp().log1p(),
                |x| -(1 / (1 + x.exp())).log(),
                |x| (1 + x.exp().expand(1)).log().squeeze(1),
                |x| (1 + x.exp().expand(1).t()).squeeze(0).log(),
                |x| x.lt(5000).select(x.exp(), 1).log1p(),
                |x| (1 + x.exp().expand(0).slice((single(0), full()))).log(),
                |x| x + (1 + (-x).exp()).log(),
            ],
        )
        .gives(&[&[1000.0, -800.0]], &[1000.0, 0.0], &[&[1.0, 0.0]]),
        Row::of1(
            "S10",
            [
                |x| x.exp().sum_keep(0).log(),
                |x| x.exp().sum().log().expand(0),
                |x| x.expand(1).exp().sum_axes(0).log(),
                |x| x.expand(1).t().exp().sum_axes(-1).log(),
                |x| x.exp().expand(0).expand(0).sum_axes(-1).log().squeeze(0),
                |x| x.max_keep(0) + (x - x.max_keep(0)).exp().sum_keep(0).log(),
                |x| x.logsumexp(0).expand(0),
                |x| x.lt(5000).select(x.exp(), 0).sum_keep(0).log(),
                |x| x.exp().slice([hypatia_ir::structure::part(0, 2)]).sum_keep(0).log(),
            ],
        )
        .gives(&[&[1000.0, 1000.0]], &[1_000.693_147_180_559_9], &[&[0.5, 0.5]])
        .gives(&[&[-1000.0, 1000.0]], &[1000.0], &[&[0.0, 1.0]]),
        Row::of2(
            "S10",
            [
                |x, y| (x.exp() + y.exp()).log(),
                |x, y| (y.exp() + x.exp()).log(),
                |x, y| (x.exp().expand(1) + y.expand(1).exp()).log().squeeze(1),
                |x, y| x.logaddexp(y),
                |x, y| x + ((y - x).exp() + 1).log(),
            ],
        )
        .gives(
            &[&[1000.0, -1000.0], &[1000.0, -1000.0]],
            &[1_000.693_147_180_559_9, -999.306_852_819_440_1],
            &[&[0.5, 0.5], &[0.5, 0.5]],
        ),
        // No derivative exists; 0 is taken, as for the elements of a sum that do not count.
        Row::of1(
            "S11",
            [
                |x| x.exp().sum_keep(0).log(),
                |x| x.exp().sum().log().expand(0),
                |x| x.expand(1).exp().sum_axes(0).log(),
                |x| x.logsumexp(0).expand(0),
                |x| x.lt(5000).select(x.exp(), 0).sum_keep(0).log(),
            ],
        )
        .gives(&[&[LOW, LOW]], &[LOW], &[&[0.0, 0.0]])
        .gives(&[&[LOW, 1.0]], &[1.0], &[&[0.0, 1.0]]),
        Row::of1(
            "S17",
            [
                |x| (-x.exp()).log1p(),
                |x| (1 - x.exp()).log(),
                |x| (-x.exp() + 1).log(),
                |x| (-x.expm1()).log(),
                |x| x.log1mexp(),
                |x| (1 - x.exp().expand(1)).log().squeeze(1),
                |x| (1 - x.exp().expand(1).t()).squeeze(0).log(),
                |x| x.lt(0).select(1 - x.exp(), 1).log(),
            ],
        )
        .gives(
            &[&[-1e-20, -50.0, -0.5]],
            &[-46.051_701_859_880_91, -1.928_749_847_963_917_8e-22, -0.932_752_129_567_188_6],
            &[&[-1e20, -1.928_749_847_963_917_8e-22, -1.541_494_082_536_798_3]],
        ),
        Row::of2(
            "S18",
            [
                |x, y| (x.exp() - y.exp()).log(),
                |x, y| (-y.exp() + x.exp()).log(),
                |x, y| (x.exp().expand(1) - y.expand(1).exp()).log().squeeze(1),
                |x, y| (x.expand(1).t().exp() - y.exp().expand(1).t()).squeeze(0).log(),
                |x, y| x + (y - x).log1mexp(),
                |x, y| x.gt(y).select(x.exp() - y.exp(), 1).log(),
            ],
        )
        .gives(
            &[&[1000.0, 3.0], &[999.0, LOW]],
            &[999.541_324_854_612_9, 3.0],
            &[&[1.581_976_706_869_326_4, 1.0], &[-0.581_976_706_869_326_4, 0.0]],
        ),
    ]
}
