//! Random tensors: distributions over [`random_bits`].
//!
//! Every draw of a [`Random`] has its own number; bits depend on the seed, that number, the step
//! and the place of the element, and on nothing else: not on the back end, the number of threads
//! or the simplifier. The step is a shared variable that each call of a function that draws
//! increases by one, so that every call draws anew.
//!
//! Invariants: one element takes one counter, so that draws of one shape never overlap; uniform
//! numbers have as many bits as the mantissa; what is computed from them is plain maths.
//!
//! Not here: the generator (`eval/philox.rs`).

use crate::dim::Dim;
use crate::dtype::DType;
use crate::error::Cause;
use crate::expr::{Expr, IntoDims};
use crate::index::iota;
use crate::operators::{Operand, random_bits};
use crate::scalar::Element;
use crate::shape::Shape;
use crate::shared::{Shared, shared};
use crate::span::Span;
use crate::structure::build_from;
use std::f64::consts::TAU;

/// Below this many draws of one [`Random`], no two calls share bits.
const DRAWS: i64 = 1 << 24;

/// A source of random tensors.
///
/// ```
/// # use hypatia_ir::compose::random;
/// let mut rng = random(42);
/// let weights = rng.normal::<f32>((784, 10)) * 0.01;
/// assert_eq!(weights.ty().unwrap().to_string(), "f32[784, 10]");
/// ```
#[derive(Clone, Debug)]
pub struct Random {
    seed: i64,
    step: Shared,
    next: i64,
}

/// A source of random tensors: sources with different seeds have nothing in common.
#[track_caller]
pub fn random(seed: i64) -> Random {
    Random::new(seed)
}

impl Random {
    /// As [`random`].
    #[track_caller]
    pub fn new(seed: i64) -> Random {
        let step = shared("random_step", 0i64).with_update(|step| step + 1);
        Random { seed, step, next: 0 }
    }

    /// The number of calls that have drawn: set it to draw again what was drawn before.
    pub fn step(&self) -> &Shared {
        &self.step
    }

    /// Numbers in `[0, 1)`, all of the 2²⁴ (`f32`) or 2⁵³ (`f64`) multiples of the spacing below 1
    /// equally likely. Floats.
    #[track_caller]
    pub fn uniform<T: Element>(&mut self, dims: impl IntoDims) -> Expr {
        self.draw::<T>("uniform", dims, |bits| bits.unit(0))
    }

    /// Numbers in `[low, high)`, up to the rounding of `low + (high - low)·u`. Floats.
    #[track_caller]
    pub fn uniform_between<T: Element>(
        &mut self,
        low: impl Into<Operand>,
        high: impl Into<Operand>,
        dims: impl IntoDims,
    ) -> Expr {
        let unit = self.uniform::<T>(dims);
        Span::caller().on_behalf_of(|| {
            let (low, high) = (unit.like(low), unit.like(high));
            &low + (high - &low) * unit
        })
    }

    /// Numbers with mean 0 and variance 1 (Box and Muller 1958); none is further out than 6.8
    /// (`f32`) or 8.7 (`f64`). Floats.
    #[track_caller]
    pub fn normal<T: Element>(&mut self, dims: impl IntoDims) -> Expr {
        self.draw::<T>("normal", dims, |bits| {
            let radius = (bits.positive(0).log() * -2).sqrt();
            radius * (bits.unit(2) * TAU).cos()
        })
    }

    /// True with probability `p`, which broadcasts against the dims: to 24 bits, or 53 if it is
    /// an `f64` expression.
    #[track_caller]
    pub fn bernoulli(&mut self, p: impl Into<Operand>, dims: impl IntoDims) -> Expr {
        let p = p.into();
        let dtype = match &p {
            Operand::Expr(p) => p.type_or_none().map_or(DType::F32, |ty| ty.dtype),
            Operand::Float(_) | Operand::Int(_) | Operand::Bool(_) => DType::F32,
        };
        let unit = self.draw_of(dtype, "bernoulli", dims, |bits| bits.unit(0));
        Span::caller().on_behalf_of(|| unit.lt(p))
    }

    /// Integers (`i64`) in `low..high`, which broadcast against the dims and must not be empty:
    /// the top half of the product of the width with 64 bits, off from equal likelihoods by less
    /// than the width times 2⁻⁶⁴.
    #[track_caller]
    pub fn randint(
        &mut self,
        low: impl Into<Operand>,
        high: impl Into<Operand>,
        dims: impl IntoDims,
    ) -> Expr {
        let bits = self.bits(DType::I64, dims);
        Span::caller().on_behalf_of(|| {
            let zero = Expr::constant(0i64);
            let (low, high) = (zero.like(low), zero.like(high));
            let width = (high - &low).cast(DType::I64);
            low + top_half(&bits.word(0), &bits.word(1), &width)
        })
    }

    /// Indices (`i64`) of the last axis, which is dropped, with probabilities `softmax(logits)`:
    /// the largest of the logits after each got Gumbel noise. Float logits.
    #[track_caller]
    pub fn categorical(&mut self, logits: &Expr) -> Expr {
        let at = Span::caller();
        at.on_behalf_of(|| {
            build_from("categorical", &[logits], |types| {
                let (dtype, dims) = (types[0].dtype, &types[0].shape);
                // Of an exponential variable: dense near 0, where the noise is large.
                let wait = |bits: &Bits| -(-bits.positive(0)).log1p();
                let wait = self.draw_of(dtype, "categorical", dims, wait);
                Ok((logits - wait.log()).argmax(-1))
            })
        })
    }

