//! From an e-graph to the cheapest terms for its roots, shared terms counted once.
//!
//! First the cheapest tree of every class, by Dijkstra's method (Knuth 1977); then a local search
//! that counts sharing exactly, as logic synthesis does with maximum fanout-free cones: a class
//! changes its term if what is freed costs more than what is added, or as much and the new term
//! was there first: of two classes that could share a value, one has to begin.
//!
//! Invariants: the choice is acyclic; ties go to the lower class and the earlier term; linear but
//! for a logarithm.
//!
//! Not here: what a term costs (`cost.rs`).

use crate::cost::cost;
use crate::language::Term;
use crate::rules::Sight;
use crate::space::{Classes, Space};
use egg::{Id, Language};
use smallvec::SmallVec;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::rc::Rc;

#[cfg(test)]
#[path = "extract_test.rs"]
mod test;

/// Passes of the local search.
const PASSES: usize = 4;

/// Costs that are so close are even, in nanoseconds: sums in another order round otherwise, by as
/// much as a ten-thousandth beside a charge for what is unstable.
const EVEN: f64 = 1e-3;

/// A float with a total order.
#[derive(Clone, Copy, PartialEq)]
struct Price(f64);

impl Eq for Price {}

impl PartialOrd for Price {
    fn partial_cmp(&self, other: &Price) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Price {
    fn cmp(&self, other: &Price) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

/// What is not there: no term, no rank.
const NONE: usize = usize::MAX;

/// What is known of every class before anything is chosen. Tables are by class number.
struct Market<'a> {
    classes: Classes<'a>,
    /// The own cost of every term of every class.
    prices: Vec<Vec<f64>>,
    /// The first term of the cheapest tree of every class that can be computed.
    trees: Vec<usize>,
}

impl<'a> Market<'a> {
    fn of(space: &'a Space, hint: i64) -> Market<'a> {
        let classes = Classes::of(space);
        let prices = prices(space, &classes, hint);
        let trees = trees(&classes, &prices);
        Market { classes, prices, trees }
    }
}

/// A term for each class that a root needs. Tables are by class number.
pub(crate) struct Choice<'a> {
    market: Rc<Market<'a>>,
    roots: Vec<Id>,
    /// The chosen term of every class that can be computed.
    term: Vec<usize>,
    /// How many chosen terms and roots use a class; only those above 0 are computed.
    uses: Vec<u32>,
    /// Operands come before users.
    rank: Vec<usize>,
    /// The term that each class takes where nothing is cheaper.
    preferred: Rc<Vec<usize>>,
}

impl<'a> Choice<'a> {
    /// The cheapest choice that was found; `None` if some root has no finite term. `original`
    /// gives terms that were there first, for an acyclic choice: the result is never dearer than
    /// that. With the cost of the original.
    pub fn find(
        space: &'a Space,
        roots: &[Id],
        hint: i64,
        original: &[(Id, Term)],
    ) -> Option<(f64, Choice<'a>)> {
        let market = Rc::new(Market::of(space, hint));
        let roots: Vec<Id> = roots.iter().map(|&r| space.find(r)).collect();
        let mut trees = Choice::new(market.clone(), &roots, market.trees.clone())?;
        let first = first_terms(space, &market, original);
        let Some(from) = first.and_then(|terms| Choice::new(market, &roots, terms)) else {
            let trees = trees.improved();
            return Some((trees.total(), trees));
        };
        // What was there first is shared where the user, or a derivative, shared it.
        trees.preferred = from.preferred.clone();
        let trees = trees.improved();
        let before = from.total();
        let from = from.improved();
        Some((before, if from.total() < trees.total() { from } else { trees }))
    }

