//! Conditions of rules, on what is known of the holes.
//!
//! Invariants: a condition only ever becomes true as more is known.
//!
//! Not here: types, which every rule checks (`pattern.rs`).

use super::pattern::{Binding, axes_of, hole, letter};
use crate::language::{Attr, Head, Term};
use crate::space::Space;
use egg::Id;
use hypatia_ir::dim::Dim;
use hypatia_ir::dtype::DType;
use hypatia_ir::infer::Requirement;
use hypatia_ir::op::{Axes, BinaryOp, CompareOp, Op, UnaryOp};
use hypatia_ir::scalar::Scalar;
use hypatia_ir::shape::Shape;

/// A predicate with the holes it is about.
#[derive(Clone, Debug)]
pub(crate) struct Guard {
    /// As it is written.
    pub text: String,
    predicate: Predicate,
    /// The holes it is about.
    pub holes: Vec<usize>,
}

type Predicate = fn(&Space, &[Id]) -> bool;

/// Every predicate by name.
const PREDICATES: &[(&str, Predicate)] = &[
    ("finite", |s, x| s[x[0]].data.facts.finite),
    ("nonzero", |s, x| s[x[0]].data.facts.apart_from_zero()),
    ("nonzero_in_reals", |s, x| s[x[0]].data.facts.nonzero),
    ("underflows", |s, x| s[x[0]].data.facts.underflows()),
    ("nonnegative", |s, x| s[x[0]].data.facts.nonnegative()),
    // Shifted by its maximum along the axes, an operand has its peak at 0 there.
    ("loose", |s, x| {
        let peak = s[x[1]].data.facts.peak;
        let within = axes_of(s, x[0]).is_some_and(|axes| peak.union(axes) == axes);
        peak.is_empty() || !within || s[x[1]].data.facts.hi > 0.0
    }),
    ("reaches_zero", |s, x| s[x[0]].data.facts.hi >= 0.0),
    ("far_below", |s, x| s[x[0]].data.facts.lo < -1.0),
    ("above_one", |s, x| s[x[0]].data.facts.hi > 1.0),
    ("positive", |s, x| s[x[0]].data.facts.lo > 0.0),
    ("masked", |s, x| s[x[0]].data.facts.masked),
    ("whole", |s, x| s[x[0]].data.facts.whole),
    // A choice in the class is one between 0 and other values.
    ("may_vanish", |s, x| !s[x[0]].data.facts.nonzero && !has(s, x[0], &Head::Select)),
    ("unsigned", |s, x| !has(s, x[0], &Head::Unary(UnaryOp::Sign))),
    ("unscaled", |s, x| {
        let facts = &s[x[0]].data.facts;
        (facts.lo < -1.0 || facts.hi > 1.0) && !has(s, x[0], &Head::Binary(BinaryOp::Div))
    }),
    ("length", |s, x| count(s, x[1], x[2]).is_some_and(|n| is_length(s, x[0], &n))),
    ("share", |s, x| {
        let n = count(s, x[1], x[2]).and_then(|n| n.known());
        let share = s[x[0]].data.facts.constant;
        n.zip(share).is_some_and(|(n, c)| {
            let one = Scalar::from_f64(c.dtype(), 1.0 / n as f64);
            n > 0 && one == c
        })
    }),
    ("constant", |s, x| s[x[0]].data.facts.constant.is_some()),
    ("zero", |s, x| s[x[0]].data.facts.constant.is_some_and(|c| c.as_f64() == 0.0)),
    ("one", |s, x| s[x[0]].data.facts.constant.is_some_and(|c| c.as_f64() == 1.0)),
    ("scalar", |s, x| s[x[0]].data.ty.as_ref().is_some_and(|t| t.rank() == 0)),
    ("bool", |s, x| s[x[0]].data.ty.as_ref().is_some_and(|t| t.dtype == DType::Bool)),
    ("power_of_two", |s, x| {
        let value = s[x[0]].data.facts.constant.map_or(0.0, |c| c.as_f64());
        // Only the sign and the exponent are set: the reciprocal is exact.
        value.is_normal() && value.to_bits() & ((1 << 52) - 1) == 0
    }),
    ("flat", |s, x| axes_of(s, x[1]).is_some_and(|axes| is_flat(s, x[0], axes, x[2]))),
    ("flat_axis", |s, x| match s[x[1]].data.attr.as_deref() {
        Some(Attr::Axis(axis)) => is_flat(s, x[0], Axes::one(*axis), x[2]),
        _ => false,
    }),
    ("one_pick", |s, x| match (s[x[0]].data.attr.as_deref(), &s[x[1]].data.ty) {
        (Some(Attr::Axis(axis)), Some(ty)) => ty.shape.get(*axis).is_some_and(|d| d.is(1)),
        _ => false,
    }),
    // No element of the first is below one of the second.
    ("above", |s, x| s[x[0]].data.facts.lo >= s[x[1]].data.facts.hi),
    ("alike", |s, x| s[x[0]].data.ty == s[x[1]].data.ty),
    ("one_column", |s, x| is_flat_from_end(s, x[0], 1, x[1])),
    ("one_row", |s, x| is_flat_from_end(s, x[0], 2, x[1])),
    ("thin", |s, x| {
        s[x[0]].data.ty.as_ref().is_some_and(|t| t.shape.last().is_some_and(|d| d.is(1)))
    }),
    ("sequence", |s, x| is_sequence(s, x[0])),
    ("identity", |s, x| is_identity(s, x[0])),
    ("elements", |s, x| has_elements(s, x[0], x[1])),
    // An empty sum is 0, and stays so when it is multiplied by something finite.
    ("multiplier", |s, x| s[x[0]].data.facts.finite || has_elements(s, x[1], x[2])),
    // What is not 0 in exact arithmetic may be an empty sum itself.
    ("divisor", |s, x| s[x[0]].data.facts.apart_from_zero() || has_elements(s, x[1], x[2])),
    ("aligned", |s, x| is_aligned(s, x[0], x[1])),
    ("real", |s, x| s[x[0]].data.ty.as_ref().is_some_and(|t| t.dtype.is_float())),
    ("integer", |s, x| s[x[0]].data.ty.as_ref().is_some_and(|t| t.dtype.is_int())),
];

