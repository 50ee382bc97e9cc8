//! The text of kernels and plans, for people and snapshots.
//!
//! Invariants: depends on the plan alone; not parsed back.
//!
//! Not here: the text of graphs (`hypatia_ir::text`).

use super::{Apply, Buffer, BufferId, Matrices, Place, Plan, Step};
use crate::kernel::{Affine, Indirect, Kernel, Mode, Phase, Scope, Source};
use crate::lane::{Lane, LaneOp};
use hypatia_ir::dim::Dim;
use hypatia_ir::op::ScatterOp;
use std::fmt::{self, Display, Formatter};

/// A list of things with a comma between them.
struct List<'a, T>(&'a [T]);

impl<T: Display> Display for List<'_, T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (i, part) in self.0.iter().enumerate() {
            write!(f, "{}{part}", if i == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

impl Display for BufferId {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "b{}", self.0)
    }
}

impl Display for Lane {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "%{}", self.0)
    }
}

impl Display for Affine {
    /// `offset + stride·axis + …`, axes as `i0, i1, …`; what is 0 is left out.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let moves = self.strides.iter().enumerate().filter(|(_, s)| !s.is(0));
        let mut parts: Vec<String> = moves
            .map(|(axis, stride)| match stride {
                one if one.is(1) => format!("i{axis}"),
                sum if sum.term_count() > 1 => format!("({sum})*i{axis}"),
                one => format!("{one}*i{axis}"),
            })
            .collect();
        if !self.offset.is(0) || parts.is_empty() {
            parts.push(self.offset.to_string());
        }
        f.write_str(&parts.join(" + "))
    }
}

impl Display for Indirect {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Indirect { indices, at, stride, extent } = self;
        write!(f, "{stride}*p{indices}[{at}] below {extent}")
    }
}

impl Display for Source {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Source::Load { buffer, index, indirect: None } => write!(f, "p{buffer}[{index}]"),
            Source::Load { buffer, index, indirect: Some(indirect) } => {
                write!(f, "p{buffer}[{index} + {indirect}]")
            }
            Source::Index(index) => write!(f, "index {index}"),
            Source::Row(slot) => write!(f, "row {slot}"),
        }
    }
}

impl Display for LaneOp {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            LaneOp::Const(value) => write!(f, "{value}"),
            LaneOp::Input(i) => write!(f, "input {i}"),
            LaneOp::Unary(op, x) => write!(f, "{} {x}", op.name()),
            LaneOp::Binary(op, x, y) => write!(f, "{} {x}, {y}", op.name()),
            LaneOp::Compare(op, x, y) => write!(f, "{} {x}, {y}", op.name()),
            LaneOp::Select(mask, x, y) => write!(f, "select {mask}, {x}, {y}"),
            LaneOp::RandomBits(word, x, y, z) => {
                write!(f, "random_bits {x}, {y}, {z} word {word}")
            }
            LaneOp::Cast(x) => write!(f, "cast {x}"),
        }
    }
}

impl Display for Phase {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let scope = match self.scope {
            Scope::Row => "row",
            Scope::Point => "point",
        };
        writeln!(f, "  each {scope}:")?;
        for (at, (op, dtype)) in self.program.instructions.iter().enumerate() {
            match op {
                LaneOp::Input(i) => {
                    writeln!(f, "    %{at}: {dtype} = {}", self.inputs[*i as usize])?
                }
                op => writeln!(f, "    %{at}: {dtype} = {op}")?,
            }
        }
        for store in &self.stores {
            write!(f, "    p{}[{}", store.buffer, store.index)?;
            if let Some(at) = &store.scatter {
                write!(f, " + {at}")?;
            }
            let sign = match store.onto {
                ScatterOp::Set => "=",
                ScatterOp::Add => "+=",
                ScatterOp::Max => "max=",
                ScatterOp::Min => "min=",
            };
            writeln!(f, "] {sign} {}", store.value)?;
        }
        for reduction in &self.reductions {
            let (slot, name) = (reduction.slot, reduction.op.name());
            writeln!(f, "    row {slot} = {name} {}", reduction.value)?;
        }
        for (slot, lane) in &self.defines {
            writeln!(f, "    row {slot} = {lane}")?;
        }
        Ok(())
    }
}

impl Display for Kernel {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let param = |(i, p): (usize, &crate::kernel::Param)| {
            let mode = match p.mode {
                Mode::Read => "read",
                Mode::Write => "write",
                Mode::Accumulate => "accumulate",
            };
            format!("p{i}: {mode} {}", p.dtype)
        };
        let params: Vec<String> = self.params.iter().enumerate().map(param).collect();
        let (rows, columns) = (List::<Dim>(&self.rows), List::<Dim>(&self.columns));
        writeln!(f, "kernel {}({}) rows [{rows}] columns [{columns}]", self.name, List(&params))?;
        self.phases.iter().try_for_each(|phase| write!(f, "{phase}"))
    }
}

impl Display for Buffer {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.ty)?;
        match self.place {
            Place::Input(i) => write!(f, "input {i}"),
            Place::Literal(i) => write!(f, "literal {i}"),
            Place::Root(i) => write!(f, "root {i}"),
            Place::Arena { from, to, takes: None } => write!(f, "arena, steps {from} to {to}"),
            Place::Arena { from, to, takes: Some(old) } => {
                write!(f, "arena, steps {from} to {to}, in place of {old}")
            }
        }
    }
}

impl Display for Matrices {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Matrices { buffer, offset, batch, row, column } = self;
        write!(
            f,
            "{buffer}[{offset}; {}{}{row}, {column}]",
            List::<Dim>(batch),
            match batch.len() {
                0 => "",
                _ => ", ",
            }
        )
    }
}

impl Display for Apply {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {}(", self.out.buffer, self.routine.name())?;
        for (i, x) in self.operands.iter().enumerate() {
            write!(f, "{}{}: {}", if i == 0 { "" } else { ", " }, x.buffer, x.ty)?;
        }
        match self.routine.attribute() {
            Some(text) => write!(f, ", {text})"),
            None => f.write_str(")"),
        }
    }
}

impl Display for Plan {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (i, buffer) in self.buffers.iter().enumerate() {
            writeln!(f, "b{i}: {buffer}")?;
        }
        for (i, step) in self.steps.iter().enumerate() {
            match step {
                Step::Launches(launches) => {
                    for (at, launch) in launches.iter().enumerate() {
                        let kernel = &self.kernels[launch.kernel as usize].name;
                        match at {
                            0 => write!(f, "{i}: ")?,
                            _ => f.write_str("   with ")?,
                        }
                        writeln!(f, "{kernel}({})", List(&launch.buffers))?;
                    }
                }
                Step::Product(p) => {
                    let (m, k, n) = (&p.m, &p.k, &p.n);
                    writeln!(f, "{i}: {} = {} · {}   {m}×{k}×{n}", p.out, p.left, p.right)?;
                }
                Step::Routine(apply) => writeln!(f, "{i}: {apply}")?,
                Step::Copy { from, to } => writeln!(f, "{i}: {to} = {from}")?,
            }
        }
        self.kernels.iter().try_for_each(|kernel| write!(f, "\n{kernel}"))
    }
}
