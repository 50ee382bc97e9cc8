//! Graphs with their code, run on values that look random.
//!
//! Invariants: values depend on the sizes alone.
//!
//! Not here: what is checked.

use hypatia_cpu::Cpu;
use hypatia_ir::dim::DimValues;
use hypatia_ir::dtype::DType;
use hypatia_ir::graph::Graph;
use hypatia_ir::scalar::Scalar;
use hypatia_lower::backend::{Backend, Executable, Failure};
use hypatia_lower::plan::{Place, Plan, SizePlan, plan};
use std::sync::Arc;

/// A buffer's bytes, aligned.
pub type Memory = Vec<[u64; 8]>;

/// The bytes of a buffer.
pub fn bytes(memory: &mut Memory) -> &mut [u8] {
    let length = memory.len() * 64;
    // SAFETY: the bytes of words, which have no invalid values.
    unsafe { std::slice::from_raw_parts_mut(memory.as_mut_ptr().cast(), length) }
}

/// Values that look random, the same each time; indices below 10, but for one in the middle and
/// one near the end.
fn fill(memory: &mut Memory, dtype: DType, count: usize) {
    let mut state = 7u64;
    for (at, element) in bytes(memory).chunks_mut(dtype.size()).take(count).enumerate() {
        // Knuth's MMIX generator.
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let random = (state >> 40) as f64;
        let value = match dtype.is_float() {
            true => random / f64::from(1 << 23) - 1.0,
            false if at == count / 2 => 77.0,
            false if at + 3 == count => 99.0,
            false => random % 10.0,
        };
        let bits = Scalar::from_f64(dtype, value).bits().to_le_bytes();
        element.copy_from_slice(&bits[..dtype.size()]);
    }
}

/// A graph with its code.
pub struct Loaded {
    plan: Arc<Plan>,
    executable: Box<dyn Executable>,
}

impl Loaded {
    pub fn new(text: &str, cpu: Cpu) -> Loaded {
        let graph: Graph =
            format!("hyp 1\n{text}\n").parse().unwrap_or_else(|e| panic!("{text}: {e}"));
        let plan = Arc::new(plan(&graph).unwrap());
        Loaded { executable: cpu.load(plan.clone()).unwrap(), plan }
    }

    /// The bytes of the output.
    pub fn run(&self, n: i64) -> Result<Memory, Failure> {
        self.run_on(n, &fill)
    }

    /// The bytes of the output, given what fills an input of a dtype and so many elements.
    pub fn run_on(
        &self,
        n: i64,
        fill: &dyn Fn(&mut Memory, DType, usize),
    ) -> Result<Memory, Failure> {
        let plan = &self.plan;
        let size = plan.size(&DimValues::from([("n".into(), n)])).unwrap();
        let room = |bytes: usize| vec![[0u64; 8]; bytes.div_ceil(SizePlan::ALIGN) + 1];
        let mut arena = room(size.arena);
        let mut own: Vec<Memory> = size.bytes.iter().map(|&b| room(b)).collect();
        let mut addresses: Vec<*mut u8> = Vec::new();
        for ((buffer, memory), (bytes, offset)) in
            plan.buffers.iter().zip(&mut own).zip(size.bytes.iter().zip(&size.offsets))
        {
            if let Place::Input(_) = buffer.place {
                fill(memory, buffer.ty.dtype, bytes / buffer.ty.dtype.size());
            }
            addresses.push(match buffer.place {
                Place::Arena { .. } => arena.as_mut_ptr().cast::<u8>().wrapping_add(*offset),
                Place::Input(_) | Place::Literal(_) | Place::Root(_) => memory.as_mut_ptr().cast(),
            });
        }
        // SAFETY: each address has the bytes that the size plan asks for, aligned to 8, and is used
        // here alone.
        unsafe { self.executable.run(&size, &addresses) }?;
        Ok(own.swap_remove(plan.roots[0].index()))
    }
}
