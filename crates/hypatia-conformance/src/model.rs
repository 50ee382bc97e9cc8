//! Models in words, as training runs describe them.
//!
//! Two forms: equations, `h = tanh(x@w1 + b1); z = h@w2 + b2`; and layers one after the other,
//! `conv2d 3x3 pad 1 (k1,b1), relu, max_pool 2x2/2, flatten, @w3+b3`. The last equation is the
//! loss.
//!
//! Invariants: every layer and function is a row of the op tables.
//!
//! Not here: how a model is trained (`train.rs`).

use crate::manifest::params::Params;
use crate::ops::formula::Formula;
use crate::ops::{Call, Defect, find};
use hypatia::dtype::DType;
use hypatia::expr::Expr;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Expressions by name: inputs, weights, and what the equations define.
pub type Names = BTreeMap<String, Expr>;

/// A model that cannot be built.
#[derive(Debug)]
pub enum NoModel {
    /// A word without a row.
    Unknown(String),
    /// Something else.
    Defect(Defect),
}

impl From<Defect> for NoModel {
    fn from(defect: Defect) -> NoModel {
        NoModel::Defect(defect)
    }
}

/// The loss of a model, given its inputs `x` and `y` and its weights.
pub fn loss(text: &str, mut names: Names) -> Result<Expr, NoModel> {
    for statement in text.split(';') {
        match statement.split_once('=') {
            Some((name, formula)) => {
                let expr = equation(formula.trim(), &names)?;
                names.insert(name.trim().to_string(), expr);
            }
            None => {
                let mut x = named(&names, "x")?;
                for layer in outside_brackets(statement) {
                    x = apply(layer.trim(), &x, &names)?;
                }
                names.insert("z".into(), x);
            }
        }
    }
    Ok(named(&names, "loss")?)
}

fn named(names: &Names, name: &str) -> Result<Expr, Defect> {
    let missing = || Defect::Formula { text: name.into(), why: "is not defined".into() };
    names.get(name).cloned().ok_or_else(missing)
}

/// A formula; `mean cross_entropy` alone is of the output and the labels.
fn equation(text: &str, names: &Names) -> Result<Expr, NoModel> {
    let words = text.chars().all(|c| c.is_alphanumeric() || c == '_' || c == ' ');
    let whole = if words { format!("{text}(z, y)") } else { text.to_string() };
    let formula = Formula::read(&whole)?;
    match formula.knows(|name| names.contains_key(name)) {
        true => Ok(formula.expr(names)?),
        false => Err(NoModel::Unknown(text.into())),
    }
}

/// The parts of a list, whose commas in brackets separate nothing.
fn outside_brackets(text: &str) -> Vec<&str> {
    let mut depth = 0;
    let separates = |c: char| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        c == ',' && depth == 0
    };
    text.split(separates).collect()
}

/// `3x4` as two lengths, `3` as the same twice.
fn lengths(word: &str) -> Option<[i64; 2]> {
    let (a, b) = word.split_once('x').unwrap_or((word, word));
    Some([a.parse().ok()?, b.parse().ok()?])
}

fn apply(layer: &str, x: &Expr, names: &Names) -> Result<Expr, NoModel> {
    if layer.starts_with('@') {
        let mut names = names.clone();
        names.insert("input".into(), x.clone());
        return Ok(Formula::read(&format!("input{layer}"))?.expr(&names)?);
    }
    let (words, weights) = match layer.split_once('(') {
        Some((words, weights)) => (words, weights.trim_end_matches(')')),
        None => (layer, ""),
    };
    let mut words = words.split_whitespace();
    let kind = words.next().unwrap_or_default();
    let rest: Vec<&str> = words.collect();
    let weights = weights.split(',').map(str::trim).filter(|w| !w.is_empty());
    let weights: Vec<Expr> = weights.map(|w| named(names, w)).collect::<Result<_, _>>()?;
    let unknown = || NoModel::Unknown(layer.into());
    match kind {
        "conv2d" => conv(&rest, x, &weights).ok_or_else(unknown)?,
        "max_pool" | "avg_pool" => pool(kind, &rest, x).ok_or_else(unknown)?,
        "flatten" => Ok(x.flatten(1)),
        other => {
            let name = if other == "batch_norm" { "batch_norm_train" } else { other };
            let inputs: Vec<Expr> = std::iter::once(x).chain(&weights).cloned().collect();
            row(name, json!({}), &inputs).ok_or_else(unknown)?
        }
    }
    .map_err(NoModel::Defect)
}

