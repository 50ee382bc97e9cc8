//! Values of instances.
//!
//! Invariants: deterministic.
//!
//! Not here: the instances (`instance.rs`), how far sides may lie apart (`wobble.rs`).

use crate::facts::Facts;
use hypatia_ir::dtype::DType;
use hypatia_ir::scalar::Scalar;
use hypatia_ir::tensor::Tensor;

/// What is known of operands, and values of which that is true.
pub(super) struct Known {
    pub facts: fn(DType) -> Facts,
    pub numbers: &'static [f64],
}

const EDGES: &[f64] = &[
    0.5,
    -0.0,
    f64::INFINITY,
    -2.25,
    f64::NAN,
    0.0,
    1e300,
    -1.0,
    f64::NEG_INFINITY,
    5e-324,
    3.0,
    -1e-300,
];

/// Where naive forms may overflow or cancel, but do not underflow: there they lose what the stable
/// form keeps, and nothing can be compared.
const ORDINARY: &[f64] = &[0.5, -0.0, 3.0, -2.25, 0.0, 20.0, -1.0, 1e-18, -30.0, 800.0, 1.5, -0.75];

pub(super) const NOTHING: Known = Known { facts: Facts::of_dtype, numbers: EDGES };

pub(super) const NOTHING_STABLE: Known = Known { facts: Facts::of_dtype, numbers: ORDINARY };

pub(super) const FINITE: Known = Known {
    facts: |dtype| Facts { finite: true, ..Facts::of_dtype(dtype) },
    numbers: &[0.5, -0.0, 3.0, -2.25, 0.0, 2.0, -1.0, 1e-3, -4.0],
};

pub(super) const POSITIVE: Known = Known {
    facts: |_| Facts { finite: true, ..Facts::between(f64::MIN_POSITIVE, f64::INFINITY) },
    numbers: &[0.5, 3.0, 1.0, 2.25, 1e-3, 0.125, 40.0],
};

pub(super) const NEGATIVE: Known = Known {
    facts: |_| Facts { finite: true, ..Facts::between(f64::NEG_INFINITY, -f64::MIN_POSITIVE) },
    numbers: &[-0.5, -3.0, -1.0, -2.25, -1e-3, -0.125, -40.0],
};

/// Positive in exact arithmetic, as exponentials are; also where they have underflowed.
pub(super) const UNDERFLOWING: Known = Known {
    facts: |_| Facts { nonzero: true, ..Facts::between(0.0, f64::INFINITY) },
    numbers: &[0.5, 0.0, 3.0, 1e-300, f64::INFINITY, 2.25, 5e-324, 1.0, f64::NAN],
};

/// The same, where nothing has underflowed yet: there the stable form keeps what the left side loses.
pub(super) const VANISHING: Known =
    Known { facts: UNDERFLOWING.facts, numbers: &[0.5, 3.0, 1.0, 2.25, 1e-3, 0.125, 40.0] };

/// What masks have been applied to.
pub(super) const MASKED: Known = Known {
    facts: |_| Facts { masked: true, ..Facts::NONE },
    numbers: &[0.5, 3.0, -1.0, f64::NEG_INFINITY, 2.25, -20.0, 40.0],
};

/// Indices into short axes.
pub(super) const INDICES: Known =
    Known { facts: NOTHING.facts, numbers: &[0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0] };

impl Known {
    /// A value of this type, other ones for other seeds.
    pub fn value(&self, dtype: DType, shape: &[usize], seed: usize) -> Tensor {
        let mut value = Tensor::full(Scalar::from_i64(dtype, 0), shape);
        for at in 0..value.len() {
            let number = self.numbers[(at + 5 * seed) % self.numbers.len()];
            let scalar = match dtype {
                // Both occur, also among positive numbers.
                DType::Bool => Scalar::from_i64(dtype, i64::from(number > 0.75)),
                _ => Scalar::from_f64(dtype, number),
            };
            value.set(at, scalar);
        }
        value
    }
}
