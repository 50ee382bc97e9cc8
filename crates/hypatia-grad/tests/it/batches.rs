//! Batches: whatever varies, element `i` of the batch is the function of elements `i`.

use crate::differences::{CASES, Case, apply, cases, cost, point, variables};
use crate::{Outputs, f64s};
use hypatia_grad::{Error, grad, gradient, vectorize, vmap};
use hypatia_ir::dim::Dim;
use hypatia_ir::dtype::DType;
use hypatia_ir::expr::{Expr, matrix, scalar, tensor, vector};
use hypatia_ir::graph::Graph;
use hypatia_ir::op::{Op, PadAxis};
use hypatia_ir::operators::random_bits;
use hypatia_ir::structure::concat;
use hypatia_ir::tensor::Tensor;
use insta::assert_snapshot;

const BATCH: usize = 3;

/// Products and sums of at most a dozen terms, possibly in another order: as many roundings.
const RELATIVE: f64 = 1e-14;

/// Whole numbers from 0 to 2 that vary with the variable.
fn whole(x: &Expr) -> Expr {
    (x * 2).floor().cast(DType::I64)
}

/// What the table of derivatives has no use for: integers, masks, results without a derivative.
const MORE: &[Case] = cases! {
    "take" [&[3, 4], &[2, 2]] => |v| v[0].take(whole(&v[1]), 0);
    "take, last axis" [&[2, 4], &[2]] => |v| v[0].take(whole(&v[1]), 1);
    "take, middle axis" [&[2, 3, 2], &[2, 2]] => |v| v[0].take(whole(&v[1]) - 3, 1);
    "take of one" [&[4, 2], &[]] => |v| v[0].take(whole(&v[1]), 0);
    "take_along" [&[2, 3], &[2, 2]] => |v| v[0].take_along_axis(whole(&v[1]), 1);
    "windows and fold" [&[2, 5]] => |v| {
        let w = v[0].windows(1, 3, 1, 1);
        w.sqr().fold(1, 5, 1, 1) + w.fold(0, 9, 4, 2).sum()
    };
    "scatter_add" [&[3, 2], &[4], &[4, 2]] => |v| v[0].scatter_add(whole(&v[1]), &v[2], 0);
    "scatter_add, middle axis" [&[2, 3, 2], &[2, 2], &[2, 2, 2, 2]] => |v| {
        v[0].scatter_add(whole(&v[1]), &v[2], 1)
    };
    "scatter_add_along" [&[2, 3], &[2, 4], &[2, 4]] => |v| {
        v[0].scatter_add_along_axis(whole(&v[1]), &v[2], 1)
    };
    "argmax and argmin" [&[2, 3]] => |v| {
        (v[0].argmax(1) + v[0].argmin(1) * 3).cast(DType::F64)
    };
    "comparisons and any" [&[2, 3], &[3]] => |v| {
        let y = v[0].lt(&v[1]).any_axes(1).or(v[0].ge(0.8).all_axes(1));
        y.cast(DType::F64)
    };
    "select, ranks differ" [&[], &[2, 1], &[3]] => |v| v[0].gt(0.9).select(&v[1], &v[2]);
    "binary, ranks differ" [&[], &[2, 1], &[3]] => |v| &v[0] * (&v[1] - &v[2]);
    "matmul, leading axes" [&[2, 2, 3], &[2, 3, 2]] => |v| apply(Op::MatMul, &[&v[0], &v[1]]);
    "matmul, one row" [&[1, 3], &[3, 2]] => |v| v[0].dot(&v[1]);
    "broadcast_to" [&[3, 1]] => |v| v[0].broadcast_to((2, 3, 2));
    "pad" [&[2, 2], &[]] => |v| apply(Op::Pad(padding()), &[&v[0], &v[1]]);
    "pad of masks" [&[2, 2], &[]] => |v| {
        let padded = apply(Op::Pad(padding()), &[&v[0].gt(0.7), &v[1].gt(0.8)]);
        padded.cast(DType::F64)
    };
    "argsort and sort" [&[2, 3], &[3]] => |v| {
        v[0].argsort(1).cast(DType::F64) + v[1].sort_descending(0)
    };
    "running extremes" [&[2, 3]] => |v| v[0].cummax(0) - v[0].cummin(1);
    "searchsorted" [&[4], &[2]] => |v| v[0].sort(0).searchsorted(&v[1]).cast(DType::F64);
    "random_bits" [&[], &[2]] => |v| {
        random_bits(1, Expr::constant(3i64), whole(&v[0]), whole(&v[1])).cast(DType::F64)
    };
    "concat beside a constant" [&[2]] => |v| concat(&[v[0].clone(), v[0].like(1).expand(0)], 0);
    "same for all" [&[2]] => |v| v[0].like(1).broadcast_to([2]) * 3;
};

