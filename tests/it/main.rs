//! Tests of the whole pipeline, in one binary.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod function;
