//! Error functions, hyperbolic and trigonometric functions.
//!
//! Invariants: as in `mod.rs`.
//!
//! Not here: exponentials (`exponentials.rs`).

use super::Row;
use hypatia_ir::structure::{full, single};

const TANH: f64 = 0.462_117_157_260_009_76;
const SLOPE: f64 = 0.786_447_732_965_927_4;

pub fn rows() -> Vec<Row> {
    let mut rows = errors();
    rows.extend(tails());
    rows.extend(circles());
    rows
}

fn errors() -> Vec<Row> {
    // The relative error of e^(-x²) is that of x² times x², in the value and in the derivative.
    vec![
        Row::of1(
            "S19",
            [
                |x| 1 - x.erf(),
                |x| -x.erf() + 1,
                |x| -(x.erf() - 1),
                |x| (-x).erf() + 1,
                |x| 1 + (-x).erf(),
                |x| (1 - x.expand(1).erf()).squeeze(1),
                |x| 1 - x.expand(1).t().erf().squeeze(0),
                |x| x.gt(0).select(1 - x.erf(), 0),
                |x| (1 - x.erf().expand(0)).slice((single(0), full())),
                |x| 2 * (0.5 * (1 - x.erf())),
            ],
        )
        .within(100.0)
        .gives_f64(&[&[10.0]], &[2.088_487_583_762_544_8e-45], &[&[-4.197_656_231_354_417e-44]])
        // 10 underflows in f32.
        .gives_f32(
            &[&[9.0]],
            &[4.137_031_746_513_810_2e-37],
            &[&[-7.492_073_428_245_974e-36]],
        ),
        Row::of1(
            "S19",
            [
                |x| 1 - x.erfc(),
                |x| -(x.erfc() - 1),
                |x| (-x).erfc() - 1,
                |x| 1 - x.erfc().expand(1).squeeze(1),
            ],
        )
        .gives(&[&[1e-20]], &[1.128_379_167_095_512_6e-20], &[&[1.128_379_167_095_512_6]]),
    ]
}

fn tails() -> Vec<Row> {
    vec![
        Row::of1(
            "S20",
            [
                |x| x.erfc().log(),
                |x| (1 - x.erf()).log(),
                |x| (-x.erf()).log1p(),
                |x| x.erfc().expand(1).log().squeeze(1),
                |x| x.gt(-9).select(x.erfc(), 1).log(),
                |x| (-x).expand(1).t().erf().squeeze(0).log1p(),
            ],
        )
        .within(8.0)
        .gives(
            &[&[30.0, 5.0, 0.25, -3.0]],
            &[
                -903.974_117_110_643_9,
                -27.200_889_545_537_434,
                -0.323_414_803_393_619_4,
                0.693_136_135_250_446_8,
            ],
            &[&[
                -60.033_296_398_756_23,
                -10.192_700_054_863_682,
                -1.464_768_253_221_977_2,
                -0.000_069_627_295_024_149_8,
            ]],
        ),
        Row::of1(
            "S20",
            [
                |x| (-x.sqr()).exp() / x.erfc(),
                |x| (-(x * x)).exp() / (1 - x.erf()),
                |x| 1 / (x.sqr().exp() * x.erfc()),
                |x| ((-x.sqr()).exp().expand(1) / x.expand(1).erfc()).squeeze(1),
                |x| 2 * (-x.sqr()).exp() / (2 * x.erfc()),
            ],
        )
        .within(16.0)
        .gives(
            &[&[30.0, 2.0]],
            &[53.203_123_692_263_86, 3.915_493_067_252_309],
            &[&[1.771_472_421_534_560_5, 1.637_305_736_867_766_6]],
        ),
    ]
}

fn circles() -> Vec<Row> {
    vec![
        Row::of1(
            "S26",
            [
                |x| (1 - (-2 * x).exp()) / (1 + (-2 * x).exp()),
                |x| (x.exp() - (-x).exp()) / (x.exp() + (-x).exp()),
                |x| ((2 * x).exp() - 1) / ((2 * x).exp() + 1),
                |x| 2 * (2 * x).sigmoid() - 1,
                |x| 1 - 2 / (1 + (2 * x).exp()),
                |x| x.sinh() / x.cosh(),
                |x| {
                    ((x.exp() - (-x).exp()).expand(1) / (x.exp() + (-x).exp()).expand(1)).squeeze(1)
                },
            ],
        )
        .gives(&[&[-1000.0, 0.5, 1000.0]], &[-1.0, TANH, 1.0], &[&[0.0, SLOPE, 0.0]]),
        Row::of1(
            "S27",
            [
                |x| 1 - x.cos(),
                |x| -x.cos() + 1,
                |x| -(x.cos() - 1),
                |x| (1 - x.expand(1).cos()).squeeze(1),
                |x| 1 - x.expand(1).t().cos().squeeze(0),
                |x| 1 - x.lt(1).select(x.cos(), 1),
            ],
        )
        .gives(&[&[1e-9]], &[5e-19], &[&[1e-9]]),
    ]
}
