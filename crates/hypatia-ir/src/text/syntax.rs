//! Statements of the text form, one a line.
//!
//! Invariants: a statement keeps the parts of the line that later checks may have to point at.
//!
//! Not here: what names refer to, and types (`build.rs`).

use super::dim::{dim, shape, triple, ty};
use super::error::Fault;
use super::suggest::closest;
use super::token::{
    Read, after_sign, dtype, fault, integer, is_end, list, name, number, raw_scalar, scalar_of,
    sign, skip_blanks,
};
use crate::dim::Dim;
use crate::dtype::DType;
use crate::infer::Requirement;
use crate::op::{
    ArgOp, Axes, BinaryOp, CompareOp, FoldAxis, GradientMarker, Op, PadAxis, ReduceOp, ScatterOp,
    SliceAxis, UnaryOp, WindowAxis,
};
use crate::routine::{Routine, Triangle};
use crate::scalar::Scalar;
use crate::shape::{Shape, Type};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// A reference to a value: `%3` or the name of an input.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reference<'a> {
    /// The reference as written.
    pub text: &'a str,
    /// The number, if it has one.
    pub label: Option<u64>,
}

/// What stands on the right of a node's `=`.
#[derive(Debug)]
pub(super) enum Body<'a> {
    /// An op on operands.
    Apply(Op, Vec<Reference<'a>>),
    /// The elements of a literal tensor, as written.
    Literal(Vec<&'a str>),
}

/// A line of a text.
#[derive(Debug)]
pub(super) enum Statement<'a> {
    /// `input x: f32[n]` or `shared w: f32[n]`.
    Input { shared: bool, name: &'a str, ty: Type },
    /// `%3: f32[n] = add(x, %2)`; the type may be missing.
    Node { label: Reference<'a>, ty: Option<(&'a str, Type)>, op: &'a str, body: Body<'a> },
    /// `guard n - 1 >= 0`.
    Guard(Requirement),
    /// `output y = %3`.
    Output { name: &'a str, value: Reference<'a> },
    /// `update w = %3`.
    Update { input: &'a str, value: Reference<'a> },
}

/// The statement of a line that is not empty.
pub(super) fn statement(line: &str) -> Result<Statement<'_>, Fault<'_>> {
    let read = match first_statement(line) {
        Ok((rest, _)) if !is_end(rest) => {
            fault(Fault::new(skip_blanks(rest), "the end of the line"))
        }
        read => read,
    };
    finish(read)
}

/// The first line: `hyp 1`.
pub(super) fn header(line: &str) -> Result<(), Fault<'_>> {
    const EXPECTED: &str = "`hyp 1`, the form and its version";
    let start = skip_blanks(line);
    let words = sign("hyp", line).and_then(|(rest, _)| number::<u64>(EXPECTED, rest));
    match words {
        Ok((rest, 1)) if is_end(rest) => Ok(()),
        _ => Err(Fault::new(start, EXPECTED)),
    }
}

/// A parser's value without the rest of the line.
fn finish<'a, T>(read: Read<'a, T>) -> Result<T, Fault<'a>> {
    match read {
        Ok((_, value)) => Ok(value),
        Err(nom::Err::Error(fault) | nom::Err::Failure(fault)) => Err(fault),
        // Only parsers of streams ask for more.
        Err(nom::Err::Incomplete(_)) => Err(Fault::new("", "more text")),
    }
}

fn first_statement(line: &str) -> Read<'_, Statement<'_>> {
    const KEYWORDS: [&str; 5] = ["input", "shared", "guard", "output", "update"];
    const EXPECTED: &str = "a statement (`input`, `shared`, `guard`, `output`, `update` or `%n`)";
    if skip_blanks(line).starts_with('%') {
        return node(line);
    }
    let (rest, keyword) = name(EXPECTED, line)?;
    match keyword {
        "input" | "shared" => input(rest, keyword == "shared"),
        "guard" => guard(rest),
        "output" => {
            let (rest, name) = name("the name of the output", rest)?;
            let (rest, value) = root_value(rest)?;
            Ok((rest, Statement::Output { name, value }))
        }
        "update" => {
            let (rest, input) = name("the name of a shared input", rest)?;
            let (rest, value) = root_value(rest)?;
            Ok((rest, Statement::Update { input, value }))
        }
        _ => fault(Fault::new(keyword, EXPECTED).help(did_you_mean(keyword, KEYWORDS))),
    }
}

/// The hint for a misspelt word.
pub(super) fn did_you_mean<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    closest(word, candidates).map(|c| format!("did you mean `{c}`?"))
}

