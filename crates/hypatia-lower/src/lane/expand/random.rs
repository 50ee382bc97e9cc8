//! Random bits in 64-bit integer arithmetic: [`hypatia_ir::eval::philox`], word by word.
//!
//! Invariants: every word is held in 64 bits, zeros above; the same bits as the definition.
//!
//! Not here: distributions, which are expressions.

use super::code::Code;
use crate::lane::Lane;
use crate::lane::machine::Shift;
use hypatia_ir::dtype::DType;
use hypatia_ir::eval::philox::{MULTIPLIERS, ROUNDS, STEPS};

/// Word number `word` of the bits; `None` if an operand is not `i64`, or there is no such word.
pub(super) fn bits(code: &mut Code, word: u8, operands: [Lane; 3]) -> Option<Lane> {
    if operands.iter().any(|&x| code.dtype(x) != DType::I64) {
        return None;
    }
    let [seed, stream, counter] = operands.map(|x| [low(code, x), high(code, x)]);
    let (mut key, [a, b], [c, d]) = (seed, counter, stream);
    let mut words = [a, b, c, d];
    for round in 0..ROUNDS {
        if round > 0 {
            key = [bumped(code, key[0], STEPS[0]), bumped(code, key[1], STEPS[1])];
        }
        let first = product(code, words[0], MULTIPLIERS[0]);
        let second = product(code, words[2], MULTIPLIERS[1]);
        words = [
            mixed(code, second, words[1], key[0]),
            low(code, second),
            mixed(code, first, words[3], key[1]),
            low(code, first),
        ];
    }
    words.get(usize::from(word)).map(|&x| code.convert(x, DType::I32))
}

fn low(code: &mut Code, x: Lane) -> Lane {
    let mask = code.integer(x, i64::from(u32::MAX));
    code.and(x, mask)
}

fn high(code: &mut Code, x: Lane) -> Lane {
    code.shift(Shift::Logical, x, 32)
}

/// All 64 bits: both factors have 32.
fn product(code: &mut Code, x: Lane, by: u32) -> Lane {
    let by = code.integer(x, i64::from(by));
    code.mul(x, by)
}

fn bumped(code: &mut Code, key: Lane, by: u32) -> Lane {
    let by = code.integer(key, i64::from(by));
    let sum = code.add(key, by);
    low(code, sum)
}

fn mixed(code: &mut Code, product: Lane, word: Lane, key: Lane) -> Lane {
    let high = high(code, product);
    let both = code.xor(high, word);
    code.xor(both, key)
}
