//! Typed access to the buffers of one step.
//!
//! Invariants: every access is checked against the size of its buffer.
//!
//! Not here: who owns the buffers.

use hypatia_ir::dtype::DType;
use hypatia_ir::scalar::{Element, Scalar};

/// Addresses and sizes in bytes, by parameter.
pub(super) struct Memory(Vec<(*mut u8, usize)>);

impl Memory {
    /// # Safety
    /// Every address is valid for reads and writes of its bytes while this lives, if they are
    /// more than 0, and nobody else uses them.
    pub unsafe fn new(parts: Vec<(*mut u8, usize)>) -> Memory {
        Memory(parts)
    }

    /// The element at a position; the buffer is of this dtype.
    pub fn load(&self, buffer: u32, dtype: DType, at: i64) -> Scalar {
        match dtype {
            DType::Bool => Scalar::new(self.read::<u8>(buffer, at) != 0),
            DType::U8 => Scalar::new(self.read::<u8>(buffer, at)),
            DType::I32 => Scalar::new(self.read::<i32>(buffer, at)),
            DType::I64 => Scalar::new(self.read::<i64>(buffer, at)),
            DType::F32 => Scalar::new(self.read::<f32>(buffer, at)),
            DType::F64 => Scalar::new(self.read::<f64>(buffer, at)),
        }
    }

    /// Sets the element at a position; the buffer is of the dtype of the value.
    pub fn store(&self, buffer: u32, at: i64, value: Scalar) {
        let bits = value.bits();
        match value.dtype() {
            DType::Bool | DType::U8 => self.write(buffer, at, bits as u8),
            DType::I32 | DType::F32 => self.write(buffer, at, bits as u32),
            DType::I64 | DType::F64 => self.write(buffer, at, bits),
        }
    }

    /// The bytes of one buffer to another of the same size.
    pub fn copy(&self, from: usize, to: usize) {
        let ((from, bytes), (to, room)) = (self.0[from], self.0[to]);
        // SAFETY: both are valid for their bytes; overlapping is allowed.
        unsafe { std::ptr::copy(from, to, bytes.min(room)) }
    }

    fn read<T: Element>(&self, buffer: u32, at: i64) -> T {
        match self.address::<T>(buffer, at) {
            // SAFETY: the address is inside the buffer, and every bit pattern is a value of the
            // types that `load` asks for.
            Some(address) => unsafe { address.read_unaligned() },
            None => T::default(),
        }
    }

    fn write<T>(&self, buffer: u32, at: i64, value: T) {
        if let Some(address) = self.address::<T>(buffer, at) {
            // SAFETY: the address is inside the buffer.
            unsafe { address.write_unaligned(value) }
        }
    }

    /// The address of an element, if it lies inside.
    fn address<T>(&self, buffer: u32, at: i64) -> Option<*mut T> {
        let (address, bytes) = self.0[buffer as usize];
        let start = usize::try_from(at).ok()?.checked_mul(size_of::<T>())?;
        let inside = start.checked_add(size_of::<T>())? <= bytes;
        debug_assert!(inside, "element {at} of a buffer of {bytes} bytes");
        // SAFETY: the element lies inside the allocation.
        inside.then(|| unsafe { address.add(start).cast() })
    }
}
