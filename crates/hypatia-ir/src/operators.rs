//! `+ - * /`, negation, `& | ^ ! << >>` of masks and integers, comparisons and the other elementwise methods of expressions.
//!
//! Invariants: literals take the dtype of the tensor beside them and never widen it; different
//! integer widths, and integers with floats, promote by [`DType::promote`] with an explicit cast.
//!
//! Not here: `%` (`compose/divide.rs`), shapes (`structure.rs`), reductions (`reduce.rs`), composites (`compose/`).

use crate::dtype::DType;
use crate::error::Cause;
use crate::expr::Expr;
use crate::op::{BinaryOp, CompareOp, GradientMarker, Op, UnaryOp};
use crate::scalar::{Element, Scalar};
use crate::shared::Shared;
use std::ops::{Add, BitAnd, BitOr, BitXor, Div, Mul, Neg, Not, Shl, Shr, Sub};

/// What may stand beside an expression: another expression, or a literal without a dtype.
#[derive(Clone, Debug)]
pub enum Operand {
    /// An expression.
    Expr(Expr),
    /// A literal with a fraction, or a float in Rust.
    Float(f64),
    /// An integer literal.
    Int(i64),
    /// A truth value.
    Bool(bool),
}

macro_rules! operand_from {
    ($($t:ty => |$v:ident| $e:expr;)*) => {$(
        impl From<$t> for Operand {
            fn from($v: $t) -> Operand { $e }
        }
    )*};
}
operand_from! {
    Expr => |v| Operand::Expr(v);
    &Expr => |v| Operand::Expr(v.clone());
    Shared => |v| Operand::Expr(v.expr());
    &Shared => |v| Operand::Expr(v.expr());
    f64 => |v| Operand::Float(v);
    f32 => |v| Operand::Float(f64::from(v));
    i32 => |v| Operand::Int(i64::from(v));
    i64 => |v| Operand::Int(v);
    bool => |v| Operand::Bool(v);
}

impl Operand {
    /// The operand as an expression; a literal takes `dtype`, if that can hold it, which is the
    /// dtype of the expressions `beside` it.
    #[track_caller]
    fn resolve(self, dtype: DType, op: &'static str, beside: Vec<Expr>) -> Expr {
        let value = match self {
            Operand::Expr(expr) => return expr,
            Operand::Float(v) if dtype.is_float() => Some(Scalar::from_f64(dtype, v)),
            Operand::Int(v) if dtype == DType::Bool => {
                (v == 0 || v == 1).then_some((v == 1).into())
            }
            Operand::Int(v) => {
                Some(Scalar::from_i64(dtype, v)).filter(|s| dtype.is_float() || s.as_i64() == v)
            }
            Operand::Bool(v) if dtype == DType::Bool => Some(v.into()),
            Operand::Float(_) | Operand::Bool(_) => None,
        };
        match value {
            Some(value) => Expr::apply(Op::Const(value), Vec::new()),
            None => {
                let value = self.to_string();
                Expr::invalid(op, Cause::Literal { value, dtype }, beside)
            }
        }
    }
}

impl std::fmt::Display for Operand {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Operand::Expr(expr) => write!(f, "{expr}"),
            Operand::Float(v) => write!(f, "{v}"),
            Operand::Int(v) => write!(f, "{v}"),
            Operand::Bool(v) => write!(f, "{v}"),
        }
    }
}

/// Two operands with a common dtype, cast where they promote.
#[track_caller]
pub(crate) fn common(op: &'static str, x: Operand, y: Operand) -> (Expr, Expr) {
    let dtype_of = |o: &Operand| match o {
        Operand::Expr(e) => e.type_or_none().map(|t| t.dtype),
        Operand::Float(_) | Operand::Int(_) | Operand::Bool(_) => None,
    };
    let dtype = match (dtype_of(&x), dtype_of(&y)) {
        (Some(a), Some(b)) => a.promote(b),
        (a, b) => a.or(b),
    };
    // Without a common type the op itself reports the operands.
    let fallback = dtype.unwrap_or(DType::F32);
    let beside = |o: &Operand| match o {
        Operand::Expr(e) => vec![e.clone()],
        Operand::Float(_) | Operand::Int(_) | Operand::Bool(_) => Vec::new(),
    };
    let (beside_x, beside_y) = (beside(&y), beside(&x));
    let (x, y) = (x.resolve(fallback, op, beside_x), y.resolve(fallback, op, beside_y));
    match dtype {
        Some(dtype) => (x.cast(dtype), y.cast(dtype)),
        None => (x, y),
    }
}

