//! Sums of products over named axes.
//!
//! Invariants: NumPy's syntax and meaning; each contraction of two tensors is one matrix product,
//! or elementwise; the order depends on labels and lengths alone.
//!
//! Not here: products of matrices (`product.rs`).

mod contract;
mod fault;
mod parse;
mod path;

pub use fault::SubscriptFault;

use crate::dim::Dim;
use crate::dtype::DType;
use crate::error::Cause;
use crate::expr::Expr;
use crate::op::Axes;
use crate::shape::Type;
use crate::span::Span;
use crate::structure::{axes_of, axis_of, build_from};
use contract::{Term, contract};
use parse::{Label, Subscripts, parse};
use path::{Labels, path};
use std::collections::BTreeMap;

/// The length that orders of contraction are chosen by where it is only a name.
const SYMBOLIC: f64 = 1024.0;

/// The sum of products that `subscripts` names, as NumPy's `einsum`: labels that the output does
/// not have are summed over, a label twice in an operand is its diagonal, `...` stands for axes
/// that broadcast. Axes of length 1 broadcast.
///
/// ```
/// # use hypatia_ir::{compose::einsum, expr::tensor};
/// let (q, k) = (tensor::<f32>("q", ("b", "t", 8)), tensor::<f32>("k", ("b", "s", 8)));
/// let scores = einsum("btd,bsd->bts", &[q, k]);
/// assert_eq!(scores.ty().unwrap().to_string(), "f32[b, t, s]");
/// ```
#[track_caller]
pub fn einsum(subscripts: &str, operands: &[Expr]) -> Expr {
    let all: Vec<&Expr> = operands.iter().collect();
    Span::caller().on_behalf_of(|| {
        if all.is_empty() {
            let subscripts = subscripts.to_string();
            let fault = SubscriptFault::Operands { expected: 1, found: 0 };
            return Expr::invalid("einsum", Cause::Subscripts { subscripts, fault }, Vec::new());
        }
        build_from("einsum", &all, |types| {
            let faulty = |fault| Cause::Subscripts { subscripts: subscripts.into(), fault };
            let ranks: Vec<usize> = types.iter().map(|ty| ty.rank()).collect();
            let labels = parse(subscripts, &ranks).map_err(faulty)?;
            let lengths = lengths(&labels.operands, types).map_err(faulty)?;
            let dtype = common(types)?;
            let terms = labels.operands.iter().zip(operands).zip(types);
            let terms = terms.map(|((labels, x), ty)| term(&x.cast(dtype), labels, ty, &lengths));
            Ok(sum_of_products(terms.collect(), &labels, &lengths))
        })
    })
}

/// The type that holds all operands.
fn common(types: &[&Type]) -> Result<DType, Cause> {
    let mut dtype = types.first().map_or(DType::Bool, |ty| ty.dtype);
    for ty in types {
        let mixed = Cause::Mixed { left: dtype, right: ty.dtype };
        dtype = dtype.promote(ty.dtype).ok_or(mixed)?;
    }
    match dtype {
        DType::Bool => Err(Cause::DType { expected: "a number type", found: dtype }),
        _ => Ok(dtype),
    }
}

/// The length of each label: of lengths that may be equal the known one, else the first.
fn lengths(
    operands: &[Vec<Label>],
    types: &[&Type],
) -> Result<BTreeMap<Label, Dim>, SubscriptFault> {
    let mut lengths: BTreeMap<Label, Dim> = BTreeMap::new();
    for (labels, ty) in operands.iter().zip(types) {
        let mut own: BTreeMap<Label, &Dim> = BTreeMap::new();
        for (&label, length) in labels.iter().zip(ty.shape.iter()) {
            let fault = |left: &Dim| SubscriptFault::Lengths {
                label: label.shown(),
                left: left.clone(),
                right: length.clone(),
            };
            // Along a diagonal nothing broadcasts.
            if let Some(other) = own.insert(label, length)
                && other.solve(length).is_err()
            {
                return Err(fault(other));
            }
            let known = lengths.entry(label).or_insert_with(|| length.clone());
            if known.is(1) {
                *known = length.clone();
            } else if !length.is(1) {
                known.solve(length).map_err(|_| fault(known))?;
                if length.known().is_some() {
                    *known = length.clone();
                }
            }
        }
    }
    Ok(lengths)
}

/// An operand with distinct labels, without the axes that broadcast.
fn term(x: &Expr, labels: &[Label], ty: &Type, lengths: &BTreeMap<Label, Dim>) -> Term {
    let broadcast = |&i: &usize| ty.shape[i].is(1) && lengths.get(&labels[i]) != Some(&ty.shape[i]);
    let dropped: Axes = (0..labels.len()).filter(broadcast).collect();
    let kept = (0..labels.len()).filter(|&i| !dropped.contains(i));
    Term::new(x.without(dropped), kept.map(|i| labels[i]).collect())
}

