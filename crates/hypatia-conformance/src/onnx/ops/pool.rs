//! Pooling over windows.
//!
//! Invariants: padding is added first, then windows are cut, then they are reduced; padding never
//! wins, and counts in means where the node says so.
//!
//! Not here: convolution (`conv.rs`).

use super::super::Stop;
use super::super::node::Node;
use super::Build::{Many, Single};
use super::Row;
use crate::ops::{dims, rank};
use hypatia::expr::Expr;
use hypatia::tensor::Tensor;

/// The operators.
pub const ROWS: &[Row] = &[
    ("AveragePool", Single(average)),
    ("GlobalAveragePool", Single(|n| Ok(n.x(0)?.mean_keep(spatial(n)?.as_slice())))),
    ("GlobalMaxPool", Single(|n| Ok(n.x(0)?.max_keep(spatial(n)?.as_slice())))),
    ("LpPool", Single(power)),
    ("MaxPool", Many(max)),
];

/// All axes but batch and channels.
fn spatial(n: &Node) -> Result<Vec<i64>, Stop> {
    Ok((2..rank(n.x(0)?) as i64).collect())
}

/// One axis of a pooling or convolution.
#[derive(Clone, Copy, Debug)]
pub struct Axis {
    /// Elements of a window.
    pub size: i64,
    /// Distance of neighbouring windows.
    pub stride: i64,
    /// Distance of neighbouring elements of a window.
    pub dilation: i64,
    /// Elements added before.
    pub low: i64,
    /// Elements added after.
    pub high: i64,
    /// Elements added after those, for a last window that hangs over.
    pub over: i64,
}

/// The axes of a node with kernels of these sizes.
pub fn axes(n: &Node, sizes: &[i64]) -> Result<Vec<Axis>, Stop> {
    let shape = n.shape(0)?;
    let count = sizes.len();
    if shape.len() != count + 2 {
        return Err(n.wrong("the kernel does not fit the tensor"));
    }
    let list = |name: &str, default: i64| n.ints(name).unwrap_or_else(|| vec![default; count]);
    let (strides, dilations) = (list("strides", 1), list("dilations", 1));
    let pads = n.ints("pads").unwrap_or_else(|| vec![0; 2 * count]);
    if strides.len() != count || dilations.len() != count || pads.len() != 2 * count {
        return Err(n.wrong("settings do not fit the kernel"));
    }
    let auto = n.text("auto_pad", "NOTSET");
    let axis = |i: usize| {
        let (size, stride, dilation) = (sizes[i], strides[i].max(1), dilations[i].max(1));
        let (length, reach) = (shape[i + 2], dilation * (size - 1) + 1);
        let (low, high) = match auto.as_str() {
            "SAME_UPPER" | "SAME_LOWER" => {
                let windows = (length + stride - 1) / stride;
                let all = ((windows - 1) * stride + reach - length).max(0);
                let (less, more) = (all / 2, all - all / 2);
                if auto == "SAME_UPPER" { (less, more) } else { (more, less) }
            }
            "VALID" => (0, 0),
            _ => (pads[i], pads[count + i]),
        };
        let free = length + low + high - reach;
        let hangs = n.int("ceil_mode", 0) != 0 && free >= 0 && free % stride != 0;
        // A window that would start in the padding after the end does not count.
        let starts = (free / stride + 1) * stride < length + low;
        let over = if hangs && starts { stride - free % stride } else { 0 };
        Axis { size, stride, dilation, low, high, over }
    };
    Ok((0..count).map(axis).collect())
}

fn kernel_axes(n: &Node) -> Result<Vec<Axis>, Stop> {
    let sizes = n.ints("kernel_shape").ok_or_else(|| n.wrong("no kernel"))?;
    axes(n, &sizes)
}

/// The windows of the spatial axes, each as a last axis; and the axes that they are now.
fn windows(x: &Expr, axes: &[Axis], value: Expr) -> (Expr, Vec<i64>) {
    let mut widths = vec![(0usize, 0usize); 2];
    widths.extend(axes.iter().map(|a| (a.low as usize, (a.high + a.over) as usize)));
    let padded = x.pad(&widths, value);
    let cut = |x: Expr, (i, a): (usize, &Axis)| x.windows(i as i64 + 2, a.size, a.stride, a.dilation);
    let windows = axes.iter().enumerate().fold(padded, cut);
    let first = axes.len() as i64 + 2;
    (windows, (first..first + axes.len() as i64).collect())
}

/// What loses every comparison.
fn lowest(x: &Expr) -> Expr {
    match x.type_or_none() {
        Some(ty) if ty.dtype.is_float() => x.like(f64::NEG_INFINITY),
        _ => x.like(0),
    }
}

fn max(n: &Node) -> Result<Vec<Expr>, Stop> {
    let (x, axes) = (n.x(0)?, kernel_axes(n)?);
    let (all, last) = windows(x, &axes, lowest(x));
    let largest = all.max_axes(last.as_slice());
    if n.proto.output.len() < 2 {
        return Ok(vec![largest]);
    }
    // Places in the flat tensor, cut into the same windows.
    let shape = n.shape(0)?;
    let count: i64 = shape.iter().product();
    let mut places = Expr::literal((0..count).collect::<Vec<i64>>()).reshape(dims(&shape));
    if n.int("storage_order", 0) != 0 {
        let [_, _, height, width] = shape[..] else { return Err(n.unsupported("storage_order")) };
        let (row, column) = (places.rem(height * width).quot(width), places.rem(width));
        places = places.quot(height * width) * (height * width) + column * height + row;
    }
    let (seen, _) = windows(&places, &axes, places.like(-1));
    let flat = |x: &Expr| x.flatten(axes.len() as i64 + 2);
    let chosen = flat(&all).argmax_keep(-1);
    Ok(vec![largest, flat(&seen).take_along_axis(chosen, -1).squeeze(-1)])
}

/// How many elements of each window count, along one axis.
fn counted(length: i64, axis: &Axis, padding: bool) -> Vec<f64> {
    let (start, end) = if padding {
        (0, axis.low + length + axis.high)
    } else {
        (axis.low, axis.low + length)
    };
    let whole = axis.low + length + axis.high + axis.over;
    let reach = axis.dilation * (axis.size - 1) + 1;
    let windows = (whole - reach) / axis.stride + 1;
    let inside = |window: i64| {
        let element = |k: i64| window * axis.stride + k * axis.dilation;
        (0..axis.size).filter(|&k| (start..end).contains(&element(k))).count() as f64
    };
    (0..windows).map(inside).collect()
}

fn average(n: &Node) -> Result<Expr, Stop> {
    let (x, axes, shape) = (n.x(0)?, kernel_axes(n)?, n.shape(0)?);
    let (all, last) = windows(x, &axes, x.like(0.0));
    let mut mean = all.sum_axes(last.as_slice());
    let padding = n.int("count_include_pad", 0) != 0;
    for (i, axis) in axes.iter().enumerate() {
        let counts = Expr::literal(Tensor::from(counted(shape[i + 2], axis, padding)));
        let counts = counts.cast(n.dtype(0)?);
        let after = axes.len() - 1 - i;
        mean = mean / (0..after).fold(counts, |c, _| c.expand(-1));
    }
    Ok(mean)
}

fn power(n: &Node) -> Result<Expr, Stop> {
    let (x, axes, p) = (n.x(0)?, kernel_axes(n)?, n.int("p", 2));
    let (all, last) = windows(&x.abs().pow(p), &axes, x.like(0.0));
    Ok(all.sum_axes(last.as_slice()).pow(1.0 / p as f64))
}
