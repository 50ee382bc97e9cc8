//! Values of routines and of what is built from them, worked out by hand.

use crate::value;
use hypatia_ir::compose::{MatrixNorm, delayed};
use hypatia_ir::expr::{Expr, matrix, vector};
use hypatia_ir::op::Op;
use hypatia_ir::routine::{Routine, Triangle};
use hypatia_ir::tensor::Tensor;

const INF: f64 = f64::INFINITY;
const NAN: f64 = f64::NAN;

fn row(elements: &[f64]) -> Expr {
    Expr::literal(elements.to_vec())
}

fn ints(elements: &[i64]) -> Tensor {
    Tensor::from(elements.to_vec())
}

fn grid(columns: usize, elements: &[f64]) -> Tensor {
    Tensor::from_vec(&[elements.len() / columns, columns], elements.to_vec()).unwrap()
}

/// Sums of at most 4 terms below 10 and one exponential and logarithm: a few roundings.
const ABSOLUTE: f64 = 1e-14;

#[track_caller]
fn assert_value(expr: &Expr, expected: impl Into<Tensor>) {
    let expected = expected.into();
    let found = value(expr, &[]).unwrap_or_else(|e| panic!("{expr}: {e}"));
    assert_eq!((found.dtype(), found.shape()), (expected.dtype(), expected.shape()), "{expr}");
    for i in 0..found.len() {
        let (x, y) = (found.get(i).as_f64(), expected.get(i).as_f64());
        let close = x == y || x.is_nan() && y.is_nan() || (x - y).abs() <= ABSOLUTE;
        assert!(close, "{expr}: {found:?}, expected {expected:?}");
    }
}

#[test]
fn sorting_is_stable_with_nan_last() {
    let x = row(&[2.0, NAN, 0.0, -INF, -0.0, INF, NAN, 2.0]);
    assert_value(&x.argsort(0), ints(&[3, 2, 4, 0, 7, 5, 1, 6]));
    assert_value(&x.argsort_descending(-1), ints(&[5, 0, 7, 2, 4, 3, 1, 6]));
    let m = Expr::literal(grid(2, &[3.0, 1.0, 1.0, 2.0, 2.0, 3.0]));
    assert_value(&m.sort(0), grid(2, &[1.0, 1.0, 2.0, 2.0, 3.0, 3.0]));
    assert_value(&m.sort_descending(1), grid(2, &[3.0, 1.0, 2.0, 1.0, 3.0, 2.0]));
    let (values, places) = m.topk(2, 0);
    assert_value(&values, grid(2, &[3.0, 3.0, 2.0, 2.0]));
    assert_value(&places, Tensor::from_vec(&[2, 2], vec![0i64, 2, 2, 1]).unwrap());
    assert_value(&Expr::literal(vec![3i32, -5, 3, 0]).argsort(0), ints(&[1, 3, 0, 2]));
    assert_value(&Expr::literal(vec![3u8, 5, 3, 0]).argsort_descending(0), ints(&[1, 0, 2, 3]));
    assert_value(&row(&[]).argsort(0), ints(&[]));
}

#[test]
fn medians() {
    assert_value(&row(&[3.0, 1.0, 2.0]).median(), 2.0);
    assert_value(&row(&[4.0, 1.0, 3.0, 2.0]).median(), 2.5);
    assert_value(&row(&[1.0, NAN, 0.0]).median(), NAN);
    assert_value(&row(&[INF, INF, -1.0]).median(), INF);
    let m = Expr::literal(grid(3, &[1.0, 5.0, 3.0, 2.0, 8.0, -1.0]));
    assert_value(&m.median_axes(1), vec![3.0, 2.0]);
    assert_value(&m.median_axes(0), vec![1.5, 6.5, 1.0]);
    assert_value(&m.median_keep(..), grid(1, &[2.5]));
}

#[test]
fn places_in_sorted_vectors() {
    let x = row(&[1.0, 2.0, 2.0, 5.0]);
    assert_value(&x.searchsorted(row(&[0.0, 2.0, 3.0, 9.0])), ints(&[0, 1, 3, 4]));
    assert_value(&x.searchsorted(row(&[1.5]).squeeze(0)), 1i64);
}

