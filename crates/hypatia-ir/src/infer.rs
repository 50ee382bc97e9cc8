//! Result types of ops: the one place that knows what operands an op takes.
//!
//! Invariants: exhaustive over [`Op`]; what symbolic dims leave open becomes a [`Requirement`],
//! never an error and never a guess; a symbolic dim is never treated as 1.
//!
//! Not here: solving requirements (`capture.rs`), checking them at a call (`hypatia-compile`).

use crate::dim::{Dim, NeverEqual};
use crate::dtype::DType;
use crate::error::Cause;
use crate::op::{
    Axes, BinaryOp, FoldAxis, Op, PadAxis, ReduceOp, ScatterOp, SliceAxis, UnaryOp, WindowAxis,
};
use crate::shape::{Shape, Type};
use std::fmt;

mod routine;

/// A fact about dims that an op relies on and that could not be proved.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Requirement {
    /// Both lengths are the same.
    Equal(Dim, Dim),
    /// The value is at least this number.
    AtLeast(Dim, i64),
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Requirement::Equal(a, b) => write!(f, "{a} = {b}"),
            Requirement::AtLeast(a, n) => write!(f, "{a} >= {n}"),
        }
    }
}

/// Requirements found on the way.
pub type Requirements = Vec<Requirement>;

/// The type of `op` on operands of these types. Leaves (`Input`, `Literal`) have declared types
/// and give [`Cause::Leaf`].
pub fn infer(op: &Op, operands: &[&Type], needs: &mut Requirements) -> Result<Type, Cause> {
    if let Some(expected) = op.arity()
        && expected != operands.len()
    {
        let found = operands.len();
        return Err(Cause::Arity { expected, found });
    }
    match (op, operands) {
        (Op::Input(_) | Op::Literal(_), _) => Err(Cause::Leaf),
        (Op::Const(value), _) => Ok(Type::scalar(value.dtype())),
        (Op::Dim(_), _) => Ok(Type::scalar(DType::I64)),
        (Op::Iota(len, dtype), _) => {
            expect(*dtype != DType::Bool, "a number type", *dtype)?;
            Ok(Type::new(*dtype, Shape::from_iter([len.clone()])))
        }
        (Op::Unary(op), &[x]) => unary(*op, x),
        (Op::Binary(op), &[x, y]) => {
            same_dtype(x, y)?;
            binary_dtype(*op, x.dtype)?;
            Ok(Type::new(x.dtype, broadcast(&x.shape, &y.shape, needs)?))
        }
        (Op::Compare(_), &[x, y]) => {
            same_dtype(x, y)?;
            Ok(Type::new(DType::Bool, broadcast(&x.shape, &y.shape, needs)?))
        }
        (Op::Select, &[mask, x, y]) => {
            expect(mask.dtype == DType::Bool, "a bool mask", mask.dtype)?;
            same_dtype(x, y)?;
            let shape = broadcast(&x.shape, &y.shape, needs)?;
            Ok(Type::new(x.dtype, broadcast(&mask.shape, &shape, needs)?))
        }
        (Op::RandomBits(word), &[seed, stream, counter]) => {
            if *word > 3 {
                let (name, expected, found) = ("word", "0, 1, 2 or 3", word.to_string());
                return Err(Cause::Setting { name, expected, found });
            }
            for x in [seed, stream, counter] {
                expect(x.dtype == DType::I64, "i64", x.dtype)?;
            }
            let shape = broadcast(&stream.shape, &counter.shape, needs)?;
            Ok(Type::new(DType::I32, broadcast(&seed.shape, &shape, needs)?))
        }
        (Op::Marker(_) | Op::Fast, &[x]) => Ok(x.clone()),
        (Op::Cast(dtype), &[x]) => Ok(Type::new(*dtype, x.shape.clone())),
        (Op::Reduce(op, axes), &[x]) => reduce(*op, *axes, x, needs),
        (Op::ArgReduce(_, axis), &[x]) => {
            check_axis(*axis, x)?;
            expect(x.dtype != DType::Bool, "a number type", x.dtype)?;
            not_empty(x, *axis, needs)?;
            Ok(Type::new(DType::I64, x.shape.reduced(Axes::one(*axis))))
        }
        (Op::Reshape(shape), &[x]) => reshape(shape, x, needs),
        (Op::Transpose(perm), &[x]) => transpose(perm, x),
        (Op::Broadcast(shape), &[x]) => broadcast_to(shape, x, needs),
        (Op::Slice(parts), &[x]) => slice(parts, x, needs),
        (Op::Pad(parts), &[x, value]) => pad(parts, x, value, needs),
        (Op::Concat(axis), parts) => concat(*axis, parts, needs),
        (Op::Windows(part), &[x]) => windows(part, x, needs),
        (Op::Fold(part), &[x]) => fold(part, x, needs),
        (Op::MatMul, &[x, y]) => matmul(x, y, needs),
        (Op::Take(axis), &[x, indices]) => take(*axis, x, indices),
        (Op::TakeAlong(axis), &[x, indices]) => take_along(*axis, x, indices, needs),
        (Op::Scatter(op, axis), &[x, indices, updates]) => {
            let part = take(*axis, x, indices)?;
            scatter(*op, x, updates, &part, needs)
        }
        (Op::ScatterAlong(op, axis), &[x, indices, updates]) => {
            let part = take_along(*axis, x, indices, needs)?;
            scatter(*op, x, updates, &part, needs)
        }
        (Op::Routine(op), operands) => routine::routine(*op, operands, needs),
        // Arity was checked above.
        (_, operands) => {
            Err(Cause::Arity { expected: op.arity().unwrap_or(1), found: operands.len() })
        }
    }
}

