//! Addresses: base registers and pointers of accesses, from affine functions of the axes.
//!
//! Invariants: `rax`, `rcx` and `rdx` are free for use here; everything else keeps its value.
//!
//! Not here: which accesses a loop has (`strip.rs`).

use super::encode::Pointer;
use super::strip::Strip;
use super::takes::Lay;
use super::{Done, Wide};
use hypatia_ir::dim::Dim;
use hypatia_ir::dtype::DType;
use hypatia_lower::kernel::{Affine, Indirect, Source};
use iced_x86::Register;
use iced_x86::code_asm::registers::gpr64::get_gpr64;
use iced_x86::code_asm::{
    AsmMemoryOperand, AsmRegister64, byte_ptr, dword_ptr, qword_ptr, r14, rax, rcx, rdi, rdx, rsp,
};

/// Registers for pointers.
const REGISTERS: [Register; 9] = [
    Register::RBX,
    Register::RBP,
    Register::RSI,
    Register::RDI,
    Register::R8,
    Register::R9,
    Register::R10,
    Register::R11,
    Register::R12,
];

/// A slot of the frame.
pub(super) fn slot(at: i32) -> AsmMemoryOperand {
    qword_ptr(rsp + at)
}

/// An access of a phase: an input or, after all inputs, a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Access {
    pub phase: usize,
    pub number: usize,
}

/// Slots with addresses of element 0.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Bases {
    own: i32,
    /// Of the index that is looked up, and the number of that access in the kernel.
    found: Option<(i32, i64)>,
}

/// What loops do with the pointers of a strip.
#[derive(Default)]
pub(super) struct Pointers {
    /// The access of each.
    pub accesses: Vec<Access>,
    pub at: Vec<Pointer>,
}

impl Pointers {
    /// The number of an access's pointer.
    pub fn of(&mut self, access: Access) -> usize {
        match self.accesses.iter().position(|a| *a == access) {
            Some(number) => number,
            None => {
                self.accesses.push(access);
                self.accesses.len() - 1
            }
        }
    }
}

impl<'a> Wide<'a> {
    /// The affine function of an access; `None` for row values.
    pub fn affine(&self, access: Access) -> Option<(&'a Affine, DType)> {
        let kernel = self.kernel;
        let phase = &kernel.phases[access.phase];
        let dtype = |buffer: u32| kernel.params[buffer as usize].dtype;
        match access.number.checked_sub(phase.inputs.len()) {
            Some(store) => {
                let store = &phase.stores[store];
                Some((&store.index, dtype(store.buffer)))
            }
            None => match &phase.inputs[access.number] {
                Source::Load { buffer, index, .. } => Some((index, dtype(*buffer))),
                Source::Index(index) => Some((index, DType::I64)),
                Source::Row(_) => None,
            },
        }
    }

