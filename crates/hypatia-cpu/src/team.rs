//! Threads that share the pieces of one job at a time with the caller.
//!
//! Invariants: `each` returns after every piece has run and nobody looks at the job any more; the
//! caller never waits for a thread that has not begun; a second caller works alone.
//!
//! Not here: what pieces are (`launch.rs`, `product.rs`), which functions share a team (`pool.rs`).

use std::any::Any;
use std::hint::spin_loop;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::ptr::null_mut;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicPtr, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle, Thread, current, park};
use std::time::{Duration, Instant};

/// How long threads look for work before they sleep: longer than most gaps between the large steps
/// of a call. Waking one takes half as long.
const SPIN: Duration = Duration::from_micros(50);

/// How often threads look between two looks at the clock.
const LOOKS: usize = 32;

/// Parts of `Board::state`: whether threads may join the job, how many have, and its number.
const OPEN: u64 = 1;
const MEMBER: u64 = 1 << 1;
const NUMBER: u64 = 1 << 17;

const fn members(state: u64) -> u64 {
    state % NUMBER / MEMBER
}

const fn number(state: u64) -> u64 {
    state / NUMBER
}

type Work<'a> = dyn Fn(i64) + Sync + 'a;
type Panic = Box<dyn Any + Send>;

/// Pieces to be done. It lives on the caller's stack.
struct Job<'a> {
    work: &'a Work<'a>,
    pieces: i64,
    next: AtomicI64,
    caller: Thread,
    panic: Mutex<Option<Panic>>,
}

impl Job<'_> {
    /// Does pieces until none is left.
    fn take_part(&self) {
        loop {
            // The job itself is published by the state; this only deals out numbers.
            let piece = self.next.fetch_add(1, Ordering::Relaxed);
            if piece >= self.pieces {
                return;
            }
            (self.work)(piece);
        }
    }
}

/// What the caller and the threads see of each other.
#[derive(Default)]
struct Board {
    is_busy: AtomicBool,
    state: AtomicU64,
    job: AtomicPtr<Job<'static>>,
    is_over: AtomicBool,
    asleep: AtomicUsize,
    bed: Mutex<()>,
    bell: Condvar,
}

impl Board {
    /// Joins a job that is not the one of this number; its number.
    fn join(&self, last: u64) -> Option<u64> {
        let mut state = self.state.load(Ordering::SeqCst);
        while state & OPEN != 0 && number(state) != last {
            let joined = state + MEMBER;
            let (yes, no) = (Ordering::AcqRel, Ordering::SeqCst);
            match self.state.compare_exchange_weak(state, joined, yes, no) {
                Ok(_) => return Some(number(state)),
                Err(found) => state = found,
            }
        }
        None
    }

    fn is_over(&self) -> bool {
        self.is_over.load(Ordering::SeqCst)
    }

    /// Joins the next job, or is told that there is none.
    fn next(&self, last: u64) -> Option<u64> {
        while !self.is_over() {
            let found = spin_until(|| match self.join(last) {
                Some(number) => Some(Some(number)),
                None => self.is_over().then_some(None),
            });
            if let Some(found) = found {
                return found;
            }
            let bed = self.bed.lock().unwrap_or_else(PoisonError::into_inner);
            // Whoever opens a job looks at `asleep` after that, and this thread at the job after
            // `asleep`: one of them sees the other.
            self.asleep.fetch_add(1, Ordering::SeqCst);
            let joined = self.join(last);
            if joined.is_none() && !self.is_over() {
                drop(self.bell.wait(bed).unwrap_or_else(PoisonError::into_inner));
            }
            self.asleep.fetch_sub(1, Ordering::SeqCst);
            if joined.is_some() {
                return joined;
            }
        }
        None
    }

    /// The life of a thread.
    fn serve(&self) {
        let mut last = 0;
        while let Some(number) = self.next(last) {
            last = number;
            // SAFETY: this thread has joined, so the job's caller waits until it leaves.
            let job = unsafe { &*self.job.load(Ordering::Relaxed) };
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| job.take_part())) {
                *job.panic.lock().unwrap_or_else(PoisonError::into_inner) = Some(panic);
            }
            let caller = job.caller.clone();
            // The job may be gone from here on.
            let before = self.state.fetch_sub(MEMBER, Ordering::AcqRel);
            if before & OPEN == 0 && members(before) == 1 {
                caller.unpark();
            }
        }
    }

    fn wake(&self, most: i64) {
        if self.asleep.load(Ordering::SeqCst) > 0 {
            let _bed = self.bed.lock().unwrap_or_else(PoisonError::into_inner);
            match most {
                1 => self.bell.notify_one(),
                _ => self.bell.notify_all(),
            }
        }
    }
}

