//! Where there is no derivative, and where a branch not taken has none: nothing leaks.

use crate::{Outputs, f64s};
use hypatia_grad::{grad, jvp};
use hypatia_ir::expr::{Expr, vector};

const INF: f64 = f64::INFINITY;
const NAN: f64 = f64::NAN;

type Build = fn(&Expr) -> Expr;

/// A function, points, and the derivative of the sum of its elements at each.
const CASES: &[(&str, Build, &[f64], &[f64])] = &[
    ("log where positive", |x| x.gt(0).select(x.log(), 0), &[-1., 0., 2.], &[0., 0., 0.5]),
    ("1/x where not 0", |x| x.ne(0).select(1 / x, 0), &[0., 2.], &[0., -0.25]),
    ("sqrt where positive", |x| x.gt(0).select(x.sqrt(), 0), &[-4., 0., 4.], &[0., 0., 0.25]),
    ("the other branch", |x| x.le(0).select(0, x.log()), &[-1., 0., 2.], &[0., 0., 0.5]),
    (
        "chains inside a branch",
        |x| x.gt(0).select((x.log() * x.sqrt()).exp().log1p(), x * 3),
        &[-1., 0.],
        &[3., 3.],
    ),
    (
        "nested branches",
        |x| x.gt(0).select(x.gt(1).select((x - 1).log(), x.sqrt()), x.abs()),
        &[-1., 0.25, 1., 3.],
        &[-1., 1., 0.5, 0.5],
    ),
    ("a branch that overflows", |x| x.lt(10).select(x.exp(), x), &[0., 1e4], &[1., 1.]),
    ("sums inside a branch", |x| x.gt(0).select(x.log().sum_keep(0), 0), &[1., 4.], &[2., 0.5]),
    ("relu", |x| x.relu(), &[-1., 0., 1.], &[0., 0., 1.]),
    ("abs", |x| x.abs(), &[-2., 0., 2.], &[-1., 0., 1.]),
    ("sqrt at 0", |x| x.sqrt(), &[0., 4.], &[0., 0.25]),
    ("norm of 0", |x| x.sqr().sum().sqrt(), &[0., 0.], &[0., 0.]),
    ("power below 1", |x| x.pow(0.5), &[0., 4.], &[0., 0.25]),
    ("power 1", |x| x.pow(1), &[0., -3.], &[1., 1.]),
    ("power 0", |x| x.pow(0), &[0., -3.], &[0., 0.]),
    ("power 2", |x| x.pow(2), &[0., -3.], &[0., -6.]),
    ("x^x away from 0", |x| x.pow(x), &[1.], &[1.]),
    ("exponent alone at base 0", |x| (x * 0.0).pow(x + 1), &[1.], &[0.]),
    ("maximum, tied", |x| x.maximum(1), &[0., 1., 2.], &[0., 0.5, 1.]),
    ("minimum, tied", |x| x.minimum(x), &[1.], &[1.]),
    ("max, tied", |x| x.max(), &[2., 1., 2.], &[0.5, 0., 0.5]),
    ("min, tied", |x| x.min(), &[2., 1., 1.], &[0., 0.5, 0.5]),
    ("product with one zero", |x| x.prod(), &[2., 0., 3.], &[0., 6., 0.]),
    ("product with two zeros", |x| x.prod(), &[2., 0., 0.], &[0., 0., 0.]),
    ("clip", |x| x.clip(0, 1), &[-1., 0.5, 2.], &[0., 1., 0.]),
    ("softplus far out", |x| x.softplus(), &[-1e4, 0., 1e4], &[0., 0.5, 1.]),
    ("sigmoid far out", |x| x.sigmoid(), &[-1e4, 0., 1e4], &[0., 0.25, 0.]),
    ("tanh far out", |x| x.tanh(), &[-1e4, 0., 1e4], &[0., 1., 0.]),
    ("logsumexp far out", |x| x.logsumexp(0), &[1e4, -1e4], &[1., 0.]),
    ("logsumexp with -inf", |x| x.logsumexp(0), &[-INF, 0.], &[0., 1.]),
    ("log_softmax far out", |x| x.log_softmax(0).slice((..1,)), &[1e4, -1e4], &[0., 0.]),
    ("a softmax of nothing", |x| x.softmax_where(x.gt(9), 0).sqr(), &[1., NAN], &[0., 0.]),
    ("a softmax of one", |x| x.softmax_where(x.gt(0), 0).sqr(), &[1., -INF], &[0., 0.]),
    ("a mean of nothing", |x| x.mean_where(&x.gt(9)), &[1., NAN], &[0., 0.]),
    ("a mean of some", |x| x.mean_where(&x.lt(9)), &[1., 2., INF], &[0.5, 0.5, 0.]),
    ("NaN stays", |x| x.sqr(), &[NAN, 1.], &[NAN, 2.]),
    ("log at 0", |x| x.log(), &[0., -1.], &[INF, -1.]),
];

#[test]
fn choices_are_finite_and_nothing_leaks() {
    for (name, build, at, expected) in CASES {
        let x = vector::<f64>("x", at.len());
        let f = build(&x).sum();
        let [g] = grad(&f, [&x]).unwrap();
        let found = Outputs::new(std::slice::from_ref(&x), &[g]).call(&[f64s(&[at.len()], at)]);
        for (a, b) in found[0].iter().zip(*expected) {
            // Few roundings, of numbers of this size.
            let close = a == b || a.is_nan() && b.is_nan() || (a - b).abs() <= 1e-14 * b.abs();
            assert!(close, "{name}: {found:?}, expected {expected:?}");
        }
    }
}

/// The same along each axis, forward.
#[test]
fn forward_mode_makes_the_same_choices() {
    for (name, build, at, expected) in CASES {
        let x = vector::<f64>("x", at.len());
        let t = vector::<f64>("t", at.len());
        let v = [x.clone(), t.clone()];
        let d = jvp(&[build(&x).sum()], &v[..1], &v[1..]).unwrap();
        let f = Outputs::new(&v, &d);
        for i in 0..at.len() {
            let mut axis = vec![0.0; at.len()];
            axis[i] = 1.0;
            let n = [at.len()];
            let found = f.call(&[f64s(&n, at), f64s(&n, &axis)])[0][0];
            let others = expected.iter().enumerate().any(|(k, e)| k != i && !e.is_finite());
            // 0·∞ from another element is NaN, as it is in the sum itself.
            let close = others && found.is_nan()
                || found == expected[i]
                || found.is_nan() && expected[i].is_nan()
                || (found - expected[i]).abs() <= 1e-14 * expected[i].abs();
            assert!(close, "{name}, element {i}: {found}, expected {expected:?}");
        }
    }
}
