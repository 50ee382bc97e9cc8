//! How many threads functions run on, and the team that functions with as many share.
//!
//! Invariants: what a piece is depends on sizes alone, never on who does it or how many there are; a
//! team ends with the last function that has it.
//!
//! Not here: what the pieces are, how a team shares them (`team.rs`).

use crate::error::Error;
use crate::team::Team;
use std::collections::BTreeMap;
use std::num::NonZero;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread::available_parallelism;

/// More threads than any machine has cores for would only use up its memory.
const MOST: usize = 1024;

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
        let team = if threads == 1 { None } else { Some(shared(threads)?) };
        Ok(Pool { threads, team })
    }

    pub fn threads(&self) -> usize {
        self.threads
    }

    /// Does all pieces, each once, in any order. Returns when all are done.
    pub fn run(&self, pieces: i64, piece: &(dyn Fn(i64) + Sync)) {
        match &self.team {
            Some(team) => team.each(pieces, piece),
            None => (0..pieces).for_each(piece),
        }
    }
}

/// The team of so many threads, made if there is none.
fn shared(threads: usize) -> Result<Arc<Team>, Error> {
    static TEAMS: Mutex<BTreeMap<usize, Weak<Team>>> = Mutex::new(BTreeMap::new());
    let mut teams = TEAMS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(team) = teams.get(&threads).and_then(Weak::upgrade) {
        return Ok(team);
    }
    let refused = |e: std::io::Error| Error::Threads { threads, reason: e.to_string() };
    let team = Arc::new(Team::new(threads).map_err(refused)?);
    teams.insert(threads, Arc::downgrade(&team));
    Ok(team)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_with_as_many_threads_share_a_team() {
        // As many threads as no other test has.
        let pools = [5, 5, 6].map(|threads| Pool::new(Some(threads)).unwrap());
        let [one, same, other] = pools.map(|pool| pool.team.unwrap());
        assert!(Arc::ptr_eq(&one, &same) && !Arc::ptr_eq(&one, &other));
        let gone = Arc::downgrade(&other);
        drop(other);
        assert!(gone.upgrade().is_none(), "it ends with the last that has it");
    }
}