    /// The cheapest trees, sharing left aside.
    #[cfg(test)]
    fn of_trees(space: &'a Space, roots: &[Id], hint: i64) -> Option<Choice<'a>> {
        let market = Rc::new(Market::of(space, hint));
        let roots: Vec<Id> = roots.iter().map(|&r| space.find(r)).collect();
        Choice::new(market.clone(), &roots, market.trees.clone())
    }

    fn new(market: Rc<Market<'a>>, roots: &[Id], term: Vec<usize>) -> Option<Choice<'a>> {
        if roots.iter().any(|&r| term[usize::from(r)] == NONE) {
            return None;
        }
        let (uses, rank) = (vec![0; term.len()], vec![NONE; term.len()]);
        let preferred = Rc::new(term.clone());
        let mut choice = Choice { market, roots: roots.to_vec(), term, uses, rank, preferred };
        let mut new = Vec::new();
        for at in 0..choice.roots.len() {
            choice.acquire(choice.roots[at], NONE, &mut new);
        }
        Some(choice)
    }

    fn improved(mut self) -> Choice<'a> {
        for _ in 0..PASSES {
            if !self.improve() {
                break;
            }
        }
        self
    }

    fn terms(&self, class: Id) -> &'a [Term] {
        self.market.classes.get(class).map_or(&[], |c| c.nodes.as_slice())
    }

    /// The chosen term of a class.
    pub fn term(&self, class: Id) -> Option<&'a Term> {
        self.terms(class).get(self.term[usize::from(class)])
    }

    fn children(&self, class: Id) -> &'a [Id] {
        self.term(class).map_or(&[], |t| t.children())
    }

    /// The classes that are computed, operands before users.
    pub fn order(&self) -> Vec<Id> {
        let mut order = Vec::new();
        let mut seen = vec![false; self.term.len()];
        let mut stack: Vec<(Id, &[Id])> = Vec::new();
        for &root in &self.roots {
            if !std::mem::replace(&mut seen[usize::from(root)], true) {
                stack.push((root, self.children(root)));
            }
            while let Some((class, left)) = stack.pop() {
                let Some((&child, left)) = left.split_first() else {
                    order.push(class);
                    continue;
                };
                stack.push((class, left));
                if !std::mem::replace(&mut seen[usize::from(child)], true) {
                    stack.push((child, self.children(child)));
                }
            }
        }
        order
    }

    /// The cost of everything that is computed.
    pub fn total(&self) -> f64 {
        self.order().iter().map(|&class| self.price(class)).sum()
    }

    fn price(&self, class: Id) -> f64 {
        self.market.prices[usize::from(class)][self.term[usize::from(class)]]
    }

    /// One more use of a class. Adds the classes that were not computed before to `new`; whether
    /// everything that was met has a rank below `below`.
    fn acquire(&mut self, class: Id, below: usize, new: &mut Vec<Id>) -> bool {
        let mut at = new.len();
        let mut lower = self.meet(class, below, new);
        while let Some(&class) = new.get(at) {
            at += 1;
            for &child in self.children(class) {
                lower &= self.meet(child, below, new);
            }
        }
        lower
    }

    fn meet(&mut self, class: Id, below: usize, new: &mut Vec<Id>) -> bool {
        let at = usize::from(class);
        self.uses[at] += 1;
        if self.uses[at] == 1 {
            new.push(class);
        }
        self.rank[at] == NONE || self.rank[at] < below
    }

    /// One use less of a class; the cost of what that frees.
    fn release(&mut self, class: Id) -> f64 {
        let mut cost = 0.0;
        let mut stack: SmallVec<[Id; 16]> = SmallVec::from_slice(&[class]);
        while let Some(class) = stack.pop() {
            let uses = &mut self.uses[usize::from(class)];
            *uses = uses.saturating_sub(1);
            if *uses == 0 {
                cost += self.price(class);
                stack.extend_from_slice(self.children(class));
            }
        }
        cost
    }

    /// One pass over all computed classes; whether anything changed.
    fn improve(&mut self) -> bool {
        let order = self.order();
        self.rank.fill(NONE);
        order.iter().enumerate().for_each(|(i, &class)| self.rank[usize::from(class)] = i);
        let mut changed = false;
        for class in order.into_iter().rev() {
            let at = usize::from(class);
            if self.uses[at] == 0 {
                continue;
            }
            for term in 0..self.market.prices[at].len() {
                if term != self.term[at] && self.market.prices[at][term].is_finite() {
                    changed |= self.try_term(class, term);
                }
            }
        }
        changed
    }

    /// Changes the term of a class if that is cheaper.
    fn try_term(&mut self, class: Id, term: usize) -> bool {
        let at = usize::from(class);
        let (rank, old) = (self.rank[at], self.term[at]);
        let old_children = self.children(class);
        let new_children = self.terms(class)[term].children();
        let usable = |&c: &Id| self.term[usize::from(c)] != NONE && c != class;
        if !new_children.iter().all(usable) {
            return false;
        }
        let freed: f64 = old_children.iter().map(|&c| self.release(c)).sum();
        self.term[at] = term;
        let mut new = Vec::new();
        let mut acquired = 0;
        let mut fits = true;
        while fits && acquired < new_children.len() {
            fits = self.acquire(new_children[acquired], rank, &mut new);
            acquired += 1;
        }
        let added: f64 = new.iter().map(|&c| self.price(c)).sum();
        let prices = &self.market.prices[at];
        let (new_cost, old_cost) = (prices[term] + added, prices[old] + freed);
        let even = self.preferred[at] == term && new_cost <= old_cost + EVEN;
        if fits && (new_cost < old_cost - EVEN || even) {
            // What is new may be used by what comes after the class.
            for class in new {
                let new = &mut self.rank[usize::from(class)];
                *new = (*new).min(rank);
            }
            return true;
        }
        for &child in &new_children[..acquired] {
            self.release(child);
        }
        self.term[at] = old;
        for &child in old_children {
            self.acquire(child, NONE, &mut Vec::new());
        }
        false
    }
}

