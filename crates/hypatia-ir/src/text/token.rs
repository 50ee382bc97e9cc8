//! Words, numbers and signs of the text form.
//!
//! Invariants: every parser skips blanks before its token; a fault points at the token.
//!
//! Not here: how tokens combine (`syntax.rs`, `dim.rs`).

use super::error::Fault;
use crate::dtype::DType;
use crate::scalar::Scalar;
use nom::bytes::complete::{tag, take_while, take_while_m_n, take_while1};
use nom::character::complete::{digit1, space0};
use nom::combinator::{opt, recognize};
use nom::sequence::{pair, preceded};
use nom::{IResult, Parser};

/// What a parser of part of a line returns: the rest of the line, and what it read.
pub(super) type Read<'a, T> = IResult<&'a str, T, Fault<'a>>;

pub(super) fn fault<T>(fault: Fault<'_>) -> Read<'_, T> {
    Err(nom::Err::Error(fault))
}

/// The text after blanks.
pub(super) fn skip_blanks(input: &str) -> &str {
    input.trim_start_matches([' ', '\t'])
}

/// Whether nothing but blanks and a comment is left.
pub(super) fn is_end(input: &str) -> bool {
    let rest = skip_blanks(input);
    rest.is_empty() || rest.starts_with('#')
}

/// `parser` after blanks; where it fails, `expected` is reported.
pub(super) fn lexeme<'a, T>(
    expected: &'static str,
    mut parser: impl Parser<&'a str, Output = T, Error = Fault<'a>>,
) -> impl FnMut(&'a str) -> Read<'a, T> {
    move |input| {
        let (input, _) = space0(input)?;
        parser.parse(input).map_err(|e| e.map(|_| Fault::new(input, expected)))
    }
}

/// A sign.
pub(super) fn sign<'a>(text: &'static str, input: &'a str) -> Read<'a, &'a str> {
    let expected = || format!("`{text}`");
    let (input, _) = space0(input)?;
    tag(text).parse(input).map_err(|e: nom::Err<Fault<'a>>| e.map(|f| Fault::new(f.at, expected())))
}

/// The rest after a sign, if the sign comes next.
pub(super) fn after_sign<'a>(text: &'static str, input: &'a str) -> Option<&'a str> {
    sign(text, input).ok().map(|(rest, _)| rest)
}

/// A name: a letter or `_`, then letters, digits or `_`.
pub(super) fn name<'a>(expected: &'static str, input: &'a str) -> Read<'a, &'a str> {
    let head = take_while_m_n(1, 1, |c: char| c.is_ascii_alphabetic() || c == '_');
    let tail = take_while(|c: char| c.is_ascii_alphanumeric() || c == '_');
    lexeme(expected, recognize(pair(head, tail)))(input)
}

/// A number without a sign that fits the type.
pub(super) fn number<'a, T: std::str::FromStr>(
    expected: &'static str,
    input: &'a str,
) -> Read<'a, T> {
    lexeme(expected, digit1.map_opt(|digits: &str| digits.parse().ok()))(input)
}

/// A number with or without a sign that fits 64 bits.
pub(super) fn integer<'a>(expected: &'static str, input: &'a str) -> Read<'a, i64> {
    let signed = recognize(pair(opt(tag("-")), digit1));
    lexeme(expected, signed.map_opt(|digits: &str| digits.parse().ok()))(input)
}

/// The name of an element type.
pub(super) fn dtype(input: &str) -> Read<'_, DType> {
    const EXPECTED: &str = "an element type (bool, u8, i32, i64, f32 or f64)";
    let (rest, word) = name(EXPECTED, input)?;
    match DType::from_name(word) {
        Some(dtype) => Ok((rest, dtype)),
        None => fault(Fault::new(word, EXPECTED)),
    }
}

/// The text of a value, to be given its type later: see [`scalar_of`].
pub(super) fn raw_scalar(input: &str) -> Read<'_, &str> {
    let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '+' | '-' | '_');
    let payload = (tag("(0x"), take_while1(|c: char| c.is_ascii_hexdigit()), tag(")"));
    lexeme("a value", recognize(pair(take_while1(part), opt(payload))))(input)
}

/// The value that `text` writes in this element type.
pub(super) fn scalar_of(text: &str, dtype: DType) -> Result<Scalar, Fault<'_>> {
    let value = match dtype {
        DType::Bool => text.parse::<bool>().ok().map(Scalar::new),
        DType::U8 => text.parse::<u8>().ok().map(Scalar::new),
        DType::I32 => text.parse::<i32>().ok().map(Scalar::new),
        DType::I64 => text.parse::<i64>().ok().map(Scalar::new),
        DType::F32 | DType::F64 => float_of(text, dtype),
    };
    value.ok_or_else(|| {
        Fault::new(text, format!("a value of {dtype}")).found(format!("`{}`", shortened(text)))
    })
}

fn shortened(text: &str) -> String {
    text.chars().take(30).collect()
}

/// Decimal, `inf`, `-inf`, `nan`, or `nan(0x…)` with the bits of a NaN.
fn float_of(text: &str, dtype: DType) -> Option<Scalar> {
    let value = |text: &str| match dtype {
        DType::F32 => text.parse::<f32>().ok().map(Scalar::new),
        _ => text.parse::<f64>().ok().map(Scalar::new),
    };
    if let Some(bits) = text.strip_prefix("nan(0x").and_then(|t| t.strip_suffix(')')) {
        let bits = u64::from_str_radix(bits, 16).ok()?;
        let value = Scalar::from_bits(dtype, bits);
        return (value.bits() == bits && value.as_f64().is_nan()).then_some(value);
    }
    match text {
        "nan" | "inf" | "-inf" => value(text),
        // A decimal too large for the type would become infinite.
        _ => value(text).filter(|v| v.as_f64().is_finite()),
    }
}

/// `[item, item, …]`.
pub(super) fn list<'a, T>(
    input: &'a str,
    mut item: impl FnMut(&'a str) -> Read<'a, T>,
) -> Read<'a, Vec<T>> {
    let (mut rest, _) = sign("[", input)?;
    let mut items = Vec::new();
    if let Some(rest) = after_sign("]", rest) {
        return Ok((rest, items));
    }
    loop {
        let (after, value) = item(rest)?;
        items.push(value);
        if let Some(end) = after_sign("]", after) {
            return Ok((end, items));
        }
        (rest, _) = preceded(space0, tag(","))
            .parse(after)
            .map_err(|e: nom::Err<Fault<'a>>| e.map(|f| Fault::new(f.at, "`,` or `]`")))?;
    }
}
