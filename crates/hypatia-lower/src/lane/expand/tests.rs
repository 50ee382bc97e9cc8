//! Expanded programs against references: errors in ulp, special values, exact ops.
//!
//! Invariants: `f32` is held against `libm` in `f64`; `f64` against `libm`, whose own error of up
//! to 1 ulp (composites: 2) is added to the bound. What `libm` lacks is held against the evaluator,
//! which has other formulas, of up to 4 ulp. Powers are held against [`f64::powf`]: that of
//! `libm` is hundreds of ulp off for exponents beyond 2^31.
//!
//! Not here: back ends.

use super::*;
use crate::lane::accuracy::{ACCURACY, absolute_bound, binary_ulp_bound, ulp_bound};
use crate::lane::interpret::run;
use hypatia_ir::eval::elementwise;
use hypatia_ir::op::CompareOp;
use hypatia_ir::scalar::Scalar;

/// A function of operands as its expanded program.
struct Function {
    expansion: Expansion,
    result: Lane,
}

impl Function {
    fn new(inputs: &[DType], dtype: DType, op: impl Fn(&[Lane]) -> LaneOp) -> Function {
        let mut source = Program::default();
        let inputs: Vec<Lane> = (0u32..)
            .zip(inputs)
            .map(|(number, &dtype)| source.push(LaneOp::Input(number), dtype))
            .collect();
        let result = source.push(op(&inputs), dtype);
        let expansion = expand(&source).unwrap();
        let result = expansion.lane(result);
        Function { expansion, result }
    }

    fn unary(op: UnaryOp, dtype: DType) -> Function {
        Function::new(&[dtype], dtype, |x| LaneOp::Unary(op, x[0]))
    }

    fn binary(op: BinaryOp, dtype: DType) -> Function {
        Function::new(&[dtype; 2], dtype, |x| LaneOp::Binary(op, x[0], x[1]))
    }

    fn at(&self, inputs: &[Scalar]) -> Scalar {
        run(&self.expansion.program, inputs).unwrap()[self.result.0 as usize]
    }
}

/// What the op is, by `libm` in `f64`.
fn reference(op: UnaryOp, x: f64) -> f64 {
    match op {
        UnaryOp::Neg => -x,
        UnaryOp::Abs => x.abs(),
        UnaryOp::Sign if x == 0.0 || x.is_nan() => x,
        UnaryOp::Sign => x.signum(),
        UnaryOp::Sqr => x * x,
        UnaryOp::Exp => libm::exp(x),
        UnaryOp::Expm1 => libm::expm1(x),
        UnaryOp::Log => libm::log(x),
        UnaryOp::Log1p => libm::log1p(x),
        UnaryOp::Sqrt => x.sqrt(),
        UnaryOp::Rsqrt => 1.0 / x.sqrt(),
        UnaryOp::Sin => libm::sin(x),
        UnaryOp::Cos => libm::cos(x),
        UnaryOp::Tan => libm::tan(x),
        UnaryOp::Asin => libm::asin(x),
        UnaryOp::Acos => libm::acos(x),
        UnaryOp::Atan => libm::atan(x),
        UnaryOp::Sinh => libm::sinh(x),
        UnaryOp::Cosh => libm::cosh(x),
        UnaryOp::Tanh => libm::tanh(x),
        UnaryOp::Asinh => libm::asinh(x),
        UnaryOp::Acosh if x < 1.0 => f64::NAN,
        UnaryOp::Acosh => libm::acosh(x),
        UnaryOp::Atanh => libm::atanh(x),
        UnaryOp::Sigmoid if x < 0.0 => libm::exp(x) / (1.0 + libm::exp(x)),
        UnaryOp::Sigmoid => 1.0 / (1.0 + libm::exp(-x)),
        UnaryOp::Softplus if x.is_nan() => x,
        UnaryOp::Softplus => x.max(0.0) + libm::log1p(libm::exp(-x.abs())),
        UnaryOp::Erf => libm::erf(x),
        UnaryOp::Erfc => libm::erfc(x),
        UnaryOp::Lgamma => libm::lgamma(x),
        UnaryOp::Erfcx | UnaryOp::Erfinv | UnaryOp::Digamma => {
            elementwise::unary(op, x.into()).as_f64()
        }
        UnaryOp::Floor => x.floor(),
        UnaryOp::Ceil => x.ceil(),
        UnaryOp::Trunc => x.trunc(),
        UnaryOp::Round => x.round_ties_even(),
        UnaryOp::Not => f64::NAN,
    }
}

