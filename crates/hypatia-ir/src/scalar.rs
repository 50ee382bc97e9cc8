//! One typed value: the payload of constants, and the unit in which ops are defined.
//!
//! Invariants: equality, order and hash are those of the bits, so `NaN == NaN` and `0 != -0`;
//! bits above the width of the dtype are zero.
//!
//! Not here: arrays of values (`tensor.rs`).

use crate::dtype::DType;
use std::fmt;

/// A value of one element type, compared by its bits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Scalar {
    dtype: DType,
    bits: u64,
}

/// A Rust type that is an element type of tensors.
pub trait Element: Copy + Send + Sync + fmt::Debug + PartialEq + Default + 'static {
    /// The corresponding dtype.
    const DTYPE: DType;
    /// The bits of the value, zero-extended.
    fn to_bits64(self) -> u64;
    /// The value with these low bits.
    fn from_bits64(bits: u64) -> Self;
}

macro_rules! element {
    ($($t:ty, $d:ident, |$v:ident| $to:expr, |$b:ident| $from:expr;)*) => {$(
        impl Element for $t {
            const DTYPE: DType = DType::$d;
            fn to_bits64(self) -> u64 { let $v = self; $to }
            fn from_bits64($b: u64) -> Self { $from }
        }
        impl From<$t> for Scalar {
            fn from(value: $t) -> Scalar { Scalar::new(value) }
        }
    )*};
}

element! {
    bool, Bool, |v| u64::from(v), |b| b & 1 != 0;
    u8, U8, |v| u64::from(v), |b| b as u8;
    i32, I32, |v| u64::from(v as u32), |b| b as u32 as i32;
    i64, I64, |v| v as u64, |b| b as i64;
    f32, F32, |v| u64::from(v.to_bits()), |b| f32::from_bits(b as u32);
    f64, F64, |v| v.to_bits(), |b| f64::from_bits(b);
}

impl Scalar {
    /// Wraps a Rust value.
    pub fn new<T: Element>(value: T) -> Scalar {
        Scalar { dtype: T::DTYPE, bits: value.to_bits64() }
    }

    /// A value from its raw bits; bits above the width of `dtype` are dropped.
    pub const fn from_bits(dtype: DType, bits: u64) -> Scalar {
        let bits = match dtype {
            DType::Bool => bits & 1,
            DType::U8 => bits & 0xff,
            DType::I32 | DType::F32 => bits & 0xffff_ffff,
            DType::I64 | DType::F64 => bits,
        };
        Scalar { dtype, bits }
    }

    /// The number `value` in type `dtype`: rounded to nearest for floats, truncated and saturated
    /// for integers, `!= 0` for bool.
    pub fn from_f64(dtype: DType, value: f64) -> Scalar {
        match dtype {
            DType::Bool => Scalar::new(value != 0.0),
            DType::U8 => Scalar::new(value as u8),
            DType::I32 => Scalar::new(value as i32),
            DType::I64 => Scalar::new(value as i64),
            DType::F32 => Scalar::new(value as f32),
            DType::F64 => Scalar::new(value),
        }
    }

    /// The integer `value` in type `dtype`: low bits for integers, nearest for floats.
    pub fn from_i64(dtype: DType, value: i64) -> Scalar {
        match dtype {
            DType::Bool => Scalar::new(value != 0),
            DType::U8 => Scalar::new(value as u8),
            DType::I32 => Scalar::new(value as i32),
            DType::I64 => Scalar::new(value),
            DType::F32 => Scalar::new(value as f32),
            DType::F64 => Scalar::new(value as f64),
        }
    }

    /// The element type.
    pub const fn dtype(self) -> DType {
        self.dtype
    }

    /// The bits, zero-extended to 64.
    pub const fn bits(self) -> u64 {
        self.bits
    }

    /// The value, if `T` is its type.
    pub fn get<T: Element>(self) -> Option<T> {
        (T::DTYPE == self.dtype).then(|| T::from_bits64(self.bits))
    }

    /// The value as `f64`: exact except for large `i64`.
    pub fn as_f64(self) -> f64 {
        match self.dtype {
            DType::Bool | DType::U8 => self.bits as f64,
            DType::I32 => f64::from(self.bits as u32 as i32),
            DType::I64 => self.bits as i64 as f64,
            DType::F32 => f64::from(f32::from_bits(self.bits as u32)),
            DType::F64 => f64::from_bits(self.bits),
        }
    }

    /// The value as `i64`; floats truncate and saturate, NaN is 0.
    pub fn as_i64(self) -> i64 {
        match self.dtype {
            DType::Bool | DType::U8 => self.bits as i64,
            DType::I32 => i64::from(self.bits as u32 as i32),
            DType::I64 => self.bits as i64,
            DType::F32 | DType::F64 => self.as_f64() as i64,
        }
    }

    /// The value converted as `cast` converts: see [`crate::op::Op::Cast`].
    pub fn cast(self, to: DType) -> Scalar {
        if to == self.dtype {
            return self;
        }
        match (self.dtype.is_float(), to) {
            (true, _) => Scalar::from_f64(to, self.as_f64()),
            (false, _) => Scalar::from_i64(to, self.as_i64()),
        }
    }
}

impl fmt::Display for Scalar {
    /// The shortest text that reads back to the same value in this dtype.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.dtype {
            DType::Bool => write!(f, "{}", self.bits == 1),
            DType::U8 | DType::I32 | DType::I64 => write!(f, "{}", self.as_i64()),
            DType::F32 => write_float(f, &format!("{:?}", f32::from_bits(self.bits as u32))),
            DType::F64 => write_float(f, &format!("{:?}", f64::from_bits(self.bits))),
        }
    }
}

fn write_float(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    match text {
        "NaN" => f.write_str("nan"),
        other => f.write_str(other.strip_suffix(".0").unwrap_or(other)),
    }
}

impl fmt::Debug for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}{}", self.dtype)
    }
}
