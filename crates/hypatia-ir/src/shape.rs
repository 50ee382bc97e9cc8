//! Shapes and tensor types.
//!
//! Invariants: rank ≤ [`Axes::MAX_RANK`]; cloning is cheap.
//!
//! Not here: how ops combine types (`infer.rs`).

use crate::dim::{Dim, DimValues};
use crate::dtype::DType;
use crate::op::Axes;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

/// The lengths of all axes; `[]` is a scalar.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Shape(Arc<[Dim]>);

impl Shape {
    /// The shape of scalars.
    pub fn scalar() -> Shape {
        Shape::from_iter([])
    }

    /// The number of axes.
    pub fn rank(&self) -> usize {
        self.0.len()
    }

    /// The number of elements.
    pub fn count(&self) -> Dim {
        self.0.iter().fold(Dim::Known(1), |n, d| &n * d)
    }

    /// The shape with the axes in `axes` set to length 1.
    #[must_use]
    pub fn reduced(&self, axes: Axes) -> Shape {
        let keep = |(i, d): (usize, &Dim)| if axes.contains(i) { 1.into() } else { d.clone() };
        self.0.iter().enumerate().map(keep).collect()
    }

    /// Row-major strides, in elements.
    pub fn strides(&self) -> Vec<Dim> {
        let mut strides = vec![Dim::Known(1); self.rank()];
        for axis in (1..self.rank()).rev() {
            strides[axis - 1] = &strides[axis] * &self.0[axis];
        }
        strides
    }

    /// The lengths for these values of the names; `None` if a name is missing, or a length or
    /// the element count does not fit or is negative.
    pub fn eval(&self, values: &DimValues) -> Option<Vec<usize>> {
        let lengths: Option<Vec<usize>> =
            self.0.iter().map(|d| usize::try_from(d.eval(values)?).ok()).collect();
        let lengths = lengths?;
        lengths.iter().filter(|&&n| n > 0).try_fold(1usize, |n, &d| n.checked_mul(d))?;
        Some(lengths)
    }
}

impl Deref for Shape {
    type Target = [Dim];
    fn deref(&self) -> &[Dim] {
        &self.0
    }
}

impl FromIterator<Dim> for Shape {
    fn from_iter<I: IntoIterator<Item = Dim>>(dims: I) -> Shape {
        Shape(dims.into_iter().collect())
    }
}

impl From<&[usize]> for Shape {
    fn from(lengths: &[usize]) -> Shape {
        lengths.iter().map(|&n| Dim::from(n)).collect()
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[")?;
        for (i, dim) in self.0.iter().enumerate() {
            let comma = if i == 0 { "" } else { ", " };
            write!(f, "{comma}{dim}")?;
        }
        f.write_str("]")
    }
}

/// What is known of a tensor before it has values: dtype and shape.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Type {
    /// The element type.
    pub dtype: DType,
    /// The lengths of the axes.
    pub shape: Shape,
}

impl Type {
    /// A type from its parts.
    pub fn new(dtype: DType, shape: Shape) -> Type {
        Type { dtype, shape }
    }

    /// A scalar type.
    pub fn scalar(dtype: DType) -> Type {
        Type::new(dtype, Shape::scalar())
    }

    /// The number of axes.
    pub fn rank(&self) -> usize {
        self.shape.rank()
    }
}

impl fmt::Display for Type {
    /// `f32[n, 784]`; scalars are `f32[]`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.dtype, self.shape)
    }
}
