//! Instructions of a machine program that become one: what to emit, and what not.
//!
//! Invariants: a pattern gives the same bits as the ops that it stands for, any NaN for any NaN;
//! only what the roots need is emitted.
//!
//! Not here: registers and codes (`select.rs`).

use hypatia_ir::dtype::DType;
use hypatia_ir::op::CompareOp;
use hypatia_ir::scalar::Scalar;
use hypatia_lower::lane::Lane;
use hypatia_lower::lane::machine::{MachineBinary, MachineOp, MachineUnary, Program};

/// What an instruction is emitted as.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pattern {
    /// What its operand is.
    Same(Lane),
    /// Itself.
    Op(MachineOp),
    /// `p < q ? p : q`, which is `q` for NaN.
    Least(Lane, Lane),
    /// `p > q ? p : q`, which is `q` for NaN.
    Most(Lane, Lane),
    /// `±(a·b) ± c`: whether the product, then whether the sum is negated.
    Fused([Lane; 3], bool, bool),
    /// `y ^ (x & c)`.
    XorAnd(Lane, Lane, Lane),
    /// `x` where the mask is set, else 0.
    Kept(Lane, Lane),
    /// `x` where the mask is not set, else 0.
    Cleared(Lane, Lane),
}

impl Pattern {
    /// The lanes that it reads.
    pub fn operands(&self) -> Vec<Lane> {
        match *self {
            Pattern::Same(x) => vec![x],
            Pattern::Least(x, y) | Pattern::Most(x, y) => vec![x, y],
            Pattern::Kept(x, y) | Pattern::Cleared(x, y) => vec![x, y],
            Pattern::Fused(all, ..) => all.to_vec(),
            Pattern::XorAnd(x, y, z) => vec![x, y, z],
            Pattern::Op(op) => operands(op),
        }
    }
}

/// The lanes that an op reads.
pub fn operands(op: MachineOp) -> Vec<Lane> {
    match op {
        MachineOp::Const(_) | MachineOp::Input(_) => Vec::new(),
        MachineOp::Unary(_, x)
        | MachineOp::Shift(_, x, _)
        | MachineOp::Convert(x)
        | MachineOp::Bitcast(x) => vec![x],
        MachineOp::Binary(_, x, y) | MachineOp::Compare(_, x, y) => vec![x, y],
        MachineOp::Fma(x, y, z) | MachineOp::Select(x, y, z) => vec![x, y, z],
    }
}

/// The pattern of every lane that the roots need.
pub fn patterns(program: &Program, roots: &[Lane], evex: bool) -> Vec<Option<Pattern>> {
    let mut found: Vec<Option<Pattern>> = vec![None; program.instructions.len()];
    let mut needed = vec![false; program.instructions.len()];
    roots.iter().for_each(|r| needed[r.0 as usize] = true);
    for at in (0..program.instructions.len()).rev() {
        if needed[at] {
            let pattern = Finder { program, evex }.find(at);
            pattern.operands().iter().for_each(|l| needed[l.0 as usize] = true);
            found[at] = Some(pattern);
        }
    }
    found
}

struct Finder<'a> {
    program: &'a Program,
    evex: bool,
}

impl Finder<'_> {
    fn op(&self, lane: Lane) -> MachineOp {
        self.program.instructions[lane.0 as usize].0
    }

    fn dtype(&self, lane: Lane) -> DType {
        self.program.instructions[lane.0 as usize].1
    }

    /// The lane behind casts of bits.
    fn behind(&self, mut lane: Lane) -> Lane {
        while let MachineOp::Bitcast(x) = self.op(lane) {
            lane = x;
        }
        lane
    }

    fn is_zero(&self, lane: Lane) -> bool {
        matches!(self.op(lane), MachineOp::Const(value) if value.bits() == 0)
    }

    fn find(&self, at: usize) -> Pattern {
        let (op, dtype) = self.program.instructions[at];
        match op {
            MachineOp::Bitcast(x) => Pattern::Same(self.behind(x)),
            MachineOp::Convert(x) if self.dtype(x) == dtype => Pattern::Same(x),
            MachineOp::Fma(a, b, c) => self.fused([a, b, c]),
            MachineOp::Select(mask, x, y) => self.select(mask, x, y),
            MachineOp::Binary(MachineBinary::Xor, x, y) if self.evex && dtype != DType::Bool => {
                self.masked_bits(x, y).or_else(|| self.masked_bits(y, x)).unwrap_or(Pattern::Op(op))
            }
            op => Pattern::Op(op),
        }
    }

    fn fused(&self, [a, b, c]: [Lane; 3]) -> Pattern {
        let negated = |lane| match self.op(lane) {
            MachineOp::Unary(MachineUnary::Neg, x) => Some(x),
            _ => None,
        };
        let (a, a_flips) = negated(a).map_or((a, false), |x| (x, true));
        let (b, b_flips) = negated(b).map_or((b, false), |x| (x, true));
        let (c, c_flips) = negated(c).map_or((c, false), |x| (x, true));
        Pattern::Fused([a, b, c], a_flips != b_flips, c_flips)
    }

    fn select(&self, mask: Lane, x: Lane, y: Lane) -> Pattern {
        let whole = Pattern::Op(MachineOp::Select(mask, x, y));
        if !self.dtype(x).is_float() {
            return self.part(mask, x, y).unwrap_or(whole);
        }
        match self.op(mask) {
            MachineOp::Compare(CompareOp::Lt, p, q) if (p, q) == (x, y) => Pattern::Least(x, y),
            MachineOp::Compare(CompareOp::Gt, p, q) if (p, q) == (x, y) => Pattern::Most(x, y),
            MachineOp::Compare(CompareOp::Gt, p, q) if (q, p) == (x, y) => Pattern::Least(x, y),
            MachineOp::Compare(CompareOp::Lt, p, q) if (q, p) == (x, y) => Pattern::Most(x, y),
            _ => self.part(mask, x, y).unwrap_or(whole),
        }
    }

    /// A selection of which one side is 0.
    fn part(&self, mask: Lane, x: Lane, y: Lane) -> Option<Pattern> {
        match (self.is_zero(x), self.is_zero(y)) {
            (_, true) => Some(Pattern::Kept(mask, x)),
            (true, false) if !self.evex => Some(Pattern::Cleared(mask, y)),
            _ => None,
        }
    }

    fn masked_bits(&self, y: Lane, masked: Lane) -> Option<Pattern> {
        match self.op(self.behind(masked)) {
            MachineOp::Binary(MachineBinary::And, x, c) => {
                Some(Pattern::XorAnd(self.behind(y), self.behind(x), self.behind(c)))
            }
            _ => None,
        }
    }
}

/// A constant's bits as they are in a register.
pub fn constant_bits(value: Scalar) -> Vec<u8> {
    let bits = match value.dtype() {
        DType::Bool => (value.bits() as u32).wrapping_neg() as u64,
        _ => value.bits(),
    };
    bits.to_le_bytes()[..value.dtype().size().max(4)].to_vec()
}
