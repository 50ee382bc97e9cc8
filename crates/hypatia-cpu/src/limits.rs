//! What this processor reaches at most: fused products per second, bytes per second.
//!
//! Invariants: measured once per number of threads and process; only ever shown. The best of several
//! short repetitions counts, as the others were disturbed.
//!
//! Not here: what a step needs (`hypatia_lower::plan::effort`).

use crate::lanes::Lanes;
use hypatia_lower::backend::Limits;
use std::collections::BTreeMap;
use std::hint::black_box;
use std::sync::{Barrier, Mutex, PoisonError};
use std::time::Instant;

/// Working sets of one thread, by the level of memory that holds them on most processors of today.
const OWN: [usize; 2] = [32 << 10, 1 << 20];
/// Working sets of all threads together: a shared cache, and more than any cache.
const SHARED: [usize; 2] = [8 << 20, 96 << 20];
/// How often each figure is taken.
const REPETITIONS: usize = 12;
/// Bytes that one repetition reads, at least.
const BYTES: usize = 8 << 20;
/// How often one repetition adds to every sum.
const ROUNDS: usize = 20_000;

/// The limits with so many threads.
pub(crate) fn measured(threads: usize) -> Limits {
    static KNOWN: Mutex<BTreeMap<usize, Limits>> = Mutex::new(BTreeMap::new());
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    known.entry(threads).or_insert_with(|| measure(threads)).clone()
}

fn measure(threads: usize) -> Limits {
    let lanes = Lanes::widest();
    let flops = |run: fn(Lanes) -> f64| together(threads, || (), |()| run(lanes));
    let own = OWN.map(|bytes| (bytes * threads, bytes));
    let shared = SHARED.map(|bytes| (bytes, bytes / threads));
    let bandwidth = |(most, each): (usize, usize)| {
        // Half a level, so that something else may be there too.
        let words = || vec![1u64; each / 2 / size_of::<u64>()];
        (most, together(threads, words, |words| read(lanes, words)))
    };
    Limits {
        f32_flops: flops(fused_f32),
        f64_flops: flops(fused_f64),
        bandwidths: own.into_iter().chain(shared).map(bandwidth).collect(),
    }
}

/// How much of `work` all threads do per second at the same time.
fn together<S>(
    threads: usize,
    setup: impl Fn() -> S + Sync,
    work: impl Fn(&S) -> f64 + Sync,
) -> f64 {
    let barrier = Barrier::new(threads);
    let best = Mutex::new(vec![f64::INFINITY; REPETITIONS]);
    let amounts = Mutex::new(0.0);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let state = setup();
                for at in 0..REPETITIONS {
                    barrier.wait();
                    let start = Instant::now();
                    let amount = work(&state);
                    barrier.wait();
                    let seconds = start.elapsed().as_secs_f64();
                    let mut best = best.lock().unwrap_or_else(PoisonError::into_inner);
                    best[at] = best[at].min(seconds);
                    if at == 0 {
                        *amounts.lock().unwrap_or_else(PoisonError::into_inner) += amount;
                    }
                }
            });
        }
    });
    let best = best.into_inner().unwrap_or_else(PoisonError::into_inner);
    let amount = amounts.into_inner().unwrap_or_else(PoisonError::into_inner);
    amount / best.into_iter().fold(f64::INFINITY, f64::min)
}

/// Reads all words, often enough; how many bytes that were.
fn read(lanes: Lanes, words: &[u64]) -> f64 {
    let bytes = size_of_val(words);
    let times = BYTES.div_ceil(bytes.max(1));
    for _ in 0..times {
        black_box(by_lanes(lanes, black_box(words)));
    }
    (bytes * times) as f64
}

#[inline(always)]
fn folded(words: &[u64]) -> u64 {
    words.iter().fold(0, |sum, word| sum ^ word)
}

/// Sums that are independent of each other, as many as vector registers allow.
const SUMS: usize = 12;

