//! Element types of tensors and the promotion table between them.
//!
//! Invariants: the set is closed; every match over [`DType`] in the workspace is exhaustive.
//! `f32` with `f64` has no common type: mixing them is an error, never a silent widening.
//!
//! Not here: typed host values (`scalar.rs`, `tensor.rs`).

use std::fmt;

/// The element type of a tensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DType {
    /// Truth values, one byte each, 0 or 1.
    Bool,
    /// Unsigned 8-bit integers.
    U8,
    /// Signed 32-bit integers, wrapping.
    I32,
    /// Signed 64-bit integers, wrapping.
    I64,
    /// IEEE 754 binary32.
    F32,
    /// IEEE 754 binary64.
    F64,
}

impl DType {
    /// All element types, narrowest kind first.
    pub const ALL: [DType; 6] =
        [DType::Bool, DType::U8, DType::I32, DType::I64, DType::F32, DType::F64];

    /// Bytes of one element.
    pub const fn size(self) -> usize {
        match self {
            DType::Bool | DType::U8 => 1,
            DType::I32 | DType::F32 => 4,
            DType::I64 | DType::F64 => 8,
        }
    }

    /// The name in the text form and in messages: `bool u8 i32 i64 f32 f64`.
    pub const fn name(self) -> &'static str {
        match self {
            DType::Bool => "bool",
            DType::U8 => "u8",
            DType::I32 => "i32",
            DType::I64 => "i64",
            DType::F32 => "f32",
            DType::F64 => "f64",
        }
    }

    /// The type of that name, if there is one.
    pub fn from_name(name: &str) -> Option<DType> {
        DType::ALL.into_iter().find(|d| d.name() == name)
    }

    /// Whether values are IEEE floats.
    pub const fn is_float(self) -> bool {
        matches!(self, DType::F32 | DType::F64)
    }

    /// Whether values are integers (`bool` is not).
    pub const fn is_int(self) -> bool {
        matches!(self, DType::U8 | DType::I32 | DType::I64)
    }

    /// The type that holds both operands of an arithmetic op: `bool < u8 < i32 < i64 < float`.
    /// An integer with a float takes the float's width. `None` for `f32` with `f64`.
    pub fn promote(self, other: DType) -> Option<DType> {
        match (self, other) {
            (DType::F32, DType::F64) | (DType::F64, DType::F32) => None,
            _ => Some(self.max(other)),
        }
    }
}

impl fmt::Display for DType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
