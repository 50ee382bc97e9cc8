//! Sorting by keys: unsigned numbers in the order of the elements, with their positions.
//!
//! Invariants: pairs of key and position are all different, so the order is that of a stable sort;
//! NaN has the largest key in both orders.
//!
//! Not here: the sorted elements themselves (`take_along` of the positions).

use hypatia_ir::scalar::Element;

/// A number with a key in its order.
pub(super) trait Keyed: Element {
    /// Larger for larger numbers, equal for the two zeros; `None` for NaN.
    fn key(self) -> Option<u64>;
}

macro_rules! keyed {
    ($($t:ty: |$v:ident| $key:expr;)*) => {$(
        impl Keyed for $t {
            fn key(self) -> Option<u64> { let $v = self; $key }
        }
    )*};
}
keyed! {
    u8: |v| Some(u64::from(v));
    i32: |v| i64::from(v).key();
    // The sign bit turned around puts negative numbers first.
    i64: |v| Some((v as u64) ^ (1 << 63));
    f32: |v| f64::from(v).key();
    f64: |v| (!v.is_nan()).then(|| {
        // -0 + 0 is 0. Negative floats order by their bits backwards.
        let bits = (v + 0.0).to_bits();
        if bits >> 63 == 0 { bits | 1 << 63 } else { !bits }
    });
}

pub(super) fn argsort<T: Keyed>(
    shape: &[usize],
    axis: usize,
    descending: bool,
    x: &[T],
    out: &mut [i64],
) {
    let (len, step) = (shape[axis], shape[axis + 1..].iter().product::<usize>());
    if len == 0 {
        return;
    }
    let key = |v: T| match v.key() {
        Some(key) if descending => !key,
        Some(key) => key,
        None => u64::MAX,
    };
    let mut pairs = vec![(0, 0); len];
    for block in 0..x.len() / (len * step).max(1) {
        for start in block * len * step..block * len * step + step {
            for (k, pair) in pairs.iter_mut().enumerate() {
                *pair = (key(x[start + k * step]), k as i64);
            }
            pairs.sort_unstable();
            for (k, (_, from)) in pairs.iter().enumerate() {
                out[start + k * step] = *from;
            }
        }
    }
}
