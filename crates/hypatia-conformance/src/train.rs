//! Training runs: losses, norms of gradients, first gradients and final weights, step by step.
//!
//! Invariants: one function for a step, whose updates change the shared weights, as users train.
//!
//! Not here: the models (`model.rs`), the rules of optimisers (`optim.rs`).

use crate::backend::{Backend, Refusal, Runner, variable};
use crate::compare::{Verdict, compare};
use crate::manifest::params::Params;
use crate::manifest::tensors::in_float;
use crate::manifest::view::{Argument, View};
use crate::manifest::{Family, Tolerance};
use crate::model::{self, Names, NoModel};
use crate::ops::Defect;
use crate::optim::{Rule, row};
use crate::report::Outcome;
use hypatia::dtype::DType;
use hypatia::expr::Expr;
use hypatia::gradient;
use hypatia::shared::{Shared, shared};
use hypatia::tensor::Tensor;
use serde_json::Value;

/// Whether a family is a training run.
pub fn is_run(family: &Family) -> bool {
    family.text.get("model").is_some() && family.text.get("optimizer").is_some()
}

/// Follows a run with floats of this type.
pub fn run(family: &Family, float: DType, backend: Backend) -> Outcome {
    match followed(family, float, backend) {
        Ok(verdicts) => Outcome::judged(verdicts),
        Err(Stop::Model(NoModel::Unknown(word))) => Outcome::Unknown(word),
        Err(Stop::Model(NoModel::Defect(defect))) => {
            Outcome::failed(format!("cannot be built: {defect}"))
        }
        Err(Stop::Refusal(refusal)) => Outcome::failed(refusal.to_string()),
        Err(Stop::Gradient(why)) => Outcome::failed(format!("cannot be derived: {why}")),
    }
}

enum Stop {
    Model(NoModel),
    Refusal(Refusal),
    Gradient(String),
}

impl<D: Into<Defect>> From<D> for Stop {
    fn from(defect: D) -> Stop {
        Stop::Model(NoModel::Defect(defect.into()))
    }
}

/// What a run states in its text.
struct Stated {
    model: String,
    rule: &'static Rule,
    params: Params,
    steps: i64,
    losses: f64,
    weights: f64,
}

fn stated(text: &Value, float: DType) -> Result<Stated, Stop> {
    let whole = Params::from(text.as_object().cloned().unwrap_or_default());
    let part = |path: &str| match text.pointer(path).and_then(Value::as_object) {
        Some(map) => Ok(Params::from(map.clone())),
        None => Err(whole.misfit(path, "an object")),
    };
    let params = part("/optimizer")?;
    let kind = params.word("kind")?;
    let rule = Rule::find(kind).ok_or_else(|| Stop::Model(NoModel::Unknown(kind.into())))?;
    let tolerance = part(&format!("/tol/{float}"))?;
    Ok(Stated {
        model: whole.word("model")?.into(),
        rule,
        steps: whole.int("steps")?,
        losses: tolerance.number("loss")?,
        weights: tolerance.number("weights")?,
        params,
    })
}

/// The tensors of a run, floats in one type.
struct Tensors<'a>(&'a Family, DType);

impl Tensors<'_> {
    fn get(&self, key: &str) -> Result<Tensor, Stop> {
        let tensor = self.0.tensors.get(key)?;
        Ok(match self.1 {
            DType::F32 => in_float::<f32>(tensor),
            _ => in_float::<f64>(tensor),
        })
    }
}

/// The symbolic side of a run: batches, weights, loss, gradients.
struct Symbols {
    batch: Vec<(Expr, Tensor)>,
    weights: Vec<(String, Shared)>,
    loss: Expr,
    gradients: Vec<Expr>,
}

