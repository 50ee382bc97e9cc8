//! Shapes and parts.
//!
//! Invariants: lengths are numbers; arguments that decide shapes are constants.
//!
//! Not here: indices by data (`index.rs`).

use super::super::Stop;
use super::super::node::Node;
use super::super::tensor::dtype;
use super::Build::{Many, Single};
use super::Row;
use crate::ops::{dims, rank};
use hypatia::compose::{PadMode, arange, eye};
use hypatia::dtype::DType;
use hypatia::expr::Expr;
use hypatia::scalar::Scalar;
use hypatia::structure::{Part, concat, full, part};
use hypatia::tensor::Tensor;

/// The operators.
pub const ROWS: &[Row] = &[
    ("CenterCropPad", Single(center_crop_pad)),
    ("Concat", Single(|n| Ok(concat(&n.all()?, n.int("axis", 1))))),
    ("Constant", Single(constant)),
    ("ConstantOfShape", Single(constant_of_shape)),
    ("DepthToSpace", Single(depth_to_space)),
    ("Expand", Single(expand)),
    ("EyeLike", Single(eye_like)),
    ("Flatten", Single(flatten)),
    ("Pad", Single(pad)),
    ("Range", Single(range)),
    ("Reshape", Single(reshape)),
    ("Shape", Single(shape)),
    ("Size", Single(|n| Ok(Expr::literal(n.shape(0)?.iter().product::<i64>())))),
    ("Slice", Single(slice)),
    ("SpaceToDepth", Single(|n| Ok(n.x(0)?.space_to_depth(n.int("blocksize", 1))))),
    ("Split", Many(split)),
    ("Squeeze", Single(squeeze)),
    ("Tile", Single(|n| Ok(n.x(0)?.tile(dims(&needed(n, 1)?))))),
    ("Transpose", Single(transpose)),
    ("Trilu", Single(trilu)),
    ("Unsqueeze", Single(unsqueeze)),
];

/// The integers of an argument that decides shapes.
pub fn needed(n: &Node, at: usize) -> Result<Vec<i64>, Stop> {
    n.known_ints(at)?.ok_or_else(|| n.wrong("an argument is missing"))
}

fn constant(n: &Node) -> Result<Expr, Stop> {
    if let Some(value) = n.tensor("value")? {
        return Ok(Expr::literal(value));
    }
    let first = n.proto.attribute.first().ok_or_else(|| n.wrong("no value"))?;
    match first.name.as_str() {
        "value_float" => Ok(Expr::literal(first.f)),
        "value_floats" => Ok(Expr::literal(first.floats.clone())),
        "value_int" => Ok(Expr::literal(first.i)),
        "value_ints" => Ok(Expr::literal(first.ints.clone())),
        other => Err(n.unsupported(other)),
    }
}

fn constant_of_shape(n: &Node) -> Result<Expr, Stop> {
    let lengths = needed(n, 0)?;
    let value = n.tensor("value")?.unwrap_or_else(|| vec![0f32].into());
    if value.is_empty() {
        return Err(n.wrong("no value"));
    }
    let shape: Result<Vec<usize>, _> = lengths.iter().map(|&d| usize::try_from(d)).collect();
    let shape = shape.map_err(|_| n.wrong("a negative length"))?;
    Ok(Expr::literal(Tensor::full(value.get(0), &shape)))
}

fn depth_to_space(n: &Node) -> Result<Expr, Stop> {
    let (x, block) = (n.x(0)?, n.int("blocksize", 1));
    if n.text("mode", "DCR") == "DCR" {
        return Ok(x.depth_to_space(block));
    }
    let shape = n.shape(0)?;
    let [batch, depth, height, width] = shape[..] else { return Err(n.wrong("rank is not 4")) };
    let channels = depth / (block * block).max(1);
    let apart = x.reshape([batch, channels, block, block, height, width]);
    let joined = apart.transpose([0, 1, 4, 2, 5, 3]);
    Ok(joined.reshape([batch, channels, height * block, width * block]))
}

/// Broadcast in both directions: a length of 1 in the argument changes nothing.
fn expand(n: &Node) -> Result<Expr, Stop> {
    let (own, asked) = (n.shape(0)?, needed(n, 1)?);
    let rank = own.len().max(asked.len());
    let at =
        |lengths: &[i64], i: usize| (i + lengths.len()).checked_sub(rank).map_or(1, |i| lengths[i]);
    let length = |i| if at(&asked, i) == 1 { at(&own, i) } else { at(&asked, i) };
    let lengths: Vec<i64> = (0..rank).map(length).collect();
    Ok(n.x(0)?.broadcast_to(dims(&lengths)))
}