#[test]
fn running_values() {
    let m = Expr::literal(grid(3, &[1.0, 2.0, 3.0, 4.0, 0.0, -1.0]));
    assert_value(&m.cumsum(1), grid(3, &[1.0, 3.0, 6.0, 4.0, 4.0, 3.0]));
    assert_value(&m.cumsum(0), grid(3, &[1.0, 2.0, 3.0, 5.0, 2.0, 2.0]));
    assert_value(&m.cumprod(1), grid(3, &[1.0, 2.0, 6.0, 4.0, 0.0, -0.0]));
    assert_value(&m.cummax(1), grid(3, &[1.0, 2.0, 3.0, 4.0, 4.0, 4.0]));
    assert_value(&m.cummin(0), grid(3, &[1.0, 2.0, 3.0, 1.0, 0.0, -1.0]));
    let x = row(&[1.0, NAN, 5.0]);
    assert_value(&x.cummax(0), vec![1.0, NAN, NAN]);
    assert_value(&Expr::literal(vec![i64::MAX, 2]).cumsum(0), ints(&[i64::MAX, i64::MIN + 1]));
    assert_value(&Expr::literal(vec![2i64, 3, 4]).cumprod(0), ints(&[2, 6, 24]));
    let factors = row(&[NAN, 2.0, 0.5]);
    assert_value(&factors.recurrence(row(&[1.0, 1.0, 1.0]), 0), vec![1.0, 3.0, 2.5]);
    assert_value(&factors.recurrence(row(&[1.0]), 0), vec![1.0, 3.0, 2.5]);
    assert_value(&delayed(&m, 1), grid(3, &[0.0, 1.0, 2.0, 0.0, 4.0, 0.0]));
}

#[test]
fn running_logarithms_of_sums_do_not_overflow() {
    let ln2 = std::f64::consts::LN_2;
    let x = row(&[0.0, 0.0, 1e4, 1e4, -1e4]);
    assert_value(&x.cumlogsumexp(0), vec![0.0, ln2, 1e4, 1e4 + ln2, 1e4 + ln2]);
    let x = row(&[-INF, -INF, -1e4, -1e4]);
    assert_value(&x.cumlogsumexp(0), vec![-INF, -INF, -1e4, -1e4 + ln2]);
    assert_value(&row(&[1.0, INF, 2.0]).cumlogsumexp(0), vec![1.0, INF, INF]);
    assert_value(&row(&[1.0, NAN, 2.0]).cumlogsumexp(0), vec![1.0, NAN, NAN]);
}

#[test]
fn factors_and_solutions() {
    let a = Expr::literal(grid(2, &[4.0, 2.0, 2.0, 5.0]));
    assert_value(&a.cholesky(), grid(2, &[2.0, 0.0, 1.0, 2.0]));
    assert_value(&row(&[-1.0]).expand(0).cholesky_or_nan(), grid(1, &[NAN]));
    assert_value(&a.solve(row(&[8.0, 12.0])), vec![1.0, 2.0]);
    assert_value(&a.cholesky().cho_solve(row(&[8.0, 12.0])), vec![1.0, 2.0]);
    assert_value(&a.solve_triangular(row(&[8.0, 5.0]), Triangle::UPPER), vec![1.5, 1.0]);
    assert_value(&a.solve_triangular(row(&[8.0, 14.0]), Triangle::LOWER), vec![2.0, 2.0]);
    let turned = Triangle { unit: true, ..Triangle::LOWER.transposed() };
    assert_value(&a.solve_triangular(row(&[8.0, 2.0]), turned), vec![4.0, 2.0]);
    let swap = Expr::literal(grid(2, &[0.0, 2.0, 1.0, 0.0]));
    assert_value(&swap.inv(), grid(2, &[0.0, 1.0, 0.5, 0.0]));
    assert_value(&swap.det(), -2.0);
    let (sign, log) = swap.slogdet();
    assert_value(&sign, -1.0);
    assert_value(&log, std::f64::consts::LN_2);
    let singular = Expr::literal(grid(2, &[1.0, 2.0, 2.0, 4.0]));
    let (sign, log) = singular.slogdet();
    assert_value(&sign, 0.0);
    assert_value(&log, -INF);
    assert_value(&singular.det(), 0.0);
    assert_value(&row(&[]).expand(0).slice((..0, ..)).det(), 1.0);
    assert_value(&Expr::literal(vec![1i32, 2, 3, 4]).reshape((2, 2)).trace(), 5i32);
}

#[test]
fn eigenvalues_and_orthogonal_factors() {
    let a = Expr::literal(grid(2, &[0.0, 1.0, 1.0, 0.0]));
    let root = 0.5f64.sqrt();
    let (values, vectors) = a.eigh();
    assert_value(&values, vec![-1.0, 1.0]);
    assert_value(&vectors, grid(2, &[root, root, -root, root]));
    assert_value(&row(&[INF]).expand(0).eigvalsh(), vec![NAN]);
    let x = Expr::literal(grid(2, &[3.0, 1.0, -4.0, 2.0]));
    let (q, r) = x.qr();
    assert_value(&q, grid(2, &[0.6, 0.8, -0.8, 0.6]));
    assert_value(&r, grid(2, &[5.0, -1.0, 0.0, 2.0]));
    let wide = Expr::literal(grid(3, &[3.0, 1.0, 5.0, -4.0, 2.0, 10.0]));
    assert_value(&wide.qr().1, grid(3, &[5.0, -1.0, -5.0, 0.0, 2.0, 10.0]));
    let x = Expr::literal(grid(2, &[0.0, 3.0, 4.0, 0.0, 0.0, 0.0]));
    assert_value(&x.svdvals(), vec![4.0, 3.0]);
    assert_value(&x.t().svdvals(), vec![4.0, 3.0]);
    assert_value(&x.pinv(), grid(3, &[0.0, 0.25, 0.0, 1.0 / 3.0, 0.0, 0.0]));
    assert_value(&x.lstsq(row(&[3.0, 4.0, 7.0])), vec![1.0, 1.0]);
    assert_value(&x.t().lstsq(row(&[3.0, 4.0])), vec![4.0 / 3.0, 0.75, 0.0]);
}

