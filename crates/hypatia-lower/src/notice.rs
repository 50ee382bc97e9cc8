//! What a user should know that stops nothing: said once per process, on standard error.
//!
//! Invariants: nothing depends on whether anybody reads it; `HYPATIA_QUIET` silences all.
//!
//! Not here: errors, and what a function itself tells (its warnings).

use std::collections::BTreeSet;
use std::io::Write;
use std::sync::{Mutex, PoisonError};

/// Says something about a topic, if nothing has been said about it yet.
pub fn notice(topic: &'static str, message: &str) {
    static SAID: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    let is_new = SAID.lock().unwrap_or_else(PoisonError::into_inner).insert(topic);
    if is_new && std::env::var_os("HYPATIA_QUIET").is_none() {
        // Nobody listens if this fails.
        let _ = writeln!(std::io::stderr(), "hypatia: {topic}: {message}");
    }
}