fn eye_like(n: &Node) -> Result<Expr, Stop> {
    let shape = n.shape(0)?;
    let [rows, columns] = shape[..] else { return Err(n.wrong("rank is not 2")) };
    let to = n.attribute("dtype").map_or_else(|| n.dtype(0), |a| dtype(a.i))?;
    Ok(eye::<f64>(rows, columns, n.int("k", 0)).cast(to))
}

fn flatten(n: &Node) -> Result<Expr, Stop> {
    let shape = n.shape(0)?;
    let axis = n.int("axis", 1);
    let at = if axis < 0 { axis + shape.len() as i64 } else { axis } as usize;
    let (Some(rows), Some(columns)) = (shape.get(..at), shape.get(at..)) else {
        return Err(n.wrong("the axis is outside the tensor"));
    };
    Ok(n.x(0)?.reshape([rows.iter().product::<i64>(), columns.iter().product::<i64>()]))
}

/// Widths and value are arguments from version 11 on; negative widths take elements away.
fn pad(n: &Node) -> Result<Expr, Stop> {
    let x = n.x(0)?;
    let rank = rank(x);
    let given = n.ints_at(1, "pads")?.ok_or_else(|| n.wrong("no widths"))?;
    let axes = n.known_ints(3)?.unwrap_or_else(|| super::reduce::all_axes(x));
    if given.len() != 2 * axes.len() {
        return Err(n.wrong("widths do not fit the axes"));
    }
    let mut widths = vec![(0i64, 0i64); rank];
    for (i, &axis) in axes.iter().enumerate() {
        widths[n.axis(axis, rank)?] = (given[i], given[axes.len() + i]);
    }
    let taken = |(low, high): (i64, i64)| match (low.min(0), high.min(0)) {
        (0, 0) => full(),
        (low, 0) => Part::from(-low..),
        (low, high) => part(-low, high),
    };
    let x = x.slice(widths.iter().map(|&w| taken(w)).collect::<Vec<Part>>());
    let grown: Vec<(usize, usize)> =
        widths.iter().map(|&(low, high)| (low.max(0) as usize, high.max(0) as usize)).collect();
    let mode = match n.text("mode", "constant").as_str() {
        "constant" => {
            let value = match n.opt(2) {
                Some(value) => value.reshape(Vec::new()),
                None if n.dtype(0)? == DType::Bool => x.like(false),
                None => x.like(n.float("value", 0.0)),
            };
            return Ok(x.pad(&grown, value));
        }
        "edge" => PadMode::Edge,
        "reflect" => PadMode::Reflect,
        "wrap" => PadMode::Wrap,
        other => return Err(n.unsupported(other)),
    };
    Ok(x.pad_with(&grown, mode))
}

fn range(n: &Node) -> Result<Expr, Stop> {
    let one = |at| n.known(at)?.filter(|t| !t.is_empty()).ok_or_else(|| n.wrong("no bound"));
    let bounds = [one(0)?, one(1)?, one(2)?].map(|t| t.get(0));
    let [start, stop, step] = bounds;
    Ok(match n.dtype(0)? {
        dtype if dtype.is_float() => {
            arange(start.as_f64(), stop.as_f64(), step.as_f64()).cast(dtype)
        }
        dtype => arange(start.as_i64(), stop.as_i64(), step.as_i64()).cast(dtype),
    })
}

/// A length of 0 is that of the argument, unless zeros are allowed.
fn reshape(n: &Node) -> Result<Expr, Stop> {
    let own = n.shape(0)?;
    let mut lengths = n.ints_at(1, "shape")?.ok_or_else(|| n.wrong("no shape"))?;
    if n.int("allowzero", 0) == 0 {
        for (i, length) in lengths.iter_mut().enumerate().filter(|(_, length)| **length == 0) {
            *length = *own.get(i).ok_or_else(|| n.wrong("a length of 0 beyond the axes"))?;
        }
    }
    Ok(n.x(0)?.reshape(dims(&lengths)))
}

fn shape(n: &Node) -> Result<Expr, Stop> {
    let lengths = n.shape(0)?;
    let rank = lengths.len() as i64;
    let end = |at: i64| (if at < 0 { at + rank } else { at }).clamp(0, rank) as usize;
    let (start, end) = (end(n.int("start", 0)), end(n.int("end", rank)));
    Ok(Expr::literal(lengths[start.min(end)..end].to_vec()))
}

