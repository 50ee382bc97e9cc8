//! The numbers that every peer of the benchmark computes with.
//!
//! Invariants: the same bits as the other peers' (`peers/README.md` states the formula).
//!
//! Not here: what is computed with them.

use ndarray::ArrayD;

/// The golden ratio in 64 bits: the step of the counter.
const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

/// The finaliser of SplitMix64 (Steele, Lea & Flood 2014).
fn mix(z: u64) -> u64 {
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// Number `i` of a stream, in [0, 1), with 24 bits.
pub fn unit(seed: u64, i: u64) -> f64 {
    let at = STEP.wrapping_mul(seed).wrapping_add(STEP.wrapping_mul(i + 1));
    (mix(at) >> 40) as f64 / f64::from(1u32 << 24)
}

/// Numbers of a stream, in [lo, hi), in row-major order.
pub fn uniform(seed: u64, shape: &[usize], lo: f64, hi: f64) -> ArrayD<f32> {
    filled(shape, |i| (lo + (hi - lo) * unit(seed, i)) as f32)
}

/// Numbers of a stream, each below `k`, in row-major order.
pub fn integers(seed: u64, shape: &[usize], k: i64) -> ArrayD<i64> {
    filled(shape, |i| (k as f64 * unit(seed, i)) as i64)
}

/// Weights of a stream, within one over the square root of `fan`, in row-major order.
pub fn weights(seed: u64, shape: &[usize], fan: usize) -> ArrayD<f32> {
    let bound = 1.0 / (fan as f64).sqrt();
    uniform(seed, shape, -bound, bound)
}

/// An array whose element `i` in row-major order is `f(i)`.
fn filled<T>(shape: &[usize], f: impl Fn(u64) -> T) -> ArrayD<T> {
    let mut numbers = 0..;
    ArrayD::from_shape_simple_fn(shape, || f(numbers.next().unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::{integers, uniform, unit};

    #[test]
    fn numbers_are_those_of_the_other_peers() {
        // u(1, 0) and u(2, 5) by the formula in Python's integers.
        assert_eq!((unit(1, 0), unit(2, 5)), (0.4315279722213745, 0.7715465426445007));
        let numbers = uniform(3, &[10, 10], -1.0, 1.0);
        assert!(numbers.iter().all(|v| (-1.0..1.0).contains(v)));
        assert_eq!(numbers[[1, 2]], (2.0 * unit(3, 12) - 1.0) as f32);
        assert!(integers(4, &[100], 10).iter().all(|v| (0..10).contains(v)));
    }
}
