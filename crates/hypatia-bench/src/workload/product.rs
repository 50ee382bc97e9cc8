//! Family D: matrix products.
//!
//! Invariants: see `mod.rs`.
//!
//! Not here: products with something before or after.

use super::Workload;
use crate::case::Definition;
use crate::data::uniform;
use crate::error::Error;
use hypatia::outputs::Reused;
use hypatia::prelude::*;

/// Name, element type, shape of the left and of the right factor.
type Row = (&'static str, DType, &'static [usize], &'static [usize]);

const PRODUCTS: [Row; 8] = [
    ("mm64", DType::F32, &[64, 64], &[64, 64]),
    ("mm256", DType::F32, &[256, 256], &[256, 256]),
    ("mm1024", DType::F32, &[1024, 1024], &[1024, 1024]),
    ("mm2048", DType::F32, &[2048, 2048], &[2048, 2048]),
    ("skinny", DType::F32, &[128, 784], &[784, 256]),
    ("batched", DType::F32, &[64, 128, 64], &[64, 64, 128]),
    ("dmm256", DType::F64, &[256, 256], &[256, 256]),
    ("dmm1024", DType::F64, &[1024, 1024], &[1024, 1024]),
];

pub fn workloads() -> Vec<Workload> {
    let workload = |(name, dtype, left, right)| {
        Workload::new(format!("D.{name}"), move || product(dtype, left, right))
    };
    PRODUCTS.into_iter().map(workload).collect()
}

fn product(dtype: DType, left: &[usize], right: &[usize]) -> Result<Definition, Error> {
    let shapes = [("a", 8, left), ("b", 9, right)];
    if dtype == DType::F64 {
        let [a, b] = shapes.map(|(name, _, shape)| tensor::<f64>(name, shape));
        let data = shapes
            .map(|(_, seed, shape)| Tensor::from(uniform(seed, shape, -1.0, 1.0).mapv(f64::from)));
        return Ok(Definition::results::<Reused<ArrayD<f64>>>(
            function([&a, &b], a.matmul(&b)),
            data.to_vec(),
        ));
    }
    let [a, b] = shapes.map(|(name, _, shape)| tensor::<f32>(name, shape));
    let data = shapes.map(|(_, seed, shape)| Tensor::from(uniform(seed, shape, -1.0, 1.0)));
    Ok(Definition::results::<Reused<ArrayD<f32>>>(function([&a, &b], a.matmul(&b)), data.to_vec()))
}
