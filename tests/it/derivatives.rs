//! Derivatives through the whole pipeline: stable before they are made, and what users say about
//! them holds in compiled code.

use hypatia::prelude::*;
use hypatia::{Verify, gradient_from, verify_grad, vjp};
use std::slice::from_ref;

#[test]
fn jacobians_and_hessians_are_those_of_the_stable_form() {
    let x = vector::<f64>("x", 2);
    let y = (x.exp() / x.exp().sum()).log();
    let j = jacobian(&y, &x).unwrap();
    let h = hessian(x.exp().sum().log(), &x).unwrap();
    let hv = hvp(&x.exp().sum().log(), from_ref(&x), from_ref(&x)).unwrap().remove(0);
    let f = function([&x], (&j, &h, &hv)).compile().unwrap();
    let (j, h, hv): (Array2<f64>, Array2<f64>, Array1<f64>) = f.call((&[1000.0, 0.0],)).unwrap();
    // p = [1, 0]: the Jacobian is I - 1pᵀ, the Hessian diag(p) - ppᵀ.
    assert_eq!(j, array![[0.0, 0.0], [-1.0, 1.0]]);
    assert_eq!(h, array![[0.0, 0.0], [0.0, 0.0]]);
    assert_eq!(hv, array![0.0, 0.0]);
}

#[test]
fn inner_expressions_are_variables_for_good() {
    let x = vector::<f64>("x", 3);
    let inner = &x * 1;
    let outer = inner.exp().sum().log();
    // Rewriting would make `inner` one with x, and know nothing of `outer`.
    let cost = (&outer * 3).sqr() + x.sum() + inner.sum();
    let [g_inner, g_outer, g_x] = grad(&cost, [&inner, &outer, &x]).unwrap();
    // A derivative by the same handle again.
    let [second] = grad(&g_outer, [&outer]).unwrap();
    let f = function([&x], (&g_inner, &g_outer, &g_x, &second)).compile().unwrap();
    let (g_inner, g_outer, g_x, second): (Array1<f64>, f64, Array1<f64>, f64) =
        f.call((&[1000.0, 0.0, 0.0],)).unwrap();
    assert_eq!((g_outer, second), (18000.0, 18.0));
    assert_eq!(g_inner, array![18001.0, 1.0, 1.0]);
    assert_eq!(g_x, array![18002.0, 2.0, 2.0]);
}

#[test]
fn equal_inner_expressions_stay_apart() {
    let x = scalar::<f64>("x");
    let (a, b) = (&x + 1, &x + 1);
    let [ga, gb] = grad(&a * &b * &b, [&a, &b]).unwrap();
    let f = function([&x], (&ga, &gb)).compile().unwrap();
    assert_eq!(f.call::<(f64, f64)>((2.0,)).unwrap(), (9.0, 18.0));
}

#[test]
fn markers_hold_in_compiled_and_fused_code() {
    type Mark = fn(&Expr) -> Expr;
    let cases: [(Mark, [f32; 2]); 4] = [
        (|x| x.clip_gradient(-3.0, 4.0), [4.0, -3.0]),
        (|x| x.scale_gradient(-0.5), [-5.0, 10.0]),
        (|x| x.zero_gradient(), [0.0, 0.0]),
        (|x| x.stop_gradient() + x.zero_gradient(), [0.0, 0.0]),
    ];
    let x = vector::<f32>("x", "n");
    let w = vector::<f32>("w", "n");
    for (mark, expected) in cases {
        // In the middle of a chain that fuses: x → +1 → marker → ·w → sum.
        let y = (mark(&(&x + 1)) * &w).sum();
        let [g] = grad(&y, [&x]).unwrap();
        for device in [Device::default(), Device::Interpreter] {
            let f = function([&x, &w], (&y, &g)).device(device).compile().unwrap();
            assert!(!f.explain().optimized.contains("_gradient"), "{}", f.explain().optimized);
            assert_eq!(f.kernel_count(), 2, "a sum and a map");
            let (_, g): (f32, Array1<f32>) = f.call((&[1f32, 2.0], &[10f32, -20.0])).unwrap();
            assert_eq!(g, array![expected[0], expected[1]]);
        }
    }
    let error = grad(x.undefined_gradient().exp().sum(), [&x]).unwrap_err().to_string();
    assert!(error.contains("undefined here") && error.contains(file!()), "{error}");
}

