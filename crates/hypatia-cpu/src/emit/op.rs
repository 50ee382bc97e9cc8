//! Machine ops as Cranelift instructions, for one or four points.
//!
//! Invariants: exhaustive over machine ops; what has no vector instruction is done point by point.
//!
//! Not here: registers (`emit/vector.rs`), memory (`emit/access.rs`).

use super::scalar::Scalar;
use super::vector::{
    Registers, Width, bits, constant, high_half, is_wide, low_halves, narrow, pack, register_type,
    scalar_type, unpack, widen_words,
};
use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::{InstBuilder, Value, types};
use cranelift_frontend::FunctionBuilder;
use hypatia_ir::dtype::DType;
use hypatia_ir::op::CompareOp;
use hypatia_ir::scalar::Scalar as Constant;
use hypatia_lower::lane::machine::{MachineBinary, MachineOp, MachineUnary, Shift};

/// A lane with its dtype.
pub(crate) type Typed = (Registers, DType);

/// The value of a machine op that is no input. `of` gives the operands.
pub(crate) fn emit(
    b: &mut FunctionBuilder<'_>,
    width: Width,
    op: MachineOp,
    dtype: DType,
    of: impl Fn(hypatia_lower::lane::Lane) -> Typed,
) -> Option<Registers> {
    Some(match op {
        MachineOp::Input(_) => return None,
        MachineOp::Const(value) => constant(b, width, value),
        MachineOp::Unary(op, x) => unary(b, width, op, of(x)),
        MachineOp::Binary(op, x, y) => binary(b, width, op, dtype, of(x).0, of(y).0),
        MachineOp::Fma(x, y, z) => fma(b, of(x).0, of(y).0, of(z).0),
        MachineOp::Shift(op, x, by) => of(x).0.map(|x| match op {
            Shift::Left => b.ins().ishl_imm_u(x, i64::from(by)),
            Shift::Logical => b.ins().ushr_imm_u(x, i64::from(by)),
            Shift::Arithmetic => b.ins().sshr_imm_u(x, i64::from(by)),
        }),
        MachineOp::Compare(op, x, y) => compare(b, width, op, of(x), of(y).0),
        MachineOp::Select(mask, x, y) => select(b, width, dtype, of(mask).0, of(x).0, of(y).0),
        MachineOp::Convert(x) => convert(b, width, dtype, of(x)),
        MachineOp::Bitcast(x) => {
            let ty = register_type(dtype, width);
            of(x).0.map(|x| bits(b, ty, x))
        }
    })
}

fn fma(b: &mut FunctionBuilder<'_>, x: Registers, y: Registers, z: Registers) -> Registers {
    match (x, y, z) {
        (Registers::Pair(x), Registers::Pair(y), Registers::Pair(z)) => {
            Registers::Pair([b.ins().fma(x[0], y[0], z[0]), b.ins().fma(x[1], y[1], z[1])])
        }
        (x, y, z) => Registers::Single(b.ins().fma(x.first(), y.first(), z.first())),
    }
}

fn unary(
    b: &mut FunctionBuilder<'_>,
    width: Width,
    op: MachineUnary,
    (x, dtype): Typed,
) -> Registers {
    let result = x.map(|x| match (op, dtype) {
        (MachineUnary::Neg, _) if dtype.is_float() => b.ins().fneg(x),
        (MachineUnary::Neg, _) => b.ins().ineg(x),
        (MachineUnary::Abs, _) if dtype.is_float() => b.ins().fabs(x),
        (MachineUnary::Abs, DType::U8 | DType::Bool) => x,
        (MachineUnary::Abs, _) => {
            let sign = b.ins().sshr_imm_u(x, dtype.size() as i64 * 8 - 1);
            let flipped = b.ins().bxor(x, sign);
            b.ins().isub(flipped, sign)
        }
        (MachineUnary::Sqrt, _) => b.ins().sqrt(x),
        (MachineUnary::Floor, _) => b.ins().floor(x),
        (MachineUnary::Trunc, _) => b.ins().trunc(x),
        (MachineUnary::Nearest, _) => b.ins().nearest(x),
        (MachineUnary::Not, DType::Bool) if width == Width::One => b.ins().bxor_imm_u(x, 1),
        (MachineUnary::Not, _) => b.ins().bnot(x),
    });
    trimmed(b, width, dtype, result)
}

