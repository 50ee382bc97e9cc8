//! Markers and options: what users may say about derivatives.

use crate::{Outputs, f64s};
use hypatia_grad::{
    Disconnected, Error, Options, Undefined, connected_gradient, grad, gradient_with, jvp, vjp,
};
use hypatia_ir::expr::{Expr, vector};
use insta::assert_snapshot;
use std::slice::from_ref;

fn message<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
    let error = result.unwrap_err().to_string();
    assert!(error.lines().count() <= 12, "{error}");
    error.replace(file!(), "options.rs")
}

fn values(x: &Expr, outputs: &[Expr], at: &[f64]) -> Vec<Vec<f64>> {
    Outputs::new(from_ref(x), outputs).call(&[f64s(&[at.len()], at)])
}

#[test]
fn markers_pass_values_and_change_derivatives() {
    type Mark = fn(&Expr) -> Expr;
    // The function, the cotangents that reach x from 10x, and the tangents of a tangent of 1.
    let cases: [(Mark, [f64; 2], f64); 5] = [
        (|x| x.clip_gradient(-3.0, 4.0), [4.0, -3.0], 1.0),
        (|x| x.clip_gradient(-30.0, 40.0), [10.0, -20.0], 1.0),
        (|x| x.scale_gradient(-0.5), [-5.0, 10.0], -0.5),
        (|x| x.scale_gradient(1.0), [10.0, -20.0], 1.0),
        (|x| x.zero_gradient(), [0.0, 0.0], 0.0),
    ];
    let x = vector::<f64>("x", 2);
    let weights = Expr::literal(f64s(&[2], &[10.0, -20.0]));
    for (mark, cotangents, tangent) in cases {
        let y = mark(&x);
        let [g] = grad((&y * &weights).sum(), [&x]).unwrap();
        let t = jvp(from_ref(&y), from_ref(&x), &[x.like(1).broadcast_to([2])]).unwrap();
        let found = values(&x, &[y, g, t[0].clone()], &[3.0, 7.0]);
        assert_eq!(found, [[3.0, 7.0], cotangents, [tangent; 2]]);
    }
}

#[test]
fn zero_gradients_are_zero_whatever_flows() {
    let x = vector::<f64>("x", 2);
    // The cotangent is infinite: the zero is exact all the same.
    let [g] = grad(x.zero_gradient().log().sum() + x.sum(), [&x]).unwrap();
    assert_eq!(values(&x, &[g], &[0.0, 1.0]), [[1.0, 1.0]]);
}

#[test]
fn second_derivatives_go_through_markers() {
    let x = vector::<f64>("x", 1);
    // d/dx of 2·(2·3x²) where each pass through the marker doubles.
    let [g] = grad(x.scale_gradient(2.0).pow(3).sum(), [&x]).unwrap();
    let [h] = grad(g.sum(), [&x]).unwrap();
    // First 2·3x², and its slope once more doubled: 2·2·6x.
    assert_eq!(values(&x, &[g, h], &[1.0]), [[6.0], [24.0]]);
}

