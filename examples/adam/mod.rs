//! Adam (Kingma and Ba 2015): steps of a size that does not depend on the scale of the gradient.
//!
//! Invariants: the moments start at zero and belong to one set of weights.
//!
//! Not here: where gradients come from.

use hypatia::prelude::*;

/// How fast the first and the second moment forget.
const BETAS: (f64, f64) = (0.9, 0.999);
/// Keeps the division finite where a gradient has always been zero.
const EPSILON: f64 = 1e-8;

/// New values of `weights`, and of the moments that the method keeps, for a step along
/// `gradients` of the given size: a scalar of the dtype of the weights.
pub fn adam(weights: &[Shared], gradients: &[Expr], rate: &Expr) -> Vec<(Shared, Expr)> {
    let like = |prefix: &str, w: &Shared| {
        let value = w.get();
        shared(&format!("{prefix}_{}", **w), Tensor::zeros(value.dtype(), value.shape()))
    };
    // How often the function has run; the moments are too small at first by what is left of zero.
    let count = shared("count", 0i64);
    let now = count.expr() + 1;
    let left = |beta: f64| 1.0 - rate.like(beta).pow(now.cast(dtype_of(rate)));
    let (left_m, left_v) = (left(BETAS.0), left(BETAS.1));

    let mut updates = vec![(count, now)];
    for (w, g) in weights.iter().zip(gradients) {
        let (m, v) = (like("m", w), like("v", w));
        let new_m = BETAS.0 * m.expr() + (1.0 - BETAS.0) * g;
        let new_v = BETAS.1 * v.expr() + (1.0 - BETAS.1) * g.sqr();
        let step = (&new_m / &left_m) / ((&new_v / &left_v).sqrt() + EPSILON);
        updates.push((w.clone(), w.expr() - rate * step));
        updates.extend([(m, new_m), (v, new_v)]);
    }
    updates
}

fn dtype_of(x: &Expr) -> DType {
    x.ty().map_or(DType::F32, |ty| ty.dtype)
}
