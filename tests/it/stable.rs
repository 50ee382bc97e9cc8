//! What users write plainly stays finite, value and gradient, through the whole pipeline.

use hypatia::prelude::*;

#[test]
fn log_of_a_written_softmax() {
    let x = vector::<f64>("x", "n");
    let y = (x.exp() / x.exp().sum()).log();
    // d y₀/dx = [1 - p₀, -p₁]; d y₁/dx = [-p₀, 1 - p₁]; here p = [1, 0].
    let pick = |at: i64| y.slice([hypatia::structure::part(at, at + 1)]).sum();
    let [first] = grad(pick(0), [&x]).unwrap();
    let [second] = grad(pick(1), [&x]).unwrap();
    for device in [Device::default(), Device::Interpreter] {
        let f = function([&x], (&y, &first, &second)).device(device).compile().unwrap();
        let (value, first, second): (Array1<f64>, Array1<f64>, Array1<f64>) =
            f.call((&[1000.0, 0.0],)).unwrap();
        assert_eq!(value, array![0.0, -1000.0]);
        assert_eq!(first, array![0.0, 0.0]);
        assert_eq!(second, array![-1.0, 1.0]);
    }
}

#[test]
fn cross_entropy_written_by_hand() {
    let x = matrix::<f32>("x", ("n", 2));
    let y = vector::<i64>("y", "n");
    let p = x.exp() / x.exp().sum_keep(-1);
    let loss = -p.take_along(&y).log().mean();
    let [g] = grad(&loss, [&x]).unwrap();
    let f = function([&x, &y], (&loss, &g)).compile().unwrap();
    let (loss, g): (f32, Array2<f32>) = f.call((&array![[1000f32, 0.0]], &[1i64])).unwrap();
    assert_eq!(loss, 1000.0);
    assert_eq!(g, array![[1f32, -1.0]]);
}

#[test]
fn branches_not_taken_do_not_leak() {
    let x = scalar::<f64>("x");
    let y = x.lt(1).select(&x, (&x - 1).sqrt());
    let norm = (vector::<f64>("v", 3), 0);
    let length = norm.0.sqr().sum().sqrt();
    let [gx] = grad(&y, [&x]).unwrap();
    let [gv] = grad(&length, [&norm.0]).unwrap();
    let f = function((&x, &norm.0), (&gx, &gv)).compile().unwrap();
    let (gx, gv): (f64, Array1<f64>) = f.call((0.0, &[0.0, 0.0, 0.0])).unwrap();
    assert_eq!(gx, 1.0);
    assert_eq!(gv, array![0.0, 0.0, 0.0]);
    // 0² by its exponent.
    let (a, b) = (scalar::<f64>("a"), scalar::<f64>("b"));
    let [gb] = grad(a.pow(&b), [&b]).unwrap();
    let f = function([&a, &b], &gb).compile().unwrap();
    assert_eq!(f.call::<f64>((0.0, 2.0)).unwrap(), 0.0);
}
