//! Memory that calls use again: the arena, spare values for updates, and addresses.
//!
//! Invariants: one call uses a workspace at a time; an arena only grows; addresses of literals and
//! of the arena are those of `sizes`.
//!
//! Not here: results, which belong to the caller (`memory.rs`).

use crate::args::Arg;
use crate::error::CallCause;
use crate::function::Key;
use crate::memory::{Room, want_huge_pages};
use crate::wiring::Wiring;
use hypatia_ir::tensor::Tensor;
use hypatia_lower::plan::{Plan, SizePlan};
use std::alloc::{Layout, alloc, dealloc};
use std::ptr::{NonNull, null_mut};
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// The memory of one call at a time.
#[derive(Default)]
pub(crate) struct Workspace {
    arena: Arena,
    /// The shapes of the arguments that the workspace is laid out for, and their plan.
    pub sizes: Option<(Key, Arc<SizePlan>)>,
    /// The next values of variables that are computed beside them.
    pub spares: Vec<Tensor>,
    /// Memory for the results of the call.
    pub rooms: Vec<Room>,
    /// The address of each buffer of the plan.
    pub addresses: Vec<*mut u8>,
}

// SAFETY: the addresses are only used during a call, which owns the workspace; those of arguments,
// variables and results are written anew by every call.
unsafe impl Send for Workspace {}

impl Workspace {
    /// Whether the workspace is laid out for the shapes of these arguments.
    #[inline]
    pub fn fits(&self, args: &[&Arg<'_>]) -> bool {
        let Some((key, _)) = &self.sizes else { return false };
        let mut rest = key.as_slice();
        args.iter().all(|arg| {
            // Ranks are those of the key: they are fixed by the declared types.
            let own = rest.split_off(..arg.lengths.len());
            own == Some(&*arg.lengths)
        })
    }

    /// Lays the workspace out for other sizes.
    pub fn lay_out(
        &mut self,
        key: Key,
        sizes: &Arc<SizePlan>,
        wiring: &Wiring,
        plan: &Plan,
    ) -> Result<(), CallCause> {
        self.sizes = None;
        self.arena.reserve(sizes.arena)?;
        self.addresses.resize(plan.buffers.len(), null_mut());
        for wire in &wiring.literals {
            self.addresses[wire.buffer] = plan.literals[wire.to].as_ptr().cast_mut();
        }
        for &buffer in &wiring.arena {
            // SAFETY: offsets lie inside the arena, which has room for all of them.
            self.addresses[buffer] =
                unsafe { self.arena.start.as_ptr().add(sizes.offsets[buffer]) };
        }
        self.sizes = Some((key, sizes.clone()));
        Ok(())
    }
}

/// Workspaces that wait. One is taken and put without a lock.
#[derive(Default)]
pub(crate) struct Shelf {
    first: AtomicPtr<Workspace>,
    more: Mutex<Vec<Workspace>>,
}

impl Shelf {
    /// A workspace, a new one if none waits.
    #[inline]
    pub fn take(&self) -> Box<Workspace> {
        let first = self.first.swap(null_mut(), Ordering::Acquire);
        if first.is_null() {
            let waiting = self.more.lock().unwrap_or_else(PoisonError::into_inner).pop();
            return Box::new(waiting.unwrap_or_default());
        }
        // SAFETY: put there by `put`, and taken out by nobody else.
        unsafe { Box::from_raw(first) }
    }

    /// Puts a workspace back.
    #[inline]
    pub fn put(&self, workspace: Box<Workspace>) {
        let own = Box::into_raw(workspace);
        let put =
            self.first.compare_exchange(null_mut(), own, Ordering::Release, Ordering::Relaxed);
        if put.is_err() {
            // SAFETY: made above, and not put anywhere.
            let own = unsafe { Box::from_raw(own) };
            self.more.lock().unwrap_or_else(PoisonError::into_inner).push(*own);
        }
    }
}

impl Drop for Shelf {
    fn drop(&mut self) {
        let first = *self.first.get_mut();
        if !first.is_null() {
            // SAFETY: put there by `put`, and taken out by nobody else.
            drop(unsafe { Box::from_raw(first) });
        }
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
        want_huge_pages(start, bytes);
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
