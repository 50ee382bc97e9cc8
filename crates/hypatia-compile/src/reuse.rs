//! Results whose memory goes back to the function when they are dropped.
//!
//! Invariants: memory that a caller still holds is never written; a function keeps no more memory
//! than its callers held at once.
//!
//! Not here: the memory itself (`memory.rs`).

use crate::memory::Room;
use crate::outputs::{FromOutput, Output};
use crate::turnstile::Turnstile;
use hypatia_ir::dtype::DType;
use hypatia_ir::shape::Type;
use hypatia_ir::tensor::{Stored, Tensor};
use ndarray::{Array, Dimension};
use std::fmt;
use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::sync::Arc;

/// The memory that came back to a function, for each result.
pub(crate) struct Home(Vec<Turnstile<Vec<Room>>>);

impl Home {
    pub fn new(results: usize) -> Arc<Home> {
        Arc::new(Home((0..results).map(|_| Turnstile::default()).collect()))
    }

    /// Room for a result; `None` if the memory cannot be had.
    #[inline]
    pub fn room(&self, result: usize, dtype: DType, len: usize) -> Option<Room> {
        let back = self.0.get(result).and_then(|rooms| rooms.enter(Vec::pop)).flatten();
        // That of another size goes: sizes that are gone may never come again.
        back.filter(|room| room.fits(dtype, len)).or_else(|| Room::new(dtype, len))
    }

    /// Keeps the room of a result, if nobody else is here.
    #[inline]
    pub fn put(&self, result: usize, room: Room) {
        if let Some(rooms) = self.0.get(result) {
            rooms.enter(|rooms| rooms.push(room));
        }
    }
}

mod sealed {
    use crate::memory::Room;

    /// Gives memory back.
    pub trait IntoRoom {
        /// The memory, if it is laid out as the function made it; else the value is dropped.
        fn into_room(self) -> Option<Room>;
    }
}

use sealed::IntoRoom;

/// A type of results whose memory can be used again: [`Tensor`], and arrays of any axes.
pub trait Reusable: FromOutput + IntoRoom {}

impl IntoRoom for Tensor {
    fn into_room(self) -> Option<Room> {
        Room::of_tensor(self)
    }
}

impl Reusable for Tensor {}

impl<T: Stored, D: Dimension> IntoRoom for Array<T, D> {
    fn into_room(self) -> Option<Room> {
        Room::of_array(self)
    }
}

impl<T: Stored, D: Dimension> Reusable for Array<T, D> {}

/// A result whose memory later calls of the function use again, once it is dropped. Where results
/// are large, or calls short, this saves the most of what a call costs besides its maths.
///
/// ```
/// # use hypatia_ir::expr::vector;
/// # use hypatia_compile::{function, outputs::Reused};
/// # use ndarray::{Array1, array};
/// let x = vector::<f32>("x", "n");
/// let double = function([&x], 2.0 * &x).compile().unwrap();
/// let kept: Reused<Array1<f32>> = double.call((&[1.0f32, 2.0],)).unwrap();
/// for i in 0..10 {
///     let passing: Reused<Array1<f32>> = double.call((&[i as f32],)).unwrap();
///     assert_eq!(passing[0], 2.0 * i as f32); // read it, and its memory is free for the next
/// }
/// assert_eq!(*kept, array![2.0, 4.0]);
/// let mine: Array1<f32> = kept.into_inner();
/// # assert_eq!(mine.len(), 2);
/// ```
pub struct Reused<T: Reusable> {
    value: ManuallyDrop<T>,
    home: Arc<Home>,
    result: usize,
}

impl<T: Reusable> Reused<T> {
    /// The value, whose memory then belongs to the caller for good.
    pub fn into_inner(self) -> T {
        let mut this = ManuallyDrop::new(self);
        // SAFETY: `this` is not dropped, so `value` is taken once; `home` is dropped once.
        unsafe {
            std::ptr::drop_in_place(&mut this.home);
            ManuallyDrop::take(&mut this.value)
        }
    }
}

impl<T: Reusable> Drop for Reused<T> {
    fn drop(&mut self) {
        // SAFETY: `value` is not used after.
        let value = unsafe { ManuallyDrop::take(&mut self.value) };
        if let Some(room) = value.into_room() {
            self.home.put(self.result, room);
        }
    }
}

impl<T: Reusable> Deref for Reused<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: Reusable + fmt::Debug> fmt::Debug for Reused<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

impl<T: Reusable> FromOutput for Reused<T> {
    fn check(ty: &Type) -> Result<(), String> {
        T::check(ty)
    }

    fn from_output(output: Output<'_>) -> Option<Reused<T>> {
        let (home, result) = (output.home.clone(), output.number);
        Some(Reused { value: ManuallyDrop::new(T::from_output(output)?), home, result })
    }
}