fn padding() -> Vec<PadAxis> {
    let part =
        |low: i64, high: i64, interior| PadAxis { low: low.into(), high: high.into(), interior };
    vec![part(1, 0, 1), part(0, 2, 0)]
}

/// Points of a variable for a batch, all different.
fn points(which: usize, shape: &[usize]) -> Tensor {
    let mut dims = vec![BATCH];
    dims.extend(shape);
    point(which, &dims)
}

/// Element `i` of a batch.
fn element(batch: &Tensor, i: usize) -> Tensor {
    let shape = &batch.shape()[1..];
    let count: usize = shape.iter().product();
    let elements = &batch.as_slice::<f64>().unwrap()[i * count..(i + 1) * count];
    f64s(shape, elements)
}

/// The variable of a whole batch of a symbolic length, except on request.
fn batch_of(x: &Expr, length: &Dim) -> Expr {
    let dims = std::iter::once(length).chain(x.ty().unwrap().shape.iter()).cloned();
    tensor::<f64>("all", dims.collect::<Vec<_>>())
}

/// Holds `f`, batched over the variables in `varies`, against itself on each element.
fn check(name: &str, case: &Case, v: &[Expr], f: &Expr, varies: usize, length: &Dim) {
    let all: Vec<Tensor> = case.shapes.iter().enumerate().map(|(k, s)| points(k, s)).collect();
    let (mut args, mut pairs, mut inputs) = (v.to_vec(), Vec::new(), Vec::new());
    for k in 0..v.len() {
        if varies & (1 << k) != 0 {
            args[k] = batch_of(&v[k], length);
            pairs.push((v[k].clone(), args[k].clone()));
            inputs.push(all[k].clone());
        } else {
            inputs.push(element(&all[k], 0));
        }
    }
    let batched = vectorize(std::slice::from_ref(f), &pairs);
    let batched = batched.unwrap_or_else(|e| panic!("{name}: {e}"));
    let found = Outputs::new(&args, &batched).call(&inputs).remove(0);
    let one = Outputs::new(v, std::slice::from_ref(f));
    for i in 0..BATCH {
        let at: Vec<Tensor> = (0..v.len())
            .map(|k| element(&all[k], if varies & (1 << k) != 0 { i } else { 0 }))
            .collect();
        let expected = one.call(&at).remove(0);
        let row = &found[i * expected.len()..(i + 1) * expected.len()];
        for (a, b) in row.iter().zip(&expected) {
            let close = (a - b).abs() <= RELATIVE * b.abs().max(1.0);
            assert!(close, "{name}, {varies:b}, element {i}: {row:?}, expected {expected:?}");
        }
    }
}

#[test]
fn every_op_is_batched_elementwise() {
    for case in CASES.iter().chain(MORE) {
        let v = variables(case);
        let f = (case.build)(&v);
        for varies in 1..1 << v.len() {
            let length = [Dim::symbol("b"), Dim::from(BATCH)][varies % 2].clone();
            check(case.name, case, &v, &f, varies, &length);
        }
    }
}

