//! Reverse mode: cotangents from the outputs down to the variables.
//!
//! Invariants: each expression is visited once, after all its users; expressions that no
//! variable reaches are not visited.
//!
//! Not here: derivatives of ops (`table.rs`), forward mode (`forward.rs`).

use crate::check::{check_float, check_scalar, check_seeds, check_types, finish, unreachable};
use crate::error::Error;
use crate::flow::Flow;
use crate::site::{Site, shape_of};
use crate::table::{Rule, rule};
use crate::trace::Trace;
use hypatia_ir::expr::Expr;
use hypatia_ir::op::Op;
use hypatia_ir::scalar::Scalar;
use hypatia_ir::span::Span;

/// The derivatives of a float scalar by each of `wrt`: free variables, shared variables, or any
/// expressions that `cost` was built from, known by their handles. Each result has the type of
/// its variable.
///
/// Errors: `cost` or a variable is no float, `cost` is no scalar, `cost` does not depend smoothly
/// on a variable, or an expression does not type-check.
///
/// ```
/// # use hypatia_ir::expr::vector;
/// # use hypatia_grad::gradient;
/// let x = vector::<f64>("x", "n");
/// let g = gradient(&x.sqr().sum(), &[x.clone()]).unwrap();
/// assert_eq!(g[0].to_string(), "x * 2");
/// ```
#[track_caller]
pub fn gradient(cost: &Expr, wrt: &[Expr]) -> Result<Vec<Expr>, Error> {
    gradient_at(Span::caller(), cost, wrt)
}

/// As [`gradient`], for variables whose number is known: expressions or shared variables.
///
/// ```
/// # use hypatia_ir::{expr::matrix, shared::shared};
/// # use hypatia_grad::grad;
/// let x = matrix::<f64>("x", ("n", 2));
/// let (w, b) = (shared("w", vec![1.0, 2.0]), shared("b", 0.0));
/// let loss = (x.dot(&w) + &b).sqr().mean();
/// let [gw, gb] = grad(&loss, [&w, &b]).unwrap();
/// assert_eq!(gw.ty().unwrap().to_string(), "f64[2]");
/// assert_eq!(gb.ty().unwrap().to_string(), "f64[]");
/// ```
#[track_caller]
pub fn grad<V: Into<Expr>, const N: usize>(
    cost: impl Into<Expr>,
    wrt: [V; N],
) -> Result<[Expr; N], Error> {
    let found = gradient_at(Span::caller(), &cost.into(), &wrt.map(Into::into))?;
    found.try_into().map_err(|found: Vec<Expr>| {
        let dump = format!("{} derivatives by {N} variables", found.len());
        Error::Internal { stage: "reverse mode", dump }
    })
}

pub(crate) fn gradient_at(at: Span, cost: &Expr, wrt: &[Expr]) -> Result<Vec<Expr>, Error> {
    let outputs = [cost.clone()];
    check_types(&[&outputs, wrt])?;
    let ty = check_scalar(at, cost)?;
    check_float(at, wrt)?;
    let one = || Expr::apply(Op::Const(Scalar::from_i64(ty.dtype, 1)), Vec::new());
    sweep(at, &outputs, wrt, &[cost.at().on_behalf_of(one)])
}

/// The sum over `outputs` of each cotangent times the derivative of its output by each of `wrt`.
/// A cotangent has the type of its output, each result the type of its variable.
///
/// Errors: as [`gradient`], but outputs may have any shape; and if cotangents do not match the
/// outputs.
#[track_caller]
pub fn vjp(outputs: &[Expr], wrt: &[Expr], cotangents: &[Expr]) -> Result<Vec<Expr>, Error> {
    vjp_at(Span::caller(), outputs, wrt, cotangents)
}

pub(crate) fn vjp_at(
    at: Span,
    outputs: &[Expr],
    wrt: &[Expr],
    cotangents: &[Expr],
) -> Result<Vec<Expr>, Error> {
    check_types(&[outputs, wrt, cotangents])?;
    check_float(at, outputs)?;
    check_float(at, wrt)?;
    check_seeds(at, outputs, cotangents)?;
    sweep(at, outputs, wrt, cotangents)
}

fn sweep(at: Span, outputs: &[Expr], wrt: &[Expr], seeds: &[Expr]) -> Result<Vec<Expr>, Error> {
    let trace = Trace::new(outputs, wrt);
    let mut flows: Vec<Option<Flow>> = vec![None; trace.order.len()];
    for (output, seed) in outputs.iter().zip(seeds) {
        if let Some(place) = trace.place(output) {
            let flow = Flow::new(seed.clone());
            output.at().on_behalf_of(|| accumulate(&mut flows[place], flow));
        }
    }
    let mut found: Vec<Option<Flow>> = vec![None; wrt.len()];
    let wanted = wanted(&trace, wrt);
    for (place, expr) in trace.order.iter().enumerate().rev() {
        let Some(flow) = flows[place].take() else { continue };
        for &i in &wanted[place] {
            found[i] = Some(flow.clone());
        }
        let Some(site) = Site::of(expr) else { continue };
        expr.at().on_behalf_of(|| {
            for (which, operand) in site.operands.iter().enumerate() {
                let place = trace.place(operand).filter(|&p| trace.active[p]);
                if let Some(place) = place
                    && let Some(flow) = back(&site, which, &flow)
                {
                    accumulate(&mut flows[place], flow);
                }
            }
        });
    }
    let result = |(w, flow): (&Expr, Option<Flow>)| match flow {
        Some(flow) => finish("reverse mode", w, w.at().on_behalf_of(|| flow.full(&shape_of(w)))),
        None => Err(unreachable(at, outputs, w)),
    };
    wrt.iter().zip(found).map(result).collect()
}

/// For each position of the trace, the variables that are there.
fn wanted(trace: &Trace, wrt: &[Expr]) -> Vec<Vec<usize>> {
    let mut wanted = vec![Vec::new(); trace.order.len()];
    for (i, w) in wrt.iter().enumerate() {
        if let Some(place) = trace.place(w) {
            wanted[place].push(i);
        }
    }
    wanted
}

/// The cotangent of an operand that the cotangent of the result causes.
fn back(site: &Site, which: usize, flow: &Flow) -> Option<Flow> {
    let (from, to) = (&site.ty.shape, &site.types[which].shape);
    Some(match rule(site, which) {
        Rule::Cut => return None,
        Rule::Partial(factors) => flow.clone().back(factors()).between(from, to),
        Rule::Relabel { back, .. } => flow.clone().relabelled(from, &back),
        Rule::Linear { back, .. } => Flow::new(back(&flow.clone().full(from))),
    })
}

/// Adds a contribution.
pub(crate) fn accumulate(slot: &mut Option<Flow>, flow: Flow) {
    *slot = Some(match slot.take() {
        Some(sum) => sum.plus(flow),
        None => flow,
    });
}
