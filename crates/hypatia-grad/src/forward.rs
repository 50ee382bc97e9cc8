//! Forward mode: tangents from the variables up to the outputs.
//!
//! Invariants: each expression is visited once, after all its operands; expressions that no
//! variable reaches have no tangent.
//!
//! Not here: derivatives of ops (`table.rs`), reverse mode (`reverse.rs`).

use crate::check::{check_float, check_seeds, check_types, finish, unreached};
use crate::error::{Error, note};
use crate::flow::Flow;
use crate::reverse::accumulate;
use crate::site::{Site, shape_of};
use crate::table::{Rule, rule};
use crate::trace::Trace;
use hypatia_ir::expr::Expr;
use hypatia_ir::span::Span;

/// The derivative of each of `outputs` along a direction: the sum over `wrt` of the derivative by
/// each variable times its tangent. A tangent has the type of its variable, each result the type
/// of its output. If a variable is built from another, its tangent adds to what it inherits.
///
/// Errors: an output or a variable is no float, tangents do not match the variables, an output
/// does not depend smoothly on any variable, or an expression does not type-check.
///
/// ```
/// # use hypatia_ir::expr::vector;
/// # use hypatia_grad::jvp;
/// let (x, t) = (vector::<f64>("x", "n"), vector::<f64>("t", "n"));
/// let d = jvp(&[x.sin()], &[x.clone()], &[t]).unwrap();
/// assert_eq!(d[0].to_string(), "t * cos(x)");
/// ```
#[track_caller]
pub fn jvp(outputs: &[Expr], wrt: &[Expr], tangents: &[Expr]) -> Result<Vec<Expr>, Error> {
    let at = Span::caller();
    let connect = |(output, tangent): (&Expr, Option<Expr>)| {
        tangent.ok_or_else(|| unreached(at, output, wrt))
    };
    outputs.iter().zip(jvp_at(at, outputs, wrt, tangents)?).map(connect).collect()
}

/// As [`jvp`], with nothing for outputs that do not depend smoothly on any variable.
pub(crate) fn jvp_at(
    at: Span,
    outputs: &[Expr],
    wrt: &[Expr],
    tangents: &[Expr],
) -> Result<Vec<Option<Expr>>, Error> {
    check_types(&[outputs, wrt, tangents])?;
    check_float(at, outputs)?;
    check_float(at, wrt)?;
    check_seeds(at, wrt, tangents)?;
    let trace = Trace::new(outputs, wrt, &[]);
    let mut flows: Vec<Option<Flow>> = vec![None; trace.order.len()];
    for (variable, tangent) in wrt.iter().zip(tangents) {
        if let Some(place) = trace.place(variable) {
            let flow = Flow::new(tangent.clone());
            variable.at().on_behalf_of(|| accumulate(&mut flows[place], flow));
        }
    }
    for (place, expr) in trace.order.iter().enumerate().filter(|&(p, _)| trace.active[p]) {
        let Some(site) = Site::of(expr) else { continue };
        expr.at().on_behalf_of(|| {
            for (which, operand) in site.operands.iter().enumerate() {
                let tangent = trace.place(operand).and_then(|p| flows[p].clone());
                let Some(tangent) = tangent else { continue };
                if let Some(flow) = forward(at, &site, which, tangent)? {
                    accumulate(&mut flows[place], flow);
                }
            }
            Ok::<_, Error>(())
        })?;
    }
    let result = |output: &Expr| match trace.place(output).and_then(|p| flows[p].clone()) {
        Some(flow) => {
            let full = output.at().on_behalf_of(|| flow.full(&shape_of(output)));
            finish("forward mode", output, full).map(Some)
        }
        None => Ok(None),
    };
    outputs.iter().map(result).collect()
}

/// The tangent of the result that the tangent of an operand causes.
fn forward(at: Span, site: &Site, which: usize, flow: Flow) -> Result<Option<Flow>, Error> {
    let (from, to) = (&site.types[which].shape, &site.ty.shape);
    Ok(Some(match rule(site, which) {
        Rule::Cut => return Ok(None),
        Rule::Undefined => return Err(Error::Undefined { at, marked: note(site.result) }),
        Rule::Partial(factors) => flow.forward(factors()).between(from, to),
        Rule::Relabel { forward, .. } => flow.relabelled(from, &forward),
        Rule::Linear { forward, .. } => Flow::new(forward(&flow.full(from))),
    }))
}
