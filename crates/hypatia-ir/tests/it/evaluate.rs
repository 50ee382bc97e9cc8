//! Values of expressions against those worked out by hand or known from NumPy.

use crate::{assert_round_trip, graph_of, value};
use hypatia_ir::compose::{cross_entropy, mse};
use hypatia_ir::dim::Dim;
use hypatia_ir::dtype::DType;
use hypatia_ir::expr::{Expr, matrix, scalar, tensor, vector};
use hypatia_ir::index::iota;
use hypatia_ir::op::Op;
use hypatia_ir::scalar::Scalar;
use hypatia_ir::structure::{concat, full, part, stack};
use hypatia_ir::tensor::Tensor;
use std::f64::consts::LN_2;

const INF: f64 = f64::INFINITY;
const NAN: f64 = f64::NAN;

pub fn f64s(shape: &[usize], elements: &[f64]) -> Tensor {
    Tensor::from_vec(shape, elements.to_vec()).unwrap()
}

pub fn i64s(shape: &[usize], elements: &[i64]) -> Tensor {
    Tensor::from_vec(shape, elements.to_vec()).unwrap()
}

pub fn bools(shape: &[usize], elements: &[u8]) -> Tensor {
    Tensor::from_vec(shape, elements.iter().map(|&b| b == 1).collect()).unwrap()
}

pub fn lit(shape: &[usize], elements: &[f64]) -> Expr {
    Expr::literal(f64s(shape, elements))
}

pub fn ints(shape: &[usize], elements: &[i64]) -> Expr {
    Expr::literal(i64s(shape, elements))
}

/// Sums of at most 8 terms around 1, through at most 4 functions of 1 ulp each.
const RELATIVE: f64 = 32.0 * f64::EPSILON;

pub fn assert_value(expr: &Expr, expected: &Tensor) {
    let graph = graph_of(&[], &[expr]);
    assert_round_trip(&graph);
    let found = value(expr, &[]).unwrap_or_else(|e| panic!("{expr}: {e}"));
    assert_eq!((found.dtype(), found.shape()), (expected.dtype(), expected.shape()), "{expr}");
    for i in 0..found.len() {
        let (a, b) = (found.get(i), expected.get(i));
        let (x, y) = (a.as_f64(), b.as_f64());
        let close = a == b || x == y || x.is_nan() && y.is_nan() || {
            found.dtype().is_float() && (x - y).abs() <= RELATIVE * y.abs().max(1.0)
        };
        assert!(close, "{expr}: {found:?}, expected {expected:?}");
    }
}

pub fn assert_values(cases: &[(Expr, Tensor)]) {
    cases.iter().for_each(|(expr, expected)| assert_value(expr, expected));
}

#[test]
fn structure() {
    let x = &lit(&[2, 3], &[1., 2., 3., 4., 5., 6.]);
    let v = &lit(&[4], &[0., 1., 2., 3.]);
    let e = &lit(&[0, 3], &[]);
    assert_values(&[
        (x.reshape([3, 2]), f64s(&[3, 2], &[1., 2., 3., 4., 5., 6.])),
        (x.reshape((-1, 1, 2)), f64s(&[3, 1, 2], &[1., 2., 3., 4., 5., 6.])),
        (x.ravel(), f64s(&[6], &[1., 2., 3., 4., 5., 6.])),
        (x.t(), f64s(&[3, 2], &[1., 4., 2., 5., 3., 6.])),
        (x.transpose([-1, 0]), f64s(&[3, 2], &[1., 4., 2., 5., 3., 6.])),
        (x.expand(1).squeeze(1), f64s(&[2, 3], &[1., 2., 3., 4., 5., 6.])),
        (v.expand(-1).broadcast_to((4, 2)), f64s(&[4, 2], &[0., 0., 1., 1., 2., 2., 3., 3.])),
        (x.slice((1..,)), f64s(&[1, 3], &[4., 5., 6.])),
        (x.slice((.., 0..2)), f64s(&[2, 2], &[1., 2., 4., 5.])),
        (x.slice((full(), full().step_by(-1))), f64s(&[2, 3], &[3., 2., 1., 6., 5., 4.])),
        (v.slice((-3..-1,)), f64s(&[2], &[1., 2.])),
        (v.slice((part(3, 0).step_by(-2),)), f64s(&[2], &[3., 1.])),
        (v.slice((1..100,)), f64s(&[3], &[1., 2., 3.])),
        (v.slice((part(3, 1),)), f64s(&[0], &[])),
        (v.slice((full().step_by(3),)), f64s(&[2], &[0., 3.])),
        (v.pad(&[(1, 2)], 9), f64s(&[7], &[9., 0., 1., 2., 3., 9., 9.])),
        (e.pad(&[(1, 0), (0, 0)], 7), f64s(&[1, 3], &[7., 7., 7.])),
        (concat(&[x.clone(), e.clone(), x.slice((1..,))], 0), {
            f64s(&[3, 3], &[1., 2., 3., 4., 5., 6., 4., 5., 6.])
        }),
        (concat(&[x.clone(), x.clone()], -1), {
            f64s(&[2, 6], &[1., 2., 3., 1., 2., 3., 4., 5., 6., 4., 5., 6.])
        }),
        (stack(&[v.clone(), v.clone()], -1), f64s(&[4, 2], &[0., 0., 1., 1., 2., 2., 3., 3.])),
        (iota::<i64>(3), i64s(&[3], &[0, 1, 2])),
        (iota::<f64>(0), f64s(&[0], &[])),
        (e.t(), f64s(&[3, 0], &[])),
        (e.reshape([0, 7]), f64s(&[0, 7], &[])),
    ]);
}

