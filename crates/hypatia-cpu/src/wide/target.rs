//! What the wide emitter writes for: the instruction set and how many lanes run side by side.
//!
//! All lanes of a value share one register. Programs of 32-bit elements alone have as many lanes
//! as fill one; with 64-bit elements there are half as many, and the narrow ones use the smaller
//! registers.
//!
//! Invariants: `u8` is held in 32 bits, zeros above; a `bool` is a mask register of AVX-512, or
//! all ones or zeros in 32 bits of AVX2.
//!
//! Not here: detection (`lanes.rs`).

use super::code::{Form, Kind};
use crate::lanes::Lanes;
use hypatia_ir::dtype::DType;
use hypatia_lower::lane::machine::Program;

/// The instruction set and the number of lanes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// Whether it is AVX-512, else AVX2.
    pub evex: bool,
    /// Lanes side by side.
    pub count: usize,
}

impl Target {
    /// For programs; `None` for the portable emitter.
    pub fn of<'a>(lanes: Lanes, programs: impl Iterator<Item = &'a Program>) -> Option<Target> {
        let evex = match lanes {
            Lanes::Portable => return None,
            Lanes::Avx2 => false,
            Lanes::Avx512 => true,
        };
        let mut dtypes = programs.flat_map(|p| &p.instructions).map(|(_, dtype)| *dtype);
        let full = if evex { 16 } else { 8 };
        let count = if dtypes.any(|d| d.size() == 8) { full / 2 } else { full };
        Some(Target { evex, count })
    }

    /// Vector registers.
    pub fn vectors(self) -> u8 {
        if self.evex { 32 } else { 16 }
    }

    /// Bytes that an element takes in a register.
    pub fn element(dtype: DType) -> usize {
        dtype.size().max(4)
    }

    /// The form of vectors of a dtype.
    pub fn form(self, dtype: DType) -> Form {
        self.form_of(Target::element(dtype))
    }

    /// The form of vectors of elements of 4 or 8 bytes.
    pub fn form_of(self, size: usize) -> Form {
        match (self.evex, self.count * size) {
            (true, 64) => Form::Evex64,
            (true, _) => Form::Evex32,
            (false, 32) => Form::Avx32,
            (false, _) => Form::Avx16,
        }
    }

    /// What a value of a dtype lives in.
    pub fn kind(self, dtype: DType) -> Kind {
        match dtype {
            DType::Bool if self.evex => Kind::Mask,
            _ => Kind::Vector(self.form(dtype)),
        }
    }
}