/// The NumPy broadcast of two shapes, aligned at the last axis.
pub fn broadcast(x: &Shape, y: &Shape, needs: &mut Requirements) -> Result<Shape, Cause> {
    let rank = x.rank().max(y.rank());
    let one = Dim::Known(1);
    let mut dims = Vec::with_capacity(rank);
    for axis in 0..rank {
        let at = |s: &Shape| (axis + s.rank()).checked_sub(rank).map(|i| s[i].clone());
        let (a, b) = (at(x), at(y));
        let (a, b) = (a.as_ref().unwrap_or(&one), b.as_ref().unwrap_or(&one));
        let dim = match (a, b) {
            (a, b) if b.is(1) => Some(a.clone()),
            (a, b) if a.is(1) => Some(b.clone()),
            (a, b) => equal(a, b, needs).ok(),
        };
        dims.push(dim.ok_or_else(|| Cause::Broadcast {
            left: a.clone(),
            right: b.clone(),
            from_end: rank - axis,
        })?);
    }
    Ok(dims.into_iter().collect())
}

/// One of two dims that must be equal: the known one, else the first. Undecided equality is noted.
fn equal(a: &Dim, b: &Dim, needs: &mut Requirements) -> Result<Dim, NeverEqual> {
    if a == b {
        return Ok(a.clone());
    }
    // Decides whether they can be equal at all; the solution itself is found by the capture.
    a.solve(b)?;
    needs.push(Requirement::Equal(a.clone(), b.clone()));
    Ok(if b.known().is_some() { b.clone() } else { a.clone() })
}

fn expect(holds: bool, expected: &'static str, found: DType) -> Result<(), Cause> {
    if holds { Ok(()) } else { Err(Cause::DType { expected, found }) }
}

fn same_dtype(x: &Type, y: &Type) -> Result<(), Cause> {
    if x.dtype == y.dtype {
        Ok(())
    } else {
        let (left, right) = (x.dtype, y.dtype);
        Err(Cause::Mixed { left, right })
    }
}

fn unary(op: UnaryOp, x: &Type) -> Result<Type, Cause> {
    match op {
        UnaryOp::Not => expect(!x.dtype.is_float(), "bool or an integer type", x.dtype)?,
        UnaryOp::Neg | UnaryOp::Abs | UnaryOp::Sign | UnaryOp::Sqr => {
            expect(x.dtype != DType::Bool, "a number type", x.dtype)?;
        }
        UnaryOp::Exp
        | UnaryOp::Expm1
        | UnaryOp::Log
        | UnaryOp::Log1p
        | UnaryOp::Sqrt
        | UnaryOp::Rsqrt
        | UnaryOp::Sin
        | UnaryOp::Cos
        | UnaryOp::Tan
        | UnaryOp::Asin
        | UnaryOp::Acos
        | UnaryOp::Atan
        | UnaryOp::Sinh
        | UnaryOp::Cosh
        | UnaryOp::Tanh
        | UnaryOp::Asinh
        | UnaryOp::Acosh
        | UnaryOp::Atanh
        | UnaryOp::Sigmoid
        | UnaryOp::Softplus
        | UnaryOp::Erf
        | UnaryOp::Erfc
        | UnaryOp::Erfcx
        | UnaryOp::Erfinv
        | UnaryOp::Lgamma
        | UnaryOp::Digamma
        | UnaryOp::Floor
        | UnaryOp::Ceil
        | UnaryOp::Trunc
        | UnaryOp::Round => expect(x.dtype.is_float(), "a float type", x.dtype)?,
    }
    Ok(x.clone())
}

