//! Functions that code calls where processors have no instruction for them.
//!
//! Invariants: a function's place in the table is its number in objects, which outlive the process:
//! a change of the table is a change of [`crate::object::FORMAT`].
//!
//! Not here: where code calls them (`emit/`).

use cranelift_codegen::ir::LibCall;

/// A function of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Number(pub u16);

macro_rules! library {
    ($($name:literal = |$($x:ident),*| -> $t:ty { $value:expr })*) => {
        /// The names that C has for the functions.
        const NAMES: &[&str] = &[$($name),*];

        /// The addresses of the functions, in this process.
        fn addresses() -> [usize; NAMES.len()] {
            [$({
                extern "C" fn function($($x: $t),*) -> $t {
                    $value
                }
                function as *const () as usize
            }),*]
        }
    };
}

library! {
    "fmodf" = |x, y| -> f32 { x % y }
    "fmod" = |x, y| -> f64 { x % y }
    "fmaf" = |x, y, z| -> f32 { x.mul_add(y, z) }
    "fma" = |x, y, z| -> f64 { x.mul_add(y, z) }
    "floorf" = |x| -> f32 { x.floor() }
    "floor" = |x| -> f64 { x.floor() }
    "truncf" = |x| -> f32 { x.trunc() }
    "trunc" = |x| -> f64 { x.trunc() }
    "nearbyintf" = |x| -> f32 { x.round_ties_even() }
    "nearbyint" = |x| -> f64 { x.round_ties_even() }
}

impl Number {
    /// The function of this name.
    pub fn named(name: &str) -> Option<Number> {
        NAMES.iter().position(|n| *n == name).map(|at| Number(at as u16))
    }

    /// The function that stands for what the code generator has no instruction for.
    pub fn of(call: LibCall) -> Option<Number> {
        let name = match call {
            LibCall::FmaF32 => "fmaf",
            LibCall::FmaF64 => "fma",
            LibCall::FloorF32 => "floorf",
            LibCall::FloorF64 => "floor",
            LibCall::TruncF32 => "truncf",
            LibCall::TruncF64 => "trunc",
            LibCall::NearestF32 => "nearbyintf",
            LibCall::NearestF64 => "nearbyint",
            _ => return None,
        };
        Number::named(name)
    }

    /// Its address in this process; `None` if there is no such function.
    pub fn address(self) -> Option<usize> {
        addresses().get(usize::from(self.0)).copied()
    }
}
