//! The meaning of plans: every kernel run point by point on scalars.
//!
//! Invariants: elementwise ops mean what the reference evaluator says; float reductions in
//! loops and products accumulate in `f64` and round once; loads of a point come before its stores.
//!
//! Not here: speed.

use crate::backend::{Backend, Executable, Failure, IndexError, Limits};
use crate::kernel::{Affine, Indirect, Kernel, Phase, Scope, Source, Store};
use crate::lane::{LaneOp, Program};
use crate::plan::{Check, Launch, Plan, Product, SizePlan, Step};
use hypatia_ir::dim::DimValues;
use hypatia_ir::dtype::DType;
use hypatia_ir::eval::elementwise;
use hypatia_ir::eval::philox::philox;
use hypatia_ir::op::ReduceOp;
use hypatia_ir::scalar::Scalar;
use std::convert::Infallible;
use std::sync::Arc;

mod accumulate;
mod memory;
mod routine;

use accumulate::Accumulator;
use memory::Memory;

/// The back end that interprets.
#[derive(Clone, Copy, Debug, Default)]
pub struct Interpreter;

impl Backend for Interpreter {
    type Error = Infallible;

    fn load(&self, plan: Arc<Plan>) -> Result<Box<dyn Executable>, Infallible> {
        Ok(Box::new(Interpreted(plan)))
    }
}

struct Interpreted(Arc<Plan>);

impl Executable for Interpreted {
    unsafe fn run_watched(
        &self,
        size: &SizePlan,
        buffers: &[*mut u8],
        after: &mut (dyn FnMut(usize) + Send),
    ) -> Result<(), Failure> {
        let plan = &*self.0;
        for (at, (step, numbers)) in plan.steps.iter().zip(&size.numbers).enumerate() {
            let memory = |ids: &[crate::plan::BufferId]| {
                let part = |b: &crate::plan::BufferId| (buffers[b.index()], size.bytes[b.index()]);
                // SAFETY: the caller vouches for the addresses and that nobody else uses them.
                unsafe { Memory::new(ids.iter().map(part).collect()) }
            };
            match step {
                Step::Launches(launches) => {
                    for launch in launches {
                        let kernel = &plan.kernels[launch.kernel as usize];
                        let memory = memory(&launch.buffers);
                        Run { kernel, launch, dims: &size.dims, memory }.run()?;
                    }
                }
                Step::Product(p) => {
                    let memory = memory(&[p.left.buffer, p.right.buffer, p.out.buffer]);
                    product(p, numbers, &memory);
                }
                Step::Routine(apply) => {
                    let parts = apply.operands.iter().chain([&apply.out]).map(|x| x.buffer);
                    routine::run(apply, numbers, &memory(&parts.collect::<Vec<_>>()))?;
                }
                Step::Copy { from, to } => memory(&[*from, *to]).copy(0, 1),
            }
            after(at);
        }
        Ok(())
    }

    fn limits(&self) -> Option<Limits> {
        None
    }

    fn explain(&self) -> String {
        self.0.to_string()
    }
}

/// One launch.
struct Run<'a> {
    kernel: &'a Kernel,
    launch: &'a Launch,
    dims: &'a DimValues,
    memory: Memory,
}

/// An affine function with numbers for its dims.
struct Index {
    offset: i64,
    strides: Vec<i64>,
}

impl Index {
    fn at(&self, point: &[i64]) -> i64 {
        let parts = self.strides.iter().zip(point);
        parts.fold(self.offset, |sum, (s, p)| sum.wrapping_add(s.wrapping_mul(*p)))
    }
}

/// An indirect access with numbers for its dims.
struct Wrapped<'a> {
    indices: u32,
    dtype: DType,
    at: Index,
    stride: i64,
    extent: i64,
    check: Option<&'a Check>,
}

