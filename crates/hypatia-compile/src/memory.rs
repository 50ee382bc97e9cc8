//! Memory for results: aligned for wide vectors, in huge pages where it is large.
//!
//! Invariants: a room becomes a tensor only after all of it was written; what a tensor owns is freed
//! as ndarray frees it, so a caller may keep, change or drop it like any other array.
//!
//! Not here: who keeps rooms for later (`reuse.rs`), the arena (`workspace.rs`).

use hypatia_ir::dtype::DType;
use hypatia_ir::scalar::Element;
use hypatia_ir::tensor::{Stored, Tensor};
use ndarray::{Array, Array1, Dimension, IxDyn, s};
use std::alloc::{Layout, alloc, dealloc};
use std::mem::ManuallyDrop;
use std::ptr::NonNull;

/// Rooms of so many bytes or more start where a vector register's worth of memory does.
const ALIGNED_FROM: usize = 1 << 10;
/// Bytes of the widest vector register.
const ALIGN: usize = 64;
/// Memory of so many bytes or more asks for huge pages, of which touching one costs a tenth as much
/// for each byte.
const HUGE_FROM: usize = 4 << 20;

/// Memory for one tensor, not written yet.
pub struct Room {
    dtype: DType,
    start: NonNull<u8>,
    /// Elements before the first of the tensor; they are zeros.
    skip: usize,
    /// Elements of the tensor.
    len: usize,
}

// SAFETY: a room owns its memory.
unsafe impl Send for Room {}

/// Runs the same expression with `$t` as the element type of a dtype.
macro_rules! typed {
    ($dtype:expr, $t:ident => $body:expr) => {
        match $dtype {
            DType::Bool => {
                type $t = bool;
                $body
            }
            DType::U8 => {
                type $t = u8;
                $body
            }
            DType::I32 => {
                type $t = i32;
                $body
            }
            DType::I64 => {
                type $t = i64;
                $body
            }
            DType::F32 => {
                type $t = f32;
                $body
            }
            DType::F64 => {
                type $t = f64;
                $body
            }
        }
    };
}

impl Room {
    /// Room for so many elements; `None` if the memory cannot be had.
    pub fn new(dtype: DType, len: usize) -> Option<Room> {
        let (size, margin) = (dtype.size(), margin(dtype, len));
        let layout = layout(dtype, len.checked_add(margin)?)?;
        if layout.size() == 0 {
            let start = typed!(dtype, T => NonNull::<T>::dangling().cast());
            return Some(Room { dtype, start, skip: 0, len });
        }
        // SAFETY: the layout has more than 0 bytes.
        let start = NonNull::new(unsafe { alloc(layout) })?;
        want_huge_pages(start, layout.size());
        // Less than the margin, as the memory is aligned for the dtype.
        let skip = if margin == 0 { 0 } else { start.as_ptr().align_offset(ALIGN) / size };
        // SAFETY: both parts of the margin are within the layout.
        unsafe {
            start.write_bytes(0, skip * size);
            start.add((skip + len) * size).write_bytes(0, (margin - skip) * size);
        }
        Some(Room { dtype, start, skip, len })
    }

    /// Elements that the memory has, margins included.
    fn total(&self) -> usize {
        self.len + margin(self.dtype, self.len)
    }

    /// Whether it is room for so many elements of this type.
    #[inline]
    pub fn fits(&self, dtype: DType, len: usize) -> bool {
        (self.dtype, self.len) == (dtype, len)
    }

    /// The address of the first element.
    #[inline]
    pub fn address(&self) -> *mut u8 {
        // SAFETY: within the memory, see `new`.
        unsafe { self.start.as_ptr().add(self.skip * self.dtype.size()) }
    }

    /// The first element; `None` if there is none, or none of this type.
    ///
    /// # Safety
    /// It has been written.
    pub unsafe fn first<T: Element>(&self) -> Option<T> {
        let fits = self.dtype == T::DTYPE && self.len > 0;
        // SAFETY: within the memory and written.
        fits.then(|| unsafe { self.address().cast::<T>().read() })
    }

