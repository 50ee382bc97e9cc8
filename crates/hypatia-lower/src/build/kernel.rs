//! One kernel from one group: phases by level, loads and stores, axes in order.
//!
//! Invariants: row axes come before column axes; a value is stored if something outside its
//! phase reads its buffer.
//!
//! Not here: lane code (`build/phase.rs`), merging axes (`build/collapse.rs`).

use crate::affine::{Map, is_view, linear, natural_map, operand_map, window_map};
use crate::build::collapse::collapse;
use crate::build::phase::PhaseCode;
use crate::error::Error;
use crate::fuse::group::{Group, Member};
use crate::fuse::reads::{term_maps, value_map};
use crate::fuse::storage::{Storage, storage_root};
use crate::fuse::work::{Combine, Value};
use crate::kernel::{
    Affine, Indirect, Kernel, Mode, Param, Phase, Reduction, Scope, Source, Store,
};
use crate::lane::{Lane, LaneOp};
use crate::plan::Check;
use hypatia_ir::dim::Dim;
use hypatia_ir::dtype::DType;
use hypatia_ir::graph::{Graph, NodeId};
use hypatia_ir::op::{ArgOp, BinaryOp, CompareOp, ReduceOp, ScatterOp};
use hypatia_ir::scalar::Scalar;
use std::collections::HashMap;

/// A kernel with the node whose buffer each parameter is.
#[derive(Clone, Debug)]
pub struct Built {
    /// The kernel.
    pub kernel: Kernel,
    /// The node of each parameter.
    pub nodes: Vec<NodeId>,
    /// Which op each indirect access belongs to, in the order of [`Kernel::indirects`].
    pub checks: Vec<Check>,
    /// The nodes that have code in the kernel, in order, each once.
    pub computes: Vec<NodeId>,
}

/// Builds the kernel of a group. `kept` says whose buffers others read.
pub fn build(
    graph: &Graph,
    storage: &Storage,
    group: &Group,
    kept: &[bool],
) -> Result<Built, Error> {
    let rows = group.row_axes();
    let columns = group.reduced.clone().unwrap_or_default();
    let order: Vec<usize> = rows.iter().chain(&columns).copied().collect();
    let mut nest = Nest {
        graph,
        storage,
        group,
        kept,
        order,
        params: Vec::new(),
        nodes: Vec::new(),
        slots: HashMap::new(),
        slot_types: Vec::new(),
        checks: HashMap::new(),
        computes: group.members.iter().map(|m| m.work.node).collect(),
    };
    let mut levels: Vec<usize> = group.members.iter().flat_map(Member::levels).collect();
    levels.sort_unstable();
    levels.dedup();
    let mut phases = Vec::new();
    for level in levels {
        phases.extend(nest.phase(level)?);
    }
    let indirects = phases.iter().flat_map(Phase::indirects);
    let checks = indirects.filter_map(|i| nest.checks.get(i)).cloned().collect();
    let lengths = |axes: &[usize]| axes.iter().map(|&a| group.space[a].clone()).collect();
    let mut columns: Vec<Dim> = lengths(&columns);
    let has_points = phases.iter().any(|p| p.scope == Scope::Point);
    if has_points && columns.is_empty() {
        columns.push(Dim::Known(1));
        phases.iter_mut().for_each(widen);
    }
    let mut kernel = Kernel {
        name: name(graph, group),
        params: nest.params,
        rows: lengths(&rows),
        columns,
        slots: nest.slot_types,
        phases,
    };
    collapse(&mut kernel);
    nest.computes.sort_unstable();
    nest.computes.dedup();
    Ok(Built { kernel, nodes: nest.nodes, checks, computes: nest.computes })
}

/// A readable name: the ops whose results the group computes.
fn name(graph: &Graph, group: &Group) -> String {
    const SHOWN: usize = 4;
    let mut names: Vec<&str> =
        group.members.iter().map(|m| graph.node(m.work.node).op.name()).collect();
    names.dedup();
    names.truncate(SHOWN);
    names.join("_")
}

