//! Philox4x32-10: random bits as a function of a key and a counter.
//!
//! Source: Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", 2011.
//!
//! Invariants: the bits depend on the arguments alone, not on the machine.
//!
//! Not here: distributions (`compose/random.rs`).

/// How often the counter is mixed.
pub const ROUNDS: usize = 10;

/// What the first and the third word of the counter are multiplied by.
pub const MULTIPLIERS: [u32; 2] = [0xd251_1f53, 0xcd9e_8d57];

/// What is added to the words of the key after each round: parts of the golden ratio and of √3.
pub const STEPS: [u32; 2] = [0x9e37_79b9, 0xbb67_ae85];

/// Four words of random bits: the key is `seed`; the words of the counter are those of `counter`,
/// then those of `stream`; low words first.
pub fn philox(seed: i64, stream: i64, counter: i64) -> [u32; 4] {
    let halves = |x: i64| [x as u32, (x as u64 >> 32) as u32];
    let (mut key, [a, b], [c, d]) = (halves(seed), halves(counter), halves(stream));
    let mut words = [a, b, c, d];
    for round in 0..ROUNDS {
        if round > 0 {
            key = [key[0].wrapping_add(STEPS[0]), key[1].wrapping_add(STEPS[1])];
        }
        let product = |by: u32, x: u32| u64::from(by) * u64::from(x);
        let (first, second) =
            (product(MULTIPLIERS[0], words[0]), product(MULTIPLIERS[1], words[2]));
        words = [
            (second >> 32) as u32 ^ words[1] ^ key[0],
            second as u32,
            (first >> 32) as u32 ^ words[3] ^ key[1],
            first as u32,
        ];
    }
    words
}

#[cfg(test)]
mod tests {
    use super::philox;

    /// Counter, key, result: the known answers that come with the authors' Random123.
    const KNOWN: [([u32; 4], [u32; 2], [u32; 4]); 3] = [
        ([0; 4], [0; 2], [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
        ([!0; 4], [!0; 2], [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]),
        (
            [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344],
            [0xa409_3822, 0x299f_31d0],
            [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1],
        ),
    ];

    #[test]
    fn known_answers() {
        let whole = |low: u32, high: u32| (u64::from(high) << 32 | u64::from(low)) as i64;
        for ([a, b, c, d], [k, l], expected) in KNOWN {
            assert_eq!(philox(whole(k, l), whole(c, d), whole(a, b)), expected);
        }
    }
}