fn binary_dtype(op: BinaryOp, dtype: DType) -> Result<(), Cause> {
    match op {
        BinaryOp::And | BinaryOp::Or | BinaryOp::Xor => {
            expect(!dtype.is_float(), "bool or an integer type", dtype)
        }
        BinaryOp::Shl | BinaryOp::Shr | BinaryOp::Quot => {
            expect(dtype.is_int(), "an integer type", dtype)
        }
        BinaryOp::Div | BinaryOp::Pow | BinaryOp::Atan2 => {
            expect(dtype.is_float(), "a float type", dtype)
        }
        BinaryOp::Add
        | BinaryOp::Sub
        | BinaryOp::Mul
        | BinaryOp::Max
        | BinaryOp::Min
        | BinaryOp::Rem => expect(dtype != DType::Bool, "a number type", dtype),
    }
}

fn reduce(op: ReduceOp, axes: Axes, x: &Type, needs: &mut Requirements) -> Result<Type, Cause> {
    for axis in axes.iter() {
        check_axis(axis, x)?;
    }
    match op {
        ReduceOp::Any | ReduceOp::All => expect(x.dtype == DType::Bool, "bool", x.dtype)?,
        ReduceOp::Sum | ReduceOp::Prod => {
            expect(x.dtype != DType::Bool, "a number type", x.dtype)?;
        }
        ReduceOp::Max | ReduceOp::Min => {
            expect(x.dtype != DType::Bool, "a number type", x.dtype)?;
            for axis in axes.iter() {
                not_empty(x, axis, needs)?;
            }
        }
    }
    Ok(Type::new(x.dtype, x.shape.reduced(axes)))
}

fn not_empty(x: &Type, axis: usize, needs: &mut Requirements) -> Result<(), Cause> {
    match &x.shape[axis] {
        Dim::Known(0) => Err(Cause::EmptyExtreme { axis }),
        Dim::Known(_) => Ok(()),
        dim => {
            needs.push(Requirement::AtLeast(dim.clone(), 1));
            Ok(())
        }
    }
}

fn check_axis(axis: usize, x: &Type) -> Result<(), Cause> {
    if axis < x.rank() {
        Ok(())
    } else {
        let (axis, rank) = (axis as i64, x.rank());
        Err(Cause::Axis { axis, rank })
    }
}

fn check_lengths(shape: &Shape) -> Result<(), Cause> {
    if shape.rank() > Axes::MAX_RANK {
        let (expected, found) = ("at most 32 axes", shape.rank());
        return Err(Cause::Rank { expected, found });
    }
    match shape.iter().find(|d| d.known().is_some_and(|n| n < 0)) {
        Some(length) => Err(Cause::NegativeDim { length: length.clone() }),
        None => Ok(()),
    }
}

fn reshape(shape: &Shape, x: &Type, needs: &mut Requirements) -> Result<Type, Cause> {
    check_lengths(shape)?;
    equal(&x.shape.count(), &shape.count(), needs)
        .map_err(|NeverEqual| Cause::Count { from: x.shape.clone(), to: shape.clone() })?;
    Ok(Type::new(x.dtype, shape.clone()))
}

fn transpose(perm: &[usize], x: &Type) -> Result<Type, Cause> {
    let mut sorted = perm.to_vec();
    sorted.sort_unstable();
    if sorted.iter().copied().ne(0..x.rank()) {
        let perm = perm.iter().map(|&p| p as i64).collect();
        let rank = x.rank();
        return Err(Cause::Permutation { perm, rank });
    }
    let shape = perm.iter().map(|&p| x.shape[p].clone()).collect();
    Ok(Type::new(x.dtype, shape))
}

fn broadcast_to(shape: &Shape, x: &Type, needs: &mut Requirements) -> Result<Type, Cause> {
    let misfit = || Cause::BroadcastTo { from: x.shape.clone(), to: shape.clone() };
    check_lengths(shape)?;
    let lead = shape.rank().checked_sub(x.rank()).ok_or_else(misfit)?;
    for (from, to) in x.shape.iter().zip(&shape[lead..]) {
        if !from.is(1) {
            equal(from, to, needs).map_err(|NeverEqual| misfit())?;
        }
    }
    Ok(Type::new(x.dtype, shape.clone()))
}

