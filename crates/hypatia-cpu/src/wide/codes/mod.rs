//! Instructions of vector units: one row for each, with its code in every form of register.
//!
//! Invariants: the memory operand, if the instruction has one, is its last; [`NONE`] stands where
//! the processor has no such instruction.
//!
//! Not here: which instructions a machine op becomes (`select.rs`).

mod arithmetic;
mod fused;
mod memory;

pub use arithmetic::*;
pub use fused::FUSED;
use iced_x86::Code;
pub use memory::*;

/// No such instruction: what needs it stays with the portable emitter.
pub const NONE: Code = Code::INVALID;

/// The codes for registers of 16 and 32 bytes of AVX2, then of 32 and 64 bytes of AVX-512.
pub type Codes = [Code; 4];

/// Codes for elements of 4 and of 8 bytes.
pub type Pair = [Codes; 2];
