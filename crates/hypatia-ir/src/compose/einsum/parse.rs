//! Subscripts to labels: one for each axis of each operand and of the output.
//!
//! Invariants: as NumPy: spaces mean nothing; without `->` the output has the axes of the
//! ellipsis, then the labels that occur once, in the order of their characters.
//!
//! Not here: lengths (`mod.rs`).

use super::fault::SubscriptFault;
use std::collections::BTreeMap;

/// What an axis is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Label {
    /// An axis of the ellipsis, counted from its last.
    Ellipsis(usize),
    /// A letter.
    Letter(char),
}

impl Label {
    /// As messages show it.
    pub(crate) fn shown(self) -> char {
        match self {
            Label::Ellipsis(_) => '…',
            Label::Letter(letter) => letter,
        }
    }
}

/// The labels of all axes.
#[derive(Debug)]
pub(crate) struct Subscripts {
    /// Of each operand.
    pub(crate) operands: Vec<Vec<Label>>,
    /// Of the output.
    pub(crate) output: Vec<Label>,
}

/// The letters of one operand, and where its ellipsis is.
struct Term {
    letters: Vec<char>,
    ellipsis: Option<usize>,
}

impl Term {
    fn read(text: &str, operand: usize) -> Result<Term, SubscriptFault> {
        let mut pieces = text.split("...");
        let (before, after, more) = (pieces.next().unwrap_or(""), pieces.next(), pieces.next());
        let letters: Vec<char> = before.chars().chain(after.unwrap_or("").chars()).collect();
        if more.is_some() || letters.contains(&'.') {
            return Err(SubscriptFault::Point { operand });
        }
        match letters.iter().find(|c| !c.is_ascii_alphabetic()) {
            Some(&found) => Err(SubscriptFault::Character { found }),
            None => Ok(Term { letters, ellipsis: after.map(|_| before.len()) }),
        }
    }

    /// One label for each axis, with this many axes in the ellipsis.
    fn labels(&self, hidden: usize) -> Vec<Label> {
        let mut labels: Vec<Label> = self.letters.iter().map(|&c| Label::Letter(c)).collect();
        if let Some(at) = self.ellipsis {
            labels.splice(at..at, (0..hidden).rev().map(Label::Ellipsis));
        }
        labels
    }
}

/// The labels for operands of these ranks.
pub(crate) fn parse(text: &str, ranks: &[usize]) -> Result<Subscripts, SubscriptFault> {
    let text: String = text.chars().filter(|c| *c != ' ').collect();
    let mut sides = text.split("->");
    let (inputs, output) = (sides.next().unwrap_or(""), sides.next());
    if sides.next().is_some() {
        return Err(SubscriptFault::Arrow);
    }
    let terms = inputs.split(',').enumerate().map(|(i, term)| Term::read(term, i));
    let terms: Vec<Term> = terms.collect::<Result<_, _>>()?;
    let (expected, found) = (terms.len(), ranks.len());
    if expected != found {
        return Err(SubscriptFault::Operands { expected, found });
    }
    let (mut operands, mut widest) = (Vec::with_capacity(found), 0);
    for (operand, (term, &rank)) in terms.iter().zip(ranks).enumerate() {
        let labels = term.letters.len();
        let hidden = match rank.checked_sub(labels) {
            Some(hidden) if hidden == 0 || term.ellipsis.is_some() => hidden,
            _ => return Err(SubscriptFault::Rank { operand, labels, rank }),
        };
        widest = widest.max(hidden);
        operands.push(term.labels(hidden));
    }
    let mut uses: BTreeMap<char, usize> = BTreeMap::new();
    for letter in terms.iter().flat_map(|term| &term.letters) {
        *uses.entry(*letter).or_insert(0) += 1;
    }
    let output = match output {
        Some(output) => explicit(&Term::read(output, found)?, &uses, widest)?,
        None => {
            let once = uses.iter().filter(|&(_, &count)| count == 1);
            let letters = once.map(|(&letter, _)| letter).collect();
            Term { letters, ellipsis: Some(0) }.labels(widest)
        }
    };
    Ok(Subscripts { operands, output })
}

fn explicit(
    output: &Term,
    uses: &BTreeMap<char, usize>,
    widest: usize,
) -> Result<Vec<Label>, SubscriptFault> {
    for (i, &label) in output.letters.iter().enumerate() {
        if !uses.contains_key(&label) {
            return Err(SubscriptFault::Unknown { label });
        }
        if output.letters[..i].contains(&label) {
            return Err(SubscriptFault::Repeated { label });
        }
    }
    match output.ellipsis {
        None if widest > 0 => Err(SubscriptFault::Lost),
        _ => Ok(output.labels(widest)),
    }
}
