//! What cannot be differentiated, as users read it.

use hypatia_grad::{Error, grad, jvp, vjp};
use hypatia_ir::dtype::DType;
use hypatia_ir::expr::{matrix, scalar, vector};
use hypatia_ir::shared::shared;
use insta::assert_snapshot;

fn message<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
    let error = result.unwrap_err().to_string();
    assert!(error.lines().count() <= 12, "{error}");
    assert!(error.contains(file!()), "{error}");
    error.replace(file!(), "errors.rs")
}

#[test]
fn costs_that_are_no_float_scalars() {
    let x = matrix::<f32>("x", ("n", 3));
    let i = vector::<i64>("i", "n");
    assert_snapshot!(message(grad(x.exp(), [&x])), @"
    gradient at errors.rs:20:30: the cost must be a scalar
      cost `exp(x)`: f32[n, 3]   from errors.rs:20:37
      help: reduce it with `.sum()` or `.mean()`, or use `vjp` with cotangents
    ");
    assert_snapshot!(message(grad(i.sum(), [&i])), @"
    derivative at errors.rs:25:30: integers and booleans have no derivative
      expression `sum(i)`: i64[]   from errors.rs:25:37
      help: convert with `.cast(DType::…)` before the variable is used, or leave it out
    ");
    assert_snapshot!(message(grad(x.sum() + i.sum(), [&i])), @"
    derivative at errors.rs:30:30: integers and booleans have no derivative
      expression `i`: i64[n]   from errors.rs:19:13
      help: convert with `.cast(DType::…)` before the variable is used, or leave it out
    ");
}

#[test]
fn variables_that_are_not_reached() {
    let x = vector::<f32>("x", "n");
    let w = shared("w", vec![1f32, 2.0]);
    let y = vector::<f32>("y", "n");
    assert_snapshot!(message(grad(x.sum(), [&*w])), @"
    derivative at errors.rs:42:30: the output does not depend smoothly on the variable
      output `sum(x)`: f32[]   from errors.rs:42:37
      variable `w`: f32[2]   from errors.rs:40:13
      help: the variable does not occur in the output; pass the same handle that the output was built from
    ");
    assert_snapshot!(message(grad((&x + &y.stop_gradient()).sum(), [&x, &y])), @"
    derivative at errors.rs:48:30: the output does not depend smoothly on the variable
      output `sum(x + stop_gradient(y))`: f32[]   from errors.rs:48:61
      variable `y`: f32[n]   from errors.rs:41:13
      cut by `stop_gradient`: f32[n]   at errors.rs:48:44
      help: comparisons, integers, indices, `floor`, `sign` and `stop_gradient` carry no gradient
    ");
    assert_snapshot!(message(grad(x.gt(0).select(1.0, 2.0).sum(), [&x])), @"
    derivative at errors.rs:55:30: the output does not depend smoothly on the variable
      output `sum(select(x > 0, 1, 2))`: f32[]   from errors.rs:55:60
      variable `x`: f32[n]   from errors.rs:39:13
      cut by `gt`: bool[n]   at errors.rs:55:37
      help: comparisons, integers, indices, `floor`, `sign` and `stop_gradient` carry no gradient
    ");
    assert_snapshot!(message(grad(y.take(x.cast(DType::I64), 0).sum(), [&x])), @"
    derivative at errors.rs:62:30: the output does not depend smoothly on the variable
      output `sum(take(y, cast(x, i64), axis=0))`: f32[]   from errors.rs:62:65
      variable `x`: f32[n]   from errors.rs:39:13
      cut by `cast`: i64[n]   at errors.rs:62:44
      help: comparisons, integers, indices, `floor`, `sign` and `stop_gradient` carry no gradient
    ");
    assert_snapshot!(message(grad(x.floor().sum(), [&x])), @"
    derivative at errors.rs:69:30: the output does not depend smoothly on the variable
      output `sum(floor(x))`: f32[]   from errors.rs:69:45
      variable `x`: f32[n]   from errors.rs:39:13
      cut by `floor`: f32[n]   at errors.rs:69:37
      help: comparisons, integers, indices, `floor`, `sign` and `stop_gradient` carry no gradient
    ");
}

#[test]
fn seeds_that_do_not_fit() {
    let x = vector::<f32>("x", 3);
    let one = scalar::<f32>("one");
    let x = std::slice::from_ref(&x);
    assert_snapshot!(message(vjp(&[x[0].exp()], x, &[])), @"derivative at errors.rs:83:30: expected 1 cotangents or tangents, found 0");
    assert_snapshot!(message(jvp(&[x[0].exp()], x, &[one])), @"
    derivative at errors.rs:84:30: a cotangent or tangent must have the type of what it belongs to
      expression `x`: f32[3]   from errors.rs:80:13
      given `one`: f32[]   from errors.rs:81:15
    ");
}

#[test]
fn type_errors_are_passed_on() {
    let x = matrix::<f32>("x", (2, 3));
    let bad = x.dot(&x).sum() + vector::<i64>("i", 2).exp().sum();
    assert_snapshot!(message(grad(&bad, [&x])), @"
    type error in `matmul` at errors.rs:94:17: inner dimensions differ: 3 against 2
      left  `x`: f32[2, 3]   from errors.rs:93:13
      right `x`: f32[2, 3]   from errors.rs:93:13
      help: transpose an operand with `.t()`, or check the size of `x`
    type error in `exp` at errors.rs:94:55: expected a float type, found i64
      operand `i`: i64[2]   from errors.rs:94:33
      help: convert the operand with `.cast(DType::…)`
    ");
}
