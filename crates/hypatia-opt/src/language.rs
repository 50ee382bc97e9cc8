//! The terms of the e-graph: one head per op, operands and attributes as children.
//!
//! Attributes (axes, shapes, permutations …) are leaf terms and come first among the children, so
//! that patterns bind them and two ops over the same axes share them. `Softmax`, `LogSoftmax` and
//! `LogSumExp` exist here only: they name what several spellings compute, so that rules need not
//! list the spellings; they have no cost and are never extracted.
//!
//! Invariants: the order sorts by head first, as egg's search in large classes needs; nothing
//! here depends on addresses or interning.
//!
//! Not here: what is known of a term (`facts.rs`), types (`hypatia_ir::infer`).

use egg::{Id, Language};
use hypatia_ir::dtype::DType;
use hypatia_ir::op::{
    ArgOp, Axes, BinaryOp, CompareOp, FoldAxis, GradientMarker, Op, PadAxis, ReduceOp, ScatterOp,
    SliceAxis, UnaryOp, WindowAxis,
};
use hypatia_ir::routine::Routine;
use hypatia_ir::scalar::Scalar;
use hypatia_ir::shape::Shape;
use smallvec::SmallVec;
use std::sync::Arc;

/// An attribute of an op.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Attr {
    Axes(Axes),
    Axis(usize),
    Shape(Shape),
    Perm(Vec<usize>),
    Slice(Vec<SliceAxis>),
    Pad(Vec<PadAxis>),
    Windows(WindowAxis),
    Fold(FoldAxis),
    DType(DType),
}

/// What a term is, without its children.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Head {
    Unary(UnaryOp),
    Binary(BinaryOp),
    Compare(CompareOp),
    Select,
    RandomBits(u8),
    Marker(GradientMarker),
    Cast,
    Reduce(ReduceOp),
    ArgReduce(ArgOp),
    Reshape,
    Transpose,
    Broadcast,
    Slice,
    Pad,
    Concat,
    Windows,
    Fold,
    MatMul,
    Take,
    TakeAlong,
    Scatter(ScatterOp),
    ScatterAlong(ScatterOp),
    Routine(Routine),
    /// `exp x / Σ exp x` over kept axes.
    Softmax,
    /// `x - log Σ exp x` over kept axes.
    LogSoftmax,
    /// `log Σ exp x` over kept axes.
    LogSumExp,
    Const(Scalar),
    /// A dim or an index sequence.
    Leaf(Arc<Op>),
    /// What a region reads but does not compute, by number: an input, a literal, or a value of an
    /// earlier region.
    Outer(u32),
    Attr(Arc<Attr>),
}

/// A head with its children.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Term {
    pub head: Head,
    pub args: Args,
}

/// The children of a term: the attribute, if there is one, then the operands.
pub(crate) type Args = SmallVec<[Id; 4]>;

impl Language for Term {
    type Discriminant = u32;

    fn discriminant(&self) -> u32 {
        self.head.bit()
    }

    fn matches(&self, other: &Term) -> bool {
        self.head == other.head && self.args.len() == other.args.len()
    }

    fn children(&self) -> &[Id] {
        &self.args
    }

    fn children_mut(&mut self) -> &mut [Id] {
        &mut self.args
    }
}

impl Term {
    /// A term.
    pub fn new(head: Head, args: impl IntoIterator<Item = Id>) -> Term {
        Term { head, args: args.into_iter().collect() }
    }

    /// An attribute as a leaf.
    pub fn attr(attr: Attr) -> Term {
        Term::new(Head::Attr(Arc::new(attr)), [])
    }

    /// The children that are tensors.
    pub fn operands(&self) -> &[Id] {
        &self.args[usize::from(self.head.has_attribute())..]
    }
}

/// A set of heads by their [`Head::bit`]s.
pub(crate) type Heads = u128;

impl Head {
    /// Whether the first child is an attribute.
    pub fn has_attribute(&self) -> bool {
        self.attribute().is_some()
    }

