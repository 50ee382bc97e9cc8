//! What can go wrong in the simplifier.
//!
//! Invariants: nothing has happened when an error comes back; what is the user's fault says what to
//! do.
//!
//! Not here: type errors (`hypatia_ir::error`).

use hypatia_ir::error::TypeErrors;
use hypatia_ir::shape::Type;
use std::fmt;
use thiserror::Error as ThisError;

/// What is wrong with a text, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The text.
    pub text: String,
    /// How many bytes of it are in order.
    pub column: usize,
    /// What was expected.
    pub why: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let before = self.text.get(..self.column).unwrap_or(&self.text).chars().count();
        write!(f, "{}\n  {}\n  {}^", self.why, self.text, " ".repeat(before))
    }
}

/// Why a graph could not be simplified.
#[derive(Clone, Debug, PartialEq, ThisError)]
pub enum Error {
    /// A broken invariant.
    #[error("internal error in `{stage}`: {dump}")]
    Internal {
        /// The stage.
        stage: &'static str,
        /// What it was looking at.
        dump: String,
    },
    /// A name that is not that of a rule.
    #[error(
        "there is no rule `{name}`\n  help: the nearest name is `{nearest}`; docs/rules.md lists all"
    )]
    UnknownRule {
        /// The name.
        name: String,
        /// The name of a rule that is most like it.
        nearest: String,
    },
    /// The text of a rule that cannot be read.
    #[error("rule: {fault}\n  help: rules are written like `log(1 + x) => log1p(x) if real(x)`")]
    RuleText {
        /// Where and why.
        fault: Fault,
    },
    /// A rule whose sides differ.
    #[error(
        "the sides of `{rule}` differ: {difference}\n  help: add a condition after `if` under \
         which they are equal"
    )]
    RuleDiffers {
        /// The rule.
        rule: String,
        /// The values for which they do, and what comes out.
        difference: String,
    },
    /// A rule that nothing could be said of.
    #[error(
        "`{rule}` was not tested: no operands were found for which both sides have one type and \
         the conditions hold\n  help: check shapes and element types of both sides"
    )]
    RuleUntested {
        /// The rule.
        rule: String,
    },
    /// A result that simplifying changed.
    #[error("{0}")]
    Disagreement(Box<crate::Disagreement>),
    /// Expressions that do not type-check.
    #[error(transparent)]
    Type(Box<TypeErrors>),
    /// Expressions that cannot be equal.
    #[error("there is no chain of rules from {before} to {after}: the types differ")]
    TypesDiffer {
        /// The type of the first.
        before: Type,
        /// The type of the other.
        after: Type,
    },
    /// Expressions that rules do not make equal.
    #[error(
        "no chain of rules leads from one to the other\n  from `{before}`\n  to   `{after}`\n  \
         help: `why_not` tells for a rule what kept it from firing"
    )]
    NoChain {
        /// The first, as maths.
        before: String,
        /// The other.
        after: String,
    },
    /// A root that is not there.
    #[error("there is no root {root}; the graph has {count}, counted from 0")]
    NoRoot {
        /// The number.
        root: usize,
        /// How many roots there are.
        count: usize,
    },
    /// Expressions that are too large to be explained.
    #[error("{terms} terms are too many to be explained, at most {most}\n  help: explain a part")]
    TooLarge {
        /// How many there are, written out without sharing.
        terms: usize,
        /// How many there may be.
        most: usize,
    },
    /// A name that is taken.
    #[error("there is a rule `{name}` already\n  help: put another name in front of the colon")]
    RuleTwice {
        /// The name.
        name: String,
    },
}

impl Error {
    pub(crate) fn internal(stage: &'static str, dump: impl Into<String>) -> Error {
        Error::Internal { stage, dump: dump.into() }
    }
}