#[test]
fn reductions() {
    let x = &lit(&[2, 3], &[1., 5., 3., 4., 2., 6.]);
    let n = &lit(&[3], &[1., NAN, NAN]);
    let e = &lit(&[2, 0], &[]);
    let b = &Expr::literal(bools(&[2, 2], &[0, 1, 0, 0]));
    let i = &ints(&[2], &[i64::MAX, 2]);
    assert_values(&[
        (x.sum(), 21.0.into()),
        (x.sum_axes(0), f64s(&[3], &[5., 7., 9.])),
        (x.sum_keep(-1), f64s(&[2, 1], &[9., 12.])),
        (x.sum_axes([0, -1]), 21.0.into()),
        (x.prod_axes(1), f64s(&[2], &[15., 48.])),
        (x.max(), 6.0.into()),
        (x.max_axes(1), f64s(&[2], &[5., 6.])),
        (x.min_keep(0), f64s(&[1, 3], &[1., 2., 3.])),
        (x.argmax(1), i64s(&[2], &[1, 2])),
        (x.argmin_keep(0), i64s(&[1, 3], &[0, 1, 0])),
        (x.ravel().argmax(0), 5i64.into()),
        (b.any(), true.into()),
        (b.any_axes(1), bools(&[2], &[1, 0])),
        (b.all_keep(0), bools(&[1, 2], &[0, 0])),
        (i.sum(), i64::MIN.wrapping_add(1).into()),
        (n.max(), NAN.into()),
        (n.min(), NAN.into()),
        (n.argmax(0), 1i64.into()),
        (n.sum(), NAN.into()),
        (ints(&[4], &[3, 7, 7, 3]).argmax(0), 1i64.into()),
        (ints(&[4], &[3, 7, 7, 3]).argmin(0), 0i64.into()),
        (e.sum_axes(1), f64s(&[2], &[0., 0.])),
        (e.prod_axes(1), f64s(&[2], &[1., 1.])),
        (e.max_axes(0), f64s(&[0], &[])),
        (e.gt(0).any(), false.into()),
        (e.gt(0).all(), true.into()),
        (e.mean(), NAN.into()),
        (x.sum_axes([]), f64s(&[2, 3], &[1., 5., 3., 4., 2., 6.])),
    ]);
}