    /// What the first child is, if it is an attribute.
    pub fn attribute(&self) -> Option<&'static str> {
        match self {
            Head::Cast => Some("dtype"),
            Head::Reduce(_) | Head::Softmax | Head::LogSoftmax | Head::LogSumExp => Some("axes"),
            Head::ArgReduce(_) | Head::Concat | Head::Take | Head::TakeAlong => Some("axis"),
            Head::Scatter(_) | Head::ScatterAlong(_) => Some("axis"),
            Head::Reshape | Head::Broadcast => Some("shape"),
            Head::Transpose => Some("perm"),
            Head::Slice | Head::Pad | Head::Windows | Head::Fold => Some("part"),
            Head::Unary(_)
            | Head::Binary(_)
            | Head::Compare(_)
            | Head::Select
            | Head::RandomBits(_)
            | Head::Marker(_)
            | Head::MatMul
            | Head::Routine(_)
            | Head::Const(_)
            | Head::Leaf(_)
            | Head::Outer(_)
            | Head::Attr(_) => None,
        }
    }

    /// How many operands there are; `None` if any number.
    pub fn arity(&self) -> Option<usize> {
        match self {
            Head::Const(_) | Head::Leaf(_) | Head::Outer(_) | Head::Attr(_) => Some(0),
            Head::Unary(_) | Head::Marker(_) | Head::Cast | Head::Reduce(_) => Some(1),
            Head::ArgReduce(_) | Head::Reshape | Head::Transpose | Head::Broadcast => Some(1),
            Head::Slice | Head::Windows | Head::Fold => Some(1),
            Head::Softmax | Head::LogSoftmax | Head::LogSumExp => Some(1),
            Head::Binary(_) | Head::Compare(_) | Head::Pad | Head::MatMul => Some(2),
            Head::Take | Head::TakeAlong => Some(2),
            Head::Select | Head::RandomBits(_) | Head::Scatter(_) | Head::ScatterAlong(_) => {
                Some(3)
            }
            Head::Routine(op) => Some(op.arity()),
            Head::Concat => None,
        }
    }

    /// A bit number of [`Heads`] that tells ops apart; leaves share.
    pub fn bit(&self) -> u32 {
        const BINARY: u32 = UnaryOp::ALL.len() as u32;
        const COMPARE: u32 = BINARY + BinaryOp::ALL.len() as u32;
        const REDUCE: u32 = COMPARE + CompareOp::ALL.len() as u32;
        const REST: u32 = REDUCE + ReduceOp::ALL.len() as u32;
        const { assert!(REST + 25 <= Heads::BITS) };
        match self {
            Head::Unary(op) => *op as u32,
            Head::Binary(op) => BINARY + *op as u32,
            Head::Compare(op) => COMPARE + *op as u32,
            Head::Reduce(op) => REDUCE + *op as u32,
            Head::Select => REST,
            Head::Marker(_) => REST + 1,
            Head::Cast => REST + 2,
            Head::ArgReduce(_) => REST + 3,
            Head::Reshape => REST + 4,
            Head::Transpose => REST + 5,
            Head::Broadcast => REST + 6,
            Head::Slice => REST + 7,
            Head::Pad => REST + 8,
            Head::Concat => REST + 9,
            Head::MatMul => REST + 10,
            Head::Take => REST + 11,
            Head::TakeAlong => REST + 12,
            Head::Scatter(_) => REST + 13,
            Head::ScatterAlong(_) => REST + 14,
            Head::Softmax => REST + 15,
            Head::LogSoftmax => REST + 16,
            Head::LogSumExp => REST + 17,
            Head::Const(_) => REST + 18,
            Head::Leaf(_) | Head::Outer(_) => REST + 19,
            Head::Attr(_) => REST + 20,
            Head::Windows => REST + 21,
            Head::Fold => REST + 22,
            Head::Routine(_) => REST + 23,
            Head::RandomBits(_) => REST + 24,
        }
    }

    /// The operands whose elements it shows as they are, by number.
    pub fn shown(&self) -> &'static [usize] {
        match self {
            Head::Reshape | Head::Transpose | Head::Broadcast | Head::Slice => &[0],
            Head::Select => &[1, 2],
            _ => &[],
        }
    }

    /// Whether the operands may be exchanged.
    pub fn commutes(&self) -> bool {
        match self {
            Head::Binary(op) => match op {
                BinaryOp::Add
                | BinaryOp::Mul
                | BinaryOp::Max
                | BinaryOp::Min
                | BinaryOp::And
                | BinaryOp::Or
                | BinaryOp::Xor => true,
                BinaryOp::Sub | BinaryOp::Div | BinaryOp::Pow | BinaryOp::Atan2 => false,
                BinaryOp::Shl | BinaryOp::Shr | BinaryOp::Rem | BinaryOp::Quot => false,
            },
            Head::Compare(op) => matches!(op, CompareOp::Eq | CompareOp::Ne),
            _ => false,
        }
    }

    /// The head of that name in rule texts: the names of ops, and those of the heads that are no
    /// ops.
    pub fn from_name(name: &str) -> Option<Head> {
        let op = UnaryOp::from_name(name)
            .map(Head::Unary)
            .or_else(|| BinaryOp::from_name(name).map(Head::Binary))
            .or_else(|| CompareOp::from_name(name).map(Head::Compare))
            .or_else(|| ReduceOp::from_name(name).map(Head::Reduce))
            .or_else(|| ArgOp::from_name(name).map(Head::ArgReduce))
            .or_else(|| ScatterOp::from_name(name).map(Head::Scatter))
            .or_else(|| {
                let along = ScatterOp::ALL.iter().find(|op| op.along() == name);
                along.map(|&op| Head::ScatterAlong(op))
            });
        let routine = || {
            let is = |r: &&Routine| r.name() == name && r.attribute().is_none();
            Routine::NAMED.iter().find(is).map(|&r| Head::Routine(r))
        };
        op.or_else(routine).or_else(|| {
            Some(match name {
                "select" => Head::Select,
                "stop" => Head::Marker(GradientMarker::Stop),
                "cast" => Head::Cast,
                "reshape" => Head::Reshape,
                "transpose" => Head::Transpose,
                "broadcast" => Head::Broadcast,
                "slice" => Head::Slice,
                "pad" => Head::Pad,
                "concat" => Head::Concat,
                "matmul" => Head::MatMul,
                "windows" => Head::Windows,
                "fold" => Head::Fold,
                "take" => Head::Take,
                "take_along" => Head::TakeAlong,
                "softmax" => Head::Softmax,
                "log_softmax" => Head::LogSoftmax,
                "logsumexp" => Head::LogSumExp,
                _ => return None,
            })
        })
    }
}

