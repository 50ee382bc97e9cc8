//! The check of derivatives itself: it finds what is wrong, and only that.

use crate::f64s;
use hypatia_grad::{Verify, VerifyError, numeric_gradient, verify_grad};
use hypatia_ir::expr::{Expr, vector};
use hypatia_ir::tensor::Tensor;
use insta::assert_snapshot;

fn message<T: std::fmt::Debug>(result: Result<T, VerifyError>) -> String {
    result.unwrap_err().to_string().replace(file!(), "verify.rs")
}

fn line(n: usize) -> Tensor {
    f64s(&[n], &(0..n).map(|i| (i as f64 + 0.5) / n as f64).collect::<Vec<_>>())
}

#[test]
fn wrong_derivatives_are_found() {
    let (v, at) = ([vector::<f64>("x", 3)], [line(3)]);
    let x = &v[0];
    // One element in three has twice its derivative.
    let doubled = x.gt(0.8).select(x.scale_gradient(2.0), x).sqr().sum();
    let error = verify_grad(&doubled, &v, &at, &Verify::default()).unwrap_err();
    let VerifyError::Wrong { wrong, report, .. } = &error else { panic!("{error}") };
    let worst = report.worst.as_ref().unwrap();
    assert_eq!((*wrong, report.compared, worst.element.as_deref()), (1, 3, Some(&[2][..])));
    assert!((worst.derivative - 10.0 / 3.0).abs() < 1e-9, "{error}");
    assert!((worst.difference - 5.0 / 3.0).abs() < 1e-9, "{error}");
    assert_eq!((worst.error * 2.0).round(), 1.0);
    assert!(error.to_string().contains("`x` at [2]"), "{error}");
    // A derivative that is not seen at all.
    assert!(verify_grad(&(x * x.stop_gradient()).sum(), &v, &at, &Verify::default()).is_err());
    // One that only forward mode has.
    let clipped = (x.clip_gradient(-1e9, 0.5) * 0.25).sum();
    assert!(verify_grad(&clipped, &v, &at, &Verify::default()).is_ok());
}

#[test]
fn large_inputs_are_checked_along_directions() {
    let (v, at) = ([vector::<f64>("x", 1000)], [line(1000)]);
    let right = verify_grad(&v[0].exp(), &v, &at, &Verify::default()).unwrap();
    assert_eq!(right.compared, 8);
    assert_eq!(right.worst.unwrap().element, None);
    let wrong = v[0].exp().scale_gradient(1.00001);
    let error = verify_grad(&wrong, &v, &at, &Verify::default()).unwrap_err();
    assert!(error.to_string().contains("along a direction"), "{error}");
}

#[test]
fn integers_stay_and_what_is_not_connected_is_zero() {
    let v = [vector::<f64>("x", 3), vector::<i64>("i", 2), vector::<f64>("y", 3)];
    let at = [line(3), Tensor::from_vec(&[2], vec![2i64, 0]).unwrap(), line(3)];
    let f = v[0].take(&v[1], 0).sqr() + v[2].floor().sum();
    let report = verify_grad(&f, &v, &at, &Verify::default()).unwrap();
    assert_eq!(report.compared, 6);
    let slopes = numeric_gradient(&v[0].sqr().sum(), &v[..1], &at[..1], 6e-6).unwrap();
    for (slope, x) in slopes[0].as_slice::<f64>().unwrap().iter().zip([1.0, 3.0, 5.0]) {
        // x² has no third derivative: roundings alone, ε·f/h.
        assert!((slope - x / 3.0).abs() < 1e-9, "{slope}");
    }
}

#[test]
fn what_cannot_be_checked() {
    let v = [vector::<f32>("x", 3)];
    let at = [Tensor::from_vec(&[3], vec![0f32, 1.0, 2.0]).unwrap()];
    let single = verify_grad(&v[0].sqr(), &v, &at, &Verify::default());
    assert_snapshot!(message(single), @"
    derivative at verify.rs:67:18: differences need f64
      expression `sqr(x)`: f32[3]
    ");
    let (v, at) = ([vector::<f64>("x", 3)], [line(3)]);
    let undefined = verify_grad(&v[0].undefined_gradient(), &v, &at, &Verify::default());
    assert_snapshot!(message(undefined), @"
    derivative at verify.rs:73:21: undefined here
      expression `undefined_gradient(x)`: f64[3]   from verify.rs:73:39
      help: `undefined_gradient` forbids it; stop it before with `stop_gradient` or `consider_constant`
    ");
    let outside = v[0].take(Expr::constant(3i64), 0);
    assert!(matches!(
        verify_grad(&outside, &v, &at, &Verify::default()),
        Err(VerifyError::Eval(_))
    ));
}
