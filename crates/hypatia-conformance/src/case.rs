//! One case: its values, and every derivative that it states, against the right answers.
//!
//! Invariants: all of a case is compiled as one function, as users would; only if that fails is
//! each part tried alone, so that one missing derivative does not hide right values.
//!
//! Not here: calls that must be refused (`refuse.rs`), training (`train.rs`, `optim.rs`).

use crate::backend::{Backend, Refusal, Runner, variable};
use crate::compare::{Verdict, compare};
use crate::manifest::tensors::Store;
use crate::manifest::view::{Argument, View};
use crate::manifest::{Case, Grad, Second, Tolerance};
use crate::ops::formula::Formula;
use crate::ops::{Build, Call, Defect};
use crate::report::Outcome;
use hypatia::dim::DimValues;
use hypatia::dtype::DType;
use hypatia::expr::Expr;
use hypatia::tensor::Tensor;
use hypatia::{GradientError, gradient};
use hypatia_grad::Error::Disconnected;
use std::collections::BTreeMap;

/// An expression with the value it should have.
struct Check {
    what: String,
    expr: Result<Expr, String>,
    want: Tensor,
    tolerance: Tolerance,
}

/// Variables and their values, in the order of the function's arguments.
#[derive(Default)]
struct Bound {
    variables: Vec<Expr>,
    values: Vec<(Tensor, View)>,
}

impl Bound {
    fn add(&mut self, name: &str, value: Tensor, view: View) -> Result<Expr, Defect> {
        let shape = view.of(&value)?.tensor().shape().to_vec();
        // Inputs of manifests may be named anything; variables may not.
        let number = self.variables.len();
        let name = match hypatia::expr::check_name(name) {
            Ok(()) if !name.starts_with("arg") => name.to_string(),
            _ => format!("arg{number}"),
        };
        let variable = variable(&name, value.dtype(), &shape);
        self.variables.push(variable.clone());
        self.values.push((value, view));
        Ok(variable)
    }

    /// A value that is no input of the case: a cotangent, a direction.
    fn seed(&mut self, key: &str, tensors: &Store) -> Result<Expr, Defect> {
        self.add("", tensors.get(key)?, View::default())
    }
}

/// Runs a case.
pub fn run(case: &Case, tensors: &Store, backend: Backend) -> Outcome {
    let Some(build) = builder(case) else { return Outcome::Unknown(case.op.clone()) };
    match judged(case, build, tensors, backend) {
        Ok(verdicts) => Outcome::judged(verdicts),
        Err(defect) => Outcome::failed(format!("cannot be built: {defect}")),
    }
}

/// How the case is built: by a row of the tables, or by its own formula.
enum Builder {
    Row(Build),
    Formula(Formula),
}

fn builder(case: &Case) -> Option<Builder> {
    let formula = || {
        let formula = Formula::read(case.expr.as_deref()?).ok()?;
        formula.knows(|name| case.inputs.contains_key(name)).then_some(Builder::Formula(formula))
    };
    crate::ops::find(&case.op).map(Builder::Row).or_else(formula)
}

fn judged(
    case: &Case,
    build: Builder,
    tensors: &Store,
    backend: Backend,
) -> Result<Vec<(String, Verdict)>, Defect> {
    let mut bound = Bound::default();
    let mut inputs = BTreeMap::new();
    let mut ordered = Vec::new();
    for name in case.order() {
        let key = case.inputs.get(name).ok_or(Defect::Input { number: ordered.len() })?;
        let view = case.views.get(name).cloned().unwrap_or_default();
        let input = bound.add(name, tensors.get(key)?, view)?;
        ordered.push(input.clone());
        inputs.insert(name.clone(), input);
    }
    let dtype = case.dtype.as_deref().and_then(DType::from_name);
    let dtype = dtype.or(ordered.first().and_then(|x| x.type_or_none()).map(|ty| ty.dtype));
    let dtype = dtype.unwrap_or(DType::F64);
    let outputs = match build {
        Builder::Row(row) => {
            row.outputs(&Call { inputs: &ordered, params: &case.params, dtype })?
        }
        Builder::Formula(formula) => vec![formula.expr(&inputs)?],
    };
    let checks = checks(case, &inputs, &outputs, tensors, &mut bound)?;
    Ok(verdicts(checks, &bound, backend))
}

