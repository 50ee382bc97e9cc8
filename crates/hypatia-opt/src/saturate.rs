//! The matching loop: rules are tried where something changed, for a few rounds.
//!
//! Invariants: the result is that of trying every rule everywhere in each round; matches are taken
//! in the order of rules and classes; only counts limit the work.
//!
//! Not here: which rules there are (`rules/`), what comes out (`extract.rs`).

use crate::Mode;
use crate::language::Heads;
use crate::rules::{Binding, RULES, Rule};
use crate::space::{FROM_GRAPH, Space, size};
use egg::Id;
use std::collections::BTreeSet;

/// How a pulse went.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counts {
    /// How often each rule changed something, by rule number.
    pub fired: Vec<usize>,
    /// Whether nothing was left to do.
    pub saturated: bool,
    /// The most terms there were.
    pub peak: usize,
}

/// Runs up to `rounds` rounds, or until nothing changes or there are `limit` terms.
pub(crate) fn saturate(space: &mut Space, mode: Mode, rounds: usize, limit: usize) -> Counts {
    let rules: Vec<(u16, &Rule)> =
        (0u16..).zip(RULES.iter()).filter(|(_, r)| r.is_in(mode)).collect();
    let depth = rules.iter().map(|(_, r)| r.depth).max().unwrap_or(0);
    let mut counts = Counts { fired: vec![0; RULES.len()], ..Counts::default() };
    for _ in 0..rounds {
        let levels = changed(space, depth);
        if levels.is_empty() {
            counts.saturated = true;
            break;
        }
        let matches = find(space, &rules, &levels);
        let full = apply(space, &rules, matches, limit, &mut counts);
        space.analysis.rule = FROM_GRAPH;
        space.rebuild();
        counts.peak = counts.peak.max(size(space));
        if full {
            break;
        }
    }
    counts
}

/// For each depth, the classes that have a changed class at most so far below.
fn changed(space: &mut Space, depth: usize) -> Vec<BTreeSet<Id>> {
    let dirty = std::mem::take(&mut space.analysis.dirty);
    let first: BTreeSet<Id> = dirty.into_iter().map(|id| space.find(id)).collect();
    if first.is_empty() {
        return Vec::new();
    }
    let mut levels = vec![first];
    let mut frontier: Vec<Id> = levels[0].iter().copied().collect();
    for _ in 0..depth {
        let mut level = levels.last().cloned().unwrap_or_default();
        let mut next = Vec::new();
        for id in frontier {
            for parent in space[id].parents() {
                let parent = space.find(parent);
                if level.insert(parent) {
                    next.push(parent);
                }
            }
        }
        levels.push(level);
        frontier = next;
    }
    levels
}

/// Every match in the order of rules, then classes.
fn find<'r>(
    space: &Space,
    rules: &[(u16, &'r Rule)],
    levels: &[BTreeSet<Id>],
) -> Vec<(u16, &'r Rule, Id, Binding)> {
    let mut found = Vec::new();
    let Some(widest) = levels.last() else { return found };
    // Ops in a class and the classes below it, for rules that look so far.
    let around: Vec<(Id, Heads, Heads)> = widest
        .iter()
        .map(|&id| {
            let own = space[id].data.ops;
            let below = space[id].nodes.iter().flat_map(|t| t.args.iter());
            (id, own, below.fold(own, |bits, &x| bits | space[x].data.ops))
        })
        .collect();
    for &(number, rule) in rules {
        let near = &levels[rule.depth.min(levels.len() - 1)];
        for &(id, own, shallow) in &around {
            let possible = own & (1 << rule.root) != 0
                && (rule.depth > 2 || rule.heads & !shallow == 0)
                && near.contains(&id);
            if possible {
                let matches = rule.matches(space, id);
                found.extend(matches.into_iter().map(|binding| (number, rule, id, binding)));
            }
        }
    }
    found
}

/// Applies matches; whether the limit was reached.
fn apply(
    space: &mut Space,
    rules: &[(u16, &Rule)],
    matches: Vec<(u16, &Rule, Id, Binding)>,
    limit: usize,
    counts: &mut Counts,
) -> bool {
    debug_assert!(rules.len() <= RULES.len());
    for (number, rule, id, binding) in matches {
        if size(space) > limit {
            return true;
        }
        let class = space.find(id);
        space.analysis.rule = number;
        space.analysis.at = space[class].data.at;
        let before = size(space);
        let Some(new) = rule.apply(space, &binding, class) else { continue };
        let merged = space.union(class, new);
        if merged || size(space) > before {
            counts.fired[usize::from(number)] += 1;
        }
        if merged {
            note(space, class, number);
        }
    }
    false
}

/// Remembers that a rule found the class equal to another.
fn note(space: &mut Space, class: Id, rule: u16) {
    let mark = crate::space::Mark { made: None, rule };
    let class = space.find(class);
    let marks = &mut space[class].data.marks;
    if !marks.contains(&mark) {
        marks.push(mark);
    }
}
