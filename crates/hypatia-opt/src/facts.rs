//! What is known of the value of a class of terms.
//!
//! Invariants: facts hold for every element that is not NaN; bounds are rounded outwards to a few
//! levels, so that narrowing ends even in cyclic classes; merging keeps what either side knows.
//!
//! Not here: where facts are stored (`space.rs`), types (`hypatia_ir::infer`).

use crate::language::{Attr, Head};
use hypatia_ir::dtype::DType;
use hypatia_ir::eval::elementwise;
use hypatia_ir::op::{Axes, BinaryOp, CompareOp, Op, ReduceOp, UnaryOp};
use hypatia_ir::scalar::Scalar;
use std::cmp::Ordering;
use std::f64::consts::{FRAC_PI_2, PI};

/// Facts about every element of a value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Facts {
    /// The value of every element.
    pub constant: Option<Scalar>,
    /// A lower bound.
    pub lo: f64,
    /// An upper bound.
    pub hi: f64,
    /// Neither NaN nor infinite.
    pub finite: bool,
    /// Not 0 in exact arithmetic; it may underflow.
    pub nonzero: bool,
    /// A whole number, unless infinite.
    pub whole: bool,
    /// Elements may be -∞ to keep them out of a softmax.
    pub masked: bool,
    /// Along these axes some element equals `hi`; empty if that is not known.
    pub peak: Axes,
}

/// What keeps an element out of a softmax.
const LOW: f64 = f64::NEG_INFINITY;

/// The smallest bound that says "positive".
const TINY: f64 = f64::MIN_POSITIVE;

/// The largest level not above `v`.
fn down(v: f64) -> f64 {
    let levels = [1.0, TINY, 0.0, -TINY, -1.0];
    levels.into_iter().find(|&l| v >= l).unwrap_or(f64::NEG_INFINITY)
}

/// The smallest level not below `v`.
fn up(v: f64) -> f64 {
    -down(-v)
}

impl Facts {
    /// Nothing is known.
    pub const NONE: Facts = Facts {
        constant: None,
        lo: f64::NEG_INFINITY,
        hi: f64::INFINITY,
        finite: false,
        nonzero: false,
        whole: false,
        masked: false,
        peak: Axes::NONE,
    };

    /// A value of this type about which nothing else is known.
    pub fn of_dtype(dtype: DType) -> Facts {
        match dtype {
            DType::Bool => Facts { finite: true, whole: true, ..Facts::between(0.0, 1.0) },
            DType::U8 => Facts { finite: true, whole: true, ..Facts::between(0.0, f64::INFINITY) },
            DType::I32 | DType::I64 => Facts { finite: true, whole: true, ..Facts::NONE },
            DType::F32 | DType::F64 => Facts::NONE,
        }
    }

    /// Bounds, rounded outwards.
    pub fn between(lo: f64, hi: f64) -> Facts {
        let (lo, hi) = (down(lo), up(hi));
        Facts { lo, hi, nonzero: lo > 0.0 || hi < 0.0, ..Facts::NONE }
    }

    /// One value everywhere.
    pub fn constant(value: Scalar) -> Facts {
        let v = value.as_f64();
        let bounds = if v.is_nan() { Facts::NONE } else { Facts::between(v, v) };
        let whole = v == v.trunc();
        Facts { constant: Some(value), finite: v.is_finite(), nonzero: v != 0.0, whole, ..bounds }
    }

    /// Whether no element is below 0.
    pub fn nonnegative(&self) -> bool {
        self.lo >= 0.0
    }

    /// Whether no element is 0 as a float: not even by underflow.
    pub fn apart_from_zero(&self) -> bool {
        self.lo > 0.0 || self.hi < 0.0
    }

    /// Whether elements are positive in exact arithmetic, but may be 0 as floats.
    pub fn underflows(&self) -> bool {
        self.nonzero && self.nonnegative() && !self.apart_from_zero()
    }

    /// Adds what `other` knows; whether anything is new.
    pub fn narrow(&mut self, other: &Facts) -> bool {
        let before = *self;
        match (self.constant, other.constant) {
            (Some(a), Some(b)) if a != b => {
                *self = Facts { peak: self.peak, ..Facts::constant(simpler(a, b)) };
                return *self != before;
            }
            (a, b) => self.constant = a.or(b),
        }
        if self.lo.max(other.lo) <= self.hi.min(other.hi) {
            (self.lo, self.hi) = (self.lo.max(other.lo), self.hi.min(other.hi));
        }
        self.finite |= other.finite;
        self.nonzero |= other.nonzero;
        self.whole |= other.whole;
        self.masked |= other.masked;
        if self.peak.is_empty() {
            self.peak = other.peak;
        }
        *self != before
    }
}

