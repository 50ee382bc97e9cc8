//! What a step has to do at least: bytes to move and floating-point operations.
//!
//! Invariants: every buffer is read once and written once at most, whatever a kernel does;
//! functions count as the operations of the polynomials that stand for them.
//!
//! Not here: time (`hypatia-compile`), what the processor reaches (`backend.rs`).

use super::{BufferId, Launch, Plan, Product, SizePlan, Step};
use crate::backend::Limits;
use crate::kernel::{Kernel, Phase, Scope, Source};
use crate::lane::expand::expand;
use crate::lane::machine::MachineOp;
use crate::lane::{Lane, LaneOp, Program};
use hypatia_ir::dim::{Dim, DimValues};
use hypatia_ir::dtype::DType;
use hypatia_ir::graph::{Graph, NodeId};
use hypatia_ir::op::Op;
use std::collections::HashMap;
use std::ops::AddAssign;
use std::time::Duration;

/// Bytes and operations of a step.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Effort {
    /// Bytes that are read or written.
    pub bytes: f64,
    /// Operations on `f32`, a fused product and sum counting two.
    pub f32_flops: f64,
    /// The same on `f64`.
    pub f64_flops: f64,
}

impl Effort {
    /// All operations.
    pub fn flops(&self) -> f64 {
        self.f32_flops + self.f64_flops
    }

    /// The time in which a device with these limits could do it at best: the longer of moving the
    /// bytes and computing.
    pub fn least_time(&self, limits: &Limits) -> Duration {
        let moving = self.bytes / limits.bandwidth(self.bytes as usize);
        let computing = self.f32_flops / limits.f32_flops + self.f64_flops / limits.f64_flops;
        Duration::try_from_secs_f64(moving.max(computing)).unwrap_or(Duration::MAX)
    }

    fn add_flops(&mut self, dtype: DType, flops: f64) {
        match dtype {
            DType::F32 => self.f32_flops += flops,
            DType::F64 => self.f64_flops += flops,
            DType::Bool | DType::U8 | DType::I32 | DType::I64 => {}
        }
    }
}

impl AddAssign for Effort {
    fn add_assign(&mut self, other: Effort) {
        self.bytes += other.bytes;
        self.f32_flops += other.f32_flops;
        self.f64_flops += other.f64_flops;
    }
}

impl Plan {
    /// The effort of each step for these sizes.
    pub fn efforts(&self, size: &SizePlan) -> Vec<Effort> {
        let kernels: Vec<Vec<Effort>> =
            self.kernels.iter().map(|k| k.phases.iter().map(per_point).collect()).collect();
        let effort = |(step, numbers): (&Step, &Vec<i64>)| match step {
            Step::Launches(launches) => {
                let mut sum = Effort::default();
                for launch in launches {
                    let at = launch.kernel as usize;
                    sum += of_launch(&self.kernels[at], &kernels[at], launch, size);
                }
                sum
            }
            Step::Product(product) => of_product(product, numbers, size),
            Step::Routine(apply) => {
                let all = apply.operands.iter().chain([&apply.out]);
                let bytes = all.map(|x| size.bytes[x.buffer.index()] as f64).sum();
                Effort { bytes, ..Effort::default() }
            }
            Step::Copy { from, .. } => {
                Effort { bytes: 2.0 * size.bytes[from.index()] as f64, ..Effort::default() }
            }
        };
        self.steps.iter().zip(&size.numbers).map(effort).collect()
    }

    /// For each step, the nodes of the graph that it computes, with the share of each in the work:
    /// elements times operations, as far as these are known. Shares add up to 1.
    pub fn shares(&self, graph: &Graph, dims: &DimValues) -> Vec<Vec<(NodeId, f64)>> {
        let mut costs = HashMap::new();
        let mut shares = |step: &Step| {
            let weigh = |&id: &NodeId| (id, weight(graph, id, dims, &mut costs));
            let mut all: Vec<(NodeId, f64)> = step.computes().iter().map(weigh).collect();
            let sum: f64 = all.iter().map(|(_, w)| w).sum();
            all.iter_mut().for_each(|(_, w)| *w /= sum);
            all
        };
        self.steps.iter().map(&mut shares).collect()
    }
}

/// Operations of a phase at one point, reductions included.
fn per_point(phase: &Phase) -> Effort {
    let mut effort = of_program(&phase.program);
    for reduction in &phase.reductions {
        effort.add_flops(phase.program.dtype(reduction.value), 1.0);
    }
    effort
}

