//! The matching loop: rules are tried where something changed, for a few rounds.
//!
//! Invariants: the result is that of trying every rule everywhere in each round; matches are taken
//! in the order of rules and classes; only counts limit the work.
//!
//! Not here: which rules there are (`rules/`), what comes out (`extract.rs`).

use crate::Mode;
use crate::language::Heads;
use crate::rules::{Binding, Book, Rule};
use crate::space::{Class, Classes, EXCHANGED, FROM_GRAPH, Space, exchanged, size, unite};
use egg::Id;

/// The distance of what no rule sees from a change.
const FAR: u8 = u8::MAX;

/// How many heads a set tells apart.
const HEADS: usize = Heads::BITS as usize;

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
pub(crate) fn saturate(space: &mut Space, book: &Book<'_>, rounds: usize, limit: usize) -> Counts {
    let mode = book.mode;
    let some_fast = space.classes().any(|c| c.data.fast);
    let may_fire = |r: &Rule| r.is_in(mode) || some_fast;
    let rules: Vec<(u16, &Rule)> =
        book.rules.iter().copied().filter(|(_, r)| may_fire(r)).collect();
    let depth = rules.iter().map(|(_, r)| r.depth).max().unwrap_or(0).min(usize::from(FAR) - 1);
    let mut counts = Counts { fired: vec![0; book.bound()], ..Counts::default() };
    commute(space);
    for _ in 0..rounds {
        let Some(near) = changed(space, depth as u8) else {
            counts.saturated = true;
            break;
        };
        let matches = find(space, &rules, &near, mode);
        let full = apply(space, matches, limit, &mut counts);
        space.analysis.rule = FROM_GRAPH;
        space.rebuild();
        commute(space);
        counts.peak = counts.peak.max(size(space));
        if full {
            break;
        }
    }
    counts
}

/// Makes one class of `x + y` and `y + x` where both are there, since operands became equal. No
/// rule does: it would write every sum twice.
fn commute(space: &mut Space) {
    let mut found: Vec<(Id, Id)> = Vec::new();
    for class in space.classes() {
        for term in class.nodes.iter().filter(|t| t.head.commutes()) {
            if let Some(other) = exchanged(term).and_then(|t| space.lookup(t))
                && space.find(other) > class.id
            {
                found.push((class.id, other));
            }
        }
    }
    found.sort_unstable();
    for &(class, other) in &found {
        unite(space, class, other, EXCHANGED);
    }
    if !found.is_empty() {
        space.rebuild();
    }
}

/// How far above a changed class each class lies; more than `depth` counts as [`FAR`]. `None` if
/// nothing changed.
fn changed(space: &mut Space, depth: u8) -> Option<Vec<u8>> {
    let dirty = std::mem::take(&mut space.analysis.dirty);
    if dirty.is_empty() {
        return None;
    }
    let count = space.classes().map(|c| usize::from(c.id) + 1).max().unwrap_or(0);
    let mut near = vec![FAR; count];
    let mut frontier: Vec<Id> = Vec::new();
    let mut reach = |id: Id, level: u8, frontier: &mut Vec<Id>| {
        let place = &mut near[usize::from(id)];
        if *place == FAR {
            *place = level;
            frontier.push(id);
        }
    };
    dirty.into_iter().for_each(|id| reach(space.find(id), 0, &mut frontier));
    for level in 1..=depth {
        for id in std::mem::take(&mut frontier) {
            space[id].parents().for_each(|p| reach(space.find(p), level, &mut frontier));
        }
    }
    Some(near)
}

/// Every match in the order of rules, then classes.
fn find<'r>(
    space: &Space,
    rules: &[(u16, &'r Rule)],
    near: &[u8],
    mode: Mode,
) -> Vec<(u16, &'r Rule, Id, Binding)> {
    let classes = Classes::of(space);
    // By head: the classes that have it, with the ops in them and right below.
    let mut having: [Vec<(Id, Heads)>; HEADS] = std::array::from_fn(|_| Vec::new());
    // There is nothing better than a constant; and rules would round it otherwise.
    let is_done = |c: &Class| c.facts.constant.is_some_and(|v| v.as_f64().is_finite());
    let open = |id: Id, class: &Class| near[usize::from(id)] != FAR && !is_done(class);
    for class in classes.iter().filter(|c| open(c.id, &c.data)) {
        let ops = |&x: &Id| classes.get(x).map_or(0, |c| c.data.ops);
        let own = class.data.ops;
        let around = class.nodes.iter().flat_map(|t| &t.args).fold(own, |bits, x| bits | ops(x));
        let heads = (0..HEADS).filter(|bit| own & (1 << bit) != 0);
        heads.for_each(|bit| having[bit].push((class.id, around)));
    }
    let is_fast = |id: Id| classes.get(id).is_some_and(|c| c.data.fast);
    let mut found = Vec::new();
    for &(number, rule) in rules {
        let everywhere = rule.is_in(mode);
        for &(id, around) in &having[rule.root as usize] {
            let possible = usize::from(near[usize::from(id)]) <= rule.depth
                && (rule.depth > 2 || rule.heads & !around == 0)
                && (everywhere || is_fast(id));
            if possible {
                rule.matches(space, &classes, id, |binding| {
                    found.push((number, rule, id, binding));
                });
            }
        }
    }
    found
}

/// Applies matches; whether the limit was reached.
fn apply(
    space: &mut Space,
    matches: Vec<(u16, &Rule, Id, Binding)>,
    limit: usize,
    counts: &mut Counts,
) -> bool {
    // To count all terms anew for each match would take too long.
    let (there, made) = (size(space), space.nodes().len());
    for (number, rule, id, binding) in matches {
        let before = space.nodes().len();
        if there + (before - made) > limit {
            return true;
        }
        let class = space.find(id);
        space.analysis.rule = number;
        space.analysis.at = space[class].data.at;
        let Some(new) = rule.apply(space, &binding, class) else { continue };
        let explains = space.are_explanations_enabled();
        let matched = if explains { rule.matched(space, &binding, class) } else { None };
        let merged = unite(space, matched.unwrap_or(class), new, &rule.name);
        if merged || space.nodes().len() > before {
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
