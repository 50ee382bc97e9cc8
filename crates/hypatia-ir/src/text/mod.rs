//! The `.hyp` text form of graphs: printed by `{}`, read back by [`parse`].
//!
//! ```text
//! hyp 1
//! input x: f32[n, 784]                       # one statement a line
//! shared w: f32[784, 10]
//! %2: f32[n, 10] = matmul(x, w)
//! %3: f32[] = const(0.5: f32)
//! %4: f32[n, 10] = mul(%2, %3)
//! %5: f32[n, 1] = max(%4, axes=[1])
//! %6: f32[2] = literal([1, -inf])
//! guard n - 1 >= 0
//! output top = %5
//! update w = w
//! ```
//! Slices are `start:len:step`, pads are `low:high:interior`, one for each axis. The type of a
//! node may be left out, but for literals.
//!
//! Invariants: parse∘print is the identity on nodes, types, inputs, roots and guards; printing
//! depends on the graph alone; parsing takes linear time and bounded depth, whatever the text.
//!
//! Not here: expressions as maths for people (`print.rs`).

mod build;
mod dim;
mod error;
mod print;
mod suggest;
mod syntax;
mod token;

pub use build::parse;
pub use error::ParseError;
pub use print::NodeText;
