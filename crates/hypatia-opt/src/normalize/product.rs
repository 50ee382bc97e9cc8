//! Products and quotients: a coefficient, and how often each factor occurs above and below.
//!
//! Invariants: a factor only cancels if it is not 0 in exact arithmetic; what remains is finite
//! wherever the original was.
//!
//! Not here: sums (`sum.rs`).

use super::{DEPTH, Kind, OPERANDS, binary, link, unary};
use crate::Mode;
use crate::cost::{elements, value};
use crate::language::{Head, Term};
use crate::rules::is_aligned;
use crate::space::{Space, add};
use egg::Id;
use hypatia_ir::dtype::DType;
use hypatia_ir::eval::elementwise;
use hypatia_ir::op::{BinaryOp, ReduceOp, UnaryOp};
use hypatia_ir::scalar::Scalar;

/// The highest power of a factor that is rebuilt.
const POWER: u32 = 4;

/// The length that the order of factors assumes for symbolic dims.
const HINT: i64 = 64;

/// A factor with how often it occurs.
struct Factor {
    class: Id,
    above: u32,
    below: u32,
    /// How many divisions by it there are.
    divisions: u32,
}

/// A product taken apart.
struct Product {
    coefficient: Scalar,
    constants: usize,
    factors: Vec<Factor>,
    /// How many quotients by something that is no constant are to be kept apart.
    quotients: usize,
    /// Whether anything is gained by putting it together anew.
    gain: bool,
}

impl Factor {
    /// Whether it was both above and below and could not be cancelled, or was divided by more than
    /// once: put together, it would be squared, which may overflow where quotients do not.
    fn is_tangled(&self) -> bool {
        self.above > 0 && self.below > 0 || self.below > 1 && self.divisions > 1
    }
}

/// The normal form of the product in a class, if it gains anything.
pub(super) fn normal_form(space: &mut Space, class: Id, mode: Mode) -> Option<Id> {
    let dtype = space[class].data.ty.as_ref()?.dtype;
    let mut product = take_apart(space, class, dtype)?;
    if mode == Mode::Fast {
        product.quotients = 0;
    }
    if !product.cancel(space, mode) {
        return None;
    }
    product.name_softmax(space);
    product.gain |= product.constants > 1 || product.mixes_sizes(space);
    let tangled = mode != Mode::Fast && product.factors.iter().any(Factor::is_tangled);
    if !product.gain || tangled {
        return None;
    }
    product.put_together(space, dtype)
}

fn take_apart(space: &Space, class: Id, dtype: DType) -> Option<Product> {
    let one = Scalar::from_i64(dtype, 1);
    let mut product =
        Product { coefficient: one, constants: 0, factors: Vec::new(), quotients: 0, gain: false };
    // Class, depth, power, whether below.
    let mut stack = vec![(class, 0usize, 1u32, false)];
    while let Some((class, depth, power, below)) = stack.pop() {
        let class = space.find(class);
        if let Some(value) = space[class].data.facts.constant {
            product.take_constant(value, power, below)?;
            continue;
        }
        let term = if depth < DEPTH { link(space, class, Kind::Product) } else { None };
        match term.as_ref().map(|t| (&t.head, t.operands())) {
            Some((Head::Binary(BinaryOp::Mul), &[x, y])) => {
                stack.push((y, depth + 1, power, below));
                stack.push((x, depth + 1, power, below));
            }
            Some((Head::Binary(BinaryOp::Div), &[x, y])) => {
                product.quotients += usize::from(space[y].data.facts.constant.is_none());
                stack.push((y, depth + 1, power, !below));
                stack.push((x, depth + 1, power, below));
            }
            Some((Head::Unary(UnaryOp::Sqr), &[x])) if power * 2 <= POWER => {
                stack.push((x, depth + 1, power * 2, below));
            }
            Some((Head::Unary(UnaryOp::Neg), &[x])) => {
                if power % 2 == 1 {
                    product.coefficient = elementwise::unary(UnaryOp::Neg, product.coefficient);
                }
                stack.push((x, depth + 1, power, below));
            }
            _ => product.take_factor(class, power, below)?,
        }
    }
    Some(product)
}

