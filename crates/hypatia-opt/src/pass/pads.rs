//! Sums of padded parts that do not overlap: the parts side by side.
//!
//! The gradient of a vector that is sliced into weights is a sum of as many padded gradients, each
//! as long as the whole. Joined, every element is written once.
//!
//! Invariants: exact but for the sign of zeros: an element plus nothing but zeros is the element.
//!
//! Not here: sums of parts that overlap.

use super::site::{Site, wrong};
use crate::error::Error;
use crate::recipe::Draft;
use crate::report::Report;
use hypatia_ir::dim::Dim;
use hypatia_ir::graph::{Graph, Node, NodeId};
use hypatia_ir::op::{BinaryOp, Op};
use hypatia_ir::scalar::Scalar;
use hypatia_ir::shape::{Shape, Type};

#[cfg(test)]
#[path = "pads_test.rs"]
mod test;

/// The name in reports.
pub(super) const NAME: &str = "pads_joined";

/// The most terms of a sum that are looked at.
const TERMS: usize = 256;

pub(super) fn run(site: &Site<'_>, report: &mut Report) -> Result<Option<Graph>, Error> {
    let is_pad = |(_, node): (NodeId, &Node)| matches!(node.op, Op::Pad(_));
    if site.nodes().filter(|&n| is_pad(n)).take(2).count() < 2 {
        return Ok(None);
    }
    let inner = inner_sums(site);
    site.rewritten(NAME, report, |draft, id, node| {
        if !is_sum(node) || inner[id.index()] {
            return Ok(None);
        }
        let terms = terms(site, &inner, id);
        let pads: Vec<Part> = terms.iter().filter_map(|&t| Part::of(site, t)).collect();
        let Some(axis) = pads.first().map(|p| p.axis) else { return Ok(None) };
        let Some(parts) = apart(pads.into_iter().filter(|p| p.axis == axis).collect()) else {
            return Ok(None);
        };
        let others = terms.iter().filter(|t| parts.iter().all(|p| p.term != **t));
        let joined = join(draft, &parts, node)?;
        let mut sum = joined;
        for &term in others {
            let term = draft.moved(term)?;
            let op = Op::Binary(BinaryOp::Add);
            sum = draft.graph.add(op, &[sum, term], node.at).map_err(wrong)?;
        }
        Ok(Some(sum))
    })
}

fn is_sum(node: &Node) -> bool {
    node.op == Op::Binary(BinaryOp::Add) && node.ty.dtype.is_float()
}

/// For each node, whether it is a sum that is a term of another and of nothing else.
fn inner_sums(site: &Site<'_>) -> Vec<bool> {
    let mut inner = vec![false; site.graph.nodes().len()];
    for (_, node) in site.nodes().filter(|(_, n)| is_sum(n)) {
        for &x in &node.operands {
            let operand = site.graph.node(x);
            inner[x.index()] |= is_sum(operand) && site.has_one_use(x) && operand.ty == node.ty;
        }
    }
    inner
}

/// The terms of a sum, from left to right.
fn terms(site: &Site<'_>, inner: &[bool], id: NodeId) -> Vec<NodeId> {
    let (mut terms, mut stack) = (Vec::new(), vec![id]);
    while let Some(at) = stack.pop() {
        if (at == id || inner[at.index()]) && terms.len() + stack.len() < TERMS {
            stack.extend(site.graph.node(at).operands.iter().rev());
        } else {
            terms.push(at);
        }
    }
    terms
}

/// A term that is zeros but for a part of one axis.
struct Part {
    term: NodeId,
    /// What is there.
    inside: NodeId,
    axis: usize,
    low: i64,
    high: i64,
    length: i64,
}

impl Part {
    fn of(site: &Site<'_>, term: NodeId) -> Option<Part> {
        let node = site.graph.node(term);
        let Op::Pad(parts) = &node.op else { return None };
        let [inside, value] = node.operands[..] else { return None };
        let is_zero = matches!(site.graph.node(value).op, Op::Const(v) if v.as_f64() == 0.0);
        let touched = |(_, p): &(usize, &hypatia_ir::op::PadAxis)| {
            !(p.low.is(0) && p.high.is(0) && p.interior == 0)
        };
        let mut touched = parts.iter().enumerate().filter(touched);
        let (axis, part) = touched.next()?;
        let length = site.graph.ty(inside).shape[axis].known()?;
        let (low, high) = (part.low.known()?, part.high.known()?);
        let is_plain = part.interior == 0 && low >= 0 && high >= 0 && length > 0;
        (is_zero && is_plain && touched.next().is_none()).then_some(Part {
            term,
            inside,
            axis,
            low,
            high,
            length,
        })
    }
}

/// The parts in order, if there are several and none overlaps another.
fn apart(mut parts: Vec<Part>) -> Option<Vec<Part>> {
    parts.sort_by_key(|p| (p.low, p.term));
    let fits = parts.windows(2).all(|p| p[0].low + p[0].length <= p[1].low);
    (parts.len() > 1 && fits).then_some(parts)
}

/// The parts side by side, with zeros between them.
fn join(draft: &mut Draft, parts: &[Part], node: &Node) -> Result<NodeId, Error> {
    let (mut pieces, mut end) = (Vec::new(), 0);
    for part in parts {
        if part.low > end {
            pieces.push(zeros(draft, node, part.axis, part.low - end)?);
        }
        pieces.push(draft.moved(part.inside)?);
        end = part.low + part.length;
    }
    let Some(last) = parts.last() else { return Err(Error::internal("pass", "no parts")) };
    if last.high > 0 {
        pieces.push(zeros(draft, node, last.axis, last.high)?);
    }
    draft.graph.add(Op::Concat(last.axis), &pieces, node.at).map_err(wrong)
}

/// Zeros of the shape of a node but for the length of an axis.
fn zeros(draft: &mut Draft, node: &Node, axis: usize, length: i64) -> Result<NodeId, Error> {
    let Type { dtype, shape } = &node.ty;
    let zero = Op::Const(Scalar::from_i64(*dtype, 0));
    let zero = draft.graph.add(zero, &[], node.at).map_err(wrong)?;
    let dims = shape.iter().enumerate();
    let shape: Shape =
        dims.map(|(i, d)| if i == axis { Dim::Known(length) } else { d.clone() }).collect();
    let ones: Shape = shape.iter().map(|_| Dim::Known(1)).collect();
    let one = draft.graph.add(Op::Reshape(ones), &[zero], node.at).map_err(wrong)?;
    draft.graph.add(Op::Broadcast(shape), &[one], node.at).map_err(wrong)
}