/// A `u8` without what arithmetic left above its eight bits.
fn trimmed(b: &mut FunctionBuilder<'_>, width: Width, dtype: DType, x: Registers) -> Registers {
    if dtype != DType::U8 {
        return x;
    }
    let mask = constant(b, width, Constant::new(0xffi32));
    x.zip(mask, |x, mask| b.ins().band(x, mask))
}

/// The value of a binary op.
pub(crate) fn binary(
    b: &mut FunctionBuilder<'_>,
    width: Width,
    op: MachineBinary,
    dtype: DType,
    x: Registers,
    y: Registers,
) -> Registers {
    let float = dtype.is_float();
    if let (MachineBinary::Max | MachineBinary::Min, false) = (op, float) {
        let order = if op == MachineBinary::Max { CompareOp::Gt } else { CompareOp::Lt };
        let first = compare(b, width, order, (x, dtype), y);
        return select(b, width, dtype, first, x, y);
    }
    if let Some(scalar) = Scalar::of(b, op, dtype) {
        return apart(b, width, dtype, x, y, scalar);
    }
    let result = x.zip(y, |x, y| match op {
        MachineBinary::Add if float => b.ins().fadd(x, y),
        MachineBinary::Add => b.ins().iadd(x, y),
        MachineBinary::Sub if float => b.ins().fsub(x, y),
        MachineBinary::Sub => b.ins().isub(x, y),
        MachineBinary::Mul if float => b.ins().fmul(x, y),
        MachineBinary::Mul => b.ins().imul(x, y),
        MachineBinary::Div => b.ins().fdiv(x, y),
        MachineBinary::Max => b.ins().fmax(x, y),
        MachineBinary::Min => b.ins().fmin(x, y),
        MachineBinary::And => b.ins().band(x, y),
        MachineBinary::Or => b.ins().bor(x, y),
        MachineBinary::Xor => b.ins().bxor(x, y),
        // Done point by point above.
        MachineBinary::Quot | MachineBinary::Rem | MachineBinary::Left | MachineBinary::Right => x,
    });
    trimmed(b, width, dtype, result)
}

/// The op point by point.
fn apart(
    b: &mut FunctionBuilder<'_>,
    width: Width,
    dtype: DType,
    x: Registers,
    y: Registers,
    op: Scalar,
) -> Registers {
    if width == Width::One {
        return Registers::Single(op.emit(b, x.first(), y.first()));
    }
    let (x, y) = (unpack(b, dtype, x), unpack(b, dtype, y));
    let points = std::array::from_fn(|at| op.emit(b, x[at], y[at]));
    pack(b, dtype, points)
}

fn compare(
    b: &mut FunctionBuilder<'_>,
    width: Width,
    op: CompareOp,
    (x, dtype): Typed,
    y: Registers,
) -> Registers {
    let float = match op {
        CompareOp::Eq => FloatCC::Equal,
        CompareOp::Ne => FloatCC::NotEqual,
        CompareOp::Lt => FloatCC::LessThan,
        CompareOp::Le => FloatCC::LessThanOrEqual,
        CompareOp::Gt => FloatCC::GreaterThan,
        CompareOp::Ge => FloatCC::GreaterThanOrEqual,
    };
    let int = match op {
        CompareOp::Eq => IntCC::Equal,
        CompareOp::Ne => IntCC::NotEqual,
        CompareOp::Lt => IntCC::SignedLessThan,
        CompareOp::Le => IntCC::SignedLessThanOrEqual,
        CompareOp::Gt => IntCC::SignedGreaterThan,
        CompareOp::Ge => IntCC::SignedGreaterThanOrEqual,
    };
    let masks = x.zip(y, |x, y| match dtype.is_float() {
        true => b.ins().fcmp(float, x, y),
        false => b.ins().icmp(int, x, y),
    });
    match (width, masks) {
        (Width::Four, Registers::Pair(masks)) => Registers::Single(narrow(b, masks)),
        (_, masks) => masks,
    }
}