fn of_program(program: &Program) -> Effort {
    let mut effort = Effort::default();
    // A program without an expansion does not get this far.
    let Ok(expansion) = expand(program) else { return effort };
    for (op, dtype) in &expansion.program.instructions {
        let flops = match op {
            MachineOp::Fma(..) => 2.0,
            MachineOp::Unary(..) | MachineOp::Binary(..) => 1.0,
            MachineOp::Const(_)
            | MachineOp::Input(_)
            | MachineOp::Shift(..)
            | MachineOp::Compare(..)
            | MachineOp::Select(..)
            | MachineOp::Convert(_)
            | MachineOp::Bitcast(_) => 0.0,
        };
        effort.add_flops(*dtype, flops);
    }
    effort
}

fn of_launch(kernel: &Kernel, phases: &[Effort], launch: &Launch, size: &SizePlan) -> Effort {
    let rows = length(&kernel.rows, &size.dims);
    let points = rows * length(&kernel.columns, &size.dims);
    let mut effort = Effort::default();
    let mut read = vec![0.0; launch.buffers.len()];
    let mut written = read.clone();
    for (phase, flops) in kernel.phases.iter().zip(phases) {
        let count = match phase.scope {
            Scope::Row => rows,
            Scope::Point => points,
        };
        effort.f32_flops += count * flops.f32_flops;
        effort.f64_flops += count * flops.f64_flops;
        for source in &phase.inputs {
            if let Source::Load { buffer, indirect, .. } = source {
                read[*buffer as usize] += count;
                indirect.iter().for_each(|i| read[i.indices as usize] += count);
            }
        }
        for store in &phase.stores {
            written[store.buffer as usize] += count;
        }
    }
    let all = launch.buffers.iter().zip(&kernel.params).zip(read.iter().zip(&written));
    for ((buffer, param), (read, written)) in all {
        let touched = |count: f64| at_most(count, param.dtype, *buffer, size);
        effort.bytes += touched(*read) + touched(*written);
    }
    effort
}

fn of_product(product: &Product, numbers: &[i64], size: &SizePlan) -> Effort {
    let batch = length(&product.batch, &size.dims);
    let [m, k, n] = [numbers[0] as f64, numbers[1] as f64, numbers[2] as f64];
    let mut effort = Effort::default();
    effort.add_flops(product.dtype, 2.0 * m * k * n * batch);
    for (part, elements) in [(&product.left, m * k), (&product.right, k * n), (&product.out, m * n)]
    {
        effort.bytes += at_most(elements * batch, product.dtype, part.buffer, size);
    }
    effort
}

/// Bytes of so many elements, or of the whole buffer if that is less.
fn at_most(elements: f64, dtype: DType, buffer: BufferId, size: &SizePlan) -> f64 {
    (elements * dtype.size() as f64).min(size.bytes[buffer.index()] as f64)
}

fn length(dims: &[Dim], values: &DimValues) -> f64 {
    dims.iter().map(|d| d.eval(values).unwrap_or(0).max(0) as f64).product()
}

/// Elements times operations of a node; at least one operation each.
fn weight(
    graph: &Graph,
    id: NodeId,
    dims: &DimValues,
    costs: &mut HashMap<(LaneOp, DType), f64>,
) -> f64 {
    let node = graph.node(id);
    // A reduction visits its operand.
    let shapes = node.operands.iter().map(|&x| graph.ty(x)).chain([&node.ty]);
    let elements = shapes.map(|ty| {
        let lengths: Vec<Dim> = ty.shape.iter().cloned().collect();
        length(&lengths, dims)
    });
    let operand = |k: usize| Lane(k as u32);
    let op = match &node.op {
        Op::Unary(op) => LaneOp::Unary(*op, operand(0)),
        Op::Binary(op) => LaneOp::Binary(*op, operand(0), operand(1)),
        Op::RandomBits(word) => LaneOp::RandomBits(*word, operand(0), operand(1), operand(2)),
        _ => return elements.fold(1.0, f64::max),
    };
    let cost = *costs.entry((op, node.ty.dtype)).or_insert_with(|| {
        let mut program = Program::default();
        for (k, &x) in node.operands.iter().enumerate() {
            program.push(LaneOp::Input(k as u32), graph.ty(x).dtype);
        }
        program.push(op, node.ty.dtype);
        expand(&program).map_or(1.0, |e| e.program.instructions.len() as f64)
    });
    elements.fold(1.0, f64::max) * cost
}
