//! The meaning of machine ops, one lane at a time.
//!
//! Invariants: [`step`] is the definition that every back end is held against; float results are
//! rounded once, to nearest with ties to even; integers wrap; `u8` is unsigned.
//!
//! Not here: what the ops of the graph mean (`hypatia_ir::eval`).

use super::Lane;
use super::machine::{MachineBinary, MachineOp, MachineUnary, Program, Shift};
use crate::error::Error;
use hypatia_ir::dtype::DType;
use hypatia_ir::op::CompareOp;
use hypatia_ir::scalar::{Element, Scalar};

/// Runs a program on one value for each input; gives the results of all instructions, in order.
///
/// # Errors
/// [`Error::Internal`] if an instruction has no meaning for its dtypes, uses a later one, or reads
/// an input that is missing or of another dtype.
pub fn run(program: &Program, inputs: &[Scalar]) -> Result<Vec<Scalar>, Error> {
    let mut results: Vec<Scalar> = Vec::with_capacity(program.instructions.len());
    for &(op, dtype) in &program.instructions {
        let value = match op {
            MachineOp::Input(number) => inputs.get(number as usize).copied(),
            _ => step(op, dtype, |lane| results.get(lane.0 as usize).copied()),
        };
        let value = value.filter(|v| v.dtype() == dtype);
        results.push(value.ok_or_else(|| Error::internal("interpret", &(op, dtype)))?);
    }
    Ok(results)
}

/// The result of one instruction whose operands `operand` knows; `None` for inputs, for unknown
/// operands and where the op has no meaning for the dtypes.
pub fn step(
    op: MachineOp,
    dtype: DType,
    operand: impl Fn(Lane) -> Option<Scalar>,
) -> Option<Scalar> {
    match op {
        MachineOp::Const(value) => Some(value),
        MachineOp::Input(_) => None,
        MachineOp::Unary(op, x) => unary(op, operand(x)?),
        MachineOp::Binary(op, x, y) => binary(op, operand(x)?, operand(y)?),
        MachineOp::Fma(a, b, c) => fma(operand(a)?, operand(b)?, operand(c)?),
        MachineOp::Shift(op, x, bits) => shift(op, operand(x)?, bits),
        MachineOp::Compare(op, x, y) => compare(op, operand(x)?, operand(y)?),
        MachineOp::Select(mask, x, y) => {
            let taken = operand(if operand(mask)?.get::<bool>()? { x } else { y })?;
            (taken.dtype() == dtype).then_some(taken)
        }
        MachineOp::Convert(x) => Some(operand(x)?.cast(dtype)),
        MachineOp::Bitcast(x) => {
            let x = operand(x)?;
            (x.dtype().size() == dtype.size()).then(|| Scalar::from_bits(dtype, x.bits()))
        }
    }
}

/// `$body` with `$t` the Rust type of `$dtype`, if it is in the list.
macro_rules! typed {
    ($dtype:expr, [$($variant:ident $rust:ty),*], $t:ident => $body:expr) => {
        match $dtype {
            $(DType::$variant => { type $t = $rust; $body })*
            #[allow(unreachable_patterns)]
            DType::Bool | DType::U8 | DType::I32 | DType::I64 | DType::F32 | DType::F64 => None,
        }
    };
}

fn unary(op: MachineUnary, x: Scalar) -> Option<Scalar> {
    macro_rules! float { ($f:ident) => { typed!(x.dtype(), [F32 f32, F64 f64], T => map(x, T::$f)) }; }
    match op {
        MachineUnary::Neg if x.dtype().is_float() => {
            typed!(x.dtype(), [F32 f32, F64 f64], T => map(x, |a: T| -a))
        }
        MachineUnary::Neg => {
            typed!(x.dtype(), [U8 u8, I32 i32, I64 i64], T => map(x, T::wrapping_neg))
        }
        MachineUnary::Abs if x.dtype().is_float() => float!(abs),
        MachineUnary::Abs if x.dtype() == DType::U8 => Some(x),
        MachineUnary::Abs => typed!(x.dtype(), [I32 i32, I64 i64], T => map(x, T::wrapping_abs)),
        MachineUnary::Sqrt => float!(sqrt),
        MachineUnary::Floor => float!(floor),
        MachineUnary::Trunc => float!(trunc),
        MachineUnary::Nearest => float!(round_ties_even),
        MachineUnary::Not => {
            typed!(x.dtype(), [Bool bool, U8 u8, I32 i32, I64 i64], T => map(x, |a: T| !a))
        }
    }
}

