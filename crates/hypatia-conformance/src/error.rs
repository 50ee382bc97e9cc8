//! What is wrong with the files that were given: reasons to stop before anything is judged.
//!
//! Invariants: every message names the file.
//!
//! Not here: cases that fail (`report.rs`), cases that cannot be built (`ops/mod.rs`).

use std::path::{Path, PathBuf};

/// A file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file or folder cannot be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The text is no JSON, or not of the manifest format.
    #[error("{}: no manifest: {source}", path.display())]
    Manifest {
        /// The file.
        path: PathBuf,
        /// What the parser says.
        source: serde_json::Error,
    },
    /// A case is not of the manifest format.
    #[error("{}: case {number} (from 0): {source}", path.display())]
    Case {
        /// The file.
        path: PathBuf,
        /// Its place in the list.
        number: usize,
        /// What the parser says.
        source: serde_json::Error,
    },
    /// The bytes are no safetensors file.
    #[error("{}: no tensors: {source}", path.display())]
    Tensors {
        /// The file.
        path: PathBuf,
        /// What the reader says.
        source: safetensors::SafeTensorError,
    },
    /// The bytes are no ONNX message.
    #[error("{}: no ONNX: {source}", path.display())]
    Onnx {
        /// The file.
        path: PathBuf,
        /// What the decoder says.
        source: prost::DecodeError,
    },
    /// A folder without a single manifest.
    #[error("{}: no manifest in this folder", path.display())]
    Nothing {
        /// The folder.
        path: PathBuf,
    },
    /// The command line cannot be read.
    #[error("{0}")]
    Usage(String),
}

impl Error {
    /// For `map_err` on reads and writes of a path.
    pub fn file(path: &Path) -> impl FnOnce(std::io::Error) -> Error {
        let path = path.to_path_buf();
        |source| Error::File { path, source }
    }
}
