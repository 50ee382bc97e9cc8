//! Memory that calls use again: the arena, and spare values for updates.
//!
//! Invariants: one call uses a workspace at a time; an arena only grows.
//!
//! Not here: results, which belong to the caller.

use crate::error::CallCause;
use hypatia_ir::tensor::Tensor;
use hypatia_lower::plan::SizePlan;
use std::alloc::{Layout, alloc, dealloc};
use std::ptr::NonNull;

/// The memory of one call at a time.
#[derive(Default)]
pub(crate) struct Workspace {
    arena: Arena,
    /// For each root that is an update outside its variable: the next value's memory.
    pub spares: Vec<Option<Tensor>>,
    /// The address of each buffer of the plan.
    pub addresses: Vec<*mut u8>,
}

// SAFETY: the addresses are only used during a call, which owns the workspace; they are written
// anew by every call.
unsafe impl Send for Workspace {}

impl Workspace {
    /// The arena with room for so many bytes.
    pub fn arena(&mut self, bytes: usize) -> Result<*mut u8, CallCause> {
        self.arena.reserve(bytes)?;
        Ok(self.arena.start.as_ptr())
    }
}

/// Aligned bytes without a meaning.
struct Arena {
    start: NonNull<u8>,
    bytes: usize,
}

impl Default for Arena {
    fn default() -> Arena {
        Arena { start: NonNull::dangling(), bytes: 0 }
    }
}

// SAFETY: an arena owns its memory.
unsafe impl Send for Arena {}

impl Arena {
    fn layout(bytes: usize) -> Option<Layout> {
        Layout::from_size_align(bytes, SizePlan::ALIGN).ok()
    }

    fn reserve(&mut self, bytes: usize) -> Result<(), CallCause> {
        if bytes <= self.bytes {
            return Ok(());
        }
        let memory = || CallCause::Memory { bytes };
        let layout = Arena::layout(bytes).ok_or_else(memory)?;
        // SAFETY: the layout has more than 0 bytes.
        let start = NonNull::new(unsafe { alloc(layout) }).ok_or_else(memory)?;
        *self = Arena { start, bytes };
        Ok(())
    }
}

impl Drop for Arena {
    fn drop(&mut self) {
        if let (1.., Some(layout)) = (self.bytes, Arena::layout(self.bytes)) {
            // SAFETY: allocated with this layout by `reserve`.
            unsafe { dealloc(self.start.as_ptr(), layout) }
        }
    }
}
