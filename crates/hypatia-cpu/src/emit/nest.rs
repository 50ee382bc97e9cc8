//! The loops of a kernel: rows, the columns of a row, and which of them run four at a time.
//!
//! Rows run four at a time if the kernel has no columns, if the columns are few, or if memory is
//! contiguous along the innermost row axis rather than along the columns. Otherwise columns do.
//! Kernels that scatter run point by point, or columns four at a time that share their index.
//!
//! Invariants: the choice depends on the kernel alone; rows are independent, so any range of rows
//! may run on its own.
//!
//! Not here: what happens at a point (`emit/phase.rs`).

use super::Emitter;
use super::access::Point;
use super::phase::Inputs;
use super::reduce::{Accumulator, BLOCK, PARTIALS};
use super::vector::Width;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, Value, types};
use cranelift_frontend::Variable;
use hypatia_ir::dim::Dim;
use hypatia_ir::op::ReduceOp;
use hypatia_lower::kernel::{Kernel, Phase, Scope, Store};

/// Up to so many columns, rows run four at a time whatever the layout.
const FEW_COLUMNS: i64 = 16;

/// Which axis runs four at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fours {
    /// The innermost row axis.
    Rows,
    /// The innermost column axis.
    Columns,
    /// None.
    Nothing,
}

impl Fours {
    /// The choice for a kernel.
    pub fn choose(kernel: &Kernel) -> Fours {
        let mut scatters =
            kernel.phases.iter().flat_map(|p| &p.stores).filter(|s| s.scatter.is_some()).peekable();
        let points: Vec<&Phase> =
            kernel.phases.iter().filter(|p| p.scope == Scope::Point).collect();
        let columns = kernel.columns.iter().try_fold(1i64, |n, d| Some(n * d.known()?));
        let contiguous = |axis: usize| {
            let affines = points.iter().flat_map(|p| p.affines());
            affines.filter(|a| a.strides[axis].is(1)).count()
        };
        let inner_row = kernel.rows.len().checked_sub(1);
        match inner_row {
            _ if scatters.peek().is_some() => {
                let inner = (kernel.rows.len() + kernel.columns.len()).checked_sub(1);
                let inner = inner.filter(|_| !kernel.columns.is_empty());
                match inner.is_some_and(|axis| scatters.all(|s| side_by_side(s, axis))) {
                    true => Fours::Columns,
                    false => Fours::Nothing,
                }
            }
            Some(_) if points.is_empty() => Fours::Rows,
            Some(_) if columns.is_some_and(|n| n < FEW_COLUMNS) => Fours::Rows,
            Some(row) if contiguous(row) > contiguous(row + kernel.columns.len()) => Fours::Rows,
            _ => Fours::Columns,
        }
    }
}

/// Whether points along the axis go to neighbouring elements by one index.
fn side_by_side(store: &Store, axis: usize) -> bool {
    let one_index = store.scatter.as_ref().is_none_or(|found| found.at.strides[axis].is(0));
    one_index && store.index.strides[axis].is(1)
}

impl Emitter<'_, '_> {
    /// A loop from the value of `i` while a whole step is left before `end`; gives the next `i`.
    pub fn steps(
        &mut self,
        start: Value,
        end: Value,
        step: i64,
        mut body: impl FnMut(&mut Self, Value),
    ) -> Value {
        let i = self.b.declare_var(types::I64);
        self.b.def_var(i, start);
        let (head, inside, after) =
            (self.b.create_block(), self.b.create_block(), self.b.create_block());
        self.b.ins().jump(head, &[]);
        self.b.switch_to_block(head);
        let at = self.b.use_var(i);
        let next = self.b.ins().iadd_imm_s(at, step);
        let whole = self.b.ins().icmp(IntCC::SignedLessThanOrEqual, next, end);
        self.b.ins().brif(whole, inside, &[], after, &[]);
        self.b.seal_block(inside);
        self.b.switch_to_block(inside);
        body(self, at);
        self.b.def_var(i, next);
        self.b.ins().jump(head, &[]);
        self.b.seal_block(head);
        self.b.seal_block(after);
        self.b.switch_to_block(after);
        self.b.use_var(i)
    }

