//! Reductions of scalars, one value at a time.
//!
//! Invariants: float sums and products accumulate in `f64`; integers wrap; extremes keep NaN.
//!
//! Not here: the order of the values.

use hypatia_ir::dtype::DType;
use hypatia_ir::eval::elementwise;
use hypatia_ir::op::{BinaryOp, ReduceOp};
use hypatia_ir::scalar::Scalar;

/// A running reduction.
pub(super) struct Accumulator {
    dtype: DType,
    op: ReduceOp,
    /// Wide for float sums and products, of the dtype itself otherwise; `None` before the first
    /// value of an extreme.
    value: Option<Scalar>,
}

impl Accumulator {
    pub fn new(op: ReduceOp, dtype: DType) -> Accumulator {
        let wide = if dtype.is_float() { DType::F64 } else { dtype };
        let value = match op {
            ReduceOp::Sum => Some(Scalar::from_i64(wide, 0)),
            ReduceOp::Prod => Some(Scalar::from_i64(wide, 1)),
            ReduceOp::Any => Some(Scalar::new(false)),
            ReduceOp::All => Some(Scalar::new(true)),
            ReduceOp::Max | ReduceOp::Min => None,
        };
        Accumulator { dtype, op, value }
    }

    pub fn add(&mut self, value: Scalar) {
        let combine = self.op.combines();
        self.value = Some(match self.value {
            None => value,
            Some(sum) => elementwise::binary(combine, sum, value.cast(sum.dtype())),
        });
    }

    /// Adds `x·y`, exact for `f32`.
    pub fn add_product(&mut self, x: Scalar, y: Scalar) {
        let (x, y) = (x.cast(DType::F64), y.cast(DType::F64));
        self.add(elementwise::binary(BinaryOp::Mul, x, y));
    }

    /// The result; of nothing, an extreme is 0 (calls with such sizes are refused by a guard).
    pub fn result(&self) -> Scalar {
        self.value.unwrap_or_else(|| Scalar::from_bits(self.dtype, 0)).cast(self.dtype)
    }
}