/// A phase with numbers for its dims.
struct Ready<'a> {
    phase: &'a Phase,
    inputs: Vec<(Option<Index>, Option<Wrapped<'a>>)>,
    stores: Vec<(Index, Option<Wrapped<'a>>)>,
}

impl Run<'_> {
    fn run(&self) -> Result<(), IndexError> {
        let phases = self.ready();
        let lengths = |dims: &[hypatia_ir::dim::Dim]| -> Vec<i64> {
            dims.iter().map(|d| d.eval(self.dims).unwrap_or(0)).collect()
        };
        let (rows, columns) = (lengths(&self.kernel.rows), lengths(&self.kernel.columns));
        let mut slots: Vec<Scalar> =
            self.kernel.slots.iter().map(|&d| Scalar::from_bits(d, 0)).collect();
        for row in points(&rows) {
            for ready in &phases {
                match ready.phase.scope {
                    Scope::Row => {
                        let point = [row.as_slice(), &vec![0; columns.len()]].concat();
                        let lanes = self.lanes(ready, &point, &slots)?;
                        self.store(ready, &point, &lanes)?;
                        for (slot, lane) in &ready.phase.defines {
                            slots[*slot as usize] = lanes[lane.0 as usize];
                        }
                    }
                    Scope::Point => self.columns(ready, &row, &columns, &mut slots)?,
                }
            }
        }
        Ok(())
    }

    fn columns(
        &self,
        ready: &Ready<'_>,
        row: &[i64],
        columns: &[i64],
        slots: &mut [Scalar],
    ) -> Result<(), IndexError> {
        let mut sums: Vec<Accumulator> =
            ready.phase.reductions.iter().map(|r| self.accumulator(r.op, r.slot)).collect();
        for column in points(columns) {
            let point = [row, &column].concat();
            let lanes = self.lanes(ready, &point, slots)?;
            self.store(ready, &point, &lanes)?;
            for (sum, reduction) in sums.iter_mut().zip(&ready.phase.reductions) {
                sum.add(lanes[reduction.value.0 as usize]);
            }
        }
        for (sum, reduction) in sums.iter().zip(&ready.phase.reductions) {
            slots[reduction.slot as usize] = sum.result();
        }
        Ok(())
    }

    fn accumulator(&self, op: ReduceOp, slot: u32) -> Accumulator {
        Accumulator::new(op, self.kernel.slots[slot as usize])
    }

    /// The value of every lane at a point.
    fn lanes(
        &self,
        ready: &Ready<'_>,
        point: &[i64],
        slots: &[Scalar],
    ) -> Result<Vec<Scalar>, IndexError> {
        let mut inputs = Vec::with_capacity(ready.inputs.len());
        for (source, (index, indirect)) in ready.phase.inputs.iter().zip(&ready.inputs) {
            let at = index.as_ref().map_or(0, |i| i.at(point));
            inputs.push(match source {
                Source::Load { buffer, .. } => {
                    let at = at + self.wrapped(indirect.as_ref(), point)?;
                    self.memory.load(*buffer, self.kernel.params[*buffer as usize].dtype, at)
                }
                Source::Index(_) => Scalar::new(at),
                Source::Row(slot) => slots[*slot as usize],
            });
        }
        Ok(evaluate(&ready.phase.program, &inputs))
    }

    fn store(&self, ready: &Ready<'_>, point: &[i64], lanes: &[Scalar]) -> Result<(), IndexError> {
        for (store, (index, scatter)) in ready.phase.stores.iter().zip(&ready.stores) {
            let Store { buffer, value, .. } = *store;
            let at = index.at(point) + self.wrapped(scatter.as_ref(), point)?;
            let value = lanes[value.0 as usize];
            let old = || self.memory.load(buffer, value.dtype(), at);
            let combined = store.onto.combines().map(|op| elementwise::binary(op, old(), value));
            let value = combined.unwrap_or(value);
            self.memory.store(buffer, at, value);
        }
        Ok(())
    }

    /// How far an indirect access moves, in elements.
    fn wrapped(&self, indirect: Option<&Wrapped<'_>>, point: &[i64]) -> Result<i64, IndexError> {
        let Some(Wrapped { indices, dtype, at, stride, extent, check }) = indirect else {
            return Ok(0);
        };
        let index = self.memory.load(*indices, *dtype, at.at(point)).as_i64();
        let place = if index < 0 { index.wrapping_add(*extent) } else { index };
        match check {
            Some(check) if place < 0 || place >= *extent => {
                Err(IndexError { check: (*check).clone(), index, extent: *extent })
            }
            _ => Ok(place * stride),
        }
    }

    fn ready(&self) -> Vec<Ready<'_>> {
        let mut checks = self.launch.checks.iter();
        let mut phases = Vec::new();
        for phase in &self.kernel.phases {
            let mut inputs = Vec::new();
            for source in &phase.inputs {
                inputs.push(match source {
                    Source::Load { index, indirect, .. } => {
                        let indirect = indirect.as_ref().map(|i| self.indirect(i, checks.next()));
                        (Some(self.index(index)), indirect)
                    }
                    Source::Index(index) => (Some(self.index(index)), None),
                    Source::Row(_) => (None, None),
                });
            }
            let mut stores = Vec::new();
            for store in &phase.stores {
                let scatter = store.scatter.as_ref().map(|i| self.indirect(i, checks.next()));
                stores.push((self.index(&store.index), scatter));
            }
            phases.push(Ready { phase, inputs, stores });
        }
        phases
    }

    fn index(&self, affine: &Affine) -> Index {
        let value = |d: &hypatia_ir::dim::Dim| d.eval(self.dims).unwrap_or(0);
        Index { offset: value(&affine.offset), strides: affine.strides.iter().map(value).collect() }
    }

    fn indirect<'a>(&self, indirect: &Indirect, check: Option<&'a Check>) -> Wrapped<'a> {
        let value = |d: &hypatia_ir::dim::Dim| d.eval(self.dims).unwrap_or(0);
        Wrapped {
            indices: indirect.indices,
            dtype: self.kernel.params[indirect.indices as usize].dtype,
            at: self.index(&indirect.at),
            stride: value(&indirect.stride),
            extent: value(&indirect.extent),
            check,
        }
    }
}

