//! Results whose memory goes back to the function when they are dropped.
//!
//! Invariants: memory that a caller still holds is never written; a function keeps no more memory
//! than its callers held at once.
//!
//! Not here: the memory itself (`memory.rs`).

use crate::memory::Room;
use crate::outputs::{FromOutput, Output};
use hypatia_ir::dtype::DType;
use hypatia_ir::shape::Type;
use hypatia_ir::tensor::Tensor;
use std::fmt;
use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The memory that came back to a function, for each result.
pub(crate) struct Home(Vec<Mutex<Vec<Room>>>);

impl Home {
    pub fn new(results: usize) -> Arc<Home> {
        Arc::new(Home((0..results).map(|_| Mutex::default()).collect()))
    }

    fn rooms(&self, result: usize) -> Option<MutexGuard<'_, Vec<Room>>> {
        // A room is put or taken as a whole.
        Some(self.0.get(result)?.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Room for a result; `None` if the memory cannot be had.
    pub fn room(&self, result: usize, dtype: DType, len: usize) -> Option<Room> {
        let back = self.rooms(result).and_then(|mut rooms| rooms.pop());
        // That of another size goes: sizes that are gone may never come again.
        back.filter(|room| room.fits(dtype, len)).or_else(|| Room::new(dtype, len))
    }

    fn put(&self, result: usize, room: Room) {
        if let Some(mut rooms) = self.rooms(result) {
            rooms.push(room);
        }
    }
}

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
pub struct Reused<T: FromOutput + Into<Tensor>> {
    value: ManuallyDrop<T>,
    home: Arc<Home>,
    result: usize,
}

impl<T: FromOutput + Into<Tensor>> Reused<T> {
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

impl<T: FromOutput + Into<Tensor>> Drop for Reused<T> {
    fn drop(&mut self) {
        // SAFETY: `value` is not used after.
        let value = unsafe { ManuallyDrop::take(&mut self.value) };
        if let Some(room) = Room::of(value.into()) {
            self.home.put(self.result, room);
        }
    }
}

impl<T: FromOutput + Into<Tensor>> Deref for Reused<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: FromOutput + Into<Tensor> + fmt::Debug> fmt::Debug for Reused<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

impl<T: FromOutput + Into<Tensor>> FromOutput for Reused<T> {
    fn check(ty: &Type) -> Result<(), String> {
        T::check(ty)
    }

    fn from_output(output: Output<'_>) -> Option<Reused<T>> {
        let (home, result) = (output.home.clone(), output.number);
        Some(Reused { value: ManuallyDrop::new(T::from_output(output)?), home, result })
    }
}
