//! Convolution, pooling and resizing of images.
//!
//! Invariants: images are NCHW, kernels OIHW, convolution is cross-correlation.
//!
//! Not here: normalisation (`nn.rs`).

use super::Build::{Call as Args, One};
use super::{Call, Defect, Row, rank};
use crate::manifest::params::Misfit;
use hypatia::compose::{Conv, Padding, Pool, cross_entropy};
use hypatia::expr::Expr;

/// The ops.
pub const ROWS: &[Row] = &[
    ("conv1d", Args(|c| Ok(c.x(0)?.conv1d(c.x(1)?, &conv(c, 1)?)))),
    ("conv2d", Args(|c| Ok(c.x(0)?.conv2d(c.x(1)?, &conv(c, 2)?)))),
    ("conv3d", Args(|c| Ok(c.x(0)?.conv3d(c.x(1)?, &conv(c, 3)?)))),
    ("conv1d_bias", Args(|c| biased(c, c.x(0)?.conv1d(c.x(1)?, &conv(c, 1)?)))),
    ("conv2d_bias", Args(|c| biased(c, c.x(0)?.conv2d(c.x(1)?, &conv(c, 2)?)))),
    ("conv2d_flipped", Args(flipped)),
    (
        "conv1d_transpose",
        Args(|c| transposed(c, 1, |x, w, conv, more| x.conv_transpose1d(w, conv, more))),
    ),
    (
        "conv2d_transpose",
        Args(|c| transposed(c, 2, |x, w, conv, more| x.conv_transpose2d(w, conv, more))),
    ),
    ("max_pool1d", Args(|c| Ok(c.x(0)?.max_pool(&pool(c)?)))),
    ("max_pool2d", Args(|c| Ok(c.x(0)?.max_pool(&pool(c)?)))),
    ("max_pool3d", Args(|c| Ok(c.x(0)?.max_pool(&pool(c)?)))),
    ("avg_pool1d", Args(|c| Ok(c.x(0)?.avg_pool(&pool(c)?)))),
    ("avg_pool2d", Args(|c| Ok(c.x(0)?.avg_pool(&pool(c)?)))),
    ("avg_pool3d", Args(|c| Ok(c.x(0)?.avg_pool(&pool(c)?)))),
    ("global_avg_pool", One(Expr::global_avg_pool)),
    ("global_max_pool", One(Expr::global_max_pool)),
    ("upsample_nearest", Args(upsample)),
    ("small_convnet_loss", Args(small_convnet_loss)),
];

/// Numbers for each spatial axis; one alone is for all.
fn numbers(c: &Call, name: &str, axes: usize, default: i64) -> Result<Vec<i64>, Misfit> {
    let given = c.params.ints_or_all(name)?.unwrap_or_else(|| vec![default]);
    Ok(if given.len() == 1 { vec![given[0]; axes] } else { given })
}

fn conv(c: &Call, axes: usize) -> Result<Conv, Misfit> {
    let padding = match c.params.get("padding") {
        Some(_) => Padding::Explicit(c.params.pairs("padding")?),
        None => Padding::Valid,
    };
    let (strides, dilations) = (numbers(c, "stride", axes, 1)?, numbers(c, "dilation", axes, 1)?);
    Ok(Conv { strides, padding, dilations, groups: c.params.int_or("groups", 1)?, flip: false })
}

/// A number for each output channel, axis 1.
fn biased(c: &Call, y: Expr) -> Result<Expr, Defect> {
    let after = rank(c.x(0)?).saturating_sub(2);
    Ok(y + (0..after).fold(c.x(2)?.clone(), |b, _| b.expand(-1)))
}

fn flipped(c: &Call) -> Result<Expr, Defect> {
    Ok(c.x(0)?.conv2d(c.x(1)?, &Conv { flip: true, ..conv(c, 2)? }))
}

fn transposed(
    c: &Call,
    axes: usize,
    build: impl Fn(&Expr, &Expr, &Conv, &[i64]) -> Expr,
) -> Result<Expr, Defect> {
    let around = numbers(c, "padding", axes, 0)?.into_iter().map(|p| (p, p)).collect();
    let conv = Conv {
        strides: numbers(c, "stride", axes, 1)?,
        padding: Padding::Explicit(around),
        dilations: numbers(c, "dilation", axes, 1)?,
        groups: c.params.int_or("groups", 1)?,
        flip: false,
    };
    Ok(build(c.x(0)?, c.x(1)?, &conv, &numbers(c, "output_padding", axes, 0)?))
}

fn pool(c: &Call) -> Result<Pool, Misfit> {
    let kernel = c.params.ints("kernel")?;
    let axes = kernel.len();
    Ok(Pool {
        strides: match c.params.get("stride") {
            Some(_) => numbers(c, "stride", axes, 1)?,
            None => kernel.clone(),
        },
        padding: numbers(c, "padding", axes, 0)?,
        ceil: c.params.flag_or("ceil_mode", false)?,
        count_padding: c.params.flag_or("count_include_pad", true)?,
        kernel,
    })
}

fn upsample(c: &Call) -> Result<Expr, Defect> {
    let x = c.x(0)?;
    Ok(x.upsample_nearest(&numbers(c, "scale", rank(x).saturating_sub(2), 1)?))
}

fn small_convnet_loss(c: &Call) -> Result<Expr, Defect> {
    let seen = c.x(0)?.conv2d(c.x(1)?, &Conv::default()).relu().max_pool(&Pool::new(&[2, 2]));
    Ok(cross_entropy(seen.flatten(1).dot(c.x(2)?), c.x(3)?))
}
