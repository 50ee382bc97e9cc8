//! Matrix products of any rank.
//!
//! Invariants: as NumPy's `matmul`: vectors contract, leading axes broadcast.
//!
//! Not here: how products run (back ends).

use crate::dtype::DType;
use crate::error::Cause;
use crate::expr::Expr;
use crate::infer::broadcast;
use crate::op::Op;
use crate::shape::{Shape, Type};
use crate::span::Span;

impl Expr {
    /// The product over the last axis of `self` and the second-to-last of `right` (its only one,
    /// if it is a vector). Leading axes broadcast. Different number types promote.
    ///
    /// ```
    /// # use hypatia_ir::expr::{matrix, tensor, vector};
    /// let (w, v) = (matrix::<f32>("w", (784, 10)), vector::<f32>("v", 784));
    /// let x = tensor::<f32>("x", ("b", "n", 784));
    /// assert_eq!(x.matmul(&w).ty().unwrap().to_string(), "f32[b, n, 10]");
    /// assert_eq!(v.matmul(&w).ty().unwrap().to_string(), "f32[10]");
    /// ```
    #[track_caller]
    pub fn matmul(&self, right: impl Into<Expr>) -> Expr {
        let (at, right) = (Span::caller(), right.into());
        at.on_behalf_of(|| {
            let (Some(x), Some(y)) = (self.type_or_none(), right.type_or_none()) else {
                return Expr::apply(Op::MatMul, vec![self.clone(), right]);
            };
            match product(self, x, &right, y) {
                Ok(product) => product,
                Err(cause) => Expr::invalid("matmul", cause, vec![self.clone(), right.clone()]),
            }
        })
    }

    /// As [`Expr::matmul`].
    #[track_caller]
    pub fn dot(&self, right: impl Into<Expr>) -> Expr {
        self.matmul(right)
    }

    /// `out[i, j] = x[i]·y[j]` of two vectors.
    #[track_caller]
    pub fn outer(&self, right: impl Into<Expr>) -> Expr {
        let (at, right) = (Span::caller(), right.into());
        at.on_behalf_of(|| self.expand(-1) * right.expand(0))
    }
}

fn product(left: &Expr, x: &Type, right: &Expr, y: &Type) -> Result<Expr, Cause> {
    if x.rank() == 0 || y.rank() == 0 {
        let (expected, found) = ("operands of rank 1 or more", 0);
        return Err(Cause::Rank { expected, found });
    }
    let mixed = Cause::Mixed { left: x.dtype, right: y.dtype };
    let dtype = x.dtype.promote(y.dtype).ok_or(mixed)?;
    if dtype == DType::Bool {
        let (expected, found) = ("a number type", dtype);
        return Err(Cause::DType { expected, found });
    }
    let (row, column) = (x.rank() == 1, y.rank() == 1);
    let (inner, outer) = (&x.shape[x.rank() - 1], &y.shape[y.rank() - if column { 1 } else { 2 }]);
    if inner.solve(outer).is_err() {
        let (left, right) = (inner.clone(), outer.clone());
        return Err(Cause::InnerDims { left, right });
    }
    let a = if row { left.expand(0) } else { left.clone() }.cast(dtype);
    let b = if column { right.expand(-1) } else { right.clone() }.cast(dtype);
    let (a, b) = align(a, b)?;
    let product = Expr::apply(Op::MatMul, vec![a, b]);
    let product = if row { product.squeeze(-2) } else { product };
    Ok(if column { product.squeeze(-1) } else { product })
}

/// Both operands with the broadcast of their leading axes.
pub(crate) fn align(a: Expr, b: Expr) -> Result<(Expr, Expr), Cause> {
    let lead = |e: &Expr| -> Shape {
        let shape = e.type_or_none().map_or_else(Shape::scalar, |t| t.shape.clone());
        shape[..shape.rank().saturating_sub(2)].iter().cloned().collect()
    };
    let lead = broadcast(&lead(&a), &lead(&b), &mut Vec::new())?;
    let with_lead = |e: Expr| {
        let shape = e.type_or_none().map_or_else(Shape::scalar, |t| t.shape.clone());
        let matrix = &shape[shape.rank().saturating_sub(2)..];
        let dims: Vec<_> = lead.iter().chain(matrix).cloned().collect();
        e.broadcast_to(dims)
    };
    Ok((with_lead(a), with_lead(b)))
}