    /// Elements of axis 0 at random places, with replacement: `dims` in place of that axis.
    #[track_caller]
    pub fn choice(&mut self, x: &Expr, dims: impl IntoDims) -> Expr {
        let at = Span::caller();
        at.on_behalf_of(|| {
            build_from("choice", &[x], |types| {
                let outside = Cause::Axis { axis: 0, rank: types[0].rank() };
                let length = Expr::dim(types[0].shape.first().ok_or(outside)?);
                Ok(x.take(self.randint(0, length, dims), 0))
            })
        })
    }

    /// `0, 1, … n-1` in random order (`i64`), every order equally likely but for equal keys: the
    /// order of 64 random bits for each.
    #[track_caller]
    pub fn permutation(&mut self, n: impl Into<Dim>) -> Expr {
        let bits = self.bits(DType::I64, [n.into()]);
        Span::caller().on_behalf_of(|| {
            let [high, low] = [0, 1].map(|word| bits.word(word).cast(DType::I64));
            ((high << 32) ^ low).argsort(0)
        })
    }

    /// The parts of axis 0 in random order.
    #[track_caller]
    pub fn shuffle(&mut self, x: &Expr) -> Expr {
        let at = Span::caller();
        at.on_behalf_of(|| {
            build_from("shuffle", &[x], |types| {
                let outside = Cause::Axis { axis: 0, rank: types[0].rank() };
                let length = types[0].shape.first().ok_or(outside)?.clone();
                Ok(x.take(self.permutation(length), 0))
            })
        })
    }

    /// `x / keep` where a coin with probability `keep` says so, else 0 (Srivastava et al. 2014);
    /// the mean stays. Floats.
    #[track_caller]
    pub fn dropout(&mut self, x: &Expr, keep: f64) -> Expr {
        let at = Span::caller();
        at.on_behalf_of(|| {
            build_from("dropout", &[x], |types| {
                Ok(self.bernoulli(keep, &types[0].shape).select(x / keep, 0))
            })
        })
    }

    #[track_caller]
    fn draw<T: Element>(
        &mut self,
        op: &'static str,
        dims: impl IntoDims,
        make: impl FnOnce(&Bits) -> Expr,
    ) -> Expr {
        self.draw_of(T::DTYPE, op, dims, make)
    }

    #[track_caller]
    fn draw_of(
        &mut self,
        dtype: DType,
        op: &'static str,
        dims: impl IntoDims,
        make: impl FnOnce(&Bits) -> Expr,
    ) -> Expr {
        if !dtype.is_float() {
            let cause = Cause::DType { expected: "a float type", found: dtype };
            return Expr::invalid(op, cause, Vec::new());
        }
        let bits = self.bits(dtype, dims);
        Span::caller().on_behalf_of(|| make(&bits))
    }

    /// The bits of the next draw.
    #[track_caller]
    fn bits(&mut self, dtype: DType, dims: impl IntoDims) -> Bits {
        let shape: Shape = dims.into_dims().into_iter().collect();
        let number = self.next;
        self.next += 1;
        Span::caller().on_behalf_of(|| Bits {
            seed: self.seed,
            stream: &self.step * DRAWS + number,
            counter: iota::<i64>(shape.count()).reshape(&shape),
            dtype,
        })
    }
}

/// Dropout with a source of randomness: [`Random::dropout`].
#[track_caller]
pub fn dropout(x: &Expr, keep: f64, rng: &mut Random) -> Expr {
    rng.dropout(x, keep)
}

/// Four words of bits for each element, and what they become.
struct Bits {
    seed: i64,
    stream: Expr,
    counter: Expr,
    dtype: DType,
}

impl Bits {
    /// One word of each element, `i32`.
    fn word(&self, number: u8) -> Expr {
        random_bits(number, self.seed, &self.stream, &self.counter)
    }

    /// The upper bits of a fraction with as many as the mantissa holds, and those below, from
    /// word `first` and, for `f64`, the next: integers and what their units are worth.
    fn parts(&self, first: u8) -> [(Expr, f64); 2] {
        let (word, exponent) = (self.word(first), |n: i32| f64::from(n).exp2());
        match self.dtype {
            DType::F64 => [
                ((word >> 5) & 0x7ff_ffff, exponent(-27)),
                ((self.word(first + 1) >> 6) & 0x3ff_ffff, exponent(-53)),
            ],
            _ => [((&word >> 8) & 0xff_ffff, exponent(-24)), (word & 0xff, exponent(-32))],
        }
    }

    /// Uniform in `[0, 1)`.
    fn unit(&self, first: u8) -> Expr {
        let [(high, unit), (low, rest)] = self.parts(first);
        let upper = high.cast(self.dtype) * unit;
        if self.dtype == DType::F64 { upper + low.cast(self.dtype) * rest } else { upper }
    }

    /// Uniform in `(0, 1]`, with small numbers to full relative precision.
    fn positive(&self, first: u8) -> Expr {
        let [(high, unit), (low, rest)] = self.parts(first);
        high.cast(self.dtype) * unit + (low.cast(self.dtype) + 0.5) * rest
    }
}

/// The top 64 of the 128 bits of `(high·2³² + low)·width`, all unsigned, by halves.
fn top_half(high: &Expr, low: &Expr, width: &Expr) -> Expr {
    const MASK: i64 = u32::MAX as i64;
    let upper = |x: &Expr| (x >> 32) & MASK;
    let lower = |x: &Expr| x & MASK;
    let (high, low) = (lower(&high.cast(DType::I64)), lower(&low.cast(DType::I64)));
    let (most, least) = (upper(width), lower(width));
    let (bottom, left, right) = (&low * &least, &low * &most, &high * &least);
    let middle = upper(&bottom) + lower(&left) + lower(&right);
    high * most + upper(&left) + upper(&right) + upper(&middle)
}
