//! ONNX models as expressions, and the programs that check them.
//!
//! Invariants: an operator, an element type or a setting that is not understood is named, never
//! ignored.
//!
//! Not here: reference cases in manifests (`families.rs`).

mod import;
mod node;
mod ops;
pub mod proto;
pub mod suite;
mod tensor;

/// Why a model cannot be run.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Stop {
    /// Something that Hypatia, or this reader, does not have: its name.
    #[error("unsupported: {0}")]
    Unsupported(String),
    /// A model that contradicts itself or the standard.
    #[error("{0}")]
    Wrong(String),
}