fn input(rest: &str, shared: bool) -> Read<'_, Statement<'_>> {
    let (rest, name) = name("the name of the input", rest)?;
    let (rest, _) = sign(":", rest)?;
    let start = skip_blanks(rest);
    let (rest, ty) = ty(rest)?;
    match ty.shape.iter().find(|d| d.known().is_some_and(|n| n < 0)) {
        Some(length) => fault(Fault::new(start, "lengths of 0 or more").found(length.to_string())),
        None => Ok((rest, Statement::Input { shared, name, ty })),
    }
}

fn guard(rest: &str) -> Read<'_, Statement<'_>> {
    let (rest, left) = dim(rest)?;
    if let Some(rest) = after_sign(">=", rest) {
        let (rest, least) = integer("an integer", rest)?;
        return Ok((rest, Statement::Guard(Requirement::AtLeast(left, least))));
    }
    match after_sign("=", rest) {
        Some(rest) => {
            let (rest, right) = dim(rest)?;
            Ok((rest, Statement::Guard(Requirement::Equal(left, right))))
        }
        None => fault(Fault::new(skip_blanks(rest), "`=` or `>=`")),
    }
}

fn root_value(rest: &str) -> Read<'_, Reference<'_>> {
    let (rest, _) = sign("=", rest)?;
    reference(rest)
}

/// `%3` or a name.
fn reference(input: &str) -> Read<'_, Reference<'_>> {
    let start = skip_blanks(input);
    match after_sign("%", input) {
        Some(digits) => {
            let (rest, label) = number::<u64>("the number of a node", digits)?;
            let text = &start[..start.len() - rest.len()];
            Ok((rest, Reference { text, label: Some(label) }))
        }
        None => {
            let (rest, text) = name("a value (`%n` or the name of an input)", input)?;
            Ok((rest, Reference { text, label: None }))
        }
    }
}

fn node(line: &str) -> Read<'_, Statement<'_>> {
    let (rest, label) = reference(line)?;
    let (rest, ty) = match after_sign(":", rest) {
        Some(rest) => {
            let start = skip_blanks(rest);
            let (rest, ty) = ty(rest)?;
            (rest, Some((start, ty)))
        }
        None => (rest, None),
    };
    let (rest, _) = sign("=", rest)?;
    let (rest, op) = name("an op", rest)?;
    let Some(exemplar) = OPS.get(op) else {
        let help = did_you_mean(op, OPS.keys().copied());
        return fault(Fault::new(op, "an op").help(help));
    };
    let (rest, _) = sign("(", rest)?;
    let (rest, body) = body(exemplar, rest)?;
    let (rest, _) = match body {
        Body::Apply(..) | Body::Literal(_) => sign(")", rest)?,
    };
    Ok((rest, Statement::Node { label, ty, op, body }))
}

/// One op of every name, with attributes that stand for those to be read.
static OPS: LazyLock<BTreeMap<&'static str, Op>> = LazyLock::new(|| {
    let structural = [
        Op::Literal(0),
        Op::Const(Scalar::new(false)),
        Op::Dim(Dim::Known(0)),
        Op::Iota(Dim::Known(0), DType::I64),
        Op::Select,
        Op::RandomBits(0),
        Op::Fast,
        Op::Cast(DType::Bool),
        Op::Reshape(Shape::scalar()),
        Op::Transpose(Vec::new()),
        Op::Broadcast(Shape::scalar()),
        Op::Slice(Vec::new()),
        Op::Pad(Vec::new()),
        Op::Concat(0),
        Op::Windows(WindowAxis { axis: 0, size: 1, stride: 1, dilation: 1 }),
        Op::Fold(FoldAxis { axis: 0, length: Dim::Known(0), stride: 1, dilation: 1 }),
        Op::MatMul,
        Op::Take(0),
        Op::TakeAlong(0),
    ];
    let none = Axes::default();
    let ops = structural
        .into_iter()
        .chain(GradientMarker::ALL.map(Op::Marker))
        .chain(UnaryOp::ALL.iter().copied().map(Op::Unary))
        .chain(BinaryOp::ALL.iter().copied().map(Op::Binary))
        .chain(CompareOp::ALL.iter().copied().map(Op::Compare))
        .chain(ScatterOp::ALL.iter().map(|&op| Op::Scatter(op, 0)))
        .chain(ScatterOp::ALL.iter().map(|&op| Op::ScatterAlong(op, 0)))
        .chain(ReduceOp::ALL.iter().map(|&op| Op::Reduce(op, none)))
        .chain(ArgOp::ALL.iter().map(|&op| Op::ArgReduce(op, 0)))
        .chain(Routine::NAMED.iter().copied().map(Op::Routine));
    ops.map(|op| (op.name(), op)).collect()
});