fn symbols(tensors: &Tensors, model: &str) -> Result<Symbols, Stop> {
    let mut names = Names::new();
    let mut batch = Vec::new();
    for key in tensors.0.tensors.below("batch/") {
        let all = tensors.get(&format!("batch/{key}"))?;
        let one = row(&all, 0)?;
        let input = variable(&key, one.dtype(), one.shape());
        names.insert(key, input.clone());
        batch.push((input, all));
    }
    let mut weights = Vec::new();
    for key in tensors.0.tensors.below("init/") {
        let weight = shared(&key, tensors.get(&format!("init/{key}"))?);
        names.insert(key.clone(), weight.expr());
        weights.push((key, weight));
    }
    let loss = model::loss(model, names).map_err(Stop::Model)?;
    let wrt: Vec<Expr> = weights.iter().map(|(_, w)| w.expr()).collect();
    let gradients = gradient::gradients(&loss, &wrt).map_err(|e| Stop::Gradient(e.to_string()))?;
    Ok(Symbols { batch, weights, loss, gradients })
}

/// One call with row `step` of every batch.
fn call(runner: &Runner, batch: &[(Expr, Tensor)], step: i64) -> Result<Vec<Tensor>, Stop> {
    let rows: Vec<Tensor> =
        batch.iter().map(|(_, all)| row(all, step)).collect::<Result<_, _>>()?;
    let whole = View::default();
    let bound = rows.iter().map(|r| whole.of(r)).collect::<Result<Vec<_>, _>>()?;
    let bound: Vec<&dyn Argument> = bound.iter().map(|b| &**b).collect();
    runner.call(&bound).map_err(Stop::Refusal)
}

fn followed(
    family: &Family,
    float: DType,
    backend: Backend,
) -> Result<Vec<(String, Verdict)>, Stop> {
    let stated = stated(&family.text, float)?;
    let tensors = Tensors(family, float);
    let Symbols { batch, weights, loss, gradients } = symbols(&tensors, &stated.model)?;
    let inputs: Vec<Expr> = batch.iter().map(|(input, _)| input.clone()).collect();
    let squares = gradients.iter().map(|g| g.sqr().sum()).reduce(|a, b| a + b);
    let norm = squares.ok_or(Defect::Input { number: 0 })?.sqrt();
    let shared: Vec<(Shared, Expr)> =
        weights.iter().map(|(_, w)| w.clone()).zip(gradients.clone()).collect();
    let updates = stated.rule.updates(&stated.params, &shared)?;
    let make = |outputs: &[Expr], updates| {
        Runner::new(backend, &inputs, outputs, updates).map_err(Stop::Refusal)
    };
    let mut verdicts = Vec::new();
    // Gradients are of the order of the weights' changes, or smaller.
    let weight_tolerance = Tolerance(0.0, stated.weights);
    let first = call(&make(&gradients, Vec::new())?, &batch, 0)?;
    for ((name, _), found) in weights.iter().zip(&first) {
        let want = tensors.get(&format!("grad0/{name}"))?;
        verdicts
            .push((format!("first gradient of {name}"), compare(found, &want, weight_tolerance)));
    }
    let (losses, norms) = (tensors.get("loss")?, tensors.get("grad_norm")?);
    let most = |t: &Tensor| (0..t.len()).map(|i| t.get(i).as_f64().abs()).fold(0.0, f64::max);
    let step = make(&[loss, norm], updates)?;
    for at in 0..stated.steps {
        let found = call(&step, &batch, at)?;
        // Norms have no tolerance of their own; theirs is that of the losses, not below 1.
        let scales = [most(&losses), most(&norms).max(1.0)];
        let parts = [("loss", &losses, &found[0]), ("norm", &norms, &found[1])];
        for ((name, all, found), scale) in parts.into_iter().zip(scales) {
            let tolerance = Tolerance(0.0, stated.losses * scale);
            verdicts
                .push((format!("{name} of step {at}"), compare(found, &row(all, at)?, tolerance)));
        }
    }
    for (name, weight) in &weights {
        let want = tensors.get(&format!("final/{name}"))?;
        verdicts.push((format!("final {name}"), compare(&weight.get(), &want, weight_tolerance)));
    }
    Ok(verdicts)
}
