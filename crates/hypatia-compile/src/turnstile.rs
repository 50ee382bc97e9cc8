//! A value that one thread at a time may use; others do not wait, they do without.
//!
//! Invariants: who is inside is alone; leaving happens even if the use panics.
//!
//! Not here: what others do instead (`reuse.rs`).

use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicBool, Ordering};

/// The value and whether somebody uses it.
#[derive(Default)]
pub(crate) struct Turnstile<T> {
    is_taken: AtomicBool,
    value: UnsafeCell<T>,
}

// SAFETY: `enter` gives the value to one thread at a time.
unsafe impl<T: Send> Sync for Turnstile<T> {}

/// Ends the use when it is dropped.
struct Leave<'a>(&'a AtomicBool);

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

impl<T> Turnstile<T> {
    /// Uses the value; `None` if another thread does.
    #[inline]
    pub fn enter<R>(&self, body: impl FnOnce(&mut T) -> R) -> Option<R> {
        if self.is_taken.swap(true, Ordering::Acquire) {
            return None;
        }
        let _leave = Leave(&self.is_taken);
        // SAFETY: nobody else gets here before `_leave` is dropped.
        Some(body(unsafe { &mut *self.value.get() }))
    }
}

#[cfg(test)]
mod tests {
    use super::Turnstile;

    #[test]
    fn one_at_a_time() {
        let sums = Turnstile::<Vec<u32>>::default();
        assert_eq!(sums.enter(|own| sums.enter(|_| ()).is_none() && own.is_empty()), Some(true));
        let entered: usize = std::thread::scope(|scope| {
            let add = || (0..1000).filter_map(|i| sums.enter(|own| own.push(i))).count();
            let threads = [scope.spawn(add), scope.spawn(add), scope.spawn(add)];
            threads.map(|t| t.join().unwrap()).into_iter().sum()
        });
        assert_eq!(sums.enter(|own| own.len()), Some(entered));
    }
}
