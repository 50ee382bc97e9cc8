//! Simplified graphs held against what they came from, on values of the user's own.
//!
//! Results agree where the original is finite, up to what roundings of its intermediate values do
//! to it, as single rules do (`rules/trial`). Of the rules that fired one is guilty: the first
//! without which the results agree. It is found by halving.
//!
//! Invariants: both graphs are evaluated by the reference evaluator, so that nothing but the
//! simplifier is on trial.
//!
//! Not here: calls of compiled functions.

use crate::error::Error;
use crate::rules::wobble;
use crate::{Optimized, Options, optimize};
use hypatia_ir::dtype::DType;
use hypatia_ir::eval::evaluate;
use hypatia_ir::graph::{Graph, Role};
use hypatia_ir::scalar::Scalar;
use hypatia_ir::span::Span;
use hypatia_ir::tensor::Tensor;
use std::fmt;

/// How many ways of rounding are tried.
const SAMPLES: u64 = 8;

/// Terms that the measured signs of roundings cancel, and sums in another order.
const SLACK: f64 = 100.0;

/// A result that simplifying changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Disagreement {
    /// The output, or the variable whose update it is.
    pub root: String,
    /// The user's line of the result.
    pub at: Span,
    /// Which element, in row-major order.
    pub element: usize,
    /// What the graph computes as it was written.
    pub expected: Scalar,
    /// What it computes now; nothing if evaluating it failed.
    pub found: Option<Scalar>,
    /// The rule that is to blame, and the first line that it changed; nothing if no single one is.
    pub rule: Option<(String, Option<Span>)>,
}

impl fmt::Display for Disagreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Disagreement { root, at, element, expected, found, rule } = self;
        write!(
            f,
            "simplifying changed element {element} of `{root}` from {at}: {expected} as written, "
        )?;
        match found {
            Some(found) => write!(f, "{found} simplified")?,
            None => write!(f, "no value simplified")?,
        }
        match rule {
            Some((rule, Some(line))) => {
                write!(
                    f,
                    "\n  by rule `{rule}`, first at {line}\n  help: compile without it by `.without_rules([\"{rule}\"])`"
                )
            }
            Some((rule, None)) => {
                write!(
                    f,
                    "\n  by rule `{rule}`\n  help: compile without it by `.without_rules([\"{rule}\"])`"
                )
            }
            None => write!(f, "\n  no single rule is to blame"),
        }
    }
}

/// Holds a simplified graph against the one it came from, for these values of its inputs. Nothing
/// is said where the original itself fails or is not finite.
///
/// # Errors
/// [`Error::Disagreement`] for the first element that differs; what [`optimize`] says of the options.
pub fn verify(
    before: &Graph,
    after: &Optimized,
    options: &Options,
    inputs: &[Tensor],
) -> Result<(), Error> {
    let Ok(expected) = evaluate(before, inputs) else { return Ok(()) };
    let allowed = allowances(before, inputs, &expected);
    let Some(first) = differs(before, &after.graph, inputs, &expected, &allowed) else {
        return Ok(());
    };
    let without = |names: &[String]| -> Result<Optimized, Error> {
        let mut options = options.clone();
        options.rules.without.extend_from_slice(names);
        optimize(before, &options)
    };
    let fired: Vec<String> = after.report.fired.keys().cloned().collect();
    let wrong = |count: usize| -> Result<bool, Error> {
        let graph = without(&fired[count..])?.graph;
        Ok(differs(before, &graph, inputs, &expected, &allowed).is_some())
    };
    let rule = match first_wrong(fired.len(), wrong)? {
        Some(at) => {
            let name = fired[at].clone();
            let rewritten = after.report.rewrites.iter().find(|r| r.rules.contains(&name));
            Some((name, rewritten.map(|r| r.at)))
        }
        None => None,
    };
    Err(Error::Disagreement(Box::new(Disagreement { rule, ..first })))
}

/// The number of the rule that makes the results wrong, when rules are allowed one after the
/// other.
fn first_wrong(
    count: usize,
    mut wrong: impl FnMut(usize) -> Result<bool, Error>,
) -> Result<Option<usize>, Error> {
    if wrong(0)? || !wrong(count)? {
        return Ok(None);
    }
    let (mut right, mut bad) = (0, count);
    while bad - right > 1 {
        let middle = right + (bad - right) / 2;
        if wrong(middle)? { bad = middle } else { right = middle }
    }
    Ok(Some(right))
}

/// How far each element of each root may move.
fn allowances(graph: &Graph, inputs: &[Tensor], values: &[Tensor]) -> Vec<Vec<f64>> {
    let of = |(root, value): (usize, &Tensor)| {
        let (relative, tiny) = match value.dtype() {
            DType::F64 => (1e-12, 1e-300),
            DType::F32 => (1e-5, 1e-37),
            DType::Bool | DType::U8 | DType::I32 | DType::I64 => return vec![0.0; value.len()],
        };
        let wobble = wobble(graph, inputs, root, SAMPLES);
        let bound =
            |(at, w): (usize, f64)| relative * value.get(at).as_f64().abs() + SLACK * w + tiny;
        wobble.into_iter().enumerate().map(bound).collect()
    };
    values.iter().enumerate().map(of).collect()
}

/// The first element in which a graph differs from what was expected.
fn differs(
    before: &Graph,
    after: &Graph,
    inputs: &[Tensor],
    expected: &[Tensor],
    allowed: &[Vec<f64>],
) -> Option<Disagreement> {
    let found = evaluate(after, inputs).ok();
    for (root, (value, allowed)) in expected.iter().zip(allowed).enumerate() {
        for (element, &allowed) in allowed.iter().enumerate() {
            let expected = value.get(element);
            let found = found.as_ref().map(|f| f[root].get(element));
            let fits = found.is_some_and(|f| fits(expected, f, allowed));
            if !fits {
                let at = before.node(before.roots[root].node).at;
                let root = name(before, root);
                return Some(Disagreement { root, at, element, expected, found, rule: None });
            }
        }
    }
    None
}

fn fits(expected: Scalar, found: Scalar, allowed: f64) -> bool {
    if !expected.dtype().is_float() {
        return expected == found;
    }
    let (v, w) = (expected.as_f64(), found.as_f64());
    // Stable forms may be finite where the original is not.
    !v.is_finite() || (v - w).abs() <= allowed
}

fn name(graph: &Graph, root: usize) -> String {
    match &graph.roots[root].role {
        Role::Output(name) => name.to_string(),
        Role::Update(input) => graph.inputs[*input as usize].name.to_string(),
    }
}
