//! Machine ops as vector instructions.
//!
//! Invariants: exhaustive over machine ops; the same bits as their definition, any NaN for any
//! NaN; what the processor has no instructions for marks the block as lacking, and the kernel
//! stays with the portable emitter.
//!
//! Not here: conversions (`convert.rs`), memory (`access.rs`), registers (`allocate.rs`).

use super::code::{Base, Block, Inst, Kind, Memory, Operand, Style, Value};
use super::codes::{self, Codes, NONE, Pair};
use super::frame::Pool;
use super::patterns::{Pattern, constant_bits};
use super::target::Target;
use hypatia_ir::dtype::DType;
use hypatia_ir::op::CompareOp;
use hypatia_ir::scalar::Scalar;
use hypatia_lower::lane::Lane;
use hypatia_lower::lane::machine::{MachineBinary, MachineOp, MachineUnary, Program, Shift};

/// Writes machine ops into a block.
pub struct Selector<'a> {
    pub target: Target,
    pub block: &'a mut Block,
    pub pool: &'a mut Pool,
}

/// The value of each lane that has one.
pub type Lanes = Vec<Option<Value>>;

/// Predicates of float comparisons, for the processor.
pub(super) const UNORDERED: u8 = 3;
pub(super) const ORDERED: u8 = 7;
pub(super) const GREATER_EQUAL: u8 = 0x1d;

