//! Work side by side, whatever happens to one piece.
//!
//! Invariants: results come in the order of the pieces, for any number of workers; a panic ends
//! its piece alone.
//!
//! Not here: what the work is.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// The result of `work` for each piece; of one that panics, the message.
pub fn each<T: Sync, R: Send>(
    pieces: &[T],
    workers: usize,
    work: impl Fn(&T) -> R + Sync,
) -> Vec<Result<R, String>> {
    let results: Vec<Mutex<Option<Result<R, String>>>> =
        pieces.iter().map(|_| Mutex::new(None)).collect();
    let next = AtomicUsize::new(0);
    let worker = || {
        let slots = || results.iter().zip(pieces);
        while let Some((slot, piece)) = slots().nth(next.fetch_add(1, Ordering::Relaxed)) {
            let result = guarded(|| work(piece));
            *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(worker);
        }
    });
    let result = |slot: Mutex<Option<Result<R, String>>>| {
        let result = slot.into_inner().unwrap_or_else(PoisonError::into_inner);
        result.unwrap_or_else(|| Err("was not run".into()))
    };
    results.into_iter().map(result).collect()
}

fn guarded<R>(work: impl FnOnce() -> R) -> Result<R, String> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| {
        let message = panic.downcast_ref::<String>().map(String::as_str);
        let message = message.or_else(|| panic.downcast_ref::<&str>().copied());
        format!("panicked: {}", message.unwrap_or("without a message"))
    })
}