/// Everything between the parentheses, with the attributes that this kind of op has.
fn body<'a>(exemplar: &Op, input: &'a str) -> Read<'a, Body<'a>> {
    let leaf = |(rest, op)| Ok((rest, Body::Apply(op, Vec::new())));
    match exemplar {
        Op::Literal(_) => {
            let (rest, elements) = list(input, raw_scalar)?;
            Ok((rest, Body::Literal(elements)))
        }
        Op::Const(_) => leaf(constant(input)?),
        Op::Dim(_) => {
            let (rest, value) = dim(input)?;
            leaf((rest, Op::Dim(value)))
        }
        Op::Iota(..) => {
            let (rest, len) = dim(input)?;
            let (rest, _) = sign(":", rest)?;
            let (rest, dtype) = dtype(rest)?;
            leaf((rest, Op::Iota(len, dtype)))
        }
        Op::Input(_)
        | Op::Unary(_)
        | Op::Binary(_)
        | Op::Compare(_)
        | Op::Select
        | Op::Marker(GradientMarker::Stop | GradientMarker::Zero | GradientMarker::Undefined)
        | Op::Fast
        | Op::MatMul => {
            let (rest, operands) = operands(input)?;
            Ok((rest, Body::Apply(exemplar.clone(), operands)))
        }
        Op::RandomBits(_) => with("word", input, word, Op::RandomBits),
        Op::Marker(GradientMarker::Clip(..)) => {
            with("bounds", input, bounds, |(lo, hi)| Op::Marker(GradientMarker::Clip(lo, hi)))
        }
        Op::Marker(GradientMarker::Scale(_)) => {
            with("by", input, number_f64, |by| Op::Marker(GradientMarker::Scale(by)))
        }
        Op::Cast(_) => with("to", input, dtype, Op::Cast),
        Op::Reduce(op, _) => with("axes", input, axes, |axes| Op::Reduce(*op, axes)),
        Op::ArgReduce(op, _) => with("axis", input, axis, |axis| Op::ArgReduce(*op, axis)),
        Op::Reshape(_) => with("to", input, shape, Op::Reshape),
        Op::Broadcast(_) => with("to", input, shape, Op::Broadcast),
        Op::Transpose(_) => with("perm", input, |i| list(i, axis), Op::Transpose),
        Op::Slice(_) => with("parts", input, |i| list(i, slice_axis), Op::Slice),
        Op::Pad(_) => with("widths", input, |i| list(i, pad_axis), Op::Pad),
        Op::Concat(_) => with("axis", input, axis, Op::Concat),
        Op::Windows(_) => windows(input),
        Op::Fold(_) => fold(input),
        Op::Take(_) => with("axis", input, axis, Op::Take),
        Op::TakeAlong(_) => with("axis", input, axis, Op::TakeAlong),
        Op::Scatter(op, _) => with("axis", input, axis, |axis| Op::Scatter(*op, axis)),
        Op::ScatterAlong(op, _) => with("axis", input, axis, |axis| Op::ScatterAlong(*op, axis)),
        Op::Routine(op) => routine(*op, input),
    }
}

/// The operands of a routine, and its axis or triangle if it has one.
fn routine(op: Routine, input: &str) -> Read<'_, Body<'_>> {
    match op {
        _ if op.axis().is_some() => with("axis", input, axis, |axis| Op::Routine(op.along(axis))),
        Routine::SolveTriangular(_) => with("triangle", input, triangle, |triangle| {
            Op::Routine(Routine::SolveTriangular(triangle))
        }),
        _ => {
            let (rest, operands) = operands(input)?;
            Ok((rest, Body::Apply(Op::Routine(op), operands)))
        }
    }
}

/// A number of type `f64`.
fn number_f64(input: &str) -> Read<'_, Scalar> {
    let (rest, text) = raw_scalar(input)?;
    scalar_of(text, DType::F64).map_or_else(fault, |value| Ok((rest, value)))
}

/// `[-1, 1]`: two numbers.
fn bounds(input: &str) -> Read<'_, (Scalar, Scalar)> {
    let start = skip_blanks(input);
    let (rest, numbers) = list(input, number_f64)?;
    match numbers[..] {
        [lo, hi] => Ok((rest, (lo, hi))),
        _ => fault(Fault::new(start, "two numbers, `[lo, hi]`")),
    }
}

/// `2.5: f32`.
fn constant(input: &str) -> Read<'_, Op> {
    let (rest, text) = raw_scalar(input)?;
    let (rest, _) = sign(":", rest)?;
    let (rest, dtype) = dtype(rest)?;
    match scalar_of(text, dtype) {
        Ok(value) => Ok((rest, Op::Const(value))),
        Err(wrong) => fault(wrong),
    }
}

/// Operands, then `key=value`.
fn with<'a, T>(
    key: &'static str,
    input: &'a str,
    value: impl FnOnce(&'a str) -> Read<'a, T>,
    op: impl FnOnce(T) -> Op,
) -> Read<'a, Body<'a>> {
    let (rest, operands) = operands(input)?;
    let (rest, value) = keyed(key, rest, operands.is_empty(), value)?;
    Ok((rest, Body::Apply(op(value), operands)))
}

