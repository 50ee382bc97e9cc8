//! Workloads that measure Hypatia beside its peers: the same formulas, data and checks for all.
//!
//! Invariants: data depend on seeds and shapes alone.
//!
//! Not here: how peers are run (`peers/`).

pub mod case;
pub mod clock;
pub mod data;
pub mod error;
pub mod optimize;
pub mod protocol;
pub mod reference;
pub mod report;
pub mod workload;