#[test]
fn products() {
    let x = &lit(&[2, 3], &[1., 2., 3., 4., 5., 6.]);
    let v = &lit(&[3], &[1., 0., -1.]);
    let t = &lit(&[2, 1, 2], &[1., 2., 3., 4.]);
    assert_values(&[
        (x.dot(x.t()), f64s(&[2, 2], &[14., 32., 32., 77.])),
        (x.dot(v), f64s(&[2], &[-2., -2.])),
        (v.dot(x.t()), f64s(&[2], &[-2., -2.])),
        (v.dot(v), 2.0.into()),
        (v.outer(v), f64s(&[3, 3], &[1., 0., -1., 0., 0., 0., -1., 0., 1.])),
        (t.matmul(x), f64s(&[2, 1, 3], &[9., 12., 15., 19., 26., 33.])),
        (t.matmul(lit(&[1, 2, 1], &[1., 1.])), f64s(&[2, 1, 1], &[3., 7.])),
        (t.matmul(lit(&[2], &[1., 1.])), f64s(&[2, 1], &[3., 7.])),
        (lit(&[2, 0], &[]).dot(lit(&[0, 2], &[])), f64s(&[2, 2], &[0.; 4])),
        (lit(&[0, 2], &[]).dot(lit(&[2, 1], &[1., 2.])), f64s(&[0, 1], &[])),
        (ints(&[1, 2], &[2, 3]).dot(lit(&[2], &[0.5, 1.])), f64s(&[1], &[4.])),
    ]);
}

#[test]
fn selection() {
    let x = &lit(&[3, 2], &[1., 2., 3., 4., 5., 6.]);
    let labels = &ints(&[3], &[1, 0, -1]);
    assert_values(&[
        (x.take(ints(&[2], &[2, -3]), 0), f64s(&[2, 2], &[5., 6., 1., 2.])),
        (x.take(ints(&[], &[1]), 1), f64s(&[3], &[2., 4., 6.])),
        (x.take(ints(&[0], &[]), 0), f64s(&[0, 2], &[])),
        (x.take(ints(&[1, 2], &[0, 0]), -1), f64s(&[3, 1, 2], &[1., 1., 3., 3., 5., 5.])),
        (x.take_along(labels), f64s(&[3], &[2., 3., 6.])),
        (x.take_along_axis(ints(&[1, 2], &[2, 0]), 0), f64s(&[1, 2], &[5., 2.])),
        (x.scatter_add(ints(&[2], &[0, 0]), lit(&[2, 2], &[1., 1., 10., 10.]), 0), {
            f64s(&[3, 2], &[12., 13., 3., 4., 5., 6.])
        }),
        (x.scatter_add_along_axis(ints(&[3, 1], &[0, 1, -1]), lit(&[3, 1], &[1.; 3]), 1), {
            f64s(&[3, 2], &[2., 2., 3., 5., 5., 7.])
        }),
        // The last of several for one element stays.
        (x.scatter_set(ints(&[3], &[0, 2, -3]), lit(&[3, 2], &[7., 8., 9., 10., 11., 12.]), 0), {
            f64s(&[3, 2], &[11., 12., 3., 4., 9., 10.])
        }),
        (x.scatter_set_along_axis(ints(&[3, 2], &[0, 0, 1, 0, 1, 1]), -x, 1), {
            f64s(&[3, 2], &[-2., 2., -4., -3., 5., -6.])
        }),
        (x.gt(3).scatter_set(ints(&[], &[0]), x.gt(0).slice((0..1, ..)).reshape([2]), 0), {
            bools(&[3, 2], &[1, 1, 0, 1, 1, 1])
        }),
        (x.scatter_max(ints(&[3], &[1, 1, 0]), lit(&[3, 2], &[4., 0., 3.5, 9., NAN, 0.]), 0), {
            f64s(&[3, 2], &[NAN, 2., 4., 9., 5., 6.])
        }),
        (x.scatter_min_along_axis(ints(&[3, 1], &[0, 1, 1]), lit(&[3, 1], &[9., 0., -1.]), 1), {
            f64s(&[3, 2], &[1., 2., 3., 0., 5., -1.])
        }),
        (x.at([labels]), f64s(&[3, 2], &[3., 4., 1., 2., 5., 6.])),
        (x.at([labels, &ints(&[3], &[0, -1, 1])]), f64s(&[3], &[3., 2., 6.])),
        (x.at([ints(&[2, 1], &[0, -1]), ints(&[2], &[1, 0])]), f64s(&[2, 2], &[2., 1., 6., 5.])),
        (x.at([ints(&[], &[-2]), ints(&[], &[1])]), 4.0.into()),
        (x.at([ints(&[0], &[]), ints(&[0], &[])]), f64s(&[0], &[])),
        (x.set_at([labels, labels], 0), f64s(&[3, 2], &[0., 2., 3., 0., 5., 0.])),
        (x.set_at([ints(&[2], &[1, 1])], lit(&[2, 1], &[7., 8.])), {
            f64s(&[3, 2], &[1., 2., 8., 8., 5., 6.])
        }),
        (x.add_at([labels, &ints(&[], &[1])], lit(&[3], &[1., 10., 100.])), {
            f64s(&[3, 2], &[1., 12., 3., 5., 5., 106.])
        }),
        (x.add_at([ints(&[3], &[1, -2, 1]), ints(&[3], &[0; 3])], 1), {
            f64s(&[3, 2], &[1., 2., 6., 4., 5., 6.])
        }),
        (ints(&[3], &[1, 0, 5]).one_hot::<f64>(2), f64s(&[3, 2], &[0., 1., 1., 0., 0., 0.])),
        (x.gt(3).select(x, 0), f64s(&[3, 2], &[0., 0., 0., 4., 5., 6.])),
        // Two literals without a tensor beside them are f32.
        (lit(&[2], &[-1., 4.]).sqrt().gt(0).select(1, 2), vec![2f32, 1.].into()),
    ]);
}

