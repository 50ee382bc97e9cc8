//! Terms of the e-graph as maths.
//!
//! Invariants: a constant is a number whatever its shape; parentheses only where they are needed.
//!
//! Not here: expressions (`hypatia_ir::print`), graphs (`hypatia_ir::text`).

use crate::language::{Attr, Head, join};
use crate::space::Space;
use egg::Id;
use hypatia_ir::graph::Graph;
use hypatia_ir::op::{BinaryOp, CompareOp, Op, UnaryOp};
use hypatia_ir::scalar::Scalar;

/// How tightly a text binds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Binding {
    Compare,
    Sum,
    Product,
    Sign,
    Power,
    Atom,
}

/// A text, and how tightly it binds.
pub(super) type Text = (String, Binding);

/// What things are called.
pub(super) struct Names<'a> {
    pub graph: &'a Graph,
    pub space: &'a Space,
}

impl Names<'_> {
    /// The text of a term with these operands; `attr` is the attribute, if it has one.
    pub fn term(&self, head: &Head, attr: Option<&Attr>, operands: &[Text]) -> Text {
        match (head, operands) {
            (Head::Const(value), _) => number(value),
            (Head::Outer(number), _) => (self.outer(*number), Binding::Atom),
            (Head::Leaf(op), _) => (leaf(op), Binding::Atom),
            (Head::Unary(UnaryOp::Neg), [x]) => {
                (format!("-{}", within(x, Binding::Power)), Binding::Sign)
            }
            // A number of another shape is written as itself.
            (Head::Broadcast, [x]) if x.0.parse::<f64>().is_ok() => x.clone(),
            (_, [x, y]) if infix(head).is_some() => {
                let (sign, binding, right) =
                    infix(head).unwrap_or((",", Binding::Sum, Binding::Sum));
                let text = format!("{} {sign} {}", within(x, binding), within(y, right));
                (text, binding)
            }
            _ => {
                let attribute = attr.map(|a| attribute(head, a));
                let operands = operands.iter().map(|(text, _)| text.clone());
                let all: Vec<String> = operands.chain(attribute).collect();
                (format!("{}({})", name(head, attr), all.join(", ")), Binding::Atom)
            }
        }
    }

    fn outer(&self, number: u32) -> String {
        let node = self.space.analysis.origins.get(number as usize);
        match node.map(|&n| &self.graph.node(n).op) {
            Some(Op::Input(i)) => self.graph.inputs[*i as usize].name.to_string(),
            Some(Op::Literal(i)) => format!("literal{i}"),
            _ => format!("value{number}"),
        }
    }

    /// The text of the first term of a class, down to some depth.
    pub fn class(&self, class: Id, depth: usize) -> Text {
        let class = &self.space[class];
        let simple = class.nodes.iter().find(|t| matches!(t.head, Head::Const(_)));
        let Some(term) = simple.or(class.nodes.first()) else {
            return ("…".into(), Binding::Atom);
        };
        if let Some(value) = class.data.facts.constant {
            return number(&value);
        }
        let Some(deeper) = depth.checked_sub(1) else { return ("…".into(), Binding::Atom) };
        let operands: Vec<Text> = term.operands().iter().map(|&x| self.class(x, deeper)).collect();
        self.term(&term.head, crate::space::attr_of(self.space, term), &operands)
    }
}

/// A number; a negative one binds as its sign does.
fn number(value: &Scalar) -> Text {
    let text = value.to_string();
    let binding = if text.starts_with('-') { Binding::Sign } else { Binding::Atom };
    (text, binding)
}

fn within((text, own): &Text, least: Binding) -> String {
    if *own < least { format!("({text})") } else { text.clone() }
}

/// The sign between two operands, how tightly it binds, and what the right operand needs not to be
/// put in parentheses.
fn infix(head: &Head) -> Option<(&'static str, Binding, Binding)> {
    Some(match head {
        Head::Binary(BinaryOp::Add) => ("+", Binding::Sum, Binding::Product),
        Head::Binary(BinaryOp::Sub) => ("-", Binding::Sum, Binding::Product),
        Head::Binary(BinaryOp::Mul) => ("*", Binding::Product, Binding::Sign),
        Head::Binary(BinaryOp::Div) => ("/", Binding::Product, Binding::Sign),
        Head::Binary(BinaryOp::Pow) => ("**", Binding::Power, Binding::Power),
        Head::MatMul => ("@", Binding::Product, Binding::Sign),
        Head::Compare(CompareOp::Eq) => ("==", Binding::Compare, Binding::Sum),
        Head::Compare(CompareOp::Ne) => ("!=", Binding::Compare, Binding::Sum),
        Head::Compare(CompareOp::Lt) => ("<", Binding::Compare, Binding::Sum),
        Head::Compare(CompareOp::Le) => ("<=", Binding::Compare, Binding::Sum),
        Head::Compare(CompareOp::Gt) => (">", Binding::Compare, Binding::Sum),
        Head::Compare(CompareOp::Ge) => (">=", Binding::Compare, Binding::Sum),
        _ => return None,
    })
}

fn name(head: &Head, attr: Option<&Attr>) -> String {
    match head {
        Head::Softmax => "softmax".into(),
        Head::LogSoftmax => "log_softmax".into(),
        Head::LogSumExp => "logsumexp".into(),
        _ => join(head, attr).map_or("?".into(), |op| op.name().to_string()),
    }
}

fn leaf(op: &Op) -> String {
    match op {
        Op::Dim(dim) => dim.to_string(),
        Op::Iota(len, _) => format!("iota({len})"),
        other => other.name().to_string(),
    }
}

fn attribute(head: &Head, attr: &Attr) -> String {
    let key = head.attribute().unwrap_or("part");
    match attr {
        Attr::Axes(axes) => format!("{key}={axes:?}"),
        Attr::Axis(axis) => format!("{key}={axis}"),
        Attr::Shape(shape) => format!("{key}={shape}"),
        Attr::Perm(perm) => format!("{key}={perm:?}"),
        Attr::DType(dtype) => format!("{key}={dtype}"),
        Attr::Slice(parts) => {
            let part = |p: &hypatia_ir::op::SliceAxis| match p.step {
                1 => format!("{}:+{}", p.start, p.len),
                step => format!("{}:+{}:{step}", p.start, p.len),
            };
            let parts: Vec<String> = parts.iter().map(part).collect();
            format!("{key}=[{}]", parts.join(", "))
        }
        Attr::Pad(parts) => {
            let part = |p: &hypatia_ir::op::PadAxis| format!("{}+{}+{}", p.low, p.interior, p.high);
            let parts: Vec<String> = parts.iter().map(part).collect();
            format!("{key}=[{}]", parts.join(", "))
        }
        Attr::Windows(part) => format!("axis={}, size={}", part.axis, part.size),
        Attr::Fold(part) => format!("axis={}, length={}", part.axis, part.length),
    }
}
