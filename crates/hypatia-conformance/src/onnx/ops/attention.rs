//! Attention and turned features.
//!
//! Invariants: queries, keys and values are `[batch, heads, time, features]` inside.
//!
//! Not here: products (`linear.rs`).

use super::super::Stop;
use super::super::node::Node;
use super::Build::{Many, Single};
use super::Row;
use crate::ops::{length, rank};
use hypatia::dtype::DType;
use hypatia::expr::Expr;
use hypatia::index::iota;
use hypatia::structure::{concat, stack};

/// The operators.
pub const ROWS: &[Row] = &[
    ("Attention", Many(attention)),
    ("RotaryEmbedding", Single(rotary)),
];

/// `[batch, time, heads·features]` as `[batch, heads, time, features]`.
fn split_heads(x: &Expr, heads: i64) -> Expr {
    match rank(x) {
        3 => {
            let (batch, time, all) = (length(x, 0), length(x, 1), length(x, 2));
            x.reshape([batch, time, heads, all / heads.max(1)]).transpose([0, 2, 1, 3])
        }
        _ => x.clone(),
    }
}

/// What is added to the scores: 0 where a key may be seen, minus infinity where not.
fn bias(n: &Node, scores: &Expr, past: i64) -> Result<Option<Expr>, Stop> {
    let (queries, keys) = (length(scores, 2), length(scores, 3));
    let hidden = |seen: Expr| seen.select(scores.like(0.0), scores.like(f64::NEG_INFINITY));
    let mut sum: Option<Expr> = None;
    let mut add = |term: Expr| sum = Some(sum.take().map_or(term.clone(), |s| s + &term));
    if let Some(mask) = n.opt(3) {
        let truths = mask.type_or_none().is_some_and(|ty| ty.dtype == DType::Bool);
        let mask = if truths { hidden(mask.clone()) } else { mask.clone() };
        // Keys that a shorter mask does not speak of are hidden.
        let known = length(&mask, rank(&mask) - 1);
        let mut widths = vec![(0, 0); rank(&mask)];
        widths[rank(&mask) - 1] = (0, (keys - known).max(0) as usize);
        add(if known < keys { mask.pad(&widths, f64::NEG_INFINITY) } else { mask });
    }
    if n.int("is_causal", 0) != 0 {
        let (query, key) = (iota::<i64>(queries).expand(-1) + past, iota::<i64>(keys));
        add(hidden(key.le(query)));
    }
    if let Some(lengths) = n.opt(6) {
        let lengths = (0..3).fold(lengths.clone(), |l, _| l.expand(-1));
        add(hidden(iota::<i64>(keys).lt(lengths)));
    }
    Ok(sum)
}

fn attention(n: &Node) -> Result<Vec<Expr>, Stop> {
    let flat = rank(n.x(0)?) == 3;
    let q = split_heads(n.x(0)?, n.int("q_num_heads", 1));
    let kv_heads = n.int("kv_num_heads", 1);
    let (mut k, mut v) = (split_heads(n.x(1)?, kv_heads), split_heads(n.x(2)?, kv_heads));
    let mut past = 0;
    if let (Some(past_k), Some(past_v)) = (n.opt(4), n.opt(5)) {
        past = length(past_k, 2);
        (k, v) = (concat(&[past_k.clone(), k], 2), concat(&[past_v.clone(), v], 2));
    }
    let present = (k.clone(), v.clone());
    let repeats = length(&q, 1) / length(&k, 1).max(1);
    let wide = |x: &Expr| if repeats > 1 { x.repeat(repeats, 1) } else { x.clone() };
    let features = length(&q, 3) as f64;
    let scale = n.attribute("scale").map_or(1.0 / features.sqrt(), |a| f64::from(a.f));
    let raw = (q * scale).matmul(wide(&k).t());
    let biased = match bias(n, &raw, past)? {
        Some(bias) => &raw + bias,
        None => raw.clone(),
    };
    let cap = n.float("softcap", 0.0);
    let capped = if cap > 0.0 { (&biased / cap).tanh() * cap } else { biased.clone() };
    let weights = capped.softmax(-1);
    let y = weights.matmul(wide(&v));
    let y = match flat {
        true => y.transpose([0, 2, 1, 3]).flatten(2),
        false => y,
    };
    let shown = match n.int("qk_matmul_output_mode", 0) {
        0 => raw,
        1 => biased,
        2 => capped,
        _ => weights,
    };
    Ok(vec![y, present.0, present.1, shown])
}

/// Pairs of features turned by the angles of their places.
fn rotary(n: &Node) -> Result<Expr, Stop> {
    let given = n.x(0)?;
    let flat = rank(given) == 3;
    // `[batch, time, heads, features]`
    let x = match flat {
        true => split_heads(given, n.int("num_heads", 1)).transpose([0, 2, 1, 3]),
        false => given.transpose([0, 2, 1, 3]),
    };
    let all = length(&x, 3);
    let turned = match n.int("rotary_embedding_dim", 0) {
        0 => all,
        some => some,
    };
    let cache = |at: usize| {
        let cache = n.x(at)?;
        let seen = n.opt(3).map_or(cache.clone(), |places| cache.take(places, 0));
        Ok::<Expr, Stop>(seen.expand(2))
    };
    let (cos, sin) = (cache(1)?, cache(2)?);
    let parts = x.split([turned, all - turned], -1);
    let [active, rest] = parts.as_slice() else { return Err(n.wrong("too few features")) };
    let shape = [length(&x, 0), length(&x, 1), length(&x, 2), turned / 2];
    let interleaved = n.int("interleaved", 0) != 0;
    let (a, b) = if interleaved {
        let pairs = active.reshape([shape[0], shape[1], shape[2], shape[3], 2]);
        let part = |i: i64| pairs.take(Expr::literal(i), -1);
        (part(0), part(1))
    } else {
        let halves = active.split([turned / 2, turned / 2], -1);
        (halves[0].clone(), halves[1].clone())
    };
    let (real, imaginary) = (&a * &cos - &b * &sin, a * sin + b * cos);
    let joined = match interleaved {
        true => stack(&[real, imaginary], -1).flatten(3),
        false => concat(&[real, imaginary], -1),
    };
    let result = concat(&[joined, rest.clone()], -1);
    Ok(if flat { result.flatten(2) } else { result.transpose([0, 2, 1, 3]) })
}