/// Of two roundings of one number, the one with fewer binary digits: 1 rather than 1 and a bit,
/// and 0 rather than what is left of it. Of equally long ones the lesser, whatever the order.
fn simpler(a: Scalar, b: Scalar) -> Scalar {
    let digits = |v: Scalar| 64 - v.as_f64().to_bits().trailing_zeros();
    match digits(a).cmp(&digits(b)) {
        Ordering::Less => a,
        Ordering::Greater => b,
        Ordering::Equal => a.min(b),
    }
}

/// The facts of `head(operands)` with this attribute and result type.
pub(crate) fn derive(head: &Head, attr: Option<&Attr>, x: &[Facts], dtype: DType) -> Facts {
    let any = Facts::of_dtype(dtype);
    if let Some(value) = fold(head, attr, x).filter(|v| !overflows(*v, x)) {
        return Facts::constant(value);
    }
    let mut facts = match (head, x) {
        (Head::Const(value), _) => Facts::constant(*value),
        (Head::Leaf(op), _) => match **op {
            Op::Dim(_) | Op::Iota(..) => {
                Facts { finite: true, whole: true, ..Facts::between(0.0, f64::INFINITY) }
            }
            _ => any,
        },
        (Head::Unary(op), [x]) => unary(*op, x),
        (Head::Binary(op), [x, y]) => binary(*op, x, y),
        (Head::Compare(_), _) => any,
        (Head::Select, [_, x, y]) => {
            let masks = |x: &Facts| x.masked || x.constant.is_some_and(|v| v.as_f64() == LOW);
            Facts { masked: masks(x) || masks(y), ..either(x, y) }
        }
        (Head::Cast, [x]) if dtype != DType::Bool => converted(x, dtype),
        (Head::Marker(_), [x]) => *x,
        (Head::Reduce(op), [x]) => reduce(*op, attr, x),
        (Head::Reshape | Head::Transpose | Head::Broadcast | Head::Slice | Head::Windows, [x]) => {
            Facts { peak: Axes::NONE, ..*x }
        }
        (Head::Take | Head::TakeAlong, [x, _]) => Facts { peak: Axes::NONE, ..*x },
        (Head::Pad, [x, y]) => either(x, y),
        (Head::Concat, [first, rest @ ..]) => rest.iter().fold(*first, |a, b| either(&a, b)),
        (Head::Softmax, _) => Facts { nonzero: true, ..Facts::between(0.0, 1.0) },
        (Head::LogSoftmax, _) => Facts::between(f64::NEG_INFINITY, 0.0),
        _ => any,
    };
    facts.constant = match head {
        Head::Const(value) => Some(*value),
        _ => None,
    };
    facts.narrow(&Facts { constant: None, ..any });
    facts
}

/// Whether a value is not finite though all that it is computed of is. It is no constant then: all
/// infinities would be one class, and rules may find what they would have been.
fn overflows(value: Scalar, x: &[Facts]) -> bool {
    let is_finite = |v: Scalar| v.as_f64().is_finite();
    !is_finite(value) && x.iter().all(|x| x.constant.is_some_and(is_finite))
}

/// The value of an op on values that are the same everywhere.
fn fold(head: &Head, attr: Option<&Attr>, x: &[Facts]) -> Option<Scalar> {
    match (head, x) {
        (Head::Unary(op), [x]) => {
            let x = x.constant?;
            let signed = *op == UnaryOp::Rsqrt && x.as_f64() == 0.0;
            if signed { None } else { Some(elementwise::unary(*op, x)) }
        }
        (Head::Binary(op), [x, y]) => {
            let (x, y) = (x.constant?, y.constant?);
            let signed = tells_zeros_apart(*op, x, y);
            if signed { None } else { Some(elementwise::binary(*op, x, y)) }
        }
        (Head::Compare(op), [x, y]) => {
            let values = || Some(elementwise::compare(*op, x.constant?, y.constant?));
            values().or_else(|| decided(*op, x, y)).map(Scalar::new)
        }
        (Head::Select, [_, x, y]) if x.constant == y.constant => x.constant,
        (Head::Select, [mask, x, y]) => {
            if mask.constant?.as_i64() != 0 {
                x.constant
            } else {
                y.constant
            }
        }
        (Head::Cast, [x]) => match attr {
            Some(Attr::DType(to)) => Some(x.constant?.cast(*to)),
            _ => None,
        },
        (Head::Marker(_) | Head::Reshape | Head::Transpose, [x]) => x.constant,
        (Head::Broadcast | Head::Slice | Head::Windows, [x]) => x.constant,
        (Head::Reduce(ReduceOp::Max | ReduceOp::Min), [x]) => x.constant,
        (Head::Concat, [first, rest @ ..]) => {
            first.constant.filter(|_| rest.iter().all(|r| r.constant == first.constant))
        }
        _ => None,
    }
}