/// The head and the attribute of an op; `None` for inputs and literals, which are
/// [`Head::Outer`], and for [`Op::Fast`], which marks a class.
pub(crate) fn split(op: &Op) -> Option<(Head, Option<Attr>)> {
    Some(match op {
        Op::Input(_) | Op::Literal(_) | Op::Fast => return None,
        Op::Const(value) => (Head::Const(*value), None),
        Op::Dim(_) | Op::Iota(..) => (Head::Leaf(Arc::new(op.clone())), None),
        Op::Unary(op) => (Head::Unary(*op), None),
        Op::Binary(op) => (Head::Binary(*op), None),
        Op::Compare(op) => (Head::Compare(*op), None),
        Op::Select => (Head::Select, None),
        Op::RandomBits(word) => (Head::RandomBits(*word), None),
        Op::Marker(marker) => (Head::Marker(*marker), None),
        Op::Cast(dtype) => (Head::Cast, Some(Attr::DType(*dtype))),
        Op::Reduce(op, axes) => (Head::Reduce(*op), Some(Attr::Axes(*axes))),
        Op::ArgReduce(op, axis) => (Head::ArgReduce(*op), Some(Attr::Axis(*axis))),
        Op::Reshape(shape) => (Head::Reshape, Some(Attr::Shape(shape.clone()))),
        Op::Transpose(perm) => (Head::Transpose, Some(Attr::Perm(perm.clone()))),
        Op::Broadcast(shape) => (Head::Broadcast, Some(Attr::Shape(shape.clone()))),
        Op::Slice(parts) => (Head::Slice, Some(Attr::Slice(parts.clone()))),
        Op::Pad(parts) => (Head::Pad, Some(Attr::Pad(parts.clone()))),
        Op::Concat(axis) => (Head::Concat, Some(Attr::Axis(*axis))),
        Op::Windows(part) => (Head::Windows, Some(Attr::Windows(*part))),
        Op::Fold(part) => (Head::Fold, Some(Attr::Fold(part.clone()))),
        Op::MatMul => (Head::MatMul, None),
        Op::Take(axis) => (Head::Take, Some(Attr::Axis(*axis))),
        Op::TakeAlong(axis) => (Head::TakeAlong, Some(Attr::Axis(*axis))),
        Op::Scatter(op, axis) => (Head::Scatter(*op), Some(Attr::Axis(*axis))),
        Op::ScatterAlong(op, axis) => (Head::ScatterAlong(*op), Some(Attr::Axis(*axis))),
        Op::Routine(op) => (Head::Routine(*op), None),
    })
}

