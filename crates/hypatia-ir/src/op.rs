//! The closed set of primitive operations and their tables of facts.
//!
//! Invariants: one variant per primitive; an op's attributes live in its variant and nothing
//! else; elementwise ops broadcast their operands NumPy-style; reductions keep the reduced axes
//! with length 1; axes in attributes are non-negative and sorted.
//!
//! Not here: result types (`infer.rs`), values (`eval/`), composites built from these (`compose/`).

use crate::dim::Dim;
use crate::dtype::DType;
use crate::routine::Routine;
use crate::scalar::Scalar;
use crate::shape::Shape;
use std::fmt;

macro_rules! op_table {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $($(#[$vdoc])* $variant,)* }

        impl $name {
            /// Every member, in table order.
            pub const ALL: &'static [$name] = &[$($name::$variant,)*];

            /// The name in the text form and in messages.
            pub const fn name(self) -> &'static str {
                match self { $($name::$variant => $text,)* }
            }

            /// The member of that name, if there is one.
            pub fn from_name(name: &str) -> Option<$name> {
                $name::ALL.iter().copied().find(|op| op.name() == name)
            }
        }
    };
}

op_table! {
    /// Elementwise functions of one operand. All but `neg abs sign sqr` (numbers) and `not`
    /// (bool and integers) take floats only.
    UnaryOp {
        /// `-x`.
        Neg = "neg",
        /// `|x|`.
        Abs = "abs",
        /// -1, 0 or 1; the sign of a zero and NaN are kept.
        Sign = "sign",
        /// `x·x`.
        Sqr = "sqr",
        /// `e^x`.
        Exp = "exp",
        /// `e^x - 1`, accurate near 0.
        Expm1 = "expm1",
        /// Natural logarithm.
        Log = "log",
        /// `log(1 + x)`, accurate near 0.
        Log1p = "log1p",
        /// Square root; NaN below 0.
        Sqrt = "sqrt",
        /// `1/√x`.
        Rsqrt = "rsqrt",
        /// Sine of radians.
        Sin = "sin",
        /// Cosine of radians.
        Cos = "cos",
        /// Tangent of radians.
        Tan = "tan",
        /// The angle in `[-π/2, π/2]` with this sine; NaN beyond 1.
        Asin = "asin",
        /// The angle in `[0, π]` with this cosine; NaN beyond 1.
        Acos = "acos",
        /// The angle in `[-π/2, π/2]` with this tangent.
        Atan = "atan",
        /// Hyperbolic sine.
        Sinh = "sinh",
        /// Hyperbolic cosine.
        Cosh = "cosh",
        /// Hyperbolic tangent.
        Tanh = "tanh",
        /// The number with this hyperbolic sine.
        Asinh = "asinh",
        /// The positive number with this hyperbolic cosine; NaN below 1.
        Acosh = "acosh",
        /// The number with this hyperbolic tangent; NaN beyond 1.
        Atanh = "atanh",
        /// `1/(1 + e^-x)`.
        Sigmoid = "sigmoid",
        /// `log(1 + e^x)` without overflow.
        Softplus = "softplus",
        /// `2/√π ∫₀ˣ e^(-t²) dt`.
        Erf = "erf",
        /// `1 - erf x`, accurate where that is small.
        Erfc = "erfc",
        /// `e^(x²)·erfc x`, the scaled complementary error function.
        Erfcx = "erfcx",
        /// The number with this `erf`; NaN beyond 1.
        Erfinv = "erfinv",
        /// `log |Γ(x)|`; infinite at the poles.
        Lgamma = "lgamma",
        /// The derivative of `log |Γ(x)|`; NaN at negative integers.
        Digamma = "digamma",
        /// Largest integer not above `x`.
        Floor = "floor",
        /// Smallest integer not below `x`.
        Ceil = "ceil",
        /// The integer part: rounded towards zero.
        Trunc = "trunc",
        /// Nearest integer, the even one of two.
        Round = "round",
        /// Logical negation of bool, complement of the bits of integers.
        Not = "not",
    }
}