impl Product {
    fn take_constant(&mut self, value: Scalar, power: u32, below: bool) -> Option<()> {
        let v = value.as_f64();
        if !v.is_finite() || v == 0.0 {
            return None;
        }
        self.constants += 1;
        let op = if below { BinaryOp::Div } else { BinaryOp::Mul };
        for _ in 0..power {
            self.coefficient = elementwise::binary(op, self.coefficient, value);
        }
        // A coefficient that overflows or vanishes would not be what the user computes.
        self.coefficient.as_f64().is_normal().then_some(())
    }

    fn take_factor(&mut self, class: Id, power: u32, below: bool) -> Option<()> {
        let at = match self.factors.iter().position(|f| f.class == class) {
            Some(at) => {
                self.gain |= self.factors[at].above > 0 || below;
                at
            }
            None => {
                self.factors.push(Factor { class, above: 0, below: 0, divisions: 0 });
                self.factors.len() - 1
            }
        };
        self.factors[at].divisions += u32::from(below);
        let count = if below { &mut self.factors[at].below } else { &mut self.factors[at].above };
        *count += power;
        (*count <= POWER && self.factors.len() <= OPERANDS).then_some(())
    }

    /// Removes what is both above and below; whether nothing of the kind is left, which would have
    /// to be multiplied with itself before it is divided by itself.
    fn cancel(&mut self, space: &Space, mode: Mode) -> bool {
        for factor in &mut self.factors {
            if mode == Mode::Fast || space[factor.class].data.facts.nonzero {
                let both = factor.above.min(factor.below);
                factor.above -= both;
                factor.below -= both;
                self.gain |= both > 0;
            }
        }
        self.factors.retain(|f| f.above + f.below > 0);
        self.factors.iter().all(|f| f.above == 0 || f.below == 0)
    }

    /// `exp x` above and the sum of it below are a softmax, whatever lies between.
    fn name_softmax(&mut self, space: &mut Space) {
        for at in 0..self.factors.len() {
            if self.factors[at].above == 0 {
                continue;
            }
            let e = self.factors[at].class;
            let below =
                self.factors.iter().position(|f| f.below > 0 && sums(space, f.class, e).is_some());
            let (Some(other), Some(x)) = (below, exponent(space, e)) else { continue };
            let Some(axes) = sums(space, self.factors[other].class, e) else { continue };
            self.factors[at].above -= 1;
            self.factors[other].below -= 1;
            let softmax = add(space, Term::new(Head::Softmax, [axes, x]));
            self.factors.push(Factor { class: softmax, above: 1, below: 0, divisions: 0 });
            self.gain = true;
        }
        self.factors.retain(|f| f.above + f.below > 0);
    }

    /// Whether small factors would come together that did not.
    fn mixes_sizes(&self, space: &Space) -> bool {
        let sizes = self.factors.iter().map(|f| size(space, f.class));
        let (least, most) = sizes.fold((f64::INFINITY, 0.0f64), |(a, b), s| (a.min(s), b.max(s)));
        self.factors.len() > 2 && least < most
    }

    /// Coefficient and small factors first; then a quotient of what is above and below. A quotient
    /// of small ones is taken before large ones are multiplied with it.
    fn put_together(mut self, space: &mut Space, dtype: DType) -> Option<Id> {
        self.factors.sort_by(|a, b| size(space, a.class).total_cmp(&size(space, b.class)));
        let large = self.large(space);
        let is_one = self.coefficient == Scalar::from_i64(dtype, 1);
        let minus_one = self.coefficient == Scalar::from_i64(dtype, -1);
        let coefficient = space.add(Term::new(Head::Const(self.coefficient), []));
        let mut above = (!is_one && !minus_one).then_some(coefficient);
        let mut below: Vec<Id> = Vec::new();
        for (at, factor) in self.factors.iter().enumerate() {
            if Some(at) == large {
                above = Some(self.divided(space, above?, &std::mem::take(&mut below))?);
            }
            if factor.above > 0 {
                let power = power(space, factor.class, factor.above)?;
                above = Some(match above {
                    Some(product) => binary(space, BinaryOp::Mul, product, power)?,
                    None => power,
                });
            }
            if factor.below > 0 {
                below.push(power(space, factor.class, factor.below)?);
            }
        }
        let one = Term::new(Head::Const(Scalar::from_i64(dtype, 1)), []);
        let above = above.unwrap_or_else(|| space.add(one));
        let whole = self.divided(space, above, &below)?;
        if minus_one { unary(space, UnaryOp::Neg, whole) } else { Some(whole) }
    }

