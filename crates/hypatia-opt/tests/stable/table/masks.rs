//! Branches not taken, masked rows, and products with logarithms of 0.
//!
//! Invariants: as in `mod.rs`.
//!
//! Not here: softmax without masks (`softmax.rs`).

use super::{Row, numbers};
use hypatia_ir::structure::{full, single};

const LOW: f64 = f64::NEG_INFINITY;
const HALF: f64 = -0.346_573_590_279_972_65;

pub fn rows() -> Vec<Row> {
    vec![
        // The derivative by x at 0 would be -∞; as in `Expr::xlogy`, 0 is taken.
        Row::of1(
            "S21",
            [
                |x| x * x.log(),
                |x| x.log() * x,
                |x| -(x * -x.log()),
                |x| (x.expand(1) * x.expand(1).log()).squeeze(1),
                |x| x.expand(1).t().squeeze(0) * x.log(),
                |x| x.log().expand(0).slice((single(0), full())) * x,
                |x| x.xlogy(x),
            ],
        )
        .gives(&[&[0.0, 0.5]], &[0.0, HALF], &[&[0.0, 0.306_852_819_440_054_7]]),
        Row::of2(
            "S21",
            [
                |x, y| x * y.log(),
                |x, y| y.log() * x,
                |x, y| -(-x * y.log()),
                |x, y| (x.expand(1) * y.expand(1).log()).squeeze(1),
                |x, y| (x * y.log() / 2) * 2,
                |x, y| x.xlogy(y),
            ],
        )
        .gives(
            &[&[0.0, 0.5], &[0.0, 0.5]],
            &[0.0, HALF],
            &[&[0.0, -0.693_147_180_559_945_3], &[0.0, 1.0]],
        ),
        Row::of1(
            "S22",
            [
                |x| x.lt(1).select(x, x.sqrt()),
                |x| x.ge(1).select(x.sqrt(), x),
                |x| x.expand(1).lt(1).select(x.expand(1), x.expand(1).sqrt()).squeeze(1),
                |x| x.lt(1).select(x, (x - 1).log() * 3),
                |x| x.gt(1).select(1 / (x - 1).sqrt(), x),
                |x| x.lt(1).select(x, 1 / x.sqrt().sum_keep(0)),
            ],
        )
        .gives(&[&[0.0]], &[0.0], &[&[1.0]]),
        Row::of1(
            "S22",
            [
                |x| x.maximum(0).sqrt(),
                |x| x.clip(0, 9).sqrt(),
                |x| x.expand(1).maximum(0).squeeze(1).sqrt(),
            ],
        )
        .gives(&[&[-1.0, 4.0]], &[0.0, 2.0], &[&[0.0, 0.25]]),
        // A row in which everything is masked has no softmax; it is a row of zeros.
        Row::of2(
            "S31",
            [
                |x, m| m.gt(0).select(x, LOW).softmax(1),
                |x, m| m.le(0).select(LOW, x).softmax(1),
                |x, m| {
                    let e = m.gt(0).select(x, LOW).exp();
                    &e / e.sum_keep(1)
                },
                |x, m| {
                    let y = m.gt(0).select(x, LOW);
                    let e = (&y - y.max_keep(1)).exp();
                    &e / e.sum_keep(1)
                },
                |x, m| m.gt(0).t().select(x.t(), LOW).softmax(0).t(),
                |x, m| m.gt(0).select(x, LOW).expand(0).softmax(2).squeeze(0),
                |x, m| (x + m.gt(0).select(0, x.like(LOW))).softmax(1),
                |x, m| x.softmax_where(m.gt(0), 1),
            ],
        )
        .shaped(&[2, 2])
        .gives(
            &[&[1.0, 2.0, 1000.0, 0.0], &[0.0, 0.0, 1.0, 0.0]],
            &[0.0, 0.0, 1.0, 0.0],
            &[&[0.0; 4]],
        ),
        Row::of2(
            "S31",
            [
                |x, m| {
                    let m = m.gt(0);
                    m.select(x, 0).sum_axes(1) / m.select(x.like(1), 0).sum_axes(1)
                },
                |x, m| {
                    let m = m.gt(0);
                    m.select(x, 0).sum_axes(1) / numbers(&m, x).sum_axes(1)
                },
                |x, m| (x * numbers(&m.gt(0), x)).sum_axes(1) / numbers(&m.gt(0), x).sum_axes(1),
                |x, m| x.mean_where_axes(&m.gt(0), 1),
            ],
        )
        .shaped(&[2, 2])
        .gives(
            &[&[1.0, 2.0, 3.0, 5.0], &[0.0, 0.0, 1.0, 1.0]],
            &[0.0, 4.0],
            &[&[0.0, 0.0, 0.5, 0.5]],
        ),
    ]
}
