//! Twenty steps of training against runs computed elsewhere in float64.
//!
//! Losses, the norm of all gradients, the gradients of the first step and the final weights have
//! to agree within the tolerance that comes with each run.

use hypatia::dtype::DType;
use hypatia::prelude::*;
use hypatia::structure::{full, part};
use safetensors::{Dtype, SafeTensors};
use std::collections::BTreeMap;
use std::path::Path;

/// A reference run.
struct Run {
    about: serde_json::Value,
    bytes: Vec<u8>,
}

impl Run {
    fn read(name: &str) -> Run {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
        let text = std::fs::read_to_string(folder.join(format!("{name}.json"))).unwrap();
        let bytes = std::fs::read(folder.join(format!("{name}.safetensors"))).unwrap();
        Run { about: serde_json::from_str(&text).unwrap(), bytes }
    }

    fn number(&self, path: &str) -> f64 {
        self.about.pointer(path).unwrap_or_else(|| panic!("no {path}")).as_f64().unwrap()
    }

    /// A tensor, floats in the type of the run.
    fn tensor(&self, name: &str, float: DType) -> Tensor {
        let file = SafeTensors::deserialize(&self.bytes).unwrap();
        let view = file.tensor(name).unwrap_or_else(|e| panic!("{name}: {e}"));
        let (shape, data) = (view.shape(), view.data());
        let fours = || data.chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap()));
        let eights = || data.chunks_exact(8).map(|b| <[u8; 8]>::try_from(b).unwrap());
        let tensor = match (view.dtype(), float) {
            (Dtype::F32, DType::F32) => Tensor::from_vec(shape, fours().collect::<Vec<f32>>()),
            (Dtype::F32, _) => Tensor::from_vec(shape, fours().map(f64::from).collect()),
            (Dtype::F64, _) => {
                Tensor::from_vec(shape, eights().map(f64::from_le_bytes).collect::<Vec<f64>>())
            }
            (Dtype::I64, _) => {
                Tensor::from_vec(shape, eights().map(i64::from_le_bytes).collect::<Vec<i64>>())
            }
            (other, _) => panic!("{name} is {other:?}"),
        };
        tensor.unwrap()
    }

    /// Parameters by name: those of a prefix.
    fn names(&self, prefix: &str) -> Vec<String> {
        let tensors = self.about["tensors"].as_object().unwrap();
        tensors.keys().filter_map(|k| k.strip_prefix(prefix)).map(String::from).collect()
    }
}

/// Row `step` along the first axis.
fn batch(all: &Tensor, step: usize) -> Tensor {
    let shape = &all.shape()[1..];
    let size: usize = shape.iter().product();
    let rows = step * size..(step + 1) * size;
    let row = match all.dtype() {
        DType::F32 => Tensor::from_vec(shape, all.as_slice::<f32>().unwrap()[rows].to_vec()),
        DType::F64 => Tensor::from_vec(shape, all.as_slice::<f64>().unwrap()[rows].to_vec()),
        _ => Tensor::from_vec(shape, all.as_slice::<i64>().unwrap()[rows].to_vec()),
    };
    row.unwrap()
}

type Weights = BTreeMap<String, Shared>;
type Updates = Vec<(Shared, Expr)>;

fn zeros_like(name: &str, w: &Shared) -> Shared {
    let value = w.get();
    shared(name, Tensor::zeros(value.dtype(), value.shape()))
}

fn sgd(run: &Run, weights: &Weights, gradients: &BTreeMap<String, Expr>) -> Updates {
    let rate = run.number("/optimizer/lr");
    weights.iter().map(|(n, w)| (w.clone(), w - &gradients[n] * rate)).collect()
}

