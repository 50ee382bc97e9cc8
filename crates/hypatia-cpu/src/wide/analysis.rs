//! What of a phase changes along a loop, and what its lanes are emitted as.
//!
//! Invariants: a lane changes if one that it reads does.
//!
//! Not here: code (`body.rs`, `ahead.rs`).

use super::Wide;
use super::patterns::{Pattern, patterns};
use super::strip::Strip;
use crate::emit::Fours;
use hypatia_ir::dtype::DType;
use hypatia_lower::kernel::Source;
use hypatia_lower::lane::Lane;
use hypatia_lower::lane::machine::MachineOp;

/// What is known of a phase before code is written for it.
pub(super) struct Analysis {
    /// What is emitted for each lane.
    pub patterns: Vec<Option<Pattern>>,
    /// Whether the lane changes along the loop.
    pub varies: Vec<bool>,
    /// Lanes that do not, are no constants, and are read by those that do.
    pub ahead: Vec<usize>,
}

impl<'a> Wide<'a> {
    /// The axis along which lanes lie; `None` where they all are the same point.
    pub fn lanes_along(&self, strip: &Strip) -> Option<usize> {
        match (strip.single, self.fours) {
            (true, _) | (_, Fours::Nothing) => None,
            (false, Fours::Rows) => self.kernel.rows.len().checked_sub(1),
            (false, Fours::Columns) => {
                (self.kernel.rows.len() + self.kernel.columns.len()).checked_sub(1)
            }
        }
    }

    pub fn analysis(&self, strip: &Strip, number: usize) -> Analysis {
        let phase = &self.kernel.phases[number];
        let expansion = &self.expansions[number];
        let program = &expansion.program;
        let stores = phase.stores.iter().map(|s| s.value);
        let sums = phase.reductions.iter().map(|r| r.value);
        let defines = phase.defines.iter().map(|d| d.1);
        let roots: Vec<Lane> =
            stores.chain(sums).chain(defines).map(|l| expansion.lane(l)).collect();
        let patterns = patterns(program, &roots, self.target.evex);
        let mut varies = vec![false; program.instructions.len()];
        for (at, pattern) in patterns.iter().enumerate() {
            varies[at] = match pattern {
                None | Some(Pattern::Op(MachineOp::Const(_))) => false,
                Some(Pattern::Op(MachineOp::Input(input))) => {
                    self.input_varies(strip, number, *input as usize)
                }
                Some(_) if strip.along.is_none() => true,
                Some(p) => p.operands().iter().any(|l| varies[l.0 as usize]),
            };
        }
        let mut read = vec![false; program.instructions.len()];
        roots.iter().for_each(|l| read[l.0 as usize] = true);
        for (pattern, _) in patterns.iter().zip(&varies).filter(|(_, v)| **v) {
            let operands = pattern.iter().flat_map(Pattern::operands);
            operands.for_each(|l| read[l.0 as usize] = true);
        }
        let computed = |at: usize| {
            !matches!(
                patterns[at],
                None | Some(Pattern::Op(MachineOp::Const(_) | MachineOp::Input(_)))
            )
        };
        let ahead = (0..read.len()).filter(|&i| read[i] && !varies[i] && computed(i)).collect();
        Analysis { patterns, varies, ahead }
    }

    fn input_varies(&self, strip: &Strip, phase: usize, number: usize) -> bool {
        match (&self.kernel.phases[phase].inputs[number], strip.along) {
            (Source::Row(slot), _) => strip.defines(self.kernel, phase, *slot),
            (_, None) => false,
            (Source::Index(index), Some(axis)) => !index.strides[axis].is(0),
            (Source::Load { index, indirect, .. }, Some(axis)) => {
                let at = indirect.as_ref().map(|i| &i.at);
                at.into_iter().chain([index]).any(|a| !a.strides[axis].is(0))
            }
        }
    }

    /// The input lanes of a phase that are needed, with the number of the input.
    pub fn inputs(&self, analysis: &Analysis) -> Vec<(usize, usize)> {
        let input = |(at, pattern): (usize, &Option<Pattern>)| match pattern {
            Some(Pattern::Op(MachineOp::Input(number))) => Some((at, *number as usize)),
            _ => None,
        };
        analysis.patterns.iter().enumerate().filter_map(input).collect()
    }

    pub fn dtype(&self, phase: usize, lane: usize) -> DType {
        self.expansions[phase].program.instructions[lane].1
    }
}
