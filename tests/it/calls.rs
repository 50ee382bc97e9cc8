//! Calls at the edges: what roots may be, who shares what, what failing calls leave behind.

use hypatia::prelude::*;
use std::thread;

/// An input, a constant, one expression twice, a variable before its update, a view.
#[test]
fn roots_of_every_kind() {
    let x = vector::<f32>("x", "n");
    let w = shared("w", array![1f32, 2.0]);
    let y = &x * 2;
    let f = function([&x], (&x, constant(7i64), &y, &y, &w, y.reshape(("n", 1))))
        .update(&w, &w + 1)
        .compile()
        .unwrap();
    for old in [1f32, 2.0] {
        let out: Vec<Tensor> = f.call((&[3f32, 4.0, 5.0],)).unwrap();
        let twice = Tensor::from(vec![6f32, 8.0, 10.0]);
        assert_eq!(out[0], vec![3f32, 4.0, 5.0].into());
        assert_eq!(out[1], 7i64.into());
        assert_eq!((&out[2], &out[3]), (&twice, &twice));
        assert_eq!(out[4], vec![old, old + 1.0].into());
        assert_eq!(out[5], array![[6f32], [8.0], [10.0]].into());
    }
}

#[test]
fn scalars_of_every_type_come_back() {
    macro_rules! check {
        ($($t:ty: $value:expr),*) => {$(
            let x = scalar::<$t>("x");
            let f = function([&x], &x).compile().unwrap();
            let value: $t = $value;
            assert_eq!(f.call::<$t>((value,)).unwrap(), value);
        )*};
    }
    check!(bool: true, u8: 200, i32: i32::MIN, i64: i64::MAX, f32: -0.5, f64: 1e300);
}

#[test]
fn arrays_of_many_axes() {
    let x = tensor::<f64>("x", ("a", "b", "c", "d", 2));
    let f = function([&x], x.sum_axes([1, 3])).compile().unwrap();
    let a = ArrayD::from_shape_fn(vec![2, 3, 1, 4, 2], |i| (i[0] * 8 + i[1] * 4 + i[3]) as f64);
    let axis = hypatia::ndarray::Axis;
    let turned = a.view().permuted_axes(vec![1, 0, 2, 3, 4]);
    for view in [a.view(), turned] {
        let found: Array3<f64> = f.call((&view,)).unwrap();
        // Small integers: every order of summation is exact.
        assert_eq!(found.into_dyn(), view.sum_axis(axis(3)).sum_axis(axis(1)));
    }
}

/// Results are the caller's: later calls do not write over them.
#[test]
fn results_are_kept() {
    let x = vector::<f32>("x", "n");
    let f = function([&x], x.sqr()).compile().unwrap();
    let first: Array1<f32> = f.call((&[2f32, 3.0],)).unwrap();
    let _: Array1<f32> = f.call((&[4f32, 5.0],)).unwrap();
    assert_eq!(first, array![4.0, 9.0]);
}

/// What symbolic dims leave open is checked when sizes are known.
#[test]
fn updates_of_another_size_are_refused() {
    let w = shared("w", array![1f32, 2.0, 3.0]);
    let x = vector::<f32>("x", "n");
    let f = function([&x], x.sum()).update(&w, &x * 2).compile().unwrap();
    assert!(f.call::<f32>((&[1f32, 2.0],)).is_err());
    assert!(f.call::<f32>((&[1f32],)).is_err(), "one element is not spread over three");
    assert_eq!(w.get(), vec![1f32, 2.0, 3.0].into());
    f.call::<f32>((&[1f32, 2.0, 3.0],)).unwrap();
    assert_eq!(w.get(), vec![2f32, 4.0, 6.0].into());
}

/// A wrong index leaves what would be updated in place, in other steps and in its own.
#[test]
fn failing_calls_leave_updates_in_place_alone() {
    let (w, v) = (shared("w", array![1f64, 2.0]), shared("v", array![5f64, 6.0]));
    let (x, i) = (vector::<f64>("x", "m"), vector::<i64>("i", 2));
    let taken = x.take(&i, 0);
    let builder = function([&x, &i], &taken).update(&w, &w * 2).update(&v, &v + &taken);
    let f = builder.compile().unwrap();
    for wrong in [[0i64, 9], [-10, 0]] {
        let own = format!("call at {}:{}", file!(), line!() + 1);
        let error = f.call::<Array1<f64>>((&[1f64, 1.0], &wrong)).unwrap_err().to_string();
        assert!(error.starts_with(&own) && error.contains("`take` at"), "{error}");
        assert_eq!((w.get(), v.get()), (vec![1f64, 2.0].into(), vec![5f64, 6.0].into()));
    }
    f.call::<Array1<f64>>((&[1f64, 1.0], &[0i64, -1])).unwrap();
    assert_eq!((w.get(), v.get()), (vec![2f64, 4.0].into(), vec![6f64, 7.0].into()));
}

