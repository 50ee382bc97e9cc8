//! Tests of the whole pipeline, in one binary.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod agree;
mod function;
#[allow(dead_code)]
mod generate;
mod golden;
mod run;
mod slack;
mod trajectory;
mod workspace;
