//! The tensors of a family, by key.
//!
//! Invariants: the file is checked as a whole when it is read; a tensor is copied out when asked.
//!
//! Not here: views of tensors (`view.rs`).

use crate::error::Error;
use hypatia::scalar::Element;
use hypatia::tensor::{Stored, Tensor};
use safetensors::{Dtype, SafeTensors};
use std::path::Path;

/// The bytes of a safetensors file; none if a family has no tensors.
#[derive(Debug, Default)]
pub struct Store {
    bytes: Vec<u8>,
}

/// A tensor that a manifest speaks of and that cannot be had.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("tensor `{key}`: {why}")]
pub struct NoTensor {
    key: String,
    why: String,
}

fn elements<T: Stored, const N: usize>(
    shape: &[usize],
    data: &[u8],
    of: impl Fn([u8; N]) -> T,
) -> Option<Tensor> {
    let (chunks, _) = data.as_chunks::<N>();
    Tensor::from_vec(shape, chunks.iter().map(|&c| of(c)).collect())
}

/// Elements as safetensors stores them: little-endian, row-major.
pub fn tensor(dtype: Dtype, shape: &[usize], data: &[u8]) -> Option<Tensor> {
    match dtype {
        Dtype::BOOL => elements(shape, data, |[b]| b != 0),
        Dtype::U8 => elements(shape, data, |[b]| b),
        Dtype::I32 => elements(shape, data, i32::from_le_bytes),
        Dtype::I64 => elements(shape, data, i64::from_le_bytes),
        Dtype::F32 => elements(shape, data, f32::from_le_bytes),
        Dtype::F64 => elements(shape, data, f64::from_le_bytes),
        _ => None,
    }
}

impl Store {
    /// Reads a file; no file is no tensors.
    pub fn read(path: &Path) -> Result<Store, Error> {
        if !path.exists() {
            return Ok(Store::default());
        }
        let bytes = std::fs::read(path).map_err(Error::file(path))?;
        match SafeTensors::deserialize(&bytes) {
            Ok(_) => Ok(Store { bytes }),
            Err(source) => Err(Error::Tensors { path: path.into(), source }),
        }
    }

    /// The tensor with this key.
    pub fn get(&self, key: &str) -> Result<Tensor, NoTensor> {
        let no = |why: String| NoTensor { key: key.into(), why };
        if self.bytes.is_empty() {
            return Err(no("the family has no file of tensors".into()));
        }
        let file = SafeTensors::deserialize(&self.bytes).map_err(|e| no(e.to_string()))?;
        let view = file.tensor(key).map_err(|e| no(e.to_string()))?;
        tensor(view.dtype(), view.shape(), view.data())
            .ok_or_else(|| no(format!("{:?} is no dtype of Hypatia", view.dtype())))
    }

    /// Every key that starts so, without the start, in order.
    pub fn below(&self, start: &str) -> Vec<String> {
        let Ok(file) = SafeTensors::deserialize(&self.bytes) else { return Vec::new() };
        let names = file.names();
        let mut found: Vec<String> =
            names.into_iter().filter_map(|k| k.strip_prefix(start)).map(String::from).collect();
        found.sort();
        found
    }
}

/// The elements in another float type; integers stay.
pub fn in_float<T: Stored + Element>(tensor: Tensor) -> Tensor {
    if !tensor.dtype().is_float() {
        return tensor;
    }
    let values = (0..tensor.len()).map(|i| tensor.get(i).cast(T::DTYPE));
    let values: Vec<T> = values.map(|v| v.get().unwrap_or_default()).collect();
    Tensor::from_vec(tensor.shape(), values).unwrap_or(tensor)
}
