//! A rule on trial: instantiated and evaluated, both sides have one value.
//!
//! Exact rules keep every bit, edge values included, but all NaN are one. For stable rules the left
//! side is what may go wrong: where it is finite, the sides agree to a relative 1e-12, or to as much
//! as a few roundings of intermediate values move the left side (see `wobble.rs`); a naive
//! form that cancels promises nothing else. Integers and booleans always agree exactly.
//!
//! Invariants: deterministic; a rule that never applies here has nothing compared.
//!
//! Not here: the instances (`instance.rs`), their values (`values.rs`), their graphs (`sides.rs`).

mod instance;
mod sides;
mod values;
mod wobble;

use super::{Rule, Soundness};
use hypatia_ir::dtype::DType;
use hypatia_ir::eval::evaluate;
use hypatia_ir::graph::{Graph, GraphInput};
use hypatia_ir::op::Op;
use hypatia_ir::tensor::Tensor;
#[cfg(test)]
pub(super) use instance::Filling;
use instance::instances;
use sides::Trial;
use std::fmt;
use values::{
    FINITE, INDICES, Known, MASKED, NEGATIVE, NOTHING, NOTHING_STABLE, POSITIVE, UNDERFLOWING,
    VANISHING,
};
#[cfg(test)]
pub(crate) use wobble::free_wobble;
pub(crate) use wobble::wobble;

/// Instances tried for each rule, dtype and knowledge; spread over all there are.
const TRIES: usize = 256;

/// How often roundings are tried at first, and where sides then lie apart: signs may have cancelled.
const FEW: u64 = 6;
const MANY: u64 = 64;

/// What the stable side may add to the error of the left side.
const STABLE: f64 = 1e-12;

/// Where the sides of a rule are not what was promised.
#[derive(Clone, Debug)]
pub(crate) struct Counterexample {
    /// Values of the operands, with the letters of their holes.
    pub operands: Vec<(String, Tensor)>,
    /// What differs.
    pub what: String,
    /// Both sides.
    pub graph: Graph,
}

impl fmt::Display for Counterexample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.what)?;
        for (name, value) in &self.operands {
            write!(f, "\n  {name} = {value:?}")?;
        }
        // Too long for users, who know their rule.
        if f.alternate() { write!(f, "\n{}", self.graph) } else { Ok(()) }
    }
}

/// Tries a rule; how many elements were compared.
pub(crate) fn check(rule: &Rule) -> Result<usize, Box<Counterexample>> {
    let mut compared = 0;
    for dtype in [DType::F64, DType::F32, DType::I64, DType::Bool] {
        // The error analysis is for `f64`.
        if dtype != DType::F32 || rule.soundness == Soundness::Exact {
            compared += check_as(rule, rule.soundness, dtype)?;
        }
    }
    Ok(compared)
}

/// Tries whether a rule keeps a promise on values of a dtype; how many elements were compared.
pub(super) fn check_as(
    rule: &Rule,
    promise: Soundness,
    dtype: DType,
) -> Result<usize, Box<Counterexample>> {
    let instances = instances(rule, dtype);
    let exact = promise == Soundness::Exact;
    let nothing = if exact { &NOTHING } else { &NOTHING_STABLE };
    let asks = |name: &str| rule.guards.iter().any(|g| g.text.starts_with(name));
    let mut knowledge: Vec<&Known> = match (dtype, exact) {
        (DType::Bool, _) => vec![nothing],
        (DType::I64, _) | (_, false) => vec![nothing, &FINITE, &POSITIVE],
        _ => vec![nothing, &FINITE, &POSITIVE, &UNDERFLOWING],
    };
    if dtype.is_float() {
        knowledge.extend(asks("underflows").then_some(&VANISHING));
        knowledge.extend(asks("masked").then_some(&MASKED));
    }
    if asks("above") && !matches!(dtype, DType::Bool | DType::U8) {
        knowledge.push(&NEGATIVE);
    }
    let mut compared = 0;
    for known in knowledge {
        for instance in instances.iter().step_by(instances.len().div_ceil(TRIES).max(1)) {
            let Some(mut trial) = Trial::new(rule, instance, known, dtype) else { continue };
            for graph in trial.sides(rule) {
                for seed in 0..2 {
                    let inputs = values_of(&graph, known, dtype, seed);
                    compared += compare(promise, &graph, &inputs)
                        .map_err(|what| counterexample(what, &graph, &inputs))?;
                }
            }
        }
    }
    Ok(compared)
}

fn counterexample(what: String, graph: &Graph, inputs: &[Tensor]) -> Box<Counterexample> {
    let names = graph.inputs.iter().map(|i| i.name.to_string());
    let operands = names.zip(inputs.iter().cloned()).collect();
    Box::new(Counterexample { operands, what, graph: graph.clone() })
}

