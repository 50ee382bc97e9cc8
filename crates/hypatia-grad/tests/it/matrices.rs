//! Jacobians, Hessians, and Newton's method with them.

use crate::{Outputs, f64s};
use hypatia_grad::{grad, hessian, hvp, jacobian};
use hypatia_ir::expr::{Expr, matrix, vector};
use hypatia_ir::graph::Graph;
use hypatia_ir::structure::stack;
use std::slice::from_ref;

fn at(x: &Expr, i: i64) -> Expr {
    x.slice((i..i + 1,)).squeeze(0)
}

/// `Σ 100 (xᵢ₊₁ - xᵢ²)² + (1 - xᵢ)²` (Rosenbrock 1960), with slices.
fn rosenbrock(x: &Expr, n: i64) -> Expr {
    let (low, high) = (x.slice((..n - 1,)), x.slice((1..,)));
    (100 * (high - low.sqr()).sqr() + (1 - low).sqr()).sum()
}

#[test]
fn newton_finds_the_minimum_of_rosenbrocks_valley() {
    let x = vector::<f64>("x", 2);
    let f = rosenbrock(&x, 2);
    let [g] = grad(&f, [&x]).unwrap();
    let h = hessian(&f, &x).unwrap();
    // The inverse of a symmetric 2×2 matrix, symbolically.
    let entry = |i, j| at(&at(&h.slice((i..i + 1,)).squeeze(0), j).expand(0), 0);
    let (a, b, d) = (entry(0, 0), entry(0, 1), entry(1, 1));
    let determinant = &a * &d - b.sqr();
    let (g0, g1) = (at(&g, 0), at(&g, 1));
    let step = stack(&[&d * &g0 - &b * &g1, &a * &g1 - &b * &g0], 0) / determinant;
    let next = Outputs::new(from_ref(&x), &[&x - step]);
    let mut point = vec![-1.2, 1.0];
    for _ in 0..8 {
        point = next.call(&[f64s(&[2], &point)]).remove(0);
    }
    // Newton's method converges quadratically: at the end only roundings of the step are left.
    assert!(point.iter().all(|p| (p - 1.0).abs() < 1e-12), "{point:?}");
}

#[test]
fn hessians_have_their_known_values() {
    let x = vector::<f64>("x", 3);
    let h = hessian(rosenbrock(&x, 3), &x).unwrap();
    assert_eq!(h.ty().unwrap().to_string(), "f64[3, 3]");
    let found = Outputs::new(from_ref(&x), &[h]).call(&[f64s(&[3], &[2., 3., 5.])]);
    // 1200x² - 400y + 2, -400x; 200 + the same one on; 200.
    let expected = [3602., -800., 0., -800., 9002., -1200., 0., -1200., 200.];
    assert_eq!(found, [expected]);
}

#[test]
fn jacobians_have_the_shapes_of_both() {
    let x = matrix::<f64>("x", (2, 2));
    let y = x.sum_axes(1).sqr();
    let j = jacobian(&y, &x).unwrap();
    assert_eq!(j.ty().unwrap().to_string(), "f64[2, 2, 2]");
    let found = Outputs::new(from_ref(&x), &[j]).call(&[f64s(&[2, 2], &[1., 2., 3., 4.])]);
    assert_eq!(found, [[6., 6., 0., 0., 0., 0., 14., 14.]]);
    let scalar = jacobian(y.sum(), &x).unwrap();
    assert_eq!(scalar.ty().unwrap().to_string(), "f64[2, 2]");
    let nothing = jacobian(y.slice((..0,)), &x).unwrap();
    assert_eq!(nothing.ty().unwrap().to_string(), "f64[0, 2, 2]");
    // The variable may be symbolic, its elements are not counted.
    let z = vector::<f64>("z", "n");
    let wide = jacobian(stack(&[z.sum(), z.sqr().sum()], 0), &z).unwrap();
    assert_eq!(wide.ty().unwrap().to_string(), "f64[2, n]");
}

#[test]
fn both_ways_give_the_same_jacobian() {
    // Wide by reverse mode, tall by forward mode, symbolic by reverse mode: of the same function.
    for (rows, columns) in [(2, 5), (5, 2)] {
        let f = |a: &Expr, x: &Expr| a.dot(x).tanh() * x.sum();
        let a = matrix::<f64>("a", (rows, columns));
        let (x, z) = (vector::<f64>("x", columns), vector::<f64>("z", "n"));
        let known = jacobian(f(&a, &x), &x).unwrap();
        let symbolic = jacobian(f(&matrix::<f64>("b", (rows, "n")), &z), &z).unwrap();
        assert_eq!(symbolic.ty().unwrap().to_string(), format!("f64[{rows}, n]"));
        let entries: Vec<f64> = (0..rows * columns).map(|i| (i as f64).sin()).collect();
        let point: Vec<f64> = (0..columns).map(|i| (i as f64).cos()).collect();
        let at = [f64s(&[rows, columns], &entries), f64s(&[columns], &point)];
        let known = Outputs::new(&[a, x], &[known]).call(&at).remove(0);
        let b = matrix::<f64>("b", (rows, "n"));
        let symbolic = jacobian(f(&b, &z), &z).unwrap();
        let symbolic = Outputs::new(&[b, z], &[symbolic]).call(&at).remove(0);
        for (a, b) in known.iter().zip(&symbolic) {
            // The same sums of at most 5 terms in another order.
            assert!((a - b).abs() < 1e-14, "{known:?}, {symbolic:?}");
        }
    }
}

#[test]
fn what_is_linear_has_a_hessian_of_zeros() {
    let x = vector::<f64>("x", 2);
    for cost in [x.sum(), (&x * x.stop_gradient()).sum()] {
        let h = hessian(&cost, &x).unwrap();
        let found = Outputs::new(from_ref(&x), &[h]).call(&[f64s(&[2], &[1., 2.])]);
        assert_eq!(found, [[0.0; 4]]);
    }
    let products = hvp(&x.sum(), from_ref(&x), &[x.sqr()]).unwrap();
    assert_eq!(products[0].ty().unwrap().to_string(), "f64[2]");
    // But of what does not depend on the variable there is none.
    assert!(hessian(vector::<f64>("y", 2).sum(), &x).is_err());
}

#[test]
fn products_with_hessians_are_those_of_the_hessian() {
    let (x, v) = (vector::<f64>("x", 3), vector::<f64>("v", 3));
    let f = rosenbrock(&x, 3);
    let h = hessian(&f, &x).unwrap().dot(&v);
    let hv = hvp(&f, from_ref(&x), from_ref(&v)).unwrap().remove(0);
    let at = [f64s(&[3], &[2., 3., 5.]), f64s(&[3], &[1., -1., 0.5])];
    // Integers and halves below 2^53: exact.
    let found = Outputs::new(&[x, v], &[h, hv]).call(&at);
    assert_eq!(found[0], found[1]);
}

#[test]
fn products_with_large_hessians_stay_small() {
    let graph = |n: i64| {
        let (x, v) = (vector::<f64>("x", n), vector::<f64>("v", n));
        let f = rosenbrock(&x, n) + x.dot(&x).sqrt().exp() + x.logsumexp(0);
        let hv = hvp(&f, &[x], &[v]).unwrap().remove(0);
        Graph::capture(&[], &[("hv".into(), hv)]).unwrap().graph
    };
    let (small, large) = (graph(10), graph(10_000));
    assert_eq!(small.nodes().len(), large.nodes().len());
    for node in large.nodes() {
        let count = node.ty.shape.count().known().unwrap();
        assert!(count <= 10_000, "{:?} has {count} elements", node.op);
    }
}
