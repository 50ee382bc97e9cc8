//! Lane code of one phase: values pulled through inlined nodes down to buffers.
//!
//! Invariants: equal instructions, equal loads and equal values are shared within the phase.
//!
//! Not here: which phases a kernel has (`build/kernel.rs`).

use crate::affine::{Map, is_view, linear, operand_map, reduced_maps};
use crate::build::kernel::{Nest, resolve};
use crate::error::Error;
use crate::fuse::storage::storage_root;
use crate::kernel::{Affine, Indirect, Source};
use crate::lane::{Lane, LaneOp, Program};
use hypatia_ir::dtype::DType;
use hypatia_ir::graph::NodeId;
use hypatia_ir::op::{Axes, Op, ReduceOp};
use std::collections::HashMap;

/// The code of a phase under construction.
#[derive(Default)]
pub(super) struct PhaseCode {
    pub inputs: Vec<Source>,
    pub program: Program,
    sources: HashMap<Source, Lane>,
    values: HashMap<(NodeId, Map), Lane>,
    instructions: HashMap<(LaneOp, DType), Lane>,
}

impl PhaseCode {
    /// An instruction, or the equal one that is there.
    pub fn push(&mut self, op: LaneOp, dtype: DType) -> Lane {
        if let Some(&lane) = self.instructions.get(&(op, dtype)) {
            return lane;
        }
        let lane = self.program.push(op, dtype);
        self.instructions.insert((op, dtype), lane);
        lane
    }

    /// An input of the program, or the equal one that is there.
    pub fn input(&mut self, source: Source, dtype: DType) -> Lane {
        if let Some(&lane) = self.sources.get(&source) {
            return lane;
        }
        let lane = self.push(LaneOp::Input(self.inputs.len() as u32), dtype);
        self.inputs.push(source.clone());
        self.sources.insert(source, lane);
        lane
    }

    /// Makes a computed value known to later pulls of the phase.
    pub fn remember(&mut self, id: NodeId, map: Map, lane: Lane) {
        self.values.insert((id, map), lane);
    }
}

