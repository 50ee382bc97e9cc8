//! The choice of terms against two oracles, on small random e-graphs: it is never dearer than the
//! cheapest trees, never cheaper than the best of all choices, and always acyclic.
//!
//! Invariants: deterministic.
//!
//! Not here: what a term costs (`cost.rs`).

use super::Choice;
use crate::cost::cost;
use crate::language::{Head, Term};
use crate::rules::Sight;
use crate::space::{Rules, Space};
use egg::{Id, Language};
use hypatia_ir::dtype::DType;
use hypatia_ir::op::{BinaryOp, UnaryOp};
use hypatia_ir::shape::Type;
use std::collections::{BTreeMap, BTreeSet};

/// Knuth's MMIX generator.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n
    }
}

/// A few ops on an input, and a few unions of any classes at all: cycles included.
fn random_space(seed: u64) -> (Space, Vec<Id>) {
    let mut random = Random(seed);
    let ty = Type::scalar(DType::F64);
    let mut space = Space::new(Rules { outer: vec![ty], ..Rules::default() });
    let mut ids = vec![space.add(Term::new(Head::Outer(0), []))];
    const UNARY: [UnaryOp; 4] = [UnaryOp::Neg, UnaryOp::Sin, UnaryOp::Tanh, UnaryOp::Erf];
    const BINARY: [BinaryOp; 3] = [BinaryOp::Add, BinaryOp::Div, BinaryOp::Pow];
    for _ in 0..9 {
        let x = ids[random.below(ids.len())];
        let y = ids[random.below(ids.len())];
        let term = match random.below(2) {
            0 => Term::new(Head::Unary(UNARY[random.below(4)]), [x]),
            _ => Term::new(Head::Binary(BINARY[random.below(3)]), [x, y]),
        };
        ids.push(space.add(term));
    }
    // The input stays a class of its own, else it would be the choice for everything.
    for _ in 0..4 {
        let (x, y) = (1 + random.below(ids.len() - 1), 1 + random.below(ids.len() - 1));
        if ids[x] != ids[0] && ids[y] != ids[0] {
            space.union(ids[x], ids[y]);
        }
    }
    space.rebuild();
    let roots = vec![ids[ids.len() - 1], ids[ids.len() - 2]];
    (space, roots)
}

/// The cost of the classes that a choice needs; `None` if it is cyclic.
fn total(
    space: &Space,
    roots: &[Id],
    term: &dyn Fn(Id) -> usize,
    prices: &dyn Fn(Id, usize) -> f64,
) -> Option<f64> {
    let mut state: BTreeMap<Id, bool> = BTreeMap::new();
    let mut sum = 0.0;
    let mut stack: Vec<(Id, bool)> = roots.iter().map(|&r| (space.find(r), false)).collect();
    while let Some((class, leave)) = stack.pop() {
        if leave {
            state.insert(class, true);
            continue;
        }
        match state.get(&class) {
            Some(true) => continue,
            Some(false) => return None,
            None => {}
        }
        state.insert(class, false);
        stack.push((class, true));
        sum += prices(class, term(class));
        let children = space[class].nodes[term(class)].children();
        stack.extend(children.iter().map(|&x| (space.find(x), false)));
    }
    Some(sum)
}

/// The cost of the best choice, by trying all.
fn optimum(space: &Space, roots: &[Id], price: &dyn Fn(Id, usize) -> f64) -> f64 {
    let classes: Vec<Id> =
        space.classes().map(|c| c.id).collect::<BTreeSet<_>>().into_iter().collect();
    let mut digits = vec![0usize; classes.len()];
    let mut best = f64::INFINITY;
    loop {
        let term = |class: Id| digits[classes.binary_search(&class).unwrap()];
        if let Some(cost) = total(space, roots, &term, price) {
            best = best.min(cost);
        }
        let mut at = 0;
        while at < digits.len() {
            digits[at] += 1;
            if digits[at] < space[classes[at]].nodes.len() {
                break;
            }
            digits[at] = 0;
            at += 1;
        }
        if at == digits.len() {
            return best;
        }
    }
}

#[test]
fn choices_lie_between_trees_and_the_optimum() {
    let (mut best, mut tried, mut better) = (0, 0, 0);
    for seed in 0..300 {
        let (space, roots) = random_space(seed);
        let sight = Sight::of(&space);
        let price = |class: Id, at: usize| {
            let data = &space[class];
            cost(&space, &sight, data, &data.nodes[at], 64)
        };
        let trees = Choice::of_trees(&space, &roots, 64).unwrap();
        let (_, found) = Choice::find(&space, &roots, 64, &[]).unwrap();
        let term = |class: Id| {
            let term = found.term(class).unwrap();
            space[class].nodes.iter().position(|t| t == term).unwrap()
        };
        let cost = total(&space, &roots, &term, &price)
            .unwrap_or_else(|| panic!("seed {seed}: a cyclic choice"));
        let optimum = optimum(&space, &roots, &price);
        // Sums of the same costs in other orders.
        let slack = 1e-9 * (1.0 + cost);
        assert!((cost - found.total()).abs() <= slack, "seed {seed}: total");
        assert!(found.total() <= trees.total() + slack, "seed {seed}: dearer than trees");
        assert!(optimum <= cost + slack, "seed {seed}: {cost} below the optimum {optimum}");
        tried += 1;
        best += usize::from(cost <= optimum + slack);
        better += usize::from(found.total() < trees.total() - slack);
    }
    // Most are: else the local search is broken.
    assert!(better > 0 && best * 10 >= tried * 9, "{best} of {tried} optimal, {better} better");
}
