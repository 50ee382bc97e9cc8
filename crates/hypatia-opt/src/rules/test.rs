//! Every rule of the rule book on trial.
//!
//! Invariants: a rule that never applies here, or never to values that can be compared, fails.
//!
//! Not here: the trial (`trial/`).

use super::table::{self, Given, Row, THEMES};
use super::trial::{Filling, check, check_as, differ};
use super::{RULES, Rule, Side, Soundness};
use crate::language::Attr;
use hypatia_ir::dtype::DType;
use hypatia_ir::op::Axes;
use hypatia_ir::scalar::Scalar;
use hypatia_ir::shape::{Shape, Type};
use hypatia_ir::tensor::Tensor;

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

/// Guards that are about values, not about types, shapes and constants.
const OF_VALUES: &[&str] =
    &["finite", "nonzero", "nonzero_in_reals", "nonnegative", "positive", "length", "share"];

/// What a row is given for a hole: numbers that have to be known are constants, masks are bools.
fn filled(row: &Row, given: &Given) -> (char, Filling, Tensor) {
    let of = |names: &[&str]| {
        let text = given.hole.to_string();
        let fits = |g: &&str| {
            let mut words = g.split(' ');
            words.next().is_some_and(|n| names.contains(&n)) && words.next() == Some(&text)
        };
        row.guards.iter().any(fits)
    };
    let constant = of(&["constant", "power_of_two", "length", "share", "whole", "zero", "one"]);
    let mask = of(&["bool"]) || row.left.contains(&format!("(select ?{}", given.hole));
    let dtype = match (mask, of(&["integer"])) {
        (true, _) => DType::Bool,
        (_, true) => DType::I64,
        _ => DType::F64,
    };
    let shape = Shape::from(given.shape);
    let mut value = Tensor::full(Scalar::from_i64(dtype, 0), given.shape);
    for (at, &number) in given.values.iter().enumerate() {
        value.set(at, Scalar::from_f64(dtype, number));
    }
    let filling = match constant {
        true => Filling::Constant(value.get(0), shape),
        false => Filling::Operand(Type::new(dtype, shape)),
    };
    (given.hole, filling, value)
}

/// Where a rule needs to know about values, or only holds of real numbers, its row shows what would
/// go wrong without.
#[test]
fn rows_show_why_they_have_guards() {
    let mut failures = Vec::new();
    for row in THEMES.iter().flat_map(|t| t.rows) {
        let guarded =
            row.guards.iter().any(|g| OF_VALUES.iter().any(|o| g.split(' ').next() == Some(o)));
        // A product is never far from a quotient: that guard is there for 0 alone, which has no
        // reciprocal to multiply by.
        let needed = row.soundness == Soundness::Fast || guarded && row.name != "div_constant";
        if row.unlike.is_empty() {
            failures.extend(needed.then(|| format!("{}: no counterexample", row.name)));
            continue;
        }
        let right = match row.right {
            table::Right::Text(text) => Side::Text(text.to_string()),
            table::Right::Built(build) => Side::Built(build),
        };
        let rule = Rule::new(row.name.into(), row.soundness, row.left.into(), right, &[]).unwrap();
        let mut given: Vec<_> = row.unlike.iter().map(|g| filled(row, g)).collect();
        for (hole, text, attr) in [
            ('a', "?a", Attr::Axes(Axes::one(1))),
            ('b', "?b", Attr::Axis(0)),
            ('d', "(cast ?d", Attr::DType(DType::F64)),
        ] {
            if row.left.contains(text) && row.unlike.iter().all(|g| g.hole != hole) {
                let nothing = Tensor::full(Scalar::from_i64(DType::F64, 0), &[]);
                given.push((hole, Filling::Attr(attr), nothing));
            }
        }
        let far = row.soundness != Soundness::Fast && row.soundness != Soundness::Exact;
        match differ(&rule, &given, far) {
            Some(true) => {}
            Some(false) => failures.push(format!("{}: the sides are equal", row.name)),
            None => failures.push(format!("{}: does not apply", row.name)),
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
