//! What each workload's check must be.
//!
//! Made with NumPy 2.5.5 and gradients written by hand (`peers/peers/peer_numpy.py`); the two rows
//! `M.hvp_mlp` and `M.hess_mlp` with JAX 0.12.0.1 (`peers/peers/peer_jax.py`): nine digits of what
//! `setup NAME` answers there.
//!
//! Invariants: a row for each workload.
//!
//! Not here: our own figures.

use crate::case::LOSSES;

/// The farthest that a check may be from the reference, relative. Both sides compute in f32 (2^-24
/// = 6e-8 a rounding) and sum in another order; the worst of them, five steps of training through
/// thousands of terms, stay below 1e-5 between all peers. A wrong formula differs by far more.
pub const TOLERANCE: f64 = 1e-4;

/// Names and checks, in the order of the workloads.
pub const CHECKS: &[(&str, &[f64])] = &[
    ("A.tiny", &[-4.27887827, 2.08233034]),
    ("B.fused.1e3", &[4.71104595, 1.6282373]),
    ("B.fusedgrad.1e3", &[0.787677828, 2.13053318]),
    ("B.chain.1e3", &[7.44604739, 4.02933106]),
    ("B.chaingrad.1e3", &[7.49906509, 9.7274379]),
    ("B.fused.1e5", &[4.89056864, 1.67223289]),
    ("B.fusedgrad.1e5", &[0.965132597, 2.16533957]),
    ("B.chain.1e5", &[7.97599497, 4.19660945]),
    ("B.chaingrad.1e5", &[7.53143899, 10.0651348]),
    ("B.fused.1e7", &[4.92150855, 1.67597886]),
    ("B.fusedgrad.1e7", &[0.989784271, 2.16942514]),
    ("B.chain.1e7", &[8.06146697, 4.19579306]),
    ("B.chaingrad.1e7", &[7.62745764, 10.0801022]),
    ("C.sum_all", &[5914.68359, 5914.68359]),
    ("C.sum_rows", &[6.95502783, 36.9233176]),
    ("C.sum_cols", &[6.63445604, 37.5366883]),
    ("C.softmax", &[0.00400033008, 0.00114577884]),
    ("C.logsumexp", &[28.2724757, 7.06935587]),
    (
        "C.layernorm",
        &[
            -0.0262840733,
            1.07139884,
            -0.00139818003,
            1.03235418,
            -17.4092529,
            36.9043483,
            4.44821514,
            36.7434515,
        ],
    ),
    ("D.mm64", &[-0.0515082787, 2.62350643]),
    ("D.mm256", &[-0.0733949543, 5.32480704]),
    ("D.mm1024", &[0.0711582439, 10.6578405]),
    ("D.mm2048", &[-0.0397375762, 15.090407]),
    ("D.skinny", &[-0.248975205, 9.27076435]),
    ("D.dmm256", &[-0.0733949675, 5.32480704]),
    ("D.dmm1024", &[0.0711582571, 10.6578405]),
    ("D.batched", &[-0.00383740004, 2.67036559]),
    ("E.logreg", &[2.34015942, 2.28805852, 2.25285482, 2.21737027, 2.28378701]),
    ("F.sgd", &[2.31044269, 2.2987926, 2.28922153, 2.2812655, 2.27430844]),
    ("F.adam", &[2.31044269, 2.24957848, 2.21180177, 2.16773057, 2.11188698]),
    ("G.lenet", &[2.30313993, 2.3022151, 2.30131435, 2.30043268, 2.29954958]),
    ("G.resblock", &[0.66359657, 0.663044631, 0.66249299, 0.661941588, 0.661391258]),
    ("H.lstm", &[4.17467356, 4.17426157, 4.17385387, 4.17345238, 4.17305374]),
    ("I.gpt", &[4.29876375, 4.1584959, 4.02221489, 3.904423, 3.77476311]),
    ("J.vae", &[548.524353, 545.941711, 543.590454, 541.716309, 539.851074]),
    ("M.rosen_grad", &[313.339538, 368.366182]),
    ("M.rosen_hvp", &[313.339538, 368.366182, -301.170499, 821.491424]),
    ("M.hvp_mlp", &[0.000642983412, 0.0430329206]),
    ("M.hess_mlp", &[-3.06126623e-05, 0.00275828667]),
];

/// How far `found` is from the reference: the largest difference, relative to the reference of a
/// loss, or of both moments of a result. `None` if the workload has no reference, or one of another
/// length.
pub fn deviation(name: &str, found: &[f64]) -> Option<f64> {
    let (_, expected) = CHECKS.iter().find(|(row, _)| *row == name)?;
    let group = if expected.len() == LOSSES { 1 } else { 2 };
    let far = |(expected, found): (&[f64], &[f64])| {
        let scale = expected.iter().fold(1e-12f64, |scale, e| scale.max(e.abs()));
        largest(expected.iter().zip(found).map(|(e, f)| (e - f).abs() / scale))
    };
    let groups = expected.chunks(group).zip(found.chunks(group));
    (expected.len() == found.len()).then(|| largest(groups.map(far)))
}

/// The largest, where NaN is larger than all.
fn largest(mut numbers: impl Iterator<Item = f64>) -> f64 {
    let larger = |largest: f64, n: f64| if n.is_nan() { None } else { Some(largest.max(n)) };
    numbers.try_fold(0.0, larger).unwrap_or(f64::INFINITY)
}
