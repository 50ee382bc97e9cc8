//! From an e-graph to the cheapest terms for its roots, shared terms counted once.
//!
//! First the cheapest tree of every class, by Dijkstra's method (Knuth 1977); then a local search
//! that counts sharing exactly, as logic synthesis does with maximum fanout-free cones: a class
//! changes its term if what is freed costs more than what is added.
//!
//! Invariants: the choice is acyclic; ties go to the lower class and the earlier term; linear but
//! for a logarithm.
//!
//! Not here: what a term costs (`cost.rs`).

use crate::cost::cost;
use crate::language::{Args, Term};
use crate::space::Space;
use egg::{Id, Language};
use smallvec::SmallVec;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

#[cfg(test)]
#[path = "extract_test.rs"]
mod test;

/// Passes of the local search.
const PASSES: usize = 4;

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

/// A term for each class that a root needs. Tables are by class number.
pub(crate) struct Choice<'a> {
    space: &'a Space,
    roots: Vec<Id>,
    /// The own cost of every term of every class.
    prices: Vec<Vec<f64>>,
    /// The chosen term of every class that can be computed.
    term: Vec<usize>,
    /// How many chosen terms and roots use a class; only those above 0 are computed.
    uses: Vec<usize>,
    /// Operands come before users.
    rank: Vec<usize>,
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
        let trees = Choice::of_trees(space, roots, hint)?.improved();
        let Some(from) = Choice::of_terms(space, roots, hint, original) else {
            return Some((trees.total(), trees));
        };
        let before = from.total();
        let from = from.improved();
        Some((before, if from.total() < trees.total() { from } else { trees }))
    }

    /// The cheapest trees, sharing left aside.
    fn of_trees(space: &'a Space, roots: &[Id], hint: i64) -> Option<Choice<'a>> {
        let prices = prices(space, hint);
        let term = trees(space, &prices);
        Choice::new(space, roots, prices, term)
    }

    /// The first of these terms for each class; the cheapest trees for classes that have none.
    fn of_terms(
        space: &'a Space,
        roots: &[Id],
        hint: i64,
        terms: &[(Id, Term)],
    ) -> Option<Choice<'a>> {
        let prices = prices(space, hint);
        let mut term = trees(space, &prices);
        let mut given = vec![false; term.len()];
        for (class, wanted) in terms {
            let class = space.find(*class);
            let wanted = wanted.clone().map_children(|x| space.find(x));
            let is_wanted = |t: &Term| t.clone().map_children(|x| space.find(x)) == wanted;
            let at = usize::from(class);
            // An input that is equal to what is computed from it stays the input, else the choice
            // would be cyclic.
            let is_leaf = |&t: &usize| t != NONE && space[class].nodes[t].is_leaf();
            if std::mem::replace(&mut given[at], true) || is_leaf(&term[at]) {
                continue;
            }
            term[at] = space[class].nodes.iter().position(is_wanted)?;
        }
        Choice::new(space, roots, prices, term)
    }

    fn new(
        space: &'a Space,
        roots: &[Id],
        prices: Vec<Vec<f64>>,
        term: Vec<usize>,
    ) -> Option<Choice<'a>> {
        let roots: Vec<Id> = roots.iter().map(|&r| space.find(r)).collect();
        if roots.iter().any(|&r| term[usize::from(r)] == NONE) {
            return None;
        }
        let (uses, rank) = (vec![0; term.len()], vec![NONE; term.len()]);
        let mut choice = Choice { space, roots, prices, term, uses, rank };
        for at in 0..choice.roots.len() {
            choice.acquire(choice.roots[at], NONE);
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

    /// The chosen term of a class.
    pub fn term(&self, class: Id) -> Option<&'a Term> {
        let class = self.space.find(class);
        self.space[class].nodes.get(self.term[usize::from(class)])
    }

    /// The classes that are computed, operands before users.
    pub fn order(&self) -> Vec<Id> {
        let mut order = Vec::new();
        let mut seen = vec![false; self.term.len()];
        let mut stack: Vec<(Id, usize)> = Vec::new();
        for &root in &self.roots {
            if !std::mem::replace(&mut seen[usize::from(root)], true) {
                stack.push((root, 0));
            }
            while let Some((class, next)) = stack.pop() {
                match self.children(class).get(next) {
                    None => order.push(class),
                    Some(&child) => {
                        stack.push((class, next + 1));
                        if !std::mem::replace(&mut seen[usize::from(child)], true) {
                            stack.push((child, 0));
                        }
                    }
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
        self.prices[usize::from(class)][self.term[usize::from(class)]]
    }

    fn children(&self, class: Id) -> Args {
        let term = &self.space[class].nodes[self.term[usize::from(class)]];
        term.children().iter().map(|&x| self.space.find(x)).collect()
    }

    /// One more use of a class. Gives the classes that were not computed before, and whether
    /// everything that was met has a rank below `below`.
    fn acquire(&mut self, class: Id, below: usize) -> (Vec<Id>, bool) {
        let (mut new, mut lower) = (Vec::new(), true);
        let mut stack = vec![class];
        while let Some(class) = stack.pop() {
            let rank = self.rank[usize::from(class)];
            lower &= rank == NONE || rank < below;
            let uses = &mut self.uses[usize::from(class)];
            *uses += 1;
            if *uses == 1 {
                new.push(class);
                stack.extend(self.children(class));
            }
        }
        (new, lower)
    }

    /// One use less of a class; the cost of what that frees.
    fn release(&mut self, class: Id) -> f64 {
        let mut cost = 0.0;
        let mut stack = vec![class];
        while let Some(class) = stack.pop() {
            let uses = &mut self.uses[usize::from(class)];
            *uses = uses.saturating_sub(1);
            if *uses == 0 {
                cost += self.price(class);
                stack.extend(self.children(class));
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
            if self.uses[usize::from(class)] == 0 {
                continue;
            }
            for term in 0..self.space[class].nodes.len() {
                let at = usize::from(class);
                if term != self.term[at] && self.prices[at][term].is_finite() {
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
        let computable = |c: &Id| self.term[usize::from(self.space.find(*c))] != NONE;
        if !self.space[class].nodes[term].children().iter().all(computable) {
            return false;
        }
        let freed: f64 = old_children.iter().map(|&c| self.release(c)).sum();
        self.term[at] = term;
        let new_children = self.children(class);
        let mut fits = !new_children.contains(&class);
        let (mut acquired, mut new) = (Vec::new(), Vec::new());
        for child in new_children {
            if fits {
                let (more, lower) = self.acquire(child, rank);
                acquired.push(child);
                new.extend(more);
                fits = lower;
            }
        }
        let added: f64 = new.iter().map(|&c| self.price(c)).sum();
        if fits && self.prices[at][term] + added < self.prices[at][old] + freed {
            // What is new may be used by what comes after the class.
            for class in new {
                let new = &mut self.rank[usize::from(class)];
                *new = (*new).min(rank);
            }
            return true;
        }
        for child in acquired {
            self.release(child);
        }
        self.term[at] = old;
        for child in old_children {
            self.acquire(child, usize::MAX);
        }
        false
    }
}

fn prices(space: &Space, hint: i64) -> Vec<Vec<f64>> {
    let count = space.classes().map(|c| usize::from(c.id) + 1).max().unwrap_or(0);
    let mut prices = vec![Vec::new(); count];
    for class in space.classes() {
        let price = |term: &Term| match &class.data.ty {
            Some(ty) => cost(space, term, ty, hint),
            None => 0.0,
        };
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
fn trees(space: &Space, prices: &[Vec<f64>]) -> Vec<usize> {
    // The terms that wait, and for each class those that wait for it.
    let mut open: Vec<Open> = Vec::new();
    let mut waiting: Vec<SmallVec<[usize; 4]>> = vec![SmallVec::new(); prices.len()];
    let mut heap = BinaryHeap::new();
    for (class, prices) in prices.iter().enumerate().filter(|(_, p)| !p.is_empty()) {
        let class = Id::from(class);
        for (at, (term, &price)) in space[class].nodes.iter().zip(prices).enumerate() {
            if !price.is_finite() {
                continue;
            }
            let mut children: Args = term.children().iter().map(|&x| space.find(x)).collect();
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
