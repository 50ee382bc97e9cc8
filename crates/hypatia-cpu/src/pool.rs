//! A pool of threads that lives as long as the functions that use it.
//!
//! Invariants: what a thread gets depends on sizes alone, never on how many threads there are.
//!
//! Not here: what the threads do.

use crate::error::Error;
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::num::NonZero;
use std::thread::available_parallelism;

/// More threads than any machine has cores for would only use up its memory.
const MOST: usize = 1024;

/// Threads, or the caller's own if there is one.
pub(crate) struct Pool {
    threads: usize,
    pool: Option<ThreadPool>,
}

impl Pool {
    /// A pool of so many threads; by default one for each core.
    pub fn new(threads: Option<usize>) -> Result<Pool, Error> {
        let cores = || available_parallelism().map_or(1, NonZero::get);
        let threads = threads.unwrap_or_else(cores).max(1);
        if threads > MOST {
            return Err(Error::Threads { threads, reason: format!("{MOST} are the most") });
        }
        let pool = match threads {
            1 => None,
            _ => {
                let builder = ThreadPoolBuilder::new().num_threads(threads);
                let refused = |e: rayon::ThreadPoolBuildError| Error::Threads {
                    threads,
                    reason: e.to_string(),
                };
                Some(builder.build().map_err(refused)?)
            }
        };
        Ok(Pool { threads, pool })
    }

    pub fn threads(&self) -> usize {
        self.threads
    }

    /// Runs `work` on a thread of the pool if more than one is wanted, else here.
    pub fn install<R: Send>(&self, threads: usize, work: impl FnOnce() -> R + Send) -> R {
        match &self.pool {
            Some(pool) if threads > 1 => pool.install(work),
            _ => work(),
        }
    }
}
