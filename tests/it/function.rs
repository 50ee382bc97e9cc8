//! Functions: updates, givens, defaults, kinds of arguments and results.

use hypatia::prelude::*;

#[test]
fn trains_logistic_regression() {
    let x = matrix::<f32>("x", ("n", 2));
    let y = vector::<i64>("y", "n");
    let w = shared("w", Array2::<f32>::zeros((2, 2)));
    let b = shared("b", Array1::<f32>::zeros(2));
    let p = (x.dot(&w) + &b).softmax(-1);
    let loss = -p.take_along(&y).log().mean();
    let [gw, gb] = grad(&loss, [&w, &b]).unwrap();
    let train = function([&x, &y], &loss)
        .update(&w, &w - 0.5 * gw)
        .update(&b, &b - 0.5 * gb)
        .compile()
        .unwrap();
    let (points, labels) = (array![[0.0f32, 1.0], [1.0, 0.0], [0.9, 0.2]], [0i64, 1, 1]);
    let first: f32 = train.call((&points, &labels)).unwrap();
    assert!((first - 2f32.ln()).abs() < 1e-6, "{first}");
    for _ in 0..100 {
        train.call::<f32>((&points, &labels)).unwrap();
    }
    let last: f32 = train.call((&points, &labels)).unwrap();
    assert!(last < 0.1 * first, "{last}");
}

#[test]
fn updates_are_simultaneous() {
    let (a, b) = (shared("a", array![1f64, 2.0]), shared("b", array![3f64, 4.0]));
    let swap = function((), ()).update(&a, &b).update(&b, &a).compile().unwrap();
    swap.call::<()>(()).unwrap();
    assert_eq!((a.get(), b.get()), (array![3f64, 4.0].into(), array![1f64, 2.0].into()));
    let mix = function((), a.sum()).update(&a, &a + &b).update(&b, &a * &b).compile().unwrap();
    assert_eq!(mix.call::<f64>(()).unwrap(), 7.0);
    assert_eq!((a.get(), b.get()), (array![4f64, 6.0].into(), array![3f64, 8.0].into()));
}

#[test]
fn givens_defaults_and_names() {
    let (x, y) = (scalar::<f64>("x"), scalar::<f64>("y"));
    let f = function([&x, &y], &x - &y).default(&y, 1.0).compile().unwrap();
    assert_eq!(f.call::<f64>((5.0,)).unwrap(), 4.0);
    assert_eq!(f.call::<f64>((5.0, 2.0)).unwrap(), 3.0);
    assert_eq!(f.call_named::<f64>([("x", arg(5.0))]).unwrap(), 4.0);
    assert_eq!(f.call_named::<f64>([("y", arg(2.0)), ("x", arg(5.0))]).unwrap(), 3.0);
    let g = function([&y], &x * &x).given(&x, &y + 1).compile().unwrap();
    assert_eq!(g.call::<f64>((2.0,)).unwrap(), 9.0);
    for wrong in [
        f.call_named::<f64>([("z", arg(1.0))]),
        f.call_named::<f64>([("x", arg(1.0)), ("x", arg(1.0))]),
        f.call_named::<f64>([("y", arg(1.0))]),
        f.call::<f64>(()),
        f.call::<f64>((1.0, 2.0, 3.0)),
        f.call::<f64>((1f32,)),
        f.call::<f64>((&[1.0],)),
    ] {
        assert!(wrong.is_err());
    }
}

#[test]
fn arguments_of_every_kind() {
    let x = matrix::<f32>("x", ("n", "m"));
    let f = function([&x], (&x * 2, x.sum())).compile().unwrap();
    let a = array![[1f32, 2.0, 3.0], [4.0, 5.0, 6.0]];
    let twice = |v: Array2<f32>| v * 2.0;
    let call = |v: &ndarray_view::View<'_>| -> Array2<f32> {
        f.call::<(Tensor, f32)>((v,))
            .unwrap()
            .0
            .into_array()
            .unwrap()
            .into_dimensionality()
            .unwrap()
    };
    let views = [
        a.view(),
        a.t(),
        a.slice(hypatia::ndarray::s![..;-1, ..]),
        a.slice(hypatia::ndarray::s![.., ..;2]),
        a.slice(hypatia::ndarray::s![1.., 1..2]),
        a.slice(hypatia::ndarray::s![..0, ..]),
    ];
    for view in &views {
        assert_eq!(call(view), twice(view.to_owned()));
    }
    // One row for all: strides of 0.
    let wide = array![[1f32, 2.0, 3.0]];
    let wide = wide.broadcast((4, 3)).unwrap();
    assert_eq!(call(&wide), twice(wide.to_owned()));
    let (b, i, u) = (vector::<bool>("b", "n"), vector::<i64>("i", "n"), vector::<u8>("u", "n"));
    let picked = b.select(i.cast(DType::F64), u.cast(DType::F64));
    let f = function([&b, &i, &u], picked).compile().unwrap();
    let out: Vec<Tensor> = f.call((&[true, false], &vec![-5i64, 1], &[7u8, 200][..])).unwrap();
    assert_eq!(out[0], vec![-5.0, 200.0].into());
}