op_table! {
    /// Elementwise functions of two operands of one dtype. `and or xor` take bool and integers,
    /// `shl shr quot` integers, `div pow atan2` floats, the others numbers; integers wrap.
    BinaryOp {
        /// `x + y`.
        Add = "add",
        /// `x - y`.
        Sub = "sub",
        /// `x · y`.
        Mul = "mul",
        /// `x / y`.
        Div = "div",
        /// `x^y` with the special cases of IEEE 754 `pow`.
        Pow = "pow",
        /// `atan2(y, x)`: the angle of the point `(x, y)` in `[-π, π]`, as IEEE 754 has it.
        Atan2 = "atan2",
        /// The larger operand; NaN if either is NaN; either one of two zeros.
        Max = "maximum",
        /// The smaller operand; NaN if either is NaN; either one of two zeros.
        Min = "minimum",
        /// Logical and of bool, of the bits of integers.
        And = "and",
        /// Logical or of bool, of the bits of integers.
        Or = "or",
        /// Exclusive or of bool, of the bits of integers.
        Xor = "xor",
        /// `x` shifted left by `y` bits; 0 if `y` is negative or not below the width.
        Shl = "shl",
        /// `x` shifted right by `y` bits, the sign comes in; only sign bits if `y` is negative or
        /// not below the width.
        Shr = "shr",
        /// `x - y·trunc(x/y)`, exact, with the sign of `x`; by 0 it is 0 for integers, else NaN.
        Rem = "rem",
        /// `trunc(x/y)` of integers; 0 by 0, and the least number by -1 wraps.
        Quot = "quot",
    }
}

op_table! {
    /// Elementwise comparisons of two operands of one dtype; the result is bool. Any comparison
    /// with NaN is false, except `ne`.
    CompareOp {
        /// `x == y`.
        Eq = "eq",
        /// `x != y`.
        Ne = "ne",
        /// `x < y`.
        Lt = "lt",
        /// `x <= y`.
        Le = "le",
        /// `x > y`.
        Gt = "gt",
        /// `x >= y`.
        Ge = "ge",
    }
}

op_table! {
    /// Reductions over a set of axes; the axes stay, with length 1.
    ReduceOp {
        /// Sum; 0 over nothing.
        Sum = "sum",
        /// Product; 1 over nothing.
        Prod = "prod",
        /// Maximum; NaN if any element is NaN; an error over nothing.
        Max = "max",
        /// Minimum; NaN if any element is NaN; an error over nothing.
        Min = "min",
        /// Whether any element is true; false over nothing.
        Any = "any",
        /// Whether all elements are true; true over nothing.
        All = "all",
    }
}

impl ReduceOp {
    /// How two elements become one.
    pub const fn combines(self) -> BinaryOp {
        match self {
            ReduceOp::Sum => BinaryOp::Add,
            ReduceOp::Prod => BinaryOp::Mul,
            ReduceOp::Max => BinaryOp::Max,
            ReduceOp::Min => BinaryOp::Min,
            ReduceOp::Any => BinaryOp::Or,
            ReduceOp::All => BinaryOp::And,
        }
    }
}

op_table! {
    /// Index of an extreme element along one axis: the first on ties, the first NaN if any.
    ArgOp {
        /// Index of the maximum.
        ArgMax = "argmax",
        /// Index of the minimum.
        ArgMin = "argmin",
    }
}

op_table! {
    /// How an update becomes part of the element that is there.
    ScatterOp {
        /// The update replaces it; of several for one element, the last in row-major order does.
        Set = "scatter_set",
        /// The sum.
        Add = "scatter_add",
        /// The larger; NaN if either is NaN.
        Max = "scatter_max",
        /// The smaller; NaN if either is NaN.
        Min = "scatter_min",
    }
}

impl ScatterOp {
    /// The name of the form with one index for each update.
    pub const fn along(self) -> &'static str {
        match self {
            ScatterOp::Set => "scatter_set_along",
            ScatterOp::Add => "scatter_add_along",
            ScatterOp::Max => "scatter_max_along",
            ScatterOp::Min => "scatter_min_along",
        }
    }

    /// How an update and what is there become one; `None` where the update alone is left.
    pub const fn combines(self) -> Option<BinaryOp> {
        match self {
            ScatterOp::Set => None,
            ScatterOp::Add => Some(BinaryOp::Add),
            ScatterOp::Max => Some(BinaryOp::Max),
            ScatterOp::Min => Some(BinaryOp::Min),
        }
    }
}

/// A set of axes, as a bit mask: at most 32 axes.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Axes(u32);

impl Axes {
    /// The largest rank that tensors may have.
    pub const MAX_RANK: usize = 32;

    /// The empty set.
    pub const NONE: Axes = Axes(0);

    /// The set of the axes `0..rank`.
    pub const fn all(rank: usize) -> Axes {
        Axes(((1u64 << rank) - 1) as u32)
    }

    /// The set of one axis.
    pub const fn one(axis: usize) -> Axes {
        Axes(1 << axis)
    }

    /// Whether `axis` is in the set.
    pub const fn contains(self, axis: usize) -> bool {
        axis < Axes::MAX_RANK && self.0 & (1 << axis) != 0
    }

    /// The set with `axis` added.
    #[must_use]
    pub const fn with(self, axis: usize) -> Axes {
        Axes(self.0 | (1 << axis))
    }

    /// The union of two sets.
    #[must_use]
    pub const fn union(self, other: Axes) -> Axes {
        Axes(self.0 | other.0)
    }