/// The op of a head with its attribute, the inverse of [`split`]; `None` for what is no op.
pub(crate) fn join(head: &Head, attr: Option<&Attr>) -> Option<Op> {
    Some(match (head, attr) {
        (Head::Const(value), _) => Op::Const(*value),
        (Head::Leaf(op), _) => (**op).clone(),
        (Head::Unary(op), _) => Op::Unary(*op),
        (Head::Binary(op), _) => Op::Binary(*op),
        (Head::Compare(op), _) => Op::Compare(*op),
        (Head::Select, _) => Op::Select,
        (Head::RandomBits(word), _) => Op::RandomBits(*word),
        (Head::Marker(marker), _) => Op::Marker(*marker),
        (Head::MatMul, _) => Op::MatMul,
        (Head::Routine(op), _) => Op::Routine(*op),
        (Head::Cast, Some(Attr::DType(dtype))) => Op::Cast(*dtype),
        (Head::Reduce(op), Some(Attr::Axes(axes))) => Op::Reduce(*op, *axes),
        (Head::ArgReduce(op), Some(Attr::Axis(axis))) => Op::ArgReduce(*op, *axis),
        (Head::Reshape, Some(Attr::Shape(shape))) => Op::Reshape(shape.clone()),
        (Head::Broadcast, Some(Attr::Shape(shape))) => Op::Broadcast(shape.clone()),
        (Head::Transpose, Some(Attr::Perm(perm))) => Op::Transpose(perm.clone()),
        (Head::Slice, Some(Attr::Slice(parts))) => Op::Slice(parts.clone()),
        (Head::Pad, Some(Attr::Pad(parts))) => Op::Pad(parts.clone()),
        (Head::Concat, Some(Attr::Axis(axis))) => Op::Concat(*axis),
        (Head::Windows, Some(Attr::Windows(part))) => Op::Windows(*part),
        (Head::Fold, Some(Attr::Fold(part))) => Op::Fold(part.clone()),
        (Head::Take, Some(Attr::Axis(axis))) => Op::Take(*axis),
        (Head::TakeAlong, Some(Attr::Axis(axis))) => Op::TakeAlong(*axis),
        (Head::Scatter(op), Some(Attr::Axis(axis))) => Op::Scatter(*op, *axis),
        (Head::ScatterAlong(op), Some(Attr::Axis(axis))) => Op::ScatterAlong(*op, *axis),
        _ => return None,
    })
}