/// What a case is made of, once its inputs are bound.
struct Parts<'a> {
    inputs: &'a BTreeMap<String, Expr>,
    outputs: &'a [Expr],
    tensors: &'a Store,
    /// Outputs with cotangents, and these.
    smooth: Vec<Expr>,
    cotangents: Vec<Expr>,
    checks: Vec<Check>,
}

fn checks(
    case: &Case,
    inputs: &BTreeMap<String, Expr>,
    outputs: &[Expr],
    tensors: &Store,
    bound: &mut Bound,
) -> Result<Vec<Check>, Defect> {
    let (smooth, cotangents, checks) = (Vec::new(), Vec::new(), Vec::new());
    let mut parts = Parts { inputs, outputs, tensors, smooth, cotangents, checks };
    for (at, key) in case.outputs.iter().enumerate() {
        let output = outputs.get(at).cloned().ok_or_else(|| format!("there is no output {at}"));
        parts.add(format!("output {at}"), output, key, case.tol)?;
    }
    if let Some(grad) = &case.grad {
        parts.first(grad, bound)?;
    }
    if let Some(second) = &case.second {
        parts.second(second, bound)?;
    }
    if let (Some(whole), Some(output)) = (&case.jacobian, outputs.first()) {
        let wrt = parts.variable(&whole.wrt)?;
        let found = hypatia::jacobian(output, wrt).map_err(|e| e.to_string());
        parts.add("jacobian".into(), found, &whole.out, whole.tol)?;
    }
    if let (Some(whole), Some(output)) = (&case.hessian, outputs.first()) {
        let wrt = parts.variable(&whole.wrt)?;
        let found = hypatia::hessian(output, wrt).map_err(|e| e.to_string());
        parts.add("hessian".into(), found, &whole.out, whole.tol)?;
    }
    Ok(parts.checks)
}

impl Parts<'_> {
    fn add(
        &mut self,
        what: String,
        expr: Result<Expr, String>,
        key: &str,
        tolerance: Tolerance,
    ) -> Result<(), Defect> {
        self.checks.push(Check { what, expr, want: self.tensors.get(key)?, tolerance });
        Ok(())
    }

    fn variable(&self, name: &String) -> Result<Expr, Defect> {
        self.inputs.get(name).cloned().ok_or(Defect::Input { number: self.inputs.len() })
    }

    fn variables<'a>(&self, names: impl Iterator<Item = &'a String>) -> Result<Vec<Expr>, Defect> {
        names.map(|name| self.variable(name)).collect()
    }

    fn first(&mut self, grad: &Grad, bound: &mut Bound) -> Result<(), Defect> {
        for (output, key) in self.outputs.iter().zip(&grad.ct) {
            if let Some(key) = key {
                self.smooth.push(output.clone());
                self.cotangents.push(bound.seed(key, self.tensors)?);
            }
        }
        let wrt = self.variables(grad.wrt.keys())?;
        let found = by_reverse(&self.smooth, &wrt, &self.cotangents);
        for ((name, key), expr) in grad.wrt.iter().zip(found) {
            self.add(format!("gradient of {name}"), expr, key, grad.tol)?;
        }
        Ok(())
    }

    fn second(&mut self, second: &Second, bound: &mut Bound) -> Result<(), Defect> {
        let wrt = self.variables(second.v.keys())?;
        let along = second.v.values().map(|key| bound.seed(key, self.tensors));
        let along = along.collect::<Result<Vec<_>, _>>()?;
        for (at, (output, key)) in self.outputs.iter().zip(&second.jvp).enumerate() {
            if let Some(key) = key {
                let product = by_forward(output, &wrt, &along);
                self.add(format!("jvp of output {at}"), product, key, second.tol)?;
            }
        }
        for (name, key) in &second.hvp {
            let variable = self.variable(name)?;
            let gradient = by_reverse(&self.smooth, &[variable], &self.cotangents).remove(0);
            let product = gradient.and_then(|g| by_forward(&g, &wrt, &along));
            self.add(format!("hvp of {name}"), product, key, second.tol)?;
        }
        Ok(())
    }
}

