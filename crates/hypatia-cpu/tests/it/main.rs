//! Tests of the back end through plans, in one binary.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod lanes;
mod range;
mod run;
mod threads;
