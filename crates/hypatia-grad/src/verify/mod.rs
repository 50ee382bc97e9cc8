//! Derivatives held against differences: [`verify_grad`] and [`numeric_gradient`].
//!
//! Both run the reference evaluator in `f64`. Central differences with step `h` are off by about
//! `h²·f‴/6` and `ε·f/h`, which together are smallest near `h = ε^(1/3)`.
//!
//! Invariants: directions and weights are the same in every run; nothing is sampled by chance.
//!
//! Not here: derivatives (`reverse.rs`, `forward.rs`), values (`hypatia_ir::eval`).

mod report;

pub use report::{Comparison, Report, Verify, VerifyError};

use crate::error::note;
use crate::forward::jvp_at;
use crate::options::{Disconnected, Options};
use crate::reverse::gradient_with;
use hypatia_ir::dtype::DType;
use hypatia_ir::eval::evaluate;
use hypatia_ir::expr::{Expr, Kind};
use hypatia_ir::graph::Graph;
use hypatia_ir::scalar::Scalar;
use hypatia_ir::span::Span;
use hypatia_ir::tensor::Tensor;
use std::sync::Arc;

/// Holds the derivatives of `output`, of any shape, by each float variable against central
/// differences at a point, and forward mode against reverse mode. `at` has a value for each of
/// `variables`, which are all free variables of `output`; integers among them stay as they are.
/// Elements of the output are added up with weights, so that each counts.
///
/// The point should be away from kinks and jumps: differences know nothing of them. A variable
/// that is not connected is taken to have a derivative of zero, and differences must say so too.
///
/// Errors: a derivative is wrong or there is none, float variables or the output are no `f64`,
/// or there is no value at the point.
///
/// ```
/// # use hypatia_ir::{expr::vector, tensor::Tensor};
/// # use hypatia_grad::{Verify, verify_grad};
/// let x = vector::<f64>("x", 3);
/// let at = [Tensor::from_vec(&[3], vec![0.1, 0.5, 2.0]).unwrap()];
/// let report = verify_grad(&x.softmax(-1).log(), &[x], &at, &Verify::default()).unwrap();
/// assert_eq!(report.compared, 3);
/// ```
#[track_caller]
pub fn verify_grad(
    output: &Expr,
    variables: &[Expr],
    at: &[Tensor],
    verify: &Verify,
) -> Result<Report, VerifyError> {
    let span = Span::caller();
    let cost = weighted(span, output, variables, at)?;
    let doubles = doubles(span, variables)?;
    let (gradients, modes) = analytic(span, &cost, variables, &doubles, at)?;
    let cost = Difference { graph: captured(variables, &[cost])?, at, step: verify.step };
    let mut found = Vec::new();
    for (&k, gradient) in doubles.iter().zip(&gradients) {
        compare(&cost, &variables[k], k, gradient, verify, &mut found)?;
    }
    let worse = |error: f64| error > verify.tolerance || error.is_nan();
    let wrong = found.iter().filter(|c| worse(c.error)).count();
    let worst = found.iter().max_by(|a, b| a.error.total_cmp(&b.error)).cloned();
    let report = Report { compared: found.len(), worst, modes };
    if wrong > 0 {
        return Err(VerifyError::Wrong { at: span, wrong, report: Box::new(report) });
    }
    match modes <= verify.modes {
        true => Ok(report),
        false => Err(VerifyError::Modes { at: span, report: Box::new(report) }),
    }
}

/// The derivatives of an `f64` scalar by every element of each float variable, by central
/// differences with this step (6e-6 suits most functions). One tensor for each of `variables` of
/// float type, in order.
///
/// Errors: as [`verify_grad`].
#[track_caller]
pub fn numeric_gradient(
    cost: &Expr,
    variables: &[Expr],
    at: &[Tensor],
    step: f64,
) -> Result<Vec<Tensor>, VerifyError> {
    let span = Span::caller();
    let doubles = doubles(span, variables)?;
    double(span, cost)?;
    let cost = Difference { graph: captured(variables, std::slice::from_ref(cost))?, at, step };
    let mut found = Vec::new();
    for k in doubles {
        let mut gradient = Tensor::zeros(DType::F64, at[k].shape());
        for i in 0..at[k].len() {
            gradient.set(i, Scalar::new(cost.by_element(k, i)?));
        }
        found.push(gradient);
    }
    Ok(found)
}

/// The derivatives by the variables of these numbers, by reverse mode, and how far forward mode is
/// from them.
fn analytic(
    span: Span,
    cost: &Expr,
    variables: &[Expr],
    doubles: &[usize],
    at: &[Tensor],
) -> Result<(Vec<Tensor>, f64), VerifyError> {
    let costs = std::slice::from_ref(cost);
    let wrt: Vec<Expr> = doubles.iter().map(|&k| variables[k].clone()).collect();
    let options = Options { disconnected: Disconnected::Zero, ..Options::default() };
    let mut both = span.on_behalf_of(|| gradient_with(Some(cost), &wrt, &options))?;
    let tangents: Vec<Tensor> = doubles.iter().map(|&k| direction(at[k].shape(), k)).collect();
    let literals: Vec<Expr> = tangents.iter().cloned().map(Expr::literal).collect();
    let tangent = jvp_at(span, costs, &wrt, &literals)?.pop().flatten();
    both.push(tangent.unwrap_or_else(|| cost.like(0)));
    let mut gradients = evaluate(&captured(variables, &both)?, at)?;
    let forward = gradients.split_off(wrt.len());
    let terms = || gradients.iter().zip(&tangents).flat_map(|(g, t)| products(g, t));
    let size = terms().map(f64::abs).fold(1.0, |a, b| a + b);
    let modes = (forward[0].get(0).as_f64() - terms().sum::<f64>()).abs() / size;
    Ok((gradients, modes))
}

