//! A rule of the user's own.
//!
//! Invariants: it has been tested when it was made.
//!
//! Not here: its text (`parse.rs`), the test (`trial.rs`).

use super::Rule;
use std::fmt;
use std::sync::Arc;

/// A rule of the user's own. Cheap to clone.
#[derive(Clone)]
pub struct UserRule(Arc<Rule>);

impl UserRule {
    /// The name in reports: that in front of the colon, or else the whole text.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    pub(crate) fn rule(&self) -> &Rule {
        &self.0
    }
}

impl fmt::Debug for UserRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Rule({self})")
    }
}

impl fmt::Display for UserRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.name)
    }
}

impl PartialEq for UserRule {
    /// Rules are equal if they are written alike.
    fn eq(&self, other: &UserRule) -> bool {
        let texts = |r: &UserRule| {
            let guards: Vec<String> = r.0.guards.iter().map(|g| g.text.clone()).collect();
            (r.0.name.clone(), r.0.left_text.clone(), r.0.right_text.clone(), guards)
        };
        texts(self) == texts(other)
    }
}

impl Eq for UserRule {}
