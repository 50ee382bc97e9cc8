//! Threads that live as long as the functions that use them, which share them.
//!
//! Invariants: what a thread gets depends on sizes alone, never on how many threads there are; all
//! functions of as many threads have the same ones.
//!
//! Not here: what the threads do, how a team shares work (`team.rs`).

use crate::error::Error;
use crate::team::Team;
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::collections::BTreeMap;
use std::num::NonZero;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread::available_parallelism;

/// More threads than any machine has cores for would only use up its memory.
const MOST: usize = 1024;

/// What functions share, by the number of threads.
struct Shared<T>(Mutex<BTreeMap<usize, Weak<T>>>);

static TEAMS: Shared<Team> = Shared::new();
static LIBRARIES: Shared<ThreadPool> = Shared::new();

impl<T> Shared<T> {
    const fn new() -> Shared<T> {
        Shared(Mutex::new(BTreeMap::new()))
    }

    /// That of so many threads, made if no function has it.
    fn get<E: ToString>(
        &self,
        threads: usize,
        make: impl FnOnce() -> Result<T, E>,
    ) -> Result<Arc<T>, Error> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = all.get(&threads).and_then(Weak::upgrade) {
            return Ok(found);
        }
        let made = make().map_err(|e| Error::Threads { threads, reason: e.to_string() })?;
        let made = Arc::new(made);
        all.insert(threads, Arc::downgrade(&made));
        Ok(made)
    }
}

/// Threads, or the caller's own if there is one.
pub(crate) struct Pool {
    threads: usize,
    team: Option<Arc<Team>>,
    /// For libraries that split work themselves, on threads of their own.
    library: Option<Arc<ThreadPool>>,
}

impl Pool {
    /// A pool of so many threads; by default one for each core.
    pub fn new(threads: Option<usize>) -> Result<Pool, Error> {
        let cores = || available_parallelism().map_or(1, NonZero::get);
        let threads = threads.unwrap_or_else(cores).max(1);
        if threads > MOST {
            return Err(Error::Threads { threads, reason: format!("{MOST} are the most") });
        }
        let team = match threads {
            1 => None,
            _ => Some(TEAMS.get(threads, || Team::new(threads))?),
        };
        Ok(Pool { threads, team, library: None })
    }

    /// The pool with threads for libraries.
    pub fn with_library(mut self) -> Result<Pool, Error> {
        let make = || ThreadPoolBuilder::new().num_threads(self.threads).build();
        if self.threads > 1 {
            self.library = Some(LIBRARIES.get(self.threads, make)?);
        }
        Ok(self)
    }

    pub fn threads(&self) -> usize {
        self.threads
    }

    /// Runs `work` on a thread of the libraries' if there are any, else here.
    pub fn install<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        match &self.library {
            Some(library) => library.install(work),
            None => work(),
        }
    }

    /// Runs `work` for each of so many pieces, in any order.
    pub fn each(&self, pieces: i64, work: impl Fn(i64) + Sync) {
        match (&self.library, &self.team) {
            // Two sets of threads that look for work would be in each other's way.
            (Some(library), _) if library.current_thread_index().is_some() => {
                (0..pieces).into_par_iter().for_each(&work);
            }
            (_, Some(team)) => team.each(pieces, &work),
            (_, None) => (0..pieces).for_each(work),
        }
    }
}
