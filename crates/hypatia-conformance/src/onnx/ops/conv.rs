//! Convolution, and its adjoint.
//!
//! Invariants: kernels are `[outputs, inputs/groups, …]`, those of the adjoint
//! `[inputs, outputs/groups, …]`.
//!
//! Not here: pooling (`pool.rs`).

use super::super::Stop;
use super::super::node::Node;
use super::Build::Single;
use super::Row;
use super::pool::axes;
use hypatia::compose::{Conv, Padding};
use hypatia::dtype::DType;
use hypatia::expr::Expr;

/// The operators.
pub const ROWS: &[Row] = &[
    ("Conv", Single(conv)),
    ("ConvInteger", Single(conv_integer)),
    ("ConvTranspose", Single(transposed)),
];

fn with_bias(n: &Node, y: Expr, axes: usize) -> Expr {
    match n.opt(2) {
        Some(bias) => y + (0..axes).fold(bias.clone(), |b, _| b.expand(-1)),
        None => y,
    }
}

/// The sizes of the kernel's spatial axes.
fn kernel(n: &Node) -> Result<Vec<i64>, Stop> {
    Ok(n.shape(1)?.get(2..).unwrap_or_default().to_vec())
}

fn correlated(n: &Node, x: &Expr, w: &Expr) -> Result<Expr, Stop> {
    let axes = axes(n, &kernel(n)?)?;
    let settings = Conv {
        strides: axes.iter().map(|a| a.stride).collect(),
        padding: Padding::Explicit(axes.iter().map(|a| (a.low, a.high)).collect()),
        dilations: axes.iter().map(|a| a.dilation).collect(),
        groups: n.int("group", 1),
        flip: false,
    };
    match axes.len() {
        1 => Ok(x.conv1d(w, &settings)),
        2 => Ok(x.conv2d(w, &settings)),
        3 => Ok(x.conv3d(w, &settings)),
        _ => Err(n.unsupported("this many axes")),
    }
}

fn conv(n: &Node) -> Result<Expr, Stop> {
    let y = correlated(n, n.x(0)?, n.x(1)?)?;
    Ok(with_bias(n, y, kernel(n)?.len()))
}

/// Small integers less their zero points, in floats: exact below 2^24 products of bytes.
fn conv_integer(n: &Node) -> Result<Expr, Stop> {
    let centred = |at: usize, zero: usize| {
        let x = n.x(at)?.cast(DType::F64);
        Ok::<Expr, Stop>(match n.opt(zero) {
            Some(zero) => x - zero.cast(DType::F64).reshape(Vec::new()),
            None => x,
        })
    };
    Ok(correlated(n, &centred(0, 2)?, &centred(1, 3)?)?.cast(DType::I32))
}

fn transposed(n: &Node) -> Result<Expr, Stop> {
    let (x, w, sizes) = (n.x(0)?, n.x(1)?, kernel(n)?);
    let count = sizes.len();
    let list = |name: &str, default: i64| n.ints(name).unwrap_or_else(|| vec![default; count]);
    let (strides, dilations) = (list("strides", 1), list("dilations", 1));
    let mut more = list("output_padding", 0);
    let mut pads = n.ints("pads").unwrap_or_else(|| vec![0; 2 * count]);
    let shape = n.shape(0)?;
    let asked = n.ints("output_shape");
    let auto = n.text("auto_pad", "NOTSET");
    for i in 0..count {
        let reach = dilations[i] * (sizes[i] - 1) + 1;
        let whole = strides[i] * (shape[i + 2] - 1) + more[i] + reach;
        let target = match &asked {
            Some(asked) => asked.get(asked.len() - count + i).copied(),
            None if auto.starts_with("SAME") => Some(shape[i + 2] * strides[i]),
            None => None,
        };
        if let Some(target) = target {
            let all = whole - target;
            if all < 0 {
                more[i] += -all;
            }
            let (less, rest) = (all.max(0) / 2, all.max(0) - all.max(0) / 2);
            let upper = auto == "SAME_UPPER";
            (pads[i], pads[count + i]) = if upper { (less, rest) } else { (rest, less) };
        }
    }
    let settings = Conv {
        strides,
        padding: Padding::Explicit((0..count).map(|i| (pads[i], pads[count + i])).collect()),
        dilations,
        groups: n.int("group", 1),
        flip: false,
    };
    let y = match count {
        1 => x.conv_transpose1d(w, &settings, &more),
        2 => x.conv_transpose2d(w, &settings, &more),
        _ => return Err(n.unsupported("this many axes")),
    };
    Ok(with_bias(n, y, count))
}