#[test]
fn gradients_are_batched() {
    for case in CASES {
        let v = variables(case);
        let gradients = gradient(&cost(case, &v), &v).unwrap();
        let varies = (1 << v.len()) - 1;
        for (k, g) in gradients.iter().enumerate() {
            let name = format!("gradient of {} by variable {k}", case.name);
            check(&name, case, &v, g, varies, &Dim::symbol("b"));
        }
    }
}

/// The gradient of the sum over the batch is the batch of gradients.
#[test]
fn batches_are_differentiated() {
    for case in CASES {
        let v = variables(case);
        let (f, length) = (cost(case, &v), Dim::from(BATCH));
        let all: Vec<Expr> = v.iter().map(|x| batch_of(x, &length)).collect();
        let pairs: Vec<_> = v.iter().cloned().zip(all.iter().cloned()).collect();
        let outside =
            gradient(&vectorize(std::slice::from_ref(&f), &pairs).unwrap()[0].sum(), &all);
        let inside = vectorize(&gradient(&f, &v).unwrap(), &pairs).unwrap();
        let outside = outside.unwrap_or_else(|e| panic!("{}: {e}", case.name));
        let at: Vec<Tensor> = case.shapes.iter().enumerate().map(|(k, s)| points(k, s)).collect();
        let both = Outputs::new(&all, &[outside, inside].concat()).call(&at);
        let (a, b) = both.split_at(v.len());
        for (a, b) in a.iter().flatten().zip(b.iter().flatten()) {
            // Sums and quotients in another order, a few dozen.
            assert!((a - b).abs() <= 1e-13 * b.abs().max(1.0), "{}: {a}, expected {b}", case.name);
        }
    }
}

#[test]
fn batches_of_batches() {
    // All distances between two sets of points.
    let (a, b) = (matrix::<f64>("a", ("n", 2)), matrix::<f64>("b", ("m", 2)));
    let [distances] =
        vmap([&a]).try_apply(|[a]| vmap([&b]).apply(|[b]| [(&a - b).sqr().sum().sqrt()])).unwrap();
    assert_eq!(distances.ty().unwrap().to_string(), "f64[n, m]");
    let at = [f64s(&[2, 2], &[0., 0., 3., 4.]), f64s(&[1, 2], &[0., 0.])];
    assert_eq!(Outputs::new(&[a, b], &[distances]).call(&at), [[0., 5.]]);
}

#[test]
fn axes_go_where_they_are_asked_for() {
    let (x, w) = (matrix::<f64>("x", (2, "n")), vector::<f64>("w", 2));
    let [y, z, s] = vmap([&x, &w])
        .in_axes([Some(-1), None])
        .out_axes(&[Some(1), Some(-1), None])
        .apply(|[x, w]| [&x * &w, w.sqr(), w.sum()])
        .unwrap();
    let types = [&y, &z, &s].map(|e| e.ty().unwrap().to_string());
    assert_eq!(types, ["f64[2, n]", "f64[2, n]", "f64[]"]);
    let at = [f64s(&[2, 3], &[1., 2., 3., 4., 5., 6.]), f64s(&[2], &[10., 100.])];
    let found = Outputs::new(&[x, w], &[y, z]).call(&at);
    assert_eq!(found[0], [10., 20., 30., 400., 500., 600.]);
    assert_eq!(found[1], [100., 100., 100., 1e4, 1e4, 1e4]);
}

