//! Powers, roots, variances and determinants.
//!
//! Invariants: as in `mod.rs`.
//!
//! Not here: exponentials and what is made of them.

use super::Row;
use hypatia_ir::expr::Expr;

const ROOT: f64 = std::f64::consts::FRAC_1_SQRT_2;

/// `x` on a diagonal of 3 rows, and 0.25 elsewhere in the first.
fn matrix(x: &Expr) -> Expr {
    x.like(0).broadcast_to([3, 3]).fill_diagonal(1) * x.expand(0)
}

pub fn rows() -> Vec<Row> {
    let mut rows = powers();
    rows.extend(variances());
    rows.extend(roots());
    rows.extend(determinants());
    rows
}

fn powers() -> Vec<Row> {
    vec![
        Row::of1(
            "S23",
            [
                |x| x.sqr().sum().sqrt().expand(0),
                |x| (x * x).sum_keep(0).sqrt(),
                |x| x.pow(2).sum_keep(0).pow(0.5),
                |x| x.expand(1).sqr().sum_axes(0).sqrt(),
                |x| x.expand(1).t().abs().sqr().sum_axes(1).sqrt(),
            ],
        )
        .gives(&[&[0.0, 0.0]], &[0.0], &[&[0.0, 0.0]])
        .gives(&[&[3.0, -4.0]], &[5.0], &[&[0.6, -0.8]]),
        Row::of1(
            "S23",
            [
                |x| x.sqr().sum_keep(0).sqrt().sqr(),
                |x| x.sqr().sum_keep(0).sqrt().pow(2),
                |x| x.sqr().sum_keep(0).sqrt() * x.sqr().sum_keep(0).sqrt(),
            ],
        )
        .gives(&[&[0.0, 0.0]], &[0.0], &[&[0.0, 0.0]]),
        Row::of2(
            "S24",
            [
                |x, p| x.pow(p),
                |x, p| x.expand(1).pow(p.expand(1)).squeeze(1),
                |x, p| x.expand(1).t().pow(p.expand(0)).squeeze(0),
                |x, p| p.gt(0).select(x.pow(p), 1),
            ],
        )
        .gives(
            &[&[0.0, 2.0], &[2.0, 3.0]],
            &[0.0, 8.0],
            &[&[0.0, 12.0], &[0.0, 5.545_177_444_479_562]],
        ),
        Row::of1("S24", [|x| x.pow(2), |x| x.pow(2.0).expand(1).squeeze(1), |x| x.pow(1) * x])
            .gives(&[&[0.0, -3.0]], &[0.0, 9.0], &[&[0.0, -6.0]]),
    ]
}

fn variances() -> Vec<Row> {
    let spellings: [fn(&Expr) -> Expr; 7] = [
        |x| (x.sqr().mean() - x.mean().sqr()).expand(0),
        |x| x.sqr().mean_keep(0) - x.mean_keep(0).sqr(),
        |x| (x * x).mean_keep(0) - x.mean_keep(0) * x.mean_keep(0),
        |x| -(x.mean_keep(0).pow(2) - x.pow(2).mean_keep(0)),
        |x| x.expand(1).sqr().mean_axes(0) - x.expand(1).mean_axes(0).sqr(),
        |x| x.expand(1).t().sqr().mean_axes(1) - x.expand(1).t().mean_axes(1).sqr(),
        |x| x.sqr().sum_keep(0) / 4 - (x.sum_keep(0) / 4).sqr(),
    ];
    vec![
        Row::of1("S25", spellings)
            .shaped(&[4])
            .gives_f64(
                &[&[1e8 + 1.0, 1e8 - 1.0, 1e8 + 1.0, 1e8 - 1.0]],
                &[1.0],
                &[&[0.5, -0.5, 0.5, -0.5]],
            )
            // 1e8 and 1e8 + 1 are one number in f32.
            .gives_f32(
                &[&[1e5 + 1.0, 1e5 - 1.0, 1e5 + 1.0, 1e5 - 1.0]],
                &[1.0],
                &[&[0.5, -0.5, 0.5, -0.5]],
            ),
        Row::of1(
            "S25",
            [
                |x| x.sqr().mean_keep(0) - x.mean_keep(0).sqr(),
                |x| (x.sqr().mean() - x.mean().sqr()).expand(0),
                |x| x.var().expand(0),
            ],
        )
        .gives_f64(&[&[1e8 + 1.0, 1e8 - 1.0]], &[1.0], &[&[1.0, -1.0]])
        .gives_f32(&[&[1e5 + 1.0, 1e5 - 1.0]], &[1.0], &[&[1.0, -1.0]]),
    ]
}