/// What `look` finds, unless it takes too long.
fn spin_until<T>(mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let begun = Instant::now();
    loop {
        for _ in 0..LOOKS {
            if let Some(found) = look() {
                return Some(found);
            }
            spin_loop();
        }
        if begun.elapsed() > SPIN {
            return None;
        }
    }
}

/// Closes the job when it is dropped, and waits for those who joined it.
struct Closing<'a>(&'a Board);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        let Closing(board) = self;
        board.state.fetch_and(!OPEN, Ordering::AcqRel);
        let have_left = || members(board.state.load(Ordering::Acquire)) == 0;
        if spin_until(|| have_left().then_some(())).is_none() {
            while !have_left() {
                park();
            }
        }
        board.job.store(null_mut(), Ordering::Relaxed);
        board.is_busy.store(false, Ordering::Release);
    }
}

/// The threads; they end when it is dropped.
pub(crate) struct Team {
    board: Arc<Board>,
    threads: Vec<JoinHandle<()>>,
}

impl Team {
    /// A team of so many threads, one of which is whoever calls.
    pub fn new(threads: usize) -> io::Result<Team> {
        let mut team = Team { board: Arc::default(), threads: Vec::new() };
        for number in 1..threads {
            let board = team.board.clone();
            let builder = Builder::new().name(format!("hypatia {number}"));
            team.threads.push(builder.spawn(move || board.serve())?);
        }
        Ok(team)
    }

    /// Runs `work` for each of so many pieces, in any order, and returns when all are done. Panics
    /// of `work` become the caller's.
    pub fn each(&self, pieces: i64, work: &Work<'_>) {
        let board = &*self.board;
        if pieces <= 1 || board.is_busy.swap(true, Ordering::Acquire) {
            return (0..pieces).for_each(work);
        }
        let (next, caller) = (AtomicI64::new(0), current());
        let job = Job { work, pieces, next, caller, panic: Mutex::new(None) };
        // The lifetime is forgotten: `closing` keeps the job until nobody looks at it.
        board.job.store((&raw const job).cast_mut().cast(), Ordering::Relaxed);
        // Nobody is in a job that is closed, so the members are none.
        let number = number(board.state.load(Ordering::Relaxed)).wrapping_add(1);
        board.state.store(number.wrapping_mul(NUMBER) | OPEN, Ordering::SeqCst);
        let closing = Closing(board);
        board.wake(pieces - 1);
        job.take_part();
        drop(closing);
        if let Some(panic) = job.panic.into_inner().unwrap_or_else(PoisonError::into_inner) {
            resume_unwind(panic);
        }
    }
}

impl Drop for Team {
    fn drop(&mut self) {
        self.board.is_over.store(true, Ordering::SeqCst);
        self.board.wake(i64::MAX);
        for thread in self.threads.drain(..) {
            // Threads catch panics of their work, so none ends with one.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Team;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::thread::scope;

    /// How often each piece ran.
    fn counts(team: &Team, pieces: usize) -> Vec<u32> {
        let counts: Vec<AtomicU32> = (0..pieces).map(|_| AtomicU32::new(0)).collect();
        team.each(pieces as i64, &|at| {
            counts[at as usize].fetch_add(1, Ordering::Relaxed);
        });
        counts.into_iter().map(AtomicU32::into_inner).collect()
    }

    /// Many short jobs: threads join late, early, or not at all, and fall asleep in between.
    #[test]
    fn every_piece_runs_once() {
        for threads in [1, 2, 3, 8] {
            let team = Team::new(threads).unwrap();
            for pieces in (0..300).map(|i| i * i % 37) {
                assert_eq!(counts(&team, pieces), vec![1; pieces], "{threads} threads");
            }
        }
    }

    #[test]
    fn many_callers_and_nested_ones_share_a_team() {
        let team = Team::new(3).unwrap();
        let total = AtomicU32::new(0);
        let add = |_| {
            total.fetch_add(1, Ordering::Relaxed);
        };
        scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..50).for_each(|_| team.each(4, &|_| team.each(3, &add))));
            }
        });
        assert_eq!(total.into_inner(), 4 * 50 * 4 * 3);
    }

    /// A panic of any piece reaches the caller, and the team goes on.
    #[test]
    fn panics_reach_the_caller() {
        let team = Team::new(3).unwrap();
        for bad in 0..20 {
            let done = AtomicU32::new(0);
            let run = || {
                team.each(20, &|at| {
                    assert_ne!(at, bad);
                    done.fetch_add(1, Ordering::Relaxed);
                });
            };
            assert!(catch_unwind(AssertUnwindSafe(run)).is_err(), "piece {bad}");
            assert!(done.into_inner() < 20);
            assert_eq!(counts(&team, 20), vec![1; 20]);
        }
    }
}
