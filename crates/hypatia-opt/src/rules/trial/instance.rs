//! Instances of left sides: every way to put types, attributes and constants into holes.
//!
//! Invariants: every instance has a type; depends on the rule alone.
//!
//! Not here: what the instances are worth (`values.rs`), what is checked of them (`mod.rs`).

use super::super::Rule;
use super::super::pattern::{HOLES, Pattern};
use crate::language::{Attr, Head};
use crate::space::{Rules, typed};
use hypatia_ir::dim::Dim;
use hypatia_ir::dtype::DType;
use hypatia_ir::op::{Axes, PadAxis, SliceAxis};
use hypatia_ir::scalar::Scalar;
use hypatia_ir::shape::{Shape, Type};

/// Shapes of operands.
const SHAPES: &[&[usize]] =
    &[&[], &[1], &[3], &[2, 3], &[3, 2], &[1, 3], &[2, 1], &[0, 3], &[2, 2], &[2, 1, 3]];

/// Further shapes that views lead to.
const VIEWED: &[&[usize]] = &[&[6], &[1, 1, 3], &[2, 2, 3], &[2, 3, 1], &[0]];

const PERMS: &[&[usize]] = &[&[], &[0], &[0, 1], &[1, 0]];

/// Constants: powers of two, others, those next to the ends of the range.
const NUMBERS: &[f64] = &[2.0, -0.25, 3.0, -7.0, 0.0, 1e-5, 1e300, 0.5];

/// Guards that only hold of numbers that are known.
const FIXING: &[&str] = &["constant", "power_of_two", "length", "share", "whole"];

/// Guards that are about one number, and it.
const NUMBERED: &[(&str, f64)] = &[("zero", 0.0), ("one", 1.0)];

/// What a hole stands for.
#[derive(Clone, Debug)]
pub(in crate::rules) enum Filling {
    Operand(Type),
    Constant(Scalar, Shape),
    /// The numbers from 0 on.
    Sequence(usize, DType),
    /// The identity matrix of so many rows.
    Identity(usize, DType),
    Attr(Attr),
}

impl Filling {
    /// The type; `None` for attributes.
    fn ty(&self) -> Option<Type> {
        match self {
            Filling::Operand(ty) => Some(ty.clone()),
            Filling::Constant(value, shape) => Some(Type::new(value.dtype(), shape.clone())),
            Filling::Sequence(n, dtype) => Some(Type::new(*dtype, Shape::from(&[*n][..]))),
            Filling::Identity(n, dtype) => Some(Type::new(*dtype, Shape::from(&[*n, *n][..]))),
            Filling::Attr(_) => None,
        }
    }
}

/// What is expected where a hole is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Place {
    Value,
    Mask,
    Index,
    Attr(Head),
}

impl Place {
    /// The place of a child of a head that is itself in a place.
    pub fn of_child(&self, head: &Head, at: usize) -> Place {
        match (head, at) {
            (head, 0) if head.has_attribute() => Place::Attr(head.clone()),
            (Head::Select, 0) => Place::Mask,
            (Head::Take | Head::TakeAlong, 2) => Place::Index,
            (Head::Scatter(_) | Head::ScatterAlong(_), 2) => Place::Index,
            (Head::Unary(_) | Head::Binary(_) | Head::Select, _) => self.clone(),
            _ => Place::Value,
        }
    }

    /// The dtype of what is here, if values have this one.
    pub fn dtype(&self, dtype: DType) -> DType {
        match self {
            Place::Value | Place::Attr(_) => dtype,
            Place::Mask => DType::Bool,
            Place::Index => DType::I64,
        }
    }
}

/// The holes of a pattern with their places, each once.
fn holes(pattern: &Pattern, place: &Place, found: &mut Vec<(usize, Place)>) {
    match pattern {
        Pattern::Number(_) => {}
        Pattern::Hole(hole) => {
            let hole = usize::from(*hole);
            if found.iter().all(|(h, _)| *h != hole) {
                found.push((hole, place.clone()));
            }
        }
        Pattern::Term(head, children) => {
            for (at, child) in children.iter().enumerate() {
                holes(child, &place.of_child(head, at), found);
            }
        }
    }
}

fn attributes(head: &Head) -> Vec<Attr> {
    let axes = [Axes::NONE, Axes::one(0), Axes::one(1), Axes::one(2), Axes::all(2)];
    let shapes = SHAPES.iter().chain(VIEWED).map(|&s| Attr::Shape(Shape::from(s)));
    match head {
        Head::Cast => DType::ALL.into_iter().map(Attr::DType).collect(),
        Head::Reshape | Head::Broadcast => shapes.collect(),
        Head::Transpose => PERMS.iter().map(|p| Attr::Perm(p.to_vec())).collect(),
        Head::Take
        | Head::TakeAlong
        | Head::Scatter(_)
        | Head::ScatterAlong(_)
        | Head::Concat
        | Head::ArgReduce(_) => [0, 1].into_iter().map(Attr::Axis).collect(),
        Head::Slice => slices(),
        Head::Pad => pads(),
        _ => axes.into_iter().map(Attr::Axes).collect(),
    }
}

/// Start, length and step of a part of an axis of some length.
type Way = fn(usize) -> (usize, usize, i64);

