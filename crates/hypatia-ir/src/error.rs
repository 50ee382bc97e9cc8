//! What can be wrong with an expression, said so that the user can repair it.
//!
//! Invariants: a message has at most 12 lines; it names the op, the user's line, what was
//! expected and what came, and what to try.
//!
//! Not here: errors of texts (`text/`), of calls (`hypatia-compile`).

use crate::compose::SubscriptFault;
use crate::dim::Dim;
use crate::dtype::DType;
use crate::shape::{Shape, Type};
use crate::span::Span;
use std::fmt;
use std::sync::Arc;
use thiserror::Error;

/// Why operands do not fit an op.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Cause {
    /// Wrong number of operands.
    #[error("expected {expected} operands, found {found}")]
    Arity {
        /// How many the op takes.
        expected: usize,
        /// How many came.
        found: usize,
    },
    /// An element type that the op does not take.
    #[error("expected {expected}, found {found}")]
    DType {
        /// The accepted types, in words.
        expected: &'static str,
        /// The type that came.
        found: DType,
    },
    /// Operands of types that have no common type.
    #[error("{left} and {right} do not mix")]
    Mixed {
        /// Type of the first operand.
        left: DType,
        /// Type of the other operand.
        right: DType,
    },
    /// A literal that the tensor's element type cannot hold.
    #[error("the literal {value} is not a value of {dtype}")]
    Literal {
        /// The literal, as written.
        value: String,
        /// The element type of the tensor beside it.
        dtype: DType,
    },
    /// Shapes that do not broadcast.
    #[error("the shapes do not broadcast: {left} against {right}, {from_end} from the end")]
    Broadcast {
        /// The length in the first operand.
        left: Dim,
        /// The length in the other operand.
        right: Dim,
        /// The axis, counted from the end, from 1.
        from_end: usize,
    },
    /// A shape that does not broadcast to the one asked for.
    #[error("{from} does not broadcast to {to}")]
    BroadcastTo {
        /// The operand's shape.
        from: Shape,
        /// The shape asked for.
        to: Shape,
    },
    /// The contracted lengths of a matrix product differ.
    #[error("inner dimensions differ: {left} against {right}")]
    InnerDims {
        /// Last axis of the first operand.
        left: Dim,
        /// Second-to-last axis of the second operand.
        right: Dim,
    },
    /// Too few or too many axes.
    #[error("expected {expected}, found rank {found}")]
    Rank {
        /// The accepted ranks, in words.
        expected: &'static str,
        /// The operand's rank.
        found: usize,
    },
    /// An axis outside the tensor.
    #[error("axis {axis} is outside rank {rank}")]
    Axis {
        /// The axis as given.
        axis: i64,
        /// The rank.
        rank: usize,
    },
    /// An axis named twice.
    #[error("axis {axis} is given twice")]
    DuplicateAxis {
        /// The axis as given.
        axis: i64,
    },
    /// A reshape that would change the number of elements.
    #[error("{from} has {} elements, {to} has {}", .from.count(), .to.count())]
    Count {
        /// The operand's shape.
        from: Shape,
        /// The shape asked for.
        to: Shape,
    },
    /// A list of axes that is no permutation.
    #[error("{perm:?} is not a permutation of the {rank} axes")]
    Permutation {
        /// The list as given.
        perm: Vec<i64>,
        /// The rank.
        rank: usize,
    },
    /// Lengths that must agree and do not.
    #[error("axis {axis} must agree: {left} against {right}")]
    Agree {
        /// The axis.
        axis: usize,
        /// The length in the first operand.
        left: Dim,
        /// The length in the other.
        right: Dim,
    },
    /// A slice that leaves the axis, or has step 0.
    #[error("slice of axis {axis} takes {taken}, the axis has length {length}")]
    Slice {
        /// The axis.
        axis: usize,
        /// What was to be taken.
        taken: String,
        /// The length of the axis.
        length: Dim,
    },
    /// Windows wider than their axis.
    #[error("a window takes in {span} elements, axis {axis} has length {length}")]
    WindowSpan {
        /// The axis.
        axis: usize,
        /// From the first element of a window to the last.
        span: i64,
        /// The length of the axis.
        length: Dim,
    },
    /// A matrix that must be square.
    #[error("the matrix is not square: {rows} rows, {columns} columns")]
    NotSquare {
        /// The length of the second-to-last axis.
        rows: Dim,
        /// The length of the last axis.
        columns: Dim,
    },
    /// Kernels whose channels are not those of the images.
    #[error("the images have {input} channels, the kernels take {}", taken(.kernel, *.groups))]
    Channels {
        /// The channels of the images.
        input: Dim,
        /// The channels that the kernels of one group take.
        kernel: Dim,
        /// The number of groups.
        groups: i64,
    },
    /// A kernel that is wider than what it goes over.
    #[error(
        "the kernel takes in {span} elements along axis {axis}, the padded images have {length}"
    )]
    KernelSpan {
        /// The axis of the images.
        axis: usize,
        /// From the first element under the kernel to the last.
        span: i64,
        /// The length of the axis with its padding.
        length: Dim,
    },
    /// A matrix that must have at least as many rows as columns.
    #[error("the matrix has more columns than rows: {rows} rows, {columns} columns")]
    Wide {
        /// The length of the second-to-last axis.
        rows: Dim,
        /// The length of the last axis.
        columns: Dim,
    },
    /// A squeeze of an axis that is not 1.
    #[error("axis {axis} has length {length}, not 1")]
    NotOne {
        /// The axis.
        axis: usize,
        /// Its length.
        length: Dim,
    },
    /// A maximum, minimum or index of nothing.
    #[error("the extreme of no elements is not defined: axis {axis} has length 0")]
    EmptyExtreme {
        /// The axis.
        axis: usize,
    },
    /// A negative length.
    #[error("a length would be {length}")]
    NegativeDim {
        /// The length.
        length: Dim,
    },
    /// A name that the text form cannot write.
    #[error("`{name}` is not a name: a letter or `_`, then letters, digits or `_`")]
    Name {
        /// The name as given.
        name: String,
    },
    /// A second `-1` in a reshape, or one that cannot be inferred.
    #[error("at most one length can be inferred")]
    Inferred,
    /// Pieces that do not make up the axis.
    #[error("pieces of {} do not make up axis {axis} of length {length}", list(.sizes))]
    Split {
        /// The axis.
        axis: usize,
        /// The lengths of the pieces.
        sizes: Vec<Dim>,
        /// The length of the axis.
        length: Dim,
    },
    /// A length that a block size or a number of groups does not divide.
    #[error("axis {axis} has length {length}, which {by} does not divide")]
    Indivisible {
        /// The axis.
        axis: usize,
        /// Its length.
        length: Dim,
        /// The divisor.
        by: Dim,
    },
    /// A setting of an op outside its range.
    #[error("`{name}` is {found}, expected {expected}")]
    Setting {
        /// The setting.
        name: &'static str,
        /// The accepted values, in words.
        expected: &'static str,
        /// The value as given.
        found: String,
    },
    /// A diagonal whose length depends on which of two names is larger.
    #[error("the length of the diagonal of {rows} rows and {columns} columns is not known")]
    Diagonal {
        /// The number of rows.
        rows: Dim,
        /// The number of columns.
        columns: Dim,
    },
    /// A border made from the elements of an axis that has none.
    #[error("axis {axis} has no elements to make a border of")]
    EmptyBorder {
        /// The axis.
        axis: usize,
    },
    /// Subscripts of an einsum that cannot be read, or do not fit.
    #[error("subscripts `{subscripts}`: {fault}")]
    Subscripts {
        /// The subscripts as given.
        subscripts: String,
        /// What is wrong.
        fault: SubscriptFault,
    },
    /// An op whose type is given, not inferred.
    #[error("the type of a leaf is declared, not inferred")]
    Leaf,
}

