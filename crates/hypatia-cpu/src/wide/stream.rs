//! Stores past the cache, for outputs that it cannot hold anyway.
//!
//! A store through the cache first reads the line that it writes. Past the cache that traffic is
//! saved, and what the cache holds stays there; but whoever reads the output next finds it in
//! memory only.
//!
//! Invariants: the same values; an output that takes over the memory of an operand goes through
//! the cache, where it is already.
//!
//! Not here: the loop (`strip.rs`).

use super::encode::Pointer;
use super::pointers::{Access, Pointers, slot};
use super::strip::Strip;
use super::takes::Lay;
use super::target::Target;
use super::{Done, Refusal, Wide};
use hypatia_ir::dim::Dim;
use hypatia_ir::op::ScatterOp;
use iced_x86::code_asm::registers::gpr64::get_gpr64;
use iced_x86::code_asm::{AsmRegister64, CodeLabel, r14, rax, rcx};

/// Outputs of more bytes than this go past the cache.
const LARGE: i32 = 32 << 20;

impl Wide<'_> {
    /// Whether the stores of a strip may go past the cache.
    pub fn may_stream(&self, strip: &Strip) -> bool {
        let known = self.kernel.rows.iter().try_fold(1i64, |n, d| n.checked_mul(d.known()?));
        let phases = strip.phases.iter().map(|&p| (p, &self.kernel.phases[p]));
        let stores = phases.flat_map(|(phase, own)| {
            own.stores
                .iter()
                .enumerate()
                .map(move |(at, s)| (Access { phase, number: own.inputs.len() + at }, s))
        });
        let all: Vec<bool> = stores
            .map(|(access, store)| {
                let size = self.scale(access) as usize;
                let whole =
                    size == Target::element(self.kernel.params[store.buffer as usize].dtype);
                self.lay(strip, access) == Lay::Side && store.onto == ScatterOp::Set && whole
            })
            .collect();
        let large = known.is_none_or(|n| n >= i64::from(LARGE) / 8);
        self.kernel.columns.is_empty() && large && !all.is_empty() && all.into_iter().all(|s| s)
    }

    /// Goes to a label unless the output is large, its place aligned, and its memory not read.
    pub fn unless_streaming(
        &mut self,
        strip: &Strip,
        pointers: &Pointers,
        ordinary: CodeLabel,
    ) -> Done {
        let all: Vec<(Access, Pointer)> =
            pointers.accesses.iter().copied().zip(pointers.at.iter().copied()).collect();
        let is_store = |a: &Access| a.number >= self.kernel.phases[a.phase].inputs.len();
        let (stores, loads): (Vec<_>, Vec<_>) = all.into_iter().partition(|(a, _)| is_store(a));
        let widest = stores.iter().map(|(a, _)| self.scale(*a)).max().unwrap_or(1);
        self.a.mov(rax, widest)?;
        let rows: Vec<Dim> = self.kernel.rows.clone();
        for length in &rows {
            self.dim_into(rcx, length, 1)?;
            self.a.imul_2(rax, rcx)?;
        }
        self.a.cmp(rax, LARGE)?;
        self.a.jl(ordinary)?;
        for (store, to) in stores {
            self.pointer_into(rax, to)?;
            for &(load, from) in &loads {
                if self.lay(strip, load) == Lay::Side {
                    self.pointer_into(rcx, from)?;
                    self.a.cmp(rax, rcx)?;
                    self.a.je(ordinary)?;
                }
            }
            self.a.imul_3(rcx, r14, self.scale(store) as i32)?;
            self.a.add(rax, rcx)?;
            self.a.test(rax, 63)?;
            self.a.jne(ordinary)?;
        }
        Ok(())
    }

    fn pointer_into(&mut self, to: AsmRegister64, pointer: Pointer) -> Done {
        match pointer {
            Pointer::Register(register) => {
                let from = get_gpr64(register).ok_or(Refusal::Lacking)?;
                self.a.mov(to, from)?;
            }
            Pointer::Slot(at) => self.a.mov(to, slot(at))?,
        }
        Ok(())
    }
}