/// Markers do not stand in the way of rewriting, before differentiation or after.
#[test]
fn markers_do_not_block_rewriting() {
    let x = vector::<f64>("x", 2);
    let e = x.scale_gradient(2.0).exp();
    let y = (&e / e.sum()).log();
    let [g] = grad(y.slice((..1,)).sum(), [&x]).unwrap();
    let plain = (x.exp().zero_gradient() / x.exp().sum()).log();
    let f = function([&x], (&y, &g, &plain)).compile().unwrap();
    let (y, g, plain): (Array1<f64>, Array1<f64>, Array1<f64>) = f.call((&[1000.0, 0.0],)).unwrap();
    assert_eq!(y, array![0.0, -1000.0]);
    assert_eq!(plain, y);
    assert_eq!(g, array![0.0, 0.0]);
}

#[test]
fn gradients_with_choices() {
    let (x, y) = (vector::<f64>("x", 2), vector::<f64>("y", 3));
    let scale = x.max();
    let cost = (&x / &scale).sum();
    let wrt = [x.clone(), y.clone()];
    let ask = gradient_of(&cost).by(&wrt).consider_constant(from_ref(&scale));
    assert!(ask.compute().is_err());
    let connected = ask.compute_connected().unwrap();
    assert!(connected[0].is_some() && connected[1].is_none());
    let zeros = ask.clone().disconnected(Disconnected::Zero).compute().unwrap();
    let given = Expr::literal(vec![1.0, 2.0]);
    let softmax = x.exp() / x.exp().sum();
    let known = gradient_from(&[(softmax.clone(), given.clone())]).by(from_ref(&x));
    let known = known.compute().unwrap();
    let same = vjp(from_ref(&softmax), from_ref(&x), from_ref(&given)).unwrap();
    let all = (&zeros[0], &zeros[1], &known[0], &same[0]);
    let f = function([&x], all).compile().unwrap();
    let (gx, gy, known, same): (Array1<f64>, Array1<f64>, Array1<f64>, Array1<f64>) =
        f.call((&[4.0, 2.0],)).unwrap();
    assert_eq!((gx, gy), (array![0.25, 0.25], array![0.0, 0.0, 0.0]));
    assert_eq!(known, same);
}

#[test]
fn batches_of_gradients_are_compiled_once_for_all_sizes() {
    let (xs, ys) = (matrix::<f32>("xs", ("n", 2)), vector::<f32>("ys", "n"));
    let w = shared("w", array![1f32, 2.0]);
    let [each] = vmap([&xs, &ys]).try_apply(|[x, y]| grad((x.dot(&w) - y).sqr(), [&w])).unwrap();
    let f = function([&xs, &ys], &each).compile().unwrap();
    for n in [1, 3] {
        let (xs, ys) = (Array2::<f32>::ones((n, 2)), Array1::<f32>::ones(n));
        let found: Array2<f32> = f.call((&xs, &ys)).unwrap();
        assert_eq!(found, Array2::<f32>::from_elem((n, 2), 4.0));
    }
}

/// Nothing of the size of the Hessian is planned.
#[test]
fn products_with_large_hessians_need_little_memory() {
    const N: i64 = 10_000;
    let (x, v) = (vector::<f32>("x", N), vector::<f32>("v", N));
    let cost = x.sqr().sum().sqrt() + (x.slice((1..,)) * x.slice((..N - 1,)).sin()).sum();
    let hv = hvp(&cost, from_ref(&x), from_ref(&v)).unwrap();
    let f = function([&x, &v], hv).compile().unwrap();
    let ones = Array1::<f32>::ones(N as usize);
    f.call::<Array1<f32>>((&ones, &ones)).unwrap();
    let bytes = f.arena_bytes();
    assert!(bytes > 0 && bytes <= 20 * 4 * N as usize, "{bytes} bytes");
}

