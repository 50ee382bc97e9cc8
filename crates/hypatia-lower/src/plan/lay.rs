//! From a graph to its plan: fuse, build kernels, number buffers, decide what happens in place.
//!
//! Invariants: buffers are numbered in order of first use; equal kernels are stored once.
//!
//! Not here: which steps there are (`fuse/`), when arena buffers live (`plan/memory.rs`).

use super::memory::{self, settle};
use super::{Apply, Buffer, BufferId, Launch, Matrices, Place, Plan, Product, Step, Whole};
use crate::affine::{Map, natural_map, proper_axes};
use crate::build::{build, resolve};
use crate::error::Error;
use crate::fuse::group::{self, group};
use crate::fuse::kept::kept;
use crate::fuse::reads::base_buffer;
use crate::fuse::storage::Storage;
use crate::fuse::work::tasks;
use crate::kernel::{Kernel, Mode, Param};
use hypatia_ir::dim::Dim;
use hypatia_ir::graph::{Graph, Node, NodeId, Role};
use hypatia_ir::op::Op;
use std::collections::HashMap;

/// The plan of a graph: steps that compute every root.
pub fn plan(graph: &Graph) -> Result<Plan, Error> {
    let storage = Storage::decide(graph);
    let (tasks, late) = tasks(graph, &storage);
    let (steps, _) = group(graph, &storage, tasks, late);
    let kept = kept(graph, &storage, &steps);
    let mut layout = Layout::new(graph, &storage);
    layout.place_roots();
    for step in &steps {
        match step {
            group::Step::Group(group) => {
                let built = build(graph, &storage, group, &kept)?;
                let buffers = built.nodes.iter().map(|&n| layout.buffer(n)).collect();
                let kernel = layout.kernel(built.kernel);
                let (checks, computes) = (built.checks, built.computes);
                let launch = Launch { kernel, buffers, checks, computes };
                layout.launch(launch);
            }
            group::Step::Product(id) => {
                let product = layout.product(*id)?;
                layout.plan.steps.push(Step::Product(Box::new(product)));
            }
            group::Step::Routine(id) => {
                let apply = layout.apply(*id)?;
                layout.plan.steps.push(Step::Routine(Box::new(apply)));
            }
        }
    }
    layout.copy_roots();
    let mut plan = layout.plan;
    memory::update_in_place(graph, &mut plan);
    settle(&mut plan);
    if cfg!(debug_assertions) {
        plan.verify()?;
    }
    Ok(plan)
}

/// A plan under construction.
struct Layout<'a> {
    graph: &'a Graph,
    storage: &'a Storage,
    plan: Plan,
    buffers: HashMap<NodeId, BufferId>,
    kernels: HashMap<Kernel, u32>,
    names: HashMap<String, usize>,
    /// The old value of each root that updates one.
    updates: HashMap<BufferId, NodeId>,
    /// What the latest launches touch, and whether they write it.
    latest: HashMap<BufferId, bool>,
}