fn slice(parts: &[SliceAxis], x: &Type, needs: &mut Requirements) -> Result<Type, Cause> {
    check_rank(parts.len(), x)?;
    for (axis, part) in parts.iter().enumerate() {
        let length = &x.shape[axis];
        let misfit = || Cause::Slice {
            axis,
            taken: format!("{} from {} by {}", part.len, part.start, part.step),
            length: length.clone(),
        };
        if part.step == 0 {
            return Err(misfit());
        }
        if part.len.is(0) {
            continue;
        }
        // An empty part may start at the end of the axis, so only what holds for it is required:
        // the first and the last element bound all others.
        let last = &part.start + &(&(&part.len - 1) * part.step);
        let (lowest, highest) =
            if part.step > 0 { (&part.start, &last) } else { (&last, &part.start) };
        let bounds = [part.len.clone(), lowest.clone(), &(length - highest) - 1];
        for value in bounds {
            at_least(value, 0, needs).map_err(|NeverEqual| misfit())?;
        }
    }
    let shape = parts.iter().map(|p| p.len.clone()).collect();
    Ok(Type::new(x.dtype, shape))
}

fn at_least(value: Dim, least: i64, needs: &mut Requirements) -> Result<(), NeverEqual> {
    match value.known() {
        Some(v) if v < least => Err(NeverEqual),
        Some(_) => Ok(()),
        None if value.as_symbol().is_some() && least <= 0 => Ok(()),
        None => {
            needs.push(Requirement::AtLeast(value, least));
            Ok(())
        }
    }
}

fn check_rank(found: usize, x: &Type) -> Result<(), Cause> {
    if found == x.rank() {
        Ok(())
    } else {
        let expected = "one entry for each axis";
        Err(Cause::Rank { expected, found })
    }
}

fn pad(parts: &[PadAxis], x: &Type, value: &Type, needs: &mut Requirements) -> Result<Type, Cause> {
    check_rank(parts.len(), x)?;
    same_dtype(x, value)?;
    if value.rank() != 0 {
        let (expected, found) = ("a scalar to pad with", value.rank());
        return Err(Cause::Rank { expected, found });
    }
    let mut dims = Vec::with_capacity(parts.len());
    for (part, dim) in parts.iter().zip(x.shape.iter()) {
        for side in [&part.low, &part.high] {
            at_least(side.clone(), 0, needs)
                .map_err(|NeverEqual| Cause::NegativeDim { length: side.clone() })?;
        }
        // An empty axis has no gaps between neighbours; a symbolic one is taken as not empty.
        let gaps = if part.interior == 0 || dim.is(0) {
            Dim::Known(0)
        } else {
            &(dim - 1) * i64::try_from(part.interior).unwrap_or(i64::MAX)
        };
        dims.push(&(&(dim + &gaps) + &part.low) + &part.high);
    }
    Ok(Type::new(x.dtype, dims.into_iter().collect()))
}

fn concat(axis: usize, parts: &[&Type], needs: &mut Requirements) -> Result<Type, Cause> {
    let Some((first, rest)) = parts.split_first() else {
        let (expected, found) = (1, 0);
        return Err(Cause::Arity { expected, found });
    };
    check_axis(axis, first)?;
    let mut dims = first.shape.to_vec();
    for part in rest {
        same_dtype(first, part)?;
        check_same_rank(first, part)?;
        for (i, dim) in dims.iter_mut().enumerate() {
            *dim = if i == axis {
                &*dim + &part.shape[i]
            } else {
                agree(i, dim, &part.shape[i], needs)?
            };
        }
    }
    Ok(Type::new(first.dtype, dims.into_iter().collect()))
}

fn windows(part: &WindowAxis, x: &Type, needs: &mut Requirements) -> Result<Type, Cause> {
    check_axis(part.axis, x)?;
    spans(part, &x.shape[part.axis], needs)?;
    let mut dims = x.shape.to_vec();
    dims[part.axis] = part.count(&x.shape[part.axis]);
    dims.push(Dim::Known(part.size));
    let shape: Shape = dims.into_iter().collect();
    check_lengths(&shape)?;
    Ok(Type::new(x.dtype, shape))
}

fn fold(part: &FoldAxis, x: &Type, needs: &mut Requirements) -> Result<Type, Cause> {
    expect(x.dtype != DType::Bool, "a number type", x.dtype)?;
    let Some((size, dims)) = x.shape.split_last() else {
        let (expected, found) = ("operands of rank 2 or more", x.rank());
        return Err(Cause::Rank { expected, found });
    };
    if part.axis >= dims.len() {
        let (axis, rank) = (part.axis as i64, dims.len());
        return Err(Cause::Axis { axis, rank });
    }
    // Windows of no fixed size have no derivative in this vocabulary.
    let part_of = part.windows(size.known().ok_or_else(|| not_positive("size", size))?);
    spans(&part_of, &part.length, needs)?;
    agree(part.axis, &dims[part.axis], &part_of.count(&part.length), needs)?;
    let mut dims = dims.to_vec();
    dims[part.axis] = part.length.clone();
    let shape: Shape = dims.into_iter().collect();
    check_lengths(&shape)?;
    Ok(Type::new(x.dtype, shape))
}