#[track_caller]
fn binary(op: BinaryOp, x: impl Into<Operand>, y: impl Into<Operand>) -> Expr {
    let (x, y) = common(op.name(), x.into(), y.into());
    Expr::apply(Op::Binary(op), vec![x, y])
}

// One float and one integer type on the left: with two of either, the type of the literal in
// `(1 - x).sqr()` would be ambiguous.
macro_rules! arithmetic {
    ($($trait:ident $method:ident $op:ident),*) => {
        $(arithmetic!(@left $trait $method $op: Expr, &Expr, Shared, &Shared);)*
        $(arithmetic!(@literal $trait $method $op: f64, i64);)*
    };
    (@left $trait:ident $method:ident $op:ident: $($t:ty),*) => {$(
        impl<R: Into<Operand>> $trait<R> for $t {
            type Output = Expr;
            #[track_caller]
            fn $method(self, right: R) -> Expr { binary(BinaryOp::$op, self, right) }
        }
    )*};
    (@literal $trait:ident $method:ident $op:ident: $($t:ty),*) => {$(
        arithmetic!(@pair $trait $method $op: $t, Expr, &Expr, Shared, &Shared);
    )*};
    (@pair $trait:ident $method:ident $op:ident: $l:ty, $($t:ty),*) => {$(
        impl $trait<$t> for $l {
            type Output = Expr;
            #[track_caller]
            fn $method(self, right: $t) -> Expr { binary(BinaryOp::$op, self, right) }
        }
    )*};
}
arithmetic!(Add add Add, Sub sub Sub, Mul mul Mul, Div div Div);

macro_rules! logic {
    ($($trait:ident $method:ident $op:ident: $($t:ty),*;)*) => {$($(
        impl<R: Into<Operand>> $trait<R> for $t {
            type Output = Expr;
            #[track_caller]
            fn $method(self, right: R) -> Expr { binary(BinaryOp::$op, self, right) }
        }
    )*)*};
}
logic! {
    BitAnd bitand And: Expr, &Expr;
    BitOr bitor Or: Expr, &Expr;
    BitXor bitxor Xor: Expr, &Expr;
    Shl shl Shl: Expr, &Expr;
    Shr shr Shr: Expr, &Expr;
}

impl Not for Expr {
    type Output = Expr;
    #[track_caller]
    fn not(self) -> Expr {
        self.logical_not()
    }
}

impl Not for &Expr {
    type Output = Expr;
    #[track_caller]
    fn not(self) -> Expr {
        self.logical_not()
    }
}

macro_rules! negation {
    ($($t:ty),*) => {$(
        impl Neg for $t {
            type Output = Expr;
            #[track_caller]
            fn neg(self) -> Expr { self.unary(UnaryOp::Neg) }
        }
    )*};
}
negation!(Expr, &Expr, Shared, &Shared);

