//! Kernels: a loop nest over named axes with lane programs inside.
//!
//! A kernel visits *rows*, the points of its outer axes, independently of each other; that is
//! where threads split. For each row its phases run in order: a `Point` phase visits the inner
//! axes (*columns*), may reduce over them into row values and may store; a `Row` phase runs once
//! per row. An elementwise kernel has no columns and one `Row` phase; softmax has two `Point`
//! reductions and one `Point` store.
//!
//! Invariants: phases only use row values that an earlier phase defines; stores of different rows
//! never overlap; buffers are numbered locally, so that kernels of equal structure are equal.
//!
//! Not here: which tensors the buffers are and where they lie (`plan.rs`).

use crate::lane::{Lane, Program};
use hypatia_ir::dim::Dim;
use hypatia_ir::dtype::DType;
use hypatia_ir::op::{ReduceOp, ScatterOp};

/// Whether a kernel reads or writes a buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Mode {
    /// Only loads.
    Read,
    /// Only stores; or loads and stores of the same element by the same point (in place).
    Write,
    /// Stores that combine with what is there, or go to indices known at the call only.
    Accumulate,
}

/// A buffer parameter of a kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Param {
    /// The element type.
    pub dtype: DType,
    /// How it is used.
    pub mode: Mode,
}

/// An index, in elements, as an affine function of the axes: rows first, then columns.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Affine {
    /// The value where all axes are 0.
    pub offset: Dim,
    /// One stride for each axis (rows, then columns); 0 where the axis does not matter.
    pub strides: Vec<Dim>,
}

/// An indirect part of an index: `stride · wrap(indices[i])`, where `wrap` counts negative indices
/// from `extent`, and an index outside `[-extent, extent)` stops the call with an error.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Indirect {
    /// The buffer of indices (an integer dtype).
    pub indices: u32,
    /// Where in that buffer.
    pub at: Affine,
    /// Elements of the target buffer per unit of index.
    pub stride: Dim,
    /// The length of the indexed axis.
    pub extent: Dim,
}

/// What an input of a phase's lane program is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// An element of a buffer.
    Load {
        /// The buffer.
        buffer: u32,
        /// The direct part of the index.
        index: Affine,
        /// The indirect part, if any.
        indirect: Option<Indirect>,
    },
    /// The value of an affine function of the axes, as `i64`.
    Index(Affine),
    /// A row value defined by an earlier phase.
    Row(u32),
}

/// Where and how often a phase runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Once per row.
    Row,
    /// For every column of every row.
    Point,
}

/// A reduction over the columns of a `Point` phase.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reduction {
    /// How values combine.
    pub op: ReduceOp,
    /// The value at each point.
    pub value: Lane,
    /// The row value that holds the result after the phase.
    pub slot: u32,
}

/// A store of a lane.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Store {
    /// The buffer.
    pub buffer: u32,
    /// The value.
    pub value: Lane,
    /// The direct part of the index.
    pub index: Affine,
    /// What becomes of the element that is there; points run in order, so that several on one
    /// element give the same whenever they run.
    pub onto: ScatterOp,
    /// The indirect part of the index, if any.
    pub scatter: Option<Indirect>,
}

impl Store {
    /// What the store does to its buffer.
    pub fn mode(&self) -> Mode {
        match (self.onto, &self.scatter) {
            (ScatterOp::Set, None) => Mode::Write,
            _ => Mode::Accumulate,
        }
    }
}

/// One pass over a row.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Phase {
    /// How often it runs.
    pub scope: Scope,
    /// What the inputs of the program are, by number.
    pub inputs: Vec<Source>,
    /// The computation.
    pub program: Program,
    /// Reductions over the columns (`Point` only).
    pub reductions: Vec<Reduction>,
    /// Row values defined by the program (`Row` only): slot and value.
    pub defines: Vec<(u32, Lane)>,
    /// Stores.
    pub stores: Vec<Store>,
}

/// A loop nest. See the module's page.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Kernel {
    /// A readable name, unique in its plan; symbols and profiles use it.
    pub name: String,
    /// Buffers.
    pub params: Vec<Param>,
    /// Lengths of the row axes, outermost first.
    pub rows: Vec<Dim>,
    /// Lengths of the column axes, outermost first.
    pub columns: Vec<Dim>,
    /// The dtype of each row value.
    pub slots: Vec<DType>,
    /// The passes over a row, in order.
    pub phases: Vec<Phase>,
}

impl Phase {
    /// Every affine function of the phase.
    pub fn affines(&self) -> impl Iterator<Item = &Affine> {
        let inputs = self.inputs.iter().flat_map(|source| match source {
            Source::Load { index, indirect, .. } => [Some(index), indirect.as_ref().map(|i| &i.at)],
            Source::Index(index) => [Some(index), None],
            Source::Row(_) => [None, None],
        });
        let stores =
            self.stores.iter().flat_map(|s| [Some(&s.index), s.scatter.as_ref().map(|i| &i.at)]);
        inputs.chain(stores).flatten()
    }

    /// Every affine function of the phase, to change.
    pub fn affines_mut(&mut self) -> impl Iterator<Item = &mut Affine> {
        let inputs = self.inputs.iter_mut().flat_map(|source| match source {
            Source::Load { index, indirect, .. } => {
                [Some(index), indirect.as_mut().map(|i| &mut i.at)]
            }
            Source::Index(index) => [Some(index), None],
            Source::Row(_) => [None, None],
        });
        let stores = self
            .stores
            .iter_mut()
            .flat_map(|s| [Some(&mut s.index), s.scatter.as_mut().map(|i| &mut i.at)]);
        inputs.chain(stores).flatten()
    }

    /// Every indirect access of the phase, in order: loads, then stores.
    pub fn indirects(&self) -> impl Iterator<Item = &Indirect> {
        let loads = self.inputs.iter().filter_map(|source| match source {
            Source::Load { indirect, .. } => indirect.as_ref(),
            Source::Index(_) | Source::Row(_) => None,
        });
        loads.chain(self.stores.iter().filter_map(|s| s.scatter.as_ref()))
    }
}

impl Kernel {
    /// Every indirect access, in order: phase by phase, loads, then stores.
    pub fn indirects(&self) -> impl Iterator<Item = &Indirect> {
        self.phases.iter().flat_map(Phase::indirects)
    }

    /// The dims whose values a call must supply, in order of first appearance: lengths,
    /// then offsets and strides phase by phase, then what indirect accesses need.
    pub fn symbolic_dims(&self) -> Vec<Dim> {
        let mut found: Vec<Dim> = Vec::new();
        let mut note = |dim: &Dim| {
            if dim.known().is_none() && !found.contains(dim) {
                found.push(dim.clone());
            }
        };
        self.rows.iter().chain(&self.columns).for_each(&mut note);
        for phase in &self.phases {
            for affine in phase.affines() {
                note(&affine.offset);
                affine.strides.iter().for_each(&mut note);
            }
        }
        for indirect in self.indirects() {
            note(&indirect.stride);
            note(&indirect.extent);
        }
        found
    }
}
