//! Machine code of every machine op, against the meaning of machine ops.
//!
//! Invariants: results are the same bits as the definition's, any NaN for any NaN, in one lane
//! and in four, on this processor and on the plainest of its family.
//!
//! Not here: whole graphs (`tests/it`).

use super::{Writer, flags, isa};
use crate::lanes::Lanes;
use crate::link::{Code, Fault, link};
use cranelift_codegen::isa::{OwnedTargetIsa, lookup};
use cranelift_codegen::settings::Configurable;
use hypatia_ir::dim::Dim;
use hypatia_ir::dtype::DType;
use hypatia_ir::op::{CompareOp, ScatterOp};
use hypatia_ir::scalar::Scalar;
use hypatia_lower::kernel::{Affine, Kernel, Mode, Param, Phase, Scope, Source, Store};
use hypatia_lower::lane::expand::Expansion;
use hypatia_lower::lane::interpret::step;
use hypatia_lower::lane::machine::{MachineBinary, MachineOp, MachineUnary, Program, Shift};
use hypatia_lower::lane::{self, Lane, LaneOp};

const UNARY: [MachineUnary; 7] = [
    MachineUnary::Neg,
    MachineUnary::Abs,
    MachineUnary::Sqrt,
    MachineUnary::Floor,
    MachineUnary::Trunc,
    MachineUnary::Nearest,
    MachineUnary::Not,
];

const BINARY: [MachineBinary; 13] = [
    MachineBinary::Add,
    MachineBinary::Sub,
    MachineBinary::Mul,
    MachineBinary::Div,
    MachineBinary::Quot,
    MachineBinary::Rem,
    MachineBinary::Max,
    MachineBinary::Min,
    MachineBinary::And,
    MachineBinary::Or,
    MachineBinary::Xor,
    MachineBinary::Left,
    MachineBinary::Right,
];

/// Floats at which ops are most easily wrong.
const FLOATS: [f64; 31] = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    -0.5,
    1.5,
    -1.5,
    2.5,
    -2.5,
    3.7,
    -3.7,
    127.6,
    255.4,
    256.0,
    -129.0,
    1e-40,
    -1e-40,
    5e-324,
    16_777_217.0,
    2_147_483_647.0,
    2_147_483_648.0,
    -2_147_483_649.0,
    9.3e18,
    -9.3e18,
    1e30,
    3.4e38,
    1e300,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::NAN,
];

/// The same for integers.
const INTEGERS: [i64; 21] = [
    0,
    1,
    -1,
    2,
    -2,
    7,
    100,
    -100,
    127,
    128,
    255,
    256,
    -256,
    65_537,
    16_777_217,
    i32::MAX as i64,
    i32::MIN as i64,
    1 << 33,
    (1 << 53) + 1,
    i64::MAX,
    i64::MIN,
];

/// An op with the dtypes of its operands (inputs 0, 1, 2) and of its result.
struct Row {
    op: MachineOp,
    operands: Vec<DType>,
    result: DType,
}

fn values(dtype: DType) -> Vec<Scalar> {
    match dtype {
        DType::Bool => vec![Scalar::new(false), Scalar::new(true)],
        DType::F32 | DType::F64 => FLOATS.iter().map(|&x| Scalar::from_f64(dtype, x)).collect(),
        DType::U8 | DType::I32 | DType::I64 => {
            INTEGERS.iter().map(|&x| Scalar::from_i64(dtype, x)).collect()
        }
    }
}

/// Every op with every combination of dtypes for which it has a meaning.
fn rows() -> Vec<Row> {
    let [a, b, c] = [Lane(0), Lane(1), Lane(2)];
    let mut rows = Vec::new();
    let mut add = |op, operands: &[DType], result| {
        let one = |lane: Lane| operands.get(lane.0 as usize).map(|&d| Scalar::from_i64(d, 1));
        // Back ends see no comparisons and conversions of bool (`lane/expand.rs`).
        let is_logic = match op {
            MachineOp::Compare(..) | MachineOp::Convert(_) => operands.contains(&DType::Bool),
            _ => false,
        };
        if !is_logic && step(op, result, one).is_some_and(|v| v.dtype() == result) {
            rows.push(Row { op, operands: operands.to_vec(), result });
        }
    };
    for d in DType::ALL {
        UNARY.iter().for_each(|&op| add(MachineOp::Unary(op, a), &[d], d));
        BINARY.iter().for_each(|&op| add(MachineOp::Binary(op, a, b), &[d, d], d));
        add(MachineOp::Fma(a, b, c), &[d, d, d], d);
        for shift in [Shift::Left, Shift::Logical, Shift::Arithmetic] {
            let by = [0, 1, 23, 31, 52, 63];
            by.iter().for_each(|&n| add(MachineOp::Shift(shift, a, n), &[d], d));
        }
        for &op in CompareOp::ALL {
            add(MachineOp::Compare(op, a, b), &[d, d], DType::Bool);
        }
        if d == DType::Bool {
            continue;
        }
        add(MachineOp::Select(a, b, c), &[DType::Bool, d, d], d);
        for to in DType::ALL.into_iter().filter(|&to| to != DType::Bool && to != d) {
            add(MachineOp::Convert(a), &[d], to);
            if d.is_float() != to.is_float() {
                add(MachineOp::Bitcast(a), &[d], to);
            }
        }
    }
    rows
}

