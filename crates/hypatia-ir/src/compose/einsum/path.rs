//! In which order the operands of an einsum are contracted, two at a time.
//!
//! Invariants: a function of labels and lengths alone; of equal costs the first found wins. Up to
//! [`EXHAUSTIVE`] operands the cheapest order of all, beyond that the locally best pair.
//!
//! Not here: the contractions (`contract.rs`).

use super::parse::Label;
use std::collections::{BTreeMap, BTreeSet};

/// The most operands whose orders are all tried: 5 have 180.
const EXHAUSTIVE: usize = 5;

/// A set of labels.
pub(crate) type Labels = BTreeSet<Label>;

/// How many elements a tensor with these labels has.
fn size(labels: &Labels, lengths: &BTreeMap<Label, f64>) -> f64 {
    labels.iter().map(|label| lengths.get(label).copied().unwrap_or(1.0)).product()
}

/// The labels of the contraction of operands `i` and `j`: those that others or the output need.
fn contracted(operands: &[Labels], output: &Labels, i: usize, j: usize) -> Labels {
    let others = || (0..operands.len()).filter(|&k| k != i && k != j);
    let needed = |l: &Label| output.contains(l) || others().any(|k| operands[k].contains(l));
    operands[i].union(&operands[j]).copied().filter(needed).collect()
}

/// The operands without `i` and `j`, then their contraction.
fn after(operands: &[Labels], output: &Labels, i: usize, j: usize) -> Vec<Labels> {
    let others = (0..operands.len()).filter(|&k| k != i && k != j);
    let mut rest: Vec<Labels> = others.map(|k| operands[k].clone()).collect();
    rest.push(contracted(operands, output, i, j));
    rest
}

/// How many multiplications the contraction of operands `i` and `j` takes.
fn multiplications(operands: &[Labels], i: usize, j: usize, lengths: &BTreeMap<Label, f64>) -> f64 {
    size(&operands[i].union(&operands[j]).copied().collect(), lengths)
}

fn pairs(count: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..count).flat_map(move |i| (i + 1..count).map(move |j| (i, j)))
}

/// Pairs `(i, j)`, `i < j`, to contract one after another: both leave the list, their contraction
/// joins its end.
pub(crate) fn path(
    operands: &[Labels],
    output: &Labels,
    lengths: &BTreeMap<Label, f64>,
) -> Vec<(usize, usize)> {
    let mut operands = operands.to_vec();
    let mut path = Vec::new();
    while operands.len() > EXHAUSTIVE {
        // How much larger the operands get, then how many multiplications that takes.
        let costs = |(i, j): (usize, usize)| {
            let made = size(&contracted(&operands, output, i, j), lengths);
            let growth = made - size(&operands[i], lengths) - size(&operands[j], lengths);
            (growth, multiplications(&operands, i, j, lengths))
        };
        let best = pairs(operands.len())
            .map(|pair| (costs(pair), pair))
            .min_by(|(a, _), (b, _)| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let Some((_, (i, j))) = best else { break };
        operands = after(&operands, output, i, j);
        path.push((i, j));
    }
    path.extend(cheapest(&operands, output, lengths).1);
    path
}

/// The least number of multiplications, and the pairs that need no more. At most [`EXHAUSTIVE`]
/// operands, so that the recursion is that deep.
fn cheapest(
    operands: &[Labels],
    output: &Labels,
    lengths: &BTreeMap<Label, f64>,
) -> (f64, Vec<(usize, usize)>) {
    let orders = pairs(operands.len()).map(|(i, j)| {
        let here = multiplications(operands, i, j, lengths);
        let (rest, mut path) = cheapest(&after(operands, output, i, j), output, lengths);
        path.insert(0, (i, j));
        (here + rest, path)
    });
    orders.min_by(|a, b| a.0.total_cmp(&b.0)).unwrap_or((0.0, Vec::new()))
}