#[test]
fn what_does_not_vary_is_shared() {
    let w = matrix::<f64>("w", (4, 4));
    let fixed = w.exp().dot(&w);
    let [y] = vmap([matrix::<f64>("xs", ("n", 4))]).apply(|[x]| [fixed.dot(&x)]).unwrap();
    let graph = Graph::capture(&[], &[("y".into(), y)]).unwrap().graph;
    // The product of the batch is one product of matrices.
    assert_snapshot!(graph, @"
    hyp 1
    input xs: f64[n, 4]
    %1: f64[n, 4, 1] = reshape(xs, to=[n, 4, 1])
    %2: f64[n, 1, 4] = reshape(%1, to=[n, 1, 4])
    %3: f64[n, 4] = reshape(%2, to=[n, 4])
    input w: f64[4, 4]
    %5: f64[4, 4] = exp(w)
    %6: f64[4, 4] = matmul(%5, w)
    %7: f64[4, 4] = transpose(%6, perm=[1, 0])
    %8: f64[n, 4] = matmul(%3, %7)
    %9: f64[n, 1, 4] = reshape(%8, to=[n, 1, 4])
    %10: f64[n, 4, 1] = reshape(%9, to=[n, 4, 1])
    %11: f64[n, 4] = reshape(%10, to=[n, 4])
    output y = %11
    ");
}

#[test]
fn deep_chains_are_batched() {
    const DEPTH: usize = 100_000;
    let test = || {
        let x = scalar::<f64>("x");
        let y = (0..DEPTH).fold(x.clone(), |y, _| y * 0.5);
        let y = vectorize(&[y], &[(x, vector::<f64>("xs", "n"))]).unwrap();
        assert_eq!(y[0].ty().unwrap().to_string(), "f64[n]");
    };
    let thread = std::thread::Builder::new().stack_size(512 * 1024).spawn(test).unwrap();
    thread.join().unwrap();
}

fn message<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
    result.unwrap_err().to_string().replace(file!(), "batches.rs")
}

#[test]
fn what_cannot_be_batched() {
    let (x, xs) = (vector::<f64>("x", 3), matrix::<f64>("xs", ("n", 3)));
    let y = [x.sqr()];
    assert_snapshot!(message(vectorize(&y, &[])), @"
    batch at batches.rs:253:30: no variable has a batch axis
      help: give one an axis to run over
    ");
    assert_snapshot!(message(vectorize(&y, &[(x.clone(), x.clone())])), @"
    batch at batches.rs:257:30: values need the type of their variable with one more axis in front
      variable `x`: f64[3]   from batches.rs:251:20
      values `x`: f64[3]   from batches.rs:251:20
    ");
    let two =
        [(x.clone(), matrix::<f64>("two", (2, 3))), (y[0].clone(), matrix::<f64>("four", (4, 3)))];
    let mixed = vectorize(&y, &two);
    assert_snapshot!(message(mixed), @"
    batch at batches.rs:264:17: batch axes differ in length: 2 before
      values `four`: f64[4, 3]   from batches.rs:263:68
    ");
    assert_snapshot!(message(vmap([&xs]).out_axes(&[None]).apply(|[x]| [x.sum()])), @"
    batch at batches.rs:269:30: a result without a batch axis depends on the example
      result `sum(xs)`: f64[]   from batches.rs:269:75
      help: give it an axis in `out_axes`
    ");
    assert_snapshot!(message(vmap([&xs]).in_axes([Some(2)]).apply(|[x]| [x.sum()])), @"
    type error in `vmap` at batches.rs:274:30: axis 2 is outside rank 2
      operand `xs`: f64[n, 3]   from batches.rs:251:43
      help: axes count from 0, or from -1 backwards
    ");
    let wrong = vmap([&xs]).try_apply(|[x]| grad(x.floor().sum(), [&x]));
    assert_snapshot!(message(wrong), @"
    derivative at batches.rs:279:45: the output does not depend smoothly on the variable
      output `sum(floor(xs))`: f64[]   from batches.rs:279:60
      variable `xs`: f64[3]   from batches.rs:279:17
      cut by `floor`: f64[3]   at batches.rs:279:52
      help: comparisons, integers, indices, `floor`, `sign` and `stop_gradient` carry no gradient
    ");
}