/// Two functions that hold the same variables, met in opposite orders.
#[test]
fn functions_that_share_variables_wait_for_each_other() {
    const CALLS: usize = 300;
    let (a, b) = (shared("a", 0f64), shared("b", 0f64));
    let f = function((), ()).update(&a, &a + 1).update(&b, &b + 1).compile().unwrap();
    let g = function((), &b - &a).update(&b, &b + 2).update(&a, &a + 2).compile().unwrap();
    thread::scope(|scope| {
        scope.spawn(|| (0..CALLS).for_each(|_| f.call::<()>(()).unwrap()));
        // Nobody sees one of them ahead of the other.
        scope.spawn(|| (0..CALLS).for_each(|_| assert_eq!(g.call::<f64>(()).unwrap(), 0.0)));
    });
    let all = Tensor::from(3.0 * CALLS as f64);
    assert_eq!((a.get(), b.get()), (all.clone(), all));
}

/// Calls of a function without variables run side by side, each with memory of its own.
#[test]
fn calls_side_by_side_do_not_mix() {
    let x = matrix::<f32>("x", ("n", "n"));
    let f = function([&x], x.dot(&x).dot(&x)).compile().unwrap();
    thread::scope(|scope| {
        for own in 1..5usize {
            let f = &f;
            scope.spawn(move || {
                let eye = Array2::<f32>::eye(own + 2) * own as f32;
                for _ in 0..100 {
                    let cube: Array2<f32> = f.call((&eye,)).unwrap();
                    assert_eq!(cube, Array2::<f32>::eye(own + 2) * (own * own * own) as f32);
                }
            });
        }
    });
    assert_eq!((f.compile_count(), f.size_count()), (1, 4));
}

#[test]
fn a_batch_of_nothing_is_a_batch() {
    let x = matrix::<f32>("x", ("n", 3));
    let y = vector::<i64>("y", "n");
    let w = shared("w", Array2::<f32>::ones((3, 2)));
    let loss = -x.dot(&w).log_softmax(-1).take_along(&y).sum();
    let [g] = grad(&loss, [&w]).unwrap();
    let f = function([&x, &y], &loss).update(&w, &w - g).compile().unwrap();
    let none = (Array2::<f32>::zeros((0, 3)), Array1::<i64>::zeros(0));
    assert_eq!(f.call::<f32>((&none.0, &none.1)).unwrap(), 0.0);
    assert_eq!(w.get(), Array2::<f32>::ones((3, 2)).into());
    // Two classes of equal weight: the loss is ln 2, the gradient by the scores ±1/2. One
    // logarithm and one sum are off by less than four ulps of ln 2, which are these.
    let loss: f32 = f.call((&array![[1f32, 0.0, 0.0]], &[1i64])).unwrap();
    assert!((loss - 2f32.ln()).abs() <= 2.0 * f32::EPSILON, "{loss}");
    assert_eq!(w.get(), array![[0.5f32, 1.5], [1.0, 1.0], [1.0, 1.0]].into());
}

#[test]
fn defaults_may_have_any_size() {
    let (x, y) = (vector::<f32>("x", "n"), vector::<f32>("y", "m"));
    let f = function([&x, &y], (x.sum(), y.sum()))
        .default(&y, array![1f32, 2.0])
        .default(&y, array![3f32, 4.0, 5.0])
        .compile()
        .unwrap();
    assert_eq!(f.call::<(f32, f32)>((&[1f32],)).unwrap(), (1.0, 12.0), "the last one counts");
    assert_eq!(f.call::<(f32, f32)>((&[1f32], &[2f32])).unwrap(), (1.0, 2.0));
    let wrong = function([&x, &y], (&x, &y)).default(&y, 1f32).compile().unwrap_err();
    assert!(wrong.to_string().contains("expected f32[m], found f32[]"), "{wrong}");
}

#[test]
fn outputs_have_their_names_in_messages() {
    let x = scalar::<f64>("x");
    let f = function([&x], vec![("root", x.sqrt()), ("square", x.sqr())]).compile().unwrap();
    assert_eq!(f.call::<(f64, f64)>((4.0,)).unwrap(), (2.0, 16.0));
    let error = f.call::<(f64, f32)>((4.0,)).unwrap_err().to_string();
    assert!(error.contains("output `square` is f64[]"), "{error}");
}

#[test]
fn replacements_reach_updates_and_may_hold_what_they_replace() {
    let (x, w) = (scalar::<f64>("x"), shared("w", 1f64));
    let builder = function([&x], &x + 1).given(&x, &x * 10).update(&w, &w + &x);
    let f = builder.compile().unwrap();
    assert_eq!(f.call::<f64>((2.0,)).unwrap(), 21.0);
    assert_eq!(w.get(), 21f64.into());
    let wrong = function([&x], &x + 1).given(&x, vector::<f64>("v", 2)).compile();
    assert!(wrong.is_err());
}
