//! Whole networks: weights by formula, or from the model itself, against stated outputs.
//!
//! Invariants: the formula is the manifest's: `u(i) = lowbias32((i + seed) mod 2³²)/2³² - 0.5`.
//!
//! Not here: the reader of models (`import.rs`).

use super::import::Import;
use super::{Stop, proto, tensor};
use crate::backend::Backend;
use crate::compare::{Verdict, compare};
use crate::manifest::params::Params;
use crate::manifest::tensors::in_float;
use crate::manifest::{Family, Tolerance};
use crate::report::Outcome;
use hypatia::tensor::Tensor;
use prost::Message;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Networks of a family: `nets` with weights by formula, `models` with their own.
pub fn listed(family: &Family) -> Vec<(String, &Value)> {
    let list = |name: &str| family.text.get(name).and_then(Value::as_array);
    let nets = list("nets").into_iter().flatten().filter(|_| family.name == "onnx_nets");
    let models = list("models").into_iter().flatten();
    let named = |net: &'_ Value| {
        let name = net.get("name").or(net.get("model")).and_then(Value::as_str);
        name.unwrap_or("a net without a name").to_string()
    };
    nets.chain(models).map(|net| (named(net), net)).collect()
}

/// Runs one network.
pub fn run(family: &Family, net: &Value, backend: Backend) -> Outcome {
    match judged(family, net, backend) {
        Ok(verdicts) => Outcome::judged(verdicts),
        Err(Stop::Unsupported(what)) => Outcome::Unknown(what),
        Err(Stop::Wrong(why)) => Outcome::failed(why),
    }
}

fn wrong(why: impl std::fmt::Display) -> Stop {
    Stop::Wrong(why.to_string())
}

/// The file of a model: beside the reference folder, under `data/onnx`, in one of its folders.
fn model(family: &Family, name: &str) -> Result<proto::Model, Stop> {
    let file = Path::new(name).file_name().unwrap_or_default();
    let data = family.path.parent().map(|p| p.join("../data/onnx")).unwrap_or_default();
    let places: Vec<PathBuf> =
        ["light", "models", "."].into_iter().map(|folder| data.join(folder).join(file)).collect();
    let path = places.iter().find(|p| p.is_file());
    let path = path.ok_or_else(|| wrong(format!("{name} is not under {}", data.display())))?;
    let bytes = std::fs::read(path).map_err(wrong)?;
    proto::Model::decode(bytes.as_slice()).map_err(|e| wrong(format!("{}: {e}", path.display())))
}

/// A well-mixing hash of 32 bits.
fn lowbias32(mut h: u32) -> u32 {
    h ^= h >> 16;
    h = h.wrapping_mul(0x7feb_352d);
    h ^= h >> 15;
    h = h.wrapping_mul(0x846c_a68b);
    h ^ (h >> 16)
}

/// `offset + scale·u(i)` for all elements, rounded to f32 once.
fn filled(shape: &[usize], seed: u32, offset: f64, scale: f64) -> Option<Tensor> {
    let count: usize = shape.iter().product();
    let u = |i: usize| f64::from(lowbias32((i as u32).wrapping_add(seed))) / 2f64.powi(32) - 0.5;
    Tensor::from_vec(shape, (0..count).map(|i| (offset + scale * u(i)) as f32).collect())
}

/// The node that an output feeds, through changes of shape, and as which argument.
fn consumer<'a>(graph: &'a proto::Graph, output: &str) -> Option<(&'a proto::Node, usize)> {
    let mut name = output.to_string();
    loop {
        let uses =
            |node: &'a proto::Node| node.input.iter().position(|i| *i == name).map(|at| (node, at));
        let (node, at) = graph.node.iter().find_map(uses)?;
        match (node.op_type.as_str(), at, node.output.first()) {
            ("Unsqueeze" | "Reshape", 0, Some(next)) => name.clone_from(next),
            _ => return Some((node, at)),
        }
    }
}

/// Replaces constants of one value by tensors that a formula fills; how many there were.
fn fill(model: &mut proto::Model) -> Result<i64, Stop> {
    let graph = model.graph.as_ref().ok_or_else(|| wrong("no graph"))?;
    let mut replaced: Vec<proto::Tensor> = Vec::new();
    let mut gone: Vec<usize> = Vec::new();
    for (place, node) in graph.node.iter().enumerate() {
        if node.op_type != "ConstantOfShape" {
            continue;
        }
        let value = node.attribute.iter().find(|a| a.name == "value").and_then(|a| a.t.as_ref());
        let float = value.is_none_or(|t| t.data_type == 1);
        let output = node.output.first().map(String::as_str).unwrap_or_default();
        let (true, Some((user, at))) = (float, consumer(graph, output)) else { continue };
        let shape = graph.initializer.iter().find(|t| Some(&t.name) == node.input.first());
        let shape = shape.ok_or_else(|| wrong(format!("the shape of {output} is no constant")))?;
        let dims = tensor::read(shape)?;
        let dims: Vec<usize> = (0..dims.len()).map(|i| dims.get(i).as_i64() as usize).collect();
        let rest: usize = dims.iter().skip(1).product();
        let turned = user.attribute.iter().any(|a| a.name == "transB" && a.i != 0);
        let fan_in = match (user.op_type.as_str(), at) {
            ("Conv", 1) => Some(rest),
            ("Gemm", 1) if turned => dims.get(1).copied(),
            ("Gemm" | "MatMul", 1) => dims.first().copied(),
            _ => None,
        };
        let (offset, scale) = match (fan_in, user.op_type.as_str(), at) {
            (Some(fan_in), ..) => (0.0, (24.0 / fan_in as f64).sqrt()),
            (None, "BatchNormalization", 1 | 4) | (None, "Mul", _) => (1.0, 0.5),
            _ => (0.0, 0.2),
        };
        let seed = 7919u32.wrapping_mul(gone.len() as u32 + 1);
        let values = filled(&dims, seed, offset, scale).ok_or_else(|| wrong("no such shape"))?;
        replaced.push(proto::Tensor {
            dims: dims.iter().map(|&d| d as i64).collect(),
            data_type: 1,
            float_data: values.as_slice::<f32>().unwrap_or_default().to_vec(),
            name: output.into(),
            ..proto::Tensor::default()
        });
        gone.push(place);
    }
    let count = gone.len() as i64;
    if let Some(graph) = &mut model.graph {
        for place in gone.into_iter().rev() {
            graph.node.remove(place);
        }
        graph.initializer.extend(replaced);
    }
    Ok(count)
}