#[test]
fn derivatives_are_verified_as_users_get_them() {
    let x = Tensor::from_vec(&[3], vec![400f32, 1.0, -2.0]).unwrap();
    // Differences of the plain form would be NaN: what is verified is the stable form.
    let stable = |v: &[Expr]| (v[0].exp() / v[0].exp().sum()).log();
    let report = verify_grad(stable, from_ref(&x), &Verify::default()).unwrap();
    assert_eq!(report.compared, 3);
    let wrong = |v: &[Expr]| v[0].exp().scale_gradient(1.1).log();
    let error = verify_grad(wrong, from_ref(&x), &Verify::default()).unwrap_err();
    assert!(error.to_string().contains("`input0` at ["), "{error}");
    let integer = |v: &[Expr]| v[0].cast(DType::I64);
    assert!(verify_grad(integer, from_ref(&x), &Verify::default()).is_err());
}

/// Places where a derivative by the book is NaN or infinite, in compiled code.
#[test]
fn gradients_stay_finite_in_compiled_code() {
    type Build = fn(&Expr) -> Expr;
    let cases: [(Build, [f32; 2], [f32; 2]); 8] = [
        (|x| x.lt(1).select(x, x.sqrt()), [0.0, 4.0], [1.0, 0.25]),
        (|x| x.gt(0).select(x.log(), 0), [0.0, 4.0], [0.0, 0.25]),
        (|x| x.clip(0, 1) / (x - 3), [-1.0, 0.5], [0.0, -0.48]),
        (|x| x.max() * x.min(), [3.0, 3.0], [3.0, 3.0]),
        (|x| x.sqr().sum().sqrt(), [0.0, 0.0], [0.0, 0.0]),
        (|x| x.pow(2) + x.pow(0.5), [0.0, 4.0], [0.0, 8.25]),
        (|x| x.softmax_where(x.gt(9), 0) + x.mean_where(&x.gt(9)), [1.0, 2.0], [0.0, 0.0]),
        (|x| (x.exp() / x.exp().sum()).log().slice((..1,)), [200.0, 0.0], [0.0, 0.0]),
    ];
    for (at, (build, point, expected)) in cases.into_iter().enumerate() {
        let x = vector::<f32>("x", "n");
        let [g] = grad(build(&x).sum(), [&x]).unwrap();
        let g: Array1<f32> = function([&x], &g).compile().unwrap().call((&point,)).unwrap();
        for (found, expected) in g.iter().zip(expected) {
            // A few roundings of numbers below 10.
            assert!((found - expected).abs() <= 4e-6, "case {at}: {g}");
        }
    }
}

#[test]
fn attention_to_nothing_is_nothing() {
    use hypatia::compose::{Attention, attention};
    let (q, v) = (matrix::<f32>("q", (2, 2)), matrix::<f32>("v", (3, 2)));
    let mask = Expr::literal(array![[true, false, true], [false, false, false]]);
    let y = attention(&q, &v, &v, &Attention { mask: Some(mask), ..Attention::default() });
    let [gq, gv] = grad(y.sqr().sum(), [&q, &v]).unwrap();
    let f = function([&q, &v], (&y, &gq, &gv)).compile().unwrap();
    let (q, v) =
        (array![[1f32, 2.0], [3.0, 4.0]], array![[1f32, 0.0], [f32::MAX, 1.0], [2.0, 1.0]]);
    let (y, gq, gv): (Array2<f32>, Array2<f32>, Array2<f32>) = f.call((&q, &v)).unwrap();
    assert_eq!((y.row(1).to_vec(), gq.row(1).to_vec()), (vec![0.0; 2], vec![0.0; 2]));
    // What is masked has no gradient, however large it is.
    assert_eq!(gv.row(1).to_vec(), vec![0.0; 2]);
    assert!(y.iter().chain(&gq).chain(&gv).all(|x| x.is_finite()));
}

/// What cancels is connected, with zeros: the stable form does not depend on it any more.
#[test]
fn what_cancels_has_zeros() {
    let x = matrix::<f64>("x", ("n", 3));
    for cost in [x.softmax(1).sum(), (x.tanh() - x.tanh()).sum()] {
        let [gradient] = hypatia::grad(&cost, [&x]).unwrap();
        let f = function([&x], &gradient).compile().unwrap();
        let found: Array2<f64> = f.call((&array![[1.0, 2.0, 3.0], [0.0, -1.0, 0.5]],)).unwrap();
        assert!(found.iter().all(|g| g.abs() <= 1e-15), "{found}");
    }
    let y = matrix::<f64>("y", ("n", 3));
    assert!(hypatia::grad(x.softmax(1).sum(), [&y]).is_err(), "what was never there is an error");
}