/// Compares the derivative by variable number `k`, element by element or along directions.
fn compare(
    cost: &Difference,
    variable: &Expr,
    k: usize,
    gradient: &Tensor,
    verify: &Verify,
    found: &mut Vec<Comparison>,
) -> Result<(), VerifyError> {
    let name = match variable.kind() {
        Kind::Input(input) => input.name.to_string(),
        Kind::Literal(_) | Kind::Apply(..) | Kind::Invalid(..) | Kind::Unknown(..) => {
            variable.to_string()
        }
    };
    let mut record = |element, derivative: f64, difference: f64| {
        let scale = derivative.abs().max(difference.abs()).max(1.0);
        let error = (derivative - difference).abs() / scale;
        let variable = name.clone();
        found.push(Comparison { variable, element, derivative, difference, error });
    };
    if gradient.len() <= verify.elements {
        for i in 0..gradient.len() {
            let index = Some(index(gradient.shape(), i));
            record(index, gradient.get(i).as_f64(), cost.by_element(k, i)?);
        }
        return Ok(());
    }
    for number in 0..verify.directions {
        let along = direction(gradient.shape(), variable_number(k, number));
        let derivative = products(gradient, &along).sum();
        record(None, derivative, cost.along(k, &along)?);
    }
    Ok(())
}

/// A number for each direction of each variable, none of which is that of a tangent.
fn variable_number(k: usize, direction: usize) -> usize {
    (k + 1) << 16 | direction
}

/// A scalar function at a point.
struct Difference<'a> {
    graph: Graph,
    at: &'a [Tensor],
    step: f64,
}

impl Difference<'_> {
    /// The slope in element `i` of variable `k`.
    fn by_element(&self, k: usize, i: usize) -> Result<f64, VerifyError> {
        let x = self.at[k].get(i).as_f64();
        let step = self.step * x.abs().max(1.0);
        let mut point = self.at.to_vec();
        let mut value = |x: f64| {
            point[k].set(i, Scalar::new(x));
            self.value(&point)
        };
        // The distance that was gone, which roundings make another than `2·step`.
        let (low, high) = (x - step, x + step);
        Ok((value(high)? - value(low)?) / (high - low))
    }

    /// The slope in variable `k` along a direction.
    fn along(&self, k: usize, direction: &Tensor) -> Result<f64, VerifyError> {
        let mut point = self.at.to_vec();
        let mut value = |step: f64| {
            for i in 0..direction.len() {
                let moved = self.at[k].get(i).as_f64() + step * direction.get(i).as_f64();
                point[k].set(i, Scalar::new(moved));
            }
            self.value(&point)
        };
        Ok((value(self.step)? - value(-self.step)?) / (2.0 * self.step))
    }

    fn value(&self, point: &[Tensor]) -> Result<f64, VerifyError> {
        Ok(evaluate(&self.graph, point)?[0].get(0).as_f64())
    }
}

/// The sum of all elements of the output, with different weights.
fn weighted(
    at: Span,
    output: &Expr,
    variables: &[Expr],
    point: &[Tensor],
) -> Result<Expr, VerifyError> {
    double(at, output)?;
    if output.ty()?.rank() == 0 {
        return Ok(output.clone());
    }
    let value = evaluate(&captured(variables, std::slice::from_ref(output))?, point)?;
    let weights = direction(value[0].shape(), usize::MAX);
    Ok(at.on_behalf_of(|| (output * Expr::literal(weights)).sum()))
}

/// The variables that are floats, by number; that these are `f64`.
fn doubles(at: Span, variables: &[Expr]) -> Result<Vec<usize>, VerifyError> {
    let mut found = Vec::new();
    for (k, variable) in variables.iter().enumerate() {
        if variable.ty()?.dtype.is_float() {
            double(at, variable)?;
            found.push(k);
        }
    }
    Ok(found)
}

fn double(at: Span, expr: &Expr) -> Result<(), VerifyError> {
    match expr.ty()?.dtype {
        DType::F64 => Ok(()),
        _ => Err(VerifyError::NotDouble { at, expr: note(expr) }),
    }
}

fn captured(variables: &[Expr], outputs: &[Expr]) -> Result<Graph, VerifyError> {
    let named =
        outputs.iter().enumerate().map(|(i, e)| (Arc::from(format!("output{i}")), e.clone()));
    let named: Vec<(Arc<str>, Expr)> = named.collect();
    Ok(Graph::capture(variables, &named)?.graph)
}

/// Numbers from -1 to 1, other ones for each `stream`.
fn direction(shape: &[usize], stream: usize) -> Tensor {
    let mut direction = Tensor::zeros(DType::F64, shape);
    for i in 0..direction.len() {
        // SplitMix64 (Steele, Lea, Flood 2014): a counter, mixed.
        let counter = (stream as u64).wrapping_shl(32).wrapping_add(i as u64).wrapping_add(1);
        let mut z = counter.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let unit = ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64;
        direction.set(i, Scalar::new(2.0 * unit - 1.0));
    }
    direction
}

fn products<'a>(a: &'a Tensor, b: &'a Tensor) -> impl Iterator<Item = f64> + 'a {
    (0..a.len()).map(|i| a.get(i).as_f64() * b.get(i).as_f64())
}

/// The index of element `i` in row-major order.
fn index(shape: &[usize], i: usize) -> Vec<usize> {
    let mut rest = i;
    let mut index: Vec<usize> = shape.iter().rev().map(|&n| (rest % n, rest /= n).0).collect();
    index.reverse();
    index
}