/// Bounds are arguments from version 10 on.
fn slice(n: &Node) -> Result<Expr, Stop> {
    let x = n.x(0)?;
    let rank = rank(x);
    let need = |found: Option<Vec<i64>>| found.ok_or_else(|| n.wrong("no bounds"));
    let starts = need(n.ints_at(1, "starts")?)?;
    let ends = need(n.ints_at(2, "ends")?)?;
    let axes = n.ints_at(3, "axes")?.unwrap_or_else(|| (0..starts.len() as i64).collect());
    let steps = n.known_ints(4)?.unwrap_or_else(|| vec![1; starts.len()]);
    let lengths = n.shape(0)?;
    let mut parts = vec![full(); rank];
    for (i, &axis) in axes.iter().enumerate() {
        let bounds = (starts.get(i), ends.get(i), steps.get(i));
        let (Some(&start), Some(&end), Some(&step)) = bounds else {
            return Err(n.wrong("bounds do not fit the axes"));
        };
        let at = n.axis(axis, rank)?;
        let length = lengths[at];
        let from_end = |i: i64| if i < 0 { i.saturating_add(length) } else { i };
        let (low, high) = if step < 0 { (-1, length - 1) } else { (0, length) };
        let start = from_end(start).clamp(low.max(0).min(high), high.max(0));
        let end = from_end(end).clamp(low, high);
        // Before the first element there is no number to count to, only the default.
        let part = if end < 0 { Part::from(start..) } else { part(start, end) };
        parts[at] = part.step_by(step);
    }
    Ok(x.slice(parts))
}

/// Sizes are an argument from version 13 on; without, equal parts, the last one shorter.
fn split(n: &Node) -> Result<Vec<Expr>, Stop> {
    let (x, axis) = (n.x(0)?, n.int("axis", 0));
    let sizes = match n.ints_at(1, "split")? {
        Some(sizes) => sizes,
        None => {
            let count = n.int("num_outputs", n.proto.output.len() as i64).max(1);
            let length = n.shape(0)?[n.axis(axis, rank(x))?];
            let each = length.div_euclid(count) + i64::from(length % count != 0);
            (0..count).map(|i| (length - i * each).clamp(0, each)).collect()
        }
    };
    Ok(x.split(dims(&sizes), axis))
}

fn squeeze(n: &Node) -> Result<Expr, Stop> {
    let x = n.x(0)?;
    let axes = match n.ints_at(1, "axes")? {
        Some(axes) => axes,
        None => {
            let ones = n.shape(0)?.into_iter().enumerate().filter(|&(_, length)| length == 1);
            ones.map(|(axis, _)| axis as i64).collect()
        }
    };
    Ok(x.squeeze_axes(axes.as_slice()))
}

fn unsqueeze(n: &Node) -> Result<Expr, Stop> {
    let axes = n.ints_at(1, "axes")?.ok_or_else(|| n.wrong("no axes"))?;
    Ok(n.x(0)?.expand_dims(&axes))
}

fn transpose(n: &Node) -> Result<Expr, Stop> {
    let x = n.x(0)?;
    let perm = n.ints("perm").unwrap_or_else(|| (0..rank(x) as i64).rev().collect());
    Ok(x.permute(&perm))
}

fn trilu(n: &Node) -> Result<Expr, Stop> {
    let k = n.known_ints(1)?.and_then(|k| k.first().copied()).unwrap_or(0);
    let x = n.x(0)?;
    Ok(if n.int("upper", 1) != 0 { x.triu(k) } else { x.tril(k) })
}

/// The middle of longer axes, zeros around shorter ones.
fn center_crop_pad(n: &Node) -> Result<Expr, Stop> {
    let (x, own, asked) = (n.x(0)?, n.shape(0)?, needed(n, 1)?);
    let axes = n.ints("axes").unwrap_or_else(|| super::reduce::all_axes(x));
    let mut parts = vec![full(); own.len()];
    let mut widths = vec![(0usize, 0usize); own.len()];
    for (&axis, &length) in axes.iter().zip(&asked) {
        let at = n.axis(axis, own.len())?;
        let more = length - own[at];
        if more < 0 {
            let start = -more / 2;
            parts[at] = part(start, start + length);
        } else {
            let low = (more / 2) as usize;
            widths[at] = (low, more as usize - low);
        }
    }
    let zero = Expr::literal(Tensor::full(Scalar::from_i64(n.dtype(0)?, 0), &[]));
    Ok(x.slice(parts).pad(&widths, zero))
}
