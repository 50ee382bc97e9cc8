//! What comes out of a call: scalars, arrays, tensors, and tuples of them.
//!
//! Invariants: whether the caller's types fit is decided before anything runs.
//!
//! Not here: where results are computed.

use crate::error::CallCause;
use crate::memory::Room;
use crate::reuse::Home;
pub use crate::reuse::{Reusable, Reused};
use crate::wiring::Wire;
use hypatia_ir::scalar::Element;
use hypatia_ir::shape::Type;
use hypatia_ir::tensor::{Stored, Tensor};
use hypatia_lower::plan::SizePlan;
use ndarray::{Array, Dimension};
use std::sync::Arc;
use std::vec::Drain;

/// A declared result: its name and type.
pub type Declared = (Arc<str>, Type);

/// One result of a call, all of it written.
pub struct Output<'a> {
    room: Room,
    lengths: &'a [usize],
    /// Its position among the results.
    pub(crate) number: usize,
    /// Where its memory may go when nobody needs it any more.
    pub(crate) home: &'a Arc<Home>,
}

impl Output<'_> {
    /// Its value as a tensor; `None` if the memory for what describes it cannot be had.
    pub fn into_tensor(self) -> Option<Tensor> {
        // SAFETY: outputs are made of rooms that have been written.
        unsafe { self.room.into_tensor(self.lengths) }
    }

    /// Its value as an array; `None` if it has another element type or number of axes.
    pub fn into_array<T: Stored, D: Dimension>(self) -> Option<Array<T, D>> {
        // SAFETY: outputs are made of rooms that have been written.
        unsafe { self.room.into_array(self.lengths) }
    }

    /// Its only element; `None` if it has axes, or another element type.
    pub fn into_scalar<T: Element>(self) -> Option<T> {
        // SAFETY: outputs are made of rooms that have been written.
        let value = self.lengths.is_empty().then(|| unsafe { self.room.first() }).flatten();
        self.home.put(self.number, self.room);
        value
    }
}

/// The results of a call, in order.
pub struct Outputs<'a> {
    rooms: Drain<'a, Room>,
    next: usize,
    results: &'a [Wire],
    size: &'a SizePlan,
    home: &'a Arc<Home>,
}

impl<'a> Outputs<'a> {
    /// The results whose buffers are these.
    ///
    /// # Safety
    /// All of the rooms has been written.
    pub(crate) unsafe fn new(
        rooms: Drain<'a, Room>,
        results: &'a [Wire],
        size: &'a SizePlan,
        home: &'a Arc<Home>,
    ) -> Outputs<'a> {
        Outputs { rooms, next: 0, results, size, home }
    }
}

impl<'a> Iterator for Outputs<'a> {
    type Item = Output<'a>;

    fn next(&mut self) -> Option<Output<'a>> {
        let (room, number) = (self.rooms.next()?, self.next);
        self.next += 1;
        let lengths = &self.size.lengths[self.results.get(number)?.buffer];
        Some(Output { room, lengths, number, home: self.home })
    }
}

/// A Rust type that one result can become.
pub trait FromOutput: Sized {
    /// Whether results of this type can become `Self`; if not, what `Self` takes, in words.
    fn check(ty: &Type) -> Result<(), String>;
    /// The value; `None` if the result is not of a type that [`FromOutput::check`] accepts.
    fn from_output(output: Output<'_>) -> Option<Self>;
}

impl FromOutput for Tensor {
    fn check(_: &Type) -> Result<(), String> {
        Ok(())
    }

    fn from_output(output: Output<'_>) -> Option<Tensor> {
        output.into_tensor()
    }
}

impl<T: Stored, D: Dimension> FromOutput for Array<T, D> {
    fn check(ty: &Type) -> Result<(), String> {
        let rank = D::NDIM.unwrap_or(ty.rank());
        match ty.dtype == T::DTYPE && ty.rank() == rank {
            true => Ok(()),
            false => Err(format!("an array of {} with {rank} axes", T::DTYPE)),
        }
    }

    fn from_output(output: Output<'_>) -> Option<Array<T, D>> {
        output.into_array()
    }
}

macro_rules! scalar_outputs {
    ($($t:ty),*) => {$(
        impl FromOutput for $t {
            fn check(ty: &Type) -> Result<(), String> {
                match ty.dtype == <$t>::DTYPE && ty.rank() == 0 {
                    true => Ok(()),
                    false => Err(format!("a scalar of {}", <$t>::DTYPE)),
                }
            }

            fn from_output(output: Output<'_>) -> Option<$t> {
                output.into_scalar()
            }
        }
    )*};
}
scalar_outputs!(bool, u8, i32, i64, f32, f64);

/// A Rust type that all results of a call can become.
pub trait FromOutputs: Sized {
    /// Whether these results can become `Self`.
    fn check(declared: &[Declared]) -> Result<(), CallCause>;
    /// The value; `None` if the results are not those that [`FromOutputs::check`] accepted.
    fn from_outputs(outputs: Outputs<'_>) -> Option<Self>;
}

fn check_count(expected: usize, declared: &[Declared]) -> Result<(), CallCause> {
    match declared.len() == expected {
        true => Ok(()),
        false => Err(CallCause::OutputCount { expected, found: declared.len() }),
    }
}

fn check_one<T: FromOutput>((name, found): &Declared) -> Result<(), CallCause> {
    T::check(found).map_err(|expected| CallCause::OutputType {
        name: name.clone(),
        found: found.clone(),
        expected,
    })
}

impl FromOutputs for () {
    /// Results that nobody takes are dropped.
    fn check(_: &[Declared]) -> Result<(), CallCause> {
        Ok(())
    }

    fn from_outputs(_: Outputs<'_>) -> Option<()> {
        Some(())
    }
}

impl FromOutputs for Vec<Tensor> {
    fn check(_: &[Declared]) -> Result<(), CallCause> {
        Ok(())
    }

    fn from_outputs(outputs: Outputs<'_>) -> Option<Vec<Tensor>> {
        outputs.map(Output::into_tensor).collect()
    }
}

impl<T: FromOutput> FromOutputs for T {
    fn check(declared: &[Declared]) -> Result<(), CallCause> {
        check_count(1, declared)?;
        declared.iter().try_for_each(check_one::<T>)
    }

    fn from_outputs(mut outputs: Outputs<'_>) -> Option<T> {
        outputs.next().and_then(T::from_output)
    }
}

macro_rules! outputs_of_tuples {
    ($(($($t:ident),+) $n:literal;)*) => {$(
        impl<$($t: FromOutput),+> FromOutputs for ($($t,)+) {
            fn check(declared: &[Declared]) -> Result<(), CallCause> {
                check_count($n, declared)?;
                let mut declared = declared.iter();
                $(declared.next().map_or(Ok(()), check_one::<$t>)?;)+
                Ok(())
            }

            fn from_outputs(mut outputs: Outputs<'_>) -> Option<Self> {
                Some(($($t::from_output(outputs.next()?)?,)+))
            }
        }
    )*};
}
outputs_of_tuples! {
    (A) 1;
    (A, B) 2;
    (A, B, C) 3;
    (A, B, C, D) 4;
    (A, B, C, D, E) 5;
    (A, B, C, D, E, F) 6;
    (A, B, C, D, E, F, G) 7;
    (A, B, C, D, E, F, G, H) 8;
}
