//! The rule book: one row for each rule, by theme.
//!
//! Invariants: a row is tested by evaluating both sides on random values of every shape that its
//! type allows; one that needs to know about values, or that is only true of real numbers, has a
//! counterexample that shows why.
//!
//! Not here: sums and products of many operands (`normalize/`), which spellings count as
//! unstable (`idioms.rs`).

mod choice;
mod comparisons;
mod exponentials;
mod identities;
mod indexing;
mod powers;
mod products;
mod real;
mod reductions;
mod signs;
mod softmax;
mod special;
mod views;

use super::Build;
use super::Soundness;
pub(crate) use views::{Ops, VIEWS, View};

/// A rule.
pub(crate) struct Row {
    pub name: &'static str,
    pub soundness: Soundness,
    pub left: &'static str,
    pub right: Right,
    /// What it is good for.
    pub why: &'static str,
    pub guards: &'static [&'static str],
    /// Whether it is used only if the user names it.
    pub on_request: bool,
    /// Values at which the sides differ where the guards do not hold, or as floats.
    #[cfg_attr(not(test), expect(dead_code, reason = "read by the test of rows"))]
    pub unlike: &'static [Given],
}

/// The right side of a row.
#[derive(Clone, Copy)]
pub(crate) enum Right {
    Text(&'static str),
    Built(Build),
}

/// A value for a hole.
#[cfg_attr(not(test), expect(dead_code, reason = "read by the test of rows"))]
pub(crate) struct Given {
    pub hole: char,
    pub shape: &'static [usize],
    pub values: &'static [f64],
}

/// A number for a hole.
const fn num(hole: char, value: &'static [f64; 1]) -> Given {
    Given { hole, shape: &[], values: value }
}

/// A vector for a hole.
const fn list<const N: usize>(hole: char, values: &'static [f64; N]) -> Given {
    Given { hole, shape: &[N], values }
}

/// A matrix of one row for a hole.
const fn line<const N: usize>(hole: char, values: &'static [f64; N]) -> Given {
    Given { hole, shape: &[1, N], values }
}

/// A matrix of one column for a hole.
const fn column<const N: usize>(hole: char, values: &'static [f64; N]) -> Given {
    Given { hole, shape: &[N, 1], values }
}

const fn row(
    name: &'static str,
    soundness: Soundness,
    left: &'static str,
    right: &'static str,
    why: &'static str,
) -> Row {
    Row {
        name,
        soundness,
        left,
        right: Right::Text(right),
        why,
        guards: &[],
        on_request: false,
        unlike: &[],
    }
}

const fn built(
    name: &'static str,
    soundness: Soundness,
    left: &'static str,
    right: Build,
    why: &'static str,
) -> Row {
    Row {
        name,
        soundness,
        left,
        right: Right::Built(right),
        why,
        guards: &[],
        on_request: false,
        unlike: &[],
    }
}

impl Row {
    /// Only if these hold.
    const fn when(self, guards: &'static [&'static str]) -> Row {
        Row { guards, ..self }
    }

    /// Only if the user names it: it costs more than most want to pay.
    const fn on_request(self) -> Row {
        Row { on_request: true, ..self }
    }

    /// Where the sides differ if the guards do not hold, or as floats.
    const fn unlike(self, unlike: &'static [Given]) -> Row {
        Row { unlike, ..self }
    }
}

/// Rows of one theme.
pub(crate) struct Theme {
    pub name: &'static str,
    pub rows: &'static [Row],
}

/// Every row.
pub(crate) const THEMES: &[Theme] = &[
    Theme { name: "identities", rows: identities::ROWS },
    Theme { name: "signs", rows: signs::ROWS },
    Theme { name: "powers", rows: powers::ROWS },
    Theme { name: "choice", rows: choice::ROWS },
    Theme { name: "comparisons", rows: comparisons::ROWS },
    Theme { name: "views", rows: views::ROWS },
    Theme { name: "indexing", rows: indexing::ROWS },
    Theme { name: "reductions", rows: reductions::ROWS },
    Theme { name: "products", rows: products::ROWS },
    Theme { name: "exponentials", rows: exponentials::ROWS },
    Theme { name: "softmax", rows: softmax::ROWS },
    Theme { name: "special functions", rows: special::ROWS },
    Theme { name: "real numbers", rows: real::ROWS },
];

#[cfg(test)]
mod tests {
    use super::super::RULES;
    use super::{THEMES, VIEWS};
    use std::collections::HashSet;

    #[test]
    fn every_row_is_a_rule_with_a_name_of_its_own() {
        let mut names = HashSet::new();
        let rows = || THEMES.iter().flat_map(|t| t.rows);
        let parses = |row: &&super::Row| RULES.iter().any(|r| *r.name == *row.name);
        let wrong: Vec<&str> = rows().filter(|r| !parses(r)).map(|r| r.name).collect();
        assert!(wrong.is_empty(), "{wrong:?} do not parse");
        for row in rows() {
            assert!(names.insert(row.name), "{} is there twice", row.name);
            assert!(!row.why.is_empty(), "{} has no rationale", row.name);
        }
        for view in VIEWS {
            let suffix = format!("_of_{}", view.name);
            assert!(RULES.iter().any(|r| r.name.contains(&suffix)), "{}", view.name);
        }
    }
}
