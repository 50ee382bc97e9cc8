//! Matrix products.
//!
//! Invariants: each element is accumulated over the inner axis in order, in the wide type.
//!
//! Not here: vectors and broadcasting of leading axes (expressions spell those out).

use super::error::{EvalError, internal};
use super::memory::{elements, repeat, room, tensor};
use super::typed::{Number, numeric};
use crate::tensor::Tensor;

/// `[…, m, k] · […, k, n]`.
pub(super) fn matmul(x: &Tensor, y: &Tensor, shape: &[usize]) -> Result<Tensor, EvalError> {
    let misfit = || internal(format!("matmul of {:?} and {:?}", x.shape(), y.shape()));
    let ([lead_x @ .., m, k], [lead_y @ .., k_y, n]) = (x.shape(), y.shape()) else {
        return Err(misfit());
    };
    if lead_x != lead_y || k != k_y || shape != [lead_x, &[*m, *n]].concat() {
        return Err(misfit());
    }
    numeric!(x.dtype(), T => {
        let (a, b) = (elements::<T>(x)?, elements::<T>(y)?);
        tensor(shape, products(a, b, lead_x.iter().product(), [*m, *k, *n])?)
    })
}

/// `batch` products of `[m, k]` by `[k, n]`.
fn products<T: Number>(
    a: &[T],
    b: &[T],
    batch: usize,
    [m, k, n]: [usize; 3],
) -> Result<Vec<T>, EvalError> {
    let mut out = room(batch.saturating_mul(m).saturating_mul(n))?;
    if n == 0 {
        return Ok(out);
    }
    let mut sums = repeat(T::ZERO, n)?;
    for row in 0..batch * m {
        sums.fill(T::ZERO);
        for inner in 0..k {
            let factor = a[row * k + inner].widen();
            let start = (row / m * k + inner) * n;
            for (sum, &y) in sums.iter_mut().zip(&b[start..start + n]) {
                *sum = T::plus(*sum, T::times(factor, y.widen()));
            }
        }
        out.extend(sums.iter().map(|&s| T::narrow(s)));
    }
    Ok(out)
}
