//! Graphs as text: `{}` on [`Graph`], and single nodes for messages.
//!
//! Invariants: exact: every bit of every constant is in the text; one statement a line, in the
//! order of the nodes; `%n` is the number of the node.
//!
//! Not here: expressions as maths (`../print.rs`).

use crate::dim::Dim;
use crate::dtype::DType;
use crate::graph::{Graph, NodeId, Role};
use crate::op::{FoldAxis, GradientMarker, Op, PadAxis, SliceAxis, WindowAxis};
use crate::scalar::Scalar;
use crate::tensor::Tensor;
use std::fmt::{self, Display, Formatter};

impl Display for Graph {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "hyp 1")?;
        for (node, _) in self.iter() {
            writeln!(f, "{}", NodeText { graph: self, node })?;
        }
        for guard in &self.guards {
            writeln!(f, "guard {}", guard.requirement)?;
        }
        for root in &self.roots {
            let value = Name { graph: self, node: root.node };
            match &root.role {
                Role::Output(name) => writeln!(f, "output {name} = {value}")?,
                Role::Update(input) => match self.inputs.get(*input as usize) {
                    Some(input) => writeln!(f, "update {} = {value}", input.name)?,
                    None => writeln!(f, "update input {input} = {value}")?,
                },
            }
        }
        Ok(())
    }
}

/// A value as operands name it: `%3`, or the name of an input.
struct Name<'a> {
    graph: &'a Graph,
    node: NodeId,
}

impl Display for Name<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let op = self.graph.nodes().get(self.node.index()).map(|n| &n.op);
        match op {
            Some(Op::Input(i)) if (*i as usize) < self.graph.inputs.len() => {
                f.write_str(&self.graph.inputs[*i as usize].name)
            }
            _ => write!(f, "%{}", self.node.0),
        }
    }
}

/// The line of one node.
#[derive(Clone, Copy, Debug)]
pub struct NodeText<'a> {
    /// The graph.
    pub graph: &'a Graph,
    /// The node; must be one of the graph's.
    pub node: NodeId,
}

impl Display for NodeText<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let NodeText { graph, node: id } = *self;
        let node = graph.node(id);
        if let Op::Input(i) = node.op
            && let Some(input) = graph.inputs.get(i as usize)
        {
            let keyword = if input.shared { "shared" } else { "input" };
            return write!(f, "{keyword} {}: {}", input.name, node.ty);
        }
        write!(f, "%{}: {} = {}(", id.0, node.ty, node.op.name())?;
        for (i, &operand) in node.operands.iter().enumerate() {
            let comma = if i == 0 { "" } else { ", " };
            write!(f, "{comma}{}", Name { graph, node: operand })?;
        }
        let comma = if node.operands.is_empty() { "" } else { ", " };
        attribute(f, graph, comma, &node.op)?;
        f.write_str(")")
    }
}

/// What follows the operands.
fn attribute(f: &mut Formatter<'_>, graph: &Graph, comma: &str, op: &Op) -> fmt::Result {
    match op {
        Op::Input(number) => write!(f, "{number}"),
        Op::Literal(number) => match graph.literals.get(*number as usize) {
            Some(value) => write!(f, "{}", Elements(value)),
            None => write!(f, "{number}"),
        },
        Op::Const(value) => write!(f, "{}: {}", Exact(*value), value.dtype()),
        Op::Dim(dim) => write!(f, "{dim}"),
        Op::Iota(len, dtype) => write!(f, "{len}: {dtype}"),
        Op::Unary(_)
        | Op::Binary(_)
        | Op::Compare(_)
        | Op::Select
        | Op::Marker(GradientMarker::Stop | GradientMarker::Zero | GradientMarker::Undefined)
        | Op::Fast
        | Op::MatMul => Ok(()),
        Op::Marker(GradientMarker::Clip(lo, hi)) => {
            write!(f, "{comma}bounds=[{}, {}]", Exact(*lo), Exact(*hi))
        }
        Op::Marker(GradientMarker::Scale(by)) => write!(f, "{comma}by={}", Exact(*by)),
        Op::Cast(dtype) => write!(f, "{comma}to={dtype}"),
        Op::Reduce(_, axes) => write!(f, "{comma}axes={axes:?}"),
        Op::Reshape(shape) | Op::Broadcast(shape) => write!(f, "{comma}to={shape}"),
        Op::Transpose(perm) => write!(f, "{comma}perm={perm:?}"),
        Op::Slice(parts) => {
            let triple = |SliceAxis { start, len, step }: &SliceAxis| triple(start, len, step);
            write!(f, "{comma}parts=[{}]", joined(parts, triple))
        }
        Op::Pad(parts) => {
            let triple = |PadAxis { low, high, interior }: &PadAxis| triple(low, high, interior);
            write!(f, "{comma}widths=[{}]", joined(parts, triple))
        }
        Op::Windows(WindowAxis { axis, size, stride, dilation }) => {
            write!(f, "{comma}axis={axis}, size={size}, stride={stride}, dilation={dilation}")
        }
        Op::Fold(FoldAxis { axis, length, stride, dilation }) => {
            write!(f, "{comma}axis={axis}, length={length}, stride={stride}, dilation={dilation}")
        }
        Op::RandomBits(word) => write!(f, "{comma}word={word}"),
        Op::ArgReduce(_, axis)
        | Op::Concat(axis)
        | Op::Take(axis)
        | Op::TakeAlong(axis)
        | Op::Scatter(_, axis)
        | Op::ScatterAlong(_, axis) => write!(f, "{comma}axis={axis}"),
        Op::Routine(op) => match op.attribute() {
            Some(text) => write!(f, "{comma}{text}"),
            None => Ok(()),
        },
    }
}

fn triple(first: &Dim, second: &Dim, third: &impl Display) -> String {
    format!("{first}:{second}:{third}")
}

fn joined<T>(parts: &[T], text: impl Fn(&T) -> String) -> String {
    parts.iter().map(text).collect::<Vec<_>>().join(", ")
}

/// The elements of a tensor in row-major order.
struct Elements<'a>(&'a Tensor);

impl Display for Elements<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("[")?;
        for i in 0..self.0.len() {
            let comma = if i == 0 { "" } else { ", " };
            write!(f, "{comma}{}", Exact(self.0.get(i)))?;
        }
        f.write_str("]")
    }
}

/// A value with all its bits: a NaN that is not the usual one shows them.
struct Exact(Scalar);

impl Display for Exact {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let usual = match self.0.dtype() {
            DType::F32 => Scalar::new(f32::NAN),
            DType::F64 => Scalar::new(f64::NAN),
            DType::Bool | DType::U8 | DType::I32 | DType::I64 => return write!(f, "{}", self.0),
        };
        if self.0.as_f64().is_nan() && self.0 != usual {
            return write!(f, "nan({:#x})", self.0.bits());
        }
        write!(f, "{}", self.0)
    }
}