fn momentum(run: &Run, weights: &Weights, gradients: &BTreeMap<String, Expr>) -> Updates {
    let (rate, keep) = (run.number("/optimizer/lr"), run.number("/optimizer/momentum"));
    let mut updates = Updates::new();
    for (name, w) in weights {
        let v = zeros_like(&format!("v_{name}"), w);
        let new = &v * keep + &gradients[name];
        updates.push((w.clone(), w - &new * rate));
        updates.push((v, new));
    }
    updates
}

/// Kingma and Ba 2015, with the bias corrections as written there.
fn adam(run: &Run, weights: &Weights, gradients: &BTreeMap<String, Expr>) -> Updates {
    let at = |key: &str| run.number(&format!("/optimizer/{key}"));
    let (rate, b1, b2, eps) = (at("lr"), at("beta1"), at("beta2"), at("eps"));
    let mut updates = Updates::new();
    let first = weights.values().next().unwrap().get();
    let t = match first.dtype() {
        DType::F32 => shared("t", 0f32),
        _ => shared("t", 0f64),
    };
    let now = &t + 1;
    for (name, w) in weights {
        let g = &gradients[name];
        let (m, v) = (zeros_like(&format!("m_{name}"), w), zeros_like(&format!("v_{name}"), w));
        let new_m = &m * b1 + g * (1.0 - b1);
        let new_v = &v * b2 + g.sqr() * (1.0 - b2);
        let m_hat = &new_m / (1 - now.like(b1).pow(&now));
        let v_hat = &new_v / (1 - now.like(b2).pow(&now));
        updates.push((w.clone(), w - m_hat / (v_hat.sqrt() + eps) * rate));
        updates.push((m, new_m));
        updates.push((v, new_v));
    }
    updates.push((t, now));
    updates
}

fn linear(x: &Expr, w: &Weights) -> Expr {
    x.dot(&w["w"]) + &w["b"]
}

fn mlp(x: &Expr, w: &Weights) -> Expr {
    (x.dot(&w["w1"]) + &w["b1"]).tanh().dot(&w["w2"]) + &w["b2"]
}

/// A 3×3 cross-correlation with padding 1, as nine products of shifted images.
fn conv(x: &Expr, k: &Shared, b: &Shared, size: i64) -> Expr {
    let padded = x.pad(&[(0, 0), (0, 0), (1, 1), (1, 1)], 0);
    let mut sum: Option<Expr> = None;
    for i in 0..3i64 {
        for j in 0..3i64 {
            let shifted = padded.slice([full(), full(), part(i, i + size), part(j, j + size)]);
            let tap = k.slice([full(), full(), part(i, i + 1), part(j, j + 1)]);
            let tap = tap.squeeze(-1).squeeze(-1);
            let term = shifted.transpose([0, 2, 3, 1]).dot(tap.t());
            sum = Some(match sum {
                Some(sum) => sum + term,
                None => term,
            });
        }
    }
    (sum.unwrap() + b).transpose([0, 3, 1, 2])
}

/// The maximum of each 2×2 block.
fn pool(x: &Expr, channels: i64, size: i64) -> Expr {
    let half = size / 2;
    x.reshape(("n", channels, half, 2, half, 2)).max_axes([3, 5])
}

fn cnn(x: &Expr, w: &Weights) -> Expr {
    let first = pool(&conv(x, &w["k1"], &w["b1"], 8).relu(), 4, 8);
    let second = pool(&conv(&first, &w["k2"], &w["b2"], 4).relu(), 8, 4);
    second.reshape(("n", 32)).dot(&w["w3"]) + &w["b3"]
}

/// How far values may be from the reference, at most.
fn check(what: &str, found: &Tensor, expected: &Tensor, tolerance: f64) {
    assert_eq!(found.shape(), expected.shape(), "{what}");
    for at in 0..found.len() {
        let (got, want) = (found.get(at).as_f64(), expected.get(at).as_f64());
        let off = (got - want).abs();
        assert!(off <= tolerance, "{what}: element {at} is {got}, expected {want} ± {tolerance}");
    }
}

