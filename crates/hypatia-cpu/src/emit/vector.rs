//! Lanes side by side: how the values of one or four points lie in registers.
//!
//! Four points of a narrow type (`f32 i32 u8 bool`) share one 128-bit register, of a wide type
//! (`f64 i64`) two. `u8` is widened to 32 bits, zeros above; a `bool` is all ones or all zeros in
//! 32 bits where four points share a register, and 1 or 0 in 8 bits where there is one.
//!
//! Invariants: the same operation gives the same bits in both widths.
//!
//! Not here: which operations there are (`emit/op.rs`), memory (`emit/access.rs`).

use cranelift_codegen::ir::immediates::V128Imm;
use cranelift_codegen::ir::{ConstantData, InstBuilder, MemFlagsData, Type, Value, types};
use cranelift_frontend::FunctionBuilder;
use hypatia_ir::dtype::DType;
use hypatia_ir::scalar::Scalar;

/// How many points are computed side by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Width {
    /// One.
    One,
    /// Four.
    Four,
}

/// The registers of one lane.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Registers {
    /// One point, or four of a narrow type.
    Single(Value),
    /// Four points of a wide type.
    Pair([Value; 2]),
}

impl Registers {
    /// The registers of `f` applied to each.
    pub fn map(self, mut f: impl FnMut(Value) -> Value) -> Registers {
        match self {
            Registers::Single(x) => Registers::Single(f(x)),
            Registers::Pair([x, y]) => Registers::Pair([f(x), f(y)]),
        }
    }

    /// The registers of `f` applied to pairs. Both must have as many registers.
    pub fn zip(self, other: Registers, mut f: impl FnMut(Value, Value) -> Value) -> Registers {
        match (self, other) {
            (Registers::Pair([a, b]), Registers::Pair([x, y])) => {
                Registers::Pair([f(a, x), f(b, y)])
            }
            (a, b) => Registers::Single(f(a.first(), b.first())),
        }
    }

    /// The first register.
    pub fn first(self) -> Value {
        match self {
            Registers::Single(x) | Registers::Pair([x, _]) => x,
        }
    }

    /// All registers.
    pub fn all(self) -> impl Iterator<Item = Value> {
        let (x, y) = match self {
            Registers::Single(x) => (x, None),
            Registers::Pair([x, y]) => (x, Some(y)),
        };
        std::iter::once(x).chain(y)
    }
}

/// The type of one point.
pub(crate) fn scalar_type(dtype: DType) -> Type {
    match dtype {
        DType::Bool => types::I8,
        DType::U8 | DType::I32 => types::I32,
        DType::I64 => types::I64,
        DType::F32 => types::F32,
        DType::F64 => types::F64,
    }
}

/// The type of each register.
pub(crate) fn register_type(dtype: DType, width: Width) -> Type {
    match (width, dtype) {
        (Width::One, dtype) => scalar_type(dtype),
        (Width::Four, DType::Bool | DType::U8 | DType::I32) => types::I32X4,
        (Width::Four, DType::I64) => types::I64X2,
        (Width::Four, DType::F32) => types::F32X4,
        (Width::Four, DType::F64) => types::F64X2,
    }
}

/// Whether four points take two registers.
pub(crate) fn is_wide(dtype: DType) -> bool {
    dtype.size() == 8
}

/// Flags of casts between register types.
pub(crate) fn cast_flags() -> MemFlagsData {
    MemFlagsData::new().with_endianness(cranelift_codegen::ir::Endianness::Little)
}

/// The same bits as another type of the same size.
pub(crate) fn bits(b: &mut FunctionBuilder<'_>, to: Type, x: Value) -> Value {
    if b.func.dfg.value_type(x) == to { x } else { b.ins().bitcast(to, cast_flags(), x) }
}

/// A constant in every lane.
pub(crate) fn constant(b: &mut FunctionBuilder<'_>, width: Width, value: Scalar) -> Registers {
    if width == Width::One {
        return Registers::Single(scalar_constant(b, value));
    }
    let low = match value.dtype() {
        DType::Bool => u64::from(value.bits() as u32).wrapping_neg() & 0xffff_ffff,
        _ => value.bits(),
    };
    let pattern = match is_wide(value.dtype()) {
        true => u128::from(low) | u128::from(low) << 64,
        false => (0..4).fold(0, |p, i| p | u128::from(low) << (32 * i)),
    };
    let data = ConstantData::from(V128Imm::from(pattern.to_le_bytes().as_slice()).0.as_slice());
    let handle = b.func.dfg.constants.insert(data);
    let register = b.ins().vconst(register_type(value.dtype(), width), handle);
    match is_wide(value.dtype()) {
        true => Registers::Pair([register, register]),
        false => Registers::Single(register),
    }
}

