//! Draws: no operands, so nothing to differentiate or to batch.
//!
//! Invariants: as in `mod.rs`.
//!
//! Not here: whether draws are distributed as they should be (`tests/it/random.rs`).

use super::Arg::{Any, Unit};
use super::Family;
use crate::rows;
use hypatia::compose::random;

pub const FAMILIES: &[Family] = &[Family {
    name: "Random draws",
    rows: rows! {
        "uniform" "Philox4x32-10 vectors" [] |_| random(1).uniform::<f64>((2, 3));
        "normal" "moments, Kolmogorov-Smirnov" [] |_| random(1).normal::<f64>((2, 3));
        "bernoulli" "moments" [] |_| random(1).bernoulli(0.3, (2, 3));
        "randint" "moments" [] |_| random(1).randint(0, 10, (2, 3));
        "categorical" "moments" [Any(&[2, 3])] |v| random(1).categorical(&v[0]);
        "permutation" "exact" [] |_| random(1).permutation(5);
        "shuffle" "exact" [Any(&[4, 2])] |v| random(1).shuffle(&v[0]);
        "choice" "exact" [Any(&[4, 2])] |v| random(1).choice(&v[0], (3,));
        "dropout" "exact" [Unit(&[2, 3])] |v| random(1).dropout(&v[0], 0.5);
    },
}];
