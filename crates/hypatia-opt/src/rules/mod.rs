//! Rewrite rules: rows of text, conditions, and a few computed right sides.
//!
//! Invariants: both sides of a rule have one type, checked whenever it fires; a rule is exact, safe
//! for floats by the policy of its flag, or only used where the user asked for speed.
//!
//! Not here: when rules are tried (`saturate.rs`).

mod book;
mod build;
mod family;
mod guard;
mod idioms;
mod parse;
mod pattern;
mod selection;
mod table;
#[cfg(test)]
mod test;
pub(crate) mod trial;
mod user;

pub use book::rule_book;
pub(crate) use guard::is_aligned;
pub(crate) use idioms::{Sight, loses};
pub(crate) use pattern::{Binding, allowed};
pub(crate) use selection::Book;
pub use selection::Selection;
pub(crate) use trial::wobble;
pub use user::UserRule;

use crate::Mode;
use crate::language::Heads;
use crate::space::{Classes, Space};
use egg::Id;
use guard::Guard;
use pattern::Pattern;
use std::sync::{Arc, LazyLock};
use table::THEMES;

/// What a rule may do to floats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Soundness {
    /// The same bits.
    Exact,
    /// As [`Soundness::Stable`], and the largest error is smaller: what overflowed, underflowed or
    /// cancelled does so no longer.
    Accurate,
    /// Results as accurate or better; what was NaN or infinite only by way of computing may become
    /// finite, and a zero may change its sign.
    Stable,
    /// True of real numbers; floats may lose accuracy.
    Fast,
}

/// A rule that can be tried.
pub(crate) struct Rule {
    /// The name in reports.
    pub name: Arc<str>,
    pub soundness: Soundness,
    /// Whether it is used only if the user names it.
    pub on_request: bool,
    pub theme: &'static str,
    /// What it is good for.
    pub why: &'static str,
    /// The text of the left side.
    pub left_text: String,
    /// The text of the right side; `None` if it is computed.
    pub right_text: Option<String>,
    left: Pattern,
    right: Right,
    guards: Vec<Guard>,
    /// Heads that must be around for the left side to match.
    pub heads: Heads,
    /// The head of the left side.
    pub root: u32,
    /// How far below its root the left side looks.
    pub depth: usize,
}

/// What became of a match.
pub(crate) enum Tried<'a> {
    /// The first guard that fails, and what it is about.
    Guard(&'a Guard, Vec<Id>),
    Passed,
}

/// A right side as it is written.
enum Side {
    Text(String),
    Built(Build),
}

/// What a match becomes.
enum Right {
    Pattern(Pattern),
    Built(Build),
}

/// Computes the replacement of a class, or refuses.
pub(crate) type Build = fn(&mut Space, &Binding, Id) -> Option<Id>;

/// The rule number of normal forms of sums and products, which no row describes.
pub(crate) const NORMALIZE: u16 = u16::MAX - 1;

/// What reports call them.
pub(crate) const NORMALIZED: &str = "normalize";

/// The theme of rules that are not in the rule book.
const USERS: &str = "the user's own";

/// Every rule, in the order in which they are tried.
pub(crate) static RULES: LazyLock<Vec<Rule>> = LazyLock::new(all);

impl Rule {
    /// The rule of these texts; `None` if a text is wrong (tested to be impossible).
    fn new(
        name: String,
        soundness: Soundness,
        left_text: String,
        right: Side,
        guards: &[&str],
    ) -> Option<Rule> {
        let left = Pattern::parse(&left_text)?;
        let (right, right_text) = match right {
            Side::Text(text) => (Right::Pattern(Pattern::parse(&text)?), Some(text)),
            Side::Built(build) => (Right::Built(build), None),
        };
        let guards = guards.iter().map(|g| Guard::parse(g)).collect::<Option<_>>()?;
        let mut rule = Rule::of(name.into(), soundness, left, right, guards)?;
        (rule.left_text, rule.right_text) = (left_text, right_text);
        Some(rule)
    }

    /// The rule of these sides; `None` if the left one is no term.
    fn of(
        name: Arc<str>,
        soundness: Soundness,
        left: Pattern,
        right: Right,
        guards: Vec<Guard>,
    ) -> Option<Rule> {
        let Pattern::Term(head, _) = &left else { return None };
        let (heads, root, depth) = (left.heads(), head.bit(), left.depth());
        let (left_text, right_text) = (String::new(), None);
        Some(Rule {
            name,
            soundness,
            on_request: false,
            theme: USERS,
            why: "",
            left_text,
            right_text,
            left,
            right,
            guards,
            heads,
            root,
            depth,
        })
    }

    /// Whether a mode uses the rule.
    pub fn is_in(&self, mode: Mode) -> bool {
        match mode {
            Mode::Strict => self.soundness <= Soundness::Accurate,
            Mode::Default => self.soundness <= Soundness::Stable,
            Mode::Fast => true,
        }
    }

    /// Every way in which the rule applies to a class.
    pub fn matches(
        &self,
        space: &Space,
        classes: &Classes<'_>,
        class: Id,
        mut found: impl FnMut(Binding),
    ) {
        self.left.find(classes, class, &mut |binding| {
            if self.guards.iter().all(|g| g.holds(space, binding)) {
                found(*binding);
            }
        });
    }

    /// What becomes of every term of a class that has the form of the left side.
    pub fn tried<'a>(
        &'a self,
        space: &Space,
        classes: &Classes<'_>,
        class: Id,
        mut found: impl FnMut(Tried<'a>),
    ) {
        self.left.find(classes, class, &mut |binding| {
            let failed = self.guards.iter().find(|g| !g.holds(space, binding));
            found(match failed {
                Some(guard) => {
                    let about = guard.holes.iter().filter_map(|&h| binding[h]).collect();
                    Tried::Guard(guard, about)
                }
                None => Tried::Passed,
            });
        });
    }

    /// The left side as it was matched, for explanations.
    pub fn matched(&self, space: &mut Space, binding: &Binding, class: Id) -> Option<Id> {
        self.left.matched(space, binding, class)
    }

    /// Adds the right side; `None` if it has another type than the class.
    pub fn apply(&self, space: &mut Space, binding: &Binding, class: Id) -> Option<Id> {
        let wanted = space[class].data.ty.clone()?;
        match &self.right {
            Right::Pattern(pattern) => pattern.build(space, binding, wanted.dtype, &wanted),
            Right::Built(build) => {
                let found = build(space, binding, class)?;
                (space[found].data.ty.as_ref() == Some(&wanted)).then_some(found)
            }
        }
    }
}

fn all() -> Vec<Rule> {
    let own = THEMES.iter().flat_map(|t| t.rows.iter().map(|row| (t.name, row)));
    let own = own.filter_map(|(theme, row)| {
        let right = match row.right {
            table::Right::Text(text) => Side::Text(text.to_string()),
            table::Right::Built(build) => Side::Built(build),
        };
        let (name, left) = (row.name.to_string(), row.left.to_string());
        let rule = Rule::new(name, row.soundness, left, right, row.guards)?;
        Some(Rule { theme, why: row.why, on_request: row.on_request, ..rule })
    });
    own.chain(family::rules()).collect()
}