fn sum_of_products(
    mut terms: Vec<Term>,
    labels: &Subscripts,
    lengths: &BTreeMap<Label, Dim>,
) -> Expr {
    let output: Labels = labels.output.iter().copied().collect();
    let sets: Vec<Labels> = terms.iter().map(|t| t.labels.iter().copied().collect()).collect();
    let sizes = lengths.iter().map(|(&l, n)| (l, n.known().map_or(SYMBOLIC, |n| n as f64)));
    for (i, j) in path(&sets, &output, &sizes.collect()) {
        let (b, a) = (terms.remove(j), terms.remove(i));
        let needed = |l| output.contains(&l) || terms.iter().any(|t| t.labels.contains(&l));
        let product = contract(&a, &b, needed);
        terms.push(product);
    }
    let last = terms.pop().map(|term| term.keeping(|l| output.contains(&l)));
    last.map_or_else(|| Expr::constant(1.0), |term| term.ordered(&labels.output))
}

/// Which axes of two tensors a [`Expr::tensordot`] contracts.
pub trait IntoPairs {
    /// Axes of the left and of the right tensor, paired in order, for these ranks.
    fn into_pairs(self, left: usize, right: usize) -> Result<(Vec<usize>, Vec<usize>), Cause>;
}

impl IntoPairs for i64 {
    /// So many of the last axes of the left tensor with the first of the right one.
    fn into_pairs(self, left: usize, right: usize) -> Result<(Vec<usize>, Vec<usize>), Cause> {
        match usize::try_from(self) {
            Ok(n) if n <= left.min(right) => Ok(((left - n..left).collect(), (0..n).collect())),
            _ => {
                let expected = "a number of axes that both tensors have";
                Err(Cause::Setting { name: "axes", expected, found: self.to_string() })
            }
        }
    }
}

impl<const N: usize, const M: usize> IntoPairs for ([i64; N], [i64; M]) {
    fn into_pairs(self, left: usize, right: usize) -> Result<(Vec<usize>, Vec<usize>), Cause> {
        (&self.0[..], &self.1[..]).into_pairs(left, right)
    }
}

impl IntoPairs for (&[i64], &[i64]) {
    fn into_pairs(self, left: usize, right: usize) -> Result<(Vec<usize>, Vec<usize>), Cause> {
        let found = format!("{:?} with {:?}", self.0, self.1);
        if self.0.len() != self.1.len() {
            let expected = "as many axes of one tensor as of the other";
            return Err(Cause::Setting { name: "axes", expected, found });
        }
        let checked = |axes: &[i64], rank| {
            axes_of(axes, rank)?;
            axes.iter().map(|&a| axis_of(a, rank)).collect::<Result<Vec<usize>, Cause>>()
        };
        Ok((checked(self.0, left)?, checked(self.1, right)?))
    }
}

impl Expr {
    /// The sum of products over pairs of axes: the other axes of `self`, then those of `right`.
    /// `axes` is a number (the last axes of `self` with the first of `right`), or two lists.
    #[track_caller]
    pub fn tensordot(&self, right: impl Into<Expr>, axes: impl IntoPairs) -> Expr {
        let right = right.into();
        Span::caller().on_behalf_of(|| {
            build_from("tensordot", &[self, &right], |types| {
                let (rank, more) = (types[0].rank(), types[1].rank());
                let (left_axes, right_axes) = axes.into_pairs(rank, more)?;
                for (&a, &b) in left_axes.iter().zip(&right_axes) {
                    let (left, right) = (&types[0].shape[a], &types[1].shape[b]);
                    if left.solve(right).is_err() {
                        let (left, right) = (left.clone(), right.clone());
                        return Err(Cause::InnerDims { left, right });
                    }
                }
                let dtype = common(types)?;
                let paired = |b: usize| right_axes.iter().position(|&r| r == b);
                let left: Vec<Label> = (0..rank).map(Label::Ellipsis).collect();
                let other = (0..more).map(|b| paired(b).map_or(rank + b, |i| left_axes[i]));
                let other: Vec<Label> = other.map(Label::Ellipsis).collect();
                let kept = |l| !(left.contains(&l) && other.contains(&l));
                let (a, b) = (self.cast(dtype), right.cast(dtype));
                let a = Term::new(a, left.clone());
                Ok(contract(&a, &Term::new(b, other.clone()), kept).expr)
            })
        })
    }
}

/// `out[…, o] = Σ x[…, i]·weight[o, i, j]·y[…, j]`.
#[track_caller]
pub fn bilinear(x: impl Into<Expr>, weight: impl Into<Expr>, y: impl Into<Expr>) -> Expr {
    let operands = [x.into(), weight.into(), y.into()];
    Span::caller().on_behalf_of(|| einsum("...i,oij,...j->...o", &operands))
}
