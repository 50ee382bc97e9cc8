//! Type errors as users read them: the op, the reason, the operands with their lines, what to try.

use hypatia_ir::compose::cross_entropy;
use hypatia_ir::dim::Dim;
use hypatia_ir::dtype::DType;
use hypatia_ir::expr::{Expr, matrix, scalar, tensor, vector};
use hypatia_ir::graph::Graph;
use hypatia_ir::shared::shared;
use hypatia_ir::structure::{concat, full};
use insta::assert_snapshot;

/// The message, without the part of the path that depends on where the tests are run.
fn message(expr: &Expr) -> String {
    let error = expr.ty().expect_err("the expression is wrong").to_string();
    assert!(error.lines().count() <= 12, "{error}");
    assert!(error.contains(file!()), "{error}");
    error.replace(file!(), "errors.rs")
}

#[test]
fn shapes() {
    let x = matrix::<f32>("x", ("n", 784));
    let w = matrix::<f32>("w", (768, 10));
    let b = vector::<f32>("b", 11);
    assert_snapshot!(message(&x.dot(&w)), @"
    type error in `matmul` at errors.rs:25:33: inner dimensions differ: 784 against 768
      left  `x`: f32[n, 784]   from errors.rs:22:13
      right `w`: f32[768, 10]   from errors.rs:23:13
      help: transpose an operand with `.t()`, or check the size of `w`
    ");
    assert_snapshot!(message(&(&x + &b)), @"
    type error in `add` at errors.rs:31:31: the shapes do not broadcast: 784 against 11, 1 from the end
      left  `x`: f32[n, 784]   from errors.rs:22:13
      right `b`: f32[11]   from errors.rs:24:13
      help: add axes of length 1 with `.expand(axis)` or use `.broadcast_to(…)`
    ");
    assert_snapshot!(message(&x.broadcast_to((3, 10))), @"
    type error in `broadcast` at errors.rs:37:33: [n, 784] does not broadcast to [3, 10]
      operand `x`: f32[n, 784]   from errors.rs:22:13
      help: add axes of length 1 with `.expand(axis)` or use `.broadcast_to(…)`
    ");
    assert_snapshot!(message(&w.reshape((7, 7))), @"
    type error in `reshape` at errors.rs:42:33: [768, 10] has 7680 elements, [7, 7] has 49
      operand `w`: f32[768, 10]   from errors.rs:23:13
      help: one length may be -1: it is inferred from the others
    ");
    assert_snapshot!(message(&w.reshape((-1, -1))), @"
    type error in `reshape` at errors.rs:47:33: at most one length can be inferred
      operand `w`: f32[768, 10]   from errors.rs:23:13
      help: give all lengths but one
    ");
    assert_snapshot!(message(&x.transpose([0, 0])), @"
    type error in `transpose` at errors.rs:52:33: [0, 0] is not a permutation of the 2 axes
      operand `x`: f32[n, 784]   from errors.rs:22:13
      help: give every axis once: output axis `i` is input axis `perm[i]`
    ");
    assert_snapshot!(message(&x.sum_axes(2)), @"
    type error in `sum` at errors.rs:57:33: axis 2 is outside rank 2
      operand `x`: f32[n, 784]   from errors.rs:22:13
      help: axes count from 0, or from -1 backwards
    ");
    assert_snapshot!(message(&x.sum_axes([1, -1])), @"
    type error in `sum` at errors.rs:62:33: axis -1 is given twice
      operand `x`: f32[n, 784]   from errors.rs:22:13
      help: give each axis once: -1 is the last one
    ");
    assert_snapshot!(message(&x.squeeze(1)), @"
    type error in `squeeze` at errors.rs:67:33: axis 1 has length 784, not 1
      operand `x`: f32[n, 784]   from errors.rs:22:13
      help: drop elements with `.slice(…)` or reduce the axis
    ");
    assert_snapshot!(message(&w.slice((full().step_by(0),))), @"
    type error in `slice` at errors.rs:72:33: slice of axis 0 takes step 0, the axis has length 768
      operand `w`: f32[768, 10]   from errors.rs:23:13
      help: a part must lie inside the axis, and its step must not be 0
    ");
    assert_snapshot!(message(&w.slice((.., .., ..))), @"
    type error in `slice` at errors.rs:77:33: expected at most one part for each axis, found rank 3
      operand `w`: f32[768, 10]   from errors.rs:23:13
      help: add axes with `.expand(axis)`, or drop them with `.squeeze(axis)`
    ");
    assert_snapshot!(message(&concat(&[x.clone(), w.clone(), w.clone()], 0)), @"
    type error in `concat` at errors.rs:82:31: axis 1 must agree: 784 against 10
      operand `x`: f32[n, 784]   from errors.rs:22:13
      operand `w`: f32[768, 10]   from errors.rs:23:13
      operand `w`: f32[768, 10]   from errors.rs:23:13
      help: take the part that fits with `.slice(…)`, or `.pad(…)` the other
    ");
    assert_snapshot!(message(&concat(&[], 0)), @"
    type error in `concat` at errors.rs:89:31: axis 0 is outside rank 0
      help: axes count from 0, or from -1 backwards
    ");
    assert_snapshot!(message(&b.dot(scalar::<f32>("s"))), @"
    type error in `matmul` at errors.rs:93:33: expected operands of rank 1 or more, found rank 0
      left  `b`: f32[11]   from errors.rs:24:13
      right `s`: f32[]   from errors.rs:93:37
      help: add axes with `.expand(axis)`, or drop them with `.squeeze(axis)`
    ");
    assert_snapshot!(message(&vector::<f32>("none", 0).max()), @"
    type error in `max` at errors.rs:99:56: the extreme of no elements is not defined: axis 0 has length 0
      operand `none`: f32[0]   from errors.rs:99:31
      help: reduce an axis that has elements
    ");
}

#[test]
fn dtypes() {
    let x = matrix::<f32>("x", ("n", 4));
    let d = shared("d", vec![1.0f64; 4]);
    let i = vector::<i64>("i", "n");
    assert_snapshot!(message(&(&x * &d)), @"
    type error in `mul` at errors.rs:111:31: f32 and f64 do not mix
      left  `x`: f32[n, 4]   from errors.rs:108:13
      right `d`: f64[4]   from errors.rs:109:13
      help: convert one operand with `.cast(DType::…)`; nothing widens silently
    ");
    assert_snapshot!(message(&i.exp()), @"
    type error in `exp` at errors.rs:117:33: expected a float type, found i64
      operand `i`: i64[n]   from errors.rs:110:13
      help: convert the operand with `.cast(DType::…)`
    ");
    assert_snapshot!(message(&(&i + 0.5)), @"
    type error in `add` at errors.rs:122:31: the literal 0.5 is not a value of i64
      operand `i`: i64[n]   from errors.rs:110:13
      help: convert the tensor with `.cast(DType::…)` first
    ");
    assert_snapshot!(message(&i.gt(0).sum()), @"
    type error in `sum` at errors.rs:127:39: expected a number type, found bool
      operand `i > 0`: bool[n]   from errors.rs:127:33
      help: convert the operand with `.cast(DType::…)`
    ");
    assert_snapshot!(message(&x.select(1, 2)), @"
    type error in `select` at errors.rs:132:33: expected a bool mask, found f32
      operand `x`: f32[n, 4]   from errors.rs:108:13
      operand `1`: f32[]   from errors.rs:132:33
      operand `2`: f32[]   from errors.rs:132:33
      help: compare first, as in `x.gt(0)`, or convert with `.cast(DType::Bool)`
    ");
    assert_snapshot!(message(&x.take(&x, 0)), @"
    type error in `take` at errors.rs:139:33: expected integer indices, found f32
      left  `x`: f32[n, 4]   from errors.rs:108:13
      right `x`: f32[n, 4]   from errors.rs:108:13
      help: convert the operand with `.cast(DType::…)`
    ");
    assert_snapshot!(message(&cross_entropy(&x, i.cast(DType::F32))), @"
    type error in `take_along` at errors.rs:145:31: expected integer indices, found f32
      left  `x - stop_gradient(max_keep(x, [1])) - lo…`: f32[n, 4]   from errors.rs:145:31
      right `reshape(cast(i, f32), [n, 1])`: f32[n, 1]   from errors.rs:145:31
      help: convert the operand with `.cast(DType::…)`
    ");
}

#[test]
fn declarations() {
    assert_snapshot!(message(&scalar::<f32>("learning rate")), @"type error in `input` at errors.rs:155:31: `learning rate` is not a name: a letter or `_`, then letters, digits or `_`");
    assert_snapshot!(message(&vector::<f32>("x", "batch size")), @"type error in `input` at errors.rs:156:31: `batch size` is not a name: a letter or `_`, then letters, digits or `_`");
    assert_snapshot!(message(&vector::<f32>("x", -1)), @"type error in `input` at errors.rs:157:31: a length would be -1");
    assert_snapshot!(message(&matrix::<f32>("x", ["n"])), @"
    type error in `matrix` at errors.rs:158:31: expected two dims, found rank 1
      help: add axes with `.expand(axis)`, or drop them with `.squeeze(axis)`
    ");
    assert_snapshot!(message(&tensor::<f32>("x", vec![Dim::from(1); 33])), @"
    type error in `input` at errors.rs:162:31: expected at most 32 axes, found rank 33
      help: add axes with `.expand(axis)`, or drop them with `.squeeze(axis)`
    ");
}

/// Names are unified over the whole expression before types are fixed.
#[test]
fn clashes_of_dim_names_show_when_the_graph_is_captured() {
    let x = matrix::<f32>("x", ("n", "m"));
    let three = vector::<f32>("three", 3);
    let four = vector::<f32>("four", 4);
    let y = (&x + &three).sum() + (&x + &four).sum();
    assert!(y.ty().is_ok());
    let error = Graph::capture(&[], &[("y".into(), y)]).unwrap_err().to_string();
    assert!(error.lines().count() <= 12, "{error}");
    assert_snapshot!(error.replace(file!(), "errors.rs"), @"
    type error in `add` at errors.rs:174:35: the shapes do not broadcast: 3 against 4, 1 from the end
      left  `x`: f32[n, m]   from errors.rs:171:13
      right `four`: f32[4]   from errors.rs:173:16
      where m = 3   from errors.rs:174:13
      help: add axes of length 1 with `.expand(axis)` or use `.broadcast_to(…)`
    ");
}

#[test]
fn every_independent_error_is_told_once() {
    let x = matrix::<f32>("x", (2, 3));
    let bad = x.dot(&x);
    let worse = vector::<i64>("i", "n").exp();
    let all = (&bad + 1).sum() + bad.mean() + worse.sum();
    let error = all.ty().unwrap_err();
    let ops: Vec<&str> = error.0.iter().map(|e| e.op).collect();
    assert_eq!(ops, ["matmul", "exp"]);
}

#[test]
fn messages_of_many_operands_stay_short() {
    let parts: Vec<Expr> = (0..40).map(|i| vector::<f32>(&format!("x{i}"), 2)).collect();
    let deep = parts.iter().fold(scalar::<f64>("s"), |y, _| y.sin() + 1);
    let error = concat(&[parts, vec![deep]].concat(), 0).ty().unwrap_err().to_string();
    assert!(error.lines().count() <= 12, "{error}");
}
