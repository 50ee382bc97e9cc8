//! Elements rearranged, and tensors made from constants.
//!
//! Invariants: axes may be negative where the reference's may.
//!
//! Not here: slices (`indexing.rs`).

use super::Build::{Call as Args, Many, One};
use super::{Defect, Row, dims};
use hypatia::expr::Expr;
use hypatia::structure::{concat, stack};

/// The ops.
pub const ROWS: &[Row] = &[
    ("reshape", Args(|c| Ok(c.x(0)?.reshape(dims(&c.params.ints("shape")?))))),
    ("broadcast_to", Args(|c| Ok(c.x(0)?.broadcast_to(dims(&c.params.ints("shape")?))))),
    ("concat", Args(|c| Ok(concat(c.inputs, c.params.int_or("axis", 0)?)))),
    ("stack", Args(|c| Ok(stack(c.inputs, c.params.int_or("axis", 0)?)))),
    ("swapaxes", Args(|c| Ok(c.x(0)?.swap_axes(c.params.int("a")?, c.params.int("b")?)))),
    ("ravel", One(Expr::ravel)),
];
