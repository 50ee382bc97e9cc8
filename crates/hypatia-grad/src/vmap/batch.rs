//! An op whose operands have, in part, got a batch axis in front.
//!
//! Invariants: a batched operand has the shape of the operand it stands for behind one more axis,
//! the first, whose length is the same for all; operands without one are as they were.
//!
//! Not here: which op becomes which (`rules.rs`), the walk (`mod.rs`).

use crate::site::Site;
use hypatia_ir::dim::Dim;
use hypatia_ir::expr::Expr;
use hypatia_ir::op::Op;
use hypatia_ir::shape::Shape;

/// An op, its operands, and what became of them.
pub(crate) struct Batch<'a> {
    /// The op as it was.
    pub site: Site<'a>,
    /// For each operand that varies along the batch: all its values.
    pub batched: Vec<Option<Expr>>,
    /// The length of the batch axis.
    pub length: &'a Dim,
}

impl Batch<'_> {
    /// Whether operand number `which` varies along the batch.
    pub fn varies(&self, which: usize) -> bool {
        self.batched[which].is_some()
    }

    /// Operand number `which` as it is, with a batch axis or without.
    pub fn operand(&self, which: usize) -> Expr {
        self.batched[which].as_ref().unwrap_or(&self.site.operands[which]).clone()
    }

    /// Operand number `which` with a batch axis, in any case.
    pub fn whole(&self, which: usize) -> Expr {
        let repeated =
            || self.site.operands[which].broadcast_to(&with_first(self.length, self.shape(which)));
        self.batched[which].clone().unwrap_or_else(repeated)
    }

    /// Operand number `which` such that broadcasting, which aligns last axes, leaves a batch axis
    /// in front of `rank` others.
    pub fn aligned(&self, which: usize, rank: usize) -> Expr {
        let shape = self.shape(which);
        match &self.batched[which] {
            Some(value) if shape.rank() < rank => {
                let ones = vec![Dim::Known(1); rank - shape.rank()];
                value.reshape([std::slice::from_ref(self.length), ones.as_slice(), shape].concat())
            }
            Some(value) => value.clone(),
            None => self.site.operands[which].clone(),
        }
    }

    /// The op with other attributes on the operands, with a batch axis or without.
    pub fn apply(&self, op: Op) -> Expr {
        Expr::apply(op, (0..self.batched.len()).map(|i| self.operand(i)).collect())
    }

    /// The op with other attributes on operands that all have a batch axis.
    pub fn apply_whole(&self, op: Op) -> Expr {
        Expr::apply(op, (0..self.batched.len()).map(|i| self.whole(i)).collect())
    }

    /// The op as it was, elementwise with broadcasting.
    pub fn elementwise(&self) -> Expr {
        let rank = self.site.ty.rank();
        let operands = (0..self.batched.len()).map(|i| self.aligned(i, rank)).collect();
        Expr::apply(self.site.op.clone(), operands)
    }

    /// The shape that operand number `which` had.
    pub fn shape(&self, which: usize) -> &Shape {
        &self.site.types[which].shape
    }

    /// The shape of the result, with the batch axis in front.
    pub fn result(&self) -> Shape {
        with_first(self.length, &self.site.ty.shape)
    }
}

/// A shape with one more axis, the first.
pub(crate) fn with_first(length: &Dim, shape: &Shape) -> Shape {
    std::iter::once(length).chain(shape.iter()).cloned().collect()
}

/// The tensor with axis `from` at place `to`.
pub(crate) fn moved(x: &Expr, from: usize, to: usize) -> Expr {
    let rank = x.type_or_none().map_or(0, |ty| ty.rank());
    if from == to || from >= rank || to >= rank {
        return x.clone();
    }
    let mut perm: Vec<usize> = (0..rank).collect();
    let axis = perm.remove(from);
    perm.insert(to, axis);
    Expr::apply(Op::Transpose(perm), vec![x.clone()])
}
