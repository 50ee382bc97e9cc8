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

/// Vectors of eight distances.
const EIGHT: Kind = Kind::Vector(Form::Evex64);
/// Eight elements of 32 bits.
const HALF: Kind = Kind::Vector(Form::Evex32);

impl Selector<'_> {
    /// The masks of each eight lanes, made anew: the instructions that use them clear them.
    fn eights(&mut self, mask: Option<Mask>, count: usize) -> Vec<Value> {
        let part = |s: &mut Self, part: u8| match mask {
            None => {
                let all = s.pool.place(&[0xff, 0]);
                let code = Code::VEX_Kmovw_kr_km16;
                s.block.load(Kind::Mask, code, Memory::at(Base::Pool, all), None)
            }
            Some(mask) => {
                let code = Code::VEX_Kshiftrw_kr_kr_imm8;
                let own = &[mask.narrow];
                s.block.emit_with(Kind::Mask, code, Style::Plain, own, Some(8 * part))
            }
        };
        (0..count as u8).map(|at| part(self, at)).collect()
    }

    /// Elements at distances from a place, eight in each vector of distances.
    pub fn load_apart(
        &mut self,
        dtype: DType,
        from: Memory,
        distances: &[Memory],
        mask: Option<Mask>,
    ) -> Value {
        let (code, kind) = match (self.target.evex, dtype.size()) {
            (true, 8) => (Code::EVEX_Vgatherqpd_zmm_k1_vm64z, EIGHT),
            (true, 4) => (Code::EVEX_Vgatherqps_ymm_k1_vm64z, HALF),
            _ => return self.lacking(dtype),
        };
        let masks = self.eights(mask, distances.len());
        let mut parts = Vec::new();
        for (mask, &home) in masks.into_iter().zip(distances) {
            // Lanes that are not read keep what is there.
            let nothing = self.nothing(kind);
            let out = self.block.outside(kind);
            let operands = vec![Operand::Value(nothing), Operand::Memory(from)];
            let index = Some(self.block.homed(EIGHT, home));
            let inst = Inst::new(code, Style::Destroying, operands);
            self.block.push(Inst { out: Some(out), mask: Some(mask), index, ..inst });
            parts.push(out);
        }
        match *parts.as_slice() {
            [one] => one,
            [low, high] => {
                let code = Code::EVEX_Vinsertf64x4_zmm_k1z_zmm_ymmm256_imm8;
                let nothing = self.nothing(EIGHT);
                let both = [nothing, low];
                let low = self.block.emit_with(EIGHT, code, Style::Plain, &both, Some(0));
                self.block.emit_with(EIGHT, code, Style::Plain, &[low, high], Some(1))
            }
            _ => self.lacking(dtype),
        }
    }

    /// A stride times the lanes' numbers.
    pub fn distances(&mut self, stride: Memory, ramp: &[u8], home: Memory) {
        let form = Form::Evex64;
        let stride = self.block.load(EIGHT, form.sized(&codes::SPREAD, 8), stride, None);
        let ramp = self.pool.place(ramp);
        let ramp = self.block.homed(EIGHT, Memory::at(Base::Pool, ramp));
        let code = form.sized(&codes::MUL_I, 8);
        let distances = self.block.emit(EIGHT, code, Style::Foldable, &[stride, ramp]);
        self.block.store(form.sized(&codes::STORE, 8), home, distances, None);
    }

    fn nothing(&mut self, kind: Kind) -> Value {
        let at = self.pool.place(&[0; 4]);
        self.block.homed(kind, Memory { spread: 4, ..Memory::at(Base::Pool, at) })
    }

    /// Values to distances from a place.
    pub fn store_apart(
        &mut self,
        dtype: DType,
        (to, distances): (Memory, &[Memory]),
        value: Value,
        mask: Option<Mask>,
    ) {
        let code = match (self.target.evex, dtype.size()) {
            (true, 8) => Code::EVEX_Vscatterqpd_vm64z_k1_zmm,
            (true, 4) => Code::EVEX_Vscatterqps_vm64z_k1_ymm,
            _ => {
                self.block.lacks = true;
                return;
            }
        };
        let masks = self.eights(mask, distances.len());
        for (part, (mask, &home)) in (0u8..).zip(masks.into_iter().zip(distances)) {
            let value = match distances.len() {
                1 => value,
                _ => {
                    let code = Code::EVEX_Vextractf64x4_ymmm256_k1z_zmm_imm8;
                    self.block.emit_with(HALF, code, Style::Plain, &[value], Some(part))
                }
            };
            let index = Some(self.block.homed(EIGHT, home));
            let operands = vec![Operand::Memory(to), Operand::Value(value)];
            let inst = Inst::new(code, Style::Plain, operands);
            self.block.push(Inst { mask: Some(mask), index, ..inst });
        }
    }
}