fn scalar_constant(b: &mut FunctionBuilder<'_>, value: Scalar) -> Value {
    match value.dtype() {
        DType::Bool | DType::U8 | DType::I32 | DType::I64 => {
            b.ins().iconst(scalar_type(value.dtype()), value.as_i64())
        }
        DType::F32 => b.ins().f32const(f32::from_bits(value.bits() as u32)),
        DType::F64 => b.ins().f64const(f64::from_bits(value.bits())),
    }
}

/// One value in every lane.
pub(crate) fn splat(
    b: &mut FunctionBuilder<'_>,
    width: Width,
    dtype: DType,
    value: Value,
) -> Registers {
    if width == Width::One {
        return Registers::Single(value);
    }
    let value = match dtype {
        DType::Bool => {
            let wide = b.ins().uextend(types::I32, value);
            b.ins().ineg(wide)
        }
        _ => value,
    };
    let register = b.ins().splat(register_type(dtype, width), value);
    match is_wide(dtype) {
        true => Registers::Pair([register, register]),
        false => Registers::Single(register),
    }
}

/// The values of the points, one by one.
pub(crate) fn unpack(b: &mut FunctionBuilder<'_>, dtype: DType, x: Registers) -> [Value; 4] {
    let lane = |b: &mut FunctionBuilder<'_>, at: u8| match x {
        Registers::Single(x) => b.ins().extractlane(x, at),
        Registers::Pair(x) => b.ins().extractlane(x[usize::from(at / 2)], at % 2),
    };
    let lanes = [lane(b, 0), lane(b, 1), lane(b, 2), lane(b, 3)];
    match dtype {
        DType::Bool => lanes.map(|x| {
            let one = b.ins().band_imm_u(x, 1);
            b.ins().ireduce(types::I8, one)
        }),
        _ => lanes,
    }
}

/// Four values side by side.
pub(crate) fn pack(b: &mut FunctionBuilder<'_>, dtype: DType, x: [Value; 4]) -> Registers {
    let x = match dtype {
        DType::Bool => x.map(|x| {
            let wide = b.ins().uextend(types::I32, x);
            b.ins().ineg(wide)
        }),
        _ => x,
    };
    let ty = register_type(dtype, Width::Four);
    let fill = |b: &mut FunctionBuilder<'_>, parts: &[Value]| {
        let first = b.ins().scalar_to_vector(ty, parts[0]);
        let rest = (1u8..).zip(&parts[1..]);
        rest.fold(first, |v, (at, &x)| b.ins().insertlane(v, x, at))
    };
    match is_wide(dtype) {
        true => Registers::Pair([fill(b, &x[..2]), fill(b, &x[2..])]),
        false => Registers::Single(fill(b, &x)),
    }
}

/// Bytes of two registers picked by number, 0 to 31.
fn shuffle(b: &mut FunctionBuilder<'_>, x: Value, y: Value, picks: [u8; 16]) -> Value {
    let (x, y) = (bits(b, types::I8X16, x), bits(b, types::I8X16, y));
    let mask = b.func.dfg.immediates.push(ConstantData::from(picks.as_slice()));
    b.ins().shuffle(x, y, mask)
}

/// The low 32 bits of four 64-bit values.
pub(crate) fn narrow(b: &mut FunctionBuilder<'_>, [x, y]: [Value; 2]) -> Value {
    let picks = [0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27];
    let bytes = shuffle(b, x, y, picks);
    bits(b, types::I32X4, bytes)
}

/// The low halves of two registers.
pub(crate) fn low_halves(b: &mut FunctionBuilder<'_>, ty: Type, x: Value, y: Value) -> Value {
    let bytes = shuffle(b, x, y, [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23]);
    bits(b, ty, bytes)
}

/// The high half of a register, in the low half.
pub(crate) fn high_half(b: &mut FunctionBuilder<'_>, x: Value) -> Value {
    let ty = b.func.dfg.value_type(x);
    let picks = [8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15];
    let bytes = shuffle(b, x, x, picks);
    bits(b, ty, bytes)
}

/// The lowest byte of each of four 32-bit values, as one 32-bit value.
pub(crate) fn low_bytes(b: &mut FunctionBuilder<'_>, x: Value) -> Value {
    let bytes = shuffle(b, x, x, [0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12]);
    let words = bits(b, types::I32X4, bytes);
    b.ins().extractlane(words, 0)
}

/// Four bytes as four 32-bit values, zeros above.
pub(crate) fn widen_bytes(b: &mut FunctionBuilder<'_>, four: Value) -> Value {
    let words = b.ins().scalar_to_vector(types::I32X4, four);
    let bytes = bits(b, types::I8X16, words);
    let halves = b.ins().uwiden_low(bytes);
    b.ins().uwiden_low(halves)
}

/// Four 32-bit masks or signed values as four of 64 bits.
pub(crate) fn widen_words(b: &mut FunctionBuilder<'_>, x: Value) -> [Value; 2] {
    [b.ins().swiden_low(x), b.ins().swiden_high(x)]
}
