//! The golden graphs of `tests/golden`, with values for their inputs.
//!
//! Comments of a file say which: `#! n = 3, m = 0` is one case with these values of the dims, and
//! `#! values x = 1 -2 nan` gives the elements of an input, over and over. Other inputs have
//! elements that look random: floats between -2 and 2, integers between -6 and 6 (`u8`: 0 to 9).
//!
//! Invariants: every file has at least one case; values depend on the file alone.
//!
//! Not here: what is checked (`agree.rs`).

use hypatia::dim::DimValues;
use hypatia::dtype::DType;
use hypatia::graph::Graph;
use hypatia::scalar::Scalar;
use hypatia::tensor::Tensor;
use std::collections::BTreeMap;
use std::path::Path;

/// A golden graph.
pub struct Golden {
    /// The name of the file.
    pub name: String,
    /// The graph.
    pub graph: Graph,
    /// Values by input number, for each case.
    pub cases: Vec<Vec<Tensor>>,
}

/// All golden graphs, by name.
pub fn all() -> Vec<Golden> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut paths: Vec<_> = folder.read_dir().unwrap().map(|e| e.unwrap().path()).collect();
    paths.retain(|p| p.extension().is_some_and(|e| e == "hyp"));
    paths.sort();
    assert!(paths.len() >= 25, "{} golden graphs", paths.len());
    paths.iter().map(|path| read(path)).collect()
}

fn read(path: &Path) -> Golden {
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    let text = std::fs::read_to_string(path).unwrap();
    let graph: Graph = text.parse().unwrap_or_else(|e| panic!("{name}: {e}"));
    graph.verify().unwrap_or_else(|e| panic!("{name}: {e}"));
    let mut sizes: Vec<DimValues> = Vec::new();
    let mut given: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for line in text.lines().filter_map(|l| l.strip_prefix("#!")) {
        match line.trim().strip_prefix("values ").and_then(|l| l.split_once('=')) {
            Some((input, values)) => {
                let values = values.split_whitespace().map(|v| v.parse().unwrap());
                given.insert(input.trim(), values.collect());
            }
            None => {
                let pairs = line.split(',').filter_map(|p| p.split_once('='));
                let dim = |(n, v): (&str, &str)| (n.trim().into(), v.trim().parse().unwrap());
                sizes.push(pairs.map(dim).collect());
            }
        }
    }
    if sizes.is_empty() {
        sizes.push(DimValues::default());
    }
    let unknown = given.keys().find(|k| graph.inputs.iter().all(|i| &*i.name != **k));
    assert!(unknown.is_none(), "{name}: no input {unknown:?}");
    let case = |(seed, dims): (usize, &DimValues)| {
        let inputs = graph.inputs.iter().enumerate();
        let value = |(number, input): (usize, &hypatia::graph::GraphInput)| {
            let shape = input.ty.shape.eval(dims).unwrap_or_else(|| panic!("{name}: sizes"));
            let own = given.get(&*input.name).map(Vec::as_slice);
            tensor(input.ty.dtype, &shape, own, (seed * 97 + number) as u64)
        };
        inputs.map(value).collect()
    };
    let cases = sizes.iter().enumerate().map(case).collect();
    Golden { name, graph, cases }
}

/// A tensor of given values over and over, or of values that look random.
fn tensor(dtype: DType, shape: &[usize], given: Option<&[f64]>, seed: u64) -> Tensor {
    let mut tensor = Tensor::zeros(dtype, shape);
    let mut state = seed;
    for at in 0..tensor.len() {
        // Knuth's MMIX generator.
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let bits = (state >> 33) as f64;
        let value = match (given, dtype) {
            (Some(given), _) => given[at % given.len()],
            (None, DType::Bool) => bits % 2.0,
            (None, DType::U8) => bits % 10.0,
            (None, DType::I32 | DType::I64) => bits % 13.0 - 6.0,
            (None, DType::F32 | DType::F64) => bits % 4001.0 / 1000.0 - 2.0,
        };
        tensor.set(at, Scalar::from_f64(dtype, value));
    }
    tensor
}