#[test]
fn undefined_gradients_are_errors_or_nan() {
    let x = vector::<f64>("x", 2);
    let y = x.undefined_gradient();
    let cost = (&y * 2).sum() + (&x * x.stop_gradient()).sum();
    assert_snapshot!(message(grad(&cost, [&x])), @"
    derivative at options.rs:66:30: undefined here
      expression `undefined_gradient(x)`: f64[2]   from options.rs:64:15
      help: `undefined_gradient` forbids it; stop it before with `stop_gradient` or `consider_constant`
    ");
    assert_snapshot!(message(jvp(from_ref(&y), from_ref(&x), from_ref(&x))), @"
    derivative at options.rs:71:30: undefined here
      expression `undefined_gradient(x)`: f64[2]   from options.rs:64:15
      help: `undefined_gradient` forbids it; stop it before with `stop_gradient` or `consider_constant`
    ");
    // The value and derivatives that do not pass through are untouched.
    let [g] = grad(y.stop_gradient().sum() + x.sum(), [&x]).unwrap();
    let options = Options { undefined: Undefined::Nan, ..Options::default() };
    let nan = gradient_with(Some(&cost), from_ref(&x), &options).unwrap().remove(0);
    let found = values(&x, &[y, g, nan], &[3.0, 7.0]);
    assert_eq!(found[..2], [[3.0, 7.0], [1.0, 1.0]]);
    assert!(found[2].iter().all(|v| v.is_nan()));
}

#[test]
fn constants_let_nothing_through_but_may_be_variables() {
    let x = vector::<f64>("x", 2);
    let y = x.sqr();
    let cost = (&y * &x).sum();
    let options = Options { constants: vec![y.clone()], ..Options::default() };
    let found = gradient_with(Some(&cost), &[x.clone(), y], &options).unwrap();
    assert_eq!(values(&x, &found, &[2.0, 3.0]), [[4.0, 9.0], [2.0, 3.0]]);
    let alone = Options { constants: vec![x.exp()], ..Options::default() };
    let cost = alone.constants[0].sum();
    assert_snapshot!(message(gradient_with(Some(&cost), from_ref(&x), &alone)), @"
    derivative at options.rs:95:30: the output does not depend smoothly on the variable
      output `sum(exp(x))`: f64[]   from options.rs:94:35
      variable `x`: f64[2]   from options.rs:87:13
      cut by `consider_constant`: f64[2]   at options.rs:93:45
      help: comparisons, integers, indices, `floor`, `sign` and `stop_gradient` carry no gradient
    ");
}

#[test]
fn known_cotangents_replace_what_would_come() {
    let x = vector::<f64>("x", 2);
    let (y, w) = (x.sqr(), x.sin());
    let cost = (y.exp() * &w).sum();
    let given = Expr::literal(f64s(&[2], &[1.0, 10.0]));
    let known =
        |expr: &Expr| Options { known: vec![(expr.clone(), given.clone())], ..Options::default() };
    // From the known cotangent alone.
    let alone = gradient_with(None, from_ref(&x), &known(&y)).unwrap();
    let same = vjp(from_ref(&y), from_ref(&x), from_ref(&given)).unwrap();
    let found = values(&x, &[alone, same].concat(), &[2.0, 3.0]);
    assert_eq!(found, [[4.0, 60.0], [4.0, 60.0]]);
    // Beside the cost: the way through y has the known cotangent, the other its own.
    let both = gradient_with(Some(&cost), &[x.clone(), y.clone()], &known(&y)).unwrap();
    let other = y.exp() * x.cos() + &given * &x * 2;
    let found = values(&x, &[both, vec![other]].concat(), &[2.0, 3.0]);
    assert_eq!(found[1], [1.0, 10.0]);
    for (a, b) in found[0].iter().zip(&found[2]) {
        // The same few products in another order.
        assert!((a - b).abs() <= 1e-15 * b.abs(), "{found:?}");
    }
    let wrong = Options { known: vec![(y, x.sum())], ..Options::default() };
    assert_snapshot!(message(gradient_with(None, from_ref(&x), &wrong)), @"
    derivative at options.rs:127:30: a cotangent or tangent must have the type of what it belongs to
      expression `sqr(x)`: f64[2]   from options.rs:107:21
      given `sum(x)`: f64[]   from options.rs:126:45
    ");
}

#[test]
fn zeros_are_made_up_on_request_only() {
    let (x, y) = (vector::<f64>("x", 2), vector::<f64>("y", "n"));
    let cost = (&x + y.floor().sum()).sum();
    let wrt = [x.clone(), y];
    assert!(gradient_with(Some(&cost), &wrt, &Options::default()).is_err());
    let zero = Options { disconnected: Disconnected::Zero, ..Options::default() };
    let found = gradient_with(Some(&cost), &wrt, &zero).unwrap();
    assert_eq!(found[1].ty().unwrap().to_string(), "f64[n]");
    let found = Outputs::new(&wrt, &found).call(&[f64s(&[2], &[1., 2.]), f64s(&[3], &[1.; 3])]);
    assert_eq!(found, [vec![1.0; 2], vec![0.0; 3]]);
    let found = connected_gradient(Some(&cost), &wrt, &Options::default()).unwrap();
    assert!(found[0].is_some() && found[1].is_none());
}
