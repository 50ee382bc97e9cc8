//! Test functions of optimisation, and programs made of many ops, built as their texts say.
//!
//! Invariants: built with plain operators, as a user would, with no care for stability.
//!
//! Not here: texts in plain infix (`formula.rs`).

use super::Build::{Call as Args, One, Two};
use super::{Call, Defect, Row, length};
use hypatia::compose::zeros_like;
use hypatia::expr::Expr;
use hypatia::gradient;
use hypatia::structure::{Part, concat, full, single, stack};
use std::f64::consts::PI;

/// The functions.
pub const ROWS: &[Row] = &[
    ("rosenbrock", One(rosenbrock)),
    ("freudenstein_roth", One(freudenstein_roth)),
    ("beale", One(beale)),
    ("helical_valley", One(helical_valley)),
    ("box_3d", One(box_3d)),
    ("powell_singular", One(powell_singular)),
    ("broyden_tridiagonal", One(broyden_tridiagonal)),
    (
        "himmelblau",
        One(|x| {
            let (x0, x1) = (at(x, 0), at(x, 1));
            (x0.sqr() + &x1 - 11).sqr() + (x0 + x1.sqr() - 7).sqr()
        }),
    ),
    ("rastrigin", One(|x| 10 * length(x, 0) + (x.sqr() - 10 * (x * (2.0 * PI)).cos()).sum())),
    (
        "booth",
        One(|x| {
            let (x0, x1) = (at(x, 0), at(x, 1));
            (&x0 + 2 * &x1 - 7).sqr() + (2 * x0 + x1 - 5).sqr()
        }),
    ),
    ("polar_to_cartesian", One(polar_to_cartesian)),
    ("gmm_loglik", Args(gmm_loglik)),
    ("bundle_projection", Args(bundle_projection)),
    ("quadratic_form", Two(|a, x| 0.5 * x.dot(a).dot(x))),
    ("nested_grad_norm", Args(nested_grad_norm)),
    (
        "shared_subexpression",
        One(|x| {
            let s = x.sqr().sigmoid();
            (&s * &s + s.sin() / (1 + &s)).sum()
        }),
    ),
    ("deep_chain", One(|x| (0..40).fold(x.clone(), |x, _| x.sin() + 0.9 * x))),
    ("wide_sum", One(wide_sum)),
    ("diamond_doubling", One(|x| (0..30).fold(x.clone(), |x, _| &x + 0.5 * &x))),
];

/// One element of a vector.
fn at(x: &Expr, i: i64) -> Expr {
    x.slice([single(i)])
}

fn elements<const N: usize>(x: &Expr) -> [Expr; N] {
    std::array::from_fn(|i| at(x, i as i64))
}

fn rosenbrock(x: &Expr) -> Expr {
    let (here, next) = (x.slice((..-1,)), x.slice((1..,)));
    (100 * (next - here.sqr()).sqr() + (1 - here).sqr()).sum()
}

fn freudenstein_roth(x: &Expr) -> Expr {
    let [x0, x1] = elements(x);
    let first = -13 + (&x0 + ((5 - &x1) * &x1 - 2) * &x1);
    let second = -29 + (&x0 + ((&x1 + 1) * &x1 - 14) * &x1);
    first.sqr() + second.sqr()
}

fn beale(x: &Expr) -> Expr {
    let [x0, x1] = elements(x);
    let terms = [1.5, 2.25, 2.625].into_iter().zip(1i64..);
    sum(terms.map(|(y, i)| (y - &x0 * (1 - x1.pow(i))).sqr()))
}

fn helical_valley(x: &Expr) -> Expr {
    let [x0, x1, x2] = elements(x);
    let turn = (&x1 / &x0).atan() / (2.0 * PI) + x0.le(0).select(x0.like(0.5), x0.like(0));
    let far = (x0.sqr() + x1.sqr()).sqrt() - 1;
    (10 * (&x2 - 10 * turn)).sqr() + (10 * far).sqr() + x2.sqr()
}

fn box_3d(x: &Expr) -> Expr {
    let [x0, x1, x2] = elements(x);
    sum((1..=10).map(|i| {
        let t = 0.1 * f64::from(i);
        let weight = (-t).exp() - (-10.0 * t).exp();
        ((-t * &x0).exp() - (-t * &x1).exp() - &x2 * weight).sqr()
    }))
}

