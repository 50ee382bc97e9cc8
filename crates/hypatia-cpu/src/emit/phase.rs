//! What happens at a point: loads, the lane program, stores.
//!
//! Invariants: all loads of a point come before its stores, so that a result may take over the
//! memory of an operand read at the same point.
//!
//! Not here: loops (`emit/nest.rs`).

use super::Emitter;
use super::access::Point;
use super::op::{self, Typed};
use super::vector::{Registers, Width, register_type, splat};
use cranelift_codegen::ir::{InstBuilder, Value};
use hypatia_ir::dtype::DType;
use hypatia_ir::op::ScatterOp;
use hypatia_lower::kernel::{Affine, Indirect, Phase, Scope, Source};
use hypatia_lower::lane::LaneOp;
use hypatia_lower::lane::machine::MachineOp;

/// Inputs of a phase that were loaded before a loop, by number.
pub(super) type Inputs = Vec<Option<Registers>>;

impl Emitter<'_, '_> {
    /// Runs phase `number` at a point, or at four; gives the value of every machine lane.
    pub fn phase(&mut self, number: usize, point: &Point, ahead: &Inputs) -> Vec<Typed> {
        let phase = &self.kernel.phases[number];
        let inputs: Vec<Registers> = (0..phase.inputs.len())
            .map(|at| match ahead.get(at).copied().flatten() {
                Some(value) => value,
                None => self.input(number, at, point),
            })
            .collect();
        let program = std::mem::take(&mut self.expansions[number].program);
        let mut lanes: Vec<Typed> = Vec::with_capacity(program.instructions.len());
        for &(op, dtype) in &program.instructions {
            let value = match op {
                MachineOp::Input(input) => inputs[input as usize],
                op => {
                    let of = |lane: hypatia_lower::lane::Lane| lanes[lane.0 as usize];
                    match op::emit(&mut self.b, point.width(), op, dtype, of) {
                        Some(value) => value,
                        None => Registers::Single(self.missing("an op has no code")),
                    }
                }
            };
            lanes.push((value, dtype));
        }
        self.expansions[number].program = program;
        self.stores(number, point, &lanes);
        lanes
    }

    fn stores(&mut self, number: usize, point: &Point, lanes: &[Typed]) {
        let kernel = self.kernel;
        let phase = &kernel.phases[number];
        let loads = phase.inputs.iter().filter(|s| indirect(s).is_some()).count() as i64;
        let mut check = self.first_check[number] + loads;
        for store in &phase.stores {
            let value = lanes[self.expansions[number].lane(store.value).0 as usize].0;
            match &store.scatter {
                None => {
                    let (buffer, index) = (store.buffer, &store.index);
                    let dtype = kernel.params[buffer as usize].dtype;
                    let value = match store.onto {
                        ScatterOp::Set => value,
                        onto => {
                            let old = self.load(buffer, index, None, point);
                            self.onto(onto, point.width(), dtype, old, value)
                        }
                    };
                    self.store(buffer, index, value, point);
                }
                Some(scatter) => {
                    self.scatter(store, (check, scatter), value, point);
                    check += 1;
                }
            }
        }
    }

    /// An input of a phase.
    fn input(&mut self, number: usize, at: usize, point: &Point) -> Registers {
        let kernel = self.kernel;
        let phase = &kernel.phases[number];
        match &phase.inputs[at] {
            Source::Load { buffer, index, indirect: found } => {
                let earlier = phase.inputs[..at].iter().filter(|s| indirect(s).is_some()).count();
                let check = self.first_check[number] + earlier as i64;
                let found = found.as_ref().map(|i| (check, i));
                self.load(*buffer, index, found, point)
            }
            Source::Index(index) => self.index(index, point),
            Source::Row(slot) => {
                let dtype = kernel.slots[*slot as usize];
                match self.slots.get(slot).copied() {
                    Some((value, width)) if width == point.width() => value,
                    Some((value, _)) => splat(&mut self.b, Width::Four, dtype, value.first()),
                    None => Registers::Single(self.missing("a row value is not there")),
                }
            }
        }
    }

    /// Inputs of the row phases that do not change along the innermost row axis, one point each.
    pub fn hoist_row(&mut self, axes: Vec<Value>, inner: usize) -> Vec<Inputs> {
        let kernel = self.kernel;
        let mut point = Point { axes, four_along: None };
        let zero = self.b.ins().iconst(cranelift_codegen::ir::types::I64, 0);
        point.axes.resize(kernel.rows.len() + kernel.columns.len(), zero);
        // With columns, rows are long; what a row loads once costs nothing.
        if kernel.phases.iter().any(|p| p.scope == Scope::Point) {
            return Vec::new();
        }
        let fixed = |a: &Affine| a.strides[inner].is(0);
        (0..kernel.phases.len()).map(|number| self.ahead(number, &point, &fixed)).collect()
    }

    /// Inputs of a pass that no column changes, at the width of the row.
    pub fn hoist_columns(&mut self, number: usize, row: &Point) -> Inputs {
        let rows = self.kernel.rows.len();
        let fixed = move |a: &Affine| a.strides[rows..].iter().all(|s| s.is(0));
        self.ahead(number, row, &fixed)
    }

    fn ahead(&mut self, number: usize, point: &Point, fixed: &dyn Fn(&Affine) -> bool) -> Inputs {
        let phase = &self.kernel.phases[number];
        let mut inputs = Inputs::new();
        for (at, source) in phase.inputs.iter().enumerate() {
            let is_fixed = match source {
                // An index that is out of bounds must not be seen if no point is.
                Source::Load { index, indirect, .. } => indirect.is_none() && fixed(index),
                Source::Index(index) => fixed(index),
                Source::Row(_) => phase.scope == Scope::Point,
            };
            inputs.push(is_fixed.then(|| self.input(number, at, point)));
        }
        inputs
    }

    /// The inputs at another width.
    pub fn widened(&mut self, number: usize, inputs: Inputs, width: Width) -> Inputs {
        let kernel = self.kernel;
        let phase: &Phase = &kernel.phases[number];
        let mut wide = Inputs::new();
        for (at, input) in inputs.into_iter().enumerate() {
            let dtype = input_dtype(phase, at);
            wide.push(match (input, dtype) {
                (Some(value), Some(dtype)) => {
                    let ty = self.b.func.dfg.value_type(value.first());
                    match ty == register_type(dtype, width) {
                        true => Some(value),
                        false => Some(splat(&mut self.b, width, dtype, value.first())),
                    }
                }
                _ => None,
            });
        }
        wide
    }
}

fn indirect(source: &Source) -> Option<&Indirect> {
    match source {
        Source::Load { indirect, .. } => indirect.as_ref(),
        Source::Index(_) | Source::Row(_) => None,
    }
}

/// The dtype of an input, if the program uses it.
fn input_dtype(phase: &Phase, at: usize) -> Option<DType> {
    let is_it = |op: &LaneOp| matches!(op, LaneOp::Input(i) if *i as usize == at);
    phase.program.instructions.iter().find(|(op, _)| is_it(op)).map(|(_, dtype)| *dtype)
}
