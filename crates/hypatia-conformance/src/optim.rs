//! Rules of optimisers, and their cases: a parameter after each of a sequence of gradients.
//!
//! Invariants: a rule is plain expressions of the values before the step; slots start at zero.
//!
//! Not here: whole training runs (`train.rs`), learning rates over time (`ops/schedule.rs`).

use crate::backend::{Backend, Refusal, Runner, variable};
use crate::compare::{Verdict, compare};
use crate::manifest::Case;
use crate::manifest::params::{Misfit, Params};
use crate::manifest::tensors::Store;
use crate::manifest::view::View;
use crate::ops::Defect;
use crate::report::Outcome;
use hypatia::expr::Expr;
use hypatia::shared::{Shared, shared};
use hypatia::tensor::Tensor;

/// What a rule sees: one parameter at one step.
pub struct Step<'a> {
    /// Learning rate and other constants.
    pub params: &'a Params,
    /// The parameter before the step.
    pub w: &'a Expr,
    /// Its gradient.
    pub g: &'a Expr,
    /// What the rule remembers, before the step.
    pub slots: &'a [Expr],
    /// The number of the step from 1, in the parameter's dtype.
    pub t: &'a Expr,
}

/// The parameter and the slots after the step.
type New = (Expr, Vec<Expr>);

/// A rule by name.
pub struct Rule {
    name: &'static str,
    slots: usize,
    step: fn(&Step) -> Result<New, Misfit>,
}

const RULES: &[Rule] = &[
    Rule { name: "sgd", slots: 0, step: sgd },
    Rule { name: "momentum", slots: 1, step: momentum },
    Rule { name: "nesterov", slots: 1, step: nesterov },
    Rule { name: "adagrad", slots: 1, step: adagrad },
    Rule { name: "rmsprop", slots: 1, step: rmsprop },
    Rule { name: "adadelta", slots: 2, step: adadelta },
    Rule { name: "adam", slots: 2, step: adam },
    Rule { name: "adam_eps_outside", slots: 2, step: adam_eps_outside },
    Rule { name: "adamw", slots: 2, step: adamw },
];

fn sgd(s: &Step) -> Result<New, Misfit> {
    Ok((s.w - s.g * s.params.number("lr")?, Vec::new()))
}

fn momentum(s: &Step) -> Result<New, Misfit> {
    let v = &s.slots[0] * s.params.number("momentum")? + s.g * s.params.number("lr")?;
    Ok((s.w - &v, vec![v]))
}

fn nesterov(s: &Step) -> Result<New, Misfit> {
    let keep = s.params.number("momentum")?;
    let v = &s.slots[0] * keep + s.g * s.params.number("lr")?;
    Ok((s.w - ((1.0 + keep) * &v - keep * &s.slots[0]), vec![v]))
}

fn adagrad(s: &Step) -> Result<New, Misfit> {
    let h = &s.slots[0] + s.g.sqr();
    let step = s.g * s.params.number("lr")? / (h.sqrt() + s.params.number("eps")?);
    Ok((s.w - step, vec![h]))
}

fn rmsprop(s: &Step) -> Result<New, Misfit> {
    let decay = s.params.number("decay")?;
    let h = &s.slots[0] * decay + s.g.sqr() * (1.0 - decay);
    let step = s.g * s.params.number("lr")? / (h.sqrt() + s.params.number("eps")?);
    Ok((s.w - step, vec![h]))
}

fn adadelta(s: &Step) -> Result<New, Misfit> {
    let (decay, eps) = (s.params.number("decay")?, s.params.number("eps")?);
    let h = &s.slots[0] * decay + s.g.sqr() * (1.0 - decay);
    let u = s.g * ((&s.slots[1] + eps) / (&h + eps)).sqrt();
    let d = &s.slots[1] * decay + u.sqr() * (1.0 - decay);
    Ok((s.w - u * s.params.number("lr")?, vec![h, d]))
}

/// The two moments, and what `1 - betaᵗ` is for each.
fn moments(s: &Step) -> Result<([Expr; 2], [Expr; 2]), Misfit> {
    let (b1, b2) = (s.params.number("beta1")?, s.params.number("beta2")?);
    let m = &s.slots[0] * b1 + s.g * (1.0 - b1);
    let v = &s.slots[1] * b2 + s.g.sqr() * (1.0 - b2);
    let bias = |b: f64| 1 - s.t.like(b).pow(s.t);
    Ok(([m, v], [bias(b1), bias(b2)]))
}

fn adam(s: &Step) -> Result<New, Misfit> {
    let ([m, v], [m_bias, v_bias]) = moments(s)?;
    let root = (&v / v_bias).sqrt() + s.params.number("eps")?;
    Ok((s.w - s.params.number("lr")? * (&m / m_bias) / root, vec![m, v]))
}

fn adam_eps_outside(s: &Step) -> Result<New, Misfit> {
    let ([m, v], [m_bias, v_bias]) = moments(s)?;
    let rate = s.params.number("lr")? * v_bias.sqrt() / m_bias;
    Ok((s.w - rate * &m / (v.sqrt() + s.params.number("eps")?), vec![m, v]))
}

