//! Every rule of the rule book on trial.
//!
//! Invariants: a rule that never applies here, or never to values that can be compared, fails.
//!
//! Not here: the trial (`trial/`).

use super::trial::{check, check_as};
use super::{RULES, Soundness};
use hypatia_ir::dtype::DType;

#[test]
fn sides_of_rules_are_equal() {
    let mut failures = Vec::new();
    for rule in RULES.iter() {
        match check(rule) {
            Ok(0) => failures.push(format!("{}: nothing to compare", rule.name)),
            Ok(_) => {}
            Err(e) => failures.push(format!("{}: {e:#}", rule.name)),
        }
    }
    assert!(failures.is_empty(), "{} rules fail:\n{}", failures.len(), failures.join("\n"));
}

/// Else they would be of another kind.
#[test]
fn fast_rules_change_bits() {
    for rule in RULES.iter().filter(|r| r.soundness == Soundness::Fast) {
        assert!(check_as(rule, Soundness::Exact, DType::F64).is_err(), "{}", rule.name);
    }
}