/// `out[i] = op(in0[i], in1[i], …)` for `i` below `n`, with the machine program of the op. The
/// kernel's own program only says what the inputs are.
fn kernel(row: &Row) -> (Kernel, Vec<Expansion>) {
    let along = Affine { offset: 0.into(), strides: vec![1.into()] };
    let (mut own, mut machine) = (lane::Program::default(), Program::default());
    let (mut params, mut inputs) = (Vec::new(), Vec::new());
    for (at, &dtype) in (0..).zip(&row.operands) {
        own.push(LaneOp::Input(at), dtype);
        machine.instructions.push((MachineOp::Input(at), dtype));
        params.push(Param { dtype, mode: Mode::Read });
        inputs.push(Source::Load { buffer: at, index: along.clone(), indirect: None });
    }
    let value = own.push(LaneOp::Const(Scalar::from_i64(row.result, 0)), row.result);
    machine.instructions.push((row.op, row.result));
    let buffer = params.len() as u32;
    params.push(Param { dtype: row.result, mode: Mode::Write });
    let phase = Phase {
        scope: Scope::Row,
        inputs,
        program: own,
        reductions: Vec::new(),
        defines: Vec::new(),
        stores: vec![Store { buffer, value, index: along, onto: ScatterOp::Set, scatter: None }],
    };
    let kernel = Kernel {
        name: "op".into(),
        params,
        rows: vec![Dim::symbol("n")],
        columns: Vec::new(),
        slots: Vec::new(),
        phases: vec![phase],
    };
    let lanes = (0..machine.instructions.len() as u32).map(Lane).collect();
    (kernel, vec![Expansion { program: machine, lanes }])
}

/// Every combination of the values of the operands: for each operand, the column of its values.
fn columns(operands: &[DType]) -> Vec<Vec<Scalar>> {
    let mut columns: Vec<Vec<Scalar>> = Vec::new();
    let mut count = 1;
    for &dtype in operands {
        let values = values(dtype);
        columns.iter_mut().for_each(|c| *c = c.repeat(values.len()));
        columns.push(values.iter().flat_map(|&v| std::iter::repeat_n(v, count)).collect());
        count *= values.len();
    }
    // Enough for points in fours, and a few that are left.
    columns.iter_mut().for_each(|c| *c = c.repeat(8usize.div_ceil(count)));
    columns
}

fn bytes(values: &[Scalar]) -> Vec<u8> {
    let each = |v: &Scalar| v.bits().to_le_bytes()[..v.dtype().size()].to_vec();
    values.iter().flat_map(each).collect()
}

/// Runs kernel `at` on the points of the columns.
fn run(code: &Code, at: usize, columns: &[Vec<Scalar>], result: DType) -> Vec<Scalar> {
    let n = columns[0].len();
    let mut buffers: Vec<Vec<u8>> = columns.iter().map(|c| bytes(c)).collect();
    buffers.push(vec![0; n * result.size()]);
    let addresses: Vec<*mut u8> = buffers.iter_mut().map(|b| b.as_mut_ptr()).collect();
    let (numbers, mut fault) = ([n as i64], Fault::NONE);
    // SAFETY: every buffer has `n` elements of the dtype of its parameter; accesses need no
    // alignment.
    unsafe {
        code.entries[at](addresses.as_ptr(), numbers.as_ptr(), 0, n as i64, &mut fault);
    }
    let each = |element: &[u8]| {
        let mut bits = [0; 8];
        bits[..element.len()].copy_from_slice(element);
        Scalar::from_bits(result, u64::from_le_bytes(bits))
    };
    buffers[columns.len()].chunks(result.size()).map(each).collect()
}

/// That machine code for `isa` gives what the ops mean.
fn check(isa: OwnedTargetIsa, lanes: Lanes) {
    let rows = rows();
    assert!(rows.len() > 100, "{} ops", rows.len());
    let (kernels, programs): (Vec<_>, Vec<_>) = rows.iter().map(kernel).unzip();
    let mut writer = Writer::new(&*isa, lanes);
    let objects = kernels.iter().zip(programs).map(|(k, p)| writer.object(k, p).unwrap());
    let code = link(&objects.collect::<Vec<_>>(), &[]).unwrap();
    for (at, row) in rows.iter().enumerate() {
        let columns = columns(&row.operands);
        let all = columns[0].len();
        // The last points of a run go one by one; in the short run all do.
        for n in [all, all - 1, 3] {
            let columns: Vec<_> = columns.iter().map(|c| c[all - n..].to_vec()).collect();
            for (i, found) in run(&code, at, &columns, row.result).into_iter().enumerate() {
                let operand = |lane: Lane| columns.get(lane.0 as usize).map(|c| c[i]);
                let wanted = step(row.op, row.result, operand).unwrap();
                let is_nan = |v: Scalar| v.dtype().is_float() && v.as_f64().is_nan();
                assert!(
                    found == wanted || is_nan(found) && is_nan(wanted),
                    "{lanes:?}, point {i} of {n}, {:?} of {:?}: {found:?}, not {wanted:?}",
                    row.op,
                    columns.iter().map(|c| c[i]).collect::<Vec<_>>()
                );
            }
        }
    }
}

#[test]
fn every_op_is_exact() {
    for lanes in Lanes::ALL.into_iter().filter(|l| l.is_present()) {
        check(isa().unwrap(), lanes);
    }
}

/// Without instructions for fused multiplication and rounding, code calls functions.
#[test]
fn every_op_is_exact_without_extensions() {
    let mut plain = lookup(isa().unwrap().triple().clone()).unwrap();
    if cfg!(target_arch = "x86_64") {
        ["has_sse3", "has_ssse3"].iter().for_each(|name| plain.enable(name).unwrap());
    }
    check(plain.finish(flags().unwrap()).unwrap(), Lanes::Portable);
}