impl<'a> Layout<'a> {
    fn new(graph: &'a Graph, storage: &'a Storage) -> Layout<'a> {
        let plan = Plan {
            kernels: Vec::new(),
            buffers: Vec::new(),
            steps: Vec::new(),
            roots: Vec::new(),
            literals: graph.literals.clone(),
        };
        let (buffers, kernels, names) = Default::default();
        let (updates, latest) = Default::default();
        Layout { graph, storage, plan, buffers, kernels, names, updates, latest }
    }

    /// The buffer of a node.
    fn buffer(&mut self, id: NodeId) -> BufferId {
        if let Some(&buffer) = self.buffers.get(&id) {
            return buffer;
        }
        let place = match self.graph.node(id).op {
            Op::Input(i) => Place::Input(i),
            Op::Literal(i) => Place::Literal(i),
            // `settle` finds out when it lives.
            _ => Place::Arena { from: 0, to: 0, takes: None },
        };
        let buffer = self.new_buffer(id, place);
        self.buffers.insert(id, buffer);
        buffer
    }

    fn new_buffer(&mut self, id: NodeId, place: Place) -> BufferId {
        let ty = self.graph.ty(id).clone();
        self.plan.buffers.push(Buffer { ty, place });
        BufferId(self.plan.buffers.len() as u32 - 1)
    }

    /// Every root has memory of its own; a computed node is computed into that of its first root.
    fn place_roots(&mut self) {
        let input = |(id, node): (NodeId, &Node)| match node.op {
            Op::Input(input) => Some((input, id)),
            _ => None,
        };
        let inputs: HashMap<u32, NodeId> = self.graph.iter().filter_map(input).collect();
        for (number, root) in self.graph.roots.iter().enumerate() {
            let buffer = self.new_buffer(root.node, Place::Root(number as u32));
            self.plan.roots.push(buffer);
            if let Role::Update(input) = root.role {
                self.updates.extend(inputs.get(&input).map(|&old| (buffer, old)));
            }
            if !matches!(self.graph.node(root.node).op, Op::Input(_) | Op::Literal(_)) {
                self.buffers.entry(root.node).or_insert(buffer);
            }
        }
    }

    /// Roots whose node is computed elsewhere are copied at the end.
    fn copy_roots(&mut self) {
        for number in 0..self.plan.roots.len() {
            let from = self.buffer(self.graph.roots[number].node);
            let to = self.plan.roots[number];
            if from != to {
                self.plan.steps.push(Step::Copy { from, to });
            }
        }
    }

    /// A launch in the latest step if that may run at the same time, else in a step of its own.
    /// What may fail stays apart from what cannot: updates in place come after all failures.
    fn launch(&mut self, launch: Launch) {
        let params = &self.plan.kernels[launch.kernel as usize].params;
        let writes = |param: &Param| param.mode != Mode::Read;
        let touched = launch.buffers.iter().zip(params).map(|(&b, p)| (b, writes(p)));
        let mut touched: Vec<(BufferId, bool)> = touched.collect();
        // An update goes where the old value is, if nobody else reads that.
        let updated = launch.buffers.iter().filter_map(|b| self.updates.get(b));
        touched.extend(updated.filter_map(|old| self.buffers.get(old)).map(|&old| (old, true)));
        let apart = |(b, writes): &(BufferId, bool)| {
            self.latest.get(b).is_none_or(|written| !writes && !written)
        };
        match self.plan.steps.last_mut() {
            Some(Step::Launches(launches))
                if launches[0].may_fail() == launch.may_fail() && touched.iter().all(apart) =>
            {
                launches.push(launch);
            }
            _ => {
                self.latest.clear();
                self.plan.steps.push(Step::Launches(vec![launch]));
            }
        }
        for (buffer, writes) in touched {
            *self.latest.entry(buffer).or_insert(false) |= writes;
        }
    }

    /// The number of a kernel, named uniquely among those of the plan.
    fn kernel(&mut self, mut kernel: Kernel) -> u32 {
        // Kernels of equal structure have equal names before they are numbered.
        if let Some(&number) = self.kernels.get(&kernel) {
            return number;
        }
        let number = self.plan.kernels.len() as u32;
        self.kernels.insert(kernel.clone(), number);
        let uses = self.names.entry(kernel.name.clone()).or_insert(0);
        *uses += 1;
        if *uses > 1 {
            kernel.name = format!("{}_{uses}", kernel.name);
        }
        self.plan.kernels.push(kernel);
        number
    }

    fn product(&mut self, id: NodeId) -> Result<Product, Error> {
        let node = self.graph.node(id);
        let shape = &node.ty.shape;
        let rank = shape.rank();
        let k = self.graph.ty(node.operands[0]).shape[rank - 1].clone();
        let [left, right] = [node.operands[0], node.operands[1]];
        let (left, right) = (self.matrices(left)?, self.matrices(right)?);
        let out = self.matrices(id)?;
        Ok(Product {
            dtype: node.ty.dtype,
            batch: shape[..rank - 2].to_vec(),
            m: shape[rank - 2].clone(),
            k,
            n: shape[rank - 1].clone(),
            left,
            right,
            out,
            computes: id,
        })
    }

    fn apply(&mut self, id: NodeId) -> Result<Apply, Error> {
        let node = self.graph.node(id);
        let Op::Routine(routine) = node.op else {
            return Err(Error::internal("routine", node));
        };
        let operands = node.operands.iter().map(|&x| self.whole(x)).collect();
        Ok(Apply { routine, operands, out: self.whole(id), at: node.at, computes: id })
    }

    /// Where the elements of an operand or result are, one after the other.
    fn whole(&mut self, id: NodeId) -> Whole {
        let base = base_buffer(self.graph, self.storage, id);
        Whole { buffer: self.buffer(base), ty: self.graph.ty(id).clone() }
    }

    /// Where the matrices of an operand or result are.
    fn matrices(&mut self, id: NodeId) -> Result<Matrices, Error> {
        let shape = &self.graph.ty(id).shape;
        let (map, axes) = whole_map(shape);
        let (base, at) = resolve(self.graph, self.storage, id, &map, axes)?;
        let mut strides: Vec<Dim> = vec![Dim::Known(0); shape.rank()];
        for (&axis, stride) in proper_axes(shape).iter().zip(at.strides) {
            strides[axis] = stride;
        }
        let rank = shape.rank();
        let buffer = self.buffer(base);
        let [row, column] = [strides[rank - 2].clone(), strides[rank - 1].clone()];
        strides.truncate(rank - 2);
        Ok(Matrices { buffer, offset: at.offset, batch: strides, row, column })
    }
}

/// The map of a tensor over its own points.
fn whole_map(shape: &hypatia_ir::shape::Shape) -> (Map, usize) {
    let axes = proper_axes(shape).len();
    let embedding: Vec<usize> = (0..axes).collect();
    (natural_map(shape, &embedding, axes), axes)
}