fn adamw(s: &Step) -> Result<New, Misfit> {
    let (w, slots) = adam(s)?;
    let decay = s.params.number("lr")? * s.params.number_or("decoupled_decay", 0.0)?;
    Ok((w - decay * s.w, slots))
}

impl Rule {
    /// The rule with this name.
    pub fn find(name: &str) -> Option<&'static Rule> {
        RULES.iter().find(|rule| rule.name == name)
    }

    /// Updates of parameters by their gradients: clipped by their common norm, then decayed, then
    /// put through the rule.
    pub fn updates(
        &self,
        params: &Params,
        weights: &[(Shared, Expr)],
    ) -> Result<Vec<(Shared, Expr)>, Misfit> {
        let mut updates = Vec::new();
        let Some((first, _)) = weights.first() else { return Ok(updates) };
        let dtype = first.get().dtype();
        let count = shared("t", Tensor::zeros(dtype, &[]));
        let t = &count + 1;
        let scale = match params.get("clip_norm") {
            Some(_) => {
                let squares = weights.iter().map(|(_, g)| g.sqr().sum()).reduce(|a, b| a + b);
                let most = params.number("clip_norm")?;
                squares.map(|s| (s.like(most) / s.sqrt()).minimum(1))
            }
            None => None,
        };
        for (variable, gradient) in weights {
            let w = variable.expr();
            let mut g = gradient.clone();
            if let Some(scale) = &scale {
                g = g * scale;
            }
            if params.get("weight_decay").is_some() {
                g = g + &w * params.number("weight_decay")?;
            }
            if params.get("l1_decay").is_some() {
                g = g + w.sign() * params.number("l1_decay")?;
            }
            let zeros = || shared("slot", Tensor::zeros(dtype, variable.get().shape()));
            let slots: Vec<Shared> = (0..self.slots).map(|_| zeros()).collect();
            let seen: Vec<Expr> = slots.iter().map(Shared::expr).collect();
            let step = Step { params, w: &w, g: &g, slots: &seen, t: &t };
            let (new, slots_after) = (self.step)(&step)?;
            updates.push((variable.clone(), new));
            updates.extend(slots.into_iter().zip(slots_after));
        }
        updates.push((count, t));
        Ok(updates)
    }
}

/// Row `step` along the first axis.
pub fn row(all: &Tensor, step: i64) -> Result<Tensor, Defect> {
    let Some(shape) = all.shape().get(1..) else { return Err(Defect::Input { number: 0 }) };
    let slices = Some(vec![[Some(step), Some(step + 1), None]]);
    let row = View { slices, ..View::default() }.of(all)?.tensor();
    row.reshaped(shape).ok_or(Defect::Input { number: 0 })
}

/// Runs a case of this kind: `w0`, `grads` by step, and the parameter after each.
pub fn run(case: &Case, tensors: &Store, backend: Backend) -> Outcome {
    let name = case.op.strip_prefix("optim_").unwrap_or_default();
    let Some(rule) = Rule::find(name) else { return Outcome::Unknown(case.op.clone()) };
    match judged(case, rule, tensors, backend) {
        Ok(verdict) => Outcome::judged(vec![("parameter".into(), verdict)]),
        Err(defect) => Outcome::failed(format!("cannot be built: {defect}")),
    }
}

fn judged(case: &Case, rule: &Rule, tensors: &Store, backend: Backend) -> Result<Verdict, Defect> {
    let input = |name: &str| {
        let key = case.inputs.get(name).ok_or(Defect::Input { number: 0 })?;
        Ok::<Tensor, Defect>(tensors.get(key)?)
    };
    let (w0, grads) = (input("w0")?, input("grads")?);
    let key = case.outputs.first().ok_or(Defect::Input { number: 2 })?;
    let want = tensors.get(key)?;
    let w = shared("w", w0.clone());
    let g = variable("g", w0.dtype(), w0.shape());
    let updates = rule.updates(&case.params, &[(w.clone(), g.clone())])?;
    let steps = grads.shape().first().copied().unwrap_or_default() as i64;
    let trace = || -> Result<Vec<Tensor>, Refusal> {
        let mut after = Vec::new();
        let runner = Runner::new(backend, std::slice::from_ref(&g), &[], updates)?;
        for step in 0..steps {
            let gradient = row(&grads, step).map_err(|e| Refusal::Call(e.to_string()))?;
            let whole = View::default();
            let bound = whole.of(&gradient).map_err(|e| Refusal::Call(e.to_string()))?;
            runner.call(&[&*bound])?;
            after.push(w.get());
        }
        Ok(after)
    };
    let after = match trace() {
        Ok(after) => after,
        Err(refusal) => return Ok(Verdict::refused(refusal.to_string())),
    };
    let mut worst = Verdict { share: 0.0, wrong: None };
    for (step, value) in (0i64..).zip(&after) {
        let mut verdict = compare(value, &row(&want, step)?, case.tol);
        verdict.wrong = verdict.wrong.map(|why| format!("after step {step}: {why}"));
        if verdict.share > worst.share {
            worst = verdict;
        }
    }
    Ok(worst)
}