/// One more axis, on which nothing depends.
fn widen(phase: &mut Phase) {
    for affine in phase.affines_mut() {
        affine.strides.push(Dim::Known(0));
    }
}

/// A kernel under construction.
pub(super) struct Nest<'a> {
    pub graph: &'a Graph,
    pub storage: &'a Storage,
    group: &'a Group,
    kept: &'a [bool],
    order: Vec<usize>,
    params: Vec<Param>,
    nodes: Vec<NodeId>,
    /// Row values that earlier phases define.
    pub slots: HashMap<NodeId, u32>,
    slot_types: Vec<DType>,
    checks: HashMap<Indirect, Check>,
    /// The nodes that have code here.
    pub computes: Vec<NodeId>,
}

impl Member {
    /// The levels at which the member has code: an extreme's index needs the extreme first, and
    /// a stored reduction is stored once its row is done.
    fn levels(&self) -> Vec<usize> {
        match self.work.combine {
            Combine::Arg(_) => vec![self.level - 2, self.level, self.level + 1],
            Combine::Reduce(_) => vec![self.level, self.level + 1],
            Combine::Map | Combine::Insert(_) | Combine::Fold { .. } | Combine::Scatter { .. } => {
                vec![self.level]
            }
        }
    }
}

impl Nest<'_> {
    /// How many axes the group's nest has.
    pub fn axes(&self) -> usize {
        self.group.space.len()
    }

    /// An affine function with the axes in kernel order.
    pub fn ordered(&self, affine: &Affine) -> Affine {
        affine.permuted(&self.order)
    }

    /// The parameter that reads the buffer of a node.
    pub fn read(&mut self, id: NodeId) -> u32 {
        self.param(id, Mode::Read)
    }

    fn param(&mut self, id: NodeId, mode: Mode) -> u32 {
        let at = self.nodes.iter().position(|&n| n == id).unwrap_or_else(|| {
            let dtype = self.graph.ty(id).dtype;
            self.nodes.push(id);
            self.params.push(Param { dtype, mode });
            self.nodes.len() - 1
        });
        self.params[at].mode = self.params[at].mode.max(mode);
        at as u32
    }

    /// The indirect part of the index with which the node `user` finds its place on an axis of its
    /// first operand: `indices` read at `map`.
    pub fn indirect(
        &mut self,
        user: NodeId,
        axis: usize,
        indices: NodeId,
        map: &Map,
        stride: Dim,
    ) -> Result<Indirect, Error> {
        let (base, at) = resolve(self.graph, self.storage, indices, map, self.axes())?;
        let (indices, at) = (self.read(base), self.ordered(&at));
        let node = self.graph.node(user);
        let extent = self.graph.ty(node.operands[0]).shape[axis].clone();
        let indirect = Indirect { indices, at, stride, extent };
        let check = Check { op: node.op.name(), axis, at: node.at };
        self.checks.entry(indirect.clone()).or_insert(check);
        Ok(indirect)
    }

    fn new_slot(&mut self, dtype: DType) -> u32 {
        self.slot_types.push(dtype);
        self.slot_types.len() as u32 - 1
    }

    /// All code of one level.
    fn phase(&mut self, level: usize) -> Result<Option<Phase>, Error> {
        let group = self.group;
        let points = group.reduced.is_some() && level.is_multiple_of(2);
        let mut phase = Phase {
            scope: if points { Scope::Point } else { Scope::Row },
            inputs: Vec::new(),
            program: Default::default(),
            reductions: Vec::new(),
            defines: Vec::new(),
            stores: Vec::new(),
        };
        let mut code = PhaseCode::default();
        let mut defined = Vec::new();
        for member in &group.members {
            if member.levels().contains(&level) {
                self.member(member, level, &mut code, &mut phase, &mut defined)?;
            }
        }
        self.slots.extend(defined);
        let empty =
            phase.stores.is_empty() && phase.reductions.is_empty() && phase.defines.is_empty();
        phase.inputs = code.inputs;
        phase.program = code.program;
        Ok((!empty).then_some(phase))
    }

    fn member(
        &mut self,
        member: &Member,
        level: usize,
        code: &mut PhaseCode,
        phase: &mut Phase,
        defined: &mut Vec<(NodeId, u32)>,
    ) -> Result<(), Error> {
        let work = &member.work;
        let node = work.node;
        match &work.combine {
            Combine::Map => {
                let lane = self.value(code, member)?;
                let map = member.result_map(self.graph, self.axes());
                code.remember(node, map.clone(), lane);
                if phase.scope == Scope::Row
                    && self.group.reduced.is_some()
                    && self.used_after(node, level)
                {
                    let slot = self.new_slot(self.graph.ty(node).dtype);
                    phase.defines.push((slot, lane));
                    defined.push((node, slot));
                }
                self.store(phase, member, lane, &map, ScatterOp::Set);
            }
            Combine::Reduce(_) | Combine::Arg(_) if level == member.level + 1 => {
                if self.kept[node.index()] {
                    let map = member.result_map(self.graph, self.axes());
                    let lane = self.pull(code, node, &map)?;
                    self.store(phase, member, lane, &map, ScatterOp::Set);
                }
            }
            Combine::Reduce(op) => {
                let value = self.value(code, member)?;
                let slot = self.new_slot(self.graph.ty(node).dtype);
                phase.reductions.push(Reduction { op: *op, value, slot });
                defined.push((node, slot));
            }
            Combine::Arg(op) => self.arg(*op, member, level, code, phase, defined)?,
            Combine::Insert(at) => {
                let lane = self.value(code, member)?;
                let points = natural_map(&work.shape, &member.embedding, self.axes());
                let moved = points.iter().zip(at);
                let map = moved
                    .map(|(m, (low, step))| m.scaled(&Dim::Known(*step)).shifted(low))
                    .collect();
                self.store(phase, member, lane, &map, ScatterOp::Set);
            }
            Combine::Fold { part, onto } => {
                let lane = self.value(code, member)?;
                let points = natural_map(&work.shape, &member.embedding, self.axes());
                let map = window_map(part, &points).ok_or_else(|| Error::internal("fold", part))?;
                self.store(phase, member, lane, &map, *onto);
            }
            Combine::Scatter { .. } => {
                self.scatter(member, code, phase)?;
            }
        }
        Ok(())
    }

    /// The value of a work at its point.
    fn value(&mut self, code: &mut PhaseCode, member: &Member) -> Result<Lane, Error> {
        let (work, embedding, axes) = (&member.work, &member.embedding, self.axes());
        match work.value {
            Value::Of(id) => {
                let map = value_map(self.graph, work, id, embedding, axes);
                self.pull(code, id, &map)
            }
            Value::Computed(id) => {
                let map = value_map(self.graph, work, id, embedding, axes);
                self.compute(code, id, &map)
            }
            Value::Zero => {
                let dtype = self.graph.ty(work.node).dtype;
                Ok(code.push(LaneOp::Const(Scalar::from_i64(dtype, 0)), dtype))
            }
            Value::Terms(id) => {
                let [x, y] = term_maps(self.graph, work, embedding, axes);
                let operands = &self.graph.node(id).operands;
                let (left, right) = (operands[0], operands[1]);
                let (x, y) = (self.pull(code, left, &x)?, self.pull(code, right, &y)?);
                let op = LaneOp::Binary(BinaryOp::Mul, x, y);
                Ok(code.push(op, self.graph.ty(id).dtype))
            }
        }
    }

    /// Whether a later phase of this kernel reads the value of a row.
    fn used_after(&self, id: NodeId, level: usize) -> bool {
        let reads = |m: &Member| m.reads.iter().any(|(read, _)| *read == id);
        self.group.members.iter().any(|m| m.level > level && reads(m))
    }

    fn store(
        &mut self,
        phase: &mut Phase,
        member: &Member,
        value: Lane,
        map: &Map,
        onto: ScatterOp,
    ) {
        let node = member.work.node;
        if self.kept[node.index()] {
            let index = self.ordered(&linear(map, &self.graph.ty(node).shape, self.axes()));
            let mut store = Store { buffer: 0, value, index, onto, scatter: None };
            store.buffer = self.param(node, store.mode());
            phase.stores.push(store);
        }
    }

    /// Two passes: the extreme, then the first index that has it (or is NaN).
    fn arg(
        &mut self,
        op: ArgOp,
        member: &Member,
        level: usize,
        code: &mut PhaseCode,
        phase: &mut Phase,
        defined: &mut Vec<(NodeId, u32)>,
    ) -> Result<(), Error> {
        let value = self.value(code, member)?;
        let dtype = code.program.dtype(value);
        if level + 2 == member.level {
            let slot = self.new_slot(dtype);
            let op = match op {
                ArgOp::ArgMax => ReduceOp::Max,
                ArgOp::ArgMin => ReduceOp::Min,
            };
            phase.reductions.push(Reduction { op, value, slot });
            // Until the index itself is known, the node's row value is its extreme.
            defined.push((member.work.node, slot));
            return Ok(());
        }
        let slot = self.slots.get(&member.work.node).copied();
        let slot = slot.ok_or_else(|| Error::internal("build", &op))?;
        let extreme = code.input(Source::Row(slot), dtype);
        let is_it = code.push(LaneOp::Compare(CompareOp::Eq, value, extreme), DType::Bool);
        let is_nan = code.push(LaneOp::Compare(CompareOp::Ne, value, value), DType::Bool);
        let found = code.push(LaneOp::Binary(BinaryOp::Or, is_it, is_nan), DType::Bool);
        let axes = self.axes();
        let reduced = member.work.reduced_space_axes();
        let along = reduced
            .first()
            .map_or(Affine::zero(axes), |&a| Affine::axis(member.embedding[a], axes));
        let index = code.input(Source::Index(self.ordered(&along)), DType::I64);
        let never = code.push(LaneOp::Const(Scalar::new(i64::MAX)), DType::I64);
        let value = code.push(LaneOp::Select(found, index, never), DType::I64);
        let slot = self.new_slot(DType::I64);
        phase.reductions.push(Reduction { op: ReduceOp::Min, value, slot });
        defined.push((member.work.node, slot));
        Ok(())
    }

    fn scatter(
        &mut self,
        member: &Member,
        code: &mut PhaseCode,
        phase: &mut Phase,
    ) -> Result<(), Error> {
        let Combine::Scatter { onto, axis, indices, replaced_by } = member.work.combine else {
            return Err(Error::internal("scatter", &member.work));
        };
        let value = self.value(code, member)?;
        let (node, axes) = (member.work.node, self.axes());
        let shape = self.graph.ty(node).shape.clone();
        let points = natural_map(&member.work.shape, &member.embedding, axes);
        let count = replaced_by.unwrap_or(1);
        let index_map: Map = match replaced_by {
            None => points.clone(),
            Some(count) => points[axis..axis + count].to_vec(),
        };
        let before = points[..axis].iter().cloned();
        let after = points[axis + count..].iter().cloned();
        let map: Map = before.chain([Affine::zero(axes)]).chain(after).collect();
        let stride = shape.strides()[axis].clone();
        let scatter = Some(self.indirect(node, axis, indices, &index_map, stride)?);
        let index = self.ordered(&linear(&map, &shape, axes));
        let buffer = self.param(node, Mode::Accumulate);
        phase.stores.push(Store { buffer, value, index, onto, scatter });
        Ok(())
    }
}

/// The buffer that a node shows through views, and where in it an index of the node lies.
pub fn resolve(
    graph: &Graph,
    storage: &Storage,
    id: NodeId,
    map: &Map,
    axes: usize,
) -> Result<(NodeId, Affine), Error> {
    let (mut id, mut map) = (id, map.clone());
    loop {
        let node = graph.node(id);
        if storage.has(id) {
            return Ok((id, linear(&map, &node.ty.shape, axes)));
        }
        if !is_view(&node.op) {
            return Err(Error::internal("resolve", &node.op));
        }
        match operand_map(graph, node, 0, &map, axes) {
            Some(inner) => (id, map) = (node.operands[0], inner),
            None => return Ok((storage_root(graph, id), linear(&map, &node.ty.shape, axes))),
        }
    }
}