/// A tensor that a network should give.
struct Wanted {
    name: String,
    key: String,
    tolerance: Tolerance,
}

fn judged(family: &Family, net: &Value, backend: Backend) -> Result<Vec<(String, Verdict)>, Stop> {
    let whole = Params::from(net.as_object().cloned().unwrap_or_default());
    let mut model = model(family, whole.word("model").map_err(wrong)?)?;
    let mut wanted = Vec::new();
    let tolerance = |key: &str| {
        let pointer = format!("/tol/{key}");
        net.pointer(&pointer).and_then(Value::as_f64).unwrap_or_default()
    };
    let text = |value: &Value, key: &str| {
        let text = value.get(key).and_then(Value::as_str);
        text.map(String::from).ok_or_else(|| wrong(format!("no `{key}`")))
    };
    let mut inputs = Vec::new();
    if let Some(count) = net.get("weights_filled").and_then(Value::as_i64) {
        let filled_now = fill(&mut model)?;
        if filled_now != count {
            return Err(wrong(format!("{filled_now} weights to fill, expected {count}")));
        }
        let shape: Vec<usize> =
            whole.ints("input_shape").map_err(wrong)?.iter().map(|&d| d as usize).collect();
        inputs.push(filled(&shape, 12345, 0.0, 1.0).ok_or_else(|| wrong("no such input"))?);
        let graph = model.graph.as_ref();
        let last = graph.and_then(|g| g.output.first()).map(|o| o.name.clone());
        let first = net.get("pre_softmax").map(|p| Ok((text(p, "tensor")?, text(p, "expected")?)));
        let last = Ok((last.unwrap_or_default(), text(net, "expected")?));
        for named in first.into_iter().chain([last]) {
            let (name, key) = named?;
            let most = most(family, &key)?;
            let tolerance = Tolerance(tolerance("rtol"), tolerance("atol_of_max") * most);
            wanted.push(Wanted { name, key, tolerance });
        }
    } else {
        for (number, input) in array(net, "inputs").enumerate() {
            let shape = input.get("shape").and_then(Value::as_array).into_iter().flatten();
            let shape: Vec<usize> = shape.filter_map(Value::as_u64).map(|d| d as usize).collect();
            let stated = text(input, "values")?;
            let seed = stated.rsplit(' ').next().and_then(|s| s.parse().ok());
            let seed = seed.unwrap_or(1000 + number as u32);
            inputs.push(filled(&shape, seed, 0.0, 1.0).ok_or_else(|| wrong("no such input"))?);
        }
        for output in array(net, "outputs") {
            let (name, key) = (text(output, "name")?, text(output, "expected")?);
            let tolerance = Tolerance(tolerance("rtol"), tolerance("atol"));
            wanted.push(Wanted { name, key, tolerance });
        }
    }
    let import = Import::graph(&model, inputs)?;
    let exprs = wanted.iter().map(|w| import.value(&w.name)).collect::<Result<Vec<_>, _>>()?;
    let found = import.run(backend, &exprs)?;
    let verdict = |(wanted, got): (&Wanted, &Tensor)| {
        let want = family.tensors.get(&wanted.key).map_err(wrong)?;
        let want = in_float::<f32>(want);
        Ok((wanted.name.clone(), compare(got, &want, wanted.tolerance)))
    };
    wanted.iter().zip(&found).map(verdict).collect()
}

fn array<'a>(net: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    net.get(key).and_then(Value::as_array).into_iter().flatten()
}

/// The largest magnitude of a stored tensor.
fn most(family: &Family, key: &str) -> Result<f64, Stop> {
    let tensor = family.tensors.get(key).map_err(wrong)?;
    Ok((0..tensor.len()).map(|i| tensor.get(i).as_f64().abs()).fold(0.0, f64::max))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_the_stated_one() {
        // By hand for 1: 1 → 0x7feb352d → ^ >>15 → … as the formula in the manifest says.
        let mut h = 0x7feb_352du32;
        h ^= h >> 15;
        h = h.wrapping_mul(0x846c_a68b);
        h ^= h >> 16;
        assert_eq!(lowbias32(1), h);
        assert_eq!(lowbias32(0), 0);
    }
}
