//! Tests of the whole pipeline, in one binary.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod agree;
mod cache;
mod calls;
mod deep;
mod derivatives;
mod division;
mod docs;
mod function;
#[allow(dead_code)]
mod generate;
mod golden;
mod inventory;
mod messages;
mod profile;
mod random;
mod reuse;
mod routine;
mod rules;
mod run;
mod slack;
mod stable;
mod trajectory;
mod workspace;
