//! Sums and differences: a constant, and a coefficient for each term.
//!
//! Invariants: terms keep the user's order; a term only vanishes if it is finite, since what is
//! not finite would have been NaN.
//!
//! Not here: products (`product.rs`).

use super::{DEPTH, Kind, OPERANDS, binary, link, unary};
use crate::Mode;
use crate::language::{Head, Term};
use crate::space::{Space, filled};
use egg::Id;
use hypatia_ir::dtype::DType;
use hypatia_ir::eval::elementwise;
use hypatia_ir::op::{BinaryOp, UnaryOp};
use hypatia_ir::scalar::Scalar;
use smallvec::SmallVec;

/// A sum taken apart.
struct Sum {
    constant: Option<Scalar>,
    terms: Vec<(Id, Scalar)>,
    gain: bool,
}

/// The normal form of the sum in a class, if it gains anything.
pub(super) fn normal_form(space: &mut Space, class: Id, mode: Mode) -> Option<Id> {
    let ty = space[class].data.ty.clone()?;
    let mut sum = take_apart(space, class, ty.dtype)?;
    let vanishes = |(class, c): &(Id, Scalar)| {
        c.as_f64() == 0.0 && (mode == Mode::Fast || space[*class].data.facts.finite)
    };
    sum.gain |= sum.terms.iter().any(vanishes);
    let stuck = sum.terms.iter().any(|t| t.1.as_f64() == 0.0 && !vanishes(t));
    if !sum.gain || stuck {
        return None;
    }
    sum.terms.retain(|t| !vanishes(t));
    if sum.terms.is_empty() {
        let zero = Scalar::from_i64(ty.dtype, 0);
        return Some(filled(space, sum.constant.unwrap_or(zero), &ty.shape));
    }
    sum.put_together(space, ty.dtype)
}

fn take_apart(space: &Space, class: Id, dtype: DType) -> Option<Sum> {
    let one = Scalar::from_i64(dtype, 1);
    let mut sum =
        Parts { constants: Parcel::new(), some_constant: false, terms: Vec::new(), gain: false };
    let mut stack = vec![(class, 0usize, one)];
    while let Some((class, depth, c)) = stack.pop() {
        let class = space.find(class);
        if let Some(value) = space[class].data.facts.constant {
            let value = elementwise::binary(BinaryOp::Mul, c, value);
            sum.gain |= sum.some_constant;
            sum.some_constant = true;
            put(&mut sum.constants, value);
            continue;
        }
        let negated = elementwise::unary(UnaryOp::Neg, c);
        let term = if depth < DEPTH { link(space, class, Kind::Sum) } else { None };
        match term.as_ref().map(|t| (&t.head, t.operands())) {
            Some((Head::Binary(BinaryOp::Add), &[x, y])) => {
                stack.push((y, depth + 1, c));
                stack.push((x, depth + 1, c));
            }
            Some((Head::Binary(BinaryOp::Sub), &[x, y])) => {
                stack.push((y, depth + 1, negated));
                stack.push((x, depth + 1, c));
            }
            Some((Head::Unary(UnaryOp::Neg), &[x])) => stack.push((x, depth + 1, negated)),
            _ => {
                let (mut class, mut c) = (class, c);
                for _ in 0..DEPTH {
                    match scaled(space, class, c) {
                        Some(inner) => (class, c) = inner,
                        None => break,
                    }
                }
                sum.take_term(class, c)?;
            }
        }
    }
    let terms = sum.terms.into_iter().map(|(class, parcel)| (class, total(&parcel, dtype)));
    let constant = sum.some_constant.then(|| total(&sum.constants, dtype));
    Some(Sum { constant, terms: terms.collect(), gain: sum.gain })
}

/// Numbers that are added, without those that cancel another.
type Parcel = SmallVec<[Scalar; 2]>;

/// A sum that is being taken apart.
struct Parts {
    constants: Parcel,
    some_constant: bool,
    terms: Vec<(Id, Parcel)>,
    gain: bool,
}

/// Adds a number, or takes away the one that it cancels: added up with others in between, the two
/// would leave a rounding.
fn put(parcel: &mut Parcel, value: Scalar) {
    let opposite = elementwise::unary(UnaryOp::Neg, value);
    match parcel.iter().position(|v| *v == opposite) {
        Some(at) => {
            parcel.remove(at);
        }
        None => parcel.push(value),
    }
}

fn total(parcel: &Parcel, dtype: DType) -> Scalar {
    let add = |a: Scalar, b: &Scalar| elementwise::binary(BinaryOp::Add, a, *b);
    match parcel.split_first() {
        Some((first, rest)) => rest.iter().fold(*first, add),
        None => Scalar::from_i64(dtype, 0),
    }
}

impl Parts {
    fn take_term(&mut self, class: Id, c: Scalar) -> Option<()> {
        match self.terms.iter_mut().find(|t| t.0 == class) {
            Some(term) => {
                put(&mut term.1, c);
                self.gain = true;
            }
            None => self.terms.push((class, SmallVec::from_slice(&[c]))),
        }
        (self.terms.len() <= OPERANDS).then_some(())
    }
}

/// A class as a constant times another of its type, if it is.
fn scaled(space: &Space, class: Id, c: Scalar) -> Option<(Id, Scalar)> {
    let product = space[class].nodes.iter().find_map(|t| match (&t.head, t.operands()) {
        (Head::Binary(BinaryOp::Mul), &[x, y]) => {
            let value = |x: Id| space[x].data.facts.constant;
            value(x).map(|v| (y, v)).or_else(|| value(y).map(|v| (x, v)))
        }
        _ => None,
    });
    let (x, v) = product.filter(|&(x, _)| space[x].data.ty == space[class].data.ty)?;
    Some((space.find(x), elementwise::binary(BinaryOp::Mul, c, v)))
}

impl Sum {
    fn put_together(self, space: &mut Space, dtype: DType) -> Option<Id> {
        let one = Scalar::from_i64(dtype, 1);
        let mut whole: Option<Id> = None;
        // A first term without a sign saves a negation.
        let positive = self.terms.iter().position(|t| t.1.as_f64() > 0.0).unwrap_or(0);
        let first = self.terms.get(positive).copied();
        let rest = self.terms.iter().enumerate().filter(|(i, _)| *i != positive).map(|(_, t)| *t);
        for (class, c) in first.into_iter().chain(rest) {
            let below_zero = c.as_f64() < 0.0;
            let size = if below_zero { elementwise::unary(UnaryOp::Neg, c) } else { c };
            let term = if size == one {
                class
            } else {
                let factor = space.add(Term::new(Head::Const(size), []));
                binary(space, BinaryOp::Mul, factor, class)?
            };
            whole = Some(match (whole, below_zero) {
                (None, false) => term,
                (None, true) => unary(space, UnaryOp::Neg, term)?,
                (Some(sum), false) => binary(space, BinaryOp::Add, sum, term)?,
                (Some(sum), true) => binary(space, BinaryOp::Sub, sum, term)?,
            });
        }
        let constant = self.constant.filter(|c| c.as_f64() != 0.0);
        match (whole, constant) {
            (Some(sum), Some(value)) => {
                let value = space.add(Term::new(Head::Const(value), []));
                binary(space, BinaryOp::Add, sum, value)
            }
            (whole, _) => whole,
        }
    }
}
