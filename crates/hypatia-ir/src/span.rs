//! Where in the user's program something was written.
//!
//! Invariants: a span never decides anything; it only appears in messages and reports.
//!
//! Not here: positions in `.hyp` texts (`text/`).

use std::cell::Cell;
use std::fmt;
use std::panic::Location;

/// A source position of the user's program, or none (graphs read from a text).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Span(Option<&'static Location<'static>>);

thread_local! {
    /// Set while derived expressions are built on behalf of a user's line.
    static ORIGIN: Cell<Option<Span>> = const { Cell::new(None) };
}

impl Span {
    /// No position.
    pub const NONE: Span = Span(None);

    /// The position of the caller of the innermost `#[track_caller]` chain, unless
    /// [`Span::on_behalf_of`] is active.
    #[track_caller]
    pub fn caller() -> Span {
        // Not in a closure: the caller of a closure is not the user.
        let here = Span(Some(Location::caller()));
        ORIGIN.get().unwrap_or(here)
    }

    /// Runs `build`; every expression built inside belongs to `self`, the user's line that caused it.
    pub fn on_behalf_of<R>(self, build: impl FnOnce() -> R) -> R {
        struct Restore(Option<Span>);
        impl Drop for Restore {
            fn drop(&mut self) {
                ORIGIN.set(self.0);
            }
        }
        let _restore = Restore(ORIGIN.replace(Some(self)));
        build()
    }

    /// File and line, if known.
    pub fn line(self) -> Option<(&'static str, u32)> {
        self.0.map(|at| (at.file(), at.line()))
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(at) => write!(f, "{}:{}:{}", at.file(), at.line(), at.column()),
            None => f.write_str("(no source line)"),
        }
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
