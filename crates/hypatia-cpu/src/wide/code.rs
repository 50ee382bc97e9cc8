//! Straight-line code on values that have no registers yet.
//!
//! Invariants: a value is defined once, unless it is pinned to a register; a value with a home
//! equals what lies there, so that it never has to be saved.
//!
//! Not here: registers (`allocate.rs`), loops (`strip.rs`).

use super::codes::{Codes, LOAD, NONE, Pair, SPREAD};
use iced_x86::Code;

/// A vector or a mask: its index in the block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Value(pub u32);

/// The form of a vector register: the column of [`Codes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// 16 bytes, AVX2.
    Avx16,
    /// 32 bytes, AVX2.
    Avx32,
    /// 32 bytes, AVX-512.
    Evex32,
    /// 64 bytes, AVX-512.
    Evex64,
}

impl Form {
    /// The code of an instruction in this form.
    pub fn of(self, codes: &Codes) -> Code {
        codes[self as usize]
    }

    /// The same by the size of elements, 4 or 8 bytes.
    pub fn sized(self, codes: &Pair, size: usize) -> Code {
        self.of(&codes[usize::from(size == 8)])
    }

    pub fn bytes(self) -> i32 {
        match self {
            Form::Avx16 => 16,
            Form::Avx32 | Form::Evex32 => 32,
            Form::Evex64 => 64,
        }
    }
}

/// What a value lives in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A vector register.
    Vector(Form),
    /// A mask register of AVX-512.
    Mask,
}

impl Kind {
    /// Bytes that it takes in memory.
    pub fn bytes(self) -> i32 {
        match self {
            Kind::Vector(form) => form.bytes(),
            Kind::Mask => 8,
        }
    }
}

/// What an address starts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Base {
    /// The constants of the function.
    Pool,
    /// The frame of the function.
    Frame,
    /// The pointer of an access.
    Access(usize),
}

/// A place in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory {
    pub base: Base,
    /// Bytes from there.
    pub offset: i32,
    /// If the loop's index counts: by so many bytes.
    pub scale: Option<u32>,
    /// Bytes of the one element that is meant for every lane; 0 if it is a whole vector.
    pub spread: u8,
}

impl Memory {
    /// A whole vector or mask at a place.
    pub fn at(base: Base, offset: i32) -> Memory {
        Memory { base, offset, scale: None, spread: 0 }
    }
}

/// An operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operand {
    Value(Value),
    Memory(Memory),
}

/// What the allocator may do with the operands of an instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Nothing.
    Plain,
    /// The last may be read from its home.
    Foldable,
    /// The same, and the first two may swap.
    Commutative,
    /// The first is overwritten by the result; the last may be read from its home.
    Destroying,
    /// `a·b + c` by the codes of the forms 132, 213 and 231.
    Fused([Code; 3]),
}

/// An instruction.
#[derive(Clone, Debug)]
pub struct Inst {
    pub code: Code,
    pub out: Option<Value>,
    pub operands: Vec<Operand>,
    pub immediate: Option<u8>,
    /// Lanes for which it counts (a mask register).
    pub mask: Option<Value>,
    /// Whether the other lanes become 0 rather than keep what the result register held.
    pub zeroing: bool,
    /// Distances in bytes, 64 bits each, of the lanes from the operand in memory.
    pub index: Option<Value>,
    pub style: Style,
}

impl Inst {
    /// Without a result, a mask or a number.
    pub fn new(code: Code, style: Style, operands: Vec<Operand>) -> Inst {
        Inst {
            code,
            out: None,
            operands,
            immediate: None,
            mask: None,
            zeroing: false,
            index: None,
            style,
        }
    }
}

impl Inst {
    /// What a store writes.
    pub fn written(&self) -> Option<Memory> {
        match (self.out, self.operands.first()) {
            (None, Some(Operand::Memory(to))) => Some(*to),
            _ => None,
        }
    }
}

/// What is known of a value.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    pub kind: Kind,
    pub home: Option<Memory>,
}

/// Straight-line code.
#[derive(Clone, Debug, Default)]
pub struct Block {
    pub values: Vec<Known>,
    pub insts: Vec<Inst>,
    /// Whether an instruction was asked for that the processor does not have.
    pub lacks: bool,
}

impl Block {
    fn value(&mut self, kind: Kind, home: Option<Memory>) -> Value {
        self.values.push(Known { kind, home });
        Value(self.values.len() as u32 - 1)
    }

    /// A value that something else defines.
    pub fn outside(&mut self, kind: Kind) -> Value {
        self.value(kind, None)
    }

    /// A value that is in memory.
    pub fn homed(&mut self, kind: Kind, home: Memory) -> Value {
        self.value(kind, Some(home))
    }

    /// An instruction with a new value as its result.
    pub fn emit(&mut self, kind: Kind, code: Code, style: Style, operands: &[Value]) -> Value {
        self.emit_with(kind, code, style, operands, None)
    }

    /// The same with an immediate number.
    pub fn emit_with(
        &mut self,
        kind: Kind,
        code: Code,
        style: Style,
        operands: &[Value],
        immediate: Option<u8>,
    ) -> Value {
        let out = self.value(kind, None);
        let operands = operands.iter().map(|&v| Operand::Value(v)).collect();
        self.push(Inst { out: Some(out), immediate, ..Inst::new(code, style, operands) });
        out
    }

    /// A load; lanes outside the mask are 0 and are not read.
    pub fn load(&mut self, kind: Kind, code: Code, from: Memory, mask: Option<Value>) -> Value {
        let out = self.value(kind, None);
        let inst = Inst::new(code, Style::Plain, vec![Operand::Memory(from)]);
        self.push(Inst { out: Some(out), mask, zeroing: mask.is_some(), ..inst });
        out
    }

    /// A store.
    pub fn store(&mut self, code: Code, to: Memory, value: Value, mask: Option<Value>) {
        let operands = vec![Operand::Memory(to), Operand::Value(value)];
        self.push(Inst { mask, ..Inst::new(code, Style::Plain, operands) });
    }

    pub fn push(&mut self, inst: Inst) {
        self.lacks |= match inst.style {
            Style::Fused(codes) => codes.contains(&NONE),
            _ => inst.code == NONE,
        };
        self.insts.push(inst);
    }

    pub fn kind(&self, value: Value) -> Kind {
        self.values[value.0 as usize].kind
    }
}

/// The code that loads a value of a kind from a place.
pub fn load_code(kind: Kind, from: Memory) -> Code {
    match (kind, from.spread) {
        (Kind::Mask, _) => Code::VEX_Kmovw_kr_km16,
        (Kind::Vector(form), 0) => form.sized(&LOAD, 4),
        (Kind::Vector(form), size) => form.sized(&SPREAD, usize::from(size)),
    }
}