/// The first of these terms for each class; the cheapest trees for classes that have none. `None`
/// if a term is not there.
fn first_terms(space: &Space, market: &Market<'_>, wanted: &[(Id, Term)]) -> Option<Vec<usize>> {
    let mut first = market.trees.clone();
    let mut given = vec![false; first.len()];
    for (class, wanted) in wanted {
        let class = space.find(*class);
        let wanted = wanted.clone().map_children(|x| space.find(x));
        let terms = market.classes.get(class)?.nodes.as_slice();
        let at = usize::from(class);
        // An input that is equal to what is computed from it stays the input, else the choice
        // would be cyclic.
        let is_leaf = first[at] != NONE && terms[first[at]].is_leaf();
        if !std::mem::replace(&mut given[at], true) && (!is_leaf || wanted.is_leaf()) {
            first[at] = terms.iter().position(|t| *t == wanted)?;
        }
    }
    Some(first)
}

fn prices(space: &Space, classes: &Classes<'_>, hint: i64) -> Vec<Vec<f64>> {
    let (mut prices, sight) = (vec![Vec::new(); classes.bound()], Sight::of(space));
    for class in classes.iter() {
        let price = |term: &Term| cost(space, &sight, class, term, hint);
        prices[usize::from(class.id)] = class.nodes.iter().map(price).collect();
    }
    prices
}

/// A term that waits for its children.
struct Open {
    class: Id,
    at: usize,
    left: usize,
    sum: f64,
}

/// The cheapest tree of every class.
fn trees(classes: &Classes<'_>, prices: &[Vec<f64>]) -> Vec<usize> {
    // The terms that wait, and for each class those that wait for it.
    let mut open: Vec<Open> = Vec::new();
    let mut waiting: Vec<SmallVec<[usize; 4]>> = vec![SmallVec::new(); prices.len()];
    let mut heap = BinaryHeap::new();
    for class in classes.iter() {
        let (class, terms) = (class.id, &class.nodes);
        for (at, (term, &price)) in terms.iter().zip(&prices[usize::from(class)]).enumerate() {
            if !price.is_finite() {
                continue;
            }
            let mut children = term.args.clone();
            children.sort_unstable();
            children.dedup();
            if children.is_empty() {
                heap.push(Reverse((Price(price), class, at)));
            }
            children.iter().for_each(|&c| waiting[usize::from(c)].push(open.len()));
            open.push(Open { class, at, left: children.len(), sum: price });
        }
    }
    let mut chosen = vec![NONE; prices.len()];
    while let Some(Reverse((Price(price), class, at))) = heap.pop() {
        if chosen[usize::from(class)] != NONE {
            continue;
        }
        chosen[usize::from(class)] = at;
        for &number in &waiting[usize::from(class)] {
            let user = &mut open[number];
            user.left -= 1;
            user.sum += price;
            if user.left == 0 && chosen[usize::from(user.class)] == NONE {
                heap.push(Reverse((Price(user.sum), user.class, user.at)));
            }
        }
    }
    chosen
}
