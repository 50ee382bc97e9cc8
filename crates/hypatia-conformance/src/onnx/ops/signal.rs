//! Windows of signals, and grids of affine maps.
//!
//! Invariants: sizes are constants.
//!
//! Not here: transforms of signals.

use super::super::Stop;
use super::super::node::Node;
use super::super::tensor::dtype;
use super::Build::Single;
use super::Row;
use super::shape::needed;
use hypatia::expr::Expr;
use hypatia::structure::stack;
use std::f64::consts::PI;

/// The operators.
pub const ROWS: &[Row] = &[
    ("AffineGrid", Single(affine_grid)),
    ("BlackmanWindow", Single(|n| window(n, [0.42, -0.5, 0.08]))),
    ("HammingWindow", Single(|n| window(n, [25.0 / 46.0, -21.0 / 46.0, 0.0]))),
    ("HannWindow", Single(|n| window(n, [0.5, -0.5, 0.0]))),
];

/// A sum of cosines over a period of `size`, or of one less if both ends are to be equal.
fn window(n: &Node, terms: [f64; 3]) -> Result<Expr, Stop> {
    let size = needed(n, 0)?.first().copied().unwrap_or_default();
    let period = if n.int("periodic", 1) != 0 { size } else { size - 1 } as f64;
    let at = |i: i64| {
        let turn = 2.0 * PI * i as f64 / period;
        terms[0] + terms[1] * turn.cos() + terms[2] * (2.0 * turn).cos()
    };
    let values: Vec<f64> = (0..size).map(at).collect();
    Ok(Expr::literal(values).cast(dtype(n.int("output_datatype", 1))?))
}

/// Where the centres of a grid go: coordinates from -1 to 1, the last axis first.
fn affine_grid(n: &Node) -> Result<Expr, Stop> {
    let (theta, size) = (n.x(0)?, needed(n, 1)?);
    let Some(lengths) = size.get(2..) else { return Err(n.wrong("no spatial axes")) };
    let ends = n.int("align_corners", 0) != 0;
    let dtype = n.dtype(0)?;
    let centres = |length: i64| {
        let at = |i: i64| match ends {
            true => -1.0 + 2.0 * i as f64 / (length - 1).max(1) as f64,
            false => (2 * i + 1) as f64 / length as f64 - 1.0,
        };
        (0..length).map(at).collect::<Vec<f64>>()
    };
    let axes = lengths.len();
    let line = |axis: usize| {
        let line = Expr::literal(centres(lengths[axis])).cast(dtype);
        (axis + 1..axes).fold(line, |l, _| l.expand(-1)).broadcast_to(crate::ops::dims(lengths))
    };
    let mut parts: Vec<Expr> = (0..axes).rev().map(line).collect();
    parts.push(hypatia::compose::ones_like(&parts[0]));
    let points: i64 = lengths.iter().product();
    let base = stack(&parts, -1).reshape([points, axes as i64 + 1]);
    let mut shape = vec![size[0]];
    shape.extend(lengths);
    shape.push(axes as i64);
    Ok(base.matmul(theta.t()).reshape(crate::ops::dims(&shape)))
}