mod ndarray_view {
    pub type View<'a> = hypatia::ndarray::ArrayView2<'a, f32>;
}

#[test]
fn failures_change_nothing() {
    let table = shared("table", array![[1f32, 2.0], [3.0, 4.0]]);
    let count = shared("count", 0f32);
    let i = vector::<i64>("i", "n");
    let rows = table.take(&i, 0);
    let f = function([&i], rows.sum())
        .update(&count, &count + 1)
        .update(&table, table.scatter_add(&i, rows.like(1).broadcast_to(("n", 2)), 0))
        .compile()
        .unwrap();
    let before = table.get();
    let error = f.call::<f32>((&[0i64, 2],)).unwrap_err().to_string();
    assert!(error.contains("index 2") && error.contains(file!()), "{error}");
    assert!(f.call::<f64>((&[0i64],)).is_err(), "another type of result");
    assert!(f.call::<(f32, f32)>((&[0i64],)).is_err(), "another number of results");
    assert_eq!((table.get(), count.get()), (before, 0f32.into()));
    assert_eq!(f.call::<f32>((&[0i64, -1, 0],)).unwrap(), 13.0);
    assert_eq!(table.get(), array![[3f32, 4.0], [4.0, 5.0]].into());
    assert_eq!(count.get(), 1f32.into());
    assert!(table.set(vec![1f32]).is_err());
}

#[test]
fn one_compile_for_all_sizes() {
    let x = matrix::<f64>("x", ("n", 3));
    let y = matrix::<f64>("y", (3, "k"));
    let f = function([&x, &y], (x.dot(&y).sum_axes(0), x.max_axes(1))).compile().unwrap();
    for n in (1..40).step_by(3) {
        let k = 41 - n;
        let xs = Array2::from_shape_fn((n, 3), |(i, j)| (i * 7 + j * 3) as f64 % 5.0);
        let ys = Array2::from_shape_fn((3, k), |(i, j)| (i + j) as f64 % 4.0 - 1.0);
        let (s, m): (Array1<f64>, Array1<f64>) = f.call((&xs, &ys)).unwrap();
        // Small integers: every order of summation is exact.
        assert_eq!(s, xs.dot(&ys).sum_axis(hypatia::ndarray::Axis(0)));
        assert_eq!(
            m.to_vec(),
            xs.rows().into_iter().map(|r| r.fold(f64::MIN, |a, &b| a.max(b))).collect::<Vec<_>>()
        );
    }
    assert_eq!((f.compile_count(), f.size_count()), (1, 13));
    let (s, m): (Array1<f64>, Array1<f64>) =
        f.call((&Array2::<f64>::zeros((0, 3)), &Array2::<f64>::zeros((3, 2)))).unwrap();
    assert_eq!((s, m.len()), (array![0.0, 0.0], 0));
}

#[test]
fn sizes_that_nothing_can_hold_are_errors() {
    let x = vector::<f32>("x", "n");
    let huge = 1i64 << 62;
    let f = function([&x], x.expand(0).broadcast_to((huge, "n"))).compile().unwrap();
    assert!(f.call::<Tensor>((&[1f32, 2.0, 3.0],)).is_err());
    let many = function([&x], x.expand(0).broadcast_to((1i64 << 40, "n"))).compile().unwrap();
    assert!(many.call::<Tensor>((&[1f32, 2.0, 3.0],)).is_err());
}

#[test]
fn nan_propagates() {
    let x = vector::<f32>("x", "n");
    let f = function([&x], (x.max(), x.sum(), x.relu(), x.argmax(0))).compile().unwrap();
    let (max, sum, relu, at): (f32, f32, Array1<f32>, i64) =
        f.call((&[1.0, f32::NAN, 3.0],)).unwrap();
    assert!(max.is_nan() && sum.is_nan() && relu[1].is_nan());
    assert_eq!((relu[0], relu[2], at), (1.0, 3.0, 1));
}