    /// The tensor; `None` if the shape has another number of elements.
    ///
    /// # Safety
    /// All elements have been written.
    pub unsafe fn into_tensor(self, shape: &[usize]) -> Option<Tensor> {
        // SAFETY: the caller's.
        typed!(self.dtype, T => unsafe { self.into_array::<T, IxDyn>(shape) }.map(T::wrap))
    }

    /// The array; `None` if the element type is another, or the shape has another number of axes
    /// or elements.
    ///
    /// # Safety
    /// All elements have been written.
    pub unsafe fn into_array<T: Stored, D: Dimension>(
        self,
        shape: &[usize],
    ) -> Option<Array<T, D>> {
        if self.dtype != T::DTYPE || D::NDIM.is_some_and(|n| n != shape.len()) {
            return None;
        }
        let mut lengths = D::zeros(shape.len());
        lengths.slice_mut().copy_from_slice(shape);
        let room = ManuallyDrop::new(self);
        let (start, total) = (room.start.as_ptr().cast::<T>(), room.total());
        // SAFETY: allocated with the layout of such a vector; margins are zeros, the rest was
        // written; the room is not dropped.
        let all = unsafe { Vec::from_raw_parts(start, total, total) };
        if total == room.len {
            return Array::from_shape_vec(lengths, all).ok();
        }
        let own = Array1::from_vec(all).slice_move(s![room.skip..room.skip + room.len]);
        own.into_shape_with_order(lengths).ok()
    }

    /// The memory of an array, if it is laid out as that of a room; else the array is dropped.
    pub fn of_array<T: Stored, D: Dimension>(array: Array<T, D>) -> Option<Room> {
        let (dtype, len) = (T::DTYPE, array.len());
        let (elements, skip) = array.into_raw_vec_and_offset();
        let total = len + margin(dtype, len);
        if (elements.len(), elements.capacity()) != (total, total) {
            return None;
        }
        let mut elements = ManuallyDrop::new(elements);
        let start = NonNull::new(elements.as_mut_ptr())?.cast();
        Some(Room { dtype, start, skip: skip.unwrap_or(0), len })
    }

    /// The memory of a tensor, if it is laid out as that of a room; else the tensor is dropped.
    pub fn of_tensor(tensor: Tensor) -> Option<Room> {
        typed!(tensor.dtype(), T => Room::of_array(tensor.into_array::<T>().ok()?))
    }
}

/// How many elements more than a tensor its memory has, so that it can start anywhere.
fn margin(dtype: DType, len: usize) -> usize {
    let size = dtype.size();
    if len.saturating_mul(size) >= ALIGNED_FROM { ALIGN / size } else { 0 }
}

/// The layout of a vector of so many elements.
fn layout(dtype: DType, total: usize) -> Option<Layout> {
    typed!(dtype, T => Layout::array::<T>(total).ok())
}

impl Drop for Room {
    fn drop(&mut self) {
        if let Some(layout) = layout(self.dtype, self.total()).filter(|l| l.size() > 0) {
            // SAFETY: allocated with this layout, by `new` or by a vector.
            unsafe { dealloc(self.start.as_ptr(), layout) }
        }
    }
}

/// Asks the system for huge pages if the memory is large. It may refuse; the memory is the same either way.
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
pub(crate) fn want_huge_pages(start: NonNull<u8>, bytes: usize) {
    unsafe extern "C" {
        fn madvise(start: *mut u8, bytes: usize, advice: i32) -> i32;
    }
    const HUGE: i32 = 14;
    const PAGE: usize = 4096;
    if bytes < HUGE_FROM {
        return;
    }
    let before = start.as_ptr().align_offset(PAGE);
    if let Some(whole) = bytes.checked_sub(before).map(|b| b / PAGE * PAGE) {
        // SAFETY: the C library's function of this name; whole pages inside the memory of the
        // caller; the advice changes no contents.
        unsafe { madvise(start.as_ptr().wrapping_add(before), whole, HUGE) };
    }
}

#[cfg(not(all(target_os = "linux", target_pointer_width = "64")))]
pub(crate) fn want_huge_pages(_: NonNull<u8>, _: usize) {}
