//! Instructions with registers, as the assembler's.
//!
//! Invariants: the constants are at the address in `r15`, the frame at `rsp`, the loop's index in
//! `r14`; `rax` may be overwritten by any instruction that has an access.
//!
//! Not here: labels and loops (`nest.rs`).

use super::allocate::{Place, Placed};
use super::code::{Base, Memory};
use iced_x86::{Code, IcedError, Instruction, MemoryOperand, OpKind, Register};

/// Where the pointer of an access is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pointer {
    Register(Register),
    /// A slot of the frame.
    Slot(i32),
}

/// The instructions of one placed instruction; `pointers` are those of the accesses.
pub fn encode(placed: &Placed, pointers: &[Pointer]) -> Result<Vec<Instruction>, IcedError> {
    let mut all = Vec::with_capacity(2);
    let mut inst = Instruction::default();
    inst.set_code(placed.code);
    let mut at = 0;
    for place in &placed.operands {
        match *place {
            Place::Register(register) => {
                inst.try_set_op_kind(at, OpKind::Register)?;
                inst.try_set_op_register(at, register)?;
            }
            Place::Memory(memory) => {
                let base = match memory.base {
                    Base::Pool => Register::R15,
                    Base::Frame => Register::RSP,
                    Base::Access(number) => match pointers.get(number) {
                        Some(Pointer::Register(register)) => *register,
                        Some(Pointer::Slot(slot)) => {
                            let slot =
                                MemoryOperand::with_base_displ(Register::RSP, i64::from(*slot));
                            all.push(Instruction::with2(Code::Mov_r64_rm64, Register::RAX, slot)?);
                            Register::RAX
                        }
                        // Pointers are made for every access before code is.
                        None => Register::None,
                    },
                };
                set_memory(&mut inst, at, base, memory, folded(placed, at))?;
            }
        }
        at += 1;
    }
    if let Some(number) = placed.immediate {
        inst.try_set_op_kind(at, OpKind::Immediate8)?;
        inst.set_immediate8(number);
    }
    if let Some(mask) = placed.mask {
        inst.set_op_mask(mask);
        inst.set_zeroing_masking(placed.zeroing);
    }
    if let Some(index) = placed.index {
        inst.set_memory_index(index);
    }
    all.push(inst);
    Ok(all)
}

/// Whether the memory operand belongs to an instruction that computes: then one element in
/// memory is broadcast by the operand, else by the instruction itself.
fn folded(placed: &Placed, at: u32) -> bool {
    at > 0
        && !matches!(
            placed.code,
            Code::EVEX_Vbroadcastss_ymm_k1z_xmmm32
                | Code::EVEX_Vbroadcastss_zmm_k1z_xmmm32
                | Code::EVEX_Vbroadcastsd_ymm_k1z_xmmm64
                | Code::EVEX_Vbroadcastsd_zmm_k1z_xmmm64
        )
}

fn set_memory(
    inst: &mut Instruction,
    at: u32,
    base: Register,
    memory: Memory,
    folded: bool,
) -> Result<(), IcedError> {
    inst.try_set_op_kind(at, OpKind::Memory)?;
    inst.set_memory_base(base);
    if let Some(scale) = memory.scale {
        inst.set_memory_index(Register::R14);
        inst.set_memory_index_scale(scale);
    }
    inst.set_memory_displacement64(i64::from(memory.offset) as u64);
    inst.set_memory_displ_size(u32::from(memory.offset != 0));
    inst.set_is_broadcast(memory.spread != 0 && folded);
    Ok(())
}
