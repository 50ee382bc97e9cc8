//! The rule book as a page for people.
//!
//! Invariants: depends on the rules alone.
//!
//! Not here: the rules (`table/`).

use super::{RULES, Rule, Soundness};
use std::fmt::Write;

/// Every rule with its flag, sides and conditions, as a table in Markdown.
pub fn rule_book() -> String {
    let mut text = String::from(
        "# Rules of the simplifier\n\n\
         Generated from the rule book: run `HYPATIA_REGENERATE=1 cargo test -p hypatia-opt --test \
         book` after a change.\n`docs/rewrite-rules.md` explains how to read and write rules.\n\n",
    );
    let count = |s: Soundness| RULES.iter().filter(|r| r.soundness == s).count();
    let (exact, stable) = (count(Soundness::Exact), count(Soundness::Stable));
    let accurate = count(Soundness::Accurate);
    let (all, fast) = (RULES.len(), count(Soundness::Fast));
    // Writing to a string cannot fail.
    let _ = writeln!(
        text,
        "{all} rules: {exact} exact, {accurate} for stability, {stable} stable, {fast} fast.\n"
    );
    text.push_str(
        "| rule | theme | flag | from | to | if | why |\n|---|---|---|---|---|---|---|\n",
    );
    RULES.iter().for_each(|rule| row(&mut text, rule));
    text
}

fn row(text: &mut String, rule: &Rule) {
    let flag = match rule.soundness {
        Soundness::Exact => "exact",
        Soundness::Accurate => "stability",
        Soundness::Stable => "stable",
        Soundness::Fast => "fast",
    };
    let right = rule.right_text.as_ref().map_or("computed".into(), |t| format!("`{t}`"));
    let request = rule.on_request.then_some("on request");
    let guards = rule.guards.iter().map(|g| g.text.as_str()).chain(request);
    let guards: Vec<&str> = guards.collect();
    let (name, left, guards) = (&rule.name, &rule.left_text, guards.join(", "));
    let (theme, why) = (rule.theme, rule.why);
    let _ = writeln!(text, "| {name} | {theme} | {flag} | `{left}` | {right} | {guards} | {why} |");
}
