//! Routines on this processor.
//!
//! Invariants: exhaustive over [`Routine`]; results depend on the operands alone, so they are the
//! same for any number of threads.
//!
//! Not here: what routines mean (`hypatia_ir::eval`).

mod order;
mod scan;

use hypatia_ir::dtype::DType;
use hypatia_ir::routine::Routine;
use hypatia_ir::scalar::Element;
use hypatia_lower::backend::Failure;
use hypatia_lower::plan::{Apply, BufferId};

/// A tensor in row-major order.
#[derive(Clone, Copy)]
struct View<'a> {
    dtype: DType,
    address: *mut u8,
    shape: &'a [usize],
}

impl<'a> View<'a> {
    fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// # Safety
    /// `T` is the element type; the memory is valid for so long and nobody writes it.
    unsafe fn elements<T: Element>(&self) -> &'a [T] {
        match self.len() {
            0 => &[],
            // SAFETY: the caller's.
            len => unsafe { std::slice::from_raw_parts(self.address.cast(), len) },
        }
    }

    /// # Safety
    /// `T` is the element type; the memory is valid for so long and nobody else uses it.
    unsafe fn elements_mut<T: Element>(&self) -> &'a mut [T] {
        match self.len() {
            0 => &mut [],
            // SAFETY: the caller's.
            len => unsafe { std::slice::from_raw_parts_mut(self.address.cast(), len) },
        }
    }
}

/// Runs the body with `$t` standing for the Rust type of a number dtype; nothing for `bool`, which
/// no routine takes.
macro_rules! numeric {
    ($dtype:expr, $t:ident => $body:expr) => {
        numeric!(@ $dtype, $t => $body; U8 u8, I32 i32, I64 i64, F32 f32, F64 f64)
    };
    (@ $dtype:expr, $t:ident => $body:expr; $($variant:ident $rust:ty),*) => {
        match $dtype {
            $(DType::$variant => {
                type $t = $rust;
                $body
            })*
            DType::Bool => {}
        }
    };
}

/// Runs a routine. The numbers are those of the size plan.
///
/// # Safety
/// As [`hypatia_lower::backend::Executable::run`]; the plan keeps the result apart from the
/// operands.
pub(crate) unsafe fn run(
    apply: &Apply,
    numbers: &[i64],
    buffer: impl Fn(BufferId) -> *mut u8,
) -> Result<(), Failure> {
    let shapes = apply.shapes(numbers);
    let view = |at: usize| {
        let whole = apply.operands.get(at).unwrap_or(&apply.out);
        View { dtype: whole.ty.dtype, address: buffer(whole.buffer), shape: &shapes[at] }
    };
    let (x, out) = (view(0), view(apply.operands.len()));
    // SAFETY: the plan's types are those of the buffers; the rest is the caller's.
    unsafe {
        match apply.routine {
            Routine::ArgSort { axis, descending } => numeric!(x.dtype, T => {
                order::argsort::<T>(x.shape, axis, descending, x.elements(), out.elements_mut());
            }),
            Routine::CumSum(axis) => numeric!(x.dtype, T => {
                scan::cumsum::<T>(x.shape, axis, x.elements(), out.elements_mut());
            }),
            Routine::Recurrence(axis) => numeric!(x.dtype, T => {
                let operands = [x.elements(), view(1).elements()];
                scan::recurrence::<T>(x.shape, axis, operands, out.elements_mut());
            }),
            Routine::CumArg(op, axis) => numeric!(x.dtype, T => {
                scan::cumarg::<T>(op, x.shape, axis, x.elements(), out.elements_mut());
            }),
        }
    }
    Ok(())
}
