//! Resizing: each axis by a matrix of weights, which sizes alone decide.
//!
//! Invariants: the rules of the standard for coordinates, rounding, cubic weights and antialiasing.
//!
//! Not here: sampling at places that are data (`sample.rs`).

use super::super::Stop;
use super::super::node::Node;
use super::Build::Single;
use super::Row;
use crate::ops::rank;
use hypatia::expr::Expr;

/// The operators.
pub const ROWS: &[Row] = &[("Resize", Single(resize)), ("Upsample", Single(upsample))];

/// One axis to be resized.
struct Axis {
    axis: usize,
    from: i64,
    to: i64,
    scale: f64,
    /// The part of the axis that is seen, as shares.
    roi: (f64, f64),
}

/// What the node says beside sizes.
struct Rules {
    mode: String,
    coordinates: String,
    nearest: String,
    cubic: f64,
    exclude_outside: bool,
    antialias: bool,
    extrapolation: f64,
}

/// The place in the input of element `i` of the output.
fn place(a: &Axis, rules: &Rules, i: i64) -> f64 {
    let (i, from, to) = (i as f64, a.from as f64, a.to as f64);
    // With scales the output's exact length may have a fraction.
    let exact = a.scale * from;
    match rules.coordinates.as_str() {
        "align_corners" if a.to == 1 => 0.0,
        "align_corners" => i * (from - 1.0) / (exact - 1.0),
        "asymmetric" => i / a.scale,
        "pytorch_half_pixel" if exact <= 1.0 => -0.5,
        "tf_crop_and_resize" => {
            let (start, end) = a.roi;
            match a.to > 1 {
                true => start * (from - 1.0) + i * (end - start) * (from - 1.0) / (exact - 1.0),
                false => 0.5 * (start + end) * (from - 1.0),
            }
        }
        "half_pixel_symmetric" => {
            let adjustment = to / exact;
            let centre = from / 2.0;
            centre * (1.0 - adjustment) + (i + 0.5) / a.scale - 0.5
        }
        _ => (i + 0.5) / a.scale - 0.5,
    }
}

/// Weights of the elements around a place: the first element, and its neighbours' weights.
fn around(a: &Axis, rules: &Rules, x: f64) -> (i64, Vec<f64>) {
    if rules.mode == "nearest" {
        let at = match rules.nearest.as_str() {
            "floor" => x.floor(),
            "ceil" => x.ceil(),
            "round_prefer_ceil" => (x + 0.5).floor(),
            _ => (x - 0.5).ceil(),
        };
        return (at as i64, vec![1.0]);
    }
    // Shrinking with antialiasing widens the kernel.
    let shrink = if rules.antialias { a.scale.min(1.0) } else { 1.0 };
    let reach = if rules.mode == "cubic" { 2.0 } else { 1.0 } / shrink;
    let first = (x - reach).floor() as i64 + 1;
    let last = (x + reach).ceil() as i64 - 1;
    let kernel = |t: f64| {
        let t = t.abs() * shrink;
        let b = rules.cubic;
        match (rules.mode.as_str(), t) {
            ("cubic", t) if t <= 1.0 => ((b + 2.0) * t - (b + 3.0)) * t * t + 1.0,
            ("cubic", t) if t < 2.0 => ((b * t - 5.0 * b) * t + 8.0 * b) * t - 4.0 * b,
            ("cubic", _) => 0.0,
            (_, t) => (1.0 - t).max(0.0),
        }
    };
    let weights: Vec<f64> = (first..=last.max(first)).map(|i| kernel(x - i as f64)).collect();
    let sum: f64 = weights.iter().sum();
    (first, weights.into_iter().map(|w| w / sum).collect())
}

/// The matrix of an axis: rows are outputs. `None` rows take the value for outside.
fn matrix(a: &Axis, rules: &Rules) -> (Vec<f64>, Vec<bool>) {
    let (mut all, mut outside) = (Vec::new(), Vec::new());
    for i in 0..a.to {
        let x = place(a, rules, i);
        let crop = rules.coordinates == "tf_crop_and_resize";
        outside.push(crop && (x < 0.0 || x > (a.from - 1) as f64));
        let (first, mut weights) = around(a, rules, x);
        let inside = |at: i64| (0..a.from).contains(&at);
        if rules.exclude_outside {
            let places = first..;
            for (weight, at) in weights.iter_mut().zip(places) {
                if !inside(at) {
                    *weight = 0.0;
                }
            }
            let sum: f64 = weights.iter().sum();
            weights.iter_mut().for_each(|w| *w /= sum);
        }
        let mut row = vec![0.0; a.from as usize];
        for (weight, at) in weights.into_iter().zip(first..) {
            row[at.clamp(0, a.from - 1) as usize] += weight;
        }
        all.extend(row);
    }
    (all, outside)
}

