//! Threads that do the pieces of a piece of work together with the caller.
//!
//! The caller opens the team, takes pieces until there are none, closes the team, and waits for
//! those that are still at work: never for threads that have not begun. Threads without work look
//! for some for a few microseconds, then sleep.
//!
//! Invariants: what a piece is depends on sizes alone, never on who does it or how many there are; a
//! team serves one caller at a time, others do their work alone; functions with as many threads share
//! a team, which ends with the last of them.
//!
//! Not here: what the pieces are.

use crate::error::Error;
use std::any::Any;
use std::collections::BTreeMap;
use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::Ordering::{Acquire, Release, SeqCst};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicPtr, AtomicUsize};
use std::sync::{Arc, Condvar, Mutex, PoisonError, Weak};
use std::thread::{self, available_parallelism};
use std::time::{Duration, Instant};

/// More threads than any machine has cores for would only use up its memory.
const MOST: usize = 1024;

/// How long a thread looks for work before it sleeps: longer than most gaps between the steps of a
/// call, short enough to be of no account to others.
const LOOKS: Duration = Duration::from_micros(40);

/// The caller, or the caller with a team.
pub(crate) struct Pool {
    threads: usize,
    team: Option<Arc<Team>>,
}

impl Pool {
    /// So many threads, the caller's included; by default one for each core.
    pub fn new(threads: Option<usize>) -> Result<Pool, Error> {
        let cores = || available_parallelism().map_or(1, NonZero::get);
        let threads = threads.unwrap_or_else(cores).max(1);
        if threads > MOST {
            return Err(Error::Threads { threads, reason: format!("{MOST} are the most") });
        }
        let team = if threads == 1 { None } else { Some(Team::shared(threads)?) };
        Ok(Pool { threads, team })
    }

    pub fn threads(&self) -> usize {
        self.threads
    }

    /// Does all pieces, each once, in any order. Returns when all are done.
    pub fn run(&self, pieces: i64, piece: &(dyn Fn(i64) + Sync)) {
        match &self.team {
            Some(team) if pieces > 1 && !team.desk.is_taken.swap(true, Acquire) => {
                team.desk.run(pieces, piece);
            }
            _ => (0..pieces).for_each(piece),
        }
    }
}

/// The threads of a team, besides the caller.
struct Team {
    desk: Arc<Desk>,
}

impl Team {
    /// The team of so many threads, made if there is none.
    fn shared(threads: usize) -> Result<Arc<Team>, Error> {
        static TEAMS: Mutex<BTreeMap<usize, Weak<Team>>> = Mutex::new(BTreeMap::new());
        let mut teams = TEAMS.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(team) = teams.get(&threads).and_then(Weak::upgrade) {
            return Ok(team);
        }
        let team = Arc::new(Team { desk: Arc::default() });
        for number in 1..threads {
            let desk = team.desk.clone();
            let named = thread::Builder::new().name(format!("hypatia {number}"));
            let refused = |e: std::io::Error| Error::Threads { threads, reason: e.to_string() };
            named.spawn(move || desk.work()).map_err(refused)?;
        }
        teams.insert(threads, Arc::downgrade(&team));
        Ok(team)
    }
}

impl Drop for Team {
    fn drop(&mut self) {
        self.desk.ended.store(true, SeqCst);
        self.desk.wake();
    }
}

/// What there is to do.
struct Work<'a> {
    pieces: i64,
    next: AtomicI64,
    piece: &'a (dyn Fn(i64) + Sync),
    /// What a piece panicked with.
    panic: Mutex<Option<Box<dyn Any + Send>>>,
}

impl Work<'_> {
    /// Does pieces until none is left.
    fn take_part(&self) {
        let all = || {
            loop {
                let number = self.next.fetch_add(1, SeqCst);
                if number >= self.pieces {
                    return;
                }
                (self.piece)(number);
            }
        };
        if let Err(panic) = catch_unwind(AssertUnwindSafe(all)) {
            *self.panic.lock().unwrap_or_else(PoisonError::into_inner) = Some(panic);
        }
    }
}

/// Where the caller and the threads of a team meet.
#[derive(Default)]
struct Desk {
    /// Whether a caller has the team.
    is_taken: AtomicBool,
    /// The open work; null if the team is closed.
    work: AtomicPtr<()>,
    /// How many threads may be reading `work`.
    inside: AtomicUsize,
    ended: AtomicBool,
    /// How many threads sleep.
    asleep: AtomicUsize,
    bed: Mutex<()>,
    bell: Condvar,
}

