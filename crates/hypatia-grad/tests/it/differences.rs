//! The table of functions that are differentiated and batched: every op and composite.
//!
//! Invariants: points are away from kinks.
//!
//! Not here: what they are held against (`orders.rs`, `batches.rs`).

use crate::f64s;
use hypatia_ir::compose::*;
use hypatia_ir::dim::Dim;
use hypatia_ir::dtype::DType;
use hypatia_ir::expr::{Expr, tensor};
use hypatia_ir::index::iota;
use hypatia_ir::op::{Op, PadAxis};
use hypatia_ir::routine::Triangle;
use hypatia_ir::structure::{Part, concat, full, part, stack};
use hypatia_ir::tensor::Tensor;

pub type Build = fn(&[Expr]) -> Expr;

/// A function and the shapes of its variables. Values of variable `k` lie in
/// `0.3 + 0.1 k … 1.2 + 0.1 k`, all different.
pub struct Case {
    pub name: &'static str,
    pub shapes: &'static [&'static [usize]],
    pub build: Build,
}

macro_rules! cases {
    ($($name:literal $shapes:expr => $build:expr;)*) => {
        &[$(Case { name: $name, shapes: &$shapes, build: $build },)*]
    };
}
pub(crate) use cases;

pub fn ints(shape: &[usize], elements: &[i64]) -> Expr {
    Expr::literal(Tensor::from_vec(shape, elements.to_vec()).unwrap())
}

pub fn apply(op: Op, operands: &[&Expr]) -> Expr {
    Expr::apply(op, operands.iter().map(|&e| e.clone()).collect())
}

/// A matrix of small numbers with 3 more on the diagonal: far from singular, and its symmetric part
/// is positive definite.
fn regular(x: &Expr) -> Expr {
    x + zeros_like(x).fill_diagonal(3)
}

/// A matrix with small numbers off the diagonal and 1, 3, … on it: eigenvalues lie apart.
fn spread(x: &Expr) -> Expr {
    let n = x.ty().unwrap().shape.last().unwrap().known().unwrap();
    x * 0.3 + zeros_like(x).fill_diagonal(iota::<f64>(n) * 2 + 1)
}