    /// The axes, ascending.
    pub fn iter(self) -> impl Iterator<Item = usize> {
        (0..Axes::MAX_RANK).filter(move |&a| self.contains(a))
    }

    /// How many axes.
    pub const fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// Whether the set is empty.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl FromIterator<usize> for Axes {
    fn from_iter<I: IntoIterator<Item = usize>>(axes: I) -> Axes {
        axes.into_iter().fold(Axes::default(), Axes::with)
    }
}

impl fmt::Debug for Axes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// What a slice takes of one axis: elements `start, start + step, …`, `len` of them.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SliceAxis {
    /// Index of the first element; not negative.
    pub start: Dim,
    /// Number of elements.
    pub len: Dim,
    /// Distance between elements; negative runs backwards; never 0.
    pub step: i64,
}

/// What a pad adds to one axis.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PadAxis {
    /// Elements before the first.
    pub low: Dim,
    /// Elements after the last.
    pub high: Dim,
    /// Elements between each two neighbours.
    pub interior: usize,
}

/// What differentiation makes of an expression whose value passes unchanged. Numbers are `f64`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum GradientMarker {
    /// A constant: nothing flows, and what depends on nothing else is not connected.
    Stop,
    /// Connected, with a derivative of exactly 0.
    Zero,
    /// To differentiate through it is an error.
    Undefined,
    /// Cotangents are clipped between two numbers; tangents pass.
    Clip(Scalar, Scalar),
    /// Cotangents and tangents are multiplied by a number.
    Scale(Scalar),
}

impl GradientMarker {
    /// One of each kind.
    pub const ALL: [GradientMarker; 5] = {
        let one = Scalar::from_bits(DType::F64, 1f64.to_bits());
        [Self::Stop, Self::Zero, Self::Undefined, Self::Clip(one, one), Self::Scale(one)]
    };

    /// The name in the text form and in messages, without numbers.
    pub const fn name(self) -> &'static str {
        match self {
            GradientMarker::Stop => "stop_gradient",
            GradientMarker::Zero => "zero_gradient",
            GradientMarker::Undefined => "undefined_gradient",
            GradientMarker::Clip(..) => "clip_gradient",
            GradientMarker::Scale(_) => "scale_gradient",
        }
    }
}

/// A row of windows along one axis: element `k` of window `i` is element
/// `i · stride + k · dilation` of the axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WindowAxis {
    /// The axis.
    pub axis: usize,
    /// Elements of a window; at least 1.
    pub size: i64,
    /// Distance of neighbouring windows; at least 1.
    pub stride: i64,
    /// Distance of neighbouring elements of a window; at least 1.
    pub dilation: i64,
}

impl WindowAxis {
    /// How far the last element of a window is from its first.
    pub fn reach(&self) -> i64 {
        self.dilation.saturating_mul(self.size.saturating_sub(1))
    }

    /// How many whole windows an axis of this length has.
    pub fn count(&self, length: &Dim) -> Dim {
        let last = &(length - &Dim::Known(self.reach())) - 1;
        &last.floor_div(&Dim::Known(self.stride)) + 1
    }
}

/// Where a fold adds windows up: those of [`WindowAxis`] along an axis of this length.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FoldAxis {
    /// The axis.
    pub axis: usize,
    /// Its length in the result.
    pub length: Dim,
    /// Distance of neighbouring windows; at least 1.
    pub stride: i64,
    /// Distance of neighbouring elements of a window; at least 1.
    pub dilation: i64,
}

impl FoldAxis {
    /// The windows of this size that are added up.
    pub fn windows(&self, size: i64) -> WindowAxis {
        let FoldAxis { axis, stride, dilation, .. } = *self;
        WindowAxis { axis, size, stride, dilation }
    }
}

