//! What passes see of a graph, and how they copy it with changes.
//!
//! Invariants: what is put in the place of a node has its type; the guards are those of before.
//!
//! Not here: what is changed.

use crate::error::Error;
use crate::optimize::marked;
use crate::recipe::Draft;
use crate::report::{Report, Rewrite};
use crate::{Mode, Options};
use hypatia_ir::error::Cause;
use hypatia_ir::graph::{Graph, Node, NodeId, Root};
use hypatia_ir::op::Op;

/// A graph, and what passes ask about it.
pub(crate) struct Site<'a> {
    pub graph: &'a Graph,
    /// Whether any root needs a node.
    pub live: Vec<bool>,
    /// How many live nodes and roots use a node.
    pub uses: Vec<u32>,
    /// The length that costs assume for symbolic dims.
    pub hint: i64,
    /// Whether floats may be taken for real numbers at a node.
    fast: Vec<bool>,
}

impl<'a> Site<'a> {
    /// The site of a graph.
    pub fn of(graph: &'a Graph, options: &Options) -> Site<'a> {
        let live = graph.live();
        let mut uses = vec![0; live.len()];
        let needed = graph.iter().filter(|(id, _)| live[id.index()]);
        let operands = needed.flat_map(|(_, n)| n.operands.iter().copied());
        operands.chain(graph.roots.iter().map(|r| r.node)).for_each(|x| uses[x.index()] += 1);
        let fast = match options.mode {
            Mode::Fast => vec![true; live.len()],
            Mode::Strict | Mode::Default => marked(graph, &live),
        };
        Site { graph, live, uses, hint: options.hint, fast }
    }

    /// The live nodes in order.
    pub fn nodes(&self) -> impl DoubleEndedIterator<Item = (NodeId, &'a Node)> + '_ {
        self.graph.iter().filter(|(id, _)| self.live[id.index()])
    }

    /// Whether floats may be taken for real numbers at a node.
    pub fn is_fast(&self, id: NodeId) -> bool {
        self.fast[id.index()]
    }

    /// Whether one other node uses a node, and no root.
    pub fn has_one_use(&self, id: NodeId) -> bool {
        self.uses[id.index()] == 1
    }

    /// Copies the graph with other values in the place of some nodes: those for which `replace`
    /// returns one of the same type. `None` if there is none, or if it needs more of the dims.
    pub fn rewritten(
        &self,
        name: &str,
        report: &mut Report,
        mut replace: impl FnMut(&mut Draft, NodeId, &Node) -> Result<Option<NodeId>, Error>,
    ) -> Result<Option<Graph>, Error> {
        let mut draft = Draft::of(self.graph);
        let mut count = 0;
        for (id, node) in self.nodes() {
            if matches!(node.op, Op::Input(_) | Op::Literal(_)) {
                continue;
            }
            let found = replace(&mut draft, id, node)?;
            let new = match found.filter(|&new| *draft.graph.ty(new) == node.ty) {
                Some(new) => {
                    count += 1;
                    let op = draft.graph.node(new).op.name().to_string();
                    report.rewrites.push(Rewrite { at: node.at, op, rules: vec![name.into()] });
                    new
                }
                None => copy(&mut draft, node)?,
            };
            draft.moves[id.index()] = Some(new);
        }
        for root in &self.graph.roots {
            let node = draft.moved(root.node)?;
            draft.graph.roots.push(Root { role: root.role.clone(), node });
        }
        let mut out = draft.graph;
        let own = std::mem::replace(&mut out.guards, self.graph.guards.clone());
        let known = |g| self.graph.guards.iter().any(|k| k.requirement == g);
        if count == 0 || !own.into_iter().all(|g| known(g.requirement)) {
            return Ok(None);
        }
        *report.fired.entry(name.to_string()).or_insert(0) += count;
        Ok(Some(out))
    }
}

/// The node over the new operands.
fn copy(draft: &mut Draft, node: &Node) -> Result<NodeId, Error> {
    let operands: Vec<NodeId> =
        node.operands.iter().map(|&x| draft.moved(x)).collect::<Result<_, _>>()?;
    draft.graph.add(node.op.clone(), &operands, node.at).map_err(wrong)
}

/// What no pass may come to: an op without a type.
pub(crate) fn wrong(cause: Cause) -> Error {
    Error::internal("pass", cause.to_string())
}

/// The operand and its axes, if the node exchanges the last two and leaves the others.
pub(crate) fn untransposed(graph: &Graph, id: NodeId) -> Option<NodeId> {
    let node = graph.node(id);
    match &node.op {
        Op::Transpose(perm) if *perm == turned(perm.len())? => node.operands.first().copied(),
        _ => None,
    }
}

/// The order of axes that exchanges the last two.
pub(crate) fn turned(rank: usize) -> Option<Vec<usize>> {
    let low = rank.checked_sub(2)?;
    let mut perm: Vec<usize> = (0..rank).collect();
    perm.swap(low, low + 1);
    Some(perm)
}
