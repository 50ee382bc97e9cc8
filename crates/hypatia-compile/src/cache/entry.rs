//! An entry of the cache as bytes.
//!
//! Invariants: bytes that are not exactly those of an entry for the key are none.
//!
//! Not here: files (`folder.rs`).

use hypatia_ir::graph::Graph;
use hypatia_ir::span::Span;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hasher};

/// The first bytes of an entry.
const MAGIC: &[u8; 16] = b"hypatia cache 1\n";

/// The number of a line that is none.
const NO_LINE: u64 = u64::MAX;

/// What is kept of a function.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// The text of the simplified graph.
    graph: String,
    /// For each node, then for each guard, a node of the captured graph that has its line.
    lines: Vec<u64>,
    /// A number for the kernels that the code is of.
    pub kernels: u64,
    /// Their code.
    pub code: Vec<u8>,
}

impl Entry {
    /// `None` if the text does not give the graph back.
    pub fn of(captured: &Graph, graph: &Graph, kernels: u64, code: Vec<u8>) -> Option<Entry> {
        let text = graph.to_string();
        let read: Graph = text.parse().ok()?;
        let same = read.nodes().len() == graph.nodes().len()
            && read
                .iter()
                .zip(graph.iter())
                .all(|((_, x), (_, y))| (&x.op, &x.operands, &x.ty) == (&y.op, &y.operands, &y.ty))
            && read.roots == graph.roots;
        let mut known: HashMap<Span, u64> = HashMap::new();
        for (id, node) in captured.iter() {
            known.entry(node.at).or_insert(id.index() as u64);
        }
        let spans = graph.nodes().iter().map(|n| n.at).chain(graph.guards.iter().map(|g| g.at));
        let lines = spans.map(|at| known.get(&at).copied().unwrap_or(NO_LINE)).collect();
        same.then_some(Entry { graph: text, lines, kernels, code })
    }

    /// The graph with the lines of the captured one.
    pub fn graph(&self, captured: &Graph) -> Option<Graph> {
        let mut graph: Graph = self.graph.parse().ok()?;
        let count = graph.nodes().len();
        let fits = self.lines.len() == count + graph.guards.len()
            && graph.inputs.len() == captured.inputs.len();
        if !fits {
            return None;
        }
        let line = |number: u64| {
            let known = usize::try_from(number).ok().and_then(|n| captured.nodes().get(n));
            known.map_or(Span::NONE, |node| node.at)
        };
        let (nodes, guards) = self.lines.split_at(count);
        graph.set_lines(nodes.iter().map(|&n| line(n)));
        for (guard, &number) in graph.guards.iter_mut().zip(guards) {
            guard.at = line(number);
        }
        for (input, own) in graph.inputs.iter_mut().zip(&captured.inputs) {
            input.at = own.at;
        }
        Some(graph)
    }

    /// The bytes, for a key.
    pub fn pack(&self, key: &str) -> Vec<u8> {
        let mut body = Vec::new();
        for part in [key.as_bytes(), self.graph.as_bytes(), &self.code] {
            body.extend_from_slice(&(part.len() as u64).to_le_bytes());
            body.extend_from_slice(part);
        }
        body.extend_from_slice(&self.kernels.to_le_bytes());
        self.lines.iter().for_each(|n| body.extend_from_slice(&n.to_le_bytes()));
        let sum = checksum(&body).to_le_bytes();
        [&MAGIC[..], &sum, &body].concat()
    }

    /// What [`Entry::pack`] wrote for this key; `None` if this is something else.
    pub fn unpack(bytes: &[u8], key: &str) -> Option<Entry> {
        let mut body = bytes.strip_prefix(MAGIC)?;
        let from = &mut body;
        let sum = number(from)?;
        if sum != checksum(from) || part(from)? != key.as_bytes() {
            return None;
        }
        let graph = String::from_utf8(part(from)?.to_vec()).ok()?;
        let code = part(from)?.to_vec();
        let kernels = number(from)?;
        let mut lines = Vec::with_capacity(from.len() / 8);
        while !from.is_empty() {
            lines.push(number(from)?);
        }
        Some(Entry { graph, lines, kernels, code })
    }
}

fn number(from: &mut &[u8]) -> Option<u64> {
    Some(u64::from_le_bytes(from.split_off(..8)?.try_into().ok()?))
}

fn part<'a>(from: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::try_from(number(from)?).ok()?;
    from.split_off(..length)
}

/// Tells damage from chance; it is no protection against intent, which the owner of the file is.
fn checksum(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(bytes);
    hasher.finish()
}