pub const CASES: &[Case] = cases! {
    "neg" [&[3]] => |v| -&v[0];
    "abs" [&[3]] => |v| (&v[0] - 0.7).abs();
    "sqr" [&[3]] => |v| v[0].sqr();
    "exp" [&[3]] => |v| v[0].exp();
    "expm1" [&[3]] => |v| v[0].expm1();
    "log" [&[3]] => |v| v[0].log();
    "log1p" [&[3]] => |v| v[0].log1p();
    "sqrt" [&[3]] => |v| v[0].sqrt();
    "rsqrt" [&[3]] => |v| v[0].rsqrt();
    "sin" [&[3]] => |v| v[0].sin();
    "cos" [&[3]] => |v| v[0].cos();
    "tan" [&[3]] => |v| v[0].tan();
    "asin" [&[3]] => |v| (&v[0] - 0.7).asin();
    "acos" [&[3]] => |v| (&v[0] - 0.7).acos();
    "atan" [&[3]] => |v| v[0].atan();
    "sinh" [&[3]] => |v| v[0].sinh();
    "cosh" [&[3]] => |v| v[0].cosh();
    "asinh" [&[3]] => |v| v[0].asinh();
    "acosh" [&[3]] => |v| (&v[0] + 1).acosh();
    "atanh" [&[3]] => |v| (&v[0] - 0.7).atanh();
    "atan2" [&[3], &[2, 1]] => |v| (&v[0] - 0.7).atan2(-&v[1]);
    "tanh" [&[3]] => |v| v[0].tanh();
    "sigmoid" [&[3]] => |v| v[0].sigmoid();
    "softplus" [&[3]] => |v| v[0].softplus();
    "erf" [&[3]] => |v| v[0].erf();
    "erfc" [&[3]] => |v| v[0].erfc();
    "erfcx" [&[3]] => |v| v[0].erfcx();
    "erfcx far out" [&[3]] => |v| (&v[0] * 6).erfcx() * 10;
    "erfinv" [&[3]] => |v| (&v[0] - 0.7).erfinv();
    "lgamma" [&[3]] => |v| v[0].lgamma();
    "lgamma of negative numbers" [&[3]] => |v| (&v[0] - 2.87).lgamma();
    "digamma" [&[3]] => |v| (&v[0] + 1).digamma();
    "digamma of negative numbers" [&[3]] => |v| (&v[0] * 0.5 - 0.89).digamma() * 0.1;
    "negative arguments" [&[3]] => |v| {
        let x = &v[0] - 2;
        x.sigmoid() + x.softplus() + x.erf() + x.tanh() + x.exp() + x.abs()
    };
    "sign and roundings beside" [&[3]] => |v| {
        let x = &v[0] - 0.77;
        &v[0] * x.sign() + x.floor() * x.ceil() + (x * 4).trunc() * v[0].round()
    };
    "rem" [&[3], &[3]] => |v| (&v[0] * 5).rem(&v[1]) * (&v[0] - 9).rem(&v[1]);
    "add, broadcasting" [&[2, 3], &[3]] => |v| &v[0] + &v[1];
    "sub, broadcasting" [&[2, 1], &[3]] => |v| &v[0] - &v[1];
    "mul, scalar" [&[2, 3], &[]] => |v| &v[0] * &v[1];
    "div, both broadcast" [&[2, 1], &[1, 3]] => |v| &v[0] / &v[1];
    "div by itself" [&[3]] => |v| &v[0] / v[0].sqr();
    "pow" [&[3], &[3]] => |v| v[0].pow(&v[1]);
    "pow, broadcasting" [&[2, 3], &[]] => |v| v[0].pow(&v[1]);
    "pow 1" [&[3]] => |v| v[0].pow(1) * 2;
    "pow 2" [&[3]] => |v| v[0].pow(2);
    "pow 3, negative base" [&[3]] => |v| (&v[0] - 2).pow(3);
    "pow 0.5" [&[3]] => |v| v[0].pow(0.5);
    "pow -1.5" [&[3]] => |v| v[0].pow(-1.5);
    "maximum" [&[3], &[3]] => |v| v[0].maximum(&v[1] - 0.05);
    "minimum" [&[2, 3], &[3]] => |v| v[0].minimum(&v[1] - 0.05);
    "select" [&[3], &[]] => |v| v[0].gt(0.7).select(v[0].sqr(), &v[1]);
    "select of masks" [&[2, 3], &[3]] => |v| {
        let (low, high) = (v[0].lt(0.6), v[0].ge(0.9));
        low.select(v[0].exp(), high.select(&v[1] * &v[0], v[1].log()))
    };
    "logic of masks" [&[3]] => |v| {
        let mask = v[0].gt(0.5).xor(v[0].gt(0.9)).and(v[0].lt(0.9)).or(v[0].ne(v[0].max()).logical_not());
        mask.select(v[0].sin(), 0)
    };
    "integers beside" [&[3]] => |v| {
        let i = ints(&[3], &[5, -9, 4]);
        (&i >> 1 << 2 ^ i.quot(2)).cast(DType::F64) * &v[0]
    };
    "cast" [&[3]] => |v| v[0].cast(DType::F64) * 2;
    "stop_gradient beside" [&[3]] => |v| &v[0] + v[0].stop_gradient() * 0.0;
    "fast" [&[3]] => |v| (&v[0] * &v[0]).fast();
    "sum" [&[2, 3]] => |v| v[0].sum().sqr();
    "sum_axes" [&[2, 3, 2]] => |v| v[0].sum_axes([0, -1]).exp();
    "sum_keep" [&[2, 3]] => |v| &v[0] * v[0].sum_keep(1);
    "sum of a broadcast" [&[3]] => |v| v[0].broadcast_to((4, 3)).sum_axes(0).sqr();
    "prod" [&[2, 3]] => |v| v[0].prod_axes(1);
    "prod of everything" [&[2, 2]] => |v| v[0].prod();
    "prod with a zero" [&[3]] => |v| {
        (&v[0] - Expr::literal(point(0, &[3])) * ints(&[3], &[0, 1, 0])).prod()
    };
    "prod with two zeros" [&[3]] => |v| {
        (&v[0] - Expr::literal(point(0, &[3])) * ints(&[3], &[0, 1, 1])).prod()
    };
    "max" [&[2, 3]] => |v| v[0].max_axes(1).sqr();
    "min" [&[2, 3]] => |v| v[0].min_keep(0) * &v[0];
    "argmax beside" [&[3]] => |v| v[0].take(v[0].argmax(0), 0).sqr();
    "reshape" [&[2, 3]] => |v| v[0].reshape((3, 2)).exp();
    "transpose" [&[2, 3, 2]] => |v| v[0].transpose([2, 0, 1]).sqr();
    "expand and squeeze" [&[3]] => |v| v[0].expand(0).sqr().squeeze(0);
    "broadcast_to" [&[3, 1]] => |v| v[0].broadcast_to((2, 3, 4)).exp();
    "slice" [&[4, 3]] => |v| v[0].slice((1..3, full().step_by(-2))).sqr();
    "slice, backwards" [&[5]] => |v| v[0].slice((part(4, 0).step_by(-2),)).sqr();
    "slice of nothing" [&[3]] => |v| concat(&[v[0].slice((part(2, 1),)), v[0].sqr()], 0);
    "pad" [&[2, 2], &[]] => |v| {
        let part = |low: i64, high: i64, interior| PadAxis {
            low: low.into(), high: high.into(), interior,
        };
        apply(Op::Pad(vec![part(1, 0, 0), part(0, 2, 1)]), &[&v[0], &v[1]]).exp()
    };
    "concat" [&[2, 2], &[2, 1]] => |v| concat(&[v[0].clone(), v[1].exp(), v[0].clone()], 1).sqr();
    "stack" [&[2], &[2]] => |v| stack(&[v[0].clone(), v[1].sqr()], -1).exp();
    "dot of vectors" [&[3], &[3]] => |v| v[0].dot(&v[1]).exp();
    "dot with itself" [&[3, 3]] => |v| v[0].dot(&v[0]);
    "matrix times vector" [&[2, 3], &[3]] => |v| v[0].dot(&v[1]).sqr();
    "vector times matrix" [&[2], &[2, 3]] => |v| v[0].dot(&v[1]).sqr();
    "matmul" [&[2, 3], &[3, 2]] => |v| v[0].dot(&v[1]).tanh();
    "matmul, batches" [&[2, 2, 3], &[3, 2]] => |v| v[0].matmul(&v[1]).sqr();
    "matmul, batches broadcast" [&[2, 1, 2, 2], &[3, 2, 1]] => |v| v[0].matmul(&v[1]);
    "outer" [&[2], &[3]] => |v| v[0].outer(&v[1]).exp();
    "einsum" [&[2, 2, 3], &[3, 2], &[2]] => |v| {
        einsum("bij,jk,...i->bk...", &[v[0].clone(), v[1].clone(), v[2].clone()]).exp()
    };
    "einsum of diagonals" [&[3, 3], &[3]] => |v| {
        einsum("ii,i,ij->j", &[v[0].clone(), v[1].clone(), v[0].clone()])
    };
    "tensordot" [&[2, 3, 2], &[2, 3]] => |v| v[0].tensordot(&v[1], ([1, 0], [1, 0])).sqr();
    "bilinear" [&[2, 2], &[3, 2, 2], &[2, 2]] => |v| bilinear(&v[0], &v[1], &v[2]);
    "attention" [&[2, 3, 2], &[4, 2], &[4, 2]] => |v| {
        let settings = Attention { causal: true, ..Default::default() };
        attention(&v[0], &v[1], &v[2], &settings)
    };
    "attention of rows without a place" [&[2, 2], &[2, 2]] => |v| {
        let mask = Some(ints(&[2, 1], &[0, 1]).gt(0));
        attention(&v[0], &v[1], &v[0], &Attention { mask, ..Default::default() })
    };
    "multi_head_attention" [&[2, 4], &[4, 4], &[4, 4], &[4, 2]] => |v| {
        multi_head_attention(&v[0], [&v[1], &v[2], &v[1], &v[3]], 2, &Attention::default())
    };
    "rotary_embedding" [&[3, 4]] => |v| v[0].rotary_embedding(100.0).sqr();
    "cells" [&[2, 3], &[2, 2], &[3, 12], &[2, 12]] => |v| {
        let (gru, plain) = (full().step_by(2), part(0, 2));
        let part = |w: &Expr, p: &Part| w.slice((.., p.clone()));
        let (wx, wh) = (part(&v[2], &gru), part(&v[3], &gru));
        let (h, c) = lstm_cell(&v[0], (&v[1], &v[1]), v[2].slice((.., 0..8)), v[3].slice((.., 4..)), 0.1);
        let h = h + rnn_cell(&v[0], &c, part(&v[2], &plain), part(&v[3], &plain), -0.2);
        gru_cell(&v[0], h, &wx, &wh, 0.3, 0.1) + gru_cell_reset_before(&v[0], c, &wx, &wh, 0.2)
    };
    "linear" [&[2, 3], &[2, 3], &[2]] => |v| linear(&v[0], &v[1], &v[2]).sqr();
    "take" [&[3, 2]] => |v| v[0].take(ints(&[2, 2], &[0, 2, -1, 0]), 0).sqr();
    "take_along" [&[3, 2]] => |v| v[0].take_along(ints(&[3], &[1, 0, -1])).log();
    "take_along_axis" [&[3, 2]] => |v| {
        v[0].take_along_axis(ints(&[2, 2], &[2, 2, -3, 1]), 0).sqr()
    };
    "windows" [&[7]] => |v| v[0].windows(0, 3, 2, 1).sqr();
    "windows, dilated" [&[2, 6]] => |v| v[0].windows(1, 2, 1, 3).exp() * v[0].windows(-1, 2, 2, 2).sum();
    "windows of windows" [&[4, 5]] => |v| v[0].windows(0, 2, 1, 1).windows(1, 3, 2, 1).sin();
    "fold" [&[3, 2]] => |v| v[0].fold(0, 4, 1, 1).sqr();
    "fold with gaps" [&[2, 2, 2]] => |v| v[0].fold(0, 8, 4, 2).exp();
    "scatter_set" [&[3, 2], &[4, 2]] => |v| {
        v[0].scatter_set(ints(&[2, 2], &[0, 2, 0, -1]), v[1].reshape((2, 2, 2)), 0).sqr()
    };
    "scatter_set, middle axis" [&[2, 3, 2], &[2, 2, 2]] => |v| {
        v[0].scatter_set(ints(&[2], &[1, -2]), v[1].exp(), 1).sqr()
    };
    "scatter_set_along" [&[2, 3], &[2, 4]] => |v| {
        v[0].scatter_set_along_axis(ints(&[2, 4], &[0, 0, 1, -3, 2, 1, 1, 2]), v[1].sqr(), 1).exp()
    };
    "scatter_max" [&[3], &[5]] => |v| {
        v[0].scatter_max(ints(&[5], &[0, 0, 2, -2, 1]), &v[1] - 0.05, 0).sqr()
    };
    "scatter_max_along" [&[2, 2], &[2, 3]] => |v| {
        v[0].scatter_max_along_axis(ints(&[2, 3], &[0, 0, 1, 1, 1, -2]), &v[1] - 0.05, 1).sin()
    };
    "scatter_min" [&[3, 2], &[2, 2]] => |v| {
        v[0].scatter_min(ints(&[2], &[0, 0]), &v[1] - 0.05, 0).sqr()
    };
    "scatter_min_along" [&[2, 2], &[2, 3]] => |v| {
        v[0].scatter_min_along_axis(ints(&[2, 3], &[0, 0, 1, 1, 1, -2]), &v[1] - 0.05, 1).sin()
    };
    "at" [&[2, 3, 2]] => |v| {
        v[0].at([ints(&[4], &[0, 1, 0, -1]), ints(&[4], &[2, 1, 2, 0])]).sqr()
    };
    "set_at and add_at" [&[2, 3], &[2], &[]] => |v| {
        let at = [ints(&[2], &[0, 1]), ints(&[2], &[2, 0])];
        v[0].set_at(at.clone(), &v[1]).add_at([&at[0]], &v[2]).exp()
    };
    "conv1d" [&[1, 2, 5], &[2, 2, 2]] => |v| v[0].conv1d(&v[1], &Conv::default()).sin();
    "conv2d, everything" [&[1, 2, 3, 4], &[2, 1, 2, 2]] => |v| {
        let padding = Padding::Explicit(vec![(1, 0), (0, 2)]);
        let (strides, dilations) = (vec![1, 2], vec![2, 1]);
        v[0].conv2d(&v[1], &Conv { strides, padding, dilations, groups: 2, flip: true }).sqr()
    };
    "conv_transpose2d" [&[1, 2, 2, 2], &[2, 1, 2, 2]] => |v| {
        let conv = Conv { strides: vec![2, 1], ..Conv::default() };
        v[0].conv_transpose2d(&v[1], &conv, &[1, 0]).sqr()
    };
    "max_pool" [&[1, 5, 4]] => |v| {
        v[0].max_pool(&Pool { strides: vec![2, 1], padding: vec![1, 0], ..Pool::new(&[3, 2]) }).sqr()
    };
    "avg_pool" [&[2, 5]] => |v| {
        v[0].avg_pool(&Pool { count_padding: false, padding: vec![1], ..Pool::new(&[2]) }).exp()
    };
    "adaptive_avg_pool" [&[5, 2]] => |v| v[0].adaptive_avg_pool(&[3, 2]).sqr();
    "resize" [&[2, 3]] => |v| v[0].resize_bilinear((3, 2), false).sin() * v[0].upsample_nearest(&[3]).sum();
    "scatter_add" [&[3], &[4]] => |v| v[0].scatter_add(ints(&[4], &[0, 0, 2, -2]), &v[1], 0).sqr();
    "scatter_add_along" [&[2, 2], &[2, 2]] => |v| {
        v[0].scatter_add_along_axis(ints(&[2, 2], &[0, 0, 1, -2]), v[1].sqr(), 1).exp()
    };
    "cumsum" [&[2, 3]] => |v| v[0].cumsum(1).sqr() + v[0].cumsum(0);
    "recurrence" [&[2, 4], &[2, 4]] => |v| v[0].recurrence(&v[1], 1).sqr();
    "recurrence, broadcasting" [&[3, 1], &[2]] => |v| v[0].recurrence(&v[1], 0).exp();
    "cumprod" [&[4, 2]] => |v| v[0].cumprod(0);
    "cumprod with zeros" [&[4]] => |v| {
        (&v[0] - Expr::literal(point(0, &[4])) * ints(&[4], &[0, 1, 1, 0])).cumprod(0)
    };
    "cummax and cummin" [&[2, 4]] => |v| v[0].cummax(1).sqr() + v[0].cummin(0).exp();
    "cumlogsumexp" [&[2, 4]] => |v| (&v[0] * 3).cumlogsumexp(1);
    "sort" [&[2, 4]] => |v| v[0].sort(1).sqr() * v[0].sort_descending(0);
    "topk" [&[2, 4]] => |v| v[0].topk(2, -1).0.exp();
    "median" [&[2, 3]] => |v| v[0].median().sqr() + v[0].median_keep(1) * v[0].median_axes(0);
    "cholesky" [&[3, 3]] => |v| regular(&v[0]).cholesky();
    "cholesky_or_nan, batches" [&[2, 2, 2]] => |v| regular(&v[0]).cholesky_or_nan().sqr();
    "cho_solve" [&[2, 2], &[2]] => |v| regular(&v[0]).cholesky().cho_solve(&v[1]);
    "solve_triangular" [&[3, 3], &[3, 2]] => |v| {
        [false, true].into_iter().fold(v[1].clone(), |sum, lower| {
            let triangle = Triangle { lower, transpose: false, unit: false };
            sum + regular(&v[0]).solve_triangular(&v[1], triangle)
        })
    };
    "solve_triangular, transposed" [&[3, 3], &[3, 2]] => |v| {
        [false, true].into_iter().fold(v[1].clone(), |sum, lower| {
            let triangle = Triangle { lower, transpose: true, unit: false };
            sum + regular(&v[0]).solve_triangular(&v[1], triangle)
        })
    };
    "solve_triangular, ones on the diagonal" [&[2, 2, 2], &[2]] => |v| {
        [false, true].into_iter().fold(v[1].clone(), |sum, lower| {
            let triangle = Triangle { lower, transpose: !lower, unit: true };
            sum + v[0].solve_triangular(&v[1], triangle)
        })
    };
    "solve" [&[3, 3], &[3]] => |v| regular(&v[0]).solve(&v[1]);
    "solve, batches broadcast" [&[2, 2], &[2, 2, 1]] => |v| regular(&v[0]).solve(&v[1]);
    "inv" [&[2, 3, 3]] => |v| regular(&v[0]).inv();
    "det" [&[3, 3]] => |v| v[0].det().sqr();
    "det, batches" [&[2, 2, 2]] => |v| regular(&v[0]).det();
    "slogdet" [&[3, 3]] => |v| {
        let (sign, log) = v[0].slogdet();
        sign * log.sqr()
    };
    "trace" [&[2, 3, 3]] => |v| v[0].trace().exp();
    "empty matrices" [&[0, 0], &[2]] => |v| v[0].inv().sum() + v[0].det() + v[1].sqr();
    "matrix_norm" [&[2, 3]] => |v| {
        let norms = [MatrixNorm::Frobenius, MatrixNorm::One, MatrixNorm::Infinity];
        norms.into_iter().fold(v[0].like(0), |sum, norm| sum + v[0].matrix_norm(norm).sqr())
    };
    "matrix_power" [&[2, 2]] => |v| v[0].matrix_power(5) + regular(&v[0]).matrix_power(-2);
    "expm" [&[2, 2]] => |v| v[0].expm() + (&v[0] * 8 - 6).expm() * 1e-3;
    "kron" [&[2, 2], &[1, 3]] => |v| v[0].kron(&v[1]).sqr();
    "cross" [&[2, 3], &[3]] => |v| v[0].cross(&v[1]).sqr();
    "eigh" [&[3, 3]] => |v| {
        let (values, vectors) = spread(&v[0]).eigh();
        vectors * values.sqr().expand(-2)
    };
    "eigvalsh, batches" [&[2, 2, 2]] => |v| spread(&v[0]).eigvalsh().exp();
    "qr" [&[3, 2]] => |v| {
        let (q, r) = v[0].qr();
        concat(&[q.sqr() + &q, r.exp()], 0)
    };
    "qr, fewer rows" [&[2, 3]] => |v| {
        let (q, r) = v[0].qr();
        concat(&[q, r.sqr()], 1)
    };
    "svdvals" [&[2, 3, 2]] => |v| v[0].svdvals().sqr();
    "pinv" [&[3, 2], &[2, 3]] => |v| v[0].pinv() * v[1].pinv().t();
    "lstsq" [&[3, 2], &[3]] => |v| {
        v[0].lstsq(&v[1]).exp() + v[0].t().lstsq(v[1].slice((1..,))).sum()
    };
    "empty scans" [&[0, 2], &[2]] => |v| {
        v[0].cumsum(0).sum().sqr() + v[0].recurrence(&v[1], 0).sum() + v[1].sqr().sum()
    };
    "iota, dim and one_hot" [&[3]] => |v| {
        let length = Expr::dim(&Dim::from(3)).cast(DType::F64);
        (&v[0] * iota::<f64>(3) * length + ints(&[3], &[0, 1, 0]).one_hot::<f64>(3)).exp()
    };
    "axes moved and merged" [&[2, 3, 2]] => |v| v[0].moveaxis(0, -1).flatten(1).sqr();
    "split" [&[2, 5]] => |v| {
        let pieces = v[0].split([2, 3], 1);
        pieces[0].exp().sum() + pieces[1].sqr()
    };
    "tile and repeat" [&[2, 3]] => |v| v[0].tile([2, 1, 2]).sqr() * v[0].repeat(2, -1);
    "roll, flip and diff" [&[4]] => |v| (v[0].roll(-1, 0) * &v[0].flip(0)).diff(2, 0);
    "depth_to_space" [&[1, 4, 2, 1]] => |v| v[0].depth_to_space(2).sqr();
    "borders" [&[2, 3]] => |v| {
        let widths = [(1, 1), (2, 1)];
        let modes = [PadMode::Edge, PadMode::Reflect, PadMode::Symmetric, PadMode::Wrap];
        modes.iter().fold(Expr::constant(1.0), |product, &m| product * v[0].pad_with(&widths, m))
    };
    "diag of a vector" [&[3]] => |v| v[0].diag(-1).exp();
    "diagonal" [&[2, 3, 3]] => |v| v[0].diagonal(1, 1, 2).sqr();
    "triangles" [&[3, 3]] => |v| v[0].tril(-1).exp() + v[0].triu(1).sqr();
    "fill_diagonal" [&[2, 2], &[]] => |v| v[0].fill_diagonal(&v[1]).sqr();
    "set_slice" [&[4, 3], &[2, 1]] => |v| {
        v[0].set_slice((part(3, 0).step_by(-2), 1..), &v[1]).sqr()
    };
    "set_slice, one element" [&[2, 3], &[3]] => |v| v[0].set_slice((-1,), &v[1]).exp();
    "add_slice" [&[4, 3], &[3]] => |v| v[0].add_slice((full().step_by(-1), 0..2), v[1].slice((1..,))).sqr();
    "masked_fill" [&[3], &[]] => |v| v[0].masked_fill(v[0].gt(0.7), &v[1]).sqr();
    "dynamic_slice" [&[4]] => |v| v[0].dynamic_slice(ints(&[], &[-3]), 2, 0).sqr();
    "dynamic_update" [&[3, 2], &[3, 1]] => |v| v[0].dynamic_update(ints(&[], &[1]), &v[1], 1).exp();
    "powers and logarithms of other bases" [&[3]] => |v| {
        v[0].exp2() + v[0].log2() * v[0].log10()
    };
    "logarithms of probabilities" [&[3]] => |v| {
        (&v[0] - 0.7).log_sigmoid() + (&v[0] * 0.7).logit() + (-&v[0]).log1mexp()
    };
    "logaddexp" [&[3], &[2, 1]] => |v| v[0].logaddexp(&v[1]) + v[0].logaddexp2(-&v[1]);
    "logaddexp, tied" [&[3]] => |v| v[0].sqr().logaddexp(v[0].stop_gradient() * 0.0 + v[0].sqr());
    "xlogy" [&[3], &[3]] => |v| v[0].xlogy(&v[1]) + v[1].xlog1py(&v[0]);
    "xlogy at 0" [&[3], &[3]] => |v| {
        let zero = &v[0] - Expr::literal(point(0, &[3]));
        zero.xlogy(&v[1]) + zero.xlog1py(&v[1])
    };
    "sinc" [&[3]] => |v| v[0].sinc();
    "sinc close to 0" [&[3]] => |v| ((&v[0] - 0.7) * 0.2).sinc();
    "hypot" [&[3], &[2, 1]] => |v| v[0].hypot(&v[1] - 1.5);
    "cbrt" [&[3]] => |v| (&v[0] - 2).cbrt();
    "small formulas" [&[3], &[3]] => |v| {
        v[0].lerp(&v[1], v[0].reciprocal()) + v[0].squared_difference(&v[1])
            + v[0].deg2rad().rad2deg()
    };
    "trigamma" [&[3]] => |v| (&v[0] + 0.5).trigamma();
    "trigamma of negative numbers" [&[3]] => |v| (&v[0] * 0.5 - 0.89).trigamma() * 0.01;
    "bessel" [&[3]] => |v| v[0].bessel_i0() + (&v[0] - 2).bessel_i1();
    "bessel far out" [&[3]] => |v| {
        let x = &v[0] + 8;
        (x.bessel_i0() - (-&x).bessel_i1()) * (-&x).exp()
    };
    "relu" [&[4]] => |v| (&v[0] - 0.7).relu().sqr();
    "leaky activations" [&[4], &[]] => |v| {
        let x = &v[0] - 0.7;
        x.leaky_relu(0.1) + x.elu(0.5) * x.celu(2.0) + x.selu() + x.prelu(&v[1])
    };
    "smooth activations" [&[4]] => |v| {
        let x = &v[0] - 0.7;
        x.gelu_tanh() + x.silu() * x.mish() + x.softsign()
    };
    "hard activations" [&[4]] => |v| {
        let x = &v[0] * 3 - 2;
        x.relu6() + x.hard_sigmoid(0.5, 0.5) * x.hard_swish()
    };
    "activations far out" [&[2]] => |v| {
        let x = (&v[0] - 0.7) * 2000;
        x.elu(1.0) + x.celu(1.0) + x.selu() + x.silu() + x.mish() + x.gelu_tanh() + x.softsign()
    };
    "gelu" [&[4]] => |v| (&v[0] - 0.7).gelu();
    "clip" [&[4]] => |v| v[0].clip(0.4, 0.9).sqr();
    "softmax" [&[2, 3]] => |v| v[0].softmax(-1);
    "softmax_where" [&[2, 3]] => |v| v[0].softmax_where(v[0].gt(0.5), -1).sqr();
    "mean_where" [&[2, 3]] => |v| v[0].mean_where_axes(&v[0].gt(0.5), -1).exp();
    "softmax over all" [&[2, 2]] => |v| v[0].softmax(..);
    "log_softmax" [&[2, 3]] => |v| v[0].log_softmax(0);
    "logsumexp" [&[2, 3]] => |v| v[0].logsumexp(1);
    "mean" [&[2, 3]] => |v| v[0].mean().exp() + v[0].mean_axes(0) * v[0].mean_keep(1);
    "var" [&[2, 3]] => |v| v[0].var() + v[0].var_axes(1).sum() + v[0].var_keep(0);
    "layer_norm" [&[2, 3], &[3], &[3]] => |v| v[0].layer_norm(-1, &v[1], &v[2], 1e-3);
    "cross_entropy" [&[3, 4]] => |v| cross_entropy(&v[0], ints(&[3], &[0, 3, 1]));
    "mse" [&[3], &[3]] => |v| mse(&v[0], &v[1]);
    "cross_entropy with settings" [&[2, 4, 3], &[4]] => |v| {
        let labels = ints(&[2, 3], &[0, 3, -1, 1, 2, 2]);
        let (weights, ignore) = (Some(v[1].clone()), Some(-1));
        let settings = CrossEntropy { axis: 1, smoothing: 0.1, ignore, weights, ..Default::default() };
        cross_entropy_with(&v[0], labels, &settings)
    };
    "regression losses" [&[3], &[3]] => |v| {
        let (x, y) = (&v[0], &v[1]);
        mae(x, y) + huber(x, y, 0.25) * huber(x, y, 9.0) + smooth_l1(x, y, 0.25)
    };
    "losses of probabilities" [&[2, 3], &[2, 3]] => |v| {
        let (p, q) = (v[0].softmax(-1), v[1].softmax(-1));
        let labels = || ints(&[2], &[2, 0]);
        nll(&q, labels()) + binary_cross_entropy(&q, &p) * kl_div(&p, &q)
            + categorical_cross_entropy(&q, &p)
    };
    "targets of 0 and 1" [&[2, 3]] => |v| {
        let target = ints(&[2, 3], &[0, 1, 0, 0, 0, 1]).cast(DType::F64);
        // Probabilities of exactly 0 and 1 where the target asks for them.
        let q = v[0].lt(0.7).select(&target, &v[0] * 0.5);
        binary_cross_entropy(&q, &target) + kl_div(&target, v[0].sqr())
    };
    "losses of scores" [&[2, 3], &[2, 3]] => |v| {
        let labels = || ints(&[2], &[2, 0]);
        binary_cross_entropy_logits(&v[0], &v[1]) + hinge_multiclass(&v[0], labels())
            + categorical_cross_entropy_logits(&v[0], &v[1]) * hinge(&v[0], &v[1])
    };
    "losses of embeddings" [&[2, 3], &[2, 3]] => |v| {
        let same = ints(&[2], &[1, 0]).cast(DType::F64);
        contrastive(&v[0], &v[1], same, 2.5) + triplet(&v[0], &v[1], v[1].sqr(), 1.5)
            + v[0].cosine_similarity(&v[1], -1).sum()
    };
    "moments" [&[2, 3]] => |v| v[0].std_axes(1).sum() + v[0].std_ddof(.., 1) + v[0].var_ddof(0, 1);
    "norms" [&[2, 3]] => |v| {
        let x = &v[0] - 0.7;
        x.norm_l1() + x.norm_l2_axes(0) * x.norm_inf_axes(0) + x.norm_axes(3.0, 0) + x.sum_square()
    };
    "norms of zeros" [&[3]] => |v| {
        let x = &v[0] - v[0].stop_gradient();
        x.norm_l2() + x.norm_l1() + x.norm(3.0) + x.std() + v[0].sqr()
    };
    "rms_norm" [&[2, 3], &[3]] => |v| v[0].rms_norm(-1, &v[1], 1e-3);
    "batch_norm" [&[3, 2, 2], &[2], &[2]] => |v| {
        let (y, mean, var) = v[0].batch_norm(&v[1], &v[2], 1e-3);
        y * v[0].batch_norm_with(mean, var, &v[2], &v[1], 1e-2)
    };
    "group_norm" [&[2, 4, 2], &[4], &[4]] => |v| {
        v[0].group_norm(2, &v[1], &v[2], 1e-2) * v[0].instance_norm(&v[1], 0, 1e-1)
    };
    "lrn" [&[1, 4, 2]] => |v| v[0].lrn(3, 0.5, 0.75, 1.0);
    "l2_normalize" [&[2, 3]] => |v| v[0].l2_normalize(-1, 1e-6);
    "written softmax cross entropy" [&[2, 3]] => |v| {
        let e = v[0].exp();
        -(&e / e.sum_keep(-1)).take_along(ints(&[2], &[2, 0])).log().mean()
    };
    "mlp" [&[2, 3], &[3, 4], &[4], &[4, 2]] => |v| {
        (v[0].dot(&v[1]) + &v[2]).tanh().dot(&v[3]).softmax(-1)
    };
    "norm" [&[4]] => |v| v[0].sqr().sum().sqrt();
    "variable used twice" [&[2]] => |v| {
        let y = v[0].sin();
        &y * &y + y.exp() * &v[0]
    };
    "empty" [&[0, 3], &[3]] => |v| (&v[0] * &v[1]).sum_axes(0) + v[1].sqr();
    "size one" [&[1, 1], &[1]] => |v| v[0].dot(&v[1]).exp() + v[0].sum_axes(1);
};

