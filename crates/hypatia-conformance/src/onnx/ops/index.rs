//! Elements chosen, and put, by indices.
//!
//! Invariants: negative indices count from the end.
//!
//! Not here: slices (`shape.rs`).

use super::super::Stop;
use super::super::node::Node;
use super::Build::Single;
use super::Row;
use crate::ops::{dims, length, rank};
use hypatia::expr::Expr;
use hypatia::index::iota;

/// The operators.
pub const ROWS: &[Row] = &[
    ("Compress", Single(compress)),
    ("Gather", Single(|n| Ok(n.x(0)?.take(n.x(1)?, n.int("axis", 0))))),
    ("GatherElements", Single(gather_elements)),
    ("GatherND", Single(gather_nd)),
    ("OneHot", Single(one_hot)),
    ("ReverseSequence", Single(reverse_sequence)),
];

/// Elements where the condition, which decides the shape, is true.
fn compress(n: &Node) -> Result<Expr, Stop> {
    let chosen = n.known_ints(1)?.ok_or_else(|| n.wrong("no condition"))?;
    let places: Vec<i64> = (0i64..).zip(chosen).filter(|(_, c)| *c != 0).map(|(i, _)| i).collect();
    let places = Expr::literal(places);
    Ok(match n.attribute("axis") {
        Some(axis) => n.x(0)?.take(places, axis.i),
        None => n.x(0)?.ravel().take(places, 0),
    })
}

/// Off the axis, indices may be shorter than the tensor.
fn gather_elements(n: &Node) -> Result<Expr, Stop> {
    let (x, indices) = (n.x(0)?, n.x(1)?);
    let axis = n.axis(n.int("axis", 0), rank(x))?;
    let all = |i: usize| {
        let end = if i == axis { length(x, i) } else { length(indices, i) };
        hypatia::structure::part(0, end)
    };
    let seen = x.slice((0..rank(x)).map(all).collect::<Vec<_>>());
    Ok(seen.take_along_axis(indices, axis as i64))
}

/// Indices of whole parts, as places in row-major order.
fn gather_nd(n: &Node) -> Result<Expr, Stop> {
    let (x, indices) = (n.x(0)?, n.x(1)?);
    let (shape, index_shape) = (n.shape(0)?, n.shape(1)?);
    let batch = n.int("batch_dims", 0) as usize;
    let Some((&depth, outer)) = index_shape.split_last() else { return Err(n.wrong("no indices")) };
    let end = batch + depth as usize;
    if end > shape.len() || batch > outer.len() {
        return Err(n.wrong("too many indices"));
    }
    let flat = flat_index(&indices, &shape[batch..end], depth)?;
    let count: i64 = shape[batch..end].iter().product();
    let batches: i64 = shape[..batch].iter().product();
    let each: i64 = outer[batch..].iter().product();
    // Each sample of the batch reads its own stretch.
    let offsets = (iota::<i64>(batches) * count).expand(-1);
    let places = (flat.reshape([batches, each]) + offsets).ravel();
    let rest = &shape[end..];
    let mut rows = vec![batches * count];
    rows.extend(rest);
    let mut result = outer.to_vec();
    result.extend(rest);
    Ok(x.reshape(dims(&rows)).take(places, 0).reshape(dims(&result)))
}

/// Index vectors (last axis) of a tensor's leading axes, as row-major places.
pub fn flat_index(indices: &Expr, lengths: &[i64], depth: i64) -> Result<Expr, Stop> {
    let parts = indices.split(
        vec![1i64; depth as usize].iter().map(|&n| n.into()).collect::<Vec<hypatia::dim::Dim>>(),
        -1,
    );
    let mut flat: Option<Expr> = None;
    for (part, &length) in parts.iter().zip(lengths) {
        let part = part.squeeze(-1);
        let part = part.lt(0).select(&part + length, &part);
        flat = Some(match flat {
            Some(flat) => flat * length + part,
            None => part,
        });
    }
    flat.ok_or_else(|| Stop::Wrong("no index".into()))
}

fn one_hot(n: &Node) -> Result<Expr, Stop> {
    let depth = n.known_ints(1)?.and_then(|d| d.first().copied());
    let depth = depth.ok_or_else(|| n.wrong("no depth"))?;
    let (indices, values) = (n.x(0)?.cast(hypatia::dtype::DType::I64), n.x(2)?);
    let axis = n.int("axis", -1);
    let wrapped = indices.lt(0).select(&indices + depth, &indices).expand(-1);
    let hot = wrapped.eq(iota::<i64>(depth));
    let at = |i: i64| values.slice([hypatia::structure::single(i)]);
    Ok(hot.select(at(1), at(0)).moveaxis(-1, axis))
}

/// The first elements of each line backwards, as many as its length says.
fn reverse_sequence(n: &Node) -> Result<Expr, Stop> {
    let (x, lengths) = (n.x(0)?, n.x(1)?);
    let (time, batch) = (n.int("time_axis", 0), n.int("batch_axis", 1));
    let rows = x.moveaxis(batch, 0).moveaxis(if time < batch { time + 1 } else { time }, 1);
    let places = iota::<i64>(length(&rows, 1));
    let lengths = lengths.expand(-1);
    let turned = places.lt(&lengths).select(&lengths - 1 - &places, &places);
    let turned = (2..rank(&rows)).fold(turned, |t, _| t.expand(-1));
    let shape = rows.type_or_none().map(|ty| ty.shape.clone());
    let turned = shape.map_or(turned.clone(), |s| turned.broadcast_to(&s));
    let result = rows.take_along_axis(turned, 1);
    Ok(result.moveaxis(1, if time < batch { time + 1 } else { time }).moveaxis(0, batch))
}
