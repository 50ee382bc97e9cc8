//! Why a rule did not fire.
//!
//! Invariants: what is told first is what comes first in the graph.
//!
//! Not here: what guards mean (`rules/guard.rs`).

use super::View;
use super::maths::Names;
use crate::error::Error;
use crate::rules::Tried;
use crate::space::Classes;
use crate::{Options, normalize};
use egg::Id;
use hypatia_ir::graph::Graph;
use hypatia_ir::span::Span;
use std::fmt;

/// The most places that are told.
const MOST: usize = 8;

/// What became of a rule at one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It fired.
    Fired,
    /// A condition does not hold, as far as can be proved: the condition, with what it is about.
    Guard(String),
    /// The right side has no type, or another one than the left.
    Type,
    /// The mode does not use rules of its kind, and the value is not marked as fast.
    Mode,
}

/// What became of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WhyNot {
    /// The rule.
    pub rule: String,
    /// Its left side, as it is written.
    pub form: String,
    /// The first places with something of that form: the text, the user's line, what happened.
    pub places: Vec<(String, Span, Refusal)>,
}

impl fmt::Display for WhyNot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let WhyNot { rule, form, places } = self;
        if places.is_empty() {
            return write!(f, "`{rule}`: nothing has the form `{form}`");
        }
        write!(f, "`{rule}`, for what has the form `{form}`:")?;
        for (text, at, refusal) in places {
            write!(f, "\n  `{text}` from {at}: ")?;
            match refusal {
                Refusal::Fired => write!(f, "it fired")?,
                Refusal::Guard(guard) => write!(f, "cannot prove that {guard}")?,
                Refusal::Type => write!(f, "the right side would have another type, or none")?,
                Refusal::Mode => write!(f, "rules of its kind are only used in fast mode")?,
            }
        }
        Ok(())
    }
}

/// Why a rule did not fire on a graph, or where it did.
///
/// # Errors
/// [`Error::UnknownRule`] if there is no rule of that name.
pub fn why_not(graph: &Graph, rule: &str, options: &Options) -> Result<WhyNot, Error> {
    let mut named = options.clone();
    named.rules.without.push(rule.to_string());
    named.rules.check()?;
    let mut view = View::of(graph, options, false)?;
    let mut all = options.clone();
    (all.rules.only, all.rules.without) = (None, Vec::new());
    let book = crate::rules::Book::of(&all);
    let Some((number, rule)) = book.rules.iter().find(|(_, r)| &*r.name == rule).copied() else {
        return Ok(WhyNot { rule: rule.into(), form: normalize::FORM.into(), places: Vec::new() });
    };
    let mut found: Vec<(u32, Span, String, Refusal)> = Vec::new();
    view.grow()?;
    view.grow()?;
    let classes = Classes::of(&view.space);
    let names = Names { graph, space: &view.space };
    let ids: Vec<Id> = classes.iter().map(|c| c.id).collect();
    for id in ids {
        let data = &view.space[id].data;
        rule.tried(&view.space, &classes, id, |tried| {
            let refusal = match tried {
                _ if data.marks.iter().any(|m| m.rule == number) => Refusal::Fired,
                _ if !rule.is_in(options.mode) && !data.fast => Refusal::Mode,
                Tried::Guard(guard, operands) => {
                    let about: Vec<String> =
                        operands.iter().map(|&x| names.class(x, 3).0).collect();
                    Refusal::Guard(format!("`{}` is {}", about.join("`, `"), guard.word()))
                }
                Tried::Passed => Refusal::Type,
            };
            let (node, at) = data.at;
            found.push((node, at, names.class(id, 4).0, refusal));
        });
    }
    found.sort_by_key(|(node, ..)| *node);
    found.dedup();
    found.truncate(MOST);
    let places = found.into_iter().map(|(_, at, text, refusal)| (text, at, refusal)).collect();
    Ok(WhyNot { rule: rule.name.to_string(), form: rule.left_text.clone(), places })
}
