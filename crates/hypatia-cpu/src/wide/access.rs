//! Loads and stores of vectors.
//!
//! Invariants: lanes outside a mask are neither read nor written; a `bool` in memory is one byte,
//! not 0 for true, 1 when written.
//!
//! Not here: addresses (`pointers.rs`).

use super::code::{Base, Form, Inst, Kind, Memory, Operand, Style, Value};
use super::codes;
use super::select::Selector;
use super::target::Target;
use hypatia_ir::dtype::DType;
use iced_x86::Code;

/// The lanes that count, for narrow and for wide elements. With AVX-512 both are one mask
/// register.
#[derive(Clone, Copy, Debug)]
pub struct Mask {
    pub narrow: Value,
    pub wide: Value,
}

impl Mask {
    fn of(self, size: usize) -> Value {
        if size == 8 { self.wide } else { self.narrow }
    }
}

impl Selector<'_> {
    /// Neighbouring elements.
    pub fn load(&mut self, dtype: DType, from: Memory, mask: Option<Mask>) -> Value {
        let form = self.target.form(dtype);
        let kind = Kind::Vector(form);
        let size = dtype.size();
        match (dtype, mask) {
            (DType::Bool, mask) if self.target.evex => self.load_bools(from, mask),
            (DType::U8, mask) if self.target.evex => {
                self.block.load(kind, form.of(&codes::BYTES), from, mask.map(|m| m.narrow))
            }
            (DType::Bool | DType::U8, _) => self.lacking(dtype),
            (_, None) => self.block.load(kind, form.sized(&codes::LOAD, size), from, None),
            (_, Some(mask)) if self.target.evex => {
                let code = form.sized(&codes::LOAD, size);
                self.block.load(kind, code, from, Some(mask.narrow))
            }
            (_, Some(mask)) => {
                let out = self.block.outside(kind);
                let code = form.sized(&codes::LOAD_V, size);
                let operands = vec![Operand::Value(mask.of(size)), Operand::Memory(from)];
                self.block.push(Inst { out: Some(out), ..Inst::new(code, Style::Plain, operands) });
                out
            }
        }
    }

    fn load_bools(&mut self, from: Memory, mask: Option<Mask>) -> Value {
        let kind = Kind::Vector(Form::Avx16);
        let bytes = match mask {
            Some(mask) => {
                let code = Code::EVEX_Vmovdqu8_xmm_k1z_xmmm128;
                self.block.load(kind, code, from, Some(mask.narrow))
            }
            None => self.block.load(kind, self.move_bytes(true), from, None),
        };
        let code = Code::EVEX_Vptestmb_kr_k1_xmm_xmmm128;
        self.block.emit(Kind::Mask, code, Style::Plain, &[bytes, bytes])
    }

    /// Moves as many bytes as there are lanes.
    fn move_bytes(&self, load: bool) -> Code {
        match (self.target.count, load) {
            (16, true) => Code::EVEX_Vmovdqu8_xmm_k1z_xmmm128,
            (16, false) => Code::EVEX_Vmovdqu8_xmmm128_k1z_xmm,
            (_, true) => Code::EVEX_Vmovq_xmm_xmmm64,
            (_, false) => Code::EVEX_Vmovq_xmmm64_xmm,
        }
    }

    /// One element in every lane, of a dtype that is as wide in memory as in registers.
    pub fn spread(&mut self, dtype: DType, from: Memory) -> Value {
        let form = self.target.form(dtype);
        let code = form.sized(&codes::SPREAD, Target::element(dtype));
        self.block.load(Kind::Vector(form), code, from, None)
    }

    /// Values into neighbouring elements; past the cache if `stream`.
    pub fn store(
        &mut self,
        dtype: DType,
        to: Memory,
        value: Value,
        mask: Option<Mask>,
        stream: bool,
    ) {
        let form = self.target.form(dtype);
        let size = dtype.size();
        match (dtype, mask) {
            (DType::Bool, mask) if self.target.evex => {
                let ones = self.pool.place(&[1; 16]);
                let kind = Kind::Vector(Form::Avx16);
                let code = Code::EVEX_Vmovdqu8_xmm_k1z_xmmm128;
                let ones = Memory::at(Base::Pool, ones);
                let bytes = self.block.load(kind, code, ones, Some(value));
                let code = match mask {
                    Some(_) => Code::EVEX_Vmovdqu8_xmmm128_k1z_xmm,
                    None => self.move_bytes(false),
                };
                self.block.store(code, to, bytes, mask.map(|m| m.narrow));
            }
            (DType::U8, mask) if self.target.evex => {
                let code = form.of(&codes::LOW_BYTES);
                self.block.store(code, to, value, mask.map(|m| m.narrow));
            }
            (DType::Bool | DType::U8, _) => self.block.lacks = true,
            (_, None) if stream => self.block.store(form.of(&codes::STREAM), to, value, None),
            (_, None) => self.block.store(form.sized(&codes::STORE, size), to, value, None),
            (_, Some(mask)) if self.target.evex => {
                self.block.store(form.sized(&codes::STORE, size), to, value, Some(mask.narrow));
            }
            (_, Some(mask)) => {
                let code = form.sized(&codes::STORE_V, size);
                let mask = Operand::Value(mask.of(size));
                let operands = vec![Operand::Memory(to), mask, Operand::Value(value)];
                self.block.push(Inst::new(code, Style::Plain, operands));
            }
        }
    }
}