    /// All rows with flat numbers from `start` up to `end`.
    pub fn rows(&mut self, start: Value, end: Value) {
        let Some(inner) = self.kernel.rows.last().cloned() else {
            self.steps(start, end, 1, |e, _| e.row_at(Vec::new(), None));
            return;
        };
        if self.kernel.rows.len() == 1 {
            self.run(&[], start, end);
            return;
        }
        let inner = self.dim(&inner);
        // Lengths are divided by only if there are rows, so that none of them is 0.
        let (enter, after) = (self.b.create_block(), self.b.create_block());
        let any = self.b.ins().icmp(IntCC::SignedLessThan, start, end);
        self.b.ins().brif(any, enter, &[], after, &[]);
        self.b.seal_block(enter);
        self.b.switch_to_block(enter);
        let outer = self.b.ins().udiv(start, inner);
        let done = self.b.ins().imul(outer, inner);
        let first = self.b.ins().isub(start, done);
        let split = self.split(outer);
        let axes: Vec<Variable> = split.into_iter().map(|at| self.variable(at)).collect();
        let (current, first) = (self.variable(start), self.variable(first));
        let inside = self.b.create_block();
        self.b.ins().jump(inside, &[]);
        self.b.switch_to_block(inside);
        let (at, from) = (self.b.use_var(current), self.b.use_var(first));
        let left = self.b.ins().isub(end, at);
        let last = self.b.ins().iadd(from, left);
        let last = self.b.ins().smin(last, inner);
        let point: Vec<Value> = axes.iter().map(|&axis| self.b.use_var(axis)).collect();
        self.run(&point, from, last);
        let ran = self.b.ins().isub(last, from);
        let next = self.b.ins().iadd(at, ran);
        self.b.def_var(current, next);
        let zero = self.b.ins().iconst(types::I64, 0);
        self.b.def_var(first, zero);
        self.advance(&axes);
        let more = self.b.ins().icmp(IntCC::SignedLessThan, next, end);
        self.b.ins().brif(more, inside, &[], after, &[]);
        self.b.seal_block(inside);
        self.b.seal_block(after);
        self.b.switch_to_block(after);
    }

    fn variable(&mut self, value: Value) -> Variable {
        let variable = self.b.declare_var(types::I64);
        self.b.def_var(variable, value);
        variable
    }

    /// The next index of the axes: divisions for every short run would cost more than the run.
    fn advance(&mut self, axes: &[Variable]) {
        let kernel = self.kernel;
        let mut carry = self.b.ins().iconst(types::I64, 1);
        for (place, &axis) in axes.iter().enumerate().rev() {
            let at = self.b.use_var(axis);
            let next = self.b.ins().iadd(at, carry);
            if place == 0 {
                self.b.def_var(axis, next);
                return;
            }
            let length = self.dim(&kernel.rows[place]);
            let full = self.b.ins().icmp(IntCC::Equal, next, length);
            let zero = self.b.ins().iconst(types::I64, 0);
            let wrapped = self.b.ins().select(full, zero, next);
            self.b.def_var(axis, wrapped);
            carry = self.b.ins().uextend(types::I64, full);
        }
    }

    /// The index along each row axis but the innermost.
    fn split(&mut self, flat: Value) -> Vec<Value> {
        let outer: Vec<Dim> = self.kernel.rows[..self.kernel.rows.len() - 1].to_vec();
        let mut axes = vec![flat; outer.len()];
        let mut rest = flat;
        for (at, dim) in outer.iter().enumerate().skip(1).rev() {
            let length = self.dim(dim);
            axes[at] = self.b.ins().urem(rest, length);
            rest = self.b.ins().udiv(rest, length);
        }
        axes[0] = rest;
        axes
    }

    /// Rows along the innermost axis.
    fn run(&mut self, outer: &[Value], start: Value, end: Value) {
        let inner = outer.len();
        let whole = |at: Value| outer.iter().copied().chain([at]).collect::<Vec<Value>>();
        let hoisted = self.hoist_row(whole(start), inner);
        self.rows_ahead = hoisted;
        let mut next = start;
        if self.fours == Fours::Rows {
            next = self.steps(next, end, 4, |e, at| e.row_at(whole(at), Some(inner)));
        }
        self.steps(next, end, 1, |e, at| e.row_at(whole(at), None));
        self.rows_ahead = Vec::new();
    }

    /// All phases of one row, or of four.
    fn row_at(&mut self, axes: Vec<Value>, four_along: Option<usize>) {
        let mut point = Point { axes, four_along };
        let zero = self.b.ins().iconst(types::I64, 0);
        point.axes.resize(self.kernel.rows.len() + self.kernel.columns.len(), zero);
        self.slots.clear();
        let kernel = self.kernel;
        for (number, phase) in kernel.phases.iter().enumerate() {
            match phase.scope {
                Scope::Row => {
                    let ahead = self.rows_ahead.get(number).cloned().unwrap_or_default();
                    let ahead = self.widened(number, ahead, point.width());
                    let lanes = self.phase(number, &point, &ahead);
                    for &(slot, lane) in &phase.defines {
                        let value = lanes[self.expansions[number].lane(lane).0 as usize].0;
                        self.slots.insert(slot, (value, point.width()));
                    }
                }
                Scope::Point => self.columns(number, phase, &point),
            }
        }
    }