/// Fused products on every lane of the sums; how many operations that were.
macro_rules! fused {
    ($name:ident: $t:ty, $wide:ident = $splat512:ident $fma512:ident x $w512:literal,
     $narrow:ident = $splat256:ident $fma256:ident x $w256:literal) => {
        fn $name(lanes: Lanes) -> f64 {
            match lanes {
                // SAFETY: the processor has the instructions.
                #[cfg(all(target_arch = "x86_64", unix))]
                Lanes::Avx512 if lanes.is_present() => unsafe { $wide() },
                // SAFETY: the processor has the instructions.
                #[cfg(all(target_arch = "x86_64", unix))]
                Lanes::Avx2 if lanes.is_present() => unsafe { $narrow() },
                Lanes::Portable | Lanes::Avx2 | Lanes::Avx512 => {
                    chains([1 as $t; SUMS], black_box(0.5), black_box(0.25), |sum, x, y| {
                        sum * x + y
                    })
                }
            }
        }

        #[cfg(all(target_arch = "x86_64", unix))]
        #[target_feature(enable = "avx512f")]
        fn $wide() -> f64 {
            use std::arch::x86_64::{$fma512, $splat512};
            let (x, y) = (black_box($splat512(0.5)), black_box($splat512(0.25)));
            let mut sums = [x; SUMS];
            for _ in 0..ROUNDS {
                sums.iter_mut().for_each(|sum| *sum = $fma512(*sum, x, y));
            }
            black_box(sums);
            (2 * ROUNDS * SUMS * $w512) as f64
        }

        #[cfg(all(target_arch = "x86_64", unix))]
        #[target_feature(enable = "avx2,fma")]
        fn $narrow() -> f64 {
            use std::arch::x86_64::{$fma256, $splat256};
            let (x, y) = (black_box($splat256(0.5)), black_box($splat256(0.25)));
            let mut sums = [x; SUMS];
            for _ in 0..ROUNDS {
                sums.iter_mut().for_each(|sum| *sum = $fma256(*sum, x, y));
            }
            black_box(sums);
            (2 * ROUNDS * SUMS * $w256) as f64
        }
    };
}

fused!(fused_f32: f32, wide_f32 = _mm512_set1_ps _mm512_fmadd_ps x 16,
       narrow_f32 = _mm256_set1_ps _mm256_fmadd_ps x 8);
fused!(fused_f64: f64, wide_f64 = _mm512_set1_pd _mm512_fmadd_pd x 8,
       narrow_f64 = _mm256_set1_pd _mm256_fmadd_pd x 4);

/// Products and sums without vector instructions of a known width.
fn chains<T: Copy>(mut sums: [T; SUMS], x: T, y: T, step: fn(T, T, T) -> T) -> f64 {
    for _ in 0..ROUNDS {
        sums.iter_mut().for_each(|sum| *sum = step(*sum, x, y));
    }
    black_box(sums);
    (2 * ROUNDS * SUMS) as f64
}

fn by_lanes(lanes: Lanes, words: &[u64]) -> u64 {
    #[cfg(all(target_arch = "x86_64", unix))]
    {
        #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")]
        fn wide(words: &[u64]) -> u64 {
            folded(words)
        }
        #[target_feature(enable = "avx2,fma")]
        fn narrow(words: &[u64]) -> u64 {
            folded(words)
        }
        match lanes {
            // SAFETY: the processor has the instructions.
            Lanes::Avx512 if lanes.is_present() => return unsafe { wide(words) },
            // SAFETY: the processor has the instructions.
            Lanes::Avx2 if lanes.is_present() => return unsafe { narrow(words) },
            Lanes::Portable | Lanes::Avx2 | Lanes::Avx512 => {}
        }
    }
    let _ = lanes;
    folded(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whatever the processor, and however busy: rates are positive, finite and of plausible size.
    #[test]
    fn limits_are_rates() {
        let limits = measured(1);
        let rates = limits.bandwidths.iter().map(|(_, rate)| *rate);
        for rate in rates.chain([limits.f32_flops, limits.f64_flops]) {
            assert!(rate > 1e7 && rate < 1e15, "{limits:?}");
        }
        assert!(limits.bandwidths.is_sorted_by_key(|(bytes, _)| *bytes));
        assert_eq!(limits.bandwidth(usize::MAX), limits.bandwidths[3].1);
        assert_eq!(measured(1), limits);
    }
}
