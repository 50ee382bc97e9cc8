//! Functions of one operand over all exponents, on every emitter.
//!
//! Operands are every 32,771st bit pattern (a prime: all exponents, mantissas all different), the
//! zeros, the infinities, NaN, and the ends of the denormal and normal numbers.
//!
//! Invariants: emitters agree in every bit, any NaN for any NaN; results in `f32` are within their
//! bounds of the evaluator in `f64`, whose own error does not count there.
//!
//! Not here: the bounds in `f64`, and where functions bend (`hypatia-lower`, `expand/tests.rs`).

use crate::run::{Loaded, Memory, bytes};
use hypatia_cpu::{Cpu, Lanes};
use hypatia_ir::dtype::DType;
use hypatia_ir::eval::elementwise;
use hypatia_ir::op::UnaryOp;
use hypatia_ir::scalar::Scalar;
use hypatia_lower::lane::accuracy::{absolute_bound, ulp_bound};

/// How many operands there are.
const COUNT: usize = 131_072;

/// Where formulas end.
const ENDS: [f64; 9] =
    [0.0, 1.0, 1e-45, 1.17549e-38, 3.4028234e38, 2.5e-324, 2.3e-308, 1.7e308, f64::INFINITY];

/// Operand number `at`.
fn operand(dtype: DType, at: usize) -> Scalar {
    match ENDS.get(at / 2) {
        Some(end) if at.is_multiple_of(2) => Scalar::from_f64(dtype, *end),
        Some(end) => Scalar::from_f64(dtype, -end),
        None if at == 2 * ENDS.len() => Scalar::from_f64(dtype, f64::NAN),
        None => {
            let pattern = (at as u64).wrapping_mul(32_771);
            let shift = 8 * (dtype.size() as u32 - 4);
            Scalar::from_bits(
                dtype,
                (pattern & 0xffff_ffff) << shift | (pattern >> 1) & ((1 << shift) - 1),
            )
        }
    }
}

fn fill(memory: &mut Memory, dtype: DType, count: usize) {
    for (at, element) in bytes(memory).chunks_mut(dtype.size()).take(count).enumerate() {
        element.copy_from_slice(&operand(dtype, at).bits().to_le_bytes()[..dtype.size()]);
    }
}

fn results(op: UnaryOp, dtype: DType, lanes: Lanes) -> Vec<Scalar> {
    let text = format!("input x: {dtype}[n]\n%1 = {}(x)\noutput o = %1", op.name());
    let loaded = Loaded::new(&text, Cpu { threads: Some(1), lanes: Some(lanes) });
    let mut memory = loaded.run_on(COUNT as i64, &fill).unwrap();
    let element = |e: &[u8]| {
        let mut bits = [0; 8];
        bits[..e.len()].copy_from_slice(e);
        Scalar::from_bits(dtype, u64::from_le_bytes(bits))
    };
    bytes(&mut memory).chunks(dtype.size()).take(COUNT).map(element).collect()
}

fn same(x: Scalar, y: Scalar) -> bool {
    x == y || x.as_f64().is_nan() && y.as_f64().is_nan()
}

fn floats() -> impl Iterator<Item = (UnaryOp, DType)> {
    let ops = UnaryOp::ALL.iter().copied().filter(|&op| op != UnaryOp::Not);
    ops.flat_map(|op| [(op, DType::F32), (op, DType::F64)])
}

#[test]
fn emitters_agree_in_every_bit() {
    for (op, dtype) in floats() {
        let portable = results(op, dtype, Lanes::Portable);
        for lanes in Lanes::ALL.into_iter().filter(|l| l.is_present()) {
            let found = results(op, dtype, lanes);
            let pairs = found.iter().zip(&portable).enumerate();
            for (at, (&x, &y)) in pairs {
                let place = operand(dtype, at);
                assert!(same(x, y), "{lanes:?} {} of {place:?}: {x:?}, not {y:?}", op.name());
            }
        }
    }
}

/// How far a result is from the exact one, in units of its last place; the infinities count as the
/// numbers after the largest.
fn ulps(got: f64, want: f64) -> f64 {
    if got.is_nan() && want.is_nan() || got == want {
        return 0.0;
    }
    let limit = 128f64.exp2();
    let (got, want) = (got.clamp(-limit, limit), want.clamp(-limit, limit));
    let exponent = want.abs().log2().floor().clamp(-126.0, 127.0);
    (got - want).abs() / (exponent - 23.0).exp2()
}

#[test]
fn results_in_f32_are_within_their_bounds() {
    let all = floats().filter(|row| row.1 == DType::F32);
    for (op, dtype) in all {
        // A quarter of them is enough for the slow evaluator.
        for (at, got) in results(op, dtype, Lanes::widest()).into_iter().enumerate().step_by(4) {
            let x = operand(dtype, at).as_f64();
            let (got, want) = (got.as_f64(), elementwise::unary(op, x.into()).as_f64());
            let error = ulps(got, want);
            let close = (got - want).abs() <= absolute_bound(op);
            let bound = ulp_bound(op, dtype) + 1e-6;
            assert!(
                close || error <= bound,
                "{} of {x:e}: {got:e}, {error} ulp of {want:e}",
                op.name()
            );
        }
    }
}
