//! Which rules a run uses: those of the rule book, some of them, and the user's own.
//!
//! Invariants: numbers of rules are those of the rule book, then the user's in the order in which
//! they were added; names are checked before anything runs.
//!
//! Not here: how rules are written (`parse.rs`), when they are tried (`saturate.rs`).

use super::{NORMALIZED, RULES, Rule, UserRule};
use crate::error::Error;
use crate::pass;
use crate::{Mode, Options};
use std::sync::Arc;

/// Which rules may be used, on top of the mode. By default all of the rule book.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Rules of the user.
    pub own: Vec<UserRule>,
    /// Only these of the rule book, by name.
    pub only: Option<Vec<String>>,
    /// Also these, which are only used on request.
    pub also: Vec<String>,
    /// None of these, by name.
    pub without: Vec<String>,
}

impl Selection {
    /// Whether every name is that of a rule, and no two rules have one name.
    ///
    /// # Errors
    /// [`Error::UnknownRule`] for the first that is not, with the nearest name that is;
    /// [`Error::RuleTwice`] for a rule of the user's that has the name of another.
    pub fn check(&self) -> Result<(), Error> {
        for (at, rule) in self.own.iter().enumerate() {
            let before = self.own[..at].iter().map(UserRule::name);
            if before.chain(RULES.iter().map(|r| &*r.name)).any(|n| n == rule.name()) {
                return Err(Error::RuleTwice { name: rule.name().to_string() });
            }
        }
        let only = self.only.iter().flatten();
        match only.chain(&self.also).chain(&self.without).find(|name| !self.knows(name)) {
            None => Ok(()),
            Some(name) => Err(Error::UnknownRule {
                name: name.clone(),
                nearest: self.nearest(name).to_string(),
            }),
        }
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        let own = self.own.iter().map(|r| r.name());
        RULES.iter().map(|r| &*r.name).chain([NORMALIZED]).chain(pass::names()).chain(own)
    }

    fn knows(&self, name: &str) -> bool {
        self.names().any(|n| n == name)
    }

    /// The name of a rule that needs the fewest changes to be the given one.
    fn nearest(&self, name: &str) -> &str {
        self.names().min_by_key(|n| distance(n, name)).unwrap_or(NORMALIZED)
    }

    /// Whether a rule of the rule book or a pass may be used.
    pub(crate) fn has(&self, name: &str) -> bool {
        let named = |names: &[String]| names.iter().any(|n| n == name);
        self.only.as_deref().is_none_or(named) && !named(&self.without)
    }

    /// Whether a rule of the rule book may be used, for which some have to be named.
    fn allows(&self, rule: &Rule) -> bool {
        let named =
            || self.also.iter().chain(self.only.iter().flatten()).any(|n| **n == *rule.name);
        self.has(&rule.name) && (!rule.on_request || named())
    }
}

/// How many letters have to be added, dropped or changed (Levenshtein 1966).
pub(crate) fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, &y) in b.iter().enumerate() {
            let changed = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

/// The rules of a run with their numbers, in the order in which they are tried.
pub(crate) struct Book<'a> {
    pub mode: Mode,
    pub rules: Vec<(u16, &'a Rule)>,
    /// Whether sums and products are normalised.
    pub normalizes: bool,
    own: &'a [UserRule],
}

impl<'a> Book<'a> {
    /// The rules that options allow, whatever the mode.
    pub fn of(options: &'a Options) -> Book<'a> {
        let selection = &options.rules;
        let shared = RULES.iter().map(|r| (r, selection.allows(r)));
        // A user's own rule is wanted, unless it is named among those that are not.
        let wanted = |r: &UserRule| !selection.without.iter().any(|n| n == r.name());
        let own = selection.own.iter().map(|r| (r.rule(), wanted(r)));
        let numbered = (0u16..).zip(shared.chain(own));
        Book {
            mode: options.mode,
            rules: numbered.filter(|(_, (_, on))| *on).map(|(n, (r, _))| (n, r)).collect(),
            normalizes: selection.has(NORMALIZED),
            own: &selection.own,
        }
    }

    /// The names of the rules that are only used on request.
    pub fn requested(&self) -> Vec<Arc<str>> {
        let asked = self.rules.iter().filter(|(_, r)| r.on_request);
        asked.map(|(_, r)| r.name.clone()).collect()
    }

    /// One more than the highest number of a rule.
    pub fn bound(&self) -> usize {
        RULES.len() + self.own.len()
    }

    /// The name of a rule by its number.
    pub fn name(&self, number: u16) -> Arc<str> {
        let number = usize::from(number);
        let own = || self.own.get(number.checked_sub(RULES.len())?).map(UserRule::rule);
        RULES.get(number).or_else(own).map_or(NORMALIZED.into(), |r| r.name.clone())
    }
}
