//! Fusion: from a graph to groups of work that become one kernel each.
//!
//! Invariants: linear in the graph but for hashing; a value is only read at or after the group
//! that computes it.
//!
//! Not here: code of the kernels (`build/`).

pub mod group;
pub mod kept;
pub mod reads;
pub mod storage;
pub mod work;
