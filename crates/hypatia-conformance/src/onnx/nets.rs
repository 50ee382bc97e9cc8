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

/// Offset and scale of the values of a weight, by the node that uses it and as which argument.
fn spread(user: &proto::Node, at: usize, dims: &[usize]) -> (f64, f64) {
    let turned = user.attribute.iter().any(|a| a.name == "transB" && a.i != 0);
    let fan_in = match (user.op_type.as_str(), at) {
        ("Conv", 1) => Some(dims.iter().skip(1).product()),
        ("Gemm", 1) if turned => dims.get(1).copied(),
        ("Gemm" | "MatMul", 1) => dims.first().copied(),
        _ => None,
    };
    match (fan_in, user.op_type.as_str(), at) {
        (Some(fan_in), ..) => (0.0, (24.0 / fan_in as f64).sqrt()),
        (None, "BatchNormalization", 1 | 4) | (None, "Mul", _) => (1.0, 0.5),
        _ => (0.0, 0.2),
    }
}

/// Replaces constants of one value by tensors that a formula fills; how many there were.
fn fill(model: &mut proto::Model) -> Result<i64, Stop> {
    let graph = model.graph.as_mut().ok_or_else(|| wrong("no graph"))?;
    let mut replaced: Vec<proto::Tensor> = Vec::new();
    let mut gone: Vec<usize> = Vec::new();
    for (place, node) in graph.node.iter().enumerate() {
        let value = node.attribute.iter().find(|a| a.name == "value").and_then(|a| a.t.as_ref());
        let float = value.is_none_or(|t| t.data_type == 1);
        let output = node.output.first().map(String::as_str).unwrap_or_default();
        let user = consumer(graph, output);
        let (true, true, Some((user, at))) = (node.op_type == "ConstantOfShape", float, user)
        else {
            continue;
        };
        let shape = graph.initializer.iter().find(|t| Some(&t.name) == node.input.first());
        let shape = shape.ok_or_else(|| wrong(format!("the shape of {output} is no constant")))?;
        let dims = tensor::read(shape)?;
        let dims: Vec<usize> = (0..dims.len()).map(|i| dims.get(i).as_i64() as usize).collect();
        let (offset, scale) = spread(user, at, &dims);
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
    for &place in gone.iter().rev() {
        graph.node.remove(place);
    }
    graph.initializer.extend(replaced);
    Ok(gone.len() as i64)
}

/// A tensor that a network should give.
struct Wanted {
    name: String,
    key: String,
    tolerance: Tolerance,
}

/// What a network is fed, and what it should give.
type Stated = (Vec<Tensor>, Vec<Wanted>);

fn judged(family: &Family, net: &Value, backend: Backend) -> Result<Vec<(String, Verdict)>, Stop> {
    let mut model = model(family, &text(net, "model")?)?;
    let (inputs, wanted) = match net.get("weights_filled").and_then(Value::as_i64) {
        Some(count) => {
            let found = fill(&mut model)?;
            if found != count {
                return Err(wrong(format!("{found} weights to fill, expected {count}")));
            }
            by_formula(family, net, &model)?
        }
        None => as_listed(net)?,
    };
    let import = Import::graph(&model, inputs)?;
    let exprs = wanted.iter().map(|w| import.value(&w.name)).collect::<Result<Vec<_>, _>>()?;
    let found = import.run(backend, &exprs)?;
    let verdict = |(wanted, got): (&Wanted, Tensor)| {
        let want = in_float::<f32>(family.tensors.get(&wanted.key).map_err(wrong)?);
        // Answers are stored without the axes of length 1.
        let got = match got.len() == want.len() {
            true => got.reshaped(want.shape()).ok_or_else(|| wrong("no such shape"))?,
            false => got,
        };
        Ok((wanted.name.clone(), compare(&got, &want, wanted.tolerance)))
    };
    wanted.iter().zip(found).map(verdict).collect()
}

/// One input and one output; the tensor before the last softmax is compared too.
fn by_formula(family: &Family, net: &Value, model: &proto::Model) -> Result<Stated, Stop> {
    let whole = Params::from(net.as_object().cloned().unwrap_or_default());
    let shape = whole.ints("input_shape").map_err(wrong)?;
    let shape: Vec<usize> = shape.iter().map(|&d| d as usize).collect();
    let input = filled(&shape, 12345, 0.0, 1.0).ok_or_else(|| wrong("no such input"))?;
    let graph = model.graph.as_ref();
    let last = graph.and_then(|g| g.output.first()).map(|o| o.name.clone());
    let mut named = vec![(last.unwrap_or_default(), text(net, "expected")?)];
    if let Some(before) = net.get("pre_softmax") {
        named.insert(0, (text(before, "tensor")?, text(before, "expected")?));
    }
    let mut wanted = Vec::new();
    for (name, key) in named {
        let most = most(family, &key)?;
        let tolerance = Tolerance(tolerance(net, "rtol"), tolerance(net, "atol_of_max") * most);
        wanted.push(Wanted { name, key, tolerance });
    }
    Ok((vec![input], wanted))
}

/// Inputs and outputs as they are listed; the seed is the last word of what an input holds.
fn as_listed(net: &Value) -> Result<Stated, Stop> {
    let mut inputs = Vec::new();
    for input in array(net, "inputs") {
        let shape = array(input, "shape").filter_map(Value::as_u64);
        let shape: Vec<usize> = shape.map(|d| d as usize).collect();
        let values = text(input, "values")?;
        let seed = values.rsplit(' ').next().and_then(|seed| seed.parse().ok());
        let seed = seed.ok_or_else(|| wrong(format!("no seed in `{values}`")))?;
        inputs.push(filled(&shape, seed, 0.0, 1.0).ok_or_else(|| wrong("no such input"))?);
    }
    let tolerance = Tolerance(tolerance(net, "rtol"), tolerance(net, "atol"));
    let wanted = array(net, "outputs").map(|output| {
        Ok(Wanted { name: text(output, "name")?, key: text(output, "expected")?, tolerance })
    });
    Ok((inputs, wanted.collect::<Result<_, Stop>>()?))
}

fn text(value: &Value, key: &str) -> Result<String, Stop> {
    let text = value.get(key).and_then(Value::as_str);
    text.map(String::from).ok_or_else(|| wrong(format!("no `{key}`")))
}

fn tolerance(net: &Value, key: &str) -> f64 {
    net.pointer(&format!("/tol/{key}")).and_then(Value::as_f64).unwrap_or_default()
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
