//! Images sampled at places that are data.
//!
//! Invariants: places go from -1 to 1; neighbours outside the image are zero, the nearest element,
//! or mirrored, as the node says.
//!
//! Not here: resizing to constant sizes (`resize.rs`).

use super::super::Stop;
use super::super::node::Node;
use super::Build::Single;
use super::Row;
use crate::ops::dims;
use hypatia::dtype::DType;
use hypatia::expr::Expr;

/// The operators.
pub const ROWS: &[Row] = &[("GridSample", Single(grid_sample))];

/// One spatial axis.
struct Axis {
    length: i64,
    /// Where the image ends, in elements.
    low: f64,
    high: f64,
}

/// Mirrored at both ends until inside.
fn reflect(x: &Expr, a: &Axis) -> Expr {
    let range = a.high - a.low;
    if range <= 0.0 {
        return x * 0.0;
    }
    let away = x.lt(a.low).select(a.low - x, x - a.high);
    let times = (&away / range).floor();
    let rest = &away - &times * range;
    let odd = times.rem(2).ne(0);
    let from_low = x.lt(a.low).xor(odd);
    let mirrored = from_low.select(a.low + &rest, a.high - &rest);
    let inside = x.ge(a.low).and(x.le(a.high));
    inside.select(x, mirrored)
}

/// Places outside brought in, if the padding does that.
fn brought_in(x: &Expr, a: &Axis, padding: &str) -> Expr {
    match padding {
        "border" => {
            let outside = x.lt(a.low).or(x.gt(a.high));
            outside.select(x.clip(0, a.length - 1), x)
        }
        "reflection" => reflect(x, a),
        _ => x.clone(),
    }
}

/// Index and weight of each neighbour along one axis.
fn neighbours(x: &Expr, a: &Axis, mode: &str, padding: &str) -> Vec<(Expr, Expr)> {
    let x = brought_in(&if mode == "nearest" { x.round() } else { x.clone() }, a, padding);
    let first = x.floor();
    let t = &x - &first;
    let cubic = |d: Expr| {
        // Keys' kernel with a = -0.75.
        let d = d.abs();
        let near = (1.25 * &d - 2.25) * &d * &d + 1.0;
        let far = ((-0.75 * &d + 3.75) * &d - 6.0) * &d + 3.0;
        d.le(1).select(near, far)
    };
    let weighted: Vec<(i64, Expr)> = match mode {
        "nearest" => vec![(0, x.like(1.0))],
        "cubic" | "bicubic" => (-1..3i64).map(|k| (k, cubic(&t - k))).collect(),
        _ => vec![(0, 1 - &t), (1, t.clone())],
    };
    let start = if mode == "nearest" { x.clone() } else { first };
    let neighbour = |(k, weight): (i64, Expr)| {
        let at = &start + k;
        let inside = at.ge(0).and(at.le(a.length - 1));
        match padding {
            "border" => (at.clip(0, a.length - 1), weight),
            "reflection" => (reflect(&at, a).trunc().clip(0, a.length - 1), weight),
            _ => (at.clip(0, a.length - 1), inside.select(weight, 0)),
        }
    };
    weighted.into_iter().map(neighbour).collect()
}

fn grid_sample(n: &Node) -> Result<Expr, Stop> {
    let (x, grid) = (n.x(0)?, n.x(1)?);
    let (shape, grid_shape) = (n.shape(0)?, n.shape(1)?);
    let (Some(lengths), Some((_, outer))) = (shape.get(2..), grid_shape.split_last()) else {
        return Err(n.wrong("no spatial axes"));
    };
    let (mode, padding) = (n.text("mode", "linear"), n.text("padding_mode", "zeros"));
    let ends = n.int("align_corners", 0) != 0;
    let points: i64 = outer.iter().skip(1).product();
    let grid = grid.reshape([shape[0], points, lengths.len() as i64]);
    // Every combination of one neighbour for each axis: flat index, weight.
    let mut combined: Vec<(Option<Expr>, Option<Expr>)> = vec![(None, None)];
    for (i, &length) in lengths.iter().enumerate() {
        let place = (lengths.len() - 1 - i) as i64;
        let place = grid.take(Expr::literal(place), -1);
        let (scaled, low, high) = match ends {
            true => ((place + 1) / 2 * (length - 1), 0.0, (length - 1) as f64),
            false => (((place + 1) * length - 1) / 2, -0.5, length as f64 - 0.5),
        };
        let along = neighbours(&scaled, &Axis { length, low, high }, &mode, &padding);
        let mut next = Vec::new();
        for (index, weight) in &combined {
            for (at, share) in &along {
                let index = index.as_ref().map_or(at.clone(), |i| i * length + at);
                let weight = weight.as_ref().map_or(share.clone(), |w| w * share);
                next.push((Some(index), Some(weight)));
            }
        }
        combined = next;
    }
    let flat = x.reshape([shape[0], shape[1], lengths.iter().product::<i64>()]);
    let mut sum: Option<Expr> = None;
    for (index, weight) in combined {
        let (Some(index), Some(weight)) = (index, weight) else { continue };
        let index = index.cast(DType::I64).expand(1);
        let index = index.broadcast_to([shape[0], shape[1], points]);
        let term = flat.take_along_axis(index, -1) * weight.expand(-2);
        sum = Some(sum.map_or(term.clone(), |s| s + &term));
    }
    let mut result = vec![shape[0], shape[1]];
    result.extend(&outer[1..]);
    let sum = sum.ok_or_else(|| n.wrong("no spatial axes"))?;
    Ok(sum.reshape(dims(&result)))
}