/// What is wrong with a promise on these values, if anything is; else how many elements were compared
/// to at least nine digits.
fn compare(promise: Soundness, graph: &Graph, inputs: &[Tensor]) -> Result<usize, String> {
    let &[left, right] = graph.roots.iter().map(|r| r.node).collect::<Vec<_>>().as_slice() else {
        return Err("a side is missing".into());
    };
    if graph.ty(left) != graph.ty(right) {
        return Err(format!("the left side is {}, the right {}", graph.ty(left), graph.ty(right)));
    }
    let mut only = graph.clone();
    only.roots.truncate(1);
    if evaluate(&only, inputs).is_err() {
        return Ok(0);
    }
    let values = evaluate(graph, inputs).map_err(|e| format!("the right side fails: {e}"))?;
    let (x, y) = (&values[0], &values[1]);
    let exact = promise == Soundness::Exact || !x.dtype().is_float();
    let moved =
        |samples| if exact { vec![0.0; x.len()] } else { wobble(&only, inputs, 0, samples) };
    // Solutions of linear systems are accurate as a whole, not element by element.
    let solves = graph.iter().any(|(_, node)| matches!(node.op, Op::Routine(_)));
    let sizes = (0..x.len()).map(|at| x.get(at).as_f64().abs()).filter(|v| v.is_finite());
    let size = if solves { sizes.fold(0.0, f64::max) } else { 0.0 };
    let mut compared = 0;
    for (at, wobble) in moved(FEW).into_iter().enumerate() {
        let (a, b) = (x.get(at), y.get(at));
        let (v, w) = (a.as_f64(), b.as_f64());
        let fits = |wobble: f64| {
            if exact {
                return a == b || v.is_nan() && w.is_nan();
            }
            // What underflows is 0 to the one and tiny to the other side.
            let lost = promise == Soundness::Fast && !w.is_finite();
            lost || !v.is_finite() || (v - w).abs() <= STABLE * size.max(v.abs()) + wobble + 1e-300
        };
        if !fits(wobble) && !fits(moved(MANY)[at]) {
            return Err(format!("in element {at} the left side is {a}, the right {b}"));
        }
        compared += usize::from(exact || v.is_finite() && wobble <= 1e-9 * v.abs());
    }
    Ok(compared)
}

/// Values of the inputs of an instance, which have no symbolic dims.
fn values_of(graph: &Graph, known: &Known, dtype: DType, seed: usize) -> Vec<Tensor> {
    let value = |(at, i): (usize, &GraphInput)| {
        let dims = i.ty.shape.iter().map(|d| d.known().unwrap_or(1).max(0) as usize);
        let shape: Vec<usize> = dims.collect();
        let is_index = i.ty.dtype == DType::I64 && dtype != DType::I64;
        let known = if is_index { &INDICES } else { known };
        known.value(i.ty.dtype, &shape, at + 3 * seed)
    };
    graph.inputs.iter().enumerate().map(value).collect()
}

/// Whether the sides of a rule without guards differ on these values of its holes: in any bit, or,
/// if `far`, by more than a relative 1e-9. `None` if it does not apply to them.
#[cfg(test)]
pub(super) fn differ(rule: &Rule, given: &[(char, Filling, Tensor)], far: bool) -> Option<bool> {
    let mut instance: instance::Instance = vec![None; super::pattern::HOLES];
    let mut inputs: Vec<(usize, &Tensor)> = Vec::new();
    for (letter, filling, value) in given {
        let hole = super::pattern::hole(*letter);
        instance[hole] = Some(filling.clone());
        if let Filling::Operand(_) = filling {
            inputs.push((hole, value));
        }
    }
    inputs.sort_by_key(|(hole, _)| *hole);
    let inputs: Vec<Tensor> = inputs.into_iter().map(|(_, value)| value.clone()).collect();
    let mut trial = Trial::new(rule, &instance, &NOTHING, DType::F64)?;
    let graphs = trial.sides(rule);
    let values: Vec<Vec<Tensor>> =
        graphs.iter().filter_map(|g| evaluate(g, &inputs).ok()).collect();
    let apart = |v: f64, w: f64| match (v.is_nan(), w.is_nan()) {
        (false, false) if far => !(v == w || (v - w).abs() <= 1e-9 * v.abs()),
        (false, false) => v.to_bits() != w.to_bits(),
        (v, w) => v != w,
    };
    let each = |sides: &Vec<Tensor>| {
        (0..sides[0].len()).any(|at| apart(sides[0].get(at).as_f64(), sides[1].get(at).as_f64()))
    };
    (!values.is_empty()).then(|| values.iter().any(each))
}