#[test]
fn windows_and_folds() {
    let v = &lit(&[6], &[0., 1., 2., 3., 4., 5.]);
    let m = &lit(&[2, 3], &[0., 1., 2., 3., 4., 5.]);
    let w = v.windows(0, 3, 1, 1);
    assert_values(&[
        (w.clone(), f64s(&[4, 3], &[0., 1., 2., 1., 2., 3., 2., 3., 4., 3., 4., 5.])),
        (v.windows(-1, 2, 3, 2), f64s(&[2, 2], &[0., 2., 3., 5.])),
        (v.windows(0, 6, 9, 1), f64s(&[1, 6], &[0., 1., 2., 3., 4., 5.])),
        (v.windows(0, 1, 5, i64::MAX), f64s(&[2, 1], &[0., 5.])),
        (m.windows(0, 2, 1, 1), f64s(&[1, 3, 2], &[0., 3., 1., 4., 2., 5.])),
        (m.windows(1, 2, 1, 1), f64s(&[2, 2, 2], &[0., 1., 1., 2., 3., 4., 4., 5.])),
        (lit(&[0, 2], &[]).windows(0, 1, 1, 1), f64s(&[0, 2, 1], &[])),
        (v.gt(3).windows(0, 3, 3, 1), bools(&[2, 3], &[0, 0, 0, 0, 1, 1])),
        // Each element as often as there are windows with it.
        (w.fold(0, 6, 1, 1), f64s(&[6], &[0., 2., 6., 9., 8., 5.])),
        (v.windows(0, 2, 2, 1).fold(0, 6, 2, 1), f64s(&[6], &[0., 1., 2., 3., 4., 5.])),
        (m.fold(0, 7, 4, 1), f64s(&[7], &[0., 1., 2., 0., 3., 4., 5.])),
        (m.fold(0, 6, 1, 2), f64s(&[6], &[0., 3., 1., 4., 2., 5.])),
        (lit(&[0, 1], &[]).fold(0, 0, 1, 1), f64s(&[0], &[])),
        (ints(&[2, 2], &[1, 2, 3, 4]).fold(0, 3, 1, 1), i64s(&[3], &[1, 5, 4])),
    ]);
    // Summed wide, rounded once.
    let sums = Tensor::from_vec(&[3, 3], vec![0f32, 0., 1e8, 0., 1., 0., -1e8, 0., 0.]).unwrap();
    assert_value(&Expr::literal(sums).fold(0, 5, 1, 1), &vec![0f32, 0., 1., 0., 0.].into());
}

#[test]
fn casts_and_promotion() {
    let f = &lit(&[5], &[-1.5, 300.7, NAN, INF, 0.0]);
    let bytes = |v: &[u8]| Tensor::from(v.to_vec());
    assert_values(&[
        (f.cast(DType::U8), bytes(&[0, 255, 0, 255, 0])),
        (f.cast(DType::I64), i64s(&[5], &[-1, 300, 0, i64::MAX, 0])),
        (f.cast(DType::Bool), bools(&[5], &[1, 1, 1, 1, 0])),
        (ints(&[2], &[-1, 256]).cast(DType::U8), bytes(&[255, 0])),
        (ints(&[2], &[1, 2]) + lit(&[2], &[0.5, 0.5]), f64s(&[2], &[1.5, 2.5])),
        (ints(&[2], &[1, 2]) + f.gt(0).cast(DType::I32).sum(), i64s(&[2], &[3, 4])),
    ]);
}

