//! A rule of the user's own.
//!
//! Invariants: it has been tested when it was made.
//!
//! Not here: its text (`parse.rs`), the test (`trial/`).

use super::pattern::letter;
use super::trial::{Counterexample, check};
use super::{Right, Rule, Soundness, parse};
use crate::error::Error;
use std::fmt;
use std::sync::Arc;

/// A rule of the user's own. Cheap to clone.
///
/// ```
/// use hypatia_opt::Rule;
/// let rule = Rule::parse("near_zero: log(1 + x) => log1p(x) if real(x)").unwrap();
/// assert_eq!(rule.name(), "near_zero");
/// let wrong = Rule::parse("sqrt(x * x) => x").unwrap_err();
/// assert!(wrong.to_string().contains("differ"));
/// ```
#[derive(Clone)]
pub struct UserRule {
    text: Arc<str>,
    rule: Arc<Rule>,
}

impl UserRule {
    /// Reads and tests `name: left => right if conditions`; name and conditions may be missing.
    ///
    /// Sides are maths: `+ - * / @ **`, numbers, `pi`, `inf`, and ops by their names in the text form
    /// of graphs. Names stand for any expression, the same name for the same expression. What an op
    /// has beside its operands is named too: `sum(x, axes=a)`. A number stands for a value that is
    /// that number everywhere. Conditions are `real`, `integer`, `bool`, `finite`, `nonzero`,
    /// `nonnegative`, `positive`, `constant` and `scalar` of a name: what the simplifier can prove,
    /// not what happens to be true.
    ///
    /// Both sides are evaluated on operands of many shapes and element types: where the left side
    /// is finite they must agree, up to what roundings of intermediate values do to it. The rule
    /// is used in default and fast mode, where the type of the result stays what it is.
    ///
    /// # Errors
    /// [`Error::RuleText`] with the place, [`Error::RuleDiffers`] with values for which the sides
    /// differ, [`Error::RuleUntested`] if there was nothing to compare.
    pub fn parse(text: &str) -> Result<UserRule, Error> {
        UserRule::tested(text, Soundness::Stable)
    }

    /// As [`UserRule::parse`], for a rule that is only true of real numbers: it is used in fast
    /// mode, and on values marked as fast, and may turn large numbers into infinities.
    ///
    /// # Errors
    /// As [`UserRule::parse`].
    pub fn parse_fast(text: &str) -> Result<UserRule, Error> {
        UserRule::tested(text, Soundness::Fast)
    }

    fn tested(text: &str, soundness: Soundness) -> Result<UserRule, Error> {
        let parsed = parse::rule(text).map_err(|fault| Error::RuleText { fault })?;
        let sides = text.split_once("=>").unwrap_or((text, ""));
        let name: Arc<str> = parsed.name.unwrap_or(text.trim()).into();
        let right = Right::Pattern(parsed.right);
        let rule = Rule::of(name, soundness, parsed.left, right, parsed.guards);
        let mut rule = rule.ok_or_else(|| Error::internal("rule", text))?;
        rule.left_text = sides.0.trim().to_string();
        rule.right_text = Some(sides.1.trim().to_string());
        match check(&rule) {
            Ok(0) => Err(Error::RuleUntested { rule: text.to_string() }),
            Ok(_) => Ok(UserRule { text: text.into(), rule: Arc::new(rule) }),
            Err(found) => {
                let difference = renamed(*found, &parsed.holes).to_string();
                Err(Error::RuleDiffers { rule: text.to_string(), difference })
            }
        }
    }

    /// The name in reports: that in front of the colon, or else the whole text.
    pub fn name(&self) -> &str {
        &self.rule.name
    }

    pub(crate) fn rule(&self) -> &Rule {
        &self.rule
    }
}

/// A counterexample in the user's own names.
fn renamed(found: Counterexample, holes: &[&str]) -> Counterexample {
    let own = |name: String| {
        let hole = (0..holes.len()).find(|&h| letter(h).to_string() == name);
        hole.map_or(name, |h| holes[h].to_string())
    };
    let operands = found.operands.into_iter().map(|(name, value)| (own(name), value)).collect();
    Counterexample { operands, ..found }
}

impl fmt::Debug for UserRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Rule({self})")
    }
}

impl fmt::Display for UserRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.text)
    }
}

impl PartialEq for UserRule {
    /// Rules are equal if they are written alike.
    fn eq(&self, other: &UserRule) -> bool {
        (&self.text, self.rule.soundness) == (&other.text, other.rule.soundness)
    }
}

impl Eq for UserRule {}