    /// A quotient: by the product of the divisors, or by one after the other if they were not in one
    /// divisor before: their product may overflow.
    fn divided(&self, space: &mut Space, above: Id, below: &[Id]) -> Option<Id> {
        let Some((&first, rest)) = below.split_first() else { return Some(above) };
        if self.quotients > 1 {
            let mut all = below.iter();
            return all.try_fold(above, |x, &y| binary(space, BinaryOp::Div, x, y));
        }
        let divisor = rest.iter().try_fold(first, |x, &y| binary(space, BinaryOp::Mul, x, y))?;
        binary(space, BinaryOp::Div, above, divisor)
    }
}

impl Product {
    /// The first of the largest factors, in the order of sizes, if a quotient comes before it: all
    /// that are as large are above, and of the smaller ones something is above and below, so that
    /// no reciprocal is rounded that was not there.
    fn large(&self, space: &Space) -> Option<usize> {
        let sizes: Vec<f64> = self.factors.iter().map(|f| size(space, f.class)).collect();
        let most = *sizes.last()?;
        let at = sizes.iter().position(|&s| s == most)?;
        let (small, large) = self.factors.split_at(at);
        let plain = self.coefficient.as_f64().abs() == 1.0;
        let above = !plain || small.iter().any(|f| f.above > 0);
        let fits = above
            && joint(space, small) < most
            && small.iter().any(|f| f.below > 0)
            && large.iter().all(|f| f.below == 0);
        fits.then_some(at)
    }
}

fn power(space: &mut Space, x: Id, count: u32) -> Option<Id> {
    Some(match count {
        1 => x,
        2 => unary(space, UnaryOp::Sqr, x)?,
        3 => {
            let square = unary(space, UnaryOp::Sqr, x)?;
            binary(space, BinaryOp::Mul, x, square)?
        }
        _ => {
            let square = unary(space, UnaryOp::Sqr, x)?;
            unary(space, UnaryOp::Sqr, square)?
        }
    })
}

/// The number of elements, for the order of factors.
fn size(space: &Space, class: Id) -> f64 {
    space[class].data.ty.as_ref().map_or(0.0, |ty| elements(ty, HINT))
}

/// The number of elements of a product of factors, which broadcast.
fn joint(space: &Space, factors: &[Factor]) -> f64 {
    let mut lengths: Vec<f64> = Vec::new();
    for ty in factors.iter().filter_map(|f| space[f.class].data.ty.as_ref()) {
        lengths.resize(lengths.len().max(ty.rank()), 1.0);
        for (length, dim) in lengths.iter_mut().zip(ty.shape.iter().rev()) {
            *length = length.max(value(dim, HINT));
        }
    }
    lengths.iter().product()
}

/// What a class is the exponential of.
fn exponent(space: &Space, class: Id) -> Option<Id> {
    let is_exp = |t: &&Term| t.head == Head::Unary(UnaryOp::Exp);
    space[class].nodes.iter().find(is_exp).map(|t| t.args[0])
}

/// The axes attribute, if the class is a sum of `e` over kept axes, maybe without leading ones.
fn sums(space: &Space, class: Id, e: Id) -> Option<Id> {
    let direct = |class: Id| {
        space[class].nodes.iter().find_map(|t| match (&t.head, t.args.as_slice()) {
            (Head::Reduce(ReduceOp::Sum), &[axes, x]) if space.find(x) == space.find(e) => {
                Some(axes)
            }
            _ => None,
        })
    };
    let behind = |class: Id| {
        space[class].nodes.iter().find_map(|t| match (&t.head, t.args.as_slice()) {
            (Head::Reshape, &[shape, x]) if is_aligned(space, shape, x) => Some(x),
            _ => None,
        })
    };
    direct(class).or_else(|| direct(behind(class)?))
}
