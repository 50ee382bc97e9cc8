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
use crate::language::Term;
use crate::space::Space;
use egg::{Id, Language};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

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

/// A term for each class that a root needs.
pub(crate) struct Choice<'a> {
    space: &'a Space,
    roots: Vec<Id>,
    /// The own cost of every term of every class.
    prices: HashMap<Id, Vec<f64>>,
    /// The chosen term of every class that can be computed.
    term: HashMap<Id, usize>,
    /// How many chosen terms and roots use a class; only those above 0 are computed.
    uses: HashMap<Id, usize>,
    /// Operands come before users.
    rank: HashMap<Id, usize>,
}

impl<'a> Choice<'a> {
    /// The cheapest choice that was found; `None` if some root has no finite term.
    pub fn find(space: &'a Space, roots: &[Id], hint: i64) -> Option<Choice<'a>> {
        let mut choice = Choice::of_trees(space, roots, hint)?;
        for _ in 0..PASSES {
            if !choice.improve() {
                break;
            }
        }
        Some(choice)
    }

    /// The cheapest trees, sharing left aside.
    fn of_trees(space: &'a Space, roots: &[Id], hint: i64) -> Option<Choice<'a>> {
        let roots: Vec<Id> = roots.iter().map(|&r| space.find(r)).collect();
        let prices = prices(space, hint);
        let term = trees(space, &prices);
        if !roots.iter().all(|r| term.contains_key(r)) {
            return None;
        }
        let (uses, rank) = Default::default();
        let mut choice = Choice { space, roots, prices, term, uses, rank };
        for at in 0..choice.roots.len() {
            choice.acquire(choice.roots[at], usize::MAX);
        }
        Some(choice)
    }

    /// The chosen term of a class.
    pub fn term(&self, class: Id) -> Option<&'a Term> {
        let class = self.space.find(class);
        self.space[class].nodes.get(*self.term.get(&class)?)
    }

    /// The classes that are computed, operands before users.
    pub fn order(&self) -> Vec<Id> {
        let mut order = Vec::new();
        let mut seen: HashMap<Id, ()> = HashMap::new();
        let mut stack: Vec<(Id, usize)> = Vec::new();
        for &root in &self.roots {
            if seen.insert(root, ()).is_none() {
                stack.push((root, 0));
            }
            while let Some((class, next)) = stack.pop() {
                match self.children(class).get(next) {
                    None => order.push(class),
                    Some(&child) => {
                        stack.push((class, next + 1));
                        if seen.insert(child, ()).is_none() {
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
        self.prices[&class][self.term[&class]]
    }

    fn children(&self, class: Id) -> Vec<Id> {
        let term = &self.space[class].nodes[self.term[&class]];
        term.children().iter().map(|&x| self.space.find(x)).collect()
    }

    /// One more use of a class. Gives the classes that were not computed before, and whether
    /// everything that was met has a rank below `below`.
    fn acquire(&mut self, class: Id, below: usize) -> (Vec<Id>, bool) {
        let (mut new, mut lower) = (Vec::new(), true);
        let mut stack = vec![class];
        while let Some(class) = stack.pop() {
            lower &= self.rank.get(&class).is_none_or(|&r| r < below);
            let uses = self.uses.entry(class).or_insert(0);
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
            let uses = self.uses.entry(class).or_insert(0);
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
        self.rank = order.iter().enumerate().map(|(i, &class)| (class, i)).collect();
        let mut changed = false;
        for class in order.into_iter().rev() {
            if self.uses.get(&class).copied().unwrap_or(0) == 0 {
                continue;
            }
            for term in 0..self.space[class].nodes.len() {
                if term != self.term[&class] && self.prices[&class][term].is_finite() {
                    changed |= self.try_term(class, term);
                }
            }
        }
        changed
    }

    /// Changes the term of a class if that is cheaper.
    fn try_term(&mut self, class: Id, term: usize) -> bool {
        let rank = self.rank.get(&class).copied().unwrap_or(0);
        let old = self.term[&class];
        let old_children = self.children(class);
        let computable = |c: &Id| self.term.contains_key(&self.space.find(*c));
        if !self.space[class].nodes[term].children().iter().all(computable) {
            return false;
        }
        let freed: f64 = old_children.iter().map(|&c| self.release(c)).sum();
        self.term.insert(class, term);
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
        if fits && self.prices[&class][term] + added < self.prices[&class][old] + freed {
            // What is new may be used by what comes after the class.
            for class in new {
                self.rank.entry(class).or_insert(rank);
            }
            return true;
        }
        for child in acquired {
            self.release(child);
        }
        self.term.insert(class, old);
        for child in old_children {
            self.acquire(child, usize::MAX);
        }
        false
    }
}

fn prices(space: &Space, hint: i64) -> HashMap<Id, Vec<f64>> {
    let classes = space.classes().map(|class| {
        let price = |term: &Term| match &class.data.ty {
            Some(ty) => cost(space, term, ty, hint),
            None => 0.0,
        };
        (class.id, class.nodes.iter().map(price).collect())
    });
    classes.collect()
}

/// The cheapest tree of every class.
fn trees(space: &Space, prices: &HashMap<Id, Vec<f64>>) -> HashMap<Id, usize> {
    let mut ids: Vec<Id> = prices.keys().copied().collect();
    ids.sort_unstable();
    // For each class, the terms that wait for it; for each term, how many it waits for.
    let mut waiting: HashMap<Id, Vec<(Id, usize)>> = HashMap::new();
    let mut open: HashMap<(Id, usize), (usize, f64)> = HashMap::new();
    let mut heap = BinaryHeap::new();
    for &class in &ids {
        for (at, term) in space[class].nodes.iter().enumerate() {
            let price = prices[&class][at];
            if !price.is_finite() {
                continue;
            }
            let mut children: Vec<Id> = term.children().iter().map(|&x| space.find(x)).collect();
            children.sort_unstable();
            children.dedup();
            if children.is_empty() {
                heap.push(Reverse((Price(price), class, at)));
            }
            open.insert((class, at), (children.len(), price));
            for child in children {
                waiting.entry(child).or_default().push((class, at));
            }
        }
    }
    let mut chosen: HashMap<Id, usize> = HashMap::new();
    while let Some(Reverse((Price(price), class, at))) = heap.pop() {
        if chosen.contains_key(&class) {
            continue;
        }
        chosen.insert(class, at);
        for &(user, term) in waiting.get(&class).into_iter().flatten() {
            if let Some((left, sum)) = open.get_mut(&(user, term)) {
                *left -= 1;
                *sum += price;
                if *left == 0 && !chosen.contains_key(&user) {
                    heap.push(Reverse((Price(*sum), user, term)));
                }
            }
        }
    }
    chosen
}
