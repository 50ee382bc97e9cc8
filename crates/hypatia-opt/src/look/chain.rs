//! Why one expression equals another: a chain of rules.
//!
//! Both are put into one e-graph, rules are used until they meet, and the e-graph's own record of
//! reasons gives the chain.
//!
//! Invariants: neighbours in a chain differ by one use of one rule.
//!
//! Not here: what is chosen in a run (`extract.rs`).

use super::View;
use super::maths::{Binding, Names, Text};
use crate::Options;
use crate::error::Error;
use crate::language::{Head, Term};
use egg::FlatTerm;
use hypatia_ir::expr::Expr;
use hypatia_ir::graph::{Graph, NodeId, Root};
use hypatia_ir::op::Op;
use std::fmt;

/// How often rounds of matching are repeated until both sides meet.
const ATTEMPTS: usize = 4;

/// The most terms that an expression may have, written out without sharing.
const MOST: usize = 2_000;

/// One use of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The rule, `normalize` for the normal form of a sum or product, `constant` for a value that
    /// follows from constants, or `exchange` for operands that change places.
    pub rule: String,
    /// Whether the rule leads from the new text to the old one.
    pub backwards: bool,
    /// What is written now, as maths.
    pub text: String,
    /// The part that the rule was used on, before and after.
    pub part: [String; 2],
}

/// A chain of rules from one expression to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// What is written first, as maths.
    pub start: String,
    /// What follows from it, step by step.
    pub links: Vec<Link>,
}

/// Letters of a text that is shown whole; of longer ones only the part that changed is.
const WIDE: usize = 100;

/// Whole expressions while they fit a line; where they do not, the part that changes, and the whole
/// once more at the end.
impl fmt::Display for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "  {}", self.start)?;
        let mut is_whole = true;
        for Link { rule, backwards, text, part: [old, new] } in &self.links {
            let backwards = if *backwards { ", backwards" } else { "" };
            is_whole = text.chars().count() <= WIDE;
            match is_whole {
                true => write!(f, "\n= {text}   by {rule}{backwards}")?,
                false => write!(
                    f,
                    "\n    {} becomes {}   by {rule}{backwards}",
                    shortened(old),
                    shortened(new)
                )?,
            }
        }
        match self.links.last() {
            Some(last) if !is_whole => write!(f, "\n= {}", last.text),
            _ => Ok(()),
        }
    }
}

/// A long text without its middle.
fn shortened(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    if letters.len() <= WIDE {
        return text.into();
    }
    let (start, end) = (&letters[..WIDE / 2], &letters[letters.len() - WIDE / 2 + 3..]);
    start.iter().chain(&[' ', '…', ' ']).chain(end).collect()
}

/// The chain of rules from one expression to another of its type.
///
/// ```
/// use hypatia_ir::expr::vector;
/// use hypatia_opt::{Options, explain};
/// let x = vector::<f64>("x", "n");
/// let chain = explain(&(1 + x.exp()).log(), &x.softplus(), &Options::default()).unwrap();
/// assert_eq!(chain.to_string(), "  log(1 + exp(x))\n= log1p(exp(x))   by log1p\n= softplus(x)   by softplus");
/// ```
///
/// # Errors
/// [`Error::NoChain`] if rules do not lead from one to the other, [`Error::TooLarge`] for
/// expressions of more than 2,000 terms, [`Error::Type`] for those that do not type-check or have
/// different types.
pub fn explain(before: &Expr, after: &Expr, options: &Options) -> Result<Chain, Error> {
    let pair = [("before".into(), before.clone()), ("after".into(), after.clone())];
    let graph = Graph::capture(&[], &pair).map_err(|e| Error::Type(Box::new(e)))?.graph;
    chain(&graph, options)
}

/// The chain of rules from a root of a graph to that of the graph that it became.
///
/// # Errors
/// As [`explain`].
pub fn explain_graphs(
    before: &Graph,
    after: &Graph,
    root: usize,
    options: &Options,
) -> Result<Chain, Error> {
    let mut both = before.clone();
    let wrong = || Error::NoRoot { root, count: before.roots.len() };
    let first = before.roots.get(root).ok_or_else(wrong)?.clone();
    let mut moves: Vec<NodeId> = Vec::new();
    for (_, node) in after.iter() {
        let there = before.iter().find(|(_, n)| match (&node.op, &n.op) {
            (Op::Input(a), Op::Input(b)) => a == b,
            (Op::Literal(a), Op::Literal(b)) => {
                after.literals.get(*a as usize) == before.literals.get(*b as usize)
            }
            _ => false,
        });
        let operands: Vec<NodeId> = node.operands.iter().map(|x| moves[x.index()]).collect();
        moves.push(match (there, &node.op) {
            (Some((id, _)), _) => id,
            (None, Op::Literal(i)) => {
                both.add_literal(after.literals[*i as usize].clone(), node.at)
            }
            (None, op) => both.add(op.clone(), &operands, node.at).map_err(|_| wrong())?,
        });
    }
    let node = moves[after.roots.get(root).ok_or_else(wrong)?.node.index()];
    both.roots = vec![first.clone(), Root { role: first.role, node }];
    chain(&both, options)
}

