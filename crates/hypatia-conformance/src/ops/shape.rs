//! Elements rearranged, and tensors made from constants.
//!
//! Invariants: axes may be negative where the reference's may.
//!
//! Not here: slices (`indexing.rs`).

use super::Build::{Call as Args, Many, One};
use super::{Call, Defect, Row, dims, rank};
use hypatia::compose::{PadMode, arange, eye, linspace, meshgrid};
use hypatia::dtype::DType;
use hypatia::expr::Expr;
use hypatia::structure::{concat, stack};

/// The ops.
pub const ROWS: &[Row] = &[
    ("reshape", Args(|c| Ok(c.x(0)?.reshape(dims(&c.params.ints("shape")?))))),
    ("transpose", Args(|c| Ok(c.x(0)?.permute(&c.params.ints("perm")?)))),
    ("squeeze", Args(|c| Ok(c.x(0)?.squeeze_axes(c.params.ints("axes")?.as_slice())))),
    ("expand_dims", Args(|c| Ok(c.x(0)?.expand_dims(&c.params.ints("axes")?)))),
    ("broadcast_to", Args(|c| Ok(c.x(0)?.broadcast_to(dims(&c.params.ints("shape")?))))),
    ("concat", Args(|c| Ok(concat(c.inputs, c.params.int_or("axis", 0)?)))),
    ("stack", Args(|c| Ok(stack(c.inputs, c.params.int_or("axis", 0)?)))),
    ("split", Many(|c| Ok(c.x(0)?.split(dims(&c.params.ints("sizes")?), c.params.int("axis")?)))),
    ("tile", Args(|c| Ok(c.x(0)?.tile(dims(&c.params.ints("reps")?))))),
    ("repeat", Args(repeat)),
    ("flip", Args(|c| Ok(c.x(0)?.flip(all_or(c, "axes")?.as_slice())))),
    ("roll", Args(roll)),
    ("pad", Args(pad)),
    ("diag", Args(|c| Ok(c.x(0)?.diag(c.params.int_or("k", 0)?)))),
    ("tril", Args(|c| Ok(c.x(0)?.tril(c.params.int_or("k", 0)?)))),
    ("triu", Args(|c| Ok(c.x(0)?.triu(c.params.int_or("k", 0)?)))),
    ("trace", One(|x| x.diagonal(0, -2, -1).sum_axes(-1))),
    ("swapaxes", Args(|c| Ok(c.x(0)?.swap_axes(c.params.int("a")?, c.params.int("b")?)))),
    ("moveaxis", Args(moveaxis)),
    ("ravel", One(Expr::ravel)),
    ("flatten_from", Args(|c| Ok(c.x(0)?.flatten(c.params.int("axis")?)))),
    ("diff", Args(diff)),
    ("arange", Args(range)),
    ("linspace", Args(spaced)),
    ("eye", Args(identity)),
    ("meshgrid_ij", Many(|c| Ok(meshgrid(c.inputs)))),
    ("depth_to_space", Args(|c| Ok(c.x(0)?.depth_to_space(c.params.int("block")?)))),
    ("space_to_depth", Args(|c| Ok(c.x(0)?.space_to_depth(c.params.int("block")?)))),
];

/// Axes by name; all of them where there is none.
fn all_or(c: &Call, name: &str) -> Result<Vec<i64>, Defect> {
    let all = 0..rank(c.x(0)?) as i64;
    Ok(c.params.ints_or_all(name)?.unwrap_or_else(|| all.collect()))
}

/// Without an axis, of the elements in row-major order.
fn repeat(c: &Call) -> Result<Expr, Defect> {
    let (x, times) = (c.x(0)?, c.params.int("repeats")?);
    Ok(match c.params.get("axis") {
        Some(_) => x.repeat(times, c.params.int("axis")?),
        None => x.ravel().repeat(times, 0),
    })
}

/// A shift for each axis, one after the other; without axes, of the elements in row-major order.
fn roll(c: &Call) -> Result<Expr, Defect> {
    let (x, shifts) = (c.x(0)?, c.params.ints("shift")?);
    Ok(match c.params.ints_or_all("axis")? {
        Some(axes) => shifts.iter().zip(axes).fold(x.clone(), |x, (&s, axis)| x.roll(s, axis)),
        None => {
            let shape = x.type_or_none().map_or(Vec::new(), |ty| ty.shape.to_vec());
            shifts.iter().fold(x.ravel(), |x, &s| x.roll(s, 0)).reshape(shape)
        }
    })
}

fn moveaxis(c: &Call) -> Result<Expr, Defect> {
    Ok(c.x(0)?.moveaxis(c.params.int("source")?, c.params.int("destination")?))
}

fn diff(c: &Call) -> Result<Expr, Defect> {
    let n = usize::try_from(c.params.int_or("n", 1)?);
    let n = n.map_err(|_| c.params.misfit("n", "a number of times"))?;
    Ok(c.x(0)?.diff(n, c.params.int_or("axis", -1)?))
}

fn pad(c: &Call) -> Result<Expr, Defect> {
    let width = |(low, high)| Some((usize::try_from(low).ok()?, usize::try_from(high).ok()?));
    let widths: Option<Vec<_>> = c.params.pairs("widths")?.into_iter().map(width).collect();
    let widths = widths.ok_or_else(|| c.params.misfit("widths", "pairs of lengths"))?;
    let mode = match c.params.word_or("mode", "constant")? {
        "constant" => PadMode::Constant(c.params.number_or("value", 0.0)?),
        "edge" => PadMode::Edge,
        "reflect" => PadMode::Reflect,
        "symmetric" => PadMode::Symmetric,
        "wrap" => PadMode::Wrap,
        _ => {
            return Err(c
                .params
                .misfit("mode", "constant, edge, reflect, symmetric or wrap")
                .into());
        }
    };
    Ok(c.x(0)?.pad_with(&widths, mode))
}

/// Made in the widest type of its kind, then converted.
fn range(c: &Call) -> Result<Expr, Defect> {
    let start = c.params.number_or("start", 0.0)?;
    let (stop, step) = (c.params.number("stop")?, c.params.number_or("step", 1.0)?);
    Ok(match c.dtype.is_float() {
        true => arange(start, stop, step).cast(c.dtype),
        false => arange(start as i64, stop as i64, step as i64).cast(c.dtype),
    })
}

fn spaced(c: &Call) -> Result<Expr, Defect> {
    let (start, stop) = (c.params.number("start")?, c.params.number("stop")?);
    let count = c.params.int("num")?;
    Ok(match c.dtype {
        DType::F32 => linspace(start as f32, stop as f32, count),
        _ => linspace(start, stop, count).cast(c.dtype),
    })
}

fn identity(c: &Call) -> Result<Expr, Defect> {
    let n = c.params.int("n")?;
    let (m, k) = (c.params.int_or("m", n)?, c.params.int_or("k", 0)?);
    Ok(eye::<f64>(n, m, k).cast(c.dtype))
}