/// A primitive operation with its attributes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Op {
    /// Input number `.0` of the graph. No operands.
    Input(u32),
    /// Literal tensor number `.0` of the graph. No operands.
    Literal(u32),
    /// A scalar constant. No operands.
    Const(Scalar),
    /// The value of a dim, as an `i64` scalar. No operands.
    Dim(Dim),
    /// `0, 1, … n-1` as a vector of the given dtype. No operands.
    Iota(Dim, DType),
    /// Elementwise, one operand.
    Unary(UnaryOp),
    /// Elementwise, two operands.
    Binary(BinaryOp),
    /// Elementwise comparison.
    Compare(CompareOp),
    /// `select(mask, x, y)`: `x` where the mask is true, else `y`. The operand not taken does not
    /// leak into the result, NaN or not.
    Select,
    /// `random_bits(seed, stream, counter)`, elementwise: word 0, 1, 2 or 3 of the bits that
    /// Philox4x32-10 makes of them. The operands are `i64`, the bits `i32`.
    RandomBits(u8),
    /// The operand, with a note for differentiation; it vanishes after that.
    Marker(GradientMarker),
    /// The operand, whose last op the simplifier may rewrite as if floats were real numbers.
    Fast,
    /// Conversion: float to integer truncates towards zero and saturates (NaN is 0), anything to
    /// bool is `!= 0`, integer to smaller integer keeps the low bits.
    Cast(DType),
    /// Reduction over axes that are kept with length 1.
    Reduce(ReduceOp, Axes),
    /// Index (i64) of the extreme along an axis that is kept with length 1.
    ArgReduce(ArgOp, usize),
    /// The same elements in row-major order with another shape.
    Reshape(Shape),
    /// Output axis `i` is input axis `perm[i]`.
    Transpose(Vec<usize>),
    /// NumPy broadcasting to this shape.
    Broadcast(Shape),
    /// A regular part of every axis.
    Slice(Vec<SliceAxis>),
    /// `pad(x, value)`: `x` surrounded, and interspersed, by a scalar value.
    Pad(Vec<PadAxis>),
    /// Operands joined along an axis.
    Concat(usize),
    /// The windows of an axis, which becomes their number; a new last axis goes through each.
    Windows(WindowAxis),
    /// The adjoint of [`Op::Windows`]: overlapping windows added up where they come from.
    Fold(FoldAxis),
    /// `[…, m, k] · […, k, n]` with equal leading axes.
    MatMul,
    /// `take(x, indices)`: parts of `x` along an axis; the axis is replaced by the shape of the
    /// indices. Negative indices count from the end; others outside are call-time errors.
    Take(usize),
    /// `take_along(x, indices)`: one element of the axis for each index; shapes agree off the axis.
    TakeAlong(usize),
    /// `scatter_…(x, indices, updates)`: `x` with the updates where [`Op::Take`] reads.
    Scatter(ScatterOp, usize),
    /// `scatter_…_along(x, indices, updates)`: `x` with the updates where [`Op::TakeAlong`] reads.
    ScatterAlong(ScatterOp, usize),
    /// An algorithm over whole arrays, one of those below.
    Routine(Routine),
}

impl Op {
    /// The name in the text form and in messages, without attributes.
    pub fn name(&self) -> &'static str {
        match self {
            Op::Input(_) => "input",
            Op::Literal(_) => "literal",
            Op::Const(_) => "const",
            Op::Dim(_) => "dim",
            Op::Iota(..) => "iota",
            Op::Unary(op) => op.name(),
            Op::Binary(op) => op.name(),
            Op::Compare(op) => op.name(),
            Op::Select => "select",
            Op::RandomBits(_) => "random_bits",
            Op::Marker(marker) => marker.name(),
            Op::Fast => "fast",
            Op::Cast(_) => "cast",
            Op::Reduce(op, _) => op.name(),
            Op::ArgReduce(op, _) => op.name(),
            Op::Reshape(_) => "reshape",
            Op::Transpose(_) => "transpose",
            Op::Broadcast(_) => "broadcast",
            Op::Slice(_) => "slice",
            Op::Pad(_) => "pad",
            Op::Concat(_) => "concat",
            Op::Windows(_) => "windows",
            Op::Fold(_) => "fold",
            Op::MatMul => "matmul",
            Op::Take(_) => "take",
            Op::TakeAlong(_) => "take_along",
            Op::Scatter(op, _) => op.name(),
            Op::ScatterAlong(op, _) => op.along(),
            Op::Routine(op) => op.name(),
        }
    }

    /// The number of operands; `None` where it is free (`concat`).
    pub fn arity(&self) -> Option<usize> {
        match self {
            Op::Input(_) | Op::Literal(_) | Op::Const(_) | Op::Dim(_) | Op::Iota(..) => Some(0),
            Op::Unary(_)
            | Op::Marker(_)
            | Op::Fast
            | Op::Cast(_)
            | Op::Reduce(..)
            | Op::ArgReduce(..)
            | Op::Reshape(_)
            | Op::Transpose(_)
            | Op::Broadcast(_)
            | Op::Slice(_)
            | Op::Windows(_)
            | Op::Fold(_) => Some(1),
            Op::Binary(_)
            | Op::Compare(_)
            | Op::Pad(_)
            | Op::MatMul
            | Op::Take(_)
            | Op::TakeAlong(_) => Some(2),
            Op::Select | Op::RandomBits(_) | Op::Scatter(..) | Op::ScatterAlong(..) => Some(3),
            Op::Routine(op) => Some(op.arity()),
            Op::Concat(_) => None,
        }
    }

    /// Whether the op maps elements to elements, with broadcasting.
    pub fn is_elementwise(&self) -> bool {
        matches!(
            self,
            Op::Unary(_)
                | Op::Binary(_)
                | Op::Compare(_)
                | Op::Select
                | Op::RandomBits(_)
                | Op::Cast(_)
        )
    }
}