    /// The index that an access looks up.
    fn indirect(&self, access: Access) -> Option<&'a Indirect> {
        let phase = &self.kernel.phases[access.phase];
        match access.number.checked_sub(phase.inputs.len()) {
            Some(store) => phase.stores[store].scatter.as_ref(),
            None => match &phase.inputs[access.number] {
                Source::Load { indirect, .. } => indirect.as_ref(),
                Source::Index(_) | Source::Row(_) => None,
            },
        }
    }

    /// The buffer of an access.
    fn buffer(&self, access: Access) -> Option<u32> {
        let phase = &self.kernel.phases[access.phase];
        match access.number.checked_sub(phase.inputs.len()) {
            Some(store) => Some(phase.stores[store].buffer),
            None => match &phase.inputs[access.number] {
                Source::Load { buffer, .. } => Some(*buffer),
                Source::Index(_) | Source::Row(_) => None,
            },
        }
    }

    /// The value of a dim times a number.
    pub fn dim_into(&mut self, to: AsmRegister64, dim: &Dim, scale: i64) -> Done {
        match (dim.known(), self.dims.get(dim)) {
            (Some(value), _) => self.a.mov(to, value.wrapping_mul(scale))?,
            (None, Some(&at)) => {
                self.a.mov(to, slot(at))?;
                self.times(to, scale)?;
            }
            // `Kernel::symbolic_dims` names every dim of the kernel.
            (None, None) => return Err(super::Refusal::Lacking),
        }
        Ok(())
    }

    fn times(&mut self, to: AsmRegister64, scale: i64) -> Done {
        match (scale, i32::try_from(scale)) {
            (1, _) => {}
            (_, Ok(scale)) => self.a.imul_3(to, to, scale)?,
            // Scales are sizes of elements and small counts.
            (_, Err(_)) => return Err(super::Refusal::Lacking),
        }
        Ok(())
    }

    /// `rax += index · dim · scale` for the index in a slot of the frame; uses `rcx`.
    fn add_scaled(&mut self, index: i32, dim: &Dim, scale: i64) -> Done {
        match dim.known().and_then(|d| i32::try_from(d.wrapping_mul(scale)).ok()) {
            Some(1) => self.a.add(rax, slot(index))?,
            Some(step) => {
                self.a.imul_3(rcx, slot(index), step)?;
                self.a.add(rax, rcx)?;
            }
            None => {
                self.dim_into(rcx, dim, scale)?;
                self.a.imul_2(rcx, slot(index))?;
                self.a.add(rax, rcx)?;
            }
        }
        Ok(())
    }

    /// Works out the addresses of element 0 of all accesses; the buffers' are at `rdi`.
    pub fn bases(&mut self) -> Done {
        let mut check = 0;
        for phase in 0..self.kernel.phases.len() {
            let own = &self.kernel.phases[phase];
            let count = own.inputs.len() + own.stores.len();
            let mut all = Vec::with_capacity(count);
            for number in 0..count {
                let access = Access { phase, number };
                let mut bases = Bases::default();
                if let Some((affine, dtype)) = self.affine(access) {
                    bases.own = self.base(&affine.offset, self.buffer(access), dtype)?;
                }
                if let Some(found) = self.indirect(access) {
                    let dtype = self.kernel.params[found.indices as usize].dtype;
                    let at = self.base(&found.at.offset, Some(found.indices), dtype)?;
                    bases.found = Some((at, check));
                    check += 1;
                }
                all.push(bases);
            }
            self.bases.push(all);
        }
        Ok(())
    }

    /// A slot with the address of an offset in a buffer, or the offset itself.
    fn base(&mut self, offset: &Dim, buffer: Option<u32>, dtype: DType) -> Done<i32> {
        self.dim_into(rax, offset, buffer.map_or(1, |_| dtype.size() as i64))?;
        if let Some(buffer) = buffer {
            self.a.add(rax, qword_ptr(rdi + 8 * buffer as i32))?;
        }
        let at = self.frame.slot(8);
        self.a.mov(slot(at), rax)?;
        Ok(at)
    }

    /// Bytes (or, of an index, units) per unit of stride.
    pub fn scale(&self, access: Access) -> i64 {
        match (self.buffer(access), self.affine(access)) {
            (Some(_), Some((_, dtype))) => dtype.size() as i64,
            _ => 1,
        }
    }

    /// The address of an access (the value of an index) in `rax`, where the axes are as their
    /// slots say but axis `except` is 0.
    pub fn address(&mut self, access: Access, except: Option<usize>) -> Done {
        let Some((affine, _)) = self.affine(access) else { return Ok(()) };
        let bases = self.bases[access.phase][access.number];
        self.linear(bases.own, affine, self.scale(access), except)?;
        match (self.indirect(access), bases.found) {
            (Some(found), Some(base)) => self.look_up(found, base, self.scale(access)),
            _ => Ok(()),
        }
    }

    /// What is in a slot plus an affine function of the axes, in `rax`.
    fn linear(&mut self, base: i32, affine: &Affine, scale: i64, except: Option<usize>) -> Done {
        self.a.mov(rax, slot(base))?;
        for (axis, stride) in affine.strides.iter().enumerate() {
            if !stride.is(0) && Some(axis) != except {
                self.add_scaled(self.axes[axis], stride, scale)?;
            }
        }
        Ok(())
    }

    /// Moves `rax` by an index that is looked up; one outside its axis ends the function. Uses
    /// `rdx`, too.
    fn look_up(&mut self, found: &Indirect, (base, check): (i32, i64), scale: i64) -> Done {
        let from = self.frame.slot(8);
        self.a.mov(slot(from), rax)?;
        let dtype = self.kernel.params[found.indices as usize].dtype;
        self.linear(base, &found.at, dtype.size() as i64, None)?;
        match dtype {
            DType::I64 => self.a.mov(rax, qword_ptr(rax))?,
            DType::I32 => self.a.movsxd(rax, dword_ptr(rax))?,
            _ => self.a.movzx(rax, byte_ptr(rax))?,
        }
        self.dim_into(rcx, &found.extent, 1)?;
        self.a.lea(rdx, qword_ptr(rax + rcx))?;
        self.a.test(rax, rax)?;
        self.a.cmovns(rdx, rax)?;
        let mut inside = self.a.create_label();
        self.a.cmp(rdx, rcx)?;
        self.a.jb(inside)?;
        self.a.mov(rdx, slot(self.own.fault))?;
        self.a.mov(qword_ptr(rdx + 8), rax)?;
        self.a.mov(qword_ptr(rdx + 16), rcx)?;
        self.a.mov(rax, check)?;
        self.a.mov(qword_ptr(rdx), rax)?;
        self.a.jmp(self.leave)?;
        self.here(&mut inside)?;
        self.dim_into(rax, &found.stride, scale)?;
        self.a.imul_2(rax, rdx)?;
        self.a.add(rax, slot(from))?;
        Ok(())
    }

    /// Gives a register, while there are any, or a slot to each pointer and sets it.
    pub fn set_pointers(&mut self, strip: &Strip, pointers: &mut Pointers) -> Done {
        let lanes = strip.along.filter(|_| strip.vector);
        for (number, &access) in pointers.accesses.iter().enumerate() {
            self.address(access, lanes)?;
            if let (Some(axis), Lay::Apart) = (lanes, self.lay(strip, access)) {
                // Only neighbours are found by the loop's index.
                let Some((affine, _)) = self.affine(access) else { continue };
                self.dim_into(rcx, &affine.strides[axis], self.scale(access))?;
                self.a.imul_2(rcx, r14)?;
                self.a.add(rax, rcx)?;
            }
            pointers.at.push(match REGISTERS.get(number) {
                Some(&register) => {
                    let Some(to) = get_gpr64(register) else {
                        return Err(super::Refusal::Lacking);
                    };
                    self.a.mov(to, rax)?;
                    Pointer::Register(register)
                }
                None => {
                    let at = self.frame.slot(8);
                    self.a.mov(slot(at), rax)?;
                    Pointer::Slot(at)
                }
            });
        }
        Ok(())
    }

    /// Moves the pointers `times` steps along the axis of a strip, but not those that the loop's
    /// index moves.
    pub fn step_pointers(&mut self, strip: &Strip, pointers: &Pointers, times: usize) -> Done {
        let Some(axis) = strip.along else { return Ok(()) };
        for (&access, pointer) in pointers.accesses.iter().zip(&pointers.at) {
            let Some((affine, _)) = self.affine(access) else { continue };
            let stride = &affine.strides[axis];
            let indexed = strip.vector && self.lay(strip, access) != Lay::Apart;
            if stride.is(0) || indexed {
                continue;
            }
            let scale = self.scale(access) * times as i64;
            let step = stride.known().and_then(|s| i32::try_from(s.wrapping_mul(scale)).ok());
            if step.is_none() {
                self.dim_into(rax, stride, scale)?;
            }
            match (*pointer, step) {
                (Pointer::Register(register), step) => match (get_gpr64(register), step) {
                    (Some(to), Some(step)) => self.a.add(to, step)?,
                    (Some(to), None) => self.a.add(to, rax)?,
                    (None, _) => return Err(super::Refusal::Lacking),
                },
                (Pointer::Slot(at), Some(step)) => self.a.add(slot(at), step)?,
                (Pointer::Slot(at), None) => self.a.add(slot(at), rax)?,
            }
        }
        Ok(())
    }
}