#[test]
fn composites() {
    let x = &lit(&[2, 2], &[0., 0., 0., 3f64.ln()]);
    let v = &lit(&[4], &[1., 2., 3., 6.]);
    let labels = &ints(&[2], &[0, 1]);
    let huge = &lit(&[2], &[1000., 1000.]);
    assert_values(&[
        (lit(&[3], &[-1., 0., NAN]).relu(), f64s(&[3], &[0., 0., NAN])),
        (lit(&[3], &[-1., 0.5, 9.]).clip(0, 1), f64s(&[3], &[0., 0.5, 1.])),
        (x.softmax(-1), f64s(&[2, 2], &[0.5, 0.5, 0.25, 0.75])),
        (x.log_softmax(-1).exp(), f64s(&[2, 2], &[0.5, 0.5, 0.25, 0.75])),
        (x.softmax(..).sum(), 1.0.into()),
        (x.logsumexp(-1), f64s(&[2], &[LN_2, 2.0 * LN_2])),
        (huge.logsumexp(0), (1000.0 + LN_2).into()),
        (huge.softmax(0), f64s(&[2], &[0.5, 0.5])),
        (lit(&[2], &[-INF, -INF]).logsumexp(0), (-INF).into()),
        (lit(&[2], &[-INF, 0.]).logsumexp(0), 0.0.into()),
        (lit(&[2], &[INF, 0.]).logsumexp(0), INF.into()),
        (v.mean(), 3.0.into()),
        (v.var(), 3.5.into()),
        (x.mean_axes(0).exp().sqr(), f64s(&[2], &[1., 3.])),
        (v.reshape((2, 2)).var_keep(1), f64s(&[2, 1], &[0.25, 2.25])),
        (v.reshape((2, 2)).mean_keep(0), f64s(&[1, 2], &[2., 4.])),
        (cross_entropy(x, labels), ((LN_2 - 0.75f64.ln()) / 2.0).into()),
        (mse(v, lit(&[4], &[1., 1., 1., 6.])), 1.25.into()),
        (v.reshape((2, 2)).layer_norm(-1, 2, 1, 0.0), f64s(&[2, 2], &[-1., 3., -1., 3.])),
        (lit(&[3], &[0., 1., -1.]).gelu(), {
            f64s(&[3], &[0., 0.841_344_746_068_542_9, -0.158_655_253_931_457_07])
        }),
    ]);
}

#[test]
fn float_sums_and_products_are_rounded_once() {
    let one = |n: usize| Expr::literal(Tensor::full(Scalar::new(1f32), &[1, n]));
    let big = Expr::literal(vec![1e8f32, 1.0, 1.0, 1.0, 1.0, -1e8]);
    assert_value(&big.sum(), &4f32.into());
    let product = big.reshape((1, 6)).dot(one(6).t());
    assert_value(&product, &Tensor::from_vec(&[1, 1], vec![4f32]).unwrap());
}

#[test]
fn one_graph_serves_all_sizes() {
    let x = &matrix::<f64>("x", ("n", 3));
    let w = &vector::<f64>("w", 3);
    let y = (x * w).sum_axes(1).mean();
    for n in [0usize, 1, 5] {
        let rows = f64s(&[n, 3], &[1., 2., 3.].repeat(n));
        let weights = f64s(&[3], &[1., 10., 100.]);
        let found = value(&y, &[(x, rows), (w, weights)]).unwrap().get(0).as_f64();
        assert!(if n == 0 { found.is_nan() } else { found == 321.0 }, "{n}: {found}");
    }
}