impl Nest<'_> {
    /// The value of a node at an index: from this phase, a row value, a buffer, or inlined code.
    pub(super) fn pull(
        &mut self,
        code: &mut PhaseCode,
        id: NodeId,
        map: &Map,
    ) -> Result<Lane, Error> {
        if let Some(&lane) = code.values.get(&(id, map.clone())) {
            return Ok(lane);
        }
        let ty = self.graph.ty(id);
        let lane = if let Some(&slot) = self.slots.get(&id) {
            code.input(Source::Row(slot), ty.dtype)
        } else if self.storage.has(id) {
            let at = linear(map, &ty.shape, self.axes());
            self.load(code, id, &at, None)
        } else {
            self.compute(code, id, map)?
        };
        code.remember(id, map.clone(), lane);
        Ok(lane)
    }

    /// A load from the buffer of a node.
    fn load(
        &mut self,
        code: &mut PhaseCode,
        id: NodeId,
        at: &Affine,
        indirect: Option<Indirect>,
    ) -> Lane {
        let (buffer, index) = (self.read(id), self.ordered(at));
        code.input(Source::Load { buffer, index, indirect }, self.graph.ty(id).dtype)
    }

    /// The value of a node at an index by its op, whether it has a buffer or not.
    pub(super) fn compute(
        &mut self,
        code: &mut PhaseCode,
        id: NodeId,
        map: &Map,
    ) -> Result<Lane, Error> {
        let node = self.graph.node(id);
        let dtype = node.ty.dtype;
        self.computes.push(id);
        if node.op.is_elementwise() {
            let mut lanes = [Lane(0); 3];
            for (k, &operand) in node.operands.iter().enumerate() {
                let map = operand_map(self.graph, node, k, map, self.axes())
                    .ok_or_else(|| Error::internal("build", &node.op))?;
                lanes[k] = self.pull(code, operand, &map)?;
            }
            let [x, y, z] = lanes;
            let op = match &node.op {
                Op::Unary(op) => LaneOp::Unary(*op, x),
                Op::Binary(op) => LaneOp::Binary(*op, x, y),
                Op::Compare(op) => LaneOp::Compare(*op, x, y),
                Op::Select => LaneOp::Select(x, y, z),
                Op::RandomBits(word) => LaneOp::RandomBits(*word, x, y, z),
                _ => LaneOp::Cast(x),
            };
            return Ok(code.push(op, dtype));
        }
        if is_view(&node.op) {
            let operand = node.operands[0];
            return match operand_map(self.graph, node, 0, map, self.axes()) {
                Some(map) => self.pull(code, operand, &map),
                // A reshape that merges axes: the same buffer in row-major order.
                None => {
                    let at = linear(map, &node.ty.shape, self.axes());
                    Ok(self.load(code, storage_root(self.graph, operand), &at, None))
                }
            };
        }
        match &node.op {
            Op::Const(value) => Ok(code.push(LaneOp::Const(*value), dtype)),
            Op::Dim(dim) => {
                let value = Affine::zero(self.axes()).shifted(dim);
                Ok(code.input(Source::Index(value), DType::I64))
            }
            Op::Iota(..) => {
                let index = self.ordered(&map[0]);
                let lane = code.input(Source::Index(index), DType::I64);
                Ok(match dtype {
                    DType::I64 => lane,
                    _ => code.push(LaneOp::Cast(lane), dtype),
                })
            }
            Op::Reduce(op, reduced) => self.unrolled(code, id, *op, *reduced, map),
            Op::Take(axis) => self.take(code, id, *axis, map, false),
            Op::TakeAlong(axis) => self.take(code, id, *axis, map, true),
            _ => Err(Error::internal("build", &node.op)),
        }
    }

    /// A reduction term by term.
    fn unrolled(
        &mut self,
        code: &mut PhaseCode,
        id: NodeId,
        op: ReduceOp,
        reduced: Axes,
        map: &Map,
    ) -> Result<Lane, Error> {
        let (x, dtype) = (self.graph.node(id).operands[0], self.graph.ty(id).dtype);
        let mut result = None;
        for point in reduced_maps(&self.graph.ty(x).shape, reduced, map, self.axes()) {
            let term = self.pull(code, x, &point)?;
            let combined = result.map(|sum| LaneOp::Binary(op.combines(), sum, term));
            result = Some(combined.map_or(term, |op| code.push(op, dtype)));
        }
        result.ok_or_else(|| Error::internal("build", &op))
    }

    /// A load at an index from a buffer: `along` has one index for each element, otherwise one
    /// for each part.
    fn take(
        &mut self,
        code: &mut PhaseCode,
        id: NodeId,
        axis: usize,
        map: &Map,
        along: bool,
    ) -> Result<Lane, Error> {
        let operands = &self.graph.node(id).operands;
        let (x, indices) = (operands[0], operands[1]);
        let axes = self.axes();
        let replaced_by = if along { 1 } else { self.graph.ty(indices).rank() };
        let index_map: Map = match along {
            true => map.clone(),
            false => map[axis..axis + replaced_by].to_vec(),
        };
        // The taken axis is one more axis of the nest; its stride is what an index counts.
        let widen = |a: &Affine| {
            let mut wide = a.clone();
            wide.strides.push(0.into());
            wide
        };
        let before = map[..axis].iter().map(widen);
        let after = map[axis + replaced_by..].iter().map(widen);
        let taken = std::iter::once(Affine::axis(axes, axes + 1));
        let x_map: Map = before.chain(taken).chain(after).collect();
        let (base, mut at) = resolve(self.graph, self.storage, x, &x_map, axes + 1)?;
        let stride = at.strides.pop().unwrap_or_else(|| 0.into());
        let indirect = self.indirect(id, axis, indices, &index_map, stride)?;
        Ok(self.load(code, base, &at, Some(indirect)))
    }
}
