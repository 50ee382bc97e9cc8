//! Cranelift code for kernels.
//!
//! A kernel becomes one function of a range of rows: addresses of its buffers, the values of its
//! symbolic dims, the first row and the one after the last, and a place to report an index
//! outside its axis.
//!
//! Invariants: the code depends on the kernel and the processor alone; dims that are numbers are
//! constants in it.
//!
//! Not here: linking and memory for code (`link.rs`).

mod access;
mod nest;
mod op;
mod phase;
mod reduce;
mod scalar;
mod vector;

use crate::error::Error;
use cranelift_codegen::ir::{AbiParam, InstBuilder, MemFlagsData, Signature, Value, types};
use cranelift_codegen::isa::TargetFrontendConfig;
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use hypatia_ir::dim::Dim;
use hypatia_lower::kernel::Kernel;
use hypatia_lower::lane::expand::{Expansion, expand};
pub(crate) use nest::Fours;
use phase::Inputs;
pub(crate) use reduce::{BLOCK, identity};
pub(crate) use scalar::function_named;
use std::collections::HashMap;
use vector::{Registers, Width};

/// The parameters of the function of a kernel: all are 64 bits wide.
const PARAMETERS: usize = 5;

/// Declares those parameters.
pub(crate) fn declare(signature: &mut Signature) {
    signature.params.extend([AbiParam::new(types::I64); PARAMETERS]);
}

/// Code under construction.
struct Emitter<'a, 'f> {
    b: FunctionBuilder<'f>,
    kernel: &'a Kernel,
    /// The machine program of each phase.
    expansions: Vec<Expansion>,
    /// For each phase, the number of its first indirect access in the kernel.
    first_check: Vec<i64>,
    fours: Fours,
    buffers: Vec<Value>,
    dims: HashMap<Dim, Value>,
    fault: Value,
    /// Row values, with the width of the row that defined them.
    slots: HashMap<u32, (Registers, Width)>,
    /// Inputs loaded before the loop over the innermost row axis, by phase.
    rows_ahead: Vec<Inputs>,
    /// What was missing, if anything was.
    broken: Option<&'static str>,
}

/// The machine program of each phase of a kernel.
pub(crate) fn expansions(kernel: &Kernel) -> Result<Vec<Expansion>, Error> {
    Ok(kernel.phases.iter().map(|p| expand(&p.program)).collect::<Result<_, _>>()?)
}

/// Writes the function of a kernel, given its machine programs, into a Cranelift function with
/// the declared parameters.
pub(crate) fn emit(
    kernel: &Kernel,
    expansions: Vec<Expansion>,
    function: &mut cranelift_codegen::ir::Function,
    scratch: &mut FunctionBuilderContext,
    target: TargetFrontendConfig,
) -> Result<(), Error> {
    let mut b = FunctionBuilder::new(function, scratch);
    let entry = b.create_block();
    b.append_block_params_for_function_params(entry);
    b.switch_to_block(entry);
    b.seal_block(entry);
    let [addresses, numbers, start, end, fault] = match *b.block_params(entry) {
        [a, n, s, e, f] => [a, n, s, e, f],
        _ => return Err(broken(kernel, "wrong number of parameters")),
    };
    let buffers = read(&mut b, addresses, kernel.params.len());
    let symbols = kernel.symbolic_dims();
    let values = read(&mut b, numbers, symbols.len());
    let mut first_check = Vec::new();
    let mut checks = 0;
    for phase in &kernel.phases {
        first_check.push(checks);
        checks += phase.indirects().count() as i64;
    }
    let mut emitter = Emitter {
        b,
        kernel,
        expansions,
        first_check,
        fours: Fours::choose(kernel),
        buffers,
        dims: symbols.into_iter().zip(values).collect(),
        fault,
        slots: HashMap::new(),
        rows_ahead: Vec::new(),
        broken: None,
    };
    emitter.rows(start, end);
    emitter.b.ins().return_(&[]);
    let found = emitter.broken;
    emitter.b.finalize(target);
    found.map_or(Ok(()), |reason| Err(broken(kernel, reason)))
}

fn broken(kernel: &Kernel, reason: &str) -> Error {
    Error::Code { kernel: kernel.name.clone(), reason: reason.into() }
}

/// 64-bit values that lie one after the other.
fn read(b: &mut FunctionBuilder<'_>, from: Value, count: usize) -> Vec<Value> {
    let flags = MemFlagsData::trusted();
    (0..count as i32).map(|at| b.ins().load(types::I64, flags, from, 8 * at)).collect()
}

impl Emitter<'_, '_> {
    /// Notes a broken invariant; the code is thrown away.
    fn missing(&mut self, what: &'static str) -> Value {
        self.broken.get_or_insert(what);
        self.b.ins().iconst(types::I64, 0)
    }
}