/// The error of the reference for `f64`, in ulp.
fn reference_error(op: UnaryOp) -> f64 {
    match op {
        UnaryOp::Sigmoid | UnaryOp::Softplus => 2.0,
        UnaryOp::Erfcx | UnaryOp::Erfinv | UnaryOp::Lgamma | UnaryOp::Digamma => 4.0,
        UnaryOp::Sqr | UnaryOp::Sqrt => 0.5,
        UnaryOp::Floor | UnaryOp::Ceil | UnaryOp::Trunc | UnaryOp::Round => 0.0,
        UnaryOp::Neg | UnaryOp::Abs | UnaryOp::Sign | UnaryOp::Not => 0.0,
        UnaryOp::Exp
        | UnaryOp::Expm1
        | UnaryOp::Log
        | UnaryOp::Log1p
        | UnaryOp::Rsqrt
        | UnaryOp::Sin
        | UnaryOp::Cos
        | UnaryOp::Tan
        | UnaryOp::Asin
        | UnaryOp::Acos
        | UnaryOp::Atan
        | UnaryOp::Sinh
        | UnaryOp::Cosh
        | UnaryOp::Tanh
        | UnaryOp::Asinh
        | UnaryOp::Acosh
        | UnaryOp::Atanh
        | UnaryOp::Erf
        | UnaryOp::Erfc => 1.0,
    }
}

/// `|got - want|` in units of the last place of `want`; ∞ where NaN, an infinite value or the sign
/// of zero is wrong. The infinities count as the numbers after the largest.
fn ulps(dtype: DType, got: f64, want: f64) -> f64 {
    let (mantissa, smallest, largest) = match dtype {
        DType::F32 => (23, -126, 128),
        _ => (52, -1022, 1024),
    };
    if got.is_nan() || want.is_nan() {
        return if got.is_nan() && want.is_nan() { 0.0 } else { f64::INFINITY };
    }
    if got == want {
        let same = got.is_sign_negative() == want.is_sign_negative();
        return if same { 0.0 } else { f64::INFINITY };
    }
    if dtype == DType::F64 && (got.is_infinite() || want.is_infinite()) {
        let (got, want) = (got / 4.0, want / 4.0);
        let ended = |x: f64| if x.is_infinite() { x.signum() * 1022f64.exp2() } else { x };
        return (ended(got) - ended(want)).abs() / f64::from(largest - 2 - mantissa - 1).exp2();
    }
    let limit = f64::from(largest).exp2();
    let (got, want) = if dtype == DType::F32 {
        (got.clamp(-limit, limit), want.clamp(-limit, limit))
    } else {
        (got, want)
    };
    let exponent = libm::ilogb(want).clamp(smallest, largest - 1);
    libm::ldexp(got - want, mantissa - exponent).abs()
}

const SPECIAL: [f64; 24] = [
    0.0,
    1.0,
    0.5,
    2.0,
    3.0,
    1.5,
    0.55,
    1e-3,
    88.72284,
    88.73,
    103.9,
    104.5,
    709.79,
    745.2,
    1e4,
    4097.0,
    8388607.5,
    1e10,
    1e38,
    1e-38,
    1e-45,
    5e-324,
    f64::MAX,
    f64::INFINITY,
];

fn specials(dtype: DType) -> impl Iterator<Item = Scalar> {
    let signed = SPECIAL.into_iter().flat_map(|x| [x, -x]);
    signed.chain([f64::NAN]).map(move |x| Scalar::from_f64(dtype, x))
}