/// Gradients one by one: Hypatia refuses to differentiate by what does not matter, where the
/// reference says zero.
fn by_reverse(outputs: &[Expr], wrt: &[Expr], cotangents: &[Expr]) -> Vec<Result<Expr, String>> {
    match gradient::vjp(outputs, wrt, cotangents) {
        Ok(found) => found.into_iter().map(Ok).collect(),
        Err(_) => {
            let one = |w: &Expr| {
                let found = gradient::vjp(outputs, std::slice::from_ref(w), cotangents);
                or_zero(found.map(|mut g| g.remove(0)), w)
            };
            wrt.iter().map(one).collect()
        }
    }
}

/// The derivative along a direction; variables that do not matter contribute nothing.
fn by_forward(output: &Expr, wrt: &[Expr], along: &[Expr]) -> Result<Expr, String> {
    let outputs = std::slice::from_ref(output);
    if let Ok(mut found) = gradient::jvp(outputs, wrt, along) {
        return Ok(found.remove(0));
    }
    let mut sum: Option<Expr> = None;
    for (w, v) in wrt.iter().zip(along) {
        let one = gradient::jvp(outputs, std::slice::from_ref(w), std::slice::from_ref(v));
        let one = or_zero(one.map(|mut d| d.remove(0)), output)?;
        sum = Some(sum.map_or_else(|| one.clone(), |sum| sum + &one));
    }
    Ok(sum.unwrap_or_else(|| zeros(output)))
}

fn or_zero(found: Result<Expr, GradientError>, like: &Expr) -> Result<Expr, String> {
    match found {
        Err(GradientError::Gradient(Disconnected { .. })) => Ok(zeros(like)),
        other => other.map_err(|e| e.to_string()),
    }
}

/// Zeros of the type of an expression, whose shape is known as all of a case's are.
fn zeros(like: &Expr) -> Expr {
    let shape =
        like.type_or_none().and_then(|ty| Some((ty.dtype, ty.shape.eval(&DimValues::new())?)));
    shape.map_or_else(|| like.clone(), |(dtype, shape)| Expr::literal(Tensor::zeros(dtype, &shape)))
}

fn verdicts(checks: Vec<Check>, bound: &Bound, backend: Backend) -> Vec<(String, Verdict)> {
    let built: Vec<Expr> = checks.iter().filter_map(|c| c.expr.clone().ok()).collect();
    let mut together = values(&built, bound, backend).ok().map(Vec::into_iter);
    let verdict = |check: Check| {
        let expr = match check.expr {
            Ok(expr) => expr,
            Err(why) => return (check.what, Verdict::refused(format!("cannot be derived: {why}"))),
        };
        let value = match together.as_mut().and_then(Iterator::next) {
            Some(value) => Ok(value),
            None => values(&[expr], bound, backend).map(|mut v| v.remove(0)),
        };
        let verdict = match value {
            Ok(value) => compare(&value, &check.want, check.tolerance),
            Err(refusal) => Verdict::refused(refusal.to_string()),
        };
        (check.what, verdict)
    };
    checks.into_iter().map(verdict).collect()
}

fn values(outputs: &[Expr], bound: &Bound, backend: Backend) -> Result<Vec<Tensor>, Refusal> {
    let runner = Runner::new(backend, &bound.variables, outputs, Vec::new())?;
    let mut seen: Vec<Box<dyn Argument + '_>> = Vec::new();
    for (tensor, view) in &bound.values {
        seen.push(view.of(tensor).map_err(|e| Refusal::Call(e.to_string()))?);
    }
    let seen: Vec<&dyn Argument> = seen.iter().map(|b| &**b).collect();
    runner.call(&seen)
}