macro_rules! unary_methods {
    ($($(#[$doc:meta])* $method:ident $op:ident;)*) => {
        impl Expr {$(
            $(#[$doc])*
            #[track_caller]
            pub fn $method(&self) -> Expr { self.unary(UnaryOp::$op) }
        )*}
    };
}
unary_methods! {
    /// `|x|`, elementwise.
    abs Abs;
    /// -1, 0 or 1, elementwise; NaN stays NaN.
    sign Sign;
    /// `x·x`, elementwise.
    sqr Sqr;
    /// `e^x`, elementwise.
    exp Exp;
    /// `e^x - 1`, elementwise, accurate near 0.
    expm1 Expm1;
    /// Natural logarithm, elementwise.
    log Log;
    /// `log(1 + x)`, elementwise, accurate near 0.
    log1p Log1p;
    /// Square root, elementwise; NaN below 0.
    sqrt Sqrt;
    /// `1/√x`, elementwise.
    rsqrt Rsqrt;
    /// Sine of radians, elementwise.
    sin Sin;
    /// Cosine of radians, elementwise.
    cos Cos;
    /// Tangent of radians, elementwise.
    tan Tan;
    /// The angle in `[-π/2, π/2]` with this sine, elementwise; NaN beyond 1.
    asin Asin;
    /// The angle in `[0, π]` with this cosine, elementwise; NaN beyond 1.
    acos Acos;
    /// The angle in `[-π/2, π/2]` with this tangent, elementwise.
    atan Atan;
    /// Hyperbolic sine, elementwise.
    sinh Sinh;
    /// Hyperbolic cosine, elementwise.
    cosh Cosh;
    /// Hyperbolic tangent, elementwise.
    tanh Tanh;
    /// The number with this hyperbolic sine, elementwise.
    asinh Asinh;
    /// The positive number with this hyperbolic cosine, elementwise; NaN below 1.
    acosh Acosh;
    /// The number with this hyperbolic tangent, elementwise; NaN beyond 1.
    atanh Atanh;
    /// `1/(1 + e^-x)`, elementwise.
    sigmoid Sigmoid;
    /// `log(1 + e^x)` without overflow, elementwise.
    softplus Softplus;
    /// `2/√π ∫₀ˣ e^(-t²) dt`, elementwise.
    erf Erf;
    /// `1 - erf x`, elementwise, accurate where that is small.
    erfc Erfc;
    /// `e^(x²)·erfc x`, the scaled complementary error function, elementwise.
    erfcx Erfcx;
    /// The number with this `erf`, elementwise; NaN beyond 1.
    erfinv Erfinv;
    /// `log |Γ(x)|`, elementwise; infinite at the poles.
    lgamma Lgamma;
    /// The derivative of `log |Γ(x)|`, elementwise; NaN at negative integers.
    digamma Digamma;
    /// The largest integer not above `x`, elementwise.
    floor Floor;
    /// The smallest integer not below `x`, elementwise.
    ceil Ceil;
    /// The integer part, elementwise: rounded towards zero.
    trunc Trunc;
    /// The nearest integer, elementwise; the even one of two.
    round Round;
    /// Logical negation of a bool tensor; complement of the bits of integers.
    logical_not Not;
}

macro_rules! binary_methods {
    ($($(#[$doc:meta])* $method:ident $op:ident;)*) => {
        impl Expr {$(
            $(#[$doc])*
            #[track_caller]
            pub fn $method(&self, right: impl Into<Operand>) -> Expr {
                binary(BinaryOp::$op, self, right)
            }
        )*}
    };
}
binary_methods! {
    /// `x^y`, elementwise, broadcasting.
    pow Pow;
    /// The angle in `[-π, π]` of points with this ordinate and the abscissa `right`, elementwise,
    /// broadcasting; zeros and infinities as in IEEE 754.
    atan2 Atan2;
    /// The larger operand, elementwise, broadcasting; NaN if either is NaN.
    maximum Max;
    /// The smaller operand, elementwise, broadcasting; NaN if either is NaN.
    minimum Min;
    /// Logical and of bool tensors, and of the bits of integers; broadcasting.
    and And;
    /// Logical or of bool tensors, and of the bits of integers; broadcasting.
    or Or;
    /// Exclusive or of bool tensors, and of the bits of integers; broadcasting.
    xor Xor;
    /// Integers shifted left, broadcasting; 0 if the amount is not in `0..width`.
    shl Shl;
    /// Integers shifted right, broadcasting; the sign comes in, and is all that is left if the
    /// amount is not in `0..width`.
    shr Shr;
    /// The exact remainder `x - y·trunc(x/y)`, broadcasting: it has the sign of `x`, as in C. By
    /// 0 it is 0 for integers, NaN for floats. The `%` of expressions is [`Expr::modulo`].
    rem Rem;
    /// `trunc(x/y)` of integers, broadcasting; 0 by 0, and the least number by -1 wraps.
    quot Quot;
}

macro_rules! compare_methods {
    ($($(#[$doc:meta])* $method:ident $op:ident;)*) => {
        impl Expr {$(
            $(#[$doc])*
            #[track_caller]
            pub fn $method(&self, right: impl Into<Operand>) -> Expr {
                let op = CompareOp::$op;
                let (x, y) = common(op.name(), self.into(), right.into());
                Expr::apply(Op::Compare(op), vec![x, y])
            }
        )*}
    };
}
compare_methods! {
    /// `x == y`, elementwise, as bool.
    eq Eq;
    /// `x != y`, elementwise, as bool.
    ne Ne;
    /// `x < y`, elementwise, as bool.
    lt Lt;
    /// `x <= y`, elementwise, as bool.
    le Le;
    /// `x > y`, elementwise, as bool.
    gt Gt;
    /// `x >= y`, elementwise, as bool.
    ge Ge;
}

impl Expr {
    #[track_caller]
    fn unary(&self, op: UnaryOp) -> Expr {
        Expr::apply(Op::Unary(op), vec![self.clone()])
    }

    /// The same values in another element type; see [`Op::Cast`] for what happens to them.
    #[track_caller]
    pub fn cast(&self, dtype: DType) -> Expr {
        match self.type_or_none() {
            Some(ty) if ty.dtype == dtype => self.clone(),
            _ => Expr::apply(Op::Cast(dtype), vec![self.clone()]),
        }
    }

    /// This expression and another operand with their common dtype.
    #[track_caller]
    pub(crate) fn beside(&self, op: &'static str, right: impl Into<Operand>) -> (Expr, Expr) {
        common(op, self.into(), right.into())
    }

    /// A constant with the dtype of this expression, of rank 0.
    #[track_caller]
    pub fn like(&self, value: impl Into<Operand>) -> Expr {
        let dtype = self.type_or_none().map_or(DType::F32, |t| t.dtype);
        value.into().resolve(dtype, "const", vec![self.clone()])
    }

    /// The same values, taken as a constant by differentiation.
    #[track_caller]
    pub fn stop_gradient(&self) -> Expr {
        self.marked(GradientMarker::Stop)
    }

    /// The same values, with a derivative of exactly 0: unlike [`Expr::stop_gradient`], what
    /// depends on nothing else is connected, and its gradient is zeros.
    #[track_caller]
    pub fn zero_gradient(&self) -> Expr {
        self.marked(GradientMarker::Zero)
    }

    /// The same values; to differentiate through them is an error that names this line.
    #[track_caller]
    pub fn undefined_gradient(&self) -> Expr {
        self.marked(GradientMarker::Undefined)
    }

    /// The same values; each element of the gradient that flows back is clipped to `lo … hi`.
    /// Forward mode is not changed.
    #[track_caller]
    pub fn clip_gradient(&self, lo: f64, hi: f64) -> Expr {
        self.marked(GradientMarker::Clip(Scalar::new(lo), Scalar::new(hi)))
    }

    /// The same values; the derivative is multiplied by `by`, in both modes. A negative number
    /// reverses gradients.
    #[track_caller]
    pub fn scale_gradient(&self, by: f64) -> Expr {
        self.marked(GradientMarker::Scale(Scalar::new(by)))
    }

    #[track_caller]
    fn marked(&self, marker: GradientMarker) -> Expr {
        Expr::apply(Op::Marker(marker), vec![self.clone()])
    }

    /// The same value, for which the simplifier may rewrite the last op as if floats were real
    /// numbers: it may round otherwise, and lose NaN and infinities. Equal expressions are one
    /// value, so marking one marks all of them in a function.
    #[track_caller]
    pub fn fast(&self) -> Expr {
        Expr::apply(Op::Fast, vec![self.clone()])
    }

    /// `x` where this bool tensor is true, else `y`; all three broadcast.
    #[track_caller]
    pub fn select(&self, x: impl Into<Operand>, y: impl Into<Operand>) -> Expr {
        let (x, y) = common("select", x.into(), y.into());
        Expr::apply(Op::Select, vec![self.clone(), x, y])
    }

    /// `max(lo, min(x, hi))`, elementwise.
    #[track_caller]
    pub fn clip(&self, lo: impl Into<Operand>, hi: impl Into<Operand>) -> Expr {
        self.minimum(hi).maximum(lo)
    }
}

/// Word 0, 1, 2 or 3 of the bits that Philox4x32-10 makes of three `i64` operands, elementwise,
/// broadcasting: `i32`. The key is `seed`; `counter` and `stream` are the words of the counter.
#[track_caller]
pub fn random_bits(
    word: u8,
    seed: impl Into<Operand>,
    stream: impl Into<Operand>,
    counter: impl Into<Operand>,
) -> Expr {
    let number = |x: Operand| x.resolve(DType::I64, "random_bits", Vec::new());
    let operands = vec![number(seed.into()), number(stream.into()), number(counter.into())];
    Expr::apply(Op::RandomBits(word), operands)
}

/// A scalar constant of a stated type.
#[track_caller]
pub fn constant<T: Element>(value: T) -> Expr {
    Expr::constant(value)
}