/// Everything that could depend on the number of threads: products, reductions, many rows.
fn heavy(threads: usize) -> Vec<Tensor> {
    let x = matrix::<f32>("x", ("n", 300));
    let w = shared(
        "w",
        Array2::from_shape_fn((300, 200), |(i, j)| ((i * 31 + j * 17) % 97) as f32 / 97.0 - 0.5),
    );
    let h = x.dot(&w).tanh();
    let loss = h.log_softmax(-1).sqr().mean();
    let [g] = grad(&loss, [&w]).unwrap();
    let f = function([&x], (&loss, h.sum_axes(0), h.max_axes(1)))
        .update(&w, &w - &g * 0.1)
        .threads(threads)
        .compile()
        .unwrap();
    let xs = Array2::from_shape_fn((513, 300), |(i, j)| ((i * 13 + j * 7) % 101) as f32 / 101.0);
    let mut out = Vec::new();
    for _ in 0..3 {
        out = f.call((&xs,)).unwrap();
    }
    out.push(w.get());
    out
}

#[test]
fn threads_do_not_change_a_bit() {
    let one = heavy(1);
    for threads in [2, 3, 4] {
        let many = heavy(threads);
        for (a, b) in one.iter().zip(&many) {
            assert!((0..a.len()).all(|i| a.get(i).bits() == b.get(i).bits()), "{threads} threads");
        }
    }
}

#[test]
fn functions_are_shared_between_threads() {
    let w = shared("w", 0f64);
    let x = scalar::<f64>("x");
    let f = function([&x], ()).update(&w, &w + &x).compile().unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..500).for_each(|_| f.call::<()>((1.0,)).unwrap()));
        }
    });
    assert_eq!(w.get(), 2000f64.into());
}

#[test]
fn texts_of_every_stage_are_the_same_twice() {
    let text = || {
        let x = matrix::<f32>("x", ("n", 8));
        let w = shared("w", Array2::<f32>::ones((8, 4)));
        let loss = (x.dot(&w).exp() / x.dot(&w).exp().sum_keep(-1)).log().mean();
        let [g] = grad(&loss, [&w]).unwrap();
        let f = function([&x], &loss).update(&w, &w - g * 0.1).compile().unwrap();
        f.explain().to_string()
    };
    assert_eq!(text(), text());
}

#[test]
fn a_device_that_is_not_there_is_an_error() {
    let x = scalar::<f32>("x");
    let error = function([&x], &x + 1).device(Device::Cuda(0)).compile().unwrap_err();
    assert!(error.to_string().contains("cuda:0"), "{error}");
}

#[test]
fn long_sums_keep_their_digits() {
    // The same number n times: the sum is known. Blocks of 4096 in 16 partials: at most
    // 4096/16 + n/4096 additions follow each other, each off by half an ulp at most.
    const N: usize = 3_000_000;
    let x = matrix::<f32>("x", ("n", "m"));
    let f = function([&x], (x.sum(), x.sum_axes(0).max(), x.mean())).compile().unwrap();
    let bound = (4096.0 / 16.0 + N as f64 / 4096.0) * f64::from(f32::EPSILON) / 2.0;
    let exact = N as f64 * f64::from(0.1f32);
    for shape in [(1, N), (N, 1)] {
        let (all, columns, mean): (f32, f32, f32) =
            f.call((&Array2::from_elem(shape, 0.1f32),)).unwrap();
        assert!((f64::from(all) / exact - 1.0).abs() <= bound, "{all}");
        assert!((f64::from(mean) / 0.1 - 1.0).abs() <= 2.0 * bound, "{mean}");
        let most = if shape.0 == 1 { 0.1 } else { exact };
        // One partial where rows run side by side.
        let bound = (4096.0 + N as f64 / 4096.0) * f64::from(f32::EPSILON) / 2.0;
        assert!((f64::from(columns) / most - 1.0).abs() <= bound, "{columns}");
    }
}

#[test]
fn an_input_may_only_tell_a_length() {
    let x = vector::<f64>("x", "n");
    let [g] = grad((&x * 2).sum(), [&x]).unwrap();
    let f = function([&x], &g).compile().unwrap();
    assert_eq!(f.call::<Array1<f64>>((&[5.0, 6.0],)).unwrap(), array![2.0, 2.0]);
}

#[cfg(feature = "cpu")]
#[test]
fn too_many_threads_are_an_error() {
    let x = scalar::<f64>("x");
    assert!(function([&x], &x + 1).threads(usize::MAX).compile().is_err());
}