/// For each shape, all of it, all backwards, and less of it.
fn slices() -> Vec<Attr> {
    let part = |start: usize, len: usize, step: i64| SliceAxis {
        start: Dim::from(start),
        len: Dim::from(len),
        step,
    };
    let ways: [Way; 3] =
        [|n| (0, n, 1), |n| (n.saturating_sub(1), n, -1), |n| (n.min(1), n.saturating_sub(1), 1)];
    let one = |shape: &[usize], way: Way| {
        let axis = |&n: &usize| {
            let (start, len, step) = way(n);
            part(start, len, step)
        };
        Attr::Slice(shape.iter().map(axis).collect())
    };
    SHAPES.iter().flat_map(|s| ways.map(|way| one(s, way))).collect()
}

/// For vectors and matrices: nothing added, something around, gaps.
fn pads() -> Vec<Attr> {
    let ways = [(0, 0, 0), (1, 2, 0), (1, 0, 1)];
    let axis = |(low, high, interior): (i64, i64, usize)| PadAxis {
        low: Dim::Known(low),
        high: Dim::Known(high),
        interior,
    };
    let of_rank = |rank| ways.map(|way| Attr::Pad(vec![axis(way); rank]));
    [1, 2].into_iter().flat_map(of_rank).collect()
}

/// All fillings of a hole of a rule.
fn fillings(rule: &Rule, hole: usize, place: &Place, dtype: DType) -> Vec<Filling> {
    let guarded = |names: &[&str]| {
        let named = |text: &str| names.iter().any(|&n| text.split(' ').next() == Some(n));
        rule.guards.iter().any(|g| named(&g.text) && g.holes.first() == Some(&hole))
    };
    let place = match (guarded(&["bool"]), guarded(&["integer", "sequence"])) {
        (true, _) => &Place::Mask,
        (_, true) => &Place::Index,
        _ => place,
    };
    let shapes = || SHAPES.iter().map(|&s| Shape::from(s));
    let dtype = place.dtype(dtype);
    let constants = |numbers: &[f64], shapes: Vec<Shape>| {
        let all = numbers.iter().map(|&n| Scalar::from_f64(dtype, n));
        all.flat_map(|n| shapes.iter().map(move |s| Filling::Constant(n, s.clone()))).collect()
    };
    if let Some((_, number)) = NUMBERED.iter().find(|(name, _)| guarded(&[*name])) {
        return constants(&[*number], shapes().collect());
    }
    match place {
        Place::Attr(head) => attributes(head).into_iter().map(Filling::Attr).collect(),
        _ if guarded(FIXING) => constants(NUMBERS, shapes().take(3).collect()),
        _ if guarded(&["sequence"]) => (0..4).map(|n| Filling::Sequence(n, dtype)).collect(),
        _ if guarded(&["identity"]) => (0..4).map(|n| Filling::Identity(n, dtype)).collect(),
        _ => shapes().map(|s| Filling::Operand(Type::new(dtype, s))).collect(),
    }
}

/// What each hole stands for.
pub(super) type Instance = Vec<Option<Filling>>;

/// Every instance of the left side with values of a dtype that has a type.
pub(super) fn instances(rule: &Rule, dtype: DType) -> Vec<Instance> {
    let mut found = Vec::new();
    holes(&rule.left, &Place::Value, &mut found);
    let mut instances: Vec<Instance> = vec![vec![None; HOLES]];
    for (hole, place) in found {
        let fillings = fillings(rule, hole, &place, dtype);
        let with = |instance: Instance| {
            let fill = move |filling: &Filling| {
                let mut instance = instance.clone();
                instance[hole] = Some(filling.clone());
                instance
            };
            fillings.iter().map(fill).collect::<Vec<_>>()
        };
        instances = instances.into_iter().flat_map(with).collect();
    }
    let rules = Rules::default();
    instances.retain(|i| ty(&rules, &rule.left, i, &Place::Value, dtype).is_some());
    instances
}

/// The type of a pattern under an instance.
fn ty(
    rules: &Rules,
    pattern: &Pattern,
    instance: &Instance,
    place: &Place,
    dtype: DType,
) -> Option<Type> {
    match pattern {
        Pattern::Hole(hole) => instance[usize::from(*hole)].as_ref()?.ty(),
        Pattern::Number(_) => Some(Type::scalar(place.dtype(dtype))),
        Pattern::Term(head, children) => {
            let attr = match (head.has_attribute(), children.first()) {
                (true, Some(Pattern::Hole(hole))) => match &instance[usize::from(*hole)] {
                    Some(Filling::Attr(attr)) => Some(attr),
                    _ => return None,
                },
                _ => None,
            };
            let operands = children.iter().enumerate().skip(usize::from(attr.is_some()));
            let types: Vec<Type> = operands
                .map(|(at, c)| ty(rules, c, instance, &place.of_child(head, at), dtype))
                .collect::<Option<_>>()?;
            let types: Vec<&Type> = types.iter().collect();
            let within = match (attr, types.first()) {
                (Some(Attr::Axes(axes)), Some(x)) => axes.iter().all(|a| a < x.rank()),
                _ => true,
            };
            let mut needs = Vec::new();
            let found = if within { typed(rules, head, attr, &types, &mut needs) } else { None };
            found.filter(|_| needs.is_empty())
        }
    }
}
