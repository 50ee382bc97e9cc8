//! Fusion, lane programs, kernels, plans: from a graph to steps that a back end can emit.
//!
//! In pipeline order: [`fuse`] groups the work of a graph, [`build`] makes a [`kernel`] of each
//! group with [`lane`] programs inside, [`plan`] lays buffers into one arena.
//!
//! Invariants: knows no target; the same graph gives the same plan, byte for byte.
//!
//! Not here: machine code.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::panic))]

pub mod affine;
pub mod backend;
pub mod build;
pub mod error;
pub mod fuse;
pub mod interpret;
pub mod kernel;
pub mod lane;
pub mod notice;
pub mod plan;