fn powell_singular(x: &Expr) -> Expr {
    let [x0, x1, x2, x3] = elements(x);
    (&x0 + 10 * &x1).sqr() + 5 * (&x2 - &x3).sqr() + (x1 - 2 * x2).pow(4) + 10 * (x0 - x3).pow(4)
}

fn broyden_tridiagonal(x: &Expr) -> Expr {
    let wide = x.pad(&[(1, 1)], 0);
    let (before, after) = (wide.slice((..-2,)), wide.slice((2..,)));
    ((3 - 2 * x) * x - before - 2 * after + 1).sqr().sum()
}

fn polar_to_cartesian(p: &Expr) -> Expr {
    let [r, a, b] = elements(p);
    let flat = &r * a.sin();
    stack(&[&flat * b.cos(), &flat * b.sin(), r * a.cos()], 0)
}

fn wide_sum(x: &Expr) -> Expr {
    sum((1..=50i64).map(|i| (x * i).sin() / i))
}

fn sum(terms: impl Iterator<Item = Expr>) -> Expr {
    terms.reduce(|a, b| a + b).unwrap_or_else(|| Expr::constant(0.0))
}

/// Mixture components in the second axis of the terms: `[points, components]`.
fn gmm_loglik(c: &Call) -> Result<Expr, Defect> {
    let (alpha, mean, icf, x) = (c.x(0)?, c.x(1)?, c.x(2)?, c.x(3)?);
    let (points, d) = (length(x, 0), length(x, 1));
    let column = |j: i64| icf.slice((full(), single(j)));
    let logs = icf.slice((Part::from(..), Part::from(..d)));
    let mut next = d..;
    let mut entries = Vec::new();
    for row in 0..d {
        for col in 0..d {
            entries.push(match row.cmp(&col) {
                std::cmp::Ordering::Less => zeros_like(column(0)),
                std::cmp::Ordering::Equal => column(row).exp(),
                std::cmp::Ordering::Greater => column(next.next().unwrap_or_default()),
            });
        }
    }
    let q = stack(&entries, -1).reshape([length(icf, 0), d, d]);
    let apart = x.expand(1) - mean;
    let squares = (q * apart.expand(-2)).sum_axes(-1).sqr().sum_axes(-1);
    let terms = alpha + logs.sum_axes(-1) - 0.5 * squares;
    let mixed = |x: Expr| x.exp().sum_axes(-1).log();
    Ok(mixed(terms).sum() - points * mixed(alpha.clone()))
}

/// Rodrigues' rotation, then perspective, radial distortion, focal length and principal point.
fn bundle_projection(c: &Call) -> Result<Expr, Defect> {
    let (cam, x, w) = (c.x(0)?, c.x(1)?, c.x(2)?);
    let r = cam.slice((..3,));
    let v = x - cam.slice((3..6,));
    let angle = r.sqr().sum().sqrt();
    let axis = r / &angle;
    let cross = {
        let ([a0, a1, a2], [v0, v1, v2]) = (elements(&axis), elements(&v));
        stack(&[&a1 * &v2 - &a2 * &v1, &a2 * &v0 - &a0 * &v2, a0 * v1 - a1 * v0], 0)
    };
    let along = axis.dot(&v) * (1 - angle.cos());
    let p = v * angle.cos() + cross * angle.sin() + axis * along;
    let q = p.slice((..2,)) / at(&p, 2);
    let r2 = q.sqr().sum();
    let distortion = 1 + at(cam, 9) * &r2 + at(cam, 10) * r2.sqr();
    let seen = at(cam, 6) * q * distortion + cam.slice((7..9,));
    Ok(w * seen)
}

fn nested_grad_norm(c: &Call) -> Result<Expr, Defect> {
    let x = c.x(0)?;
    let inner = (x.tanh().pow(3) * (-(x * x)).exp()).sum();
    let found = gradient::gradients(&inner, std::slice::from_ref(x));
    let found = found.map_err(|e| Defect::Refused(e.to_string()))?;
    Ok(concat(&found, 0).sqr().sum())
}
