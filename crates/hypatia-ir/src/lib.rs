//! The vocabulary of Hypatia: everything that more than one stage of the compiler speaks of.
//!
//! In pipeline order: [`dtype`], [`dim`], [`shape`] and [`op`] name things; [`infer`] types them;
//! [`expr`] with [`operators`], [`structure`], [`reduce`], [`index`], [`product`] and [`compose`]
//! is how users write maths; [`graph`] and [`capture`] turn it into an arena; [`verify`] checks
//! one; [`eval`] says what it means.
//!
//! Invariants: imports no other crate of the project; nothing here knows a target.
//!
//! Not here: gradients, rewriting, kernels, code.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::panic))]

pub mod capture;
pub mod compose;
pub mod dim;
pub mod dtype;
pub mod error;
pub mod eval;
pub mod expr;
pub mod graph;
pub mod index;
pub mod infer;
pub mod op;
pub mod operators;
mod print;
pub mod product;
pub mod reduce;
pub mod routine;
pub mod scalar;
pub mod shape;
pub mod shared;
pub mod span;
pub mod structure;
pub mod substitute;
pub mod tensor;
pub mod text;
pub mod verify;