/// `key=value`, after a comma if it is not the first in the parentheses.
fn keyed<'a, T>(
    key: &'static str,
    input: &'a str,
    first: bool,
    value: impl FnOnce(&'a str) -> Read<'a, T>,
) -> Read<'a, T> {
    let expected = || format!("`{key}=`");
    let rest = if first { Some(input) } else { after_sign(",", input) }.ok_or_else(|| {
        nom::Err::Error(Fault::new(skip_blanks(input), format!("`,` and {}", expected())))
    })?;
    let after = after_sign(key, rest).and_then(|rest| after_sign("=", rest));
    let after = after.ok_or_else(|| nom::Err::Error(Fault::new(skip_blanks(rest), expected())))?;
    value(after)
}

fn windows(input: &str) -> Read<'_, Body<'_>> {
    let (rest, operands) = operands(input)?;
    let (rest, axis) = keyed("axis", rest, operands.is_empty(), axis)?;
    let (rest, size) = keyed("size", rest, false, positive)?;
    let (rest, stride) = keyed("stride", rest, false, positive)?;
    let (rest, dilation) = keyed("dilation", rest, false, positive)?;
    let op = Op::Windows(WindowAxis { axis, size, stride, dilation });
    Ok((rest, Body::Apply(op, operands)))
}

fn fold(input: &str) -> Read<'_, Body<'_>> {
    let (rest, operands) = operands(input)?;
    let (rest, axis) = keyed("axis", rest, operands.is_empty(), axis)?;
    let (rest, length) = keyed("length", rest, false, dim)?;
    let (rest, stride) = keyed("stride", rest, false, positive)?;
    let (rest, dilation) = keyed("dilation", rest, false, positive)?;
    let op = Op::Fold(FoldAxis { axis, length, stride, dilation });
    Ok((rest, Body::Apply(op, operands)))
}

fn word(input: &str) -> Read<'_, u8> {
    number::<u8>("a word: 0, 1, 2 or 3", input)
}

fn positive(input: &str) -> Read<'_, i64> {
    number::<i64>("a number of at least 1", input)
}

/// References separated by commas, up to `)` or an attribute.
fn operands(input: &str) -> Read<'_, Vec<Reference<'_>>> {
    let mut found = Vec::new();
    let mut next = input;
    while !ends_operands(next) {
        let (rest, operand) = reference(next)?;
        found.push(operand);
        let Some(after) = after_sign(",", rest).filter(|after| !is_attribute(after)) else {
            return Ok((rest, found));
        };
        next = after;
    }
    Ok((next, found))
}

fn ends_operands(input: &str) -> bool {
    after_sign(")", input).is_some() || is_attribute(input)
}

fn is_attribute(input: &str) -> bool {
    name("", input).is_ok_and(|(rest, _)| after_sign("=", rest).is_some())
}

fn axis(input: &str) -> Read<'_, usize> {
    number::<usize>("an axis", input)
}

fn triangle(input: &str) -> Read<'_, Triangle> {
    let mut flags = [false; 3];
    let (rest, _) = list(input, |input| {
        let start = skip_blanks(input);
        let (rest, word) = name("`lower`, `transpose` or `unit`", input)?;
        match Triangle::WORDS.iter().position(|w| *w == word) {
            Some(at) if !flags[at] => flags[at] = true,
            _ => return fault(Fault::new(start, "`lower`, `transpose` or `unit`, once each")),
        }
        Ok((rest, ()))
    })?;
    Ok((rest, Triangle::from_flags(flags)))
}

fn axes(input: &str) -> Read<'_, Axes> {
    let mut set = Axes::default();
    let (rest, _) = list(input, |input| {
        let start = skip_blanks(input);
        let (rest, axis) = axis(input)?;
        if axis >= Axes::MAX_RANK || set.contains(axis) {
            return fault(Fault::new(start, "an axis below 32 that is not in the set"));
        }
        set = set.with(axis);
        Ok((rest, ()))
    })?;
    Ok((rest, set))
}

fn slice_axis(input: &str) -> Read<'_, SliceAxis> {
    let (rest, (start, len, step)) = triple(input)?;
    Ok((rest, SliceAxis { start, len, step }))
}

fn pad_axis(input: &str) -> Read<'_, PadAxis> {
    let start = skip_blanks(input);
    let (rest, (low, high, interior)) = triple(input)?;
    match usize::try_from(interior) {
        Ok(interior) => Ok((rest, PadAxis { low, high, interior })),
        Err(_) => fault(Fault::new(start, "`low:high:interior` with an interior of 0 or more")),
    }
}