/// The conditions of users' rules: on one value each.
const OF_USERS: [&str; 9] = [
    "real",
    "integer",
    "bool",
    "finite",
    "nonzero",
    "nonnegative",
    "positive",
    "constant",
    "scalar",
];

impl Guard {
    /// Reads `predicate x …`, one letter for each hole.
    pub fn parse(text: &str) -> Option<Guard> {
        let mut words = text.split_whitespace();
        let name = words.next()?;
        let (_, predicate) = PREDICATES.iter().find(|(n, _)| *n == name)?;
        let holes = words.filter_map(|w| w.chars().next().map(hole)).collect();
        Some(Guard { text: text.to_string(), predicate: *predicate, holes })
    }

    /// A condition of a user's rule on the holes of these numbers; else what is wrong with it.
    pub fn of(name: &str, holes: &[u8]) -> Result<Guard, String> {
        let row = PREDICATES.iter().find(|(n, _)| *n == name);
        let Some((_, predicate)) = row.filter(|_| OF_USERS.contains(&name)) else {
            let all = OF_USERS.join("`, `");
            return Err(format!("there is no condition `{name}`; there are `{all}`"));
        };
        let &[hole] = holes else {
            return Err(format!("`{name}` is about one name, found {}", holes.len()));
        };
        let hole = usize::from(hole);
        let text = format!("{name} {}", letter(hole));
        Ok(Guard { text, predicate: *predicate, holes: vec![hole] })
    }

    /// The predicate's name, for people.
    pub fn word(&self) -> String {
        let name = self.text.split_whitespace().next().unwrap_or_default();
        name.replace('_', " ")
    }

    /// Whether it holds.
    pub fn holds(&self, space: &Space, binding: &Binding) -> bool {
        let ids: Option<Vec<Id>> = self.holes.iter().map(|&h| binding[h]).collect();
        ids.is_some_and(|ids| (self.predicate)(space, &ids))
    }
}

/// Whether a class has a term with this head.
fn has(space: &Space, class: Id, head: &Head) -> bool {
    space[class].data.ops & (1 << head.bit()) != 0
}

/// How many elements a sum over axes adds up.
fn count(space: &Space, axes: Id, x: Id) -> Option<Dim> {
    let (axes, ty) = (axes_of(space, axes)?, space[x].data.ty.as_ref()?);
    axes.iter().try_fold(Dim::Known(1), |n, a| Some(&n * ty.shape.get(a)?))
}