/// The value of every instruction.
fn evaluate(program: &Program, inputs: &[Scalar]) -> Vec<Scalar> {
    let mut lanes: Vec<Scalar> = Vec::with_capacity(program.instructions.len());
    for (op, dtype) in &program.instructions {
        let of = |lane: &crate::lane::Lane| lanes[lane.0 as usize];
        let value = match op {
            LaneOp::Const(value) => *value,
            LaneOp::Input(i) => inputs[*i as usize],
            LaneOp::Unary(op, x) => elementwise::unary(*op, of(x)),
            LaneOp::Binary(op, x, y) => elementwise::binary(*op, of(x), of(y)),
            LaneOp::Compare(op, x, y) => Scalar::new(elementwise::compare(*op, of(x), of(y))),
            LaneOp::Select(mask, x, y) => match of(mask).bits() {
                0 => of(y),
                _ => of(x),
            },
            LaneOp::RandomBits(word, seed, stream, counter) => {
                let [seed, stream, counter] = [seed, stream, counter].map(|x| of(x).as_i64());
                let words = philox(seed, stream, counter);
                Scalar::new(words[usize::from(word % 4)] as i32)
            }
            LaneOp::Cast(x) => of(x).cast(*dtype),
        };
        lanes.push(value);
    }
    lanes
}

/// Every point of a box, in row-major order.
fn points(lengths: &[i64]) -> impl Iterator<Item = Vec<i64>> {
    let mut next = (!lengths.contains(&0)).then(|| vec![0; lengths.len()]);
    std::iter::from_fn(move || {
        let current = next.take()?;
        let mut following = current.clone();
        for axis in (0..lengths.len()).rev() {
            following[axis] += 1;
            if following[axis] < lengths[axis] {
                next = Some(following);
                break;
            }
            following[axis] = 0;
        }
        Some(current)
    })
}

/// `out = left · right` for buffers 0, 1 and 2; the numbers are those of the size plan.
fn product(product: &Product, numbers: &[i64], memory: &Memory) {
    let rank = product.batch.len();
    let (sizes, rest) = numbers.split_at(3);
    let (left, rest) = rest.split_at(3 + rank);
    let (right, rest) = rest.split_at(3 + rank);
    let (out, batch) = rest.split_at(3 + rank);
    let at = |matrices: &[i64], batch: &[i64], row: i64, column: i64| {
        let own = matrices[0] + matrices[1] * row + matrices[2] * column;
        batch.iter().zip(&matrices[3..]).fold(own, |at, (b, s)| at + b * s)
    };
    let (m, k, n) = (sizes[0], sizes[1], sizes[2]);
    for point in points(batch) {
        for cell in points(&[m, n]) {
            let mut sum = Accumulator::new(ReduceOp::Sum, product.dtype);
            for i in 0..k {
                let x = memory.load(0, product.dtype, at(left, &point, cell[0], i));
                let y = memory.load(1, product.dtype, at(right, &point, i, cell[1]));
                sum.add_product(x, y);
            }
            memory.store(2, at(out, &point, cell[0], cell[1]), sum.result());
        }
    }
}
