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