/// The channels of kernels in words.
fn taken(channels: &Dim, groups: i64) -> String {
    match groups {
        1 => channels.to_string(),
        _ => format!("{channels} in each of {groups} groups"),
    }
}

/// Lengths with commas between them.
fn list(dims: &[Dim]) -> String {
    dims.iter().map(Dim::to_string).collect::<Vec<_>>().join(", ")
}

impl Cause {
    /// What to try, where there is something general to say.
    pub fn help(&self) -> Option<&'static str> {
        Some(match self {
            Cause::DType { expected: "bool" | "a bool mask", .. } => {
                "compare first, as in `x.gt(0)`, or convert with `.cast(DType::Bool)`"
            }
            Cause::DType { .. } => "convert the operand with `.cast(DType::…)`",
            Cause::Mixed { .. } => {
                "convert one operand with `.cast(DType::…)`; nothing widens silently"
            }
            Cause::Literal { .. } => "convert the tensor with `.cast(DType::…)` first",
            Cause::Broadcast { .. } | Cause::BroadcastTo { .. } => {
                "add axes of length 1 with `.expand(axis)` or use `.broadcast_to(…)`"
            }
            Cause::InnerDims { .. } => "transpose an operand with `.t()`, or check its size",
            Cause::Rank { .. } => {
                "add axes with `.expand(axis)`, or drop them with `.squeeze(axis)`"
            }
            Cause::Axis { .. } => "axes count from 0, or from -1 backwards",
            Cause::DuplicateAxis { .. } => "give each axis once: -1 is the last one",
            Cause::Count { .. } => "one length may be -1: it is inferred from the others",
            Cause::Inferred => "give all lengths but one",
            Cause::Permutation { .. } => {
                "give every axis once: output axis `i` is input axis `perm[i]`"
            }
            Cause::Agree { .. } => {
                "take the part that fits with `.slice(…)`, or `.pad(…)` the other"
            }
            Cause::Slice { .. } => "a part must lie inside the axis, and its step must not be 0",
            Cause::Channels { .. } => {
                "images are [batch, channels, …]; kernels [out, channels/groups, …], transposed \
                 ones [channels, out/groups, …]"
            }
            Cause::KernelSpan { .. } => "set `padding`, or take a smaller kernel or dilation",
            Cause::WindowSpan { .. } => "pad the axis with `.pad(…)`, or take smaller windows",
            Cause::NotOne { .. } => "drop elements with `.slice(…)` or reduce the axis",
            Cause::EmptyExtreme { .. } => "reduce an axis that has elements",
            Cause::Split { .. } => "the lengths of the pieces must add up to the axis",
            Cause::Indivisible { .. } => "`.pad(…)` the axis, or take another divisor",
            Cause::Diagonal { .. } => "take a square part with `.slice(…)` first",
            Cause::EmptyBorder { .. } => "pad with a value: `PadMode::Constant(0.0)`",
            Cause::Subscripts { .. } => "one letter for each axis, as in `ij,jk->ik`",
            Cause::Setting { .. } => "see the documentation of the function for what it takes",
            Cause::NotSquare { .. } => "take a square part with `.slice(…)`",
            Cause::Wide { .. } => "transpose it with `.t()`",
            Cause::Arity { .. } | Cause::NegativeDim { .. } | Cause::Name { .. } | Cause::Leaf => {
                return None;
            }
        })
    }
}

