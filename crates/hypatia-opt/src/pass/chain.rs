//! The cheapest order of the products in a chain of matrices, by dynamic programming.
//!
//! Another order rounds otherwise, so it takes leave: the mode, or a mark at the product whose
//! operands are regrouped. Transposes between products are seen through: `(a·b)ᵀ` is `bᵀ·aᵀ`.
//!
//! Invariants: the new order is strictly cheaper; products that others use stay as they are.
//!
//! Not here: sums of products (`rules/`).

use super::site::{Site, turned, untransposed, wrong};
use crate::cost::{product, value};
use crate::error::Error;
use crate::recipe::Draft;
use crate::report::Report;
use hypatia_ir::graph::{Graph, NodeId};
use hypatia_ir::op::Op;
use hypatia_ir::span::Span;
use std::collections::HashMap;

#[cfg(test)]
#[path = "chain_test.rs"]
mod test;

/// The name in reports.
pub(super) const NAME: &str = "matmul_chain";

/// The most factors that are ordered at once: time grows with the cube.
const LONGEST: usize = 64;

/// The cost of a transpose that a reordered chain may add.
const TURN: f64 = 2.0;

pub(super) fn run(site: &Site<'_>, report: &mut Report) -> Result<Option<Graph>, Error> {
    let mut orders: HashMap<NodeId, Order> = HashMap::new();
    let mut inner = vec![false; site.live.len()];
    for (id, node) in site.nodes().rev() {
        if node.op != Op::MatMul || inner[id.index()] || !site.is_fast(id) {
            continue;
        }
        let chain = Chain::at(site, id);
        chain.opened.iter().for_each(|x| inner[x.index()] = true);
        if let Some(order) = chain.cheaper(site) {
            orders.insert(id, order);
        }
    }
    if orders.is_empty() {
        return Ok(None);
    }
    site.rewritten(NAME, report, |draft, id, node| match orders.get(&id) {
        Some(order) => order.build(draft, node.at).map(Some),
        None => Ok(None),
    })
}

/// A matrix of a chain, as it is or transposed.
#[derive(Clone, Copy, Debug)]
struct Factor {
    node: NodeId,
    turned: bool,
}

/// The factors of a product of products.
struct Chain {
    factors: Vec<Factor>,
    /// Products that were taken apart, the outermost first.
    opened: Vec<NodeId>,
}

/// Factors, and where each run of them is split: `splits[from][to]` is the last of the left part.
struct Order {
    factors: Vec<Factor>,
    splits: Vec<Vec<usize>>,
}

impl Chain {
    fn at(site: &Site<'_>, root: NodeId) -> Chain {
        let mut chain = Chain { factors: Vec::new(), opened: Vec::new() };
        // Each with whether it may be taken apart; the next one is last.
        let mut stack = vec![(Factor { node: root, turned: false }, true)];
        while let Some((factor, may_open)) = stack.pop() {
            let (product, turned) = beneath(site, factor, !chain.opened.is_empty());
            let node = site.graph.node(product);
            let room = chain.factors.len() + stack.len() + 2 <= LONGEST;
            let own = chain.opened.is_empty() || site.has_one_use(product);
            match node.operands[..] {
                [x, y] if node.op == Op::MatMul && may_open && room && own => {
                    chain.opened.push(product);
                    let next = site.is_fast(product);
                    let (first, second) = if turned { (y, x) } else { (x, y) };
                    stack.push((Factor { node: second, turned }, next));
                    stack.push((Factor { node: first, turned }, next));
                }
                _ => chain.factors.push(plain(site.graph, factor)),
            }
        }
        chain
    }

