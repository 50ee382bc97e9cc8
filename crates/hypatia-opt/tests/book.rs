//! The page of rules is that of the rule book.
//!
//! Invariants: `HYPATIA_REGENERATE=1` writes the page instead.
//!
//! Not here: what the rules are worth.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use hypatia_opt::rule_book;

#[test]
fn the_page_is_fresh() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/rules.md");
    if std::env::var_os("HYPATIA_REGENERATE").is_some() {
        std::fs::write(path, rule_book()).unwrap();
    }
    let page = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        page == rule_book(),
        "docs/rules.md is out of date: HYPATIA_REGENERATE=1 cargo test -p hypatia-opt --test book"
    );
}