/// Facts of a number in another type: what is between 0 and 1 may become 0, what is large infinite.
fn converted(x: &Facts, to: DType) -> Facts {
    let near = |bound: f64| if bound.abs() < 1.0 { 0.0 } else { bound };
    if x.whole || to == DType::F64 {
        return Facts { peak: Axes::NONE, ..*x };
    }
    // Of positive numbers in a type of floats it is still known that none is 0 in exact arithmetic.
    let (nonzero, masked) = (x.nonzero && to.is_float(), x.masked);
    Facts { nonzero, masked, ..Facts::between(near(x.lo), near(x.hi)) }
}

/// Whether a result depends on the sign of a zero. Rules may change that sign, so a class may hold
/// both zeros: what tells them apart must not become two constants.
fn tells_zeros_apart(op: BinaryOp, x: Scalar, y: Scalar) -> bool {
    let float = x.dtype().is_float();
    match op {
        BinaryOp::Div => float && y.as_f64() == 0.0,
        BinaryOp::Pow => float && x.as_f64() == 0.0 && y.as_f64() < 0.0,
        BinaryOp::Atan2 => x.as_f64() == 0.0 || y.as_f64() == 0.0,
        _ => false,
    }
}

/// What a comparison is whatever the elements are, by their bounds. NaN is unequal to everything
/// and neither below nor above, so only what is false or unequal holds of values that may be NaN.
fn decided(op: CompareOp, x: &Facts, y: &Facts) -> Option<bool> {
    let apart = x.hi < y.lo || y.hi < x.lo;
    // Whether `a` is always below, and whether it never is.
    let below = |a: &Facts, b: &Facts| a.finite && b.finite && a.hi < b.lo;
    let not_above = |a: &Facts, b: &Facts| a.finite && b.finite && a.hi <= b.lo;
    let order = |yes: bool, no: bool| if no { Some(false) } else { yes.then_some(true) };
    match op {
        CompareOp::Eq => apart.then_some(false),
        CompareOp::Ne => apart.then_some(true),
        CompareOp::Lt => order(below(x, y), y.hi <= x.lo),
        CompareOp::Le => order(not_above(x, y), y.hi < x.lo),
        CompareOp::Gt => order(below(y, x), x.hi <= y.lo),
        CompareOp::Ge => order(not_above(y, x), x.hi < y.lo),
    }
}

