//! Machine ops without a vector instruction, for one point.
//!
//! Invariants: total: divisions never trap; the remainder of floats is a call of the functions
//! that [`function_named`] names.
//!
//! Not here: how points come out of registers and back (`emit/vector.rs`).

use super::vector::scalar_type;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{
    AbiParam, ExtFuncData, ExternalName, FuncRef, InstBuilder, Signature, UserExternalName, Value,
};
use cranelift_codegen::isa::CallConv;
use cranelift_frontend::FunctionBuilder;
use hypatia_ir::dtype::DType;
use hypatia_lower::lane::machine::MachineBinary;

/// The name and the type of every function that code may call; the place is its number.
const IMPORTS: [(&str, DType); 2] = [("fmodf", DType::F32), ("fmod", DType::F64)];

/// The name of a function that code may call, by its number; `None` if there is none.
pub(crate) fn function_named(number: u32) -> Option<&'static str> {
    IMPORTS.get(number as usize).map(|(name, _)| *name)
}

fn signature(convention: CallConv, dtype: DType) -> Signature {
    let mut signature = Signature::new(convention);
    signature.params.extend([AbiParam::new(scalar_type(dtype)); 2]);
    signature.returns.push(AbiParam::new(scalar_type(dtype)));
    signature
}

/// What an op on one point of a dtype is.
#[derive(Clone, Copy)]
pub(super) enum Scalar {
    /// A function.
    Call(FuncRef),
    /// Instructions.
    Integer(MachineBinary),
}

impl Scalar {
    /// The op; `None` if vectors have it.
    pub fn of(b: &mut FunctionBuilder<'_>, op: MachineBinary, dtype: DType) -> Option<Scalar> {
        match op {
            MachineBinary::Rem if dtype.is_float() => Some(Scalar::Call(remainder(b, dtype)?)),
            MachineBinary::Quot
            | MachineBinary::Rem
            | MachineBinary::Left
            | MachineBinary::Right => Some(Scalar::Integer(op)),
            MachineBinary::Add
            | MachineBinary::Sub
            | MachineBinary::Mul
            | MachineBinary::Div
            | MachineBinary::Max
            | MachineBinary::Min
            | MachineBinary::And
            | MachineBinary::Or
            | MachineBinary::Xor => None,
        }
    }

    /// Its result.
    pub fn emit(self, b: &mut FunctionBuilder<'_>, x: Value, y: Value) -> Value {
        match self {
            Scalar::Call(function) => {
                let call = b.ins().call(function, &[x, y]);
                b.inst_results(call)[0]
            }
            Scalar::Integer(MachineBinary::Left) => b.ins().ishl(x, y),
            Scalar::Integer(MachineBinary::Right) => b.ins().sshr(x, y),
            Scalar::Integer(op) => divide(b, op == MachineBinary::Quot, x, y),
        }
    }
}

fn remainder(b: &mut FunctionBuilder<'_>, dtype: DType) -> Option<FuncRef> {
    let number = IMPORTS.iter().position(|row| row.1 == dtype)? as u32;
    let name = UserExternalName { namespace: 0, index: number };
    let name = ExternalName::user(b.func.declare_imported_user_function(name));
    let known = b.func.dfg.ext_funcs.iter().find(|(_, f)| f.name == name);
    if let Some((function, _)) = known {
        return Some(function);
    }
    let signature = signature(b.func.signature.call_conv, dtype);
    let signature = b.import_signature(signature);
    let data = ExtFuncData { name, signature, colocated: false, patchable: false };
    Some(b.import_function(data))
}

/// The quotient or the remainder, by 1 in place of the divisors 0 and -1, at which the processor
/// traps.
fn divide(b: &mut FunctionBuilder<'_>, quotient: bool, x: Value, y: Value) -> Value {
    let ty = b.func.dfg.value_type(x);
    let (zero, one) = (b.ins().iconst(ty, 0), b.ins().iconst(ty, 1));
    let by_zero = b.ins().icmp(IntCC::Equal, y, zero);
    let by_minus_one = b.ins().icmp_imm_s(IntCC::Equal, y, -1);
    let traps = b.ins().bor(by_zero, by_minus_one);
    let divisor = b.ins().select(traps, one, y);
    if !quotient {
        // By 1 it is the 0 that it is by both.
        return b.ins().srem(x, divisor);
    }
    let found = b.ins().sdiv(x, divisor);
    let negated = b.ins().ineg(x);
    let found = b.ins().select(by_minus_one, negated, found);
    b.ins().select(by_zero, zero, found)
}
