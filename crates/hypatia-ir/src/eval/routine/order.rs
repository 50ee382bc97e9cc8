//! Sorting.
//!
//! Invariants: stable; NaN comes last in both orders.
//!
//! Not here: the sorted elements themselves (`compose/sort.rs`).

use super::lines::Lines;
use crate::eval::error::EvalError;
use crate::eval::memory::{elements, repeat, tensor};
use crate::eval::typed::numeric;
use crate::tensor::Tensor;
use std::cmp::Ordering;

pub(super) fn argsort(x: &Tensor, axis: usize, descending: bool) -> Result<Tensor, EvalError> {
    let lines = Lines::of(x.shape(), axis)?;
    let mut out = repeat(0i64, x.len())?;
    numeric!(x.dtype(), T => {
        let from = elements::<T>(x)?;
        for start in lines.starts() {
            let at = |k: &i64| from[start + *k as usize * lines.step];
            let mut order: Vec<i64> = (0..lines.len as i64).collect();
            order.sort_by(|j, k| precedence(at(j), at(k), descending));
            lines.line(start).zip(order).for_each(|(to, k)| out[to] = k);
        }
        tensor(x.shape(), out)
    })
}

/// The order of two numbers; only NaN does not compare with itself.
fn precedence<T: PartialOrd>(a: T, b: T, descending: bool) -> Ordering {
    let is_nan = |v: &T| v.partial_cmp(v).is_none();
    match a.partial_cmp(&b) {
        Some(order) if descending => order.reverse(),
        Some(order) => order,
        None => is_nan(&a).cmp(&is_nan(&b)),
    }
}
