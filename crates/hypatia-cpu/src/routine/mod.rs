//! Routines on this processor.
//!
//! Invariants: exhaustive over [`Routine`]; results depend on the operands alone, so they are the
//! same for any number of threads.
//!
//! Not here: what routines mean (`hypatia_ir::eval`).

mod linear;
mod order;
mod scan;
mod spectral;
mod work;

use hypatia_ir::dtype::DType;
use hypatia_ir::routine::Routine;
use hypatia_ir::scalar::Element;
use hypatia_lower::backend::Failure;
use hypatia_lower::plan::{Apply, BufferId};
use linear::Batch;
use work::Float;

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
    let views: Vec<View> = (0..=apply.operands.len()).map(view).collect();
    let (x, out) = (views[0], views[views.len() - 1]);
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
                let operands = [x.elements(), views[1].elements()];
                scan::recurrence::<T>(x.shape, axis, operands, out.elements_mut());
            }),
            Routine::CumArg(op, axis) => numeric!(x.dtype, T => {
                scan::cumarg::<T>(op, x.shape, axis, x.elements(), out.elements_mut());
            }),
            Routine::Cholesky { .. }
            | Routine::SolveTriangular(_)
            | Routine::Solve
            | Routine::Det
            | Routine::LogAbsDet
            | Routine::DetSign
            | Routine::Eigh
            | Routine::Qr => {
                return match x.dtype {
                    DType::F32 => matrices::<f32>(apply, &views),
                    _ => matrices::<f64>(apply, &views),
                };
            }
        }
    }
    Ok(())
}

/// Runs a routine of matrices on operands and result.
///
/// # Safety
/// As [`run`], with elements of type `T`.
unsafe fn matrices<T: Float>(apply: &Apply, views: &[View<'_>]) -> Result<(), Failure> {
    let (x, last, out) = (views[0], views[views.len() - 2], views[views.len() - 1]);
    let batch = Batch::of(x.shape, last.shape);
    // SAFETY: the caller's.
    let (a, b, out) = unsafe { (x.elements::<T>(), last.elements(), out.elements_mut()) };
    match apply.routine {
        Routine::Cholesky { or_nan } => linear::cholesky(apply, batch, or_nan, a, out),
        Routine::SolveTriangular(triangle) => {
            linear::solve_triangular(apply, batch, triangle, [a, b], out)
        }
        Routine::Solve => linear::solve(apply, batch, [a, b], out),
        Routine::Det => linear::of_pivots(apply, batch, [T::ONE, -T::ONE], |d, p| d * p, a, out),
        Routine::LogAbsDet => {
            linear::of_pivots(apply, batch, [T::ZERO; 2], |d, p| d + p.size().log(), a, out)
        }
        Routine::DetSign => {
            let join = |d, p| d * linear::sign(p);
            linear::of_pivots(apply, batch, [T::ONE, -T::ONE], join, a, out)
        }
        Routine::Eigh => spectral::eigh(apply, batch, a, out),
        Routine::Qr => {
            let rows = x.shape[batch.lead.len()];
            spectral::qr(apply, batch, rows, a, out)
        }
        Routine::ArgSort { .. }
        | Routine::CumSum(_)
        | Routine::Recurrence(_)
        | Routine::CumArg(..) => Ok(()),
    }
}
