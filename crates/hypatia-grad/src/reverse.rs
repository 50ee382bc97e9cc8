//! Reverse mode: cotangents from the outputs down to the variables.
//!
//! Invariants: each expression is visited once, after all its users; expressions that no
//! variable reaches are not visited.
//!
//! Not here: derivatives of ops (`table.rs`), forward mode (`forward.rs`).

use crate::check::{check_float, check_scalar, check_seeds, check_types, finish, unreachable};
use crate::error::{Error, note};
use crate::flow::{Factor, Flow};
use crate::options::{Disconnected, Options, Undefined};
use crate::site::{Site, shape_of, zeros};
use crate::table::{Rule, rule};
use crate::trace::Trace;
use hypatia_ir::expr::{Expr, ExprId};
use hypatia_ir::op::Op;
use hypatia_ir::scalar::Scalar;
use hypatia_ir::span::Span;
use std::collections::HashMap;

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
    at.on_behalf_of(|| gradient_with(Some(cost), wrt, &Options::default()))
}

/// As [`gradient`] with choices: see [`Options`]. Without a cost, cotangents come from
/// [`Options::known`] alone.
///
/// Errors: as [`gradient`], unless the options say otherwise; and if known cotangents have not
/// the types of what they belong to.
#[track_caller]
pub fn gradient_with(
    cost: Option<&Expr>,
    wrt: &[Expr],
    options: &Options,
) -> Result<Vec<Expr>, Error> {
    let at = Span::caller();
    let found = at.on_behalf_of(|| connected_gradient(cost, wrt, options))?;
    let outputs: Vec<Expr> = cost.into_iter().cloned().collect();
    connect(at, &outputs, wrt, found, options)
}

/// As [`gradient_with`], with nothing for variables that the cost does not depend on smoothly.
#[track_caller]
pub fn connected_gradient(
    cost: Option<&Expr>,
    wrt: &[Expr],
    options: &Options,
) -> Result<Vec<Option<Expr>>, Error> {
    let at = Span::caller();
    let outputs: Vec<Expr> = cost.into_iter().cloned().collect();
    let (known, cotangents): (Vec<Expr>, Vec<Expr>) = options.known.iter().cloned().unzip();
    check_types(&[&outputs, wrt, &known, &cotangents, &options.constants])?;
    let mut seeds = Vec::new();
    for cost in &outputs {
        let dtype = check_scalar(at, cost)?.dtype;
        let one = || Expr::apply(Op::Const(Scalar::from_i64(dtype, 1)), Vec::new());
        seeds.push(cost.at().on_behalf_of(one));
    }
    check_float(at, &known)?;
    check_float(at, wrt)?;
    check_seeds(at, &known, &cotangents)?;
    sweep(at, &outputs, wrt, &seeds, options)
}

/// The sum over `outputs` of each cotangent times the derivative of its output by each of `wrt`.
/// A cotangent has the type of its output, each result the type of its variable.
///
/// Errors: as [`gradient`], but outputs may have any shape; and if cotangents do not match the
/// outputs.
#[track_caller]
pub fn vjp(outputs: &[Expr], wrt: &[Expr], cotangents: &[Expr]) -> Result<Vec<Expr>, Error> {
    let at = Span::caller();
    check_types(&[outputs, wrt, cotangents])?;
    check_float(at, outputs)?;
    check_float(at, wrt)?;
    check_seeds(at, outputs, cotangents)?;
    let options = Options::default();
    let found = sweep(at, outputs, wrt, cotangents, &options)?;
    connect(at, outputs, wrt, found, &options)
}

/// What the options say where there is no derivative.
fn connect(
    at: Span,
    outputs: &[Expr],
    wrt: &[Expr],
    found: Vec<Option<Expr>>,
    options: &Options,
) -> Result<Vec<Expr>, Error> {
    let full = |(w, found): (&Expr, Option<Expr>)| match (found, options.disconnected) {
        (Some(found), _) => Ok(found),
        (None, Disconnected::Zero) => {
            let ty = w.ty()?;
            Ok(at.on_behalf_of(|| zeros(ty)))
        }
        (None, Disconnected::Error) => {
            Err(unreachable(at, &roots(outputs, options), w, &options.constants))
        }
    };
    wrt.iter().zip(found).map(full).collect()
}

/// Where cotangents come from.
fn roots(outputs: &[Expr], options: &Options) -> Vec<Expr> {
    outputs.iter().chain(options.known.iter().map(|(expr, _)| expr)).cloned().collect()
}

/// The derivatives by each of `wrt` of which there is one.
pub(crate) fn sweep(
    at: Span,
    outputs: &[Expr],
    wrt: &[Expr],
    seeds: &[Expr],
    options: &Options,
) -> Result<Vec<Option<Expr>>, Error> {
    let roots = roots(outputs, options);
    let trace = Trace::new(&roots, wrt, &options.constants);
    let mut flows: Vec<Option<Flow>> = vec![None; trace.order.len()];
    for (output, seed) in outputs.iter().zip(seeds) {
        if let Some(place) = trace.place(output) {
            let flow = Flow::new(seed.clone());
            output.at().on_behalf_of(|| accumulate(&mut flows[place], flow));
        }
    }
    let known: HashMap<ExprId, &Expr> = options.known.iter().map(|(e, g)| (e.id(), g)).collect();
    let mut found: Vec<Option<Flow>> = vec![None; wrt.len()];
    let wanted = wanted(&trace, wrt);
    for (place, expr) in trace.order.iter().enumerate().rev() {
        let given = known.get(&expr.id()).map(|&cotangent| Flow::new(cotangent.clone()));
        let Some(flow) = given.or_else(|| flows[place].take()) else { continue };
        for &i in &wanted[place] {
            found[i] = Some(flow.clone());
        }
        let Some(site) = Site::of(expr).filter(|_| !trace.is_constant(place)) else { continue };
        expr.at().on_behalf_of(|| {
            for (which, operand) in site.operands.iter().enumerate() {
                let place = trace.place(operand).filter(|&p| trace.active[p]);
                if let Some(place) = place
                    && let Some(flow) = back(at, &site, which, &flow, options.undefined)?
                {
                    accumulate(&mut flows[place], flow);
                }
            }
            Ok::<_, Error>(())
        })?;
    }
    let result = |(w, flow): (&Expr, Option<Flow>)| {
        let full = flow.map(|flow| w.at().on_behalf_of(|| flow.full(&shape_of(w))));
        full.map(|full| finish("reverse mode", w, full)).transpose()
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
fn back(
    at: Span,
    site: &Site,
    which: usize,
    flow: &Flow,
    undefined: Undefined,
) -> Result<Option<Flow>, Error> {
    let (from, to) = (&site.ty.shape, &site.types[which].shape);
    Ok(Some(match (rule(site, which), undefined) {
        (Rule::Cut, _) => return Ok(None),
        (Rule::Undefined, Undefined::Error) => {
            return Err(Error::Undefined { at, marked: note(site.result) });
        }
        (Rule::Undefined, Undefined::Nan) => {
            flow.clone().back(vec![Factor::Times(site.result.like(f64::NAN))])
        }
        (Rule::Partial(factors), _) => flow.clone().back(factors()).between(from, to),
        (Rule::Relabel { back, .. }, _) => flow.clone().relabelled(from, &back),
        (Rule::Linear { back, .. }, _) => Flow::new(back(&flow.clone().full(from))),
    }))
}

/// Adds a contribution.
pub(crate) fn accumulate(slot: &mut Option<Flow>, flow: Flow) {
    *slot = Some(match slot.take() {
        Some(sum) => sum.plus(flow),
        None => flow,
    });
}
