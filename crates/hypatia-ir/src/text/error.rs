//! Where a text is not a graph, and what should stand there.
//!
//! Invariants: lines and columns count from 1, columns in characters; a message has at most 12
//! lines and shows a bounded part of the source line.
//!
//! Not here: what is expected where (`syntax.rs`, `build.rs`).

use std::borrow::Cow;
use std::fmt;

/// The first place where a text is not a graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What should stand there.
    pub expected: String,
    /// What stands there.
    pub found: String,
    /// What to try, where there is something to say.
    pub help: Option<String>,
    /// The line itself.
    pub source_line: String,
}

impl std::error::Error for ParseError {}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// Characters shown before and after the place.
        const AROUND: usize = 60;
        let ParseError { line, column, expected, found, help, source_line } = self;
        writeln!(
            f,
            "parse error at line {line}, column {column}: expected {expected}, found {found}"
        )?;
        let skipped = (column - 1).saturating_sub(AROUND);
        let shown = source_line.chars().skip(skipped);
        // A tab would move the caret away from its place.
        let shown = shown.map(|c| if c.is_control() { ' ' } else { c });
        let shown: String = shown.take(2 * AROUND).collect();
        let gutter = line.to_string();
        let lead = if skipped > 0 { "…" } else { "" };
        writeln!(f, "  {gutter} | {lead}{}", shown.trim_end())?;
        let place = column - 1 - skipped + lead.chars().count();
        write!(f, "  {:width$} | {:place$}^", "", "", width = gutter.len())?;
        match help {
            Some(help) => write!(f, "\n  help: {help}"),
            None => Ok(()),
        }
    }
}

/// A place in a line that is wrong, as a part of that line.
#[derive(Clone, Debug)]
pub(super) struct Fault<'a> {
    pub at: &'a str,
    pub expected: Cow<'static, str>,
    /// What stands there, if the next word does not say it.
    pub found: Option<String>,
    pub help: Option<String>,
}

impl<'a> Fault<'a> {
    pub fn new(at: &'a str, expected: impl Into<Cow<'static, str>>) -> Fault<'a> {
        let expected = expected.into();
        Fault { at, expected, found: None, help: None }
    }

    pub fn found(self, found: impl Into<String>) -> Fault<'a> {
        Fault { found: Some(found.into()), ..self }
    }

    pub fn help(self, help: Option<String>) -> Fault<'a> {
        Fault { help, ..self }
    }

    /// The error, given the number of the line (from 0) and the line.
    pub fn in_line(self, line: usize, source: &str) -> ParseError {
        let offset = self.at.as_ptr().addr().checked_sub(source.as_ptr().addr());
        let before = offset.and_then(|n| source.get(..n)).unwrap_or(source);
        ParseError {
            line: line + 1,
            column: before.chars().count() + 1,
            expected: self.expected.into_owned(),
            found: self.found.unwrap_or_else(|| next_word(self.at)),
            help: self.help,
            source_line: source.into(),
        }
    }
}

/// The word, number or sign at the start of a text, for a message.
fn next_word(text: &str) -> String {
    const LONGEST: usize = 30;
    let word = |c: &char| c.is_alphanumeric() || matches!(c, '_' | '.');
    let mut rest = text.chars().peekable();
    match rest.next() {
        None | Some('#') => "the end of the line".into(),
        Some(first) if word(&first) || matches!(first, '%' | '-') => {
            let tail: String = rest.take_while(word).take(LONGEST).collect();
            format!("`{first}{tail}`")
        }
        Some(sign) => format!("`{}`", sign.escape_debug()),
    }
}

impl<'a> nom::error::ParseError<&'a str> for Fault<'a> {
    fn from_error_kind(input: &'a str, _: nom::error::ErrorKind) -> Fault<'a> {
        Fault::new(input, "something else")
    }

    fn append(_: &'a str, _: nom::error::ErrorKind, other: Fault<'a>) -> Fault<'a> {
        other
    }
}
