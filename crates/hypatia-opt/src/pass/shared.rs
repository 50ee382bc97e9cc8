//! One product for several with the same operand: `x·a` and `x·b` become parts of `x·[a b]`.
//!
//! Every element of the result is the same sum as before. Putting `a` and `b` side by side costs
//! a copy in each call, unless they are literals; so only small operands pay.
//!
//! Invariants: what is put together is there before the first product of the group, so that no
//! cycle can arise.
//!
//! Not here: products of the same two operands, which are one node.

use super::constant::{Constants, MOST_BYTES, bytes};
use super::site::{Site, wrong};
use crate::cost::{of_node, run as cost};
use crate::error::Error;
use crate::language::Head;
use crate::recipe::Draft;
use crate::report::Report;
use hypatia_ir::dim::Dim;
use hypatia_ir::graph::{Graph, Node, NodeId};
use hypatia_ir::op::{Op, SliceAxis};
use hypatia_ir::shape::{Shape, Type};
use std::collections::{BTreeMap, HashMap};

#[cfg(test)]
#[path = "shared_test.rs"]
mod test;

/// The name in reports.
pub(super) const NAME: &str = "matmul_shared";

/// How many views of something are copied to where a group needs them.
const VIEWS: usize = 4;

/// Which operand products have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Side {
    Left,
    Right,
}

/// Products with one operand in common, the first one first.
struct Group {
    side: Side,
    /// Each product with its other operand, in the order in which they are put together.
    members: Vec<(NodeId, NodeId)>,
}

pub(super) fn run(site: &Site<'_>, report: &mut Report) -> Result<Option<Graph>, Error> {
    let mut groups: BTreeMap<(Side, NodeId), Vec<NodeId>> = BTreeMap::new();
    for (id, node) in site.nodes().filter(|(_, n)| n.op == Op::MatMul) {
        if let [x, y] = node.operands[..] {
            groups.entry((Side::Left, x)).or_default().push(id);
            groups.entry((Side::Right, y)).or_default().push(id);
        }
    }
    groups.retain(|_, products| products.len() > 1);
    if groups.is_empty() {
        return Ok(None);
    }
    let constants = Constants::of(site);
    let mut found: Vec<Group> = Vec::new();
    // The group of each product, and which of its members it is.
    let mut places: HashMap<NodeId, (usize, usize)> = HashMap::new();
    for ((side, _), mut products) in groups {
        products.retain(|id| !places.contains_key(id));
        let Some(group) = Group::of(site, &constants, side, &products) else { continue };
        for (at, (product, _)) in group.members.iter().enumerate() {
            places.insert(*product, (found.len(), at));
        }
        found.push(group);
    }
    if found.is_empty() {
        return Ok(None);
    }
    let mut joined: HashMap<usize, NodeId> = HashMap::new();
    site.rewritten(NAME, report, |draft, id, node| {
        let Some(&(number, at)) = places.get(&id) else { return Ok(None) };
        let product = match joined.get(&number) {
            Some(&product) => product,
            None => found[number].product(site, draft, node)?,
        };
        joined.insert(number, product);
        found[number].part(site, draft, product, at).map(Some)
    })
}

impl Group {
    /// The cheapest group of these products, if it is cheaper than they are.
    fn of(
        site: &Site<'_>,
        constants: &Constants,
        side: Side,
        products: &[NodeId],
    ) -> Option<Group> {
        let (&first, _) = products.split_first()?;
        let other = |id: NodeId| match (side, &site.graph.node(id).operands[..]) {
            (Side::Left, &[_, y]) => y,
            (Side::Right, &[x, ..]) => x,
            _ => id,
        };
        let axis = Group::axis(side, site.graph.ty(first).rank());
        let lead = |id: NodeId| -> Vec<Dim> {
            let shape = &site.graph.ty(other(id)).shape;
            shape.iter().enumerate().filter(|(i, _)| *i != axis).map(|(_, d)| d.clone()).collect()
        };
        let fits = |id: &&NodeId| lead(**id) == lead(first) && is_there(site, other(**id), first);
        let mut members: Vec<(NodeId, NodeId)> =
            products.iter().filter(fits).map(|&id| (id, other(id))).collect();
        if members.first().map(|m| m.0) != Some(first) {
            return None;
        }
        // The smallest copies pay first; the first product stays, since all are there before it.
        members[1..].sort_by(|a, b| {
            let size = |m: &(NodeId, NodeId)| crate::cost::elements(site.graph.ty(m.1), site.hint);
            size(a).total_cmp(&size(b)).then(a.0.cmp(&b.0))
        });
        let mut best: Option<(f64, usize)> = None;
        for count in 2..=members.len() {
            let gain = Group::gain(site, constants, side, &members[..count])?;
            if gain > best.map_or(1e-9, |b| b.0) {
                best = Some((gain, count));
            }
        }
        members.truncate(best?.1);
        Some(Group { side, members })
    }

