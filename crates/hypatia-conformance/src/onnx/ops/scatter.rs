//! Copies with elements put in at indices.
//!
//! Invariants: indices are made places in row-major order.
//!
//! Not here: gathers (`index.rs`).

use super::super::Stop;
use super::super::node::Node;
use super::Build::Single;
use super::Row;
use super::index::flat_index;
use crate::ops::dims;
use hypatia::expr::Expr;
use hypatia::index::iota;

/// The operators.
pub const ROWS: &[Row] = &[
    ("Col2Im", Single(col2im)),
    ("MaxUnpool", Single(max_unpool)),
    ("Scatter", Single(scatter_elements)),
    ("ScatterElements", Single(scatter_elements)),
    ("ScatterND", Single(scatter_nd)),
];

/// Rows of a matrix replaced, or joined with others, at places.
fn put(n: &Node, rows: &Expr, places: &Expr, values: &Expr) -> Result<Expr, Stop> {
    Ok(match n.text("reduction", "none").as_str() {
        "none" => rows.scatter_set(places, values, 0),
        "add" => rows.scatter_add(places, values, 0),
        "max" => rows.scatter_max(places, values, 0),
        "min" => rows.scatter_min(places, values, 0),
        other => return Err(n.unsupported(&format!("reduction {other}"))),
    })
}

fn scatter_elements(n: &Node) -> Result<Expr, Stop> {
    let (x, indices, values) = (n.x(0)?, n.x(1)?, n.x(2)?);
    let (shape, seen) = (n.shape(0)?, n.shape(1)?);
    let axis = n.axis(n.int("axis", 0), shape.len())?;
    let mut flat: Option<Expr> = None;
    for (i, &all) in shape.iter().enumerate() {
        let coordinate = match i == axis {
            true => indices.lt(0).select(indices + all, indices),
            false => {
                let line = iota::<i64>(seen[i]);
                (i + 1..shape.len()).fold(line, |l, _| l.expand(-1)).broadcast_to(dims(&seen))
            }
        };
        flat = Some(match flat {
            Some(flat) => flat * all + coordinate,
            None => coordinate,
        });
    }
    let flat = flat.ok_or_else(|| n.wrong("a scalar"))?.ravel();
    Ok(put(n, &x.ravel(), &flat, &values.ravel())?.reshape(dims(&shape)))
}

fn scatter_nd(n: &Node) -> Result<Expr, Stop> {
    let (x, indices, values) = (n.x(0)?, n.x(1)?, n.x(2)?);
    let (shape, index_shape) = (n.shape(0)?, n.shape(1)?);
    let depth = index_shape.last().copied().unwrap_or_default();
    let Some(rest) = shape.get(depth as usize..) else { return Err(n.wrong("too many indices")) };
    let lengths = &shape[..depth as usize];
    let places = flat_index(indices, lengths, depth)?.ravel();
    let with_rest = |first: i64| {
        let mut all = vec![first];
        all.extend(rest);
        dims(&all)
    };
    let rows = x.reshape(with_rest(lengths.iter().product()));
    let count: i64 = index_shape[..index_shape.len() - 1].iter().product();
    let values = values.reshape(with_rest(count));
    Ok(put(n, &rows, &places, &values)?.reshape(dims(&shape)))
}

/// Overlapping blocks added up: the adjoint of cutting an image into blocks.
fn col2im(n: &Node) -> Result<Expr, Stop> {
    let (x, shape) = (n.x(0)?, n.shape(0)?);
    let (image, block) = (super::shape::needed(n, 1)?, super::shape::needed(n, 2)?);
    let count = image.len();
    let list = |name: &str, default: i64| n.ints(name).unwrap_or_else(|| vec![default; count]);
    let (strides, dilations) = (list("strides", 1), list("dilations", 1));
    let pads = n.ints("pads").unwrap_or_else(|| vec![0; 2 * count]);
    let whole = |i: usize| image[i] + pads[i] + pads[count + i];
    let windows = |i: usize| (whole(i) - dilations[i] * (block[i] - 1) - 1) / strides[i] + 1;
    let channels = shape[1] / block.iter().product::<i64>().max(1);
    let mut apart = vec![shape[0], channels];
    apart.extend(&block);
    apart.extend((0..count).map(windows));
    let mut perm = vec![0, 1];
    perm.extend((0..count as i64).map(|i| 2 + count as i64 + i));
    perm.extend((0..count as i64).map(|i| 2 + i));
    let mut folded = x.reshape(dims(&apart)).permute(&perm);
    for i in (0..count).rev() {
        folded = folded.fold(i as i64 + 2, whole(i), strides[i], dilations[i]);
    }
    let mut parts = vec![hypatia::structure::full(); 2];
    parts.extend((0..count).map(|i| hypatia::structure::part(pads[i], pads[i] + image[i])));
    Ok(folded.slice(parts))
}

/// Elements put back to the places that pooling took them from.
fn max_unpool(n: &Node) -> Result<Expr, Stop> {
    let (x, places) = (n.x(0)?, n.x(1)?);
    let (shape, count) = (n.shape(0)?, n.shape(0)?.len().saturating_sub(2));
    let target = match n.known_ints(2)? {
        Some(given) => given,
        None => {
            let kernel = n.ints("kernel_shape").ok_or_else(|| n.wrong("no kernel"))?;
            let strides = n.ints("strides").unwrap_or_else(|| vec![1; count]);
            let pads = n.ints("pads").unwrap_or_else(|| vec![0; 2 * count]);
            let length =
                |i: usize| (shape[i + 2] - 1) * strides[i] + kernel[i] - pads[i] - pads[count + i];
            shape[..2].iter().copied().chain((0..count).map(length)).collect()
        }
    };
    if target.len() != shape.len() {
        return Err(n.wrong("the output shape has another rank"));
    }
    let all: i64 = target.iter().product();
    let zeros = x.like(0.0).broadcast_to([all]);
    Ok(zeros.scatter_set(places.ravel(), x.ravel(), 0).reshape(dims(&target)))
}
