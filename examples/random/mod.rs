//! Random numbers that depend on a seed and a position only.
//!
//! Invariants: number `i` of a stream is a mix of the seed and `i` (the finalizer of SplitMix64:
//! Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014), so streams are
//! the same on every machine.
//!
//! Not here: secrets.

/// A stream of random numbers.
pub struct Random {
    seed: u64,
    position: u64,
}

impl Random {
    /// The stream of a seed.
    pub fn new(seed: u64) -> Random {
        Random { seed: mix(seed), position: 0 }
    }

    /// The next 64 bits.
    fn bits(&mut self) -> u64 {
        self.position += 1;
        mix(self.seed ^ self.position.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    /// A number between -1 and 1.
    pub fn symmetric(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }

    /// Brings items into a random order (Fisher and Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let other = (self.bits() % (last as u64 + 1)) as usize;
            items.swap(last, other);
        }
    }
}

fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