/// `x` where the mask is true, else `y`.
pub(crate) fn select(
    b: &mut FunctionBuilder<'_>,
    width: Width,
    dtype: DType,
    mask: Registers,
    x: Registers,
    y: Registers,
) -> Registers {
    if width == Width::One {
        return x.zip(y, |x, y| b.ins().select(mask.first(), x, y));
    }
    let mut choose = |mask: Value, x: Value, y: Value| {
        let ty = b.func.dfg.value_type(x);
        let mask = bits(b, ty, mask);
        b.ins().bitselect(mask, x, y)
    };
    match (is_wide(dtype), x, y) {
        (true, Registers::Pair(x), Registers::Pair(y)) => {
            let ints = types::I64X2;
            let [low, high] = widen_words(b, mask.first());
            let mut choose = |mask: Value, x: Value, y: Value| {
                let ty = b.func.dfg.value_type(x);
                let (x, y) = (bits(b, ints, x), bits(b, ints, y));
                let chosen = b.ins().bitselect(mask, x, y);
                bits(b, ty, chosen)
            };
            Registers::Pair([choose(low, x[0], y[0]), choose(high, x[1], y[1])])
        }
        (_, x, y) => Registers::Single(choose(mask.first(), x.first(), y.first())),
    }
}

fn convert(b: &mut FunctionBuilder<'_>, width: Width, to: DType, (x, from): Typed) -> Registers {
    use DType::{F32, F64, I32, I64, U8};
    if from == to {
        return x;
    }
    if width == Width::One {
        return x.map(|x| convert_one(b, from, to, x));
    }
    match (from, to, x) {
        (U8, I32, x) => x,
        (I32, U8, x) => trimmed(b, width, U8, x),
        (U8 | I32, F32, x) => x.map(|x| b.ins().fcvt_from_sint(types::F32X4, x)),
        (U8 | I32, I64, x) => Registers::Pair(widen_words(b, x.first())),
        (U8 | I32, F64, x) => Registers::Pair(widen_words(b, x.first()))
            .map(|x| b.ins().fcvt_from_sint(types::F64X2, x)),
        (F32, I32, x) => x.map(|x| b.ins().fcvt_to_sint_sat(types::I32X4, x)),
        (F32, F64, x) => {
            let high = high_half(b, x.first());
            Registers::Pair([b.ins().fvpromote_low(x.first()), b.ins().fvpromote_low(high)])
        }
        (F64, F32, Registers::Pair([x, y])) => {
            let (x, y) = (b.ins().fvdemote(x), b.ins().fvdemote(y));
            Registers::Single(low_halves(b, types::F32X4, x, y))
        }
        (I64, I32, Registers::Pair(x)) => Registers::Single(narrow(b, x)),
        (I64, U8, Registers::Pair(x)) => {
            let words = Registers::Single(narrow(b, x));
            trimmed(b, width, U8, words)
        }
        (from, to, x) => {
            let points = unpack(b, from, x).map(|x| convert_one(b, from, to, x));
            pack(b, to, points)
        }
    }
}

fn convert_one(b: &mut FunctionBuilder<'_>, from: DType, to: DType, x: Value) -> Value {
    use DType::{Bool, F32, F64, I32, I64, U8};
    let ty = scalar_type(to);
    match (from, to) {
        (Bool, Bool) | (U8, U8 | I32) | (I32, I32) | (I64, I64) | (F32, F32) | (F64, F64) => x,
        (Bool, U8 | I32 | I64) => b.ins().uextend(ty, x),
        (Bool, F32 | F64) => {
            let wide = b.ins().uextend(types::I32, x);
            b.ins().fcvt_from_sint(ty, wide)
        }
        (U8 | I32 | I64, Bool) => b.ins().icmp_imm_s(IntCC::NotEqual, x, 0),
        (F32 | F64, Bool) => {
            let zero = match from {
                F32 => b.ins().f32const(0.0),
                _ => b.ins().f64const(0.0),
            };
            b.ins().fcmp(FloatCC::NotEqual, x, zero)
        }
        (I32, U8) => b.ins().band_imm_u(x, 0xff),
        (I64, U8) => {
            let word = b.ins().ireduce(types::I32, x);
            b.ins().band_imm_u(word, 0xff)
        }
        (U8, I64) => b.ins().uextend(ty, x),
        (I32, I64) => b.ins().sextend(ty, x),
        (I64, I32) => b.ins().ireduce(ty, x),
        (U8 | I32 | I64, F32 | F64) => b.ins().fcvt_from_sint(ty, x),
        (F32 | F64, I32 | I64) => b.ins().fcvt_to_sint_sat(ty, x),
        (F32 | F64, U8) => {
            let word = b.ins().fcvt_to_sint_sat(types::I32, x);
            let (least, most) = (b.ins().iconst(types::I32, 0), b.ins().iconst(types::I32, 255));
            let word = b.ins().smax(word, least);
            b.ins().smin(word, most)
        }
        (F32, F64) => b.ins().fpromote(ty, x),
        (F64, F32) => b.ins().fdemote(ty, x),
    }
}
