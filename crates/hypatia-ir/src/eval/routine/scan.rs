//! Running sums, recurrences and extremes along an axis.
//!
//! Invariants: floats are carried in `f64` and rounded for each element.
//!
//! Not here: sums of whole axes (`eval/reduce.rs`).

use super::lines::Lines;
use crate::eval::error::{EvalError, internal};
use crate::eval::memory::{elements, repeat, tensor};
use crate::eval::reduce::beats;
use crate::eval::typed::{Number, numeric};
use crate::op::ArgOp;
use crate::tensor::Tensor;

pub(super) fn cumsum(x: &Tensor, axis: usize) -> Result<Tensor, EvalError> {
    let lines = Lines::of(x.shape(), axis)?;
    numeric!(x.dtype(), T => {
        let from = elements::<T>(x)?;
        let mut out = repeat(T::default(), x.len())?;
        for start in lines.starts() {
            let mut sum = T::ZERO;
            for at in lines.line(start) {
                sum = T::plus(sum, from[at].widen());
                out[at] = T::narrow(sum);
            }
        }
        tensor(x.shape(), out)
    })
}

pub(super) fn recurrence(a: &Tensor, b: &Tensor, axis: usize) -> Result<Tensor, EvalError> {
    let lines = Lines::of(a.shape(), axis)?;
    if a.shape() != b.shape() {
        return Err(internal(format!("recurrence of {:?} and {:?}", a.shape(), b.shape())));
    }
    numeric!(a.dtype(), T => {
        let (factors, terms) = (elements::<T>(a)?, elements::<T>(b)?);
        let mut out = repeat(T::default(), a.len())?;
        for start in lines.starts() {
            let mut before = None;
            for at in lines.line(start) {
                let term = terms[at].widen();
                let y = before.map_or(term, |y| T::plus(T::times(factors[at].widen(), y), term));
                before = Some(y);
                out[at] = T::narrow(y);
            }
        }
        tensor(a.shape(), out)
    })
}

pub(super) fn cumarg(op: ArgOp, x: &Tensor, axis: usize) -> Result<Tensor, EvalError> {
    let lines = Lines::of(x.shape(), axis)?;
    let mut out = repeat(0i64, x.len())?;
    numeric!(x.dtype(), T => {
        let from = elements::<T>(x)?;
        for start in lines.starts() {
            let mut best = 0;
            for (k, at) in lines.line(start).enumerate() {
                if beats(op, from[at], from[start + best * lines.step]) {
                    best = k;
                }
                out[at] = best as i64;
            }
        }
        tensor(x.shape(), out)
    })
}