impl Selector<'_> {
    /// Emits the lanes that have a pattern and no value yet.
    pub fn program(&mut self, program: &Program, patterns: &[Option<Pattern>], lanes: &mut Lanes) {
        for (at, pattern) in patterns.iter().enumerate() {
            let Some(pattern) = pattern.filter(|_| lanes[at].is_none()) else { continue };
            let dtype = program.instructions[at].1;
            let operands: Option<Vec<Value>> =
                pattern.operands().iter().map(|l| lanes[l.0 as usize]).collect();
            let operands = operands.unwrap_or_default();
            let of = |lane: Lane| program.instructions[lane.0 as usize].1;
            lanes[at] = Some(self.pattern(pattern, dtype, &operands, &of));
        }
    }

    fn pattern(
        &mut self,
        pattern: Pattern,
        dtype: DType,
        x: &[Value],
        of: &dyn Fn(Lane) -> DType,
    ) -> Value {
        match (pattern, x) {
            (Pattern::Same(_), &[x]) => x,
            (Pattern::Op(MachineOp::Const(value)), _) => self.constant(value),
            (Pattern::Op(MachineOp::Unary(op, _)), &[x]) => self.unary(op, dtype, x),
            (Pattern::Op(MachineOp::Binary(op, ..)), &[x, y]) => self.binary(op, dtype, x, y),
            (Pattern::Op(MachineOp::Shift(op, _, by)), &[x]) => self.shift(op, dtype, x, by),
            (Pattern::Op(MachineOp::Compare(op, p, _)), &[x, y]) => self.compare(op, of(p), x, y),
            (Pattern::Op(MachineOp::Select(..)), &[mask, x, y]) => self.blend(dtype, mask, x, y),
            (Pattern::Op(MachineOp::Convert(p)), &[x]) => self.convert(of(p), dtype, x),
            (Pattern::Least(..), &[x, y]) => {
                self.plain(&codes::MIN_F, Style::Foldable, dtype, &[x, y])
            }
            (Pattern::Most(..), &[x, y]) => {
                self.plain(&codes::MAX_F, Style::Foldable, dtype, &[x, y])
            }
            (Pattern::Fused(_, product, sum), &[x, y, z]) => {
                let forms = &codes::FUSED[2 * usize::from(product) + usize::from(sum)];
                self.fused(forms, dtype, [x, y, z])
            }
            (Pattern::XorAnd(..), &[y, x, c]) => {
                // The table of `y ^ (x & c)`, operands from the highest bit of its index.
                self.ternary(dtype, [y, x, c], 0x78)
            }
            (Pattern::Kept(..), &[mask, x]) => self.kept(dtype, mask, x),
            (Pattern::Cleared(..), &[mask, x]) => {
                let mask = self.widened(mask, dtype);
                self.plain(&codes::AND_NOT, Style::Foldable, dtype, &[mask, x])
            }
            _ => self.lacking(dtype),
        }
    }

    /// Notes that something cannot be done; the code is thrown away.
    pub fn lacking(&mut self, dtype: DType) -> Value {
        self.block.lacks = true;
        self.block.outside(self.target.kind(dtype))
    }

    /// A constant in every lane.
    pub fn constant(&mut self, value: Scalar) -> Value {
        let kind = self.target.kind(value.dtype());
        let bytes = constant_bits(value);
        let mut home = Memory::at(Base::Pool, 0);
        if kind == Kind::Mask {
            home.offset = self.pool.place(&bytes);
        } else if self.target.evex {
            home.offset = self.pool.place(&bytes);
            home.spread = bytes.len() as u8;
        } else {
            home.offset = self.pool.place(&bytes.repeat(kind.bytes() as usize / bytes.len()));
        }
        self.block.homed(kind, home)
    }

    /// An instruction on vectors of a dtype.
    pub fn plain(&mut self, pair: &Pair, style: Style, dtype: DType, x: &[Value]) -> Value {
        self.immediate(pair, style, dtype, x, None)
    }

    pub fn immediate(
        &mut self,
        pair: &Pair,
        style: Style,
        dtype: DType,
        x: &[Value],
        immediate: Option<u8>,
    ) -> Value {
        let form = self.target.form(dtype);
        let code = form.sized(pair, Target::element(dtype));
        self.block.emit_with(Kind::Vector(form), code, style, x, immediate)
    }

    fn fused(&mut self, forms: &[Pair; 3], dtype: DType, x: [Value; 3]) -> Value {
        let form = self.target.form(dtype);
        let codes = [0, 1, 2].map(|i| form.sized(&forms[i], dtype.size()));
        self.block.emit(Kind::Vector(form), codes[0], Style::Fused(codes), &x)
    }

    fn ternary(&mut self, dtype: DType, x: [Value; 3], table: u8) -> Value {
        self.immediate(&codes::TERNARY, Style::Destroying, dtype, &x, Some(table))
    }

    fn unary(&mut self, op: MachineUnary, dtype: DType, x: Value) -> Value {
        let float = dtype.is_float();
        let sign = |dtype| Scalar::from_f64(dtype, -0.0);
        match op {
            MachineUnary::Neg if float => {
                let sign = self.constant(sign(dtype));
                self.plain(&codes::XOR, Style::Commutative, dtype, &[x, sign])
            }
            MachineUnary::Neg => {
                let zero = self.constant(Scalar::from_i64(dtype, 0));
                let y = self.plain(&codes::SUB_I, Style::Foldable, dtype, &[zero, x]);
                self.trimmed(dtype, y)
            }
            MachineUnary::Abs if float => {
                let sign = sign(dtype);
                let rest = match dtype {
                    DType::F32 => !(sign.bits() as u32) as u64,
                    _ => !sign.bits(),
                };
                let rest = self.constant(Scalar::from_bits(dtype, rest));
                self.plain(&codes::AND, Style::Commutative, dtype, &[x, rest])
            }
            MachineUnary::Abs if dtype == DType::U8 => x,
            MachineUnary::Abs => self.plain(&codes::ABS_I, Style::Foldable, dtype, &[x]),
            MachineUnary::Sqrt => self.plain(&codes::SQRT_F, Style::Foldable, dtype, &[x]),
            MachineUnary::Floor => self.rounded(dtype, x, 9),
            MachineUnary::Trunc => self.rounded(dtype, x, 11),
            MachineUnary::Nearest => self.rounded(dtype, x, 8),
            MachineUnary::Not if self.target.kind(dtype) == Kind::Mask => {
                self.block.emit(Kind::Mask, iced_x86::Code::VEX_Knotw_kr_kr, Style::Plain, &[x])
            }
            MachineUnary::Not => {
                let ones = match dtype {
                    DType::Bool => Scalar::new(true),
                    DType::U8 => Scalar::new(u8::MAX),
                    _ => Scalar::from_i64(dtype, -1),
                };
                let ones = self.constant(ones);
                self.plain(&codes::XOR, Style::Commutative, dtype, &[x, ones])
            }
        }
    }

    /// Rounded as the immediate says, without a report of inexactness.
    fn rounded(&mut self, dtype: DType, x: Value, how: u8) -> Value {
        self.immediate(&codes::ROUND_F, Style::Foldable, dtype, &[x], Some(how))
    }

    /// A `u8` without what arithmetic left above its eight bits.
    pub fn trimmed(&mut self, dtype: DType, x: Value) -> Value {
        if dtype != DType::U8 {
            return x;
        }
        let mask = self.constant(Scalar::new(0xffi32));
        self.plain(&codes::AND, Style::Commutative, dtype, &[x, mask])
    }

    /// The value of a binary op.
    pub fn binary(&mut self, op: MachineBinary, dtype: DType, x: Value, y: Value) -> Value {
        let float = dtype.is_float();
        let both = [x, y];
        if self.target.kind(dtype) == Kind::Mask {
            return self.logic(op, x, y);
        }
        match op {
            MachineBinary::Add if float => {
                self.plain(&codes::ADD_F, Style::Commutative, dtype, &both)
            }
            MachineBinary::Sub if float => self.plain(&codes::SUB_F, Style::Foldable, dtype, &both),
            MachineBinary::Mul if float => {
                self.plain(&codes::MUL_F, Style::Commutative, dtype, &both)
            }
            MachineBinary::Div => self.plain(&codes::DIV_F, Style::Foldable, dtype, &both),
            MachineBinary::Max | MachineBinary::Min if float => self.extreme(op, dtype, x, y),
            MachineBinary::Add => {
                let sum = self.plain(&codes::ADD_I, Style::Commutative, dtype, &both);
                self.trimmed(dtype, sum)
            }
            MachineBinary::Sub => {
                let difference = self.plain(&codes::SUB_I, Style::Foldable, dtype, &both);
                self.trimmed(dtype, difference)
            }
            MachineBinary::Mul => {
                let product = self.product(dtype, x, y);
                self.trimmed(dtype, product)
            }
            MachineBinary::Max => self.plain(&codes::MAX_I, Style::Commutative, dtype, &both),
            MachineBinary::Min => self.plain(&codes::MIN_I, Style::Commutative, dtype, &both),
            MachineBinary::And => self.plain(&codes::AND, Style::Commutative, dtype, &both),
            MachineBinary::Or => self.plain(&codes::OR, Style::Commutative, dtype, &both),
            MachineBinary::Xor => self.plain(&codes::XOR, Style::Commutative, dtype, &both),
            MachineBinary::Left => self.shift_by(&codes::LEFT_I, dtype, x, y),
            MachineBinary::Right => self.shift_by(&codes::RIGHT_I, dtype, x, y),
            // There are no such instructions.
            MachineBinary::Quot | MachineBinary::Rem => self.lacking(dtype),
        }
    }

    fn logic(&mut self, op: MachineBinary, x: Value, y: Value) -> Value {
        let code = match op {
            MachineBinary::And => iced_x86::Code::VEX_Kandw_kr_kr_kr,
            MachineBinary::Or => iced_x86::Code::VEX_Korw_kr_kr_kr,
            MachineBinary::Xor => iced_x86::Code::VEX_Kxorw_kr_kr_kr,
            MachineBinary::Add
            | MachineBinary::Sub
            | MachineBinary::Mul
            | MachineBinary::Div
            | MachineBinary::Quot
            | MachineBinary::Rem
            | MachineBinary::Max
            | MachineBinary::Min
            | MachineBinary::Left
            | MachineBinary::Right => NONE,
        };
        self.block.emit(Kind::Mask, code, Style::Plain, &[x, y])
    }

    /// The low half of a product of integers.
    fn product(&mut self, dtype: DType, x: Value, y: Value) -> Value {
        if self.target.evex || dtype != DType::I64 {
            return self.plain(&codes::MUL_I, Style::Commutative, dtype, &[x, y]);
        }
        let [high_x, high_y] = [x, y].map(|v| self.shift(Shift::Logical, dtype, v, 32));
        let mut words = |x, y| self.plain(&codes::MUL_WORDS, Style::Commutative, dtype, &[x, y]);
        let (low, one, two) = (words(x, y), words(high_x, y), words(x, high_y));
        let cross = self.plain(&codes::ADD_I, Style::Commutative, dtype, &[one, two]);
        let cross = self.shift(Shift::Left, dtype, cross, 32);
        self.plain(&codes::ADD_I, Style::Commutative, dtype, &[low, cross])
    }

    fn shift(&mut self, op: Shift, dtype: DType, x: Value, by: u8) -> Value {
        let pair = match op {
            Shift::Left => &codes::LEFT_BY,
            Shift::Logical => &codes::LOGICAL_BY,
            Shift::Arithmetic => &codes::ARITHMETIC_BY,
        };
        let style = if self.target.evex { Style::Foldable } else { Style::Plain };
        self.immediate(pair, style, dtype, &[x], Some(by))
    }

    /// A shift by the low bits of the second operand.
    fn shift_by(&mut self, pair: &Pair, dtype: DType, x: Value, y: Value) -> Value {
        let bits = self.constant(Scalar::from_i64(dtype, dtype.size() as i64 * 8 - 1));
        let by = self.plain(&codes::AND, Style::Commutative, dtype, &[y, bits]);
        self.plain(pair, Style::Foldable, dtype, &[x, by])
    }

    /// The larger or smaller float: NaN if either is, `+0` above `-0`.
    fn extreme(&mut self, op: MachineBinary, dtype: DType, x: Value, y: Value) -> Value {
        let max = op == MachineBinary::Max;
        let form = self.target.form(dtype);
        if self.target.evex {
            let how = 4 + u8::from(max);
            let found = self.immediate(&codes::RANGE_F, Style::Foldable, dtype, &[x, y], Some(how));
            let neither = self.compare_by(&codes::COMPARE_F, dtype, x, y, UNORDERED);
            let out = self.block.outside(Kind::Vector(form));
            let code = form.sized(&codes::ADD_F, dtype.size());
            let operands = [found, x, y].map(Operand::Value).to_vec();
            self.block.push(Inst {
                out: Some(out),
                mask: Some(neither),
                ..Inst::new(code, Style::Destroying, operands)
            });
            return out;
        }
        let (pair, ties) = match max {
            true => (&codes::MAX_F, &codes::AND),
            false => (&codes::MIN_F, &codes::OR),
        };
        let one = self.plain(pair, Style::Foldable, dtype, &[x, y]);
        let two = self.plain(pair, Style::Foldable, dtype, &[y, x]);
        let found = self.plain(ties, Style::Commutative, dtype, &[one, two]);
        let sum = self.plain(&codes::ADD_F, Style::Commutative, dtype, &[x, y]);
        let both = [x, y];
        let neither =
            self.immediate(&codes::COMPARE_FV, Style::Foldable, dtype, &both, Some(UNORDERED));
        self.plain(&codes::BLEND_V, Style::Plain, dtype, &[found, sum, neither])
    }

    /// A comparison of AVX-512 by the processor's predicate.
    pub fn compare_by(&mut self, pair: &Pair, dtype: DType, x: Value, y: Value, by: u8) -> Value {
        let code = self.target.form(dtype).sized(pair, Target::element(dtype));
        self.block.emit_with(Kind::Mask, code, Style::Foldable, &[x, y], Some(by))
    }

    fn compare(&mut self, op: CompareOp, dtype: DType, x: Value, y: Value) -> Value {
        // What is in memory comes second.
        let homed = |v: Value| self.block.values[v.0 as usize].home.is_some();
        let (op, x, y) = if homed(x) && !homed(y) { (mirrored(op), y, x) } else { (op, x, y) };
        let float = dtype.is_float();
        if self.target.evex {
            let pair = if float { &codes::COMPARE_F } else { &codes::COMPARE_I };
            return self.compare_by(pair, dtype, x, y, predicate(op, float));
        }
        let mask = match float {
            true => {
                let by = Some(predicate(op, true));
                self.immediate(&codes::COMPARE_FV, Style::Foldable, dtype, &[x, y], by)
            }
            false => self.compare_integers(op, dtype, x, y),
        };
        self.narrowed(mask, dtype)
    }

    fn compare_integers(&mut self, op: CompareOp, dtype: DType, x: Value, y: Value) -> Value {
        let (pair, operands, negated): (&Pair, _, _) = match op {
            CompareOp::Eq => (&codes::EQUAL_I, [x, y], false),
            CompareOp::Ne => (&codes::EQUAL_I, [x, y], true),
            CompareOp::Gt => (&codes::GREATER_I, [x, y], false),
            CompareOp::Le => (&codes::GREATER_I, [x, y], true),
            CompareOp::Lt => (&codes::GREATER_I, [y, x], false),
            CompareOp::Ge => (&codes::GREATER_I, [y, x], true),
        };
        let mask = self.plain(pair, Style::Foldable, dtype, &operands);
        match negated {
            true => {
                let size = if dtype.size() == 8 { DType::I64 } else { DType::I32 };
                let ones = self.constant(Scalar::from_i64(size, -1));
                self.plain(&codes::XOR, Style::Commutative, dtype, &[mask, ones])
            }
            false => mask,
        }
    }

    /// `x` where the mask is set, else `y`.
    pub fn blend(&mut self, dtype: DType, mask: Value, x: Value, y: Value) -> Value {
        let form = self.target.form(dtype);
        if self.target.evex {
            return self.masked(
                form.sized(&codes::BLEND, Target::element(dtype)),
                form,
                mask,
                &[y, x],
            );
        }
        let mask = self.widened(mask, dtype);
        self.plain(&codes::BLEND_V, Style::Plain, dtype, &[y, x, mask])
    }

    /// `x` where the mask is set, else 0.
    pub fn kept(&mut self, dtype: DType, mask: Value, x: Value) -> Value {
        if !self.target.evex {
            let mask = self.widened(mask, dtype);
            return self.plain(&codes::AND, Style::Commutative, dtype, &[x, mask]);
        }
        let form = self.target.form(dtype);
        let code = form.sized(&codes::MASKED_MOVE, Target::element(dtype));
        let out = self.masked(code, form, mask, &[x]);
        if let Some(last) = self.block.insts.last_mut() {
            last.zeroing = true;
            last.style = Style::Plain;
        }
        out
    }

    fn masked(
        &mut self,
        code: iced_x86::Code,
        form: super::code::Form,
        mask: Value,
        x: &[Value],
    ) -> Value {
        let out = self.block.outside(Kind::Vector(form));
        let operands = x.iter().map(|&v| Operand::Value(v)).collect();
        self.block.push(Inst {
            out: Some(out),
            mask: Some(mask),
            ..Inst::new(code, Style::Foldable, operands)
        });
        out
    }

    /// A mask of AVX2 at the width of a dtype.
    pub fn widened(&mut self, mask: Value, dtype: DType) -> Value {
        match dtype.size() == 8 {
            true => self.cross(&codes::WORDS_TO_LONGS, DType::I64, DType::I64, mask),
            false => mask,
        }
    }

    /// A mask of AVX2, found on elements of a dtype, as a `bool`: the low words of wide elements.
    pub fn narrowed(&mut self, mask: Value, dtype: DType) -> Value {
        if dtype.size() != 8 {
            return mask;
        }
        let half = Kind::Vector(super::code::Form::Avx16);
        let [low, high] = [0, 1].map(|part| {
            let code = iced_x86::Code::VEX_Vextractf128_xmmm128_ymm_imm8;
            self.block.emit_with(half, code, Style::Plain, &[mask], Some(part))
        });
        // The even words of both halves.
        let code = iced_x86::Code::VEX_Vshufps_xmm_xmm_xmmm128_imm8;
        self.block.emit_with(half, code, Style::Plain, &[low, high], Some(0x88))
    }

    /// An instruction between dtypes of different sizes; its form is that of `by`.
    pub fn cross(&mut self, codes: &Codes, by: DType, to: DType, x: Value) -> Value {
        let code = self.target.form(by).of(codes);
        let kind = Kind::Vector(self.target.form(to));
        self.block.emit(kind, code, Style::Plain, &[x])
    }
}

fn mirrored(op: CompareOp) -> CompareOp {
    match op {
        CompareOp::Eq | CompareOp::Ne => op,
        CompareOp::Lt => CompareOp::Gt,
        CompareOp::Le => CompareOp::Ge,
        CompareOp::Gt => CompareOp::Lt,
        CompareOp::Ge => CompareOp::Le,
    }
}

/// The processor's number of a comparison.
fn predicate(op: CompareOp, float: bool) -> u8 {
    let [of_float, of_integer] = match op {
        CompareOp::Eq => [0, 0],
        CompareOp::Ne => [4, 4],
        CompareOp::Lt => [0x11, 1],
        CompareOp::Le => [0x12, 2],
        CompareOp::Gt => [0x1e, 6],
        CompareOp::Ge => [GREATER_EQUAL, 5],
    };
    if float { of_float } else { of_integer }
}