fn roots() -> Vec<Row> {
    vec![
        Row::of2(
            "S28",
            [
                |x, a| (x + a).sqrt() - x.sqrt(),
                |x, a| (a + x).sqrt() - x.sqrt(),
                |x, a| -(x.sqrt() - (x + a).sqrt()),
                |x, a| -x.sqrt() + (x + a).sqrt(),
                |x, a| ((x + a).expand(1).sqrt() - x.expand(1).sqrt()).squeeze(1),
                |x, a| (x - -a).sqrt() - x.sqrt(),
            ],
        )
        .gives(&[&[1e16], &[1.0]], &[5e-9], &[&[-2.5e-25], &[5e-9]])
        .gives(&[&[0.0], &[0.0]], &[0.0], &[]),
        Row::of1(
            "S28",
            [
                |x| (x + 1).sqrt() - x.sqrt(),
                |x| x.sqrt() - (x - 1).sqrt(),
                |x| -(x.sqrt() - (1 + x).sqrt()),
            ],
        )
        .gives(&[&[1e16]], &[5e-9], &[&[-2.5e-25]]),
        Row::of2(
            "S30",
            [
                |x, y| (x.sqr() + y.sqr()).sqrt(),
                |x, y| (y * y + x * x).sqrt(),
                |x, y| (x.pow(2) + y.pow(2)).pow(0.5),
                |x, y| (x.expand(1).sqr() + y.sqr().expand(1)).sqrt().squeeze(1),
                |x, y| (x.expand(1).t().sqr() + y.expand(0).sqr()).squeeze(0).sqrt(),
                |x, y| x.hypot(y),
            ],
        )
        .gives_f64(
            &[&[1e200, 3.0, 0.0], &[-1e200, 4.0, 0.0]],
            &[1.414_213_562_373_095e200, 5.0, 0.0],
            &[&[ROOT, 0.6, 0.0], &[-ROOT, 0.8, 0.0]],
        )
        .gives_f32(
            &[&[1e30, 3.0, 0.0], &[-1e30, 4.0, 0.0]],
            &[1.414_213_562_373_095e30, 5.0, 0.0],
            &[&[ROOT, 0.6, 0.0], &[-ROOT, 0.8, 0.0]],
        ),
        Row::of2(
            "S30",
            [
                |x, y| (x.sqr() + y.sqr()).sqrt().log(),
                |x, y| (x * x + y * y).sqrt().log(),
                |x, y| 0.5 * (x.sqr() + y.sqr()).log(),
                |x, y| x.hypot(y).log(),
            ],
        )
        .gives_f64(&[&[1e200], &[1e200]], &[460.863_592_189_089_1], &[&[5e-201], &[5e-201]])
        .gives_f32(&[&[1e30], &[1e30]], &[69.424_126_380_101_34], &[&[5e-31], &[5e-31]]),
    ]
}

fn determinants() -> Vec<Row> {
    vec![
        Row::of1(
            "S29",
            [
                |x| matrix(x).det().log().expand(0),
                |x| matrix(x).det().abs().log().expand(0),
                |x| matrix(x).det().expand(0).log(),
                |x| matrix(&-x).t().det().abs().expand(0).log(),
                |x| 0.5 * matrix(x).det().expand(0).sqr().log(),
                |x| 2 * matrix(x).cholesky().diagonal(0, 0, 1).log().sum_keep(0),
                |x| x.prod_keep(0).log(),
                |x| x.prod_keep(0).abs().log(),
                |x| (-x).prod().expand(0).abs().log(),
                |x| 0.5 * x.prod_keep(0).sqr().log(),
                |x| x.expand(1).prod_axes(0).log(),
            ],
        )
        .shaped(&[3])
        .gives_f64(&[&[1e200, 1e200, 1e10]], &[944.059_888_127_558_8], &[&[1e-200, 1e-200, 1e-10]])
        .gives_f32(
            &[&[1e20, 1e20, 1e10]],
            &[115.129_254_649_702_28],
            &[&[1e-20, 1e-20, 1e-10]],
        ),
        Row::of1(
            "S29",
            [
                |x| x.prod_keep(0).log(),
                |x| x.prod_keep(0).abs().log(),
                |x| x.prod().log().expand(0),
            ],
        )
        .gives(&[&[1e-30; 500]], &[-34_538.776_394_910_68], &[&[1e30; 500]]),
    ]
}
