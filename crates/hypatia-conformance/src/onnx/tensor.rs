//! Tensors of ONNX files.
//!
//! Invariants: element types that Hypatia does not have are an error with their name, never a
//! conversion.
//!
//! Not here: expressions.

use super::Stop;
use super::proto;
use hypatia::dtype::DType;
use hypatia::tensor::Tensor;
use safetensors::Dtype as Stored;

/// Element types of the schema by number: name, and what they are here.
const TYPES: &[(i32, &str, Option<DType>)] = &[
    (1, "float", Some(DType::F32)),
    (2, "uint8", Some(DType::U8)),
    (3, "int8", None),
    (4, "uint16", None),
    (5, "int16", None),
    (6, "int32", Some(DType::I32)),
    (7, "int64", Some(DType::I64)),
    (8, "string", None),
    (9, "bool", Some(DType::Bool)),
    (10, "float16", None),
    (11, "double", Some(DType::F64)),
    (12, "uint32", None),
    (13, "uint64", None),
    (14, "complex64", None),
    (15, "complex128", None),
    (16, "bfloat16", None),
];

/// The element type with this number.
pub fn dtype(number: i64) -> Result<DType, Stop> {
    match TYPES.iter().find(|row| i64::from(row.0) == number) {
        Some((_, _, Some(dtype))) => Ok(*dtype),
        Some((_, name, None)) => Err(Stop::Unsupported(format!("dtype {name}"))),
        None => Err(Stop::Unsupported(format!("dtype number {number}"))),
    }
}

/// A tensor from its message.
pub fn read(tensor: &proto::Tensor) -> Result<Tensor, Stop> {
    let dtype = dtype(i64::from(tensor.data_type))?;
    let wrong =
        || Stop::Wrong(format!("the elements of tensor `{}` do not fit its shape", tensor.name));
    if tensor.data_location == 1 {
        return Err(Stop::Unsupported("elements in another file".into()));
    }
    let shape: Result<Vec<usize>, _> = tensor.dims.iter().map(|&d| usize::try_from(d)).collect();
    let shape = shape.map_err(|_| wrong())?;
    let small = || tensor.int32_data.iter();
    let read = if !tensor.raw_data.is_empty() {
        let stored = match dtype {
            DType::Bool => Stored::BOOL,
            DType::U8 => Stored::U8,
            DType::I32 => Stored::I32,
            DType::I64 => Stored::I64,
            DType::F32 => Stored::F32,
            DType::F64 => Stored::F64,
        };
        crate::manifest::tensors::tensor(stored, &shape, &tensor.raw_data)
    } else {
        match dtype {
            DType::Bool => Tensor::from_vec(&shape, small().map(|&v| v != 0).collect()),
            DType::U8 => Tensor::from_vec(&shape, small().map(|&v| v as u8).collect()),
            DType::I32 => Tensor::from_vec(&shape, tensor.int32_data.clone()),
            DType::I64 => Tensor::from_vec(&shape, tensor.int64_data.clone()),
            DType::F32 => Tensor::from_vec(&shape, tensor.float_data.clone()),
            DType::F64 => Tensor::from_vec(&shape, tensor.double_data.clone()),
        }
    };
    read.ok_or_else(wrong)
}
