//! Batches of products that are one product of larger matrices.
//!
//! `Σ_b x_bᵀ·g_b` is one product over all rows of the batch, and `x_b·w` with one `w` for all is
//! one product of all rows. Both are what gradients of layers on batches of sequences consist of.
//!
//! Invariants: only where rows lie one after the other, so that the reshapes move nothing.
//!
//! Not here: batches whose both factors differ.

use super::site::{Site, turned, untransposed, wrong};
use crate::error::Error;
use crate::recipe::Draft;
use crate::report::Report;
use hypatia_ir::graph::{Graph, Node, NodeId};
use hypatia_ir::op::{Op, ReduceOp};
use hypatia_ir::shape::{Shape, Type};

#[cfg(test)]
#[path = "batch_test.rs"]
mod test;

/// The name in reports.
pub(super) const NAME: &str = "matmul_folded";

pub(super) fn run(site: &Site<'_>, report: &mut Report) -> Result<Option<Graph>, Error> {
    let is_batched = |(_, node): (NodeId, &Node)| node.op == Op::MatMul && node.ty.rank() > 2;
    if !site.nodes().any(is_batched) {
        return Ok(None);
    }
    site.rewritten(NAME, report, |draft, _, node| match &node.op {
        Op::Reduce(ReduceOp::Sum, _) => summed(site, draft, node),
        Op::MatMul if node.ty.rank() > 2 => common(site, draft, node),
        _ => Ok(None),
    })
}

/// `Σ_b x_bᵀ·y_b` as `xᵀ·y` over all rows.
fn summed(site: &Site<'_>, draft: &mut Draft, node: &Node) -> Result<Option<NodeId>, Error> {
    let (Op::Reduce(_, axes), &[product]) = (&node.op, &node.operands[..]) else { return Ok(None) };
    let [x, y] = site.graph.node(product).operands[..] else { return Ok(None) };
    let inner = site.graph.node(product);
    let lead = inner.ty.rank().saturating_sub(2);
    let batch = (0..lead).collect();
    if inner.op != Op::MatMul || lead == 0 || *axes != batch || !site.has_one_use(product) {
        return Ok(None);
    }
    let Some(x) = untransposed(site.graph, x) else { return Ok(None) };
    if !lies_in_rows(site.graph, x) || !lies_in_rows(site.graph, y) {
        return Ok(None);
    }
    let at = inner.at;
    let (x, y) = (draft.moved(x)?, draft.moved(y)?);
    let rows = flat(draft, x, node)?;
    let columns = draft.graph.add(Op::Transpose(vec![1, 0]), &[rows], at).map_err(wrong)?;
    let y = flat(draft, y, node)?;
    let folded = draft.graph.add(Op::MatMul, &[columns, y], at).map_err(wrong)?;
    reshaped(draft, folded, &node.ty.shape, node).map(Some)
}

/// `x_b·w` as one product of all rows.
fn common(site: &Site<'_>, draft: &mut Draft, node: &Node) -> Result<Option<NodeId>, Error> {
    let [x, y] = node.operands[..] else { return Ok(None) };
    if !lies_in_rows(site.graph, x) {
        return Ok(None);
    }
    let Some(w) = one_matrix(site, draft, y)? else { return Ok(None) };
    let x = draft.moved(x)?;
    let rows = flat(draft, x, node)?;
    let product = draft.graph.add(Op::MatMul, &[rows, w], node.at).map_err(wrong)?;
    reshaped(draft, product, &node.ty.shape, node).map(Some)
}

/// The one matrix that serves all of a batch.
fn one_matrix(site: &Site<'_>, draft: &mut Draft, y: NodeId) -> Result<Option<NodeId>, Error> {
    let (shown, is_turned) = match untransposed(site.graph, y) {
        Some(x) => (x, true),
        None => (y, false),
    };
    let node = site.graph.node(shown);
    let (Op::Broadcast(to), &[w]) = (&node.op, &node.operands[..]) else { return Ok(None) };
    let from = &site.graph.ty(w).shape;
    let lead = to.rank() - 2;
    let missing = to.rank() - from.rank();
    // Of the matrix itself nothing may be repeated: that would be copied.
    let whole = from.rank() >= 2 && from[from.rank() - 2..] == to[lead..];
    if !whole || !from[..from.rank() - 2].iter().all(|d| d.is(1)) || missing > lead {
        return Ok(None);
    }
    let w = draft.moved(w)?;
    let matrix: Shape = to[lead..].iter().cloned().collect();
    let matrix = reshaped(draft, w, &matrix, node)?;
    match turned(2).filter(|_| is_turned) {
        Some(perm) => {
            draft.graph.add(Op::Transpose(perm), &[matrix], node.at).map_err(wrong).map(Some)
        }
        None => Ok(Some(matrix)),
    }
}

/// All rows of a batch as one matrix.
fn flat(draft: &mut Draft, x: NodeId, node: &Node) -> Result<NodeId, Error> {
    let Type { shape, .. } = draft.graph.ty(x).clone();
    let last = shape.rank() - 1;
    let rows: Shape = shape[..last].iter().cloned().collect();
    let to: Shape = [rows.count(), shape[last].clone()].into_iter().collect();
    reshaped(draft, x, &to, node)
}

/// The value in this shape.
fn reshaped(draft: &mut Draft, x: NodeId, to: &Shape, node: &Node) -> Result<NodeId, Error> {
    if draft.graph.ty(x).shape == *to {
        return Ok(x);
    }
    draft.graph.add(Op::Reshape(to.clone()), &[x], node.at).map_err(wrong)
}

/// Whether the elements are stored, or will be, in the order in which they are counted. A view
/// that reorders or repeats would be copied.
fn lies_in_rows(graph: &Graph, mut id: NodeId) -> bool {
    loop {
        let node = graph.node(id);
        match &node.op {
            Op::Transpose(_) | Op::Broadcast(_) | Op::Slice(_) | Op::Windows(_) => return false,
            Op::Reshape(_) | Op::Marker(_) | Op::Fast => id = node.operands[0],
            _ => return true,
        }
    }
}