/// An operand as a message shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperandNote {
    /// The expression, shortened.
    pub text: String,
    /// Its type, if it has one.
    pub ty: Option<Type>,
    /// Where it was built.
    pub at: Span,
}

/// An op applied to operands that do not fit it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeError {
    /// The op's name.
    pub op: &'static str,
    /// Where it was applied.
    pub at: Span,
    /// What is wrong.
    pub cause: Cause,
    /// The operands.
    pub operands: Vec<OperandNote>,
    /// What names in the operands' types stand for, where another line fixed that.
    pub fixed: Vec<FixedDim>,
}

/// A dim name that stands for something else, because some op needs it to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FixedDim {
    /// The name.
    pub name: Arc<str>,
    /// What it stands for.
    pub dim: Dim,
    /// The op's line.
    pub at: Span,
}

impl std::error::Error for TypeError {}

impl fmt::Display for TypeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 6;
        const FIXED: usize = 3;
        write!(f, "type error in `{}` at {}: {}", self.op, self.at, self.cause)?;
        let labels: &[&str] = match self.operands.len() {
            2 => &["left ", "right"],
            _ => &["operand"],
        };
        for (i, operand) in self.operands.iter().take(SHOWN).enumerate() {
            let label = labels.get(i).copied().unwrap_or(labels[0]);
            write!(f, "\n  {label} `{}`", operand.text)?;
            if let Some(ty) = &operand.ty {
                write!(f, ": {ty}")?;
            }
            write!(f, "   from {}", operand.at)?;
        }
        if self.operands.len() > SHOWN {
            write!(f, "\n  … and {} more", self.operands.len() - SHOWN)?;
        }
        for FixedDim { name, dim, at } in self.fixed.iter().take(FIXED) {
            write!(f, "\n  where {name} = {dim}   from {at}")?;
        }
        match (self.cause.help(), &self.cause, self.operands.as_slice()) {
            (_, Cause::InnerDims { .. }, [_, right]) => {
                write!(f, "\n  help: transpose an operand with `.t()`, or check the size of ")?;
                write!(f, "`{}`", right.text)
            }
            (Some(help), ..) => write!(f, "\n  help: {help}"),
            (None, ..) => Ok(()),
        }
    }
}

/// Every independent error of an expression, in the order of construction.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub struct TypeErrors(pub Vec<TypeError>);

impl fmt::Display for TypeErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, error) in self.0.iter().enumerate() {
            let gap = if i == 0 { "" } else { "\n" };
            write!(f, "{gap}{error}")?;
        }
        Ok(())
    }
}