fn binary(op: MachineBinary, x: Scalar, y: Scalar) -> Option<Scalar> {
    macro_rules! number {
        ($int:ident, $float:tt) => {
            if x.dtype().is_float() {
                typed!(x.dtype(), [F32 f32, F64 f64], T => zip(x, y, |a: T, b: T| a $float b))
            } else {
                typed!(x.dtype(), [U8 u8, I32 i32, I64 i64], T => zip(x, y, T::$int))
            }
        };
    }
    macro_rules! extreme {
        ($int:path, $float:tt, $tie:tt) => {
            if x.dtype().is_float() {
                // Equal floats may be zeros of either sign: their bits decide.
                typed!(x.dtype(), [F32 f32, F64 f64], T => zip(x, y, |a: T, b: T| {
                    let ties = T::from_bits(a.to_bits() $tie b.to_bits());
                    if a != a || b != b { a + b } else if a == b { ties } else if a $float b { a } else { b }
                }))
            } else {
                typed!(x.dtype(), [U8 u8, I32 i32, I64 i64], T => zip::<T>(x, y, $int))
            }
        };
    }
    macro_rules! int {
        (|$a:ident, $b:ident| $value:expr) => {
            typed!(x.dtype(), [I32 i32, I64 i64], T => zip(x, y, |$a: T, $b: T| $value))
        };
    }
    macro_rules! bits {
        ($op:tt) => {
            typed!(x.dtype(), [Bool bool, U8 u8, I32 i32, I64 i64], T => zip(x, y, |a: T, b: T| a $op b))
        };
    }
    match op {
        MachineBinary::Add => number!(wrapping_add, +),
        MachineBinary::Sub => number!(wrapping_sub, -),
        MachineBinary::Mul => number!(wrapping_mul, *),
        MachineBinary::Div => {
            typed!(x.dtype(), [F32 f32, F64 f64], T => zip(x, y, |a: T, b: T| a / b))
        }
        MachineBinary::Quot => int!(|a, b| if b == 0 { 0 } else { a.wrapping_div(b) }),
        MachineBinary::Rem if x.dtype().is_float() => {
            typed!(x.dtype(), [F32 f32, F64 f64], T => zip(x, y, |a: T, b: T| a % b))
        }
        MachineBinary::Rem => int!(|a, b| if b == 0 { 0 } else { a.wrapping_rem(b) }),
        MachineBinary::Left => int!(|a, b| a.wrapping_shl(b as u32)),
        MachineBinary::Right => int!(|a, b| a.wrapping_shr(b as u32)),
        MachineBinary::Max => extreme!(Ord::max, >, &),
        MachineBinary::Min => extreme!(Ord::min, <, |),
        MachineBinary::And => bits!(&),
        MachineBinary::Or => bits!(|),
        MachineBinary::Xor => bits!(^),
    }
}

fn fma(a: Scalar, b: Scalar, c: Scalar) -> Option<Scalar> {
    typed!(a.dtype(), [F32 f32, F64 f64], T => {
        Some(a.get::<T>()?.mul_add(b.get::<T>()?, c.get::<T>()?).into())
    })
}

fn shift(op: Shift, x: Scalar, bits: u8) -> Option<Scalar> {
    let bits = u32::from(bits);
    match (op, x.dtype()) {
        (_, d) if bits >= 8 * d.size() as u32 => None,
        (Shift::Left, DType::I32) => map(x, |a: i32| a << bits),
        (Shift::Left, DType::I64) => map(x, |a: i64| a << bits),
        (Shift::Logical, DType::I32) => map(x, |a: i32| (a as u32 >> bits) as i32),
        (Shift::Logical, DType::I64) => map(x, |a: i64| (a as u64 >> bits) as i64),
        (Shift::Arithmetic, DType::I32) => map(x, |a: i32| a >> bits),
        (Shift::Arithmetic, DType::I64) => map(x, |a: i64| a >> bits),
        (_, DType::Bool | DType::U8 | DType::F32 | DType::F64) => None,
    }
}

fn compare(op: CompareOp, x: Scalar, y: Scalar) -> Option<Scalar> {
    let order = typed!(x.dtype(), [U8 u8, I32 i32, I64 i64, F32 f32, F64 f64], T => {
        Some(x.get::<T>()?.partial_cmp(&y.get::<T>()?))
    })?;
    Some(Scalar::new(match op {
        CompareOp::Eq => order.is_some_and(|o| o.is_eq()),
        CompareOp::Ne => order.is_none_or(|o| o.is_ne()),
        CompareOp::Lt => order.is_some_and(|o| o.is_lt()),
        CompareOp::Le => order.is_some_and(|o| o.is_le()),
        CompareOp::Gt => order.is_some_and(|o| o.is_gt()),
        CompareOp::Ge => order.is_some_and(|o| o.is_ge()),
    }))
}

fn map<T: Element>(x: Scalar, f: impl Fn(T) -> T) -> Option<Scalar> {
    Some(Scalar::new(f(x.get()?)))
}

fn zip<T: Element>(x: Scalar, y: Scalar, f: impl Fn(T, T) -> T) -> Option<Scalar> {
    Some(Scalar::new(f(x.get()?, y.get()?)))
}
