//! What calls leave behind while a function is profiled.
//!
//! Invariants: off, it costs a call one load; a call that fails leaves nothing behind.
//!
//! Not here: what is made of it (`report.rs`).

use hypatia_lower::backend::Limits;
use hypatia_lower::plan::effort::Effort;
use hypatia_lower::plan::{Plan, SizePlan};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Most events that are kept for a trace; later calls still count in the sums.
const EVENTS_LIMIT: usize = 1 << 18;

/// The switch, and what has been recorded since it was turned on.
#[derive(Default)]
pub(crate) struct Recorder {
    is_on: AtomicBool,
    record: Mutex<Record>,
}

/// A step in a call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Event {
    pub step: usize,
    /// Since recording began.
    pub start: Duration,
    pub time: Duration,
}

/// What a step did in all calls together.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sum {
    pub time: Duration,
    /// The best that the limits allow.
    pub least: Duration,
    pub effort: Effort,
}

/// All calls since recording began.
#[derive(Clone, Debug, Default)]
pub(crate) struct Record {
    began: Option<Instant>,
    pub limits: Option<Limits>,
    pub calls: usize,
    pub wall: Duration,
    pub steps: Vec<Sum>,
    pub events: Vec<Event>,
    /// The sizes of the latest call, and the effort of each step for them.
    pub latest: Option<(Arc<SizePlan>, Vec<Effort>)>,
}

/// A call that is being recorded.
pub(crate) struct Recording {
    start: Instant,
    /// The first entry is the beginning of the first step, each further one the end of a step.
    laps: Vec<Instant>,
}

impl Recording {
    /// The first step begins, or a step has ended.
    pub fn lap(&mut self) {
        self.laps.push(Instant::now());
    }
}

impl Recorder {
    /// Forgets what there is, and records from now on.
    pub fn start(&self, limits: Option<Limits>) {
        *self.record() = Record { began: Some(Instant::now()), limits, ..Record::default() };
        self.is_on.store(true, Ordering::Release);
    }

    /// Stops recording, and takes what there is.
    pub fn take(&self) -> Record {
        self.is_on.store(false, Ordering::Release);
        std::mem::take(&mut *self.record())
    }

    /// Begins to record a call, if recording is on.
    pub fn begin(&self) -> Option<Recording> {
        let is_on = self.is_on.load(Ordering::Acquire);
        is_on.then(|| Recording { start: Instant::now(), laps: Vec::new() })
    }

    /// A recorded call has ended well.
    pub fn end(&self, recording: &Recording, size: &Arc<SizePlan>, plan: &Plan) {
        let end = Instant::now();
        let mut record = self.record();
        // Recording may have been stopped, or begun anew, meanwhile.
        let Some(began) = record.began.filter(|began| *began <= recording.start) else { return };
        record.count(began, recording, size, plan);
        record.calls += 1;
        record.wall += end - recording.start;
    }

    fn record(&self) -> MutexGuard<'_, Record> {
        // Sums that are a call short are still sums.
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Record {
    fn count(&mut self, began: Instant, call: &Recording, size: &Arc<SizePlan>, plan: &Plan) {
        let is_known = self.latest.as_ref().is_some_and(|(known, _)| Arc::ptr_eq(known, size));
        if !is_known {
            self.latest = Some((size.clone(), plan.efforts(size)));
        }
        let Record { latest: Some((_, efforts)), limits, steps, events, .. } = self else { return };
        steps.resize(plan.steps.len(), Sum::default());
        for (step, ends) in call.laps.windows(2).enumerate().take(plan.steps.len()) {
            let (time, effort) = (ends[1] - ends[0], efforts[step]);
            steps[step].time += time;
            steps[step].effort += effort;
            steps[step].least += limits.as_ref().map_or(Duration::ZERO, |l| effort.least_time(l));
            if events.len() < EVENTS_LIMIT {
                events.push(Event { step, start: ends[0] - began, time });
            }
        }
    }
}
