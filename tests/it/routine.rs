//! Routines as users call them: what fails and what that leaves behind, and large matrices.

use hypatia::prelude::*;
use hypatia::routine::Triangle;

/// A matrix that is not positive definite, or singular, stops the call with the op, the matrix and
/// the user's line, and nothing is updated.
#[test]
fn matrices_without_a_result_stop_the_call() {
    let x = tensor::<f64>("x", ("b", "n", "n"));
    let first = x.slice((.., .., ..1));
    let cases = [
        ("cholesky", x.cholesky(), "is not positive definite"),
        ("solve", x.inv(), "is singular"),
        ("solve_triangular", x.solve_triangular(first, Triangle::UPPER), "is singular"),
    ];
    let good = [2.0, 0.0, 0.0, 3.0];
    let bad = [2.0, 0.0, 0.0, 0.0];
    let all = |parts: [[f64; 4]; 3]| Array3::from_shape_vec((3, 2, 2), parts.concat()).unwrap();
    for (name, expr, fault) in cases {
        let w = shared("w", array![1f64, 2.0]);
        let f = function([&x], expr.sum()).update(&w, &w + 1).compile().unwrap();
        let error = f.call::<f64>((&all([good, bad, good]),)).unwrap_err().to_string();
        let at = expr.at().to_string();
        assert!(at.starts_with(file!()), "{at}");
        let expected = format!("matrix error in `{name}` at {at}: matrix [1] of the batch {fault}");
        assert!(error.contains(&expected), "{error}\n{expected}");
        assert_eq!(w.get(), vec![1f64, 2.0].into());
        f.call::<f64>((&all([good; 3]),)).unwrap();
        assert_eq!(w.get(), vec![2f64, 3.0].into());
    }
    let one = matrix::<f64>("one", (2, 2));
    let f = function([&one], one.cholesky()).compile().unwrap();
    let error = f.call::<Array2<f64>>((&array![[1.0, 2.0], [2.0, 1.0]],)).unwrap_err().to_string();
    assert!(error.contains("the matrix is not positive definite"), "{error}");
    let f = function([&x], x.cholesky_or_nan()).compile().unwrap();
    let found: Array3<f64> = f.call((&all([good, bad, good]),)).unwrap();
    let nans: Vec<bool> = found.iter().map(|v| v.is_nan()).collect();
    assert_eq!(nans, [[false; 4], [true; 4], [false; 4]].concat());
}

/// The largest element of `a·b - c`, in units of `n` roundings of the largest that a term of the
/// product may be.
fn residual(a: &Expr, b: &Expr, c: &Expr, n: usize, epsilon: f64) -> Expr {
    let scale = a.abs().max() * b.abs().max() * (n as f64 * epsilon) + f64::MIN_POSITIVE;
    (a.dot(b) - c).abs().max() / scale
}

/// Backward errors of stable algorithms grow with `n`; for random matrices they are well below
/// `n` roundings of the largest product, so that 4 of these leave room.
const RESIDUAL: f64 = 4.0;

#[test]
fn large_matrices_have_small_residuals() {
    const N: usize = 70;
    let x = matrix::<f64>("x", (N, N));
    let b = matrix::<f64>("b", (N, 3));
    let mut state = 1u64;
    let mut random = |_| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as f64 / (1u64 << 30) as f64 - 1.0
    };
    let xs = Array2::from_shape_vec((N, N), (0..N * N).map(&mut random).collect()).unwrap();
    let bs = Array2::from_shape_vec((N, 3), (0..N * 3).map(&mut random).collect()).unwrap();
    for (dtype, epsilon) in [(DType::F64, f64::EPSILON), (DType::F32, f64::from(f32::EPSILON))] {
        let (x32, b32) = (x.cast(dtype), b.cast(dtype));
        let wide = |e: &Expr| e.cast(DType::F64);
        let spd = x32.dot(x32.t()) + x32.like(0).broadcast_to((N, N)).fill_diagonal(1);
        let (l, solution) = (wide(&spd.cholesky()), wide(&x32.solve(&b32)));
        let (q, r) = x32.qr();
        let (values, vectors) = x32.eigh();
        let half = wide(&(&x32 * 0.5 + x32.t() * 0.5));
        let (v, w) = (wide(&vectors), wide(&values));
        let one = wide(&x32.like(0).broadcast_to((N, N)).fill_diagonal(1));
        let q = wide(&q);
        let determinant = (wide(&x32.slogdet().1) - x.slogdet().1).abs();
        let all = [
            residual(&l, &l.t(), &wide(&spd), N, epsilon),
            residual(&wide(&x32), &solution, &wide(&b32), N, epsilon),
            residual(&q, &wide(&r), &wide(&x32), N, epsilon),
            residual(&q.t(), &q, &one, N, epsilon),
            residual(&half, &v, &(&v * w.expand(0)), N, epsilon),
            residual(&v.t(), &v, &one, N, epsilon),
            // Its derivative is the inverse, whose elements are below 10 here.
            determinant / (10.0 * (N * N) as f64 * epsilon),
        ];
        let f = function([&x, &b], all).compile().unwrap();
        let found: Vec<Tensor> = f.call((&xs, &bs)).unwrap();
        let found: Vec<f64> = found.iter().map(|t| t.get(0).as_f64()).collect();
        assert!(found.iter().all(|&r| r <= RESIDUAL), "{dtype}: {found:?}");
    }
}