/// Operands over all exponents, dense where functions bend, and all specials.
fn operands(dtype: DType) -> Vec<Scalar> {
    let mut all: Vec<Scalar> = specials(dtype).collect();
    let bits = 8 * dtype.size() as u32;
    let (count, stride) = (40_000u64, ((1u128 << bits) / 40_000) | 1);
    all.extend((0..count).map(|i| Scalar::from_bits(dtype, (u128::from(i) * stride) as u64)));
    for (range, steps) in [(2.0, 10_000), (20.0, 5_000), (110.0, 2_500), (750.0, 2_500)] {
        let at = |i: i32| (f64::from(i) + 0.37) / f64::from(steps) * 2.0 * range - range;
        all.extend((0..steps).map(|i| Scalar::from_f64(dtype, at(i))));
    }
    all
}

/// Where sine, cosine and tangent give NaN instead.
fn beyond(op: UnaryOp, dtype: DType, x: f64) -> bool {
    let limit = match op {
        UnaryOp::Sin | UnaryOp::Cos => 52f64,
        UnaryOp::Tan => 51f64,
        _ => return false,
    };
    dtype == DType::F64 && x.abs() >= limit.exp2()
}

fn holds_bounds(dtype: DType) {
    let operands = operands(dtype);
    let mut failures = Vec::new();
    for &op in UnaryOp::ALL.iter().filter(|&&op| op != UnaryOp::Not) {
        let function = Function::unary(op, dtype);
        let (mut worst, mut place) = (-1.0, Scalar::new(0.0));
        for &x in &operands {
            let got = function.at(&[x]).as_f64();
            let x64 = x.as_f64();
            let want = if beyond(op, dtype, x64) { f64::NAN } else { reference(op, x64) };
            let error = ulps(dtype, got, want);
            // The evaluator and libm are as far off near these roots.
            let close = (got - want).abs() <= absolute_bound(op);
            if error > worst && !close {
                (worst, place) = (error, x);
            }
        }
        let slack = if dtype == DType::F64 { reference_error(op) } else { 1e-6 };
        if worst > ulp_bound(op, dtype) + slack {
            failures.push(format!("{} {dtype}: {worst} ulp at {place:?}", op.name()));
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

#[test]
fn f32_results_are_within_their_bounds() {
    holds_bounds(DType::F32);
}

#[test]
fn f64_results_are_within_their_bounds() {
    holds_bounds(DType::F64);
}

/// Bases over all exponents with powers whose results are in range, and all pairs of specials.
fn pow_operands(dtype: DType) -> Vec<[Scalar; 2]> {
    let mut pairs: Vec<[Scalar; 2]> =
        specials(dtype).flat_map(|x| specials(dtype).map(move |y| [x, y])).collect();
    let largest = if dtype == DType::F32 { 150.0 } else { 1080.0 };
    for i in 0..60_000 {
        let (u, v) = (f64::from(i) / 60_000.0, (f64::from(i) * 0.618_033_988_749_894_9).fract());
        // The exponent of the base and of the result, in bits; bases near 1 on odd turns.
        let base = if i % 2 == 0 { (u - 0.5) * largest } else { (u - 0.5).powi(3) };
        let result = (v - 0.5) * 2.0 * largest;
        pairs.push([base.exp2(), result / base].map(|x| Scalar::from_f64(dtype, x)));
    }
    pairs
}

#[test]
fn powers_are_within_their_bounds() {
    for dtype in [DType::F32, DType::F64] {
        let function = Function::binary(BinaryOp::Pow, dtype);
        let slack = if dtype == DType::F64 { 1.0 } else { 1e-6 };
        let (mut worst, mut place) = (-1.0, [Scalar::new(0.0); 2]);
        for pair in pow_operands(dtype) {
            let got = function.at(&pair).as_f64();
            let error = ulps(dtype, got, pair[0].as_f64().powf(pair[1].as_f64()));
            if error > worst {
                (worst, place) = (error, pair);
            }
        }
        let bound = binary_ulp_bound(BinaryOp::Pow, dtype);
        assert!(worst <= bound + slack, "{dtype}: {worst} ulp at {place:?}");
    }
}

/// Points in all directions and of all sizes, close to the axes too, and all pairs of specials.
fn points(dtype: DType) -> Vec<[Scalar; 2]> {
    let mut pairs: Vec<[Scalar; 2]> =
        specials(dtype).flat_map(|x| specials(dtype).map(move |y| [x, y])).collect();
    let largest = if dtype == DType::F32 { 120.0 } else { 1000.0 };
    for i in 0..60_000 {
        let (u, v) = (f64::from(i) / 60_000.0, (f64::from(i) * 0.618_033_988_749_894_9).fract());
        let size = ((u - 0.5) * 2.0 * largest).exp2();
        let (sin, cos) = (v * std::f64::consts::TAU).sin_cos();
        let power = if i % 2 == 0 { 1 } else { 9 };
        pairs.push([size * sin.powi(power), size * cos].map(|x| Scalar::from_f64(dtype, x)));
    }
    pairs
}

#[test]
fn angles_are_within_their_bounds() {
    for dtype in [DType::F32, DType::F64] {
        let function = Function::binary(BinaryOp::Atan2, dtype);
        let slack = if dtype == DType::F64 { 1.0 } else { 1e-6 };
        let (mut worst, mut place) = (-1.0, [Scalar::new(0.0); 2]);
        for pair in points(dtype) {
            let got = function.at(&pair).as_f64();
            let error = ulps(dtype, got, libm::atan2(pair[0].as_f64(), pair[1].as_f64()));
            if error > worst {
                (worst, place) = (error, pair);
            }
        }
        let bound = binary_ulp_bound(BinaryOp::Atan2, dtype);
        assert!(worst <= bound + slack, "{dtype}: {worst} ulp at {place:?}");
    }
}

#[test]
fn every_float_op_has_a_bound() {
    for &op in UnaryOp::ALL.iter().filter(|&&op| op != UnaryOp::Not) {
        for dtype in [DType::F32, DType::F64] {
            let rows = ACCURACY.iter().filter(|row| (row.0, row.1) == (op, dtype)).count();
            assert_eq!(rows, 1, "{} {dtype}", op.name());
        }
    }
}

const INTEGERS: [i64; 18] = [
    0,
    1,
    2,
    3,
    7,
    31,
    32,
    63,
    64,
    127,
    128,
    255,
    65_537,
    i32::MAX as i64,
    1 << 31,
    1 << 40,
    i64::MAX,
    0x1234_5678_9abc,
];

fn integers(dtype: DType) -> impl Iterator<Item = Scalar> + Clone {
    INTEGERS
        .into_iter()
        .flat_map(|x| [x, x.wrapping_neg()])
        .map(move |x| Scalar::from_i64(dtype, x))
}

/// Results in 64 bits, whose low bits are those of every narrower type.
fn integer_unary(op: UnaryOp, x: i64) -> Option<i64> {
    match op {
        UnaryOp::Neg => Some(x.wrapping_neg()),
        UnaryOp::Abs => Some(x.wrapping_abs()),
        UnaryOp::Sqr => Some(x.wrapping_mul(x)),
        UnaryOp::Sign => Some(x.signum()),
        UnaryOp::Not => Some(!x),
        _ => None,
    }
}

fn integer_binary(op: BinaryOp, x: i64, y: i64) -> Option<i64> {
    match op {
        BinaryOp::Add => Some(x.wrapping_add(y)),
        BinaryOp::Sub => Some(x.wrapping_sub(y)),
        BinaryOp::Mul => Some(x.wrapping_mul(y)),
        BinaryOp::Max => Some(x.max(y)),
        BinaryOp::Min => Some(x.min(y)),
        BinaryOp::And => Some(x & y),
        BinaryOp::Or => Some(x | y),
        BinaryOp::Xor => Some(x ^ y),
        BinaryOp::Shl if (0..64).contains(&y) => Some(x << y),
        BinaryOp::Shl => Some(0),
        BinaryOp::Shr if (0..64).contains(&y) => Some(x >> y),
        BinaryOp::Shr => Some(x >> 63),
        BinaryOp::Quot => Some(if y == 0 { 0 } else { x.wrapping_div(y) }),
        BinaryOp::Rem => Some(if y == 0 { 0 } else { x.wrapping_rem(y) }),
        BinaryOp::Div | BinaryOp::Pow | BinaryOp::Atan2 => None,
    }
}

#[test]
fn integer_ops_wrap() {
    for dtype in [DType::U8, DType::I32, DType::I64] {
        for &op in UnaryOp::ALL.iter().filter(|&&op| integer_unary(op, 0).is_some()) {
            let function = Function::unary(op, dtype);
            for x in integers(dtype) {
                let want = Scalar::from_i64(dtype, integer_unary(op, x.as_i64()).unwrap());
                assert_eq!(function.at(&[x]), want, "{} {x:?}", op.name());
            }
        }
        for &op in BinaryOp::ALL.iter().filter(|&&op| integer_binary(op, 0, 0).is_some()) {
            let function = Function::binary(op, dtype);
            for (x, y) in integers(dtype).flat_map(|x| integers(dtype).map(move |y| (x, y))) {
                let want = integer_binary(op, x.as_i64(), y.as_i64()).unwrap();
                let want = Scalar::from_i64(dtype, want);
                assert_eq!(function.at(&[x, y]), want, "{} {x:?} {y:?}", op.name());
            }
        }
    }
}

fn samples(dtype: DType) -> Vec<Scalar> {
    match dtype {
        DType::Bool => vec![Scalar::new(false), Scalar::new(true)],
        DType::U8 | DType::I32 | DType::I64 => integers(dtype).collect(),
        DType::F32 | DType::F64 => specials(dtype).collect(),
    }
}

#[test]
fn casts_are_those_of_scalars() {
    for from in DType::ALL {
        for to in DType::ALL {
            let function = Function::new(&[from], to, |x| LaneOp::Cast(x[0]));
            for x in samples(from) {
                let (got, want) = (function.at(&[x]), x.cast(to));
                let both_nan = got.as_f64().is_nan() && want.as_f64().is_nan();
                assert!(got == want || both_nan, "{x:?} to {to}: {got:?}, not {want:?}");
            }
        }
    }
}

fn holds(op: CompareOp, x: Scalar, y: Scalar) -> bool {
    let order = if x.dtype().is_float() {
        x.as_f64().partial_cmp(&y.as_f64())
    } else {
        Some(x.as_i64().cmp(&y.as_i64()))
    };
    match (op, order) {
        (CompareOp::Ne, None) => true,
        (_, None) => false,
        (CompareOp::Eq, Some(o)) => o.is_eq(),
        (CompareOp::Ne, Some(o)) => o.is_ne(),
        (CompareOp::Lt, Some(o)) => o.is_lt(),
        (CompareOp::Le, Some(o)) => o.is_le(),
        (CompareOp::Gt, Some(o)) => o.is_gt(),
        (CompareOp::Ge, Some(o)) => o.is_ge(),
    }
}

#[test]
fn comparisons_and_selections_take_every_dtype() {
    for dtype in DType::ALL {
        let select = Function::new(&[DType::Bool, dtype, dtype], dtype, |x| {
            LaneOp::Select(x[0], x[1], x[2])
        });
        let compare = CompareOp::ALL.iter().map(|&op| {
            (op, Function::new(&[dtype; 2], DType::Bool, |x| LaneOp::Compare(op, x[0], x[1])))
        });
        let compare: Vec<_> = compare.collect();
        for x in samples(dtype) {
            for y in samples(dtype) {
                for (op, function) in &compare {
                    let want = Scalar::new(holds(*op, x, y));
                    assert_eq!(function.at(&[x, y]), want, "{x:?} {} {y:?}", op.name());
                }
                assert_eq!(select.at(&[Scalar::new(true), x, y]), x);
                assert_eq!(select.at(&[Scalar::new(false), x, y]), y);
            }
        }
    }
}

#[test]
fn logic_is_that_of_bool() {
    let not = Function::unary(UnaryOp::Not, DType::Bool);
    let and = Function::binary(BinaryOp::And, DType::Bool);
    let or = Function::binary(BinaryOp::Or, DType::Bool);
    let xor = Function::binary(BinaryOp::Xor, DType::Bool);
    for (x, y) in [(false, false), (false, true), (true, false), (true, true)] {
        let inputs = [x.into(), y.into()];
        assert_eq!(not.at(&inputs[..1]), (!x).into());
        assert_eq!(and.at(&inputs), (x && y).into());
        assert_eq!(or.at(&inputs), (x || y).into());
        assert_eq!(xor.at(&inputs), (x != y).into());
    }
}

#[test]
fn extremes_keep_nan_and_order_zeros() {
    let cases = [
        (1.0, 2.0, 2.0, 1.0),
        (-0.0, 0.0, 0.0, -0.0),
        (0.0, -0.0, 0.0, -0.0),
        (f64::NAN, 1.0, f64::NAN, f64::NAN),
        (1.0, f64::NAN, f64::NAN, f64::NAN),
        (f64::NEG_INFINITY, f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY),
    ];
    for dtype in [DType::F32, DType::F64] {
        let (max, min) =
            (Function::binary(BinaryOp::Max, dtype), Function::binary(BinaryOp::Min, dtype));
        for (x, y, high, low) in cases {
            let inputs = [x, y].map(|v| Scalar::from_f64(dtype, v));
            assert_eq!(ulps(dtype, max.at(&inputs).as_f64(), high), 0.0, "max {inputs:?}");
            assert_eq!(ulps(dtype, min.at(&inputs).as_f64(), low), 0.0, "min {inputs:?}");
        }
    }
}

#[test]
fn arithmetic_of_floats_is_correctly_rounded() {
    type Arithmetic = fn(f32, f32) -> f32;
    let ops: [(BinaryOp, Arithmetic); 5] = [
        (BinaryOp::Add, |a, b| a + b),
        (BinaryOp::Sub, |a, b| a - b),
        (BinaryOp::Mul, |a, b| a * b),
        (BinaryOp::Div, |a, b| a / b),
        (BinaryOp::Rem, |a, b| a % b),
    ];
    for (op, want) in ops {
        let function = Function::binary(op, DType::F32);
        for (x, y) in specials(DType::F32).flat_map(|x| specials(DType::F32).map(move |y| (x, y))) {
            let want = want(x.get().unwrap(), y.get().unwrap());
            let got: f32 = function.at(&[x, y]).get().unwrap();
            let same = got.to_bits() == want.to_bits() || got.is_nan() && want.is_nan();
            assert!(same, "{} {x:?} {y:?}: {got}, not {want}", op.name());
        }
    }
}

#[test]
fn equal_work_is_shared_and_constants_fold() {
    let mut source = Program::default();
    let x = source.push(LaneOp::Input(0), DType::F32);
    let one = source.push(LaneOp::Unary(UnaryOp::Exp, x), DType::F32);
    let length = expand(&source).unwrap().program.instructions.len();
    let two = source.push(LaneOp::Unary(UnaryOp::Exp, x), DType::F32);
    let expansion = expand(&source).unwrap();
    assert_eq!(expansion.program.instructions.len(), length);
    assert_eq!(expansion.lane(one), expansion.lane(two));

    let mut source = Program::default();
    let zero = source.push(LaneOp::Const(Scalar::new(0f32)), DType::F32);
    let cos = source.push(LaneOp::Unary(UnaryOp::Cos, zero), DType::F32);
    let expansion = expand(&source).unwrap();
    let result = expansion.program.instructions[expansion.lane(cos).0 as usize];
    assert_eq!(result, (MachineOp::Const(Scalar::new(1f32)), DType::F32));
}

#[test]
fn ops_without_meaning_are_errors() {
    for (op, dtype) in
        [(UnaryOp::Exp, DType::I32), (UnaryOp::Not, DType::F32), (UnaryOp::Neg, DType::Bool)]
    {
        let mut source = Program::default();
        let x = source.push(LaneOp::Input(0), dtype);
        source.push(LaneOp::Unary(op, x), dtype);
        assert!(expand(&source).is_err(), "{} {dtype}", op.name());
    }
}

#[test]
fn random_bits_are_those_of_the_definition() {
    for word in 0..4 {
        let function = Function::new(&[DType::I64; 3], DType::I32, |x| {
            LaneOp::RandomBits(word, x[0], x[1], x[2])
        });
        for (at, seed) in INTEGERS.into_iter().enumerate() {
            let (stream, counter) = (INTEGERS[(at * 5 + 3) % 18], -INTEGERS[(at * 7 + 1) % 18]);
            let want = hypatia_ir::eval::philox::philox(seed, stream, counter);
            let want = Scalar::new(want[usize::from(word)] as i32);
            assert_eq!(function.at(&[seed, stream, counter].map(Scalar::new)), want);
        }
    }
}
