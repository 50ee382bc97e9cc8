//! Wide code for kernels on x86-64: AVX2 and AVX-512 through an assembler.
//!
//! A kernel becomes one function with the parameters that `emit/` declares, and takes the place of
//! the portable one. Loops, choices and the order of reductions are the same, so that results are
//! the same bits. Kernels with something that [`emit`] has no wide code for stay portable.
//!
//! Invariants: the code depends on the kernel and the target alone; dims that are numbers are
//! constants in it; it calls nothing.
//!
//! Not here: linking and memory for code (`jit.rs`), what the lanes compute (`hypatia-lower`).

mod access;
mod ahead;
mod allocate;
mod analysis;
mod block;
mod body;
mod code;
mod codes;
mod convert;
mod encode;
mod frame;
mod nest;
mod patterns;
mod pointers;
mod reduce;
mod select;
mod stream;
mod strip;
mod takes;
mod target;

use crate::emit::Fours;
use crate::error::Error;
use crate::lanes::Lanes;
use code::{Kind, Memory};
use frame::{Frame, Pool};
use hypatia_ir::dim::Dim;
use hypatia_lower::kernel::Kernel;
use hypatia_lower::lane::expand::Expansion;
use iced_x86::IcedError;
use iced_x86::code_asm::{CodeAssembler, CodeLabel};
use pointers::Bases;
use std::collections::HashMap;
use target::Target;

/// Machine code: constants, then instructions.
pub(crate) struct Bytes {
    pub all: Vec<u8>,
    /// Where the function starts in it.
    pub entry: usize,
    /// So many rows run together: pieces should have a multiple.
    pub rows: usize,
}

/// Why there is no wide code.
#[derive(Debug)]
enum Refusal {
    /// Something that it is not made for.
    Lacking,
    /// The assembler said no: a bug.
    Assembler(IcedError),
}

impl From<IcedError> for Refusal {
    fn from(error: IcedError) -> Refusal {
        Refusal::Assembler(error)
    }
}

type Done<T = ()> = Result<T, Refusal>;

/// A function under construction.
struct Wide<'a> {
    a: CodeAssembler,
    kernel: &'a Kernel,
    expansions: &'a [Expansion],
    target: Target,
    fours: Fours,
    pool: Pool,
    frame: Frame,
    /// The slot of each symbolic dim.
    dims: HashMap<Dim, i32>,
    /// The slot of the index along each axis.
    axes: Vec<i32>,
    /// For each access of each phase, the slot of the address of its element 0.
    bases: Vec<Vec<Bases>>,
    /// Where row values are: for each slot, one for each group of rows.
    rows: HashMap<(u32, usize), (Kind, Memory)>,
    /// The slot for the address of the fault, where the row range and other numbers are.
    own: nest::Own,
    leave: CodeLabel,
}

/// The wide function of a kernel, given its machine programs; `None` if there is none.
pub(crate) fn emit(
    kernel: &Kernel,
    expansions: &[Expansion],
    lanes: Lanes,
) -> Result<Option<Bytes>, Error> {
    let Some(target) = Target::of(lanes, expansions.iter().map(|e| &e.program)) else {
        return Ok(None);
    };
    let fours = Fours::choose(kernel);
    if !takes::takes(kernel, fours) {
        return Ok(None);
    }
    match Wide::write(kernel, expansions, target, fours) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(Refusal::Lacking) => Ok(None),
        Err(Refusal::Assembler(error)) => {
            Err(Error::Code { kernel: kernel.name.clone(), reason: error.to_string() })
        }
    }
}