fn apply(x: Expr, a: &Axis, rules: &Rules) -> Expr {
    let (weights, outside) = matrix(a, rules);
    let dtype = x.type_or_none().map(|ty| ty.dtype);
    let weights = Expr::literal(weights).reshape([a.to, a.from]);
    let weights = dtype.map_or(weights.clone(), |d| weights.cast(d));
    let axis = a.axis as i64;
    let resized = x.moveaxis(axis, -1).dot(weights.t());
    let resized = match outside.contains(&true) {
        true => Expr::literal(outside).select(rules.extrapolation, resized),
        false => resized,
    };
    resized.moveaxis(-1, axis)
}

/// The axes that change, from scales or sizes.
fn axes(n: &Node) -> Result<Vec<Axis>, Stop> {
    let shape = n.shape(0)?;
    let chosen = n.ints("axes").unwrap_or_else(|| (0..shape.len() as i64).collect());
    let scales = n.known_floats(2)?.filter(|s| !s.is_empty());
    let sizes = n.known_ints(3)?.filter(|s| !s.is_empty());
    let roi = n.known_floats(1)?.unwrap_or_default();
    let mut found = Vec::new();
    for (i, &axis) in chosen.iter().enumerate() {
        let at = n.axis(axis, shape.len())?;
        let from = shape[at];
        let (to, scale) = match (&scales, &sizes) {
            (Some(scales), _) if i < scales.len() => {
                ((from as f64 * scales[i]).floor() as i64, scales[i])
            }
            (_, Some(sizes)) if i < sizes.len() => (sizes[i], sizes[i] as f64 / from as f64),
            _ => return Err(n.wrong("neither scales nor sizes")),
        };
        let roi = match (roi.get(i), roi.get(chosen.len() + i)) {
            (Some(&start), Some(&end)) => (start, end),
            _ => (0.0, 1.0),
        };
        found.push(Axis { axis: at, from, to, scale, roi });
    }
    let policy = n.text("keep_aspect_ratio_policy", "stretch");
    if sizes.is_some() && policy != "stretch" {
        let larger = policy == "not_larger";
        let pick = |a: f64, b: f64| if larger { a.min(b) } else { a.max(b) };
        let scale = found.iter().map(|a| a.scale).reduce(pick).unwrap_or(1.0);
        for a in &mut found {
            (a.scale, a.to) = (scale, (scale * a.from as f64).round() as i64);
        }
    }
    Ok(found)
}

fn resize(n: &Node) -> Result<Expr, Stop> {
    let rules = Rules {
        mode: n.text("mode", "nearest"),
        coordinates: n.text("coordinate_transformation_mode", "half_pixel"),
        nearest: n.text("nearest_mode", "round_prefer_floor"),
        cubic: n.float("cubic_coeff_a", -0.75),
        exclude_outside: n.int("exclude_outside", 0) != 0,
        antialias: n.int("antialias", 0) != 0,
        extrapolation: n.float("extrapolation_value", 0.0),
    };
    let crop = rules.coordinates == "tf_crop_and_resize";
    let changes = |a: &&Axis| crop || a.from != a.to || a.scale != 1.0;
    Ok(axes(n)?.iter().filter(changes).fold(n.x(0)?.clone(), |x, a| apply(x, a, &rules)))
}

/// The older operator: scales alone, places by division.
fn upsample(n: &Node) -> Result<Expr, Stop> {
    let scales = match n.attribute("scales") {
        Some(given) => given.floats.iter().map(|&s| f64::from(s)).collect(),
        None => n.known_floats(1)?.ok_or_else(|| n.wrong("no scales"))?,
    };
    let x = n.x(0)?;
    if scales.len() != rank(x) {
        return Err(n.wrong("scales do not fit the tensor"));
    }
    let rules = Rules {
        mode: n.text("mode", "nearest"),
        coordinates: "asymmetric".into(),
        nearest: "floor".into(),
        cubic: -0.75,
        exclude_outside: false,
        antialias: false,
        extrapolation: 0.0,
    };
    let shape = n.shape(0)?;
    let axis = |(axis, &scale): (usize, &f64)| {
        let to = (shape[axis] as f64 * scale).floor() as i64;
        Axis { axis, from: shape[axis], to, scale, roi: (0.0, 1.0) }
    };
    let axes = scales.iter().enumerate().map(axis);
    Ok(axes.filter(|a| a.scale != 1.0).fold(x.clone(), |x, a| apply(x, &a, &rules)))
}
