//! From op names to expressions: one table for each kind of op.
//!
//! Invariants: a name is in one table at most; whoever knows a name builds all its cases, so that
//! the folder decides what is run.
//!
//! Not here: loops over time and whole networks (`cases.rs` says what becomes of those).

mod composite;
mod elementwise;
pub mod formula;
mod images;
mod indexing;
mod linalg;
mod logic;
mod nn;
mod reduce;
mod schedule;
mod shape;

use crate::manifest::params::{Misfit, Params};
use crate::manifest::tensors::NoTensor;
use crate::manifest::view::NoView;
use hypatia::dim::Dim;
use hypatia::dtype::DType;
use hypatia::expr::Expr;

/// The arguments of a call.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    /// The inputs in order.
    pub inputs: &'a [Expr],
    /// The constants.
    pub params: &'a Params,
    /// The dtype under test, which tells what ops without inputs make.
    pub dtype: DType,
}

/// A case that cannot be built for reasons of its own: the manifest is at fault, or this program.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Defect {
    /// A constant.
    #[error(transparent)]
    Params(#[from] Misfit),
    /// A tensor.
    #[error(transparent)]
    Tensor(#[from] NoTensor),
    /// A view.
    #[error(transparent)]
    View(#[from] NoView),
    /// An input too few.
    #[error("input {number} is missing")]
    Input {
        /// Counted from 0.
        number: usize,
    },
    /// A derivative inside the op.
    #[error("{0}")]
    Refused(String),
    /// A text that is no formula.
    #[error("the formula `{text}` cannot be read: {why}")]
    Formula {
        /// The formula.
        text: String,
        /// What is wrong, and where.
        why: String,
    },
}

impl<'a> Call<'a> {
    /// An input by position.
    pub fn x(&self, number: usize) -> Result<&'a Expr, Defect> {
        self.inputs.get(number).ok_or(Defect::Input { number })
    }
}

/// How an op is built.
#[derive(Clone, Copy)]
pub enum Build {
    /// From one tensor alone.
    One(fn(&Expr) -> Expr),
    /// From two tensors alone.
    Two(fn(&Expr, &Expr) -> Expr),
    /// From three tensors alone.
    Three(fn(&Expr, &Expr, &Expr) -> Expr),
    /// From inputs and constants.
    Call(fn(&Call) -> Result<Expr, Defect>),
    /// From inputs and constants, several outputs.
    Many(fn(&Call) -> Result<Vec<Expr>, Defect>),
}

/// A name and how it is built.
pub type Row = (&'static str, Build);

const TABLES: &[&[Row]] = &[
    elementwise::ROWS,
    logic::ROWS,
    reduce::ROWS,
    shape::ROWS,
    indexing::ROWS,
    linalg::ROWS,
    nn::ROWS,
    images::ROWS,
    composite::ROWS,
    schedule::ROWS,
];

/// How an op is built, if its name is known.
pub fn find(name: &str) -> Option<Build> {
    TABLES.iter().flat_map(|table| table.iter()).find(|row| row.0 == name).map(|row| row.1)
}

impl Build {
    /// The outputs of a call.
    pub fn outputs(self, call: &Call) -> Result<Vec<Expr>, Defect> {
        match self {
            Build::One(build) => Ok(vec![build(call.x(0)?)]),
            Build::Two(build) => Ok(vec![build(call.x(0)?, call.x(1)?)]),
            Build::Three(build) => Ok(vec![build(call.x(0)?, call.x(1)?, call.x(2)?)]),
            Build::Call(build) => Ok(vec![build(call)?]),
            Build::Many(build) => build(call),
        }
    }
}

/// Numbers as lengths.
pub fn dims(lengths: &[i64]) -> Vec<Dim> {
    lengths.iter().map(|&n| Dim::from(n)).collect()
}

/// The number of axes; 0 for an expression that is wrong already.
pub fn rank(x: &Expr) -> usize {
    x.type_or_none().map_or(0, |ty| ty.rank())
}

/// The length of an axis, which must be known; 0 for an expression that is wrong already.
pub fn length(x: &Expr, axis: usize) -> i64 {
    let dim = x.type_or_none().and_then(|ty| ty.shape.get(axis).cloned());
    dim.and_then(|d| d.known()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_are_unique() {
        let mut names: Vec<&str> =
            super::TABLES.iter().flat_map(|t| t.iter()).map(|row| row.0).collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}