pub fn point(which: usize, shape: &[usize]) -> Tensor {
    let count: usize = shape.iter().product();
    // Steps of the golden ratio: all different, evenly spread, never tied.
    let value = |i: usize| 0.3 + 0.1 * which as f64 + 0.9 * (0.618_034 * (i + 1) as f64).fract();
    f64s(shape, &(0..count).map(value).collect::<Vec<_>>())
}

/// Fixed numbers of either sign of the shape of an expression.
pub fn direction(of: &Expr) -> Expr {
    let shape = of.ty().unwrap().shape.iter().map(|d| d.known().unwrap() as usize);
    let shape: Vec<usize> = shape.collect();
    let count: usize = shape.iter().product();
    let value = |i: usize| (1.3 * i as f64 + 0.7).sin();
    Expr::literal(f64s(&shape, &(0..count).map(value).collect::<Vec<_>>()))
}

pub fn variables(case: &Case) -> Vec<Expr> {
    let dims = |shape: &[usize]| shape.iter().map(|&n| Dim::from(n)).collect::<Vec<_>>();
    let name = |i: usize| format!("v{i}");
    case.shapes.iter().enumerate().map(|(i, s)| tensor::<f64>(&name(i), dims(s))).collect()
}

/// The weighted sum of all elements: what is differentiated.
pub fn cost(case: &Case, v: &[Expr]) -> Expr {
    let y = (case.build)(v);
    (&y * direction(&y)).sum()
}