/// A row by name; `None` if there is none.
fn row(name: &str, params: Value, inputs: &[Expr]) -> Option<Result<Expr, Defect>> {
    let Value::Object(params) = params else { return None };
    let build = find(name)?;
    let (params, dtype) = (Params::from(params), DType::F64);
    let mut outputs = match build.outputs(&Call { inputs, params: &params, dtype }) {
        Ok(outputs) => outputs,
        Err(defect) => return Some(Err(defect)),
    };
    (!outputs.is_empty()).then(|| Ok(outputs.remove(0)))
}

/// `3x3 pad 1 stride 2` with a kernel and perhaps a bias.
fn conv(words: &[&str], x: &Expr, weights: &[Expr]) -> Option<Result<Expr, Defect>> {
    let after = |name: &str, default: i64| match words.iter().position(|w| *w == name) {
        Some(at) => lengths(words.get(at + 1)?),
        None => Some([default; 2]),
    };
    let (pad, stride) = (after("pad", 0)?, after("stride", 1)?);
    let params = json!({
        "stride": stride, "padding": [[pad[0], pad[0]], [pad[1], pad[1]]],
        "dilation": [1, 1], "groups": 1,
    });
    let name = if weights.len() == 2 { "conv2d_bias" } else { "conv2d" };
    let inputs: Vec<Expr> = std::iter::once(x).chain(weights).cloned().collect();
    row(name, params, &inputs)
}

/// `2x2/2`: kernel and stride.
fn pool(kind: &str, words: &[&str], x: &Expr) -> Option<Result<Expr, Defect>> {
    let (kernel, stride) = words.first()?.split_once('/')?;
    let pad = match words.get(1..) {
        Some(["pad", pad]) => lengths(pad)?,
        _ => [0, 0],
    };
    let params = json!({
        "kernel": lengths(kernel)?, "stride": lengths(stride)?, "padding": pad,
        "ceil_mode": false, "count_include_pad": true,
    });
    row(&format!("{kind}2d"), params, std::slice::from_ref(x))
}

#[cfg(test)]
mod tests {
    use super::*;
    use hypatia::expr::{matrix, tensor, vector};

    fn names() -> Names {
        let images = tensor::<f32>("x", (5, 1, 8, 8));
        let named = [
            ("x", images),
            ("y", vector::<i64>("y", 5)),
            ("k", tensor::<f32>("k", (2, 1, 3, 3))),
            ("c", vector::<f32>("c", 2)),
            ("w", matrix::<f32>("w", (32, 3))),
            ("b", vector::<f32>("b", 3)),
        ];
        named.map(|(name, expr)| (name.to_string(), expr)).into()
    }

    #[test]
    fn models_in_words_have_a_loss() {
        for text in [
            "conv2d 3x3 pad 1 (k,c), relu, max_pool 2x2/2, flatten, @w+b; loss = mean cross_entropy",
            "conv2d 3x3 pad 1 (k), tanh, avg_pool 2x2/2, flatten, @w + b; loss = mean cross_entropy(z, y)",
            "conv2d 3x3 pad 1 stride 2 (k,c), batch_norm (c,c), flatten, @w; loss = mean cross_entropy(z, y) + 0.5*sum(w*w)",
        ] {
            let loss = loss(text, names()).unwrap();
            assert_eq!(loss.ty().unwrap().to_string(), "f32[]", "{text}");
        }
    }

    #[test]
    fn words_without_a_row_are_named() {
        let stop = loss("flatten, wobble, @w; loss = mean cross_entropy", names());
        assert!(matches!(stop, Err(NoModel::Unknown(word)) if word == "wobble"));
    }
}