    /// The axis along which the other operands, and the results, are put together.
    fn axis(side: Side, rank: usize) -> usize {
        match side {
            Side::Left => rank - 1,
            Side::Right => rank - 2,
        }
    }

    /// What one product saves.
    fn gain(
        site: &Site<'_>,
        constants: &Constants,
        side: Side,
        members: &[(NodeId, NodeId)],
    ) -> Option<f64> {
        let (graph, hint) = (site.graph, site.hint);
        let (first, other) = *members.first()?;
        let axis = Group::axis(side, graph.ty(first).rank());
        let joined = |of: &dyn Fn(&(NodeId, NodeId)) -> NodeId, like: NodeId| {
            let lengths = members.iter().map(|m| &graph.ty(of(m)).shape[axis]);
            let length = lengths.fold(Dim::Known(0), |a, b| &a + b);
            with(graph.ty(like), axis, length)
        };
        let copied = joined(&|m| m.1, other);
        let result = joined(&|m| m.0, first);
        let left = match side {
            Side::Left => graph.ty(*graph.node(first).operands.first()?).clone(),
            Side::Right => copied.clone(),
        };
        let free = bytes(&copied).is_some_and(|b| b <= MOST_BYTES)
            && members.iter().all(|m| constants.has(m.1));
        let copy =
            if free { 0.0 } else { cost(&Head::Concat, &copied, Some(graph.ty(other)), hint) };
        let parts: f64 =
            members.iter().map(|m| cost(&Head::Slice, graph.ty(m.0), Some(&result), hint)).sum();
        let there: f64 = members.iter().map(|m| of_node(graph, m.0, hint)).sum();
        Some(there - cost(&Head::MatMul, &result, Some(&left), hint) - copy - parts)
    }

    /// The product of all members.
    fn product(&self, site: &Site<'_>, draft: &mut Draft, node: &Node) -> Result<NodeId, Error> {
        let axis = Group::axis(self.side, node.ty.rank());
        let others: Vec<NodeId> =
            self.members.iter().map(|m| early(site, draft, m.1)).collect::<Result<_, _>>()?;
        let at = node.at;
        let joined = draft.graph.add(Op::Concat(axis), &others, at).map_err(wrong)?;
        let operands = match self.side {
            Side::Left => [draft.moved(node.operands[0])?, joined],
            Side::Right => [joined, draft.moved(node.operands[1])?],
        };
        draft.graph.add(Op::MatMul, &operands, at).map_err(wrong)
    }

    /// The part of the product that is the result of a member.
    fn part(
        &self,
        site: &Site<'_>,
        draft: &mut Draft,
        product: NodeId,
        at: usize,
    ) -> Result<NodeId, Error> {
        let ty = draft.graph.ty(product).clone();
        let axis = Group::axis(self.side, ty.rank());
        let length = |m: &(NodeId, NodeId)| site.graph.ty(m.0).shape[axis].clone();
        let start = self.members[..at].iter().fold(Dim::Known(0), |sum, m| &sum + &length(m));
        let member = &self.members[at];
        let mut parts: Vec<SliceAxis> = ty.shape.iter().map(SliceAxis::whole).collect();
        parts[axis] = SliceAxis { start, len: length(member), step: 1 };
        let line = site.graph.node(member.0).at;
        draft.graph.add(Op::Slice(parts), &[product], line).map_err(wrong)
    }
}

/// The type with another length of an axis.
fn with(ty: &Type, axis: usize, length: Dim) -> Type {
    let dims = ty.shape.iter().enumerate();
    let shape: Shape =
        dims.map(|(i, d)| if i == axis { length.clone() } else { d.clone() }).collect();
    Type::new(ty.dtype, shape)
}

/// The operand of a view that is as good as what it shows.
fn viewed(node: &Node) -> Option<NodeId> {
    let is_view =
        matches!(node.op, Op::Transpose(_) | Op::Reshape(_) | Op::Broadcast(_) | Op::Slice(_));
    node.operands.first().copied().filter(|_| is_view)
}

/// Whether a value, or what it is a view of, comes before a node.
fn is_there(site: &Site<'_>, mut id: NodeId, before: NodeId) -> bool {
    for _ in 0..=VIEWS {
        let node = site.graph.node(id);
        if id < before || matches!(node.op, Op::Input(_) | Op::Literal(_)) {
            return true;
        }
        match viewed(node) {
            Some(x) => id = x,
            None => return false,
        }
    }
    false
}

/// The new node of an operand that is there, or is a view of what is.
fn early(site: &Site<'_>, draft: &mut Draft, id: NodeId) -> Result<NodeId, Error> {
    let mut views = Vec::new();
    let mut from = id;
    while draft.moves[from.index()].is_none() {
        let node = site.graph.node(from);
        views.push(node);
        from = viewed(node).ok_or_else(|| Error::internal("pass", "an operand comes too late"))?;
    }
    let mut new = draft.moved(from)?;
    for node in views.into_iter().rev() {
        new = draft.graph.add(node.op.clone(), &[new], node.at).map_err(wrong)?;
    }
    Ok(new)
}