/// Whether a class is a dim as a number.
fn is_length(space: &Space, class: Id, dim: &Dim) -> bool {
    if let (Some(n), Some(value)) = (dim.known(), space[class].data.facts.constant) {
        return value.as_f64() == n as f64;
    }
    let is = |t: &Term| matches!(&t.head, Head::Leaf(op) if **op == Op::Dim(dim.clone()));
    let cast = |t: &Term| {
        t.head == Head::Cast && t.operands().iter().any(|&y| space[y].nodes.iter().any(is))
    };
    space[class].nodes.iter().any(|t| is(t) || cast(t))
}

/// Whether `c`, broadcast against `x`, is the same along these axes of `x` because it has length
/// 1 there, or no such axis.
fn is_flat(space: &Space, c: Id, axes: Axes, x: Id) -> bool {
    let (Some(c), Some(x)) = (&space[c].data.ty, &space[x].data.ty) else { return false };
    let Some(lead) = x.rank().checked_sub(c.rank()) else { return false };
    axes.iter().all(|a| a.checked_sub(lead).is_none_or(|a| c.shape[a].is(1)))
}

/// The same for one axis, counted from the end.
fn is_flat_from_end(space: &Space, c: Id, back: usize, x: Id) -> bool {
    let rank = space[x].data.ty.as_ref().map_or(0, |t| t.rank());
    rank.checked_sub(back).is_some_and(|axis| is_flat(space, c, Axes::one(axis), x))
}

/// Whether a class is the numbers from 0 on, in a type that they do not leave.
fn is_sequence(space: &Space, class: Id) -> bool {
    let counts = |op: &Op| matches!(op, Op::Iota(_, DType::I32 | DType::I64));
    let is = |t: &Term| matches!(&t.head, Head::Leaf(op) if counts(op));
    space[class].nodes.iter().any(is)
}

/// Whether a class is a square matrix of ones on the diagonal and zeros: a mask that compares the
/// numbers of columns with those of rows.
fn is_identity(space: &Space, class: Id) -> bool {
    let Some(ty) = &space[class].data.ty else { return false };
    let square = ty.rank() == 2 && ty.shape[0] == ty.shape[1];
    let number = |x: Id| space[x].data.facts.constant.map(|c| c.as_f64());
    let mask = |t: &Term| match (&t.head, t.operands()) {
        (Head::Cast, &[mask]) => Some(mask),
        (Head::Select, &[mask, x, y]) => {
            (number(x) == Some(1.0) && number(y) == Some(0.0)).then_some(mask)
        }
        _ => None,
    };
    let rows = |x: Id| {
        let of_rows = |t: &Term| match (&t.head, t.operands()) {
            (Head::Reshape, &[x]) => is_sequence(space, x),
            _ => false,
        };
        let shape = space[x].data.ty.as_ref().map(|t| &t.shape);
        shape.is_some_and(|s| s.rank() == 2 && s[1].is(1)) && space[x].nodes.iter().any(of_rows)
    };
    let compares = |t: &Term| match (&t.head, t.operands()) {
        (Head::Compare(CompareOp::Eq), &[x, y]) => {
            is_sequence(space, x) && rows(y) || is_sequence(space, y) && rows(x)
        }
        _ => false,
    };
    let masks = |t: &Term| mask(t).is_some_and(|m| space[m].nodes.iter().any(compares));
    square && space[class].nodes.iter().any(masks)
}

/// Whether there is surely an element along every one of the axes.
fn has_elements(space: &Space, axes: Id, x: Id) -> bool {
    let (Some(axes), Some(ty)) = (axes_of(space, axes), &space[x].data.ty) else { return false };
    axes.iter().all(|a| {
        let dim = &ty.shape[a];
        let required = || space.analysis.known.contains(&Requirement::AtLeast(dim.clone(), 1));
        dim.known().map_or_else(required, |n| n > 0)
    })
}

/// Whether a reshape to `shape` only adds or drops leading axes of length 1.
pub(crate) fn is_aligned(space: &Space, shape: Id, x: Id) -> bool {
    let Some(ty) = &space[x].data.ty else { return false };
    match space[shape].data.attr.as_deref() {
        Some(Attr::Shape(to)) => trimmed(to) == trimmed(&ty.shape),
        _ => false,
    }
}

/// The lengths after leading ones.
fn trimmed(shape: &Shape) -> &[Dim] {
    let ones = shape.iter().take_while(|d| d.is(1)).count();
    &shape[ones..]
}
