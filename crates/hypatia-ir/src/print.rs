//! Expressions as maths, for people: `{}` on [`Expr`].
//!
//! Invariants: the text is short whatever the size of the expression: deep parts print as `…`.
//!
//! Not here: the exact text form of graphs (`text/`).

use crate::expr::{Expr, Kind};
use crate::op::{Axes, BinaryOp, CompareOp, GradientMarker, Op, UnaryOp};
use crate::shape::Shape;
use std::fmt;

/// Operands nested deeper than this print as `…`.
const DEPTH: usize = 6;

/// How tightly an expression binds; an operand that binds less gets parentheses.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Binding {
    Compare,
    Sum,
    Product,
    Negation,
    Power,
    Atom,
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(f, self, Binding::Compare, DEPTH)
    }
}

fn infix(op: BinaryOp) -> Option<(&'static str, Binding)> {
    match op {
        BinaryOp::Add => Some((" + ", Binding::Sum)),
        BinaryOp::Sub => Some((" - ", Binding::Sum)),
        BinaryOp::Mul => Some((" * ", Binding::Product)),
        BinaryOp::Div => Some((" / ", Binding::Product)),
        BinaryOp::Pow => Some(("^", Binding::Power)),
        BinaryOp::Atan2
        | BinaryOp::Max
        | BinaryOp::Min
        | BinaryOp::And
        | BinaryOp::Or
        | BinaryOp::Xor
        | BinaryOp::Shl
        | BinaryOp::Shr
        | BinaryOp::Rem
        | BinaryOp::Quot => None,
    }
}

const fn comparison(op: CompareOp) -> &'static str {
    match op {
        CompareOp::Eq => " == ",
        CompareOp::Ne => " != ",
        CompareOp::Lt => " < ",
        CompareOp::Le => " <= ",
        CompareOp::Gt => " > ",
        CompareOp::Ge => " >= ",
    }
}

fn write(f: &mut fmt::Formatter<'_>, expr: &Expr, outer: Binding, depth: usize) -> fmt::Result {
    let (op, operands) = match expr.kind() {
        Kind::Input(input) => return f.write_str(&input.name),
        Kind::Literal(value) => return write!(f, "literal{:?}", value.shape()),
        Kind::Invalid(error, operands) => return call(f, error.op, operands, "", depth),
        Kind::Unknown(op, operands) => return call(f, op, operands, "", depth),
        Kind::Apply(Op::Const(value), _) => return write!(f, "{value}"),
        Kind::Apply(op, operands) => (op, operands.as_slice()),
    };
    let Some(deeper) = depth.checked_sub(1) else {
        return f.write_str("…");
    };
    let (text, binding) = match (op, operands) {
        (Op::Binary(op), _) if infix(*op).is_some() => infix(*op).unwrap_or((" ", Binding::Sum)),
        (Op::Compare(op), _) => (comparison(*op), Binding::Compare),
        (Op::MatMul, _) => (" @ ", Binding::Product),
        (Op::Unary(UnaryOp::Neg), [x]) => {
            let open = outer > Binding::Negation;
            f.write_str(if open { "(-" } else { "-" })?;
            write(f, x, Binding::Negation, deeper)?;
            return f.write_str(if open { ")" } else { "" });
        }
        (Op::Transpose(perm), [x]) if perm == &[1, 0] => {
            write(f, x, Binding::Atom, deeper)?;
            return f.write_str("ᵀ");
        }
        (Op::Reduce(..) | Op::ArgReduce(..), _) => {
            let name = format!("{}_keep", op.name());
            return call(f, &name, operands, &attributes(op), depth);
        }
        (Op::Reshape(shape), [x]) if let Some(reduced) = dropped(x, shape) => {
            return call(f, reduced.0, x.operands(), &reduced.1, depth);
        }
        _ => return call(f, op.name(), operands, &attributes(op), depth),
    };
    let [left, right] = operands else {
        return call(f, op.name(), operands, "", depth);
    };
    // Products and sums associate to the left, so an equal binding on the right needs
    // parentheses; comparisons and powers do not associate at all.
    let (before, after) = match binding {
        Binding::Compare => (Binding::Sum, Binding::Sum),
        Binding::Sum => (Binding::Sum, Binding::Product),
        Binding::Product => (Binding::Product, Binding::Negation),
        Binding::Negation | Binding::Power | Binding::Atom => (Binding::Atom, Binding::Atom),
    };
    let open = binding < outer;
    f.write_str(if open { "(" } else { "" })?;
    write(f, left, before, deeper)?;
    f.write_str(text)?;
    write(f, right, after, deeper)?;
    f.write_str(if open { ")" } else { "" })
}