impl Desk {
    /// Opens work, takes part, closes it and waits for the others. The caller has taken the team.
    fn run(&self, pieces: i64, piece: &(dyn Fn(i64) + Sync)) {
        let (next, panic) = (AtomicI64::new(0), Mutex::new(None));
        let work = Work { pieces, next, piece, panic };
        self.work.store(std::ptr::from_ref(&work).cast_mut().cast(), SeqCst);
        if self.asleep.load(SeqCst) > 0 {
            self.wake();
        }
        work.take_part();
        self.work.store(std::ptr::null_mut(), SeqCst);
        // Who came before has counted itself; who comes now finds nothing.
        while self.inside.load(SeqCst) > 0 {
            std::hint::spin_loop();
        }
        self.is_taken.store(false, Release);
        let panic = work.panic.into_inner().unwrap_or_else(PoisonError::into_inner);
        if let Some(panic) = panic {
            resume_unwind(panic);
        }
    }

    fn wake(&self) {
        // With the lock nobody is between looking a last time and sleeping.
        drop(self.bed.lock().unwrap_or_else(PoisonError::into_inner));
        self.bell.notify_all();
    }

    /// The life of a thread of the team.
    fn work(&self) {
        while self.wait() {
            self.inside.fetch_add(1, SeqCst);
            let work: *const Work<'_> = self.work.load(SeqCst).cast();
            // SAFETY: work that was open after this thread had counted itself lives until it
            // counts itself out: `run` closes it first and waits then.
            if let Some(work) = unsafe { work.as_ref() } {
                work.take_part();
            }
            self.inside.fetch_sub(1, SeqCst);
        }
    }

    fn is_open(&self) -> bool {
        !self.work.load(SeqCst).is_null() || self.ended.load(SeqCst)
    }

    /// Waits for work; false if the team has ended.
    fn wait(&self) -> bool {
        let start = Instant::now();
        while !self.is_open() && start.elapsed() < LOOKS {
            (0..32).for_each(|_| std::hint::spin_loop());
        }
        if !self.is_open() {
            let mut bed = self.bed.lock().unwrap_or_else(PoisonError::into_inner);
            self.asleep.fetch_add(1, SeqCst);
            while !self.is_open() {
                bed = self.bell.wait(bed).unwrap_or_else(PoisonError::into_inner);
            }
            self.asleep.fetch_sub(1, SeqCst);
        }
        !self.ended.load(SeqCst)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every piece once, with more and fewer pieces than threads, callers at the same time, and
    /// pauses in which threads fall asleep.
    #[test]
    fn every_piece_is_done_once() {
        let pool = Pool::new(Some(4)).unwrap();
        let rounds = |pool: &Pool| {
            for round in 0..2000i64 {
                let pieces = round % 9;
                let counts: Vec<AtomicUsize> = (0..pieces).map(|_| AtomicUsize::new(0)).collect();
                pool.run(pieces, &|at| {
                    counts[at as usize].fetch_add(1, SeqCst);
                });
                assert!(counts.iter().all(|c| c.load(SeqCst) == 1), "round {round}");
                if round % 400 == 0 {
                    let until = Instant::now() + 3 * LOOKS;
                    while Instant::now() < until {}
                }
            }
        };
        thread::scope(|scope| {
            (0..3).for_each(|_| {
                scope.spawn(|| rounds(&pool));
            });
        });
        let other = Pool::new(Some(4)).unwrap();
        let team = |pool: &Pool| pool.team.as_ref().map(Arc::as_ptr);
        assert_eq!(team(&pool), team(&other), "one team for all functions");
    }

    #[test]
    fn a_panic_reaches_the_caller_and_the_team_goes_on() {
        let pool = Pool::new(Some(3)).unwrap();
        let failing = || pool.run(8, &|at| assert_ne!(at, 5));
        assert!(catch_unwind(AssertUnwindSafe(failing)).is_err());
        let sum = AtomicI64::new(0);
        pool.run(8, &|at| {
            sum.fetch_add(at, SeqCst);
        });
        assert_eq!(sum.into_inner(), 28);
    }
}
