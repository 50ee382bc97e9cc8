//! An op in an expression, with everything its derivative may be written in.
//!
//! Invariants: `types[i]` is the type of `operands[i]`.
//!
//! Not here: the derivatives (`table.rs`).

use hypatia_ir::expr::{Expr, Kind};
use hypatia_ir::op::Op;
use hypatia_ir::scalar::Scalar;
use hypatia_ir::shape::{Shape, Type};

/// An op with its operands and its result.
pub(crate) struct Site<'a> {
    /// The op.
    pub op: &'a Op,
    /// What it is applied to.
    pub operands: &'a [Expr],
    /// The types of the operands.
    pub types: Vec<&'a Type>,
    /// The result.
    pub result: &'a Expr,
    /// The type of the result.
    pub ty: &'a Type,
}

impl<'a> Site<'a> {
    /// The op at the root of a valid expression; `None` for variables and literals.
    pub fn of(result: &'a Expr) -> Option<Site<'a>> {
        let Kind::Apply(op, operands) = result.kind() else {
            return None;
        };
        let types = operands.iter().map(Expr::type_or_none).collect::<Option<Vec<_>>>()?;
        let ty = result.type_or_none()?;
        Some(Site { op, operands, types, result, ty })
    }
}

/// The value of a scalar constant.
pub(crate) fn constant(expr: &Expr) -> Option<f64> {
    match expr.kind() {
        Kind::Apply(Op::Const(value), _) => Some(value.as_f64()),
        Kind::Apply(..) | Kind::Input(_) | Kind::Literal(_) => None,
        Kind::Invalid(..) | Kind::Unknown(..) => None,
    }
}

/// Zeros of a type.
pub(crate) fn zeros(ty: &Type) -> Expr {
    let zero = Expr::apply(Op::Const(Scalar::from_i64(ty.dtype, 0)), Vec::new());
    zero.broadcast_to(&ty.shape)
}

/// The shape of an expression; a wrong one counts as a scalar, and is reported in the end.
pub(crate) fn shape_of(expr: &Expr) -> Shape {
    expr.type_or_none().map_or_else(Shape::scalar, |ty| ty.shape.clone())
}