fn unary(op: UnaryOp, x: &Facts) -> Facts {
    // The image of the bounds under a function that never decreases.
    let rising = |f: fn(f64) -> f64| Facts::between(f(x.lo), f(x.hi));
    let (finite, nonzero, whole, peak) = (x.finite, x.nonzero, x.whole, x.peak);
    match op {
        UnaryOp::Neg => Facts { finite, nonzero, whole, ..Facts::between(-x.hi, -x.lo) },
        UnaryOp::Abs => Facts { finite, nonzero, whole, ..size(x) },
        UnaryOp::Sqr => {
            let size = size(x);
            // The square of a number below 1 may underflow.
            let least = if size.lo < 1.0 { 0.0 } else { size.lo };
            Facts { nonzero, whole, ..Facts::between(least, size.hi) }
        }
        UnaryOp::Sign => {
            let sign = |v: f64| if v == 0.0 { 0.0 } else { v.signum() };
            Facts { finite, nonzero, whole: true, ..rising(sign).and(-1.0, 1.0) }
        }
        UnaryOp::Exp => Facts { nonzero: true, peak, ..exponential(x) },
        UnaryOp::Expm1 => Facts { nonzero, ..rising(f64::exp_m1).and(-1.0, f64::INFINITY) },
        UnaryOp::Log => rising(|v| if v >= 1.0 { v.ln() } else { f64::NEG_INFINITY }),
        UnaryOp::Log1p => rising(|v| if v >= 0.0 { v.ln_1p() } else { f64::NEG_INFINITY }),
        UnaryOp::Sqrt => Facts { nonzero, ..rising(|v| v.max(0.0).sqrt()) },
        UnaryOp::Rsqrt | UnaryOp::Softplus | UnaryOp::Erfcx => {
            Facts { nonzero: true, ..Facts::between(0.0, f64::INFINITY) }
        }
        UnaryOp::Sin | UnaryOp::Cos => Facts::between(-1.0, 1.0),
        UnaryOp::Tan | UnaryOp::Digamma => Facts::NONE,
        // The least value is -0.1215, at the root of its derivative.
        UnaryOp::Lgamma => {
            Facts::between(if x.lo >= 0.0 { -1.0 } else { f64::NEG_INFINITY }, f64::INFINITY)
        }
        UnaryOp::Asin => Facts { nonzero, ..x.side().and(-FRAC_PI_2, FRAC_PI_2) },
        UnaryOp::Acos => Facts::between(0.0, PI),
        UnaryOp::Atan => Facts { nonzero, ..rising(f64::atan) },
        UnaryOp::Sinh => Facts { nonzero, ..rising(f64::sinh) },
        UnaryOp::Cosh => Facts::between(1.0, f64::INFINITY),
        UnaryOp::Asinh => Facts { nonzero, ..rising(f64::asinh) },
        UnaryOp::Acosh => Facts::between(0.0, f64::INFINITY),
        UnaryOp::Atanh | UnaryOp::Erfinv => Facts { nonzero, ..x.side() },
        UnaryOp::Tanh | UnaryOp::Erf => Facts { nonzero, ..x.side().and(-1.0, 1.0) },
        UnaryOp::Erfc => {
            // It falls: 1 at 0, 0.157 at 1.
            let lo = [(0.0, 1.0), (1.0, TINY)].into_iter().find(|(at, _)| x.hi <= *at);
            Facts { nonzero: true, ..Facts::between(lo.map_or(0.0, |(_, lo)| lo), 2.0) }
        }
        UnaryOp::Sigmoid => {
            let lo = if x.lo >= -1.0 { TINY } else { 0.0 };
            Facts { nonzero: true, ..Facts::between(lo, 1.0) }
        }
        UnaryOp::Floor => Facts { finite, whole: true, ..rising(f64::floor) },
        UnaryOp::Ceil => Facts { finite, whole: true, ..rising(f64::ceil) },
        UnaryOp::Trunc => Facts { finite, whole: true, ..rising(f64::trunc) },
        UnaryOp::Round => Facts { finite, whole: true, ..rising(f64::round_ties_even) },
        // What the dtype says is added by `derive`.
        UnaryOp::Not => Facts::NONE,
    }
}

/// Bounds of `e^x`, which underflows far below 0.
fn exponential(x: &Facts) -> Facts {
    let lo = match x.lo {
        lo if lo >= 0.0 => 1.0,
        lo if lo >= -1.0 => TINY,
        _ => 0.0,
    };
    Facts::between(lo, if x.hi <= 0.0 { 1.0 } else { f64::INFINITY })
}

/// Bounds of the absolute value.
fn size(x: &Facts) -> Facts {
    let near = x.lo.max(-x.hi).max(0.0);
    Facts::between(near, x.lo.abs().max(x.hi.abs()))
}

impl Facts {
    /// What is known of a number of the same sign.
    fn side(&self) -> Facts {
        let lo = if self.lo >= 0.0 { 0.0 } else { f64::NEG_INFINITY };
        Facts::between(lo, if self.hi <= 0.0 { 0.0 } else { f64::INFINITY })
    }

    /// Bounds that hold as well.
    fn and(self, lo: f64, hi: f64) -> Facts {
        Facts::between(self.lo.max(lo), self.hi.min(hi))
    }
}

