//! The known word that a misspelt one was probably meant to be.
//!
//! Invariants: the first of equally close words, in the order given.
//!
//! Not here: where words are looked up.

/// The candidate within a third of the word's length in edits, if there is one.
pub(crate) fn closest<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    /// Longer words are no misspellings of ours, and distances take quadratic time.
    const LONGEST: usize = 40;
    let length = word.chars().count();
    if length > LONGEST {
        return None;
    }
    let within = (length / 3).max(1);
    let ranked = candidates.into_iter().map(|c| (edits(word, c), c));
    let close = ranked.filter(|(edits, _)| *edits <= within);
    close.min_by_key(|(edits, _)| *edits).map(|(_, c)| c)
}

/// How many characters must be inserted, removed or replaced (Levenshtein).
fn edits(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, &b) in to.iter().enumerate() {
            let replaced = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row.last().copied().unwrap_or(0)
}
