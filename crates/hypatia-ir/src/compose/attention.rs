//! Attention, and how positions enter it.
//!
//! Invariants: `time` and `features` are the last two axes; a row of which all places are masked
//! is 0.
//!
//! Not here: matrix products (`product.rs`), softmax (`softmax.rs`, `masked.rs`).

use super::arrange::divided;
use super::create::below_diagonal;
use crate::dim::Dim;
use crate::dtype::DType;
use crate::error::Cause;
use crate::expr::Expr;
use crate::index::iota;
use crate::scalar::Element;
use crate::shape::Type;
use crate::span::Span;
use crate::structure::{build_from, concat, stack};

/// Settings of [`attention`].
#[derive(Clone, Debug, Default)]
pub struct Attention {
    /// Which places may be seen: bool, broadcasting to `[…, queries, keys]`. A row without any
    /// is 0. Default: all.
    pub mask: Option<Expr>,
    /// Whether query `i` sees the keys up to `i` only.
    pub causal: bool,
    /// What scores are multiplied by. Default: `1/√features`.
    pub scale: Option<f64>,
}

/// The last two lengths.
fn last_two(ty: &Type) -> Result<(&Dim, &Dim), Cause> {
    match &ty.shape[..] {
        [.., time, features] => Ok((time, features)),
        _ => Err(Cause::Rank { expected: "[…, time, features]", found: ty.rank() }),
    }
}

/// `softmax(q·kᵀ·scale)·v`: queries `q` `[…, queries, d]`, keys `k` `[…, keys, d]` and values `v`
/// `[…, keys, e]` give `[…, queries, e]` (Vaswani and others 2017). Leading axes broadcast.
#[track_caller]
pub fn attention(
    q: impl Into<Expr>,
    k: impl Into<Expr>,
    v: impl Into<Expr>,
    settings: &Attention,
) -> Expr {
    let (q, k, v): (Expr, Expr, Expr) = (q.into(), k.into(), v.into());
    Span::caller().on_behalf_of(|| {
        let mut operands = vec![&q, &k, &v];
        operands.extend(&settings.mask);
        build_from("attention", &operands, |types| {
            let ((queries, features), (keys, _)) = (last_two(types[0])?, last_two(types[1])?);
            last_two(types[2])?;
            if let Some(found) = types.get(3).map(|ty| ty.dtype).filter(|&d| d != DType::Bool) {
                return Err(Cause::DType { expected: "a bool mask", found });
            }
            let scaled = match (settings.scale, features.known()) {
                (Some(scale), _) => &q * scale,
                (None, Some(n)) => &q * (1.0 / (n as f64).sqrt()),
                (None, None) => &q / Expr::dim(features).cast(types[0].dtype).sqrt(),
            };
            let scores = scaled.matmul(k.t());
            let causal = settings.causal.then(|| below_diagonal(queries, keys, 0));
            let seen = settings.mask.iter().chain(&causal).cloned().reduce(|a, b| a.and(b));
            let weights = match seen {
                Some(seen) => scores.softmax_where(seen, -1),
                None => scores.softmax(-1),
            };
            Ok(weights.matmul(&v))
        })
    })
}

/// Attention of a sequence to itself with several heads: `x` `[…, time, d]` times `wq`, `wk` and
/// `wv` `[d, heads·size]` each, split into heads, attended, joined, times `wo` `[heads·size, out]`.
/// A mask broadcasts to `[…, heads, time, time]`.
#[track_caller]
pub fn multi_head_attention(
    x: impl Into<Expr>,
    [wq, wk, wv, wo]: [&Expr; 4],
    heads: i64,
    settings: &Attention,
) -> Expr {
    let x = x.into();
    Span::caller().on_behalf_of(|| {
        let split = |w: &Expr| {
            let projected = x.matmul(w);
            projected.build("multi_head_attention", |ty| {
                last_two(ty)?;
                if heads < 1 {
                    let (expected, found) = ("a positive number", heads.to_string());
                    return Err(Cause::Setting { name: "heads", expected, found });
                }
                let features = ty.rank() - 1;
                let size = divided(&ty.shape[features], features, heads)?;
                let mut dims = ty.shape[..features].to_vec();
                dims.extend([Dim::Known(heads), size]);
                Ok(projected.reshape(dims).swap_axes(-2, -3))
            })
        };
        let seen = attention(split(wq), split(wk), split(wv), settings);
        seen.swap_axes(-2, -3).flatten(-2).matmul(wo)
    })
}

/// Angles `position·base^(-i/size)` for positions `0 … time` and `i` in `0 … size`:
/// `[time, size]`.
fn angles(dtype: DType, time: &Dim, size: &Dim, base: f64) -> Expr {
    let numbers = |n: &Dim| iota::<i64>(n).cast(dtype);
    let speeds = (numbers(size) * -base.ln() / Expr::dim(size).cast(dtype)).exp();
    numbers(time).expand(-1) * speeds
}

impl Expr {
    /// The features of each place turned by its position, so that products of two places depend
    /// on their distance: for `[…, time, d]` the pairs are feature `i` and `i + d/2`, turned by
    /// `position·base^(-i/(d/2))` (Su and others 2021). `base` is usually 10000.
    #[track_caller]
    pub fn rotary_embedding(&self, base: f64) -> Expr {
        Span::caller().on_behalf_of(|| {
            self.build("rotary_embedding", |ty| {
                let (time, features) = last_two(ty)?;
                check_base(base)?;
                let half = divided(features, ty.rank() - 1, 2)?;
                let angle = angles(ty.dtype, time, &half, base);
                let (cos, sin) = (angle.cos(), angle.sin());
                let halves = self.split([half.clone(), half], -1);
                let [a, b] = halves.as_slice() else { return Ok(self.clone()) };
                Ok(concat(&[a * &cos - b * &sin, a * &sin + b * &cos], -1))
            })
        })
    }
}

fn check_base(base: f64) -> Result<(), Cause> {
    match base > 0.0 && base.is_finite() {
        true => Ok(()),
        false => {
            let (expected, found) = ("a positive number", base.to_string());
            Err(Cause::Setting { name: "base", expected, found })
        }
    }
}

/// Waves that tell positions apart, `[time, features]`: features `2i` and `2i + 1` are the sine
/// and the cosine of `position·base^(-2i/features)` (Vaswani and others 2017, base 10000).
#[track_caller]
pub fn sinusoidal_positions<T: Element>(
    time: impl Into<Dim>,
    features: impl Into<Dim>,
    base: f64,
) -> Expr {
    let (time, features) = (time.into(), features.into());
    Span::caller().on_behalf_of(|| {
        let checked = check_base(base).and_then(|()| divided(&features, 1, 2)).and_then(|half| {
            let (expected, found) = ("a float type", T::DTYPE);
            if found.is_float() { Ok(half) } else { Err(Cause::DType { expected, found }) }
        });
        match checked {
            Ok(half) => {
                let angle = angles(T::DTYPE, &time, &half, base);
                stack(&[angle.sin(), angle.cos()], -1).reshape([time, features])
            }
            Err(cause) => Expr::invalid("sinusoidal_positions", cause, Vec::new()),
        }
    })
}
