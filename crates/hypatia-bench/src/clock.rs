//! Clocks and memory of this process.
//!
//! Invariants: what a system does not tell is `None`, never a guess.
//!
//! Not here: what is measured with them.

use std::fs;
use std::time::Instant;

/// A moment, by two clocks.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    wall: Instant,
    cpu: Option<f64>,
}

/// What a step took, in seconds.
#[derive(Clone, Copy, Debug)]
pub struct Elapsed {
    /// By the clock on the wall.
    pub wall: f64,
    /// Of processors, summed over threads.
    pub cpu: Option<f64>,
}

impl Moment {
    /// Now.
    pub fn now() -> Moment {
        Moment { cpu: cpu_seconds(), wall: Instant::now() }
    }

    /// What has passed since, for each of `steps`.
    pub fn per_step(&self, steps: usize) -> Elapsed {
        let wall = self.wall.elapsed().as_secs_f64() / steps as f64;
        let cpu = self.cpu.zip(cpu_seconds()).map(|(from, to)| (to - from) / steps as f64);
        Elapsed { wall, cpu }
    }
}

/// Seconds that processors have worked for this process.
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
fn cpu_seconds() -> Option<f64> {
    unsafe extern "C" {
        fn clock_gettime(clock: i32, time: *mut [i64; 2]) -> i32;
    }
    const PROCESS: i32 = 2;
    let mut time = [0i64; 2];
    // SAFETY: the C library's function of this name; a `timespec` is two words on this target.
    let status = unsafe { clock_gettime(PROCESS, &mut time) };
    (status == 0).then(|| time[0] as f64 + time[1] as f64 * 1e-9)
}

#[cfg(not(all(target_os = "linux", target_pointer_width = "64")))]
fn cpu_seconds() -> Option<f64> {
    None
}

/// A row of what the system says about this process, in KiB: `VmRSS` is the memory it holds,
/// `VmHWM` the most it ever held.
pub fn memory_kib(row: &str) -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let row = status.lines().find_map(|line| line.strip_prefix(row)?.strip_prefix(':'))?;
    row.split_whitespace().next()?.parse().ok()
}
