//! Every operation that a user looks for, and what each can do: the table at the top of
//! `docs/ops.md`.
//!
//! Invariants: a cell is what this file just tried, never what somebody wrote; forward and reverse
//! mode are adjoint to each other, a batch is its examples, machine code is the reference.
//!
//! Not here: whether gradients are right (central differences, in `hypatia-grad`), values against
//! other libraries (the conformance runner).

mod arrays;
mod elementwise;
mod networks;
mod random;

mod trial;

pub use trial::Trial;

use hypatia::dtype::DType;
use hypatia::expr::Expr;
use hypatia::scalar::Scalar;
use hypatia::tensor::Tensor;
use std::fmt::Write;

/// What an argument of an operation is, and its shape.
#[derive(Clone, Copy)]
pub enum Arg {
    /// Numbers between 0.1 and 0.9, of the dtype that is tried.
    Unit(&'static [usize]),
    /// Numbers between -2 and 2, of the dtype that is tried, no integers.
    Any(&'static [usize]),
    /// A symmetric positive definite matrix, of the dtype that is tried.
    Definite(usize),
    /// Small whole numbers from 0, of the dtype that is tried.
    Whole(&'static [usize]),
    /// Indices from 0 to 2, as `i64`.
    Index(&'static [usize]),
    /// A mask.
    Mask(&'static [usize]),
}

/// An operation with arguments to try it on.
pub struct Row {
    /// As users call it.
    pub name: &'static str,
    /// The op of the conformance runner whose reference values it is held against, or the other
    /// library that the values of our own tests come from.
    pub oracle: &'static str,
    /// The arguments.
    pub args: &'static [Arg],
    /// The operation.
    pub build: fn(&[Expr]) -> Expr,
}

/// Rows of one family.
pub struct Family {
    /// Its name.
    pub name: &'static str,
    /// What is in it.
    pub rows: &'static [Row],
}

/// The rows of a table: name, oracle, arguments, operation.
#[macro_export]
macro_rules! rows {
    ($($name:literal $oracle:literal [$($arg:expr),*] $build:expr;)*) => {
        &[$($crate::inventory::Row {
            name: $name, oracle: $oracle, args: &[$($arg),*], build: $build,
        },)*]
    };
}

fn families() -> impl Iterator<Item = &'static Family> {
    [elementwise::FAMILIES, arrays::FAMILIES, networks::FAMILIES, random::FAMILIES]
        .into_iter()
        .flatten()
}

impl Arg {
    fn shape(self) -> Vec<usize> {
        match self {
            Arg::Definite(n) => vec![n, n],
            Arg::Unit(shape)
            | Arg::Any(shape)
            | Arg::Whole(shape)
            | Arg::Index(shape)
            | Arg::Mask(shape) => shape.to_vec(),
        }
    }

    fn dtype(self, tried: DType) -> DType {
        match self {
            Arg::Unit(_) | Arg::Any(_) | Arg::Definite(_) | Arg::Whole(_) => tried,
            Arg::Index(_) => DType::I64,
            Arg::Mask(_) => DType::Bool,
        }
    }

    /// Values: the same for every run; other ones for another `salt`.
    fn value(self, tried: DType, salt: u64) -> Tensor {
        let shape = self.shape();
        let count: usize = shape.iter().product();
        let unit = |i: usize| {
            let mixed = (salt * 1000 + i as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            ((mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 40) as f64
                / (1u64 << 24) as f64
        };
        let values: Vec<f64> = match self {
            Arg::Unit(_) => (0..count).map(|i| 0.1 + 0.8 * unit(i)).collect(),
            Arg::Any(_) => (0..count).map(|i| 4.0 * unit(i) - 2.0).collect(),
            Arg::Whole(_) => (0..count).map(|i| (unit(i) * 5.0).floor()).collect(),
            Arg::Index(_) => (0..count).map(|i| (unit(i) * 3.0).floor()).collect(),
            Arg::Mask(_) => (0..count).map(|i| (unit(i) * 2.0).floor()).collect(),
            Arg::Definite(n) => (0..count)
                .map(|i| {
                    let (r, c) = (i / n, i % n);
                    let same = unit(r.min(c) * n + r.max(c));
                    if r == c { n as f64 + same } else { same }
                })
                .collect(),
        };
        let dtype = self.dtype(tried);
        let mut tensor = Tensor::zeros(dtype, &shape);
        for (i, &value) in values.iter().enumerate() {
            tensor.set(i, Scalar::from_f64(dtype, value));
        }
        tensor
    }
}

/// The table: a section for each family, a line for each operation.
pub fn table() -> String {
    let mut page = String::new();
    for family in families() {
        let head =
            "| operation | shape | dtypes | reference | CPU | vjp | jvp | vmap | held against |";
        writeln!(page, "\n### {}\n\n{head}\n|{}", family.name, " --- |".repeat(9)).unwrap();
        for row in family.rows {
            let t = Trial::of(row);
            writeln!(
                page,
                "| `{}` | {} | {} | {} | {} | {} | {} | {} | {} |",
                row.name, t.shape, t.dtypes, t.reference, t.cpu, t.vjp, t.jvp, t.vmap, row.oracle,
            )
            .unwrap();
        }
    }
    page
}

#[test]
fn names_are_unique_and_held_against_something() {
    let mut names = std::collections::BTreeSet::new();
    for row in families().flat_map(|f| f.rows) {
        assert!(names.insert(row.name), "`{}` has two rows", row.name);
        assert!(!row.oracle.is_empty(), "`{}` is held against nothing", row.name);
    }
}