/// That the numbers of the windows are positive, and that one window fits into the axis; windows
/// of one element also into an empty one.
fn spans(part: &WindowAxis, length: &Dim, needs: &mut Requirements) -> Result<(), Cause> {
    let WindowAxis { axis, size, stride, dilation } = *part;
    for (name, value) in [("size", size), ("stride", stride), ("dilation", dilation)] {
        if value < 1 {
            return Err(not_positive(name, &Dim::Known(value)));
        }
    }
    let reach = part.reach();
    at_least(length - &Dim::Known(reach), i64::from(reach > 0), needs).map_err(|NeverEqual| {
        Cause::WindowSpan { axis, span: reach.saturating_add(1), length: length.clone() }
    })
}

fn not_positive(name: &'static str, found: &Dim) -> Cause {
    let (expected, found) = ("a number of at least 1", found.to_string());
    Cause::Setting { name, expected, found }
}

fn check_same_rank(x: &Type, y: &Type) -> Result<(), Cause> {
    if x.rank() == y.rank() {
        Ok(())
    } else {
        let (expected, found) = ("operands of one rank", y.rank());
        Err(Cause::Rank { expected, found })
    }
}

fn agree(axis: usize, a: &Dim, b: &Dim, needs: &mut Requirements) -> Result<Dim, Cause> {
    equal(a, b, needs).map_err(|NeverEqual| Cause::Agree {
        axis,
        left: a.clone(),
        right: b.clone(),
    })
}

fn matmul(x: &Type, y: &Type, needs: &mut Requirements) -> Result<Type, Cause> {
    same_dtype(x, y)?;
    expect(x.dtype != DType::Bool, "a number type", x.dtype)?;
    if x.rank() < 2 {
        let (expected, found) = ("operands of rank 2 or more", x.rank());
        return Err(Cause::Rank { expected, found });
    }
    check_same_rank(x, y)?;
    let lead = x.rank() - 2;
    let mut dims = Vec::with_capacity(x.rank());
    for axis in 0..lead {
        dims.push(agree(axis, &x.shape[axis], &y.shape[axis], needs)?);
    }
    let (left, right) = (&x.shape[lead + 1], &y.shape[lead]);
    equal(left, right, needs)
        .map_err(|NeverEqual| Cause::InnerDims { left: left.clone(), right: right.clone() })?;
    dims.extend([x.shape[lead].clone(), y.shape[lead + 1].clone()]);
    Ok(Type::new(x.dtype, dims.into_iter().collect()))
}

fn take(axis: usize, x: &Type, indices: &Type) -> Result<Type, Cause> {
    check_axis(axis, x)?;
    expect(indices.dtype.is_int(), "integer indices", indices.dtype)?;
    let dims = x.shape[..axis].iter().chain(indices.shape.iter()).chain(&x.shape[axis + 1..]);
    let shape: Shape = dims.cloned().collect();
    check_lengths(&shape)?;
    Ok(Type::new(x.dtype, shape))
}

fn take_along(
    axis: usize,
    x: &Type,
    indices: &Type,
    needs: &mut Requirements,
) -> Result<Type, Cause> {
    check_axis(axis, x)?;
    expect(indices.dtype.is_int(), "integer indices", indices.dtype)?;
    check_same_rank(x, indices)?;
    let mut dims = indices.shape.to_vec();
    for (i, dim) in dims.iter_mut().enumerate() {
        if i != axis {
            *dim = agree(i, &x.shape[i], dim, needs)?;
        }
    }
    Ok(Type::new(x.dtype, dims.into_iter().collect()))
}

/// The type of `x` with `updates` where elements of the type `part` are.
fn scatter(
    op: ScatterOp,
    x: &Type,
    updates: &Type,
    part: &Type,
    needs: &mut Requirements,
) -> Result<Type, Cause> {
    same_dtype(x, updates)?;
    expect(x.dtype != DType::Bool || op == ScatterOp::Set, "a number type", x.dtype)?;
    check_same_rank(part, updates)?;
    for (axis, (a, b)) in part.shape.iter().zip(updates.shape.iter()).enumerate() {
        agree(axis, a, b, needs)?;
    }
    Ok(x.clone())
}