    /// An order that is strictly cheaper than the one there is.
    fn cheaper(self, site: &Site<'_>) -> Option<Order> {
        let count = self.factors.len();
        let root = site.graph.ty(*self.opened.first()?);
        let lead = root.rank().checked_sub(2)?;
        if count < 3 {
            return None;
        }
        let length =
            |node: NodeId, axis: usize| value(&site.graph.ty(node).shape[lead + axis], site.hint);
        let batch: f64 = root.shape[..lead].iter().map(|d| value(d, site.hint)).product();
        let mut sizes: Vec<f64> =
            self.factors.iter().map(|f| length(f.node, usize::from(f.turned))).collect();
        sizes.push(length(
            self.factors[count - 1].node,
            usize::from(!self.factors[count - 1].turned),
        ));
        let (best, splits) = cheapest(batch, &sizes);
        let turns = self.factors.iter().filter(|f| f.turned).count() as f64 * TURN;
        let there: f64 =
            self.opened.iter().map(|&x| crate::cost::of_node(site.graph, x, site.hint)).sum();
        // Not for what rounding adds to a sum.
        (best + turns < there * (1.0 - 1e-9)).then_some(Order { factors: self.factors, splits })
    }
}

/// The product behind marks and transposes that only serve it, or what there is.
fn beneath(site: &Site<'_>, factor: Factor, inside: bool) -> (NodeId, bool) {
    let Factor { mut node, mut turned } = factor;
    while inside && site.has_one_use(node) {
        if let Some(x) = untransposed(site.graph, node) {
            (node, turned) = (x, !turned);
        } else if site.graph.node(node).op == Op::Fast {
            node = site.graph.node(node).operands[0];
        } else {
            break;
        }
    }
    (node, turned)
}

/// The factor without transposes.
fn plain(graph: &Graph, factor: Factor) -> Factor {
    match untransposed(graph, factor.node) {
        Some(node) => Factor { node, turned: !factor.turned },
        None => factor,
    }
}

/// The least cost of the product of matrices of `sizes[i]` by `sizes[i + 1]`, and the splits that
/// reach it, the leftmost of equal ones.
fn cheapest(batch: f64, sizes: &[f64]) -> (f64, Vec<Vec<usize>>) {
    let count = sizes.len() - 1;
    let mut costs = vec![vec![0.0; count]; count];
    let mut splits = vec![vec![0; count]; count];
    for length in 1..count {
        for from in 0..count - length {
            let to = from + length;
            let at = |split: usize| {
                let here = product(batch, [sizes[from], sizes[split + 1], sizes[to + 1]]);
                (costs[from][split] + costs[split + 1][to] + here, split)
            };
            let best = (from..to).map(at).min_by(|a, b| a.0.total_cmp(&b.0));
            (costs[from][to], splits[from][to]) = best.unwrap_or((0.0, from));
        }
    }
    (costs[0][count - 1], splits)
}

impl Order {
    fn build(&self, draft: &mut Draft, at: Span) -> Result<NodeId, Error> {
        let mut made: HashMap<(usize, usize), NodeId> = HashMap::new();
        let mut stack = vec![(0, self.factors.len() - 1)];
        while let Some(&(from, to)) = stack.last() {
            let split = self.splits[from][to];
            let parts = [(from, split), (split + 1, to)];
            let there = parts.map(|part| made.get(&part).copied());
            let new = match there {
                _ if from == to => self.factors[from].build(draft, at)?,
                [Some(x), Some(y)] => draft.graph.add(Op::MatMul, &[x, y], at).map_err(wrong)?,
                _ => {
                    stack.extend(parts.iter().rev().filter(|part| !made.contains_key(part)));
                    continue;
                }
            };
            made.insert((from, to), new);
            stack.pop();
        }
        made.get(&(0, self.factors.len() - 1))
            .copied()
            .ok_or_else(|| Error::internal("pass", "a chain without a product"))
    }
}

impl Factor {
    fn build(self, draft: &mut Draft, at: Span) -> Result<NodeId, Error> {
        let new = draft.moved(self.node)?;
        match turned(draft.graph.ty(new).rank()) {
            Some(perm) if self.turned => {
                draft.graph.add(Op::Transpose(perm), &[new], at).map_err(wrong)
            }
            _ => Ok(new),
        }
    }
}