    /// One pass over the columns.
    fn columns(&mut self, number: usize, phase: &Phase, row: &Point) {
        let fours = self.fours == Fours::Columns;
        let ahead = self.hoist_columns(number, row);
        let blocks = self.sums_long(phase);
        let slots = &self.kernel.slots;
        let sums: Vec<Accumulator> = phase
            .reductions
            .iter()
            .map(|r| self.start(r.op, slots[r.slot as usize], row.width(), fours, blocks))
            .collect();
        let one = ahead.clone();
        let four = if fours { self.widened(number, ahead, Width::Four) } else { Inputs::new() };
        self.column_axis(&Pass { number, phase, sums: &sums, blocks, one, four }, row, 0);
        for (sum, reduction) in sums.iter().zip(&phase.reductions) {
            let value = self.finish(sum);
            self.slots.insert(reduction.slot, (value, row.width()));
        }
    }

    /// Whether the phase sums floats along an axis that may be longer than a block.
    fn sums_long(&self, phase: &Phase) -> bool {
        let last = self.kernel.columns.last().and_then(Dim::known);
        let sums_floats = phase
            .reductions
            .iter()
            .any(|r| r.op == ReduceOp::Sum && self.kernel.slots[r.slot as usize].is_float());
        sums_floats && last.is_none_or(|n| n > BLOCK)
    }

    /// The loops over column axis `axis` and those inside it.
    fn column_axis(&mut self, pass: &Pass<'_>, point: &Point, axis: usize) {
        let kernel = self.kernel;
        let place = kernel.rows.len() + axis;
        let length = self.dim(&kernel.columns[axis]);
        let zero = self.b.ins().iconst(types::I64, 0);
        if axis + 1 < kernel.columns.len() {
            self.steps(zero, length, 1, |e, at| {
                e.column_axis(pass, &point.along(place, at), axis + 1);
            });
        } else if pass.blocks {
            let more = self.b.ins().iadd_imm_s(length, BLOCK - 1);
            let count = self.b.ins().udiv_imm_u(more, BLOCK);
            self.steps(zero, count, 1, |e, block| {
                let start = e.b.ins().imul_imm_s(block, BLOCK);
                let end = e.b.ins().iadd_imm_s(start, BLOCK);
                let end = e.b.ins().smin(end, length);
                pass.sums.iter().for_each(|s| e.begin_block(s));
                e.run_of_columns(pass, point, start, end);
                pass.sums.iter().for_each(|s| e.end_block(s));
            });
        } else {
            self.run_of_columns(pass, point, zero, length);
        }
    }

    /// Columns along the innermost axis.
    fn run_of_columns(&mut self, pass: &Pass<'_>, point: &Point, start: Value, end: Value) {
        let kernel = self.kernel;
        let place = kernel.rows.len() + kernel.columns.len() - 1;
        let groups = if pass.sums.is_empty() { 1 } else { PARTIALS };
        let step = 4 * groups as i64;
        let mut next = start;
        let too_few = kernel.columns.last().and_then(Dim::known).is_some_and(|n| n < step);
        if self.fours == Fours::Columns && !too_few {
            next = self.steps(start, end, step, |e, at| {
                for group in 0..groups {
                    let at = e.b.ins().iadd_imm_s(at, 4 * group as i64);
                    let four = Point { four_along: Some(place), ..point.along(place, at) };
                    e.column(pass, &four, group, true);
                }
            });
        }
        self.steps(next, end, 1, |e, at| e.column(pass, &point.along(place, at), 0, false));
    }

    fn column(&mut self, pass: &Pass<'_>, point: &Point, group: usize, of_four: bool) {
        let ahead = if of_four { &pass.four } else { &pass.one };
        let lanes = self.phase(pass.number, point, ahead);
        for (sum, reduction) in pass.sums.iter().zip(&pass.phase.reductions) {
            let value = lanes[self.expansions[pass.number].lane(reduction.value).0 as usize].0;
            self.take_in(sum, group, value, of_four);
        }
    }
}

/// What a pass over the columns needs at every point.
struct Pass<'a> {
    number: usize,
    phase: &'a Phase,
    sums: &'a [Accumulator],
    /// Whether the innermost axis goes block by block.
    blocks: bool,
    /// Inputs that no column changes, at the width of the rows.
    one: Inputs,
    /// The same for four columns.
    four: Inputs,
}
