//! Messages for ten common mistakes: short, and with the user's line.

use hypatia::dim::Dim;
use hypatia::prelude::*;
use insta::assert_snapshot;
use std::fmt::Display;

/// The message with this file's lines told from `first`; at most 12 lines, and at least one of
/// them names a line of the caller.
fn told(error: impl Display, first: u32) -> String {
    let text = error.to_string();
    assert!(text.lines().count() <= 12, "{text}");
    assert!(text.contains(file!()), "no line of the user's in:\n{text}");
    let mut told = String::new();
    for (at, piece) in text.split(&format!("{}:", file!())).enumerate() {
        if at == 0 {
            told.push_str(piece);
            continue;
        }
        let digits = piece.find(|c: char| !c.is_ascii_digit()).unwrap();
        let line: u32 = piece[..digits].parse().unwrap();
        let column = piece[digits + 1..].find(|c: char| !c.is_ascii_digit());
        let rest = column.map_or("", |c| &piece[digits + 1 + c..]);
        told.push_str(&format!("user.rs:{}{rest}", line - first));
    }
    told
}

#[test]
fn shapes_differ_in_a_product() {
    let first = line!();
    let x = matrix::<f32>("x", ("n", 784));
    let w = shared("w", Array2::<f32>::zeros((768, 10)));
    let y = x.dot(&w);
    assert_snapshot!(told(function([&x], &y).compile().unwrap_err(), first), @r"
    type error in `matmul` at user.rs:3: inner dimensions differ: 784 against 768
      left  `x`: f32[n, 784]   from user.rs:1
      right `w`: f32[768, 10]   from user.rs:2
      help: transpose an operand with `.t()`, or check the size of `w`
    ");
}

#[test]
fn no_input_tells_a_dim() {
    let first = line!();
    let x = vector::<f32>("x", "n");
    let y = x.expand(0).broadcast_to([Dim::symbol("k"), Dim::symbol("n")]);
    assert_snapshot!(told(function([&x], &y).compile().unwrap_err(), first), @r"
    function at user.rs:3: no input says how long `k` is
      needed by `broadcast`: f32[k, n]   at user.rs:2
      help: declare an input with an axis `k`, or use a number
    ");
}

#[test]
fn dtypes_do_not_mix() {
    let first = line!();
    let x = vector::<f32>("x", "n");
    let y = vector::<f64>("y", "n");
    let z = &x + &y;
    assert_snapshot!(told(function([&x, &y], &z).compile().unwrap_err(), first), @r"
    type error in `add` at user.rs:3: f32 and f64 do not mix
      left  `x`: f32[n]   from user.rs:1
      right `y`: f64[n]   from user.rs:2
      help: convert one operand with `.cast(DType::…)`; nothing widens silently
    ");
}

#[test]
fn integers_have_no_gradient() {
    let first = line!();
    let x = vector::<i64>("x", "n");
    let cost = x.cast(DType::F32).sum();
    let error = grad(&cost, [&x]).unwrap_err();
    assert_snapshot!(told(error, first), @r"
    derivative at user.rs:3: integers and booleans have no derivative
      expression `x`: i64[n]   from user.rs:1
      help: convert with `.cast(DType::…)` before the variable is used, or leave it out
    ");
}

#[test]
fn an_input_is_not_used() {
    let first = line!();
    let (x, y) = (scalar::<f32>("x"), scalar::<f32>("y"));
    let error = function([&x, &y], &x * 2).compile().unwrap_err();
    assert_snapshot!(told(error, first), @r"
    function at user.rs:2: input `y` is not used by any output or update
      `y`: f32[]   from user.rs:1
      help: leave it out, or allow it with `.allow_unused()`
    ");
}

#[test]
fn two_updates_of_one_variable() {
    let first = line!();
    let w = shared("w", 1f32);
    let builder = function((), ()).update(&w, &w + 1).update(&w, &w * 2);
    assert_snapshot!(told(builder.compile().unwrap_err(), first), @r"
    update at user.rs:2: shared variable `w` has an update already
      first at user.rs:2
      help: combine both into one expression
    ");
}

#[test]
fn an_update_of_another_shape() {
    let first = line!();
    let w = shared("w", Array1::<f32>::zeros(3));
    let builder = function((), ()).update(&w, w.sum());
    assert_snapshot!(told(builder.compile().unwrap_err(), first), @r"
    update at user.rs:2: the new value must have the type of the variable
      variable `w`: f32[3]   from user.rs:1
      new value `sum(w)`: f32[]   from user.rs:2
      help: sum over the extra axes, or `.cast` the value
    ");
}

#[test]
fn nothing_flows_to_the_variable() {
    let first = line!();
    let x = vector::<f32>("x", "n");
    let cost = x.gt(0).cast(DType::F32).sum();
    assert_snapshot!(told(grad(&cost, [&x]).unwrap_err(), first), @r"
    derivative at user.rs:3: the output does not depend smoothly on the variable
      output `sum(cast(x > 0, f32))`: f32[]   from user.rs:2
      variable `x`: f32[n]   from user.rs:1
      cut by `gt`: bool[n]   at user.rs:2
      help: comparisons, integers, indices, `floor`, `sign` and `stop_gradient` carry no gradient
    ");
}

#[test]
fn a_call_with_another_shape() {
    let first = line!();
    let x = matrix::<f32>("x", ("n", 3));
    let f = function([&x], x.sum()).compile().unwrap();
    let error = f.call::<f32>((&Array2::<f32>::zeros((2, 4)),)).unwrap_err();
    assert_snapshot!(told(error, first), @r"
    call at user.rs:3: input `x`, axis 1: expected 3, found 4
      `x`: f32[n, 3]   declared at user.rs:1
      help: pass a value of that type; an axis with a name may have any length
    ");
}

#[test]
fn a_needed_variable_is_no_input() {
    let first = line!();
    let (x, y) = (scalar::<f32>("x"), scalar::<f32>("y"));
    let error = function([&x], &x * &y).compile().unwrap_err();
    assert_snapshot!(told(error, first), @r"
    function at user.rs:2: `y` is needed but is not among the inputs
      `y`: f32[]   from user.rs:1
      help: add it to the inputs, make it `shared`, or replace it with `.given`
    ");
}
