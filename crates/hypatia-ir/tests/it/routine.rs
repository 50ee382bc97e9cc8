//! Values of routines and of what is built from them, worked out by hand.

use crate::value;
use hypatia_ir::compose::delayed;
use hypatia_ir::expr::{Expr, matrix, vector};
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
