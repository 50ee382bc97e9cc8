//! Numbers stored as small integers: a scale and a zero point for each tensor or axis.
//!
//! Invariants: rounding is to even; results are clipped to the stored type.
//!
//! Not here: element types that Hypatia does not have.

use super::super::Stop;
use super::super::node::Node;
use super::super::tensor::dtype;
use super::Build::{Many, Single};
use super::Row;
use crate::ops::rank;
use hypatia::dtype::DType;
use hypatia::expr::Expr;

/// The operators.
pub const ROWS: &[Row] = &[
    ("DequantizeLinear", Single(dequantize)),
    ("DynamicQuantizeLinear", Many(dynamic)),
    ("MatMulInteger", Single(matmul_integer)),
    ("QLinearMatMul", Single(matmul)),
    ("QuantizeLinear", Single(quantize)),
];

/// A scale or zero point of each element of an axis, in the shape that broadcasts.
fn along(n: &Node, given: &Expr) -> Result<Expr, Stop> {
    let rank = rank(n.x(0)?);
    if crate::ops::rank(given) == 0 || crate::ops::length(given, 0) == 1 && rank == 0 {
        return Ok(given.reshape(Vec::new()));
    }
    if crate::ops::rank(given) > 1 || n.int("block_size", 0) != 0 {
        return Err(n.unsupported("blocks"));
    }
    let axis = n.axis(n.int("axis", 1), rank)?;
    Ok((axis + 1..rank).fold(given.clone(), |g, _| g.expand(-1)))
}

fn stored(x: Expr, to: DType, zero: Option<Expr>) -> Expr {
    let x = match zero {
        Some(zero) => x + zero.cast(DType::F32),
        None => x,
    };
    match to {
        DType::U8 => x.clip(0, 255).cast(to),
        _ => x.cast(to),
    }
}

fn quantize(n: &Node) -> Result<Expr, Stop> {
    let (x, scale) = (n.x(0)?, along(n, n.x(1)?)?);
    let zero = n.opt(2).map(|z| along(n, z)).transpose()?;
    let to = match (&zero, n.int("output_dtype", 0)) {
        (Some(_), _) => n.dtype(2)?,
        (None, 0) => DType::U8,
        (None, number) => dtype(number)?,
    };
    Ok(stored((x / scale).round(), to, zero))
}

fn dequantize(n: &Node) -> Result<Expr, Stop> {
    let (x, scale) = (n.x(0)?.cast(DType::F32), along(n, n.x(1)?)?);
    let zero = n.opt(2).map(|z| along(n, z)).transpose()?;
    Ok(match zero {
        Some(zero) => (x - zero.cast(DType::F32)) * scale,
        None => x * scale,
    })
}

/// The range of a tensor, zero among it, in 255 steps.
fn dynamic(n: &Node) -> Result<Vec<Expr>, Stop> {
    let x = n.x(0)?;
    let (low, high) = (x.min().minimum(0), x.max().maximum(0));
    let scale = (high - &low) / 255;
    let zero = (-low / &scale).round().clip(0, 255);
    let y = ((x / &scale).round() + &zero).clip(0, 255).cast(DType::U8);
    Ok(vec![y, scale, zero.cast(DType::U8)])
}

/// An argument less its zero point.
fn centred(n: &Node, at: usize, zero: usize) -> Result<Expr, Stop> {
    let x = n.x(at)?.cast(DType::F32);
    Ok(match n.opt(zero) {
        Some(zero) => x - zero.cast(DType::F32),
        None => x,
    })
}

fn matmul_integer(n: &Node) -> Result<Expr, Stop> {
    Ok(centred(n, 0, 2)?.matmul(centred(n, 1, 3)?).cast(DType::I32))
}

fn matmul(n: &Node) -> Result<Expr, Stop> {
    let product = centred(n, 0, 2)?.matmul(centred(n, 3, 5)?);
    let scale = n.x(1)? * n.x(4)? / n.x(6)?;
    Ok(stored((product * scale).round(), n.dtype(7)?, Some(n.x(7)?.clone())))
}