fn binary(op: BinaryOp, x: &Facts, y: &Facts) -> Facts {
    let finite = x.finite && y.finite;
    let nonzero = x.nonzero && y.nonzero;
    let whole = x.whole && y.whole;
    let sum = |a: f64, b: f64, worst: f64| if (a + b).is_nan() { worst } else { a + b };
    match op {
        BinaryOp::Add => {
            let lo = sum(x.lo, y.lo, f64::NEG_INFINITY);
            let hi = sum(x.hi, y.hi, f64::INFINITY);
            // Of two numbers that are not negative, one that is not 0 is enough.
            let one = x.lo >= 0.0 && y.lo >= 0.0 && (x.nonzero || y.nonzero);
            let facts = Facts::between(lo, hi);
            let masked = x.masked || y.masked;
            Facts { nonzero: one || facts.nonzero, whole, masked, ..facts }
        }
        BinaryOp::Sub => {
            let lo = sum(x.lo, -y.hi, f64::NEG_INFINITY);
            Facts { whole, ..Facts::between(lo, sum(x.hi, -y.lo, f64::INFINITY)) }
        }
        BinaryOp::Mul => Facts { nonzero, whole, ..product(x, y) },
        BinaryOp::Div => {
            let positive = y.lo >= 0.0;
            let lo = if positive && x.lo >= 0.0 { 0.0 } else { f64::NEG_INFINITY };
            let hi = if positive && x.hi <= 0.0 { 0.0 } else { f64::INFINITY };
            Facts { nonzero: x.nonzero, ..Facts::between(lo, hi) }
        }
        BinaryOp::Pow => {
            let lo = if x.lo >= 0.0 { 0.0 } else { f64::NEG_INFINITY };
            Facts { nonzero: x.nonzero, ..Facts::between(lo, f64::INFINITY) }
        }
        BinaryOp::Atan2 => {
            let lo = if x.lo >= 0.0 { 0.0 } else { -PI };
            Facts::between(lo, if x.hi <= 0.0 { 0.0 } else { PI })
        }
        BinaryOp::Max => {
            Facts { finite, nonzero, whole, ..Facts::between(x.lo.max(y.lo), x.hi.max(y.hi)) }
        }
        BinaryOp::Min => {
            Facts { finite, nonzero, whole, ..Facts::between(x.lo.min(y.lo), x.hi.min(y.hi)) }
        }
        // Zero, or between zero and `x`.
        BinaryOp::Rem | BinaryOp::Shr => Facts::between(x.lo.min(0.0), x.hi.max(0.0)),
        BinaryOp::And | BinaryOp::Or | BinaryOp::Xor => match x.lo >= 0.0 && y.lo >= 0.0 {
            true => Facts::between(0.0, f64::INFINITY),
            false => Facts::NONE,
        },
        BinaryOp::Shl | BinaryOp::Quot => Facts::NONE,
    }
}

fn product(x: &Facts, y: &Facts) -> Facts {
    let corners = [x.lo * y.lo, x.lo * y.hi, x.hi * y.lo, x.hi * y.hi];
    // 0·∞ as a bound is 0: the infinite bound is not attained by finite numbers.
    let corners = corners.map(|c| if c.is_nan() { 0.0 } else { c });
    let lo = corners.into_iter().fold(f64::INFINITY, f64::min);
    let hi = corners.into_iter().fold(f64::NEG_INFINITY, f64::max);
    // Products of small numbers underflow to 0.
    let lo = if lo > 0.0 && lo < 1.0 { 0.0 } else { lo };
    let hi = if hi < 0.0 && hi > -1.0 { 0.0 } else { hi };
    Facts::between(lo, hi)
}

fn either(x: &Facts, y: &Facts) -> Facts {
    let finite = x.finite && y.finite;
    let nonzero = x.nonzero && y.nonzero;
    let whole = x.whole && y.whole;
    Facts { finite, nonzero, whole, ..Facts::between(x.lo.min(y.lo), x.hi.max(y.hi)) }
}

fn reduce(op: ReduceOp, attr: Option<&Attr>, x: &Facts) -> Facts {
    let (lo, hi, nonzero, whole) = (x.lo, x.hi, x.nonzero, x.whole);
    match op {
        ReduceOp::Sum => {
            let Some(Attr::Axes(axes)) = attr else { return Facts::NONE };
            let peaked = !x.peak.is_empty() && x.peak.union(*axes) == *axes && lo >= 0.0;
            let low = match (peaked, lo >= 0.0) {
                (true, _) => hi,
                (false, true) => 0.0,
                (false, false) => f64::NEG_INFINITY,
            };
            let high = if hi <= 0.0 { 0.0 } else { f64::INFINITY };
            let facts = Facts::between(low, high);
            Facts { nonzero: facts.nonzero || nonzero && lo >= 0.0, whole, ..facts }
        }
        ReduceOp::Prod => {
            let lo = if lo >= 0.0 { 0.0 } else { f64::NEG_INFINITY };
            Facts { nonzero, whole, ..Facts::between(lo, f64::INFINITY) }
        }
        ReduceOp::Max | ReduceOp::Min => Facts { peak: Axes::NONE, constant: None, ..*x },
        ReduceOp::Any | ReduceOp::All => Facts::of_dtype(DType::Bool),
    }
}