fn follow(
    name: &str,
    model: fn(&Expr, &Weights) -> Expr,
    optimizer: fn(&Run, &Weights, &BTreeMap<String, Expr>) -> Updates,
    float: DType,
) {
    let run = Run::read(name);
    let weight = |n: String| {
        let value = run.tensor(&format!("init/{n}"), float);
        (n.clone(), shared(&n, value))
    };
    let weights: Weights = run.names("init/").into_iter().map(weight).collect();
    let (xs, ys) = (run.tensor("batch/x", float), run.tensor("batch/y", float));
    let dims: Vec<hypatia::dim::Dim> =
        std::iter::once("n".into()).chain(xs.shape()[2..].iter().map(|&d| d.into())).collect();
    let x = match float {
        DType::F32 => tensor::<f32>("x", dims),
        _ => tensor::<f64>("x", dims),
    };
    let y = vector::<i64>("y", "n");
    let logits = model(&x, &weights);
    let loss = -logits.softmax(-1).take_along(&y).log().mean();
    let wrt: Vec<Expr> = weights.values().map(Shared::expr).collect();
    let found = hypatia::gradients(&loss, &wrt).unwrap();
    let gradients: BTreeMap<String, Expr> = weights.keys().cloned().zip(found).collect();
    let squares = gradients.values().map(|g| g.sqr().sum());
    let norm = squares.reduce(|a, b| a + b).unwrap().sqrt();
    let step = function([&x, &y], (&loss, &norm))
        .updates(optimizer(&run, &weights, &gradients))
        .compile()
        .unwrap();
    let outputs: Vec<Expr> = gradients.values().cloned().collect();
    let gradient = function([&x, &y], outputs).compile().unwrap();

    let kind = float.name();
    let loss_tolerance = run.number(&format!("/tol/{kind}/loss"));
    let weight_tolerance = run.number(&format!("/tol/{kind}/weights"));
    let losses = run.tensor("loss", float);
    let norms = run.tensor("grad_norm", float);
    let most = (0..losses.len()).map(|i| losses.get(i).as_f64()).fold(0.0, f64::max);
    let first: Vec<Tensor> = gradient.call((batch(&xs, 0), batch(&ys, 0))).unwrap();
    for (found, name) in first.iter().zip(gradients.keys()) {
        // Gradients of the first step are of the order of the weights' changes.
        let expected = run.tensor(&format!("grad0/{name}"), float);
        check(&format!("{kind} gradient of {name}"), found, &expected, weight_tolerance);
    }
    for at in 0..losses.len() {
        let out: Vec<Tensor> = step.call((batch(&xs, at), batch(&ys, at))).unwrap();
        let off = (out[0].get(0).as_f64() - losses.get(at).as_f64()).abs();
        assert!(off <= loss_tolerance * most, "{name} {kind}: loss of step {at} is off by {off}");
        let (got, want) = (out[1].get(0).as_f64(), norms.get(at).as_f64());
        let off = (got - want).abs();
        assert!(off <= loss_tolerance * want.max(1.0), "{name} {kind}: norm at {at}: {got} {want}");
    }
    for (name, w) in &weights {
        let expected = run.tensor(&format!("final/{name}"), float);
        check(&format!("{kind} final {name}"), &w.get(), &expected, weight_tolerance);
    }
}

#[test]
fn logistic_regression_follows_the_reference() {
    follow("train_logreg_digits_sgd", linear, sgd, DType::F64);
    follow("train_logreg_digits_sgd", linear, sgd, DType::F32);
}

#[test]
fn mlp_with_adam_follows_the_reference() {
    follow("train_mlp_digits_tanh_adam", mlp, adam, DType::F64);
    follow("train_mlp_digits_tanh_adam", mlp, adam, DType::F32);
}

#[test]
fn convolutions_follow_the_reference() {
    follow("train_cnn_digits_max_momentum", cnn, momentum, DType::F64);
    follow("train_cnn_digits_max_momentum", cnn, momentum, DType::F32);
}
