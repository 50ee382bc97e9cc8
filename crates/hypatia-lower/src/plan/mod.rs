//! Plans: ordered steps over numbered buffers, ready for a back end.
//!
//! Invariants: independent of the values of symbolic dims; a step reads what earlier steps wrote,
//! or inputs and literals; equal kernels are one kernel.
//!
//! Not here: addresses and sizes (`plan/size.rs`), how steps run (the back ends).

pub mod effort;
mod lay;
mod memory;
mod size;
mod text;
mod verify;

pub use lay::plan;
pub use size::SizePlan;

use crate::kernel::Kernel;
use hypatia_ir::dim::Dim;
use hypatia_ir::dtype::DType;
use hypatia_ir::graph::NodeId;
use hypatia_ir::routine::Routine;
use hypatia_ir::shape::Type;
use hypatia_ir::span::Span;
use hypatia_ir::tensor::Tensor;
use std::sync::Arc;

/// A buffer of a plan: its index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BufferId(pub u32);

impl BufferId {
    /// The index as a `usize`.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Whose memory a buffer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Place {
    /// Input number `.0` of the graph; written only if an update happens in place.
    Input(u32),
    /// Literal number `.0` of the graph.
    Literal(u32),
    /// The result for root number `.0` of the graph.
    Root(u32),
    /// The arena, alive from the step that first writes it to the one that last reads it.
    Arena {
        /// First step that writes.
        from: u32,
        /// Last step that reads or writes.
        to: u32,
        /// A buffer that dies at `from` and whose memory this one takes over.
        takes: Option<BufferId>,
    },
}

/// Row-major memory for one tensor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Buffer {
    /// Element type and shape.
    pub ty: Type,
    /// Whose memory it is.
    pub place: Place,
}

/// A run of a kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Launch {
    /// The kernel, by number.
    pub kernel: u32,
    /// The buffer of each parameter.
    pub buffers: Vec<BufferId>,
    /// Which op each indirect access of the kernel belongs to, in the order of
    /// [`Kernel::indirects`].
    pub checks: Vec<Check>,
    /// The nodes of the graph that have code in it.
    pub computes: Vec<NodeId>,
}

/// What to say if an index is outside its axis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// The op's name.
    pub op: &'static str,
    /// The indexed axis.
    pub axis: usize,
    /// The user's line.
    pub at: Span,
}

/// One matrix for each point of the batch, anywhere in a buffer; all in elements.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Matrices {
    /// The buffer.
    pub buffer: BufferId,
    /// The position of the first element.
    pub offset: Dim,
    /// The distance between matrices along each batch axis; 0 where one matrix serves all.
    pub batch: Vec<Dim>,
    /// The distance between rows.
    pub row: Dim,
    /// The distance between columns.
    pub column: Dim,
}

/// A float matrix product, `out = left · right` for every point of the batch.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Product {
    /// The element type of all three.
    pub dtype: DType,
    /// Lengths of the batch axes.
    pub batch: Vec<Dim>,
    /// Rows of `left` and `out`.
    pub m: Dim,
    /// Columns of `left`, rows of `right`.
    pub k: Dim,
    /// Columns of `right` and `out`.
    pub n: Dim,
    /// `[m, k]` matrices.
    pub left: Matrices,
    /// `[k, n]` matrices.
    pub right: Matrices,
    /// `[m, n]` matrices, row-major, of a buffer that is neither operand's.
    pub out: Matrices,
    /// The node of the graph.
    pub computes: NodeId,
}

/// A whole tensor in row-major order: a buffer, which may have another shape of as many elements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whole {
    /// The buffer.
    pub buffer: BufferId,
    /// Element type and shape.
    pub ty: Type,
}

/// A whole-array algorithm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Apply {
    /// Which.
    pub routine: Routine,
    /// The operands.
    pub operands: Vec<Whole>,
    /// The result, in a buffer that is no operand's.
    pub out: Whole,
    /// The user's line.
    pub at: Span,
    /// The node of the graph.
    pub computes: NodeId,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Kernels, of which none touches what another writes: they may run at the same time.
    Launches(Vec<Launch>),
    /// A matrix product.
    Product(Box<Product>),
    /// A whole-array algorithm.
    Routine(Box<Apply>),
    /// The bytes of one buffer to another of the same type.
    Copy {
        /// From where.
        from: BufferId,
        /// To where.
        to: BufferId,
    },
}

impl Launch {
    /// Whether an index may turn out to be outside its axis.
    pub fn may_fail(&self) -> bool {
        !self.checks.is_empty()
    }
}

impl Step {
    /// The nodes of the graph that the step computes; none for copies.
    pub fn computes(&self) -> Vec<NodeId> {
        match self {
            Step::Launches(launches) => {
                launches.iter().flat_map(|l| l.computes.iter().copied()).collect()
            }
            Step::Product(product) => vec![product.computes],
            Step::Routine(apply) => vec![apply.computes],
            Step::Copy { .. } => Vec::new(),
        }
    }

    /// Whether the step may stop a call.
    pub fn may_fail(&self) -> bool {
        match self {
            Step::Launches(launches) => launches.iter().any(Launch::may_fail),
            Step::Routine(apply) => apply.routine.may_break_down(),
            Step::Product(_) | Step::Copy { .. } => false,
        }
    }
}

/// Everything a back end needs.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Distinct kernels.
    pub kernels: Vec<Kernel>,
    /// All buffers.
    pub buffers: Vec<Buffer>,
    /// The steps, in order.
    pub steps: Vec<Step>,
    /// The buffer with the result for each root. Several roots may share one; an update in place
    /// has the buffer of its input.
    pub roots: Vec<BufferId>,
    /// Literal tensors, by number.
    pub literals: Vec<Arc<Tensor>>,
}