#[test]
fn calls_that_do_not_fit_are_refused() {
    let x = &matrix::<f64>("x", ("n", 3));
    let v = &vector::<f64>("v", "m");
    let i = &vector::<i64>("i", "k");
    let xs = |n: usize| (x, Tensor::zeros(DType::F64, &[n, 3]));
    let vs = |n: usize| (v, Tensor::zeros(DType::F64, &[n]));
    let large = scalar::<f64>("s").broadcast_to((1i64 << 31, 1i64 << 31));
    let larger = iota::<u8>(Dim::from(i64::MAX)).expand(-1) * iota::<u8>(3);
    let long =
        tensor::<f64>("z", ("n", "n")).reshape([Dim::from(-1)]).pad(&[(usize::MAX >> 1, 0)], 0);
    let z = Expr::from(&long.operands()[0].operands()[0]);
    type Inputs<'a> = Vec<(&'a Expr, Tensor)>;
    let cases: Vec<(Expr, Inputs, &str)> = vec![
        (x + 1, vec![], "expected 1 inputs, found 0"),
        (x + 1, vec![(x, Tensor::from(1.0))], "input `x`: expected rank 2, found rank 0"),
        (
            x + 1,
            vec![(x, Tensor::zeros(DType::F64, &[2, 4]))],
            "input `x`, axis 1: expected 3, found 4",
        ),
        (
            x + 1,
            vec![(x, Tensor::zeros(DType::F32, &[2, 3]))],
            "input `x`: expected elements of f64, found f32",
        ),
        (
            x.sum_axes(1) + v,
            vec![xs(2), vs(3)],
            "input `v`, axis 0: expected m = 2, found 3\n  m = 2 from axis 0 of `x`",
        ),
        (v.max(), vec![vs(0)], "the sizes of this call break m >= 1, needed at "),
        (v.reshape((2, -1)), vec![vs(3)], "the sizes of this call break "),
        (x.take(i, 0), vec![xs(2), (i, i64s(&[1], &[2]))], "index error in `take` at "),
        (x.take(i, 0), vec![xs(2), (i, i64s(&[1], &[-3]))], "index error in `take` at "),
        (x.at([i, i]), vec![xs(5), (i, i64s(&[2], &[1, 4]))], "index error in `take` at"),
        (large, vec![], "size error in `broadcast` at "),
        (larger, vec![], "9223372036854775807 bytes of memory could not be allocated"),
        (long, vec![(&z, Tensor::zeros(DType::F64, &[2, 2]))], "size error in `pad` at "),
    ];
    for (expr, inputs, expected) in cases {
        let inputs = if expected.starts_with("size error in `broadcast`") {
            vec![(&expr.operands()[0], Tensor::from(1.0))]
        } else {
            inputs
        };
        let error = if inputs.is_empty() {
            hypatia_ir::eval::evaluate(&graph_of(&[], &[&expr]), &[]).unwrap_err()
        } else {
            value(&expr, &inputs).unwrap_err()
        };
        assert!(error.to_string().starts_with(expected), "{expr}: {error}");
    }
}

#[test]
fn inputs_of_one_name_stay_apart() {
    let (a, b) = (&scalar::<f64>("w"), &scalar::<f64>("w"));
    let (c, d) = (&scalar::<f64>("w_2"), &scalar::<f64>("w"));
    let graph = graph_of(&[a, b, c, d], &[&(a - b)]);
    assert_round_trip(&graph);
    let names: Vec<&str> = graph.inputs.iter().map(|i| i.name.as_ref()).collect();
    assert_eq!(names, ["w", "w_3", "w_2", "w_4"]);
    assert_eq!(value(&(a - b), &[(a, 5.0.into()), (b, 3.0.into())]), Ok(2.0.into()));
}

#[test]
fn interior_padding_and_its_edges() {
    let part = |low: i64, high: i64, interior| hypatia_ir::op::PadAxis {
        low: low.into(),
        high: high.into(),
        interior,
    };
    let x = lit(&[3], &[1., 2., 3.]);
    let zero = Expr::constant(0.0);
    let pad = |x: &Expr, p| Expr::apply(Op::Pad(vec![p]), vec![x.clone(), zero.clone()]);
    assert_values(&[
        (pad(&x, part(1, 0, 1)), f64s(&[6], &[0., 1., 0., 2., 0., 3.])),
        (pad(&lit(&[1], &[1.]), part(0, 1, usize::MAX >> 1)), f64s(&[2], &[1., 0.])),
        (pad(&lit(&[0], &[]), part(1, 1, 5)), f64s(&[2], &[0., 0.])),
    ]);
}
