//! Dims, shapes and types of the text form.
//!
//! Invariants: reads back what dims print, as the same dim; nesting and the number of terms are
//! bounded, so that no short text makes a large dim.
//!
//! Not here: arithmetic on dims (`../dim.rs`).

use super::error::Fault;
use super::token::{
    Read, after_sign, dtype, fault, integer, list, name, number, sign, skip_blanks,
};
use crate::dim::Dim;
use crate::op::Axes;
use crate::shape::{Shape, Type};

/// How deep quotients nest.
const DEPTH: usize = 64;

/// How many terms a dim may have.
const TERMS: usize = 256;

/// How many terms the number of elements of a shape may have before they are collected.
const PRODUCTS: usize = 4096;

/// A sum of products: `2*n*m - floor((n + 1)/(2)) + 1`.
pub(super) fn dim(input: &str) -> Read<'_, Dim> {
    sum(input, DEPTH)
}

fn sum(input: &str, depth: usize) -> Read<'_, Dim> {
    let (mut rest, mut total) = match after_sign("-", input) {
        Some(rest) => signed_product(rest, true, depth)?,
        None => signed_product(input, false, depth)?,
    };
    loop {
        let (after, negative) = match (after_sign("+", rest), after_sign("-", rest)) {
            (Some(after), _) => (after, false),
            (None, Some(after)) => (after, true),
            (None, None) => return Ok((rest, total)),
        };
        let (after, term) = signed_product(after, negative, depth)?;
        total = &total + &term;
        bounded(rest, &total)?;
        rest = after;
    }
}

fn signed_product(input: &str, negative: bool, depth: usize) -> Read<'_, Dim> {
    // The sign belongs to the first number: the smallest number has no positive counterpart.
    let (mut rest, mut total) = factor(input, negative, depth)?;
    while let Some(after) = after_sign("*", rest) {
        let (after, next) = factor(after, false, depth)?;
        if total.term_count() * next.term_count() > TERMS {
            return fault(too_large(rest));
        }
        total = &total * &next;
        rest = after;
    }
    Ok((rest, total))
}

fn factor(input: &str, negative: bool, depth: usize) -> Read<'_, Dim> {
    const EXPECTED: &str = "a dim (a number, a name, or arithmetic on both)";
    let negate = |d: Dim| if negative { -&d } else { d };
    let start = skip_blanks(input);
    if start.starts_with(|c: char| c.is_ascii_digit()) {
        let (rest, magnitude) = number::<u64>("a number that fits 64 bits", input)?;
        let value = if negative { -i128::from(magnitude) } else { i128::from(magnitude) };
        return match i64::try_from(value) {
            Ok(value) => Ok((rest, Dim::Known(value))),
            Err(_) => fault(Fault::new(start, "a number that fits 64 bits")),
        };
    }
    let (rest, word) = name(EXPECTED, input)?;
    match after_sign("(", rest) {
        Some(inside) if word == "floor" => {
            let Some(depth) = depth.checked_sub(1) else {
                let found = format!("`floor` nested deeper than {DEPTH}");
                return fault(Fault::new(start, "a dim of less depth").found(found));
            };
            let (rest, above) = operand(inside, depth)?;
            let (rest, _) = sign("/", rest)?;
            let (rest, below) = operand(rest, depth)?;
            let (rest, _) = sign(")", rest)?;
            Ok((rest, negate(above.floor_div(&below))))
        }
        _ => Ok((rest, negate(Dim::symbol(word)))),
    }
}

/// An operand of a quotient: a dim in parentheses, or a single factor.
fn operand(input: &str, depth: usize) -> Read<'_, Dim> {
    match after_sign("(", input) {
        Some(inside) => {
            let (rest, value) = sum(inside, depth)?;
            let (rest, _) = sign(")", rest)?;
            Ok((rest, value))
        }
        None => factor(input, false, depth),
    }
}

fn bounded<'a>(at: &'a str, dim: &Dim) -> Result<(), nom::Err<Fault<'a>>> {
    if dim.term_count() <= TERMS { Ok(()) } else { Err(nom::Err::Error(too_large(at))) }
}

fn too_large(at: &str) -> Fault<'_> {
    let expected = format!("a dim of at most {TERMS} terms");
    Fault::new(skip_blanks(at), expected).found("a larger one")
}

/// Whether the number of elements of a shape can be written out.
pub(super) fn is_bounded(shape: &Shape) -> bool {
    let terms = shape.iter().try_fold(1usize, |n, d| n.checked_mul(d.term_count()));
    terms.is_some_and(|n| n <= PRODUCTS)
}

/// `[dim, dim, …]`.
pub(super) fn shape(input: &str) -> Read<'_, Shape> {
    let start = skip_blanks(input);
    let (rest, dims) = list(input, dim)?;
    let (rank, shape) = (dims.len(), dims.into_iter().collect());
    if rank > Axes::MAX_RANK {
        let expected = format!("at most {} axes", Axes::MAX_RANK);
        return fault(Fault::new(start, expected).found(format!("{rank}")));
    }
    if !is_bounded(&shape) {
        return fault(too_large(start));
    }
    Ok((rest, shape))
}

/// `f32[n, 784]`.
pub(super) fn ty(input: &str) -> Read<'_, Type> {
    let (rest, dtype) = dtype(input)?;
    let (rest, shape) = shape(rest)?;
    Ok((rest, Type::new(dtype, shape)))
}

/// `start:len:step` and the like: two dims and an integer.
pub(super) fn triple(input: &str) -> Read<'_, (Dim, Dim, i64)> {
    let (rest, first) = dim(input)?;
    let (rest, _) = sign(":", rest)?;
    let (rest, second) = dim(rest)?;
    let (rest, _) = sign(":", rest)?;
    let (rest, third) = integer("an integer", rest)?;
    Ok((rest, (first, second, third)))
}
