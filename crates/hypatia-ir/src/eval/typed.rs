//! From dtypes to Rust types: one generic body for every element type.
//!
//! Invariants: the accumulator of a type is `f64` for floats and the type itself for integers.
//!
//! Not here: the bodies.

use crate::tensor::Stored;

/// Runs the body with `$t` standing for the Rust type of the dtype.
macro_rules! typed {
    ($dtype:expr, $t:ident => $body:expr) => {
        typed!(@ $dtype, $t => $body;
            Bool bool, U8 u8, I32 i32, I64 i64, F32 f32, F64 f64)
    };
    (@ $dtype:expr, $t:ident => $body:expr; $($variant:ident $rust:ty),*) => {
        match $dtype {
            $($crate::dtype::DType::$variant => {
                type $t = $rust;
                $body
            })*
        }
    };
}
pub(super) use typed;

/// As [`typed!`] for number types; an internal error for `bool`.
macro_rules! numeric {
    ($dtype:expr, $t:ident => $body:expr) => {
        numeric!(@ $dtype, $t => $body; U8 u8, I32 i32, I64 i64, F32 f32, F64 f64)
    };
    (@ $dtype:expr, $t:ident => $body:expr; $($variant:ident $rust:ty),*) => {
        match $dtype {
            $($crate::dtype::DType::$variant => {
                type $t = $rust;
                $body
            })*
            $crate::dtype::DType::Bool => {
                Err($crate::eval::error::internal("expected a number type, found bool"))
            }
        }
    };
}
pub(super) use numeric;

/// A number type with the type that its sums and products are formed in.
pub(super) trait Number: Stored + PartialOrd {
    /// The type of accumulators.
    type Wide: Copy;
    /// 0.
    const ZERO: Self::Wide;
    /// 1.
    const ONE: Self::Wide;
    /// The same number as an accumulator; exact.
    fn widen(self) -> Self::Wide;
    /// The accumulated number, rounded to nearest.
    fn narrow(wide: Self::Wide) -> Self;
    /// The sum.
    fn plus(a: Self::Wide, b: Self::Wide) -> Self::Wide;
    /// The product.
    fn times(a: Self::Wide, b: Self::Wide) -> Self::Wide;
}

macro_rules! number {
    ($($t:ty: $wide:ty, $zero:expr, $one:expr, $plus:expr, $times:expr;)*) => {$(
        impl Number for $t {
            type Wide = $wide;
            const ZERO: $wide = $zero;
            const ONE: $wide = $one;
            fn widen(self) -> $wide { self as $wide }
            fn narrow(wide: $wide) -> $t { wide as $t }
            fn plus(a: $wide, b: $wide) -> $wide { $plus(a, b) }
            fn times(a: $wide, b: $wide) -> $wide { $times(a, b) }
        }
    )*};
}
number! {
    u8: u8, 0, 1, u8::wrapping_add, u8::wrapping_mul;
    i32: i32, 0, 1, i32::wrapping_add, i32::wrapping_mul;
    i64: i64, 0, 1, i64::wrapping_add, i64::wrapping_mul;
    f32: f64, 0.0, 1.0, |a, b| a + b, |a, b| a * b;
    f64: f64, 0.0, 1.0, |a, b| a + b, |a, b| a * b;
}