#[test]
fn functions_of_matrices() {
    let x = Expr::literal(grid(2, &[1.0, -2.0, 3.0, 4.0]));
    assert_value(&x.matrix_norm(MatrixNorm::Frobenius), 30f64.sqrt());
    assert_value(&x.matrix_norm(MatrixNorm::One), 6.0);
    assert_value(&x.matrix_norm(MatrixNorm::Infinity), 7.0);
    assert_value(&x.matrix_power(3), grid(2, &[-35.0, -30.0, 45.0, 10.0]));
    assert_value(&x.matrix_power(0), grid(2, &[1.0, 0.0, 0.0, 1.0]));
    assert_value(&x.matrix_power(-1), grid(2, &[0.4, 0.2, -0.3, 0.1]));
    let e = std::f64::consts::E;
    let diagonal = Expr::literal(grid(2, &[1.0, 0.0, 0.0, -40.0]));
    assert_value(&diagonal.expm(), grid(2, &[e, 0.0, 0.0, (-40f64).exp()]));
    let nilpotent = Expr::literal(grid(2, &[0.0, 1e5, 0.0, 0.0]));
    assert_value(&nilpotent.expm(), grid(2, &[1.0, 1e5, 0.0, 1.0]));
    let large = Expr::literal(grid(2, &[0.0, 1e6, 0.0, 0.0]));
    assert_value(&large.expm(), grid(2, &[NAN; 4]));
    assert_value(&row(&[1.0, 2.0]).kron(row(&[1.0, 10.0])), vec![1.0, 10.0, 2.0, 20.0]);
    let column = Expr::literal(grid(1, &[1.0, 10.0]));
    assert_value(&x.slice((1.., ..)).kron(&column), grid(2, &[3.0, 4.0, 30.0, 40.0]));
    assert_value(&row(&[1.0, 0.0, 2.0]).cross(row(&[0.0, 1.0, 1.0])), vec![-2.0, -1.0, 1.0]);
}

#[test]
fn what_is_no_fitting_matrix_is_an_error_when_built() {
    let (x, v) = (matrix::<f32>("x", (3, 4)), vector::<f32>("v", "n"));
    let (n, i) = (matrix::<f32>("y", ("n", "m")), matrix::<i64>("i", (3, 3)));
    let wrong = [
        x.cholesky(),
        x.solve(&v),
        x.t().slice((..3, ..)).solve(vector::<f32>("w", 4)),
        x.slice((.., ..3)).solve(matrix::<f64>("z", (3, 1))),
        v.inv(),
        v.det(),
        x.slogdet().1,
        v.trace(),
        i.eigh().1,
        i.qr().0,
        v.qr().1,
        n.svdvals(),
        v.pinv(),
        x.lstsq(vector::<f32>("w", 4)),
        x.matrix_power(2),
        x.matrix_power(0),
        x.expm(),
        i.expm(),
        v.matrix_norm(MatrixNorm::One),
        x.kron(&v),
        v.cross(&v),
        Expr::apply(Op::Routine(Routine::Qr), vec![x.clone()]),
    ];
    for (case, expr) in wrong.iter().enumerate() {
        assert!(expr.type_or_none().is_none(), "case {case}: {:?}", expr.ty());
    }
    assert_eq!(n.qr().1.ty().unwrap().to_string(), "f32[m, m]");
    assert_eq!(n.pinv().ty().unwrap().to_string(), "f32[m, n]");
}

#[test]
fn what_does_not_fit_is_an_error_when_built() {
    let (x, v) = (matrix::<f32>("x", (3, 4)), vector::<f32>("v", "n"));
    let wrong = [
        x.topk(5, 1).0,
        x.topk(4, 0).1,
        v.topk(-1, 0).0,
        x.sort(2),
        x.gt(0).sort(0),
        x.gt(0).cumsum(0),
        x.cumprod(-3),
        x.recurrence(matrix::<f32>("y", (2, 4)), 0),
        Expr::constant(1i64).broadcast_to([3]).median(),
        Expr::constant(1i64).broadcast_to([3]).cumlogsumexp(0),
        x.searchsorted(&v),
        vector::<f32>("none", 0).median(),
    ];
    for (case, expr) in wrong.iter().enumerate() {
        assert!(expr.type_or_none().is_none(), "case {case}: {:?}", expr.ty());
    }
    assert_eq!(v.topk(3, 0).0.ty().unwrap().to_string(), "f32[3]");
    assert_eq!(v.median().ty().unwrap().to_string(), "f32[]");
}