/// Name and axes of a reduction whose reduced axes are dropped by a reshape to this shape.
fn dropped(reduction: &Expr, to: &Shape) -> Option<(&'static str, String)> {
    let Kind::Apply(op, _) = reduction.kind() else { return None };
    let axes = match op {
        Op::Reduce(_, axes) => *axes,
        Op::ArgReduce(_, axis) => Axes::one(*axis),
        _ => return None,
    };
    let shape = &reduction.type_or_none()?.shape;
    let kept = shape.iter().enumerate().filter(|(i, _)| !axes.contains(*i)).map(|(_, d)| d);
    let all = axes.len() == shape.rank() && shape.rank() > 0;
    kept.eq(to.iter()).then(|| (op.name(), if all { String::new() } else { attributes(op) }))
}

/// The attributes that a reader of maths wants to see.
fn attributes(op: &Op) -> String {
    match op {
        Op::Cast(dtype) => format!("{dtype}"),
        Op::Dim(dim) | Op::Iota(dim, _) => format!("{dim}"),
        Op::Reduce(_, axes) => format!("{axes:?}"),
        Op::RandomBits(word) => format!("word={word}"),
        Op::ArgReduce(_, axis)
        | Op::Concat(axis)
        | Op::Take(axis)
        | Op::TakeAlong(axis)
        | Op::Scatter(_, axis)
        | Op::ScatterAlong(_, axis) => format!("axis={axis}"),
        Op::Routine(op) => op.attribute().unwrap_or_default(),
        Op::Reshape(shape) | Op::Broadcast(shape) => format!("{shape}"),
        Op::Transpose(perm) => format!("{perm:?}"),
        Op::Slice(parts) => {
            let part = |p: &crate::op::SliceAxis| match p.step {
                1 => format!("{}:{}", p.start, &p.start + &p.len),
                step => format!("{}:{}:{step}", p.start, &p.start + &(&p.len * step)),
            };
            parts.iter().map(part).collect::<Vec<_>>().join(", ")
        }
        Op::Windows(part) => format!("axis={}, size={}", part.axis, part.size),
        Op::Fold(part) => format!("axis={}, length={}", part.axis, part.length),
        Op::Input(_)
        | Op::Literal(_)
        | Op::Const(_)
        | Op::Unary(_)
        | Op::Binary(_)
        | Op::Compare(_)
        | Op::Select
        | Op::Marker(GradientMarker::Stop | GradientMarker::Zero | GradientMarker::Undefined)
        | Op::Fast
        | Op::Pad(_)
        | Op::MatMul => String::new(),
        Op::Marker(GradientMarker::Clip(lo, hi)) => format!("{lo}, {hi}"),
        Op::Marker(GradientMarker::Scale(by)) => format!("{by}"),
    }
}

fn call(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    operands: &[Expr],
    attributes: &str,
    depth: usize,
) -> fmt::Result {
    let Some(deeper) = depth.checked_sub(1) else {
        return f.write_str("…");
    };
    write!(f, "{name}(")?;
    for (i, operand) in operands.iter().enumerate() {
        f.write_str(if i == 0 { "" } else { ", " })?;
        write(f, operand, Binding::Compare, deeper)?;
    }
    if !attributes.is_empty() {
        let comma = if operands.is_empty() { "" } else { ", " };
        write!(f, "{comma}{attributes}")?;
    }
    f.write_str(")")
}