/// The chain between the two roots of a graph.
fn chain(graph: &Graph, options: &Options) -> Result<Chain, Error> {
    let [before, after] = [graph.roots[0].node, graph.roots[1].node];
    if graph.ty(before) != graph.ty(after) {
        let (before, after) = (graph.ty(before).clone(), graph.ty(after).clone());
        return Err(Error::TypesDiffer { before, after });
    }
    let terms = written_out(graph);
    if terms > MOST {
        return Err(Error::TooLarge { terms, most: MOST });
    }
    let mut view = View::of(graph, options, true)?;
    let [from, to] = [view.classes[&before], view.classes[&after]];
    for _ in 0..ATTEMPTS {
        if view.space.find(from) == view.space.find(to) {
            break;
        }
        view.grow()?;
    }
    if view.space.find(from) != view.space.find(to) {
        let names = Names { graph, space: &view.space };
        let text = |id| names.class(id, 8).0;
        return Err(Error::NoChain { before: text(from), after: text(to) });
    }
    let mut explanation = view.space.explain_id_equivalence(from, to);
    let steps = explanation.make_flat_explanation().clone();
    let names = Names { graph, space: &view.space };
    let mut chain = Chain { start: String::new(), links: Vec::new() };
    for (at, step) in steps.iter().enumerate() {
        let whole = text(&names, step).0;
        let last = chain.links.last().map_or(&chain.start, |l| &l.text);
        match rule(step) {
            None => chain.start = whole,
            // Steps between texts that look alike are about shapes of constants.
            Some(_) if *last == whole => {}
            Some((rule, backwards)) => {
                let old = steps.get(at.wrapping_sub(1)).unwrap_or(step);
                let part = changed(old, step).map(|term| text(&names, term).0);
                chain.links.push(Link { rule, backwards, text: whole, part });
            }
        }
    }
    Ok(chain)
}

/// The number of terms of both roots without sharing.
fn written_out(graph: &Graph) -> usize {
    let mut sizes: Vec<usize> = Vec::new();
    for (_, node) in graph.iter() {
        let below = node.operands.iter().fold(1usize, |n, x| n.saturating_add(sizes[x.index()]));
        sizes.push(below);
    }
    graph.roots.iter().fold(0, |n, r| n.saturating_add(sizes[r.node.index()]))
}

/// The rule that leads to a term from the one before it.
fn rule(term: &FlatTerm<Term>) -> Option<(String, bool)> {
    let own = term.forward_rule.map(|r| (r.to_string(), false));
    let own = own.or_else(|| term.backward_rule.map(|r| (r.to_string(), true)));
    own.or_else(|| term.children.iter().find_map(rule))
}

/// The term that a rule was used on, in the step before and in this one.
fn changed<'a>(
    mut old: &'a FlatTerm<Term>,
    mut new: &'a FlatTerm<Term>,
) -> [&'a FlatTerm<Term>; 2] {
    while new.forward_rule.is_none() && new.backward_rule.is_none() {
        let inner = new.children.iter().position(|child| rule(child).is_some());
        let inner = inner.and_then(|at| Some((old.children.get(at)?, new.children.get(at)?)));
        match inner {
            Some((before, after)) => (old, new) = (before, after),
            None => break,
        }
    }
    [old, new]
}

fn text(names: &Names<'_>, term: &FlatTerm<Term>) -> Text {
    let head = &term.node.head;
    let (attributes, operands) = term.children.split_at(usize::from(head.has_attribute()));
    let operands: Vec<Text> = operands.iter().map(|x| text(names, x)).collect();
    let attr = attributes.first().and_then(|a| match &a.node.head {
        Head::Attr(attr) => Some(&**attr),
        _ => None,
    });
    match head {
        Head::Attr(_) => (String::new(), Binding::Atom),
        _ => names.term(head, attr, &operands),
    }
}
