//! Spellings that must come out stable, with what they must give.
//!
//! A row is one numerical trap: ways to write it, inputs at which the plain form fails, and the
//! values and gradients that it must give there. The numbers were computed with 50 digits.
//!
//! Invariants: every row has at least three spellings, and values and gradients in `f32` and
//! `f64`.
//!
//! Not here: how rows are run (the tests that include this folder).

// The digits are those of the reference, whether or not a constant has a name.
#![allow(clippy::excessive_precision, clippy::approx_constant)]

mod algebra;
mod exponentials;
mod masks;
mod odds;
mod softmax;
mod special;

use hypatia_ir::dtype::DType;
use hypatia_ir::expr::{Expr, tensor};
use hypatia_ir::tensor::Tensor;

/// One way to write a value.
#[derive(Clone, Copy)]
pub enum Spelling {
    Of1(fn(&Expr) -> Expr),
    Of2(fn(&Expr, &Expr) -> Expr),
}

/// Inputs, and what has to come of them.
pub struct Witness {
    pub dtypes: &'static [DType],
    pub inputs: &'static [&'static [f64]],
    pub value: &'static [f64],
    /// Gradients of the sum of the elements by each input.
    pub gradients: &'static [&'static [f64]],
}

/// One numerical trap.
pub struct Row {
    pub name: &'static str,
    pub spellings: Vec<Spelling>,
    pub witnesses: Vec<Witness>,
    /// The shapes of all inputs; vectors of symbolic length if there is none.
    pub shape: Option<&'static [usize]>,
    /// How many times the usual error is fine.
    pub slack: f64,
    /// The size of numbers that cancel where the result is 0.
    pub around: f64,
}

const BOTH: &[DType] = &[DType::F32, DType::F64];

impl Row {
    fn new(name: &'static str, spellings: Vec<Spelling>) -> Row {
        Row { name, spellings, witnesses: Vec::new(), shape: None, slack: 1.0, around: 0.0 }
    }

    /// A trap with one operand.
    pub fn of1<const N: usize>(name: &'static str, spellings: [fn(&Expr) -> Expr; N]) -> Row {
        Row::new(name, spellings.map(Spelling::Of1).into())
    }

    /// A trap with two operands.
    pub fn of2<const N: usize>(
        name: &'static str,
        spellings: [fn(&Expr, &Expr) -> Expr; N],
    ) -> Row {
        Row::new(name, spellings.map(Spelling::Of2).into())
    }

    /// Inputs of this shape.
    pub fn shaped(self, shape: &'static [usize]) -> Row {
        Row { shape: Some(shape), ..self }
    }

    /// An error so many times larger than usual, for a cause that is written beside it.
    pub fn within(self, slack: f64) -> Row {
        Row { slack, ..self }
    }

    /// Where results are 0, numbers of this size cancel.
    pub fn around(self, around: f64) -> Row {
        Row { around, ..self }
    }

    fn witness(mut self, witness: Witness) -> Row {
        self.witnesses.push(witness);
        self
    }

    /// What must come of inputs in every float type.
    pub fn gives(
        self,
        inputs: &'static [&'static [f64]],
        value: &'static [f64],
        gradients: &'static [&'static [f64]],
    ) -> Row {
        self.witness(Witness { dtypes: BOTH, inputs, value, gradients })
    }

    /// As [`Row::gives`] in `f64`, for numbers that `f32` does not have.
    pub fn gives_f64(
        self,
        inputs: &'static [&'static [f64]],
        value: &'static [f64],
        gradients: &'static [&'static [f64]],
    ) -> Row {
        self.witness(Witness { dtypes: &[DType::F64], inputs, value, gradients })
    }

    /// As [`Row::gives`] in `f32`.
    pub fn gives_f32(
        self,
        inputs: &'static [&'static [f64]],
        value: &'static [f64],
        gradients: &'static [&'static [f64]],
    ) -> Row {
        self.witness(Witness { dtypes: &[DType::F32], inputs, value, gradients })
    }

    /// Numbers as an operand.
    pub fn input(&self, dtype: DType, values: &[f64]) -> Tensor {
        let tensor: Tensor = match dtype {
            DType::F32 => values.iter().map(|&v| v as f32).collect::<Vec<f32>>().into(),
            _ => values.to_vec().into(),
        };
        match self.shape {
            Some(shape) => tensor.reshaped(shape).unwrap(),
            None => tensor,
        }
    }

    /// How many operands have gradients.
    pub fn differentiated(&self) -> usize {
        self.witnesses.iter().map(|w| w.gradients.len()).max().unwrap_or(0)
    }

    /// The operands.
    pub fn operands(&self, dtype: DType) -> Vec<Expr> {
        let one = |name: &str| match (dtype, self.shape) {
            (DType::F32, None) => tensor::<f32>(name, ["n"]),
            (_, None) => tensor::<f64>(name, ["n"]),
            (DType::F32, Some(shape)) => tensor::<f32>(name, shape),
            (_, Some(shape)) => tensor::<f64>(name, shape),
        };
        let count = self.witnesses.first().map_or(0, |w| w.inputs.len());
        ["x", "y"][..count].iter().map(|name| one(name)).collect()
    }
}

impl Spelling {
    /// The value of operands.
    pub fn of(self, operands: &[Expr]) -> Expr {
        match (self, operands) {
            (Spelling::Of1(f), [x, ..]) => f(x),
            (Spelling::Of2(f), [x, y, ..]) => f(x, y),
            _ => unreachable!("a row has the operands of its spellings"),
        }
    }
}

/// A mask as numbers of the type of another value.
fn numbers(mask: &Expr, like: &Expr) -> Expr {
    mask.cast(like.ty().map_or(DType::F64, |ty| ty.dtype))
}

/// Every row.
pub fn rows() -> Vec<Row> {
    let parts = [
        exponentials::rows(),
        odds::rows(),
        softmax::rows(),
        masks::rows(),
        special::rows(),
        algebra::rows(),
    ];
    parts.into_iter().flatten().collect()
}
