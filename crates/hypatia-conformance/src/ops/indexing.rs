//! Slices, gathers, scatters.
//!
//! Invariants: outputs are new arrays.
//!
//! Not here: ops whose output length depends on data, which have no row.

use super::Build::{Call as Args, Two};
use super::{Call, Defect, Row};
use crate::manifest::params::integer;
use hypatia::compose::full_like;
use hypatia::dim::Dim;
use hypatia::dtype::DType;
use hypatia::expr::Expr;
use hypatia::structure::{Part, full, part, single};
use serde_json::Value;

/// The ops.
pub const ROWS: &[Row] = &[
    ("slice", Args(|c| Ok(c.x(0)?.slice(parts(c)?)))),
    ("set_slice", Args(|c| Ok(c.x(0)?.set_slice(parts(c)?, c.x(1)?)))),
    ("add_slice", Args(|c| Ok(c.x(0)?.add_slice(parts(c)?, c.x(1)?)))),
    ("take", Args(|c| Ok(c.x(0)?.take(c.x(1)?, c.params.int_or("axis", 0)?)))),
    (
        "take_along_axis",
        Args(|c| Ok(c.x(0)?.take_along_axis(c.x(1)?, c.params.int_or("axis", 1)?))),
    ),
    ("scatter_add", Args(|c| scatter(c, 0, |x, i, v, a| x.scatter_add(i, v, a)))),
    ("scatter_set", Args(|c| scatter(c, 0, |x, i, v, a| x.scatter_set(i, v, a)))),
    ("scatter_max", Args(|c| scatter(c, 0, |x, i, v, a| x.scatter_max(i, v, a)))),
    ("scatter_min", Args(|c| scatter(c, 0, |x, i, v, a| x.scatter_min(i, v, a)))),
    (
        "scatter_add_along_axis",
        Args(|c| scatter(c, 1, |x, i, v, a| x.scatter_add_along_axis(i, v, a))),
    ),
    (
        "scatter_set_along_axis",
        Args(|c| scatter(c, 1, |x, i, v, a| x.scatter_set_along_axis(i, v, a))),
    ),
    (
        "scatter_max_along_axis",
        Args(|c| scatter(c, 1, |x, i, v, a| x.scatter_max_along_axis(i, v, a))),
    ),
    (
        "scatter_min_along_axis",
        Args(|c| scatter(c, 1, |x, i, v, a| x.scatter_min_along_axis(i, v, a))),
    ),
    ("gather_pairs", Args(|c| Ok(c.x(0)?.at([c.x(1)?, c.x(2)?])))),
    ("scatter_add_pairs", Args(|c| Ok(c.x(0)?.add_at([c.x(1)?, c.x(2)?], c.x(3)?)))),
    ("scatter_set_pairs", Args(|c| Ok(c.x(0)?.set_at([c.x(1)?, c.x(2)?], c.x(3)?)))),
    ("masked_fill", Args(|c| Ok(c.x(0)?.masked_fill(c.x(1)?, c.params.number("value")?)))),
    ("embedding", Two(|table, ids| table.take(ids, 0))),
    ("one_hot", Args(|c| Ok(c.x(0)?.one_hot::<f64>(c.params.int("depth")?).cast(c.dtype)))),
    ("bincount", Args(bincount)),
    ("searchsorted", Two(|edges, values| edges.searchsorted(values))),
    ("segment_sum", Args(segment_sum)),
];

/// Python's rules: `[start, stop, step]` with null for defaults, an integer drops its axis.
fn parts(c: &Call) -> Result<Vec<Part>, Defect> {
    let misfit = || c.params.misfit("index", "a list of [start, stop, step] or integers");
    let list = c.params.get("index").and_then(Value::as_array).ok_or_else(misfit)?;
    let part_of = |value: &Value| match value {
        Value::Array(ends) if ends.len() == 3 => {
            let step = if ends[2].is_null() { 1 } else { integer(&ends[2])? };
            Some(of_ends(integer(&ends[0]), integer(&ends[1]), step))
        }
        other => integer(other).map(single),
    };
    let parts: Option<Vec<Part>> = list.iter().map(part_of).collect();
    Ok(parts.ok_or_else(misfit)?)
}

/// A part with ends that may be left out.
pub fn of_ends(start: Option<i64>, stop: Option<i64>, step: i64) -> Part {
    let part = match (start, stop) {
        (None, None) => full(),
        (Some(start), None) => Part::from(start..),
        (None, Some(stop)) => Part::from(..stop),
        (Some(start), Some(stop)) => part(start, stop),
    };
    part.step_by(step)
}

/// Updates at indices along an axis.
fn scatter(
    c: &Call,
    axis: i64,
    put: impl Fn(&Expr, &Expr, &Expr, i64) -> Expr,
) -> Result<Expr, Defect> {
    Ok(put(c.x(0)?, c.x(1)?, c.x(2)?, c.params.int_or("axis", axis)?))
}

fn bincount(c: &Call) -> Result<Expr, Defect> {
    let (ids, length) = (c.x(0)?, c.params.int("length")?);
    let one = full_like(ids, 1).cast(DType::I64);
    Ok(Expr::constant(0i64).broadcast_to([Dim::from(length)]).scatter_add(ids, one, 0))
}

fn segment_sum(c: &Call) -> Result<Expr, Defect> {
    let (v, segments) = (c.x(0)?, c.x(1)?);
    let mut dims = v.type_or_none().map_or(Vec::new(), |ty| ty.shape.to_vec());
    if let Some(first) = dims.first_mut() {
        *first = Dim::from(c.params.int("num_segments")?);
    }
    Ok(v.like(0).broadcast_to(dims).scatter_add(segments, v, 0))
}
